//! Whether a bid meets what the tender asks of everybody: per service, lot and category, each fault in words.
//!
//! What the quality envelope shows is judged when that envelope is open, the price when the other one is. Both are judged against what
//! the record holds, never against what the bidder says of itself: a rating is Ofsted's, not the bid's.

use thiserror::Error;

use super::bid::{BidPrice, PriceEnvelope, QualityEnvelope};
use super::exercise::Lies;
use super::plan::TenderPlan;
use crate::Code as _;
use crate::calendar::Day;
use crate::ids::ServiceId;
use crate::money::price::{MaximumKind, PriceError, check_tender};
use crate::pence::{Pence, WeeklyRate};
use crate::place::Point;
use crate::registration::{Rating, ServiceKind};

/// A service as Ofsted's register and our record know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegisteredService {
    /// Which.
    pub service: ServiceId,
    /// What it is registered as.
    pub kind: ServiceKind,
    /// Its rating.
    pub rating: Rating,
    /// Whether its registration stands.
    pub is_registered: bool,
    /// Whether the bidder runs it.
    pub is_bidders_own: bool,
    /// Where it lies, as far as that is known.
    pub point: Option<Point>,
}

/// One thing that a bid lacks.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Fault {
    /// Nobody registered it.
    #[error("the service is not on the register")]
    Unknown,
    /// It was registered once.
    #[error("the service is no longer registered")]
    NotRegistered,
    /// It belongs to somebody else.
    #[error("the service is not the bidder’s own")]
    NotTheirs,
    /// The framework buys something else.
    #[error("the service is registered as {}, the framework buys {}", .is.label(), .wanted.label())]
    OtherKind {
        /// What it is.
        is: ServiceKind,
        /// What is bought.
        wanted: ServiceKind,
    },
    /// Its rating is not among those with which a service is admitted.
    #[error("the rating is {}: admitted are {}", .0.label(), .1)]
    Rating(Rating, String),
    /// It lies outside the radius of the exercise.
    #[error("the home {0}")]
    Outside(String),
    /// Something was not declared.
    #[error("declaration {0} was not made")]
    NotDeclared(usize),
    /// An insurance is missing, too low, or had run out.
    #[error("no insurance `{name}` of {at_least} or more that was in force on {on}")]
    Insurance {
        /// Against what.
        name: String,
        /// For how much.
        at_least: Pence,
        /// When.
        on: Day,
    },
    /// Bidders were told something that this one did not read.
    #[error("addendum {0} was not acknowledged")]
    AddendumUnread(u32),
    /// There is no price to judge.
    #[error("the service has no price in any category of the lot")]
    NoPrice,
    /// A price for a category that the lot does not have.
    #[error("the lot has no category {0}")]
    OtherCategory(String),
    /// A price for a service with which nobody bids.
    #[error("the bid does not name this service")]
    NotNamed,
    /// Two prices for one thing.
    #[error("the bid has two prices for this category")]
    TwoPrices,
    /// The price does not stand to the published maximum as the framework asks.
    #[error(transparent)]
    Price(#[from] PriceError),
}

/// A service of a bid, judged by what the quality envelope shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JudgedService {
    /// Which.
    pub service: ServiceId,
    /// Its name.
    pub name: String,
    /// What it lacks; none when it goes on.
    pub faults: Vec<Fault>,
    /// In an exercise with a radius: how it lies to that, with the words; nothing for a service that is not on the register.
    pub place: Option<(Lies, String)>,
}

/// A service of a bid in one category, judged by both envelopes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JudgedLine {
    /// Which service.
    pub service: ServiceId,
    /// Its name.
    pub name: String,
    /// The category; none when the service has no price.
    pub category: Option<String>,
    /// The price.
    pub weekly: Option<WeeklyRate>,
    /// What it lacks; none when it goes on.
    pub faults: Vec<Fault>,
}

/// On what a bid is judged, apart from the bid.
#[derive(Debug, Clone, Copy)]
pub struct Terms<'a> {
    /// What the tender says.
    pub plan: &'a TenderPlan,
    /// For which lot the bid is.
    pub lot: &'a str,
    /// How many addenda bidders were told before the deadline.
    pub addenda: u32,
    /// The day of the deadline: papers must be in force on it.
    pub closed_on: Day,
}

