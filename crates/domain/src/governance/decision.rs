//! A decision of a council's meeting or officer, and what it resolved: approvals to procure, delegations, ceilings.
//!
//! Councils act only as far as somebody with the power decided it. The decision is therefore kept as the minutes have it and is
//! never edited: a later one supersedes it, or it is revoked. What a delegation opens is judged in
//! [`delegation`](super::delegation).

use serde::{Deserialize, Serialize};

use crate::calendar::Day;
use crate::consortium::{CouncilCode, Origin};
use crate::pence::Pence;

codes! {
    /// An act that nobody may do without a delegation. Awarding and signing are two acts, by two posts.
    pub enum GovernedAct("governed act") {
        /// Approve the outcome of the tender and award the framework.
        AwardFramework = "AWARD_FRAMEWORK", "Award the framework";
        /// Sign the contracts that the award leads to.
        SignContracts = "SIGN_CONTRACTS", "Sign the contracts";
        /// Sign the agreement between the councils for one's own council.
        SignInterAuthorityAgreement = "SIGN_INTER_AUTHORITY_AGREEMENT", "Sign the agreement between the councils";
    }
}

/// A decision as the record of the meeting has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// The council that decided.
    pub council: CouncilCode,
    /// The committee, or the post of the officer who decided.
    pub body: String,
    /// The day of the meeting or of the officer's decision.
    pub met_on: Day,
    /// The item of the agenda, or the decision's number.
    pub item: String,
    /// What it is about.
    pub title: String,
    /// Whether it is a key decision, of which notice was to be given 28 days before.
    pub is_key: bool,
    /// The last day on which it can be called in for scrutiny; absent when it is not subject to call-in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call_in_until: Option<Day>,
    /// Why it could not wait, where the procedure for urgent decisions was used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub urgency_reason: Option<String>,
    /// What was kept from the public, and why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exempt: Option<Exemption>,
    /// Why it was decided.
    pub reasons: Vec<String>,
    /// What else was considered and rejected.
    #[serde(default)]
    pub alternatives: Vec<String>,
    /// Interests that were declared, with any dispensation.
    #[serde(default)]
    pub conflicts: Vec<String>,
    /// What was resolved, in the order of the minutes.
    pub resolutions: Vec<Resolution>,
    /// Where the record comes from.
    pub origin: Origin,
    /// Those of its fields that nobody published and that are examples, by name; screens say so.
    #[serde(default)]
    pub examples: Vec<String>,
}

/// Why a part of a decision is not open to the public (schedule 12A of the Local Government Act 1972).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exemption {
    /// The category of exempt information.
    pub category: String,
    /// Why keeping it back is in the public interest.
    pub explanation: String,
}

/// One numbered resolution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resolution {
    /// Its number in the minutes, from 1.
    pub number: u32,
    /// What it does.
    pub ruling: Ruling,
}

/// What a resolution does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ruling {
    /// A procurement may begin.
    ApproveToProcure(ApprovalToProcure),
    /// A post may act for the council.
    Delegate(Delegation),
    /// No more than this may be spent.
    ExpenditureCeiling(ExpenditureCeiling),
}

/// Leave to procure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApprovalToProcure {
    /// What is to be procured.
    pub subject: String,
    /// The references of the frameworks that come of it.
    pub frameworks: Vec<String>,
    /// The council that procures for all.
    pub lead: CouncilCode,
    /// The councils that procure together, the lead among them or not.
    pub partners: Vec<CouncilCode>,
}

/// Power that is given to a post, never to a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Delegation {
    /// What the post may do.
    pub act: GovernedAct,
    /// The post, by the council's own title.
    pub to: String,
    /// To which frameworks it applies; empty means whatever the decision is about.
    #[serde(default)]
    pub frameworks: Vec<String>,
    /// Acts that must be on record first.
    #[serde(default)]
    pub after: Vec<GovernedAct>,
    /// Who must have been consulted first: posts and offices, inside the system or not.
    #[serde(default)]
    pub consultees: Vec<String>,
    /// The councils that must have agreed first.
    #[serde(default)]
    pub partners: Vec<CouncilCode>,
}

/// The most that may be spent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExpenditureCeiling {
    /// From which budget.
    pub budget: String,
    /// How much, in the prices of the base year.
    pub amount_pence: Pence,
    /// In whose prices: `2018/19`.
    pub price_base_year: String,
    /// To which frameworks it applies; empty means whatever the decision is about.
    #[serde(default)]
    pub frameworks: Vec<String>,
}

/// One thing wrong with a decision as it was entered, at its path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecisionProblem {
    /// The field, for example `resolutions.2.to`.
    pub path: String,
    /// What to do, in the user's words.
    pub reason: String,
}

impl Decision {
    /// The frameworks that it approves to procure.
    #[must_use]
    pub fn frameworks(&self) -> Vec<&str> {
        let approved = self.resolutions.iter().filter_map(|resolution| match &resolution.ruling {
            Ruling::ApproveToProcure(approval) => Some(&approval.frameworks),
            Ruling::Delegate(_) | Ruling::ExpenditureCeiling(_) => None,
        });
        approved.flatten().map(String::as_str).collect()
    }

