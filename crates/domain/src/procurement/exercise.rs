//! A subsequent procurement exercise: what the councils buy together under a framework against a need that nobody meets, by competition
//! among the framework's providers of a lot or, where the framework has an objective way to choose, from one of them.
//!
//! An exercise is a tender like any other, with its own bids, opening, scores and award. Here is what makes it one, and what keeps it
//! within its framework (domain notes 2.5 and 21).

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::life::{AwardOver, FrameworkState};
use super::plan::{PlanProblem, TenderPlan};
use crate::calendar::Day;
use crate::consortium::CouncilCode;
use crate::consortium::framework::{Category, Framework, ScoreMethod};
use crate::pence::Pence;
use crate::place::Point;
use crate::registration::ServiceKind;

codes! {
    /// From where a distance is measured.
    pub enum RadiusFrom("what a distance is measured from") {
        /// A named point.
        Point = "POINT", "A point";
        /// The border of a city.
        CityBorder = "CITY_BORDER", "The border of a city";
        /// The border of a county.
        CountyBorder = "COUNTY_BORDER", "The border of a county";
    }
}

codes! {
    /// On what ground one provider is chosen without a competition. The framework must have an objective way to choose.
    pub enum DirectGround("ground for a direct award") {
        /// The framework's own way to choose names this provider.
        Mechanism = "MECHANISM", "The framework’s way to choose names this provider";
        /// Nobody else on the lot can meet the need.
        OnlyOne = "ONLY_ONE", "Nobody else on the lot can meet the need";
        /// A competition would come too late, for a reason that the councils could not foresee.
        Urgency = "URGENCY", "A competition would come too late, for a reason that nobody foresaw";
    }
}

/// Where the homes must be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Radius {
    /// So far at most, in whole miles.
    pub miles: u32,
    /// From what it is measured.
    pub from: RadiusFrom,
    /// The name of the point, the city or the county.
    pub name: String,
    /// Where the point is, when it is one and its place on the National Grid is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub point: Option<Point>,
}

impl Radius {
    /// Whether a home lies within it. Nothing where that is for people to judge: from a border, or when a place is not known.
    #[must_use]
    pub fn holds(&self, home: Option<Point>) -> Option<bool> {
        let (from, home) = (self.point.filter(|_| self.from == RadiusFrom::Point)?, home?);
        Some(from.is_within_miles(home, self.miles))
    }
}

/// How a home lies to the radius of an exercise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lies {
    /// Within it.
    Within,
    /// Beyond it: it does not meet the exercise's own condition.
    Outside,
    /// People judge it, and why.
    ForPeople(&'static str),
}

impl Radius {
    /// How a home or a branch lies to it. Children of a fostering agency live with its carers, so where a branch lies says nothing.
    #[must_use]
    pub fn lies(&self, kind: ServiceKind, place: Option<Point>) -> Lies {
        match (self.from, kind, self.holds(place)) {
            (RadiusFrom::CityBorder | RadiusFrom::CountyBorder, ..) => Lies::ForPeople("it is measured from a border"),
            (RadiusFrom::Point, ServiceKind::Fostering, _) => Lies::ForPeople("children live with carers, not at the branch"),
            (RadiusFrom::Point, ServiceKind::Home, Some(true)) => Lies::Within,
            (RadiusFrom::Point, ServiceKind::Home, Some(false)) => Lies::Outside,
            (RadiusFrom::Point, ServiceKind::Home, None) if self.point.is_none() => {
                Lies::ForPeople("the place of the point is not on record")
            }
            (RadiusFrom::Point, ServiceKind::Home, None) => Lies::ForPeople("the place of the home is not on record"),
        }
    }

    /// The same in words.
    #[must_use]
    pub fn in_words(&self, lies: Lies) -> String {
        let within = format!("within {} miles of {}", self.miles, self.name);
        match lies {
            Lies::Within => format!("lies {within}"),
            Lies::Outside => format!("does not lie {within}"),
            Lies::ForPeople(why) => format!("to be judged by people whether it lies {within}: {why}"),
        }
    }
}

