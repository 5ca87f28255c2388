//! A framework agreement as configuration: who may buy from it, until when, at what maximum prices, by which criteria.

use serde::{Deserialize, Serialize};

use super::reaward::{Deadline, OpenFrameworkClock};
use super::{CouncilCode, Origin};
use crate::calendar::Day;
use crate::money::price::{Maximum, MaximumPrices, PriceError, TenderPriceRule};
use crate::pence::{BasisPoints, Pence, WeeklyRate};
use crate::procurement::life::{AwardOver, FrameworkState};
use crate::registration::{Rating, ServiceKind};

codes! {
    /// The procurement law under which a framework was let.
    pub enum Regime("legal regime") {
        /// The Public Contracts Regulations 2015.
        Pcr2015 = "PCR_2015", "Public Contracts Regulations 2015";
        /// An open framework under section 49 of the Procurement Act 2023: re-awarded within 3 and then 5 years, over
        /// after 8.
        Pa2023Open = "PA_2023_OPEN", "Procurement Act 2023, open framework";
        /// A light-touch framework under the Procurement Act 2023 that re-opens by its own rules.
        Pa2023Flexible = "PA_2023_FLEXIBLE", "Procurement Act 2023, flexible framework";
        /// No framework: single purchases, each with its reason.
        Spot = "SPOT", "Spot purchase";
    }
}

codes! {
    /// How a criterion is scored.
    pub enum ScoreMethod("score method") {
        /// Named people score it.
        Scored = "SCORED", "Scored by people";
        /// From the price: the lowest price has the full score, others in proportion.
        Price = "PRICE", "From the price";
        /// From the distance between the home and where the child should live.
        Distance = "DISTANCE", "From the distance";
    }
}

/// A framework agreement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Framework {
    /// The contracting reference by which everybody calls it.
    pub reference: String,
    /// Its title.
    pub title: String,
    /// Where the fields of this table come from, its rows (criteria, lots, decisions, uplift) excepted.
    pub origin: Origin,
    /// Fields of this table that are examples although the rest is not.
    #[serde(default)]
    pub example_fields: Vec<String>,
    /// What it buys.
    pub service: ServiceKind,
    /// The law under which it was let.
    pub regime: Regime,
    /// The council that procured it and holds it for the others.
    pub lead: CouncilCode,
    /// The councils that may call off from it, the lead among them if it may.
    pub users: Vec<CouncilCode>,
    /// Its first day.
    pub starts_on: Day,
    /// Its last day, every extension and re-award included.
    pub ends_on: Day,
    /// The first day on which it is no more, where it was ended before its time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terminated_on: Option<Day>,
    /// The days from which a later award of the whole framework counts, in order; none while the first award stands.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reawarded_on: Vec<Day>,
    /// A flexible framework takes new tenders every so many months by its own schedule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reopens_every_months: Option<u32>,
    /// The most that may be spent under it, VAT included; nothing when none was set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value_ceiling_pence: Option<Pence>,
    /// The financial year in whose prices the ceiling is stated: `2026/27`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price_base_year: Option<String>,
    /// The version of the terms that its agreements are made on.
    pub terms_version: String,
    /// How a tendered maximum must stand to the published one.
    pub tender_price_rule: TenderPriceRule,
    /// The ratings with which a service is admitted.
    pub allowed_ratings: Vec<Rating>,
    /// Whether it has an objective way to choose without competition. Without one no direct award is lawful.
    pub allows_direct_award: bool,
    /// Whether competitions under it that have begun may finish after it is superseded or has expired. Without this they end with it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub continue_on_expiry: bool,
    /// The preset by which referrals under it are released.
    pub cascade: String,
    /// How prices rise.
    pub uplift: UpliftRule,
    /// Decisions that let its users spend, with their ceilings.
    #[serde(default)]
    pub decisions: Vec<SpendingDecision>,
    /// By what offers are compared; weights come to 100.
    pub criteria: Vec<Criterion>,
    /// Its lots.
    pub lots: Vec<Lot>,
}

impl Framework {
    /// The fields of the table itself that can be marked as examples.
    pub const FIELDS: &'static [&'static str] = &[
        "reference",
        "title",
        "regime",
        "lead",
        "users",
        "starts_on",
        "ends_on",
        "value_ceiling_pence",
        "price_base_year",
        "terms_version",
        "tender_price_rule",
        "allowed_ratings",
        "allows_direct_award",
        "continue_on_expiry",
        "cascade",
    ];

    /// Whether screens must mark this field as an example.
    #[must_use]
    pub fn is_example(&self, field: &str) -> bool {
        self.origin.is_example() || self.example_fields.iter().any(|example| example == field)
    }

    /// Its clock as an open framework.
    #[must_use]
    pub fn clock(&self) -> OpenFrameworkClock {
        OpenFrameworkClock { first_award_on: self.starts_on, latest_reaward_on: self.reawarded_on.last().copied() }
    }

    /// The last day for its next award: by law for an open framework, by its own schedule for a flexible one; nothing where none follows.
    #[must_use]
    pub fn due_again_on(&self) -> Option<Day> {
        let latest = self.reawarded_on.last().copied().unwrap_or(self.starts_on);
        let due_on = match self.regime {
            Regime::Pa2023Open => self.clock().next_award_due_on(),
            Regime::Pa2023Flexible => self.reopens_every_months.map(|months| latest.plus_months(months).plus_days(-1)),
            Regime::Pcr2015 | Regime::Spot => None,
        };
        due_on.filter(|due_on| *due_on < self.ends_on)
    }

    /// The first day on which the award that stood on a day is no more bought from, and how it comes to its end: the next award takes its
    /// place, or the framework is over.
    #[must_use]
    pub fn award_over(&self, stood_on: Day) -> AwardOver {
        let how = self.terminated_on.map_or(FrameworkState::Expired, |_| FrameworkState::Terminated);
        let over = AwardOver { from: self.ends_on.plus_days(1), how };
        let next = self.reawarded_on.iter().find(|again| **again > stood_on && **again < over.from);
        next.map_or(over, |again| AwardOver { from: *again, how: FrameworkState::Superseded })
    }

    /// Every day that people are reminded of, in order: by when it is awarded or re-opened again, and its last one.
    #[must_use]
    pub fn deadlines(&self) -> Vec<(Deadline, Day)> {
        let again = match self.regime {
            Regime::Pa2023Open | Regime::Pcr2015 => Deadline::NextAward,
            Regime::Pa2023Flexible => Deadline::Reopening,
            Regime::Spot => return Vec::new(),
        };
        self.due_again_on().map(|due_on| (again, due_on)).into_iter().chain([(Deadline::End, self.ends_on)]).collect()
    }

    /// The lot and category with this category code.
    #[must_use]
    pub fn category(&self, code: &str) -> Option<(&Lot, &Category)> {
        self.lots.iter().find_map(|lot| {
            let found = lot.categories.iter().find(|category| category.code == code);
            found.map(|category| (lot, category))
        })
    }
}