    /// The number of the resolution that approves to procure this framework.
    #[must_use]
    pub fn approval_of(&self, framework: &str) -> Option<u32> {
        let approves = |resolution: &&Resolution| match &resolution.ruling {
            Ruling::ApproveToProcure(approval) => approval.frameworks.iter().any(|approved| approved == framework),
            Ruling::Delegate(_) | Ruling::ExpenditureCeiling(_) => false,
        };
        self.resolutions.iter().find(approves).map(|resolution| resolution.number)
    }

    /// Its delegations, each with the number of its resolution.
    pub fn delegations(&self) -> impl Iterator<Item = (u32, &Delegation)> {
        self.resolutions.iter().filter_map(|resolution| match &resolution.ruling {
            Ruling::Delegate(delegation) => Some((resolution.number, delegation)),
            Ruling::ApproveToProcure(_) | Ruling::ExpenditureCeiling(_) => None,
        })
    }

    /// The lowest ceiling that it sets on what is acted on, with the number of its resolution.
    #[must_use]
    pub fn ceiling_on(&self, about: &str) -> Option<(u32, &ExpenditureCeiling)> {
        let ceilings = self.resolutions.iter().filter_map(|resolution| match &resolution.ruling {
            Ruling::ExpenditureCeiling(ceiling) => Some((resolution.number, ceiling)),
            Ruling::ApproveToProcure(_) | Ruling::Delegate(_) => None,
        });
        ceilings.filter(|(_, ceiling)| self.covers(&ceiling.frameworks, about)).min_by_key(|(_, ceiling)| ceiling.amount_pence)
    }

    /// Whether a resolution with this list of frameworks is about the thing. An empty list means whatever the decision approves to
    /// procure; a decision that approves nothing and names nothing is about everything that its council does together with others.
    #[must_use]
    pub fn covers(&self, named: &[String], about: &str) -> bool {
        if !named.is_empty() {
            return named.iter().any(|framework| framework == about);
        }
        let approved = self.frameworks();
        approved.is_empty() || approved.contains(&about)
    }

    /// Whether this field is an example, because nobody published it.
    #[must_use]
    pub fn is_example(&self, field: &str) -> bool {
        self.origin.is_example() || self.examples.iter().any(|example| example == field)
    }

    /// What is wrong with it: none when it can be recorded. The fields are those that the record of an officer's decision must
    /// have (regulation 7 of the Openness of Local Government Bodies Regulations 2014).
    #[must_use]
    pub fn problems(&self) -> Vec<DecisionProblem> {
        let mut problems = Vec::new();
        let mut needs = |path: &str, is_there: bool, reason: &str| {
            if !is_there {
                problems.push(DecisionProblem { path: path.to_owned(), reason: reason.to_owned() });
            }
        };
        needs("council", self.council.is_well_formed(), "Enter the council’s code: a letter and eight digits");
        needs("body", said(&self.body), "Enter who decided: the committee, or the officer’s post");
        needs("item", said(&self.item), "Enter the item of the agenda or the decision’s number");
        needs("title", said(&self.title), "Enter what the decision is about");
        needs("reasons", self.reasons.iter().any(|reason| said(reason)), "Enter the reasons for the decision");
        let is_after = self.call_in_until.is_none_or(|until| until >= self.met_on);
        needs("call_in_until", is_after, "The call-in period cannot end before the meeting");
        let urgency = self.urgency_reason.as_deref().is_none_or(said);
        needs("urgency_reason", urgency, "Enter why it could not wait, or leave urgency out");
        let exempt = self.exempt.as_ref().is_none_or(|exempt| said(&exempt.category) && said(&exempt.explanation));
        needs("exempt", exempt, "Enter the category of exempt information and the explanation");
        needs("resolutions", !self.resolutions.is_empty(), "Enter what was resolved");
        for (position, resolution) in self.resolutions.iter().enumerate() {
            let is_next = usize::try_from(resolution.number).is_ok_and(|number| number == position + 1);
            let path = |field: &str| format!("resolutions.{}.{field}", position + 1);
            needs(&path("number"), is_next, "Number the resolutions from 1, as the minutes do");
            let (field, reason) = resolution.ruling.lacks().unwrap_or_default();
            needs(&path(field), field.is_empty(), reason);
        }
        problems
    }
}

impl Ruling {
    /// What it says that no minute could say: the field and what to enter.
    fn lacks(&self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::ApproveToProcure(approval) if !said(&approval.subject) => Some(("subject", "Enter what is to be procured")),
            Self::ApproveToProcure(approval) if !approval.lead.is_well_formed() => Some(("lead", "Enter the code of the lead council")),
            Self::Delegate(delegation) if !said(&delegation.to) => Some(("to", "Enter the post to which the power is given")),
            Self::Delegate(delegation) if delegation.after.contains(&delegation.act) => Some(("after", "An act cannot wait for itself")),
            Self::Delegate(delegation) if !delegation.consultees.iter().all(|who| said(who)) => {
                Some(("consultees", "Enter whom to consult"))
            }
            Self::ExpenditureCeiling(ceiling) if ceiling.amount_pence <= Pence::ZERO => Some(("amount_pence", "Enter a ceiling above £0")),
            Self::ExpenditureCeiling(ceiling) if !said(&ceiling.price_base_year) => Some(("price_base_year", "Enter in whose prices")),
            Self::ApproveToProcure(_) | Self::Delegate(_) | Self::ExpenditureCeiling(_) => None,
        }
    }
}

fn said(text: &str) -> bool {
    !text.trim().is_empty()
}
