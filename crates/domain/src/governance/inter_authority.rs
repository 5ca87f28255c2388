//! The agreement between the councils that buy together: who leads, who does what, how costs and risks are shared.
//!
//! It is what makes one council's framework another council's to use. A council that has not signed it bears none of the duties that
//! it shares out, and therefore does not call off.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::decision::DecisionProblem;
use crate::calendar::Day;
use crate::consortium::{CouncilCode, Origin};

/// The terms as the councils agreed on them. New terms are a new edition, which every council signs again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InterAuthorityAgreement {
    /// What it is called.
    pub title: String,
    /// Which edition of the terms, from 1.
    pub edition: u32,
    /// The council that procures and holds the contracts for all.
    pub lead: CouncilCode,
    /// Every council that is bound by it, the lead among them.
    pub parties: Vec<CouncilCode>,
    /// The references of the frameworks that may be called off under it.
    pub frameworks: Vec<String>,
    /// Who does what.
    pub roles: Vec<String>,
    /// How costs are shared.
    pub cost_sharing: String,
    /// How risks are shared.
    pub risk_sharing: String,
    /// Its first day.
    pub starts_on: Day,
    /// Its last day.
    pub ends_on: Day,
    /// Where the terms come from.
    pub origin: Origin,
}

/// An agreement with the councils whose signatures are on file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedAgreement {
    /// The terms.
    pub terms: InterAuthorityAgreement,
    /// Who signed.
    pub signed_by: Vec<CouncilCode>,
}

/// Why a council may not call off.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NotBound {
    /// There is no agreement to sign.
    #[error("no agreement between the councils that is in force covers {framework}: it is written and signed before anybody calls off")]
    NoAgreement {
        /// The framework's reference.
        framework: String,
    },
    /// There is one, without this council's signature.
    #[error("this council’s signature on `{title}` is not on file: it signs before it calls off under {framework}")]
    NotSigned {
        /// What the agreement is called.
        title: String,
        /// The framework's reference.
        framework: String,
    },
}

impl InterAuthorityAgreement {
    /// Whether it lets this framework be called off on this day, its last day included.
    #[must_use]
    pub fn covers(&self, framework: &str, today: Day) -> bool {
        (self.starts_on..=self.ends_on).contains(&today) && self.frameworks.iter().any(|covered| covered == framework)
    }

    /// What is wrong with the terms: none when they can be put up for signature.
    #[must_use]
    pub fn problems(&self) -> Vec<DecisionProblem> {
        let said = |text: &str| !text.trim().is_empty();
        let has_two = self.parties.iter().any(|party| *party != self.lead);
        let checks = [
            ("title", said(&self.title), "Enter what the agreement is called"),
            ("edition", self.edition > 0, "Number the editions from 1"),
            ("parties", self.parties.contains(&self.lead), "The lead council must be among the parties"),
            ("parties", has_two, "An agreement between councils has at least two parties"),
            ("frameworks", !self.frameworks.is_empty(), "Enter the frameworks that may be called off under it"),
            ("roles", self.roles.iter().any(|role| said(role)), "Enter who does what"),
            ("cost_sharing", said(&self.cost_sharing), "Enter how costs are shared"),
            ("risk_sharing", said(&self.risk_sharing), "Enter how risks are shared"),
            ("ends_on", self.ends_on >= self.starts_on, "The agreement cannot end before it starts"),
        ];
        let wrong = checks.into_iter().filter(|(_, is_right, _)| !is_right);
        wrong.map(|(path, _, reason)| DecisionProblem { path: path.to_owned(), reason: reason.to_owned() }).collect()
    }
}

/// Whether a council may call off under a framework on this day.
///
/// A framework that only one council uses shares nothing with anybody, and needs no agreement: `users` is who may buy from it.
///
/// # Errors
/// [`NotBound`] when no agreement in force covers the framework, or none of them has this council's signature.
pub fn may_call_off(
    council: &CouncilCode,
    framework: &str,
    users: &[CouncilCode],
    agreements: &[SignedAgreement],
    today: Day,
) -> Result<(), NotBound> {
    if users.iter().all(|user| user == council) {
        return Ok(());
    }
    let in_force = || agreements.iter().filter(|agreement| agreement.terms.covers(framework, today));
    if in_force().any(|agreement| agreement.terms.parties.contains(council) && agreement.signed_by.contains(council)) {
        return Ok(());
    }
    let framework = framework.to_owned();
    match in_force().next() {
        Some(agreement) => Err(NotBound::NotSigned { title: agreement.terms.title.clone(), framework }),
        None => Err(NotBound::NoAgreement { framework }),
    }
}