/// What one body pays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Share {
    /// The council, if it is one of the framework's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub council: Option<CouncilCode>,
    /// The name of another body, such as an integrated care board of the NHS.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other: Option<String>,
    /// Whole per cent of the price.
    pub percent: u32,
}

/// How many beds there are from a month on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Counted from the first, which is 1.
    pub from_month: u32,
    /// So many beds.
    pub beds: u32,
}

/// One provider instead of a competition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Direct {
    /// On what ground.
    pub ground: DirectGround,
    /// Why, in words, for the record and the public.
    pub reason: String,
}

/// What makes a tender an exercise under a framework.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exercise {
    /// The framework's reference.
    pub under: String,
    /// The need that nobody meets, in words and figures of many children, never of one.
    pub need: String,
    /// So many beds.
    pub beds: u32,
    /// Who pays how much of it.
    pub shares: Vec<Share>,
    /// Where the homes must be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub radius: Option<Radius>,
    /// The first term in years, then each extension.
    pub years: Vec<u32>,
    /// What is paid whether or not a child lives there, over the first term and every extension.
    pub guaranteed_pence: Pence,
    /// The most that is paid over the same time.
    pub at_most_pence: Pence,
    /// How the beds come into use; all at once when empty.
    #[serde(default)]
    pub ramp_up: Vec<Step>,
    /// What the provider shows of its costs, and how often; nothing when no such return is asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open_book: Option<String>,
    /// No competition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub direct: Option<Direct>,
}

/// Why nothing is bought under a framework any more.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum UnderRefusal {
    /// It was over before this began.
    #[error("{under} is over since {} ({}): nothing is begun under it any more", .over.from, crate::Code::label(.over.how).to_lowercase())]
    Over {
        /// The framework.
        under: String,
        /// Its end.
        over: AwardOver,
    },
    /// It came to its end while this ran.
    #[error(
        "{under} is over since {} ({}), and what runs under it ends with it{}",
        .over.from,
        crate::Code::label(.over.how).to_lowercase(),
        if *.is_competition && .over.how != FrameworkState::Terminated { ": it does not say that competitions may finish" } else { "" }
    )]
    EndsWithIt {
        /// The framework.
        under: String,
        /// Its end.
        over: AwardOver,
        /// Whether it runs as a competition.
        is_competition: bool,
    },
}

/// Weeks of a year in the arithmetic of block contracts.
const WEEKS: i64 = 52;

fn problem(path: &str, reason: impl Into<String>) -> PlanProblem {
    PlanProblem { path: path.to_owned(), reason: reason.into() }
}

impl Exercise {
    /// How a home or a branch lies to the radius that is asked for, with the words; nothing where none is.
    #[must_use]
    pub fn lies(&self, kind: ServiceKind, place: Option<Point>) -> Option<(Lies, String)> {
        let radius = self.radius.as_ref()?;
        let lies = radius.lies(kind, place);
        Some((lies, radius.in_words(lies)))
    }

    /// How many years it can last, every extension included.
    #[must_use]
    pub fn years_at_most(&self) -> u32 {
        self.years.iter().copied().fold(0, u32::saturating_add)
    }

    /// The last day, every extension included.
    #[must_use]
    pub fn last_day(&self, begins_on: Day) -> Day {
        begins_on.plus_years(self.years_at_most()).plus_days(-1)
    }

    /// What a bed costs a week if all is paid that can be, half a penny rounded up: 52 weeks a year, every bed from the first day (domain
    /// notes 2.5). Nothing when there is no bed or no year.
    #[must_use]
    pub fn per_bed_and_week(&self) -> Option<Pence> {
        let bed_weeks = i64::from(self.beds).saturating_mul(i64::from(self.years_at_most())).saturating_mul(WEEKS);
        let doubled = self.at_most_pence.0.checked_mul(2)?.checked_add(bed_weeks)?;
        doubled.checked_div_euclid(bed_weeks.checked_mul(2)?).map(Pence)
    }

