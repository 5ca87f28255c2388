//! Which terms of a framework hold when, and what put them in force: an award, or a change of the configuration.

use crate::calendar::{Day, Instant};
use crate::ids::TenderId;

/// What the configuration says of a framework's terms from a moment on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Configured {
    /// When it was changed to that.
    pub at: Instant,
    /// The version of the terms.
    pub version: String,
}

/// An award that was put in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Awarded {
    /// By which tender.
    pub tender: TenderId,
    /// When the first agreement was signed by both sides, which is when the configuration was changed.
    pub signed_at: Instant,
    /// The first day on which it is bought from.
    pub from: Day,
    /// The version of the terms on which its agreements are made.
    pub version: String,
}

/// Terms with the days between which they hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// Their version; nothing where that was not kept.
    pub version: Option<String>,
    /// The first day.
    pub from: Day,
    /// The last day.
    pub until: Day,
    /// The tender whose award put them in force; the configuration alone when absent.
    pub by: Option<TenderId>,
}

/// The terms of a framework that runs from a day to another, in their order. Each award is told, also one on the terms that held before; a
/// change of the configuration is told where it changed the terms and came of no award.
#[must_use]
pub fn terms_over_time(configured: &[Configured], awards: &[Awarded], starts_on: Day, ends_on: Day) -> Vec<Terms> {
    let mut found: Vec<Terms> = Vec::new();
    let held = |version: Option<String>, from: Day, by| Terms { version, from: from.max(starts_on), until: ends_on, by };
    found.extend(awards.iter().map(|award| held(Some(award.version.clone()), award.from, Some(award.tender))));
    let mut before: Option<&str> = None;
    for one in configured {
        let is_of_award = awards.iter().any(|award| award.signed_at == one.at);
        if !is_of_award && before != Some(one.version.as_str()) {
            // What was configured first held from the first day on, however late it was entered here.
            let from = if before.is_none() { starts_on } else { Day::in_uk(one.at) };
            found.push(held(Some(one.version.clone()), from, None));
        }
        before = Some(&one.version);
    }
    if found.iter().all(|terms| terms.from > starts_on) {
        found.push(held(None, starts_on, None));
    }
    found.sort_by_key(|terms| terms.from);
    let ends: Vec<Day> = found.iter().skip(1).map(|next| next.from.plus_days(-1)).collect();
    for (terms, end) in found.iter_mut().zip(ends) {
        terms.until = end;
    }
    // Of two that begin on one day the later one holds.
    found.retain(|terms| terms.from <= terms.until);
    found
}