/// What the whole bid lacks, whichever its services: declarations, insurances, addenda.
#[must_use]
pub fn faults_of_bid(terms: Terms<'_>, quality: &QualityEnvelope) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (index, _) in terms.plan.declarations.iter().enumerate() {
        if quality.declared.get(index) != Some(&true) {
            faults.push(Fault::NotDeclared(index + 1));
        }
    }
    for wanted in &terms.plan.insurances {
        let covers = quality
            .insurances
            .iter()
            .any(|held| held.name == wanted.name && held.amount_pence >= wanted.at_least_pence && held.valid_until >= terms.closed_on);
        if !covers {
            faults.push(Fault::Insurance { name: wanted.name.clone(), at_least: wanted.at_least_pence, on: terms.closed_on });
        }
    }
    if quality.addenda_read < terms.addenda {
        faults.push(Fault::AddendumUnread(quality.addenda_read.saturating_add(1)));
    }
    faults
}

/// Judges each service of a bid by what the quality envelope and the register show.
#[must_use]
pub fn judge_services(terms: Terms<'_>, quality: &QualityEnvelope, register: &[RegisteredService]) -> Vec<JudgedService> {
    let of_bid = faults_of_bid(terms, quality);
    let judged = quality.services.iter().map(|bid| {
        let known = register.iter().find(|known| known.service == bid.service);
        let exercise = terms.plan.exercise.as_ref();
        let place = known.and_then(|known| exercise?.lies(known.kind, known.point));
        let mut faults = faults_on_register(terms.plan, known);
        faults.extend(place.iter().filter(|(lies, _)| *lies == Lies::Outside).map(|(_, words)| Fault::Outside(words.clone())));
        faults.extend(of_bid.iter().cloned());
        JudgedService { service: bid.service, name: bid.name.clone(), faults, place }
    });
    judged.collect()
}

fn faults_on_register(plan: &TenderPlan, known: Option<&RegisteredService>) -> Vec<Fault> {
    let Some(known) = known else { return vec![Fault::Unknown] };
    let mut faults = Vec::new();
    if !known.is_bidders_own {
        faults.push(Fault::NotTheirs);
    }
    if !known.is_registered {
        faults.push(Fault::NotRegistered);
    }
    if known.kind != plan.framework.service {
        faults.push(Fault::OtherKind { is: known.kind, wanted: plan.framework.service });
    }
    if !plan.framework.allowed_ratings.contains(&known.rating) {
        let allowed: Vec<&str> = plan.framework.allowed_ratings.iter().map(|rating| rating.label()).collect();
        faults.push(Fault::Rating(known.rating, allowed.join(", ")));
    }
    faults
}

/// Judges each service in each category for which it has a price; a service without any has one line that says so.
#[must_use]
pub fn judge_lines(terms: Terms<'_>, quality: &QualityEnvelope, price: &PriceEnvelope, register: &[RegisteredService]) -> Vec<JudgedLine> {
    let services = judge_services(terms, quality, register);
    let mut lines = Vec::new();
    for asked in &price.prices {
        let named = services.iter().find(|judged| judged.service == asked.service);
        let mut faults = named.map_or_else(|| vec![Fault::NotNamed], |judged| judged.faults.clone());
        let is_same = |other: &&BidPrice| (other.service, &other.category) == (asked.service, &asked.category);
        if price.prices.iter().filter(is_same).count() > 1 {
            // Nobody but the bidder could say which of them it meant.
            faults.push(Fault::TwoPrices);
        }
        faults.extend(price_fault(terms, &asked.category, asked.weekly));
        lines.push(JudgedLine {
            service: asked.service,
            name: named.map_or_else(String::new, |judged| judged.name.clone()),
            category: Some(asked.category.clone()),
            weekly: Some(asked.weekly),
            faults,
        });
    }
    for judged in services {
        if !price.prices.iter().any(|asked| asked.service == judged.service) {
            let mut faults = judged.faults;
            faults.push(Fault::NoPrice);
            lines.push(JudgedLine { service: judged.service, name: judged.name, category: None, weekly: None, faults });
        }
    }
    lines
}

/// What is wrong with a price: judged by the maximum that holds on the first day of the framework or of its next award, by the framework's own rule. The form
/// on which bidders enter prices and the opening of their envelopes both ask here.
#[must_use]
pub fn price_fault(terms: Terms<'_>, category: &str, weekly: WeeklyRate) -> Option<Fault> {
    let framework = &terms.plan.framework;
    let found = terms.plan.lot(terms.lot).and_then(|lot| lot.categories.iter().find(|known| known.code == category));
    let Some(found) = found else { return Some(Fault::OtherCategory(category.to_owned())) };
    let Some(published) = found.maximum_on(terms.plan.begins_on()) else {
        return Some(PriceError::NoMaximumOn { kind: MaximumKind::Published, on: terms.plan.begins_on() }.into());
    };
    check_tender(weekly, published.weekly, framework.tender_price_rule).err().map(Fault::Price)
}

/// The reasons as one sentence for a letter; empty when there is none.
#[must_use]
pub fn in_words(faults: &[Fault]) -> String {
    faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}
