//! What a tender says: the framework that it would put in force, and by which rules bids for it are made, opened and judged.

use serde::{Deserialize, Serialize};

use super::exercise::Exercise;
use super::reopening::Reopening;
use super::tender::TenderPeriodRule;
use crate::calendar::Day;
use crate::consortium::CouncilCode;
use crate::consortium::framework::{Framework, HIGHEST_SCORE, Lot};
use crate::pence::Pence;

codes! {
    /// How a bid's prices become points.
    pub enum PriceFormula("price formula") {
        /// The lowest price of a category has all points, each other in proportion: lowest divided by own.
        LowestInProportion = "LOWEST_IN_PROPORTION", "The lowest price has all points, others in proportion";
        /// The share of the published maximum that a price leaves unasked, the greatest such share having all points.
        BelowMaximum = "BELOW_MAXIMUM", "Points for each pound below the published maximum";
    }
}

codes! {
    /// Whether signing waits after the award notice.
    pub enum StandstillKind("kind of standstill") {
        /// The law asks for it.
        Mandatory = "MANDATORY", "Mandatory standstill";
        /// The law does not ask for it, the councils keep it.
        Voluntary = "VOLUNTARY", "Voluntary standstill";
        /// Contracts may be signed at once.
        None = "NONE", "No standstill";
    }
}

codes! {
    /// What an open challenge or complaint stops.
    pub enum Stoppable("act that a challenge stops") {
        /// The award.
        Award = "AWARD", "The award";
        /// The signature of contracts.
        Signature = "SIGNATURE", "The signature of contracts";
    }
}

/// A question that bidders answer in words, and that evaluators score.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QualityQuestion {
    /// Its stable code within the tender.
    pub code: String,
    /// A few words by which people call it.
    pub title: String,
    /// The question.
    pub text: String,
    /// The lots that ask it; every lot when empty.
    #[serde(default)]
    pub lots: Vec<String>,
    /// The longest answer, in words.
    pub words_at_most: u32,
    /// Whole per cent of the whole.
    pub weight_percent: u32,
    /// The highest score; the lowest is 0.
    pub scale_max: u32,
    /// The lowest agreed score with which a bid can succeed, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_least: Option<u32>,
    /// In an exercise under a framework: the code of the framework's criterion that this refines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refines: Option<String>,
}

/// An insurance that each bidder must hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WantedInsurance {
    /// Against what.
    pub name: String,
    /// For how much, any one claim.
    pub at_least_pence: Pence,
}

/// How the bids are opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpeningRule {
    /// Officers of so many different councils must take part.
    pub councils_at_least: u32,
    /// Within so many minutes, counted from the first of them.
    pub window_minutes: u32,
}

/// Whether and how long signing waits after the award notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StandstillRule {
    /// By whose rule.
    pub kind: StandstillKind,
    /// Working days, the day of the notice among them.
    pub working_days: u32,
}

/// All that a tender says, apart from its timetable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TenderPlan {
    /// What the award would put in force.
    pub framework: Framework,
    /// The framework is in force already and is awarded again by this tender; a first award when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reopening: Option<Reopening>,
    /// It is bought under a framework, against a need that nobody meets; the tender for a framework when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exercise: Option<Exercise>,
    /// What is bought and why, for bidders and the public.
    pub description: String,
    /// The code of what is bought in the Common Procurement Vocabulary.
    pub cpv: String,
    /// The code of the area in the statistical nomenclature.
    pub area: String,
    /// What bidders declare, each to be confirmed.
    pub declarations: Vec<String>,
    /// The insurances that they must hold.
    pub insurances: Vec<WantedInsurance>,
    /// What they answer in words.
    pub questions: Vec<QualityQuestion>,
    /// Whole per cent of the whole for the price.
    pub price_weight_percent: u32,
    /// How prices become points.
    pub price_formula: PriceFormula,
    /// So many services at most are admitted to a category; everybody who passes when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suppliers_at_most: Option<u32>,
    /// So many evaluators score each bid, each alone.
    pub evaluators_at_least: u32,
    /// How the bids are opened.
    pub opening: OpeningRule,
    /// In an exercise under a framework: the councils whose officers open the bids, those that buy among them. One council that buys alone
    /// cannot open alone: others that use the framework hold shares of the key as witnesses. See [`TenderPlan::openers`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub opened_by: Vec<CouncilCode>,
    /// How long signing waits.
    pub standstill: StandstillRule,
    /// What an open challenge or complaint stops.
    pub open_challenge_stops: Vec<Stoppable>,
    /// How long bidders have.
    pub tender_period: TenderPeriodRule,
}

/// One thing wrong with a plan, at its path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanProblem {
    /// The field, for example `questions.2.weight_percent`.
    pub path: String,
    /// What to do, in the user's words.
    pub reason: String,
}

fn problem(path: impl Into<String>, reason: impl Into<String>) -> PlanProblem {
    PlanProblem { path: path.into(), reason: reason.into() }
}

impl TenderPlan {
    /// A plan for a framework in which everything else is still to be written. Its periods and numbers are the law's or none: the council
    /// sets its own.
    #[must_use]
    pub fn blank(framework: Framework) -> Self {
        Self {
            framework,
            reopening: None,
            exercise: None,
            description: String::new(),
            cpv: String::new(),
            area: String::new(),
            declarations: Vec::new(),
            insurances: Vec::new(),
            questions: Vec::new(),
            price_weight_percent: 0,
            price_formula: PriceFormula::LowestInProportion,
            suppliers_at_most: None,
            evaluators_at_least: 2,
            opening: OpeningRule { councils_at_least: 2, window_minutes: 0 },
            opened_by: Vec::new(),
            standstill: StandstillRule { kind: StandstillKind::Mandatory, working_days: 8 },
            open_challenge_stops: vec![Stoppable::Award, Stoppable::Signature],
            tender_period: TenderPeriodRule { days_at_least: 25, days_after_planned_notice: 10, days_after_answers: 0 },
        }
    }