    /// Whether it may be begun, bid for and awarded today, having begun on a day. While the framework stands, always. After that a
    /// competition that has begun finishes where the framework says so, if it was superseded or expired (section 49 of the Procurement Act
    /// 2023, domain notes 13.2); an award without a competition does not, nor does anything under a framework that was ended before its
    /// time.
    ///
    /// # Errors
    /// [`UnderRefusal`].
    pub fn may_go_on(&self, may_finish: bool, began_on: Day, over: AwardOver, today: Day) -> Result<(), UnderRefusal> {
        if today < over.from {
            return Ok(());
        }
        let under = self.under.clone();
        if began_on >= over.from {
            return Err(UnderRefusal::Over { under, over });
        }
        let is_competition = self.direct.is_none();
        match over.how {
            FrameworkState::Superseded | FrameworkState::Expired if is_competition && may_finish => Ok(()),
            FrameworkState::Draft
            | FrameworkState::TenderOpen
            | FrameworkState::Evaluation
            | FrameworkState::Awarded
            | FrameworkState::Live
            | FrameworkState::Superseded
            | FrameworkState::Expired
            | FrameworkState::Terminated => Err(UnderRefusal::EndsWithIt { under, over, is_competition }),
        }
    }

    /// Everything that keeps it from being published under its framework, each at its field: the exercise stays within the framework's
    /// lots, users, time and prices, and its questions refine the framework's criteria and add none.
    #[must_use]
    pub fn problems(&self, plan: &TenderPlan, framework: &Framework) -> Vec<PlanProblem> {
        let mut found = self.own_problems();
        let bought = &plan.framework;
        if bought.service != framework.service || bought.regime != framework.regime {
            found.push(problem("exercise.under", "An exercise buys the same service under the same law as its framework"));
        }
        if bought.starts_on < framework.starts_on || bought.starts_on > framework.ends_on {
            let (from, to) = (framework.starts_on, framework.ends_on);
            found.push(problem("framework.starts_on", format!("{} can be called off from {from} to {to}", framework.reference)));
        }
        if bought.ends_on != self.last_day(bought.starts_on) {
            let last = self.last_day(bought.starts_on);
            found.push(problem("framework.ends_on", format!("With every extension it lasts until {last}")));
        }
        for user in bought.users.iter().filter(|user| !framework.users.contains(user)) {
            found.push(problem("framework.users", format!("{user} may not call off from {}", framework.reference)));
        }
        for council in self.shares.iter().filter_map(|share| share.council.as_ref()).filter(|code| !bought.users.contains(code)) {
            found.push(problem("exercise.shares", format!("{council} pays but does not take part")));
        }
        for lot in &bought.lots {
            let Some(known) = framework.lots.iter().find(|known| known.code == lot.code) else {
                found.push(problem("framework.lots", format!("{} has no lot {}", framework.reference, lot.code)));
                continue;
            };
            found.extend(lot.categories.iter().filter_map(|category| dearer(category, &known.categories, bought.starts_on)));
        }
        if self.direct.is_some() && !framework.allows_direct_award {
            let why = format!("{} has no objective way to choose without a competition: no direct award is lawful", framework.reference);
            found.push(problem("exercise.direct", why));
        }
        if self.direct.is_none() {
            found.extend(refinement(plan, framework));
            found.extend(opening(plan, framework));
        }
        found
    }