/// How the prices of a framework may rise each year. The computed figure is a ceiling for the decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UpliftRule {
    /// The rise is the index of consumer prices, but never more than this.
    pub at_most_basis_points: BasisPoints,
    /// Above this index the councils review instead.
    pub review_above_basis_points: BasisPoints,
    /// Where the rule comes from.
    pub origin: Origin,
}

/// A decision by which one council may spend under the framework.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SpendingDecision {
    /// The council that decided.
    pub council: CouncilCode,
    /// The minute or decision number.
    pub reference: String,
    /// When it was decided.
    pub decided_on: Day,
    /// The most that it may spend, when the decision set one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ceiling_pence: Option<Pence>,
    /// The financial year in whose prices that is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price_base_year: Option<String>,
    /// Where this comes from.
    pub origin: Origin,
    /// Where the ceiling comes from, when it is not where the decision does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ceiling_origin: Option<Origin>,
}

/// The highest score that any scale may have. Councils score from 0 to 5, to 10 or in per cent.
pub const HIGHEST_SCORE: u32 = 100;

/// A criterion by which offers under a framework are compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Criterion {
    /// Its stable code.
    pub code: String,
    /// Its name for people.
    pub name: String,
    /// Whole per cent of the whole.
    pub weight_percent: u32,
    /// How it is scored.
    pub how: ScoreMethod,
    /// The highest score, [`HIGHEST_SCORE`] at most; the lowest is 0.
    pub scale_max: u32,
    /// Where name, weight and scale come from.
    pub origin: Origin,
}

/// A part of a framework to which providers are admitted separately.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lot {
    /// Its code within the framework.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Where the lot comes from.
    pub origin: Origin,
    /// Its categories of price.
    pub categories: Vec<Category>,
}

/// A category of need within a lot, with its own maximum price.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Category {
    /// Its code within the framework.
    pub code: String,
    /// Its name.
    pub name: String,
    /// The ages that it is for; all when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ages: Option<AgeBand>,
    /// Where code, name and ages come from.
    pub origin: Origin,
    /// The published maximum weekly prices, one after the other.
    pub maximum_weekly_prices: Vec<PublishedMaximum>,
}

impl Category {
    /// The maximum prices as the price rule uses them.
    ///
    /// # Errors
    /// As [`MaximumPrices::new`].
    pub fn maximum_prices(&self) -> Result<MaximumPrices, PriceError> {
        let row = |row: &PublishedMaximum| Maximum { weekly: row.weekly, from: row.from, to: row.to };
        MaximumPrices::new(self.maximum_weekly_prices.iter().map(row).collect())
    }

    /// Publishes a maximum price: the rows that stand keep their figures and end where it begins. Rows that would have begun later do not.
    pub fn publish_maximum(&mut self, row: PublishedMaximum) {
        self.maximum_weekly_prices.retain(|standing| standing.from < row.from);
        for standing in self.maximum_weekly_prices.iter_mut().filter(|standing| standing.to.is_none_or(|to| to >= row.from)) {
            standing.to = Some(row.from.plus_days(-1));
        }
        self.maximum_weekly_prices.push(row);
    }

    /// The row that holds on a day, with its origin.
    #[must_use]
    pub fn maximum_on(&self, day: Day) -> Option<&PublishedMaximum> {
        self.maximum_weekly_prices.iter().find(|row| row.from <= day && row.to.is_none_or(|to| day <= to))
    }
}

/// Ages in completed years, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgeBand {
    /// The youngest age.
    pub from: u32,
    /// The oldest age.
    pub to: u32,
}

impl AgeBand {
    /// Whether a child of this age falls in the band.
    #[must_use]
    pub fn holds(self, age: u32) -> bool {
        (self.from..=self.to).contains(&age)
    }
}

/// A maximum weekly price of a category.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PublishedMaximum {
    /// The price per week, excluding VAT.
    #[serde(rename = "weekly_pence")]
    pub weekly: WeeklyRate,
    /// The first day on which it holds.
    pub from: Day,
    /// The last day on which it holds; open until superseded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Day>,
    /// Where the figure comes from.
    pub origin: Origin,
}