    /// The first day of what the award puts in force: of the framework, or of its next award.
    #[must_use]
    pub fn begins_on(&self) -> Day {
        self.reopening.map_or(self.framework.starts_on, |reopening| reopening.begins_on)
    }

    /// The questions that a lot asks, in their order.
    pub fn questions_of<'a>(&'a self, lot: &'a str) -> impl Iterator<Item = &'a QualityQuestion> {
        self.questions.iter().filter(move |question| question.lots.is_empty() || question.lots.iter().any(|named| named == lot))
    }

    /// The councils that hold a share of the keys to the bids: those that are named, or else those that use what is bought.
    #[must_use]
    pub fn openers(&self) -> &[CouncilCode] {
        if self.opened_by.is_empty() { &self.framework.users } else { &self.opened_by }
    }

    /// The lot with this code.
    #[must_use]
    pub fn lot(&self, code: &str) -> Option<&Lot> {
        self.framework.lots.iter().find(|lot| lot.code == code)
    }

    /// Everything that keeps the tender from being published, each at its field. The framework itself is judged with the
    /// consortium's configuration, where it will stand.
    #[must_use]
    pub fn problems(&self) -> Vec<PlanProblem> {
        let mut found = Vec::new();
        for (field, text) in [("description", &self.description), ("cpv", &self.cpv), ("area", &self.area)] {
            if text.trim().is_empty() {
                found.push(problem(field, "This must be filled in"));
            }
        }
        if self.framework.lots.is_empty() {
            found.push(problem("framework.lots", "A framework has at least one lot"));
        }
        let categories = self.framework.lots.iter().flat_map(|lot| &lot.categories);
        for category in categories.filter(|category| category.maximum_on(self.begins_on()).is_none()) {
            let code = &category.code;
            found.push(problem("framework.lots", format!("Enter the highest price of {code} that holds on the first day")));
        }
        // Without a competition nothing is asked, weighed or opened.
        if self.exercise.as_ref().is_none_or(|exercise| exercise.direct.is_none()) {
            self.problems_of_competition(&mut found);
        }
        found
    }

    fn problems_of_competition(&self, found: &mut Vec<PlanProblem>) {
        for (index, question) in self.questions.iter().enumerate() {
            found.extend(
                self.problems_of(question).into_iter().map(|(field, reason)| problem(format!("questions.{index}.{field}"), reason)),
            );
            if self.questions.iter().take(index).any(|before| before.code == question.code) {
                found.push(problem(format!("questions.{index}.code"), "Another question has this code"));
            }
        }
        for lot in &self.framework.lots {
            let quality: u32 = self.questions_of(&lot.code).map(|question| question.weight_percent).fold(0, u32::saturating_add);
            let whole = quality.saturating_add(self.price_weight_percent);
            if whole != 100 {
                found.push(problem(
                    "price_weight_percent",
                    format!(
                        "The weights of lot {} come to {whole}%: quality {quality}% and price {}%",
                        lot.code, self.price_weight_percent
                    ),
                ));
            }
        }
        if self.suppliers_at_most == Some(0) {
            found.push(problem("suppliers_at_most", "A framework admits at least one, or leave the limit out"));
        }
        if self.evaluators_at_least < 2 {
            found.push(problem("evaluators_at_least", "At least two people score each bid"));
        }
        let councils = u32::try_from(self.openers().len()).unwrap_or(u32::MAX);
        if self.opening.councils_at_least < 2 || self.opening.councils_at_least > councils {
            found.push(problem(
                "opening.councils_at_least",
                format!("Two councils or more open the bids, and no more than the {councils} that hold a share of the key"),
            ));
        }
        if self.exercise.is_none() && !self.opened_by.is_empty() {
            found.push(problem("opened_by", "The bids for a framework are opened by the councils that use it"));
        }
        if self.opening.window_minutes == 0 {
            found.push(problem("opening.window_minutes", "Officers need at least a minute"));
        }
        if self.standstill.kind != StandstillKind::None && self.standstill.working_days == 0 {
            found.push(problem("standstill.working_days", "A standstill has at least one working day"));
        }
    }

    fn problems_of(&self, question: &QualityQuestion) -> Vec<(&'static str, String)> {
        let mut found = Vec::new();
        for (field, text) in [("code", &question.code), ("title", &question.title), ("text", &question.text)] {
            if text.trim().is_empty() {
                found.push((field, "This must be filled in".to_owned()));
            }
        }
        if let Some(unknown) = question.lots.iter().find(|lot| self.lot(lot).is_none()) {
            found.push(("lots", format!("There is no lot {unknown}")));
        }
        if question.words_at_most == 0 {
            found.push(("words_at_most", "Say how many words an answer may have".to_owned()));
        }
        if question.weight_percent == 0 || question.weight_percent > 100 {
            found.push(("weight_percent", "A weight is between 1% and 100%".to_owned()));
        }
        if question.scale_max == 0 || question.scale_max > HIGHEST_SCORE {
            found.push(("scale_max", format!("The highest score is between 1 and {HIGHEST_SCORE}")));
        }
        if question.at_least.is_some_and(|least| least > question.scale_max) {
            found.push(("at_least", "No bid could reach this score".to_owned()));
        }
        found
    }
}