    fn own_problems(&self) -> Vec<PlanProblem> {
        let mut found = Vec::new();
        let mut unless = |holds: bool, path: &str, reason: &str| {
            if !holds {
                found.push(problem(path, reason));
            }
        };
        unless(!self.need.trim().is_empty(), "exercise.need", "Say what need nobody meets");
        unless(self.beds > 0, "exercise.beds", "An exercise buys at least one bed");
        unless(!self.years.is_empty() && !self.years.contains(&0), "exercise.years", "Each term has at least one year");
        let whole: u32 = self.shares.iter().map(|share| share.percent).fold(0, u32::saturating_add);
        unless(whole == 100, "exercise.shares", "The shares come to 100%");
        let is_named = |share: &Share| {
            let other = share.other.as_deref().is_some_and(|name| !name.trim().is_empty());
            share.percent > 0 && share.council.is_some() != other
        };
        unless(
            self.shares.iter().all(is_named),
            "exercise.shares",
            "Each share is of one council or one other body, and more than nothing",
        );
        unless(self.shares.iter().any(|share| share.council.is_some()), "exercise.shares", "At least one council pays");
        unless(self.at_most_pence > Pence::ZERO, "exercise.at_most_pence", "Say what it may cost at most");
        let is_within = self.guaranteed_pence >= Pence::ZERO && self.guaranteed_pence <= self.at_most_pence;
        unless(is_within, "exercise.guaranteed_pence", "What is guaranteed is no more than what it may cost");
        let grows = self.ramp_up.is_sorted_by(|one, next| one.from_month < next.from_month && one.beds <= next.beds);
        let ends = self.ramp_up.last().is_none_or(|last| last.beds == self.beds);
        let begins = self.ramp_up.first().is_none_or(|first| first.from_month == 1);
        unless(grows && ends && begins, "exercise.ramp_up", "Beds come into use from month 1 on, step by step, until all are there");
        let is_somewhere = self.radius.as_ref().is_none_or(|radius| radius.miles > 0 && !radius.name.trim().is_empty());
        unless(is_somewhere, "exercise.radius", "Say how many miles, and from where");
        unless(self.direct.as_ref().is_none_or(|direct| !direct.reason.trim().is_empty()), "exercise.direct", "Say why nobody competes");
        found
    }
}

/// A category that the lot does not have, or whose maximum passes the framework's.
fn dearer(category: &Category, known: &[Category], on: Day) -> Option<PlanProblem> {
    let code = &category.code;
    let Some(known) = known.iter().find(|known| known.code == *code) else {
        return Some(problem("framework.lots", format!("The lot has no category {code}")));
    };
    let (asked, published) = (category.maximum_on(on)?.weekly, known.maximum_on(on).map(|row| row.weekly));
    let is_within = published.is_some_and(|published| asked <= published);
    (!is_within).then(|| problem("framework.lots", format!("The highest price of {code} passes the one that the framework publishes")))
}

/// Named councils that would open bids under a framework that they do not use, and buyers that would not. Where none is named, those that
/// buy open, and are judged as such.
fn opening(plan: &TenderPlan, framework: &Framework) -> Vec<PlanProblem> {
    let openers = plan.opened_by.as_slice();
    if openers.is_empty() {
        return Vec::new();
    }
    let strangers = openers.iter().filter(|code| !framework.users.contains(code));
    let strangers =
        strangers.map(|code| problem("opened_by", format!("{code} does not use {}: it opens no bids under it", framework.reference)));
    let left_out = plan.framework.users.iter().filter(|code| !openers.contains(code));
    let left_out = left_out.map(|code| problem("opened_by", format!("{code} buys: it holds a share of the key to the bids")));
    let twice = openers.iter().enumerate().filter(|(index, code)| openers.iter().take(*index).any(|before| before == *code));
    let twice = twice.map(|(_, code)| problem("opened_by", format!("{code} is named twice: each council holds one share")));
    strangers.chain(left_out).chain(twice).collect()
}

/// Questions that refine nothing, or a criterion that the framework does not score by people.
fn refinement(plan: &TenderPlan, framework: &Framework) -> Vec<PlanProblem> {
    let scored = |code: &str| framework.criteria.iter().any(|one| one.code == code && one.how == ScoreMethod::Scored);
    let adds = |refines: Option<&str>| refines.is_none_or(|code| !scored(code));
    let added = plan.questions.iter().enumerate().filter(|(_, question)| adds(question.refines.as_deref()));
    let one = |index: usize| {
        problem(&format!("questions.{index}.refines"), "Say which of the framework’s criteria this refines: an exercise adds none")
    };
    added.map(|(index, _)| one(index)).collect()
}
