//! Who may act for a council today: the one rule that every governed act asks.
//!
//! An act needs a live delegation of it to a post that the actor holds; then whatever the delegation itself asks for. Each
//! refusal says what is missing, so that the reader knows whom to ask next.

use thiserror::Error;

use super::decision::{Decision, Delegation, GovernedAct};
use crate::calendar::Day;
use crate::consortium::{Council, CouncilCode};
use crate::ids::{DecisionId, PersonId};
use crate::pence::Pence;
use crate::people::Role;

/// A recorded decision and whether it still stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StandingDecision {
    /// Its id in the record.
    pub id: DecisionId,
    /// As it was recorded.
    pub decision: Decision,
    /// Since when it was revoked or superseded by another.
    pub ended_on: Option<Day>,
}

/// Who wants to act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// The person.
    pub person: PersonId,
    /// The council for which they act.
    pub council: CouncilCode,
    /// The titles of the posts that they hold there.
    pub posts: Vec<String>,
}

/// What the record holds about the thing that is acted on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// Who was consulted, under which decision.
    pub consulted: Vec<(DecisionId, String)>,
    /// Which councils agreed, under which decision.
    pub agreed: Vec<(DecisionId, CouncilCode)>,
    /// What was done, by whom.
    pub done: Vec<(GovernedAct, PersonId)>,
    /// What was committed before under each decision.
    pub spent: Vec<(DecisionId, Pence)>,
}

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Intent<'a> {
    /// The act.
    pub act: GovernedAct,
    /// On what: the framework's reference.
    pub about: &'a str,
    /// What it commits, in the prices of the ceiling's base year.
    pub amount: Pence,
}

/// By what an act is allowed: kept with the act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authority {
    /// The decision that delegates it.
    pub decision: DecisionId,
    /// The number of the resolution.
    pub resolution: u32,
    /// The post that acts.
    pub post: String,
}

/// Why an act is blocked, in the order in which the reasons are looked for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Error)]
pub enum Refusal {
    /// Nobody was given the power.
    #[error("no decision of this council delegates this for {about}: record the decision first")]
    NotDelegated {
        /// On what.
        about: String,
    },
    /// No decision lets anybody procure it.
    #[error("no decision of this council approves to procure {about}: record the decision first")]
    NotApproved {
        /// The framework.
        about: String,
    },
    /// The power was taken back.
    #[error("the decision `{title}` no longer stands since {since}")]
    Ended {
        /// The decision's title.
        title: String,
        /// The day of its end.
        since: Day,
    },
    /// The decision is of a later day.
    #[error("the decision `{title}` is taken on {met_on}")]
    NotYetTaken {
        /// The decision's title.
        title: String,
        /// When.
        met_on: Day,
    },
    /// Scrutiny may still ask for it to be thought over.
    #[error("the decision `{title}` can be called in until {until}: act after that day")]
    CallIn {
        /// The decision's title.
        title: String,
        /// The last day of the period.
        until: Day,
    },
    /// Another post was given the power.
    #[error("this is for the {post}")]
    OtherPost {
        /// The post.
        post: String,
    },
    /// They did the act from which this one is kept apart.
    #[error("whoever awarded the framework does not sign its contracts: another person does")]
    SamePerson,
    /// Something has to be done first.
    #[error("first on record must be: {}", crate::Code::label(*act))]
    NotYet {
        /// The act that must come first.
        act: GovernedAct,
    },
    /// Somebody was not asked.
    #[error("the {who} has not been consulted")]
    NotConsulted {
        /// The consultee.
        who: String,
    },
    /// A partner has not agreed.
    #[error("the agreement of council {council} is not on record")]
    PartnerMissing {
        /// The council.
        council: CouncilCode,
    },
    /// The money does not reach.
    #[error("{wanted} would pass the ceiling of {ceiling} in the prices of {price_base_year}: {spent} is committed already")]
    CeilingPassed {
        /// What the act commits.
        wanted: Pence,
        /// What was resolved.
        ceiling: Pence,
        /// In whose prices.
        price_base_year: String,
        /// What was committed before.
        spent: Pence,
    },
}

/// Whether two titles mean the same post or office: however capitalised, spaced, and with whichever apostrophe.
#[must_use]
pub fn is_same_title(one: &str, other: &str) -> bool {
    let plain = |title: &str| title.replace('’', "'").to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ");
    plain(one) == plain(other)
}

/// The posts that somebody holds: the one that their own entry names, if the council has it with their role; otherwise the post of
/// their role, if the council has exactly one. With several, a guess would give power to the wrong person.
#[must_use]
pub fn posts_held(council: &Council, role: Role, entered: &str) -> Vec<String> {
    let of_role: Vec<_> = council.posts.iter().filter(|post| post.role == role).collect();
    let named = of_role.iter().find(|post| is_same_title(&post.title, entered));
    match (named, of_role.as_slice()) {
        (Some(post), _) | (None, [post]) => vec![post.title.clone()],
        (None, _) => Vec::new(),
    }
}

/// Whether somebody may do a governed act today, and by which resolution.
///
/// # Errors
/// [`Refusal`] of the delegation that came nearest: what is missing, in the user's words.
pub fn may_act(intent: Intent<'_>, actor: &Actor, decisions: &[StandingDecision], facts: &Facts, today: Day) -> Result<Authority, Refusal> {
    let mut nearest = Refusal::NotDelegated { about: intent.about.to_owned() };
    for standing in decisions.iter().filter(|standing| standing.decision.council == actor.council) {
        let fitting = standing
            .decision
            .delegations()
            .filter(|(_, delegation)| delegation.act == intent.act && standing.decision.covers(&delegation.frameworks, intent.about));
        for (resolution, delegation) in fitting {
            match opens(intent, actor, standing, delegation, facts, today) {
                Ok(()) => return Ok(Authority { decision: standing.id, resolution, post: delegation.to.clone() }),
                Err(refusal) => nearest = nearest.max(refusal),
            }
        }
    }
    Err(nearest)
}

/// Whether a council may procure a framework today, and by which resolution.
///
/// # Errors
/// [`Refusal`] of the decision that came nearest.
pub fn may_procure(about: &str, council: &CouncilCode, decisions: &[StandingDecision], today: Day) -> Result<(DecisionId, u32), Refusal> {
    let mut nearest = Refusal::NotApproved { about: about.to_owned() };
    for standing in decisions.iter().filter(|standing| standing.decision.council == *council) {
        let Some(resolution) = standing.decision.approval_of(about) else { continue };
        match is_live(standing, today) {
            Ok(()) => return Ok((standing.id, resolution)),
            Err(refusal) => nearest = nearest.max(refusal),
        }
    }
    Err(nearest)
}

/// Whether one delegation opens the act: the checks in the order of [`Refusal`].
fn opens(
    intent: Intent<'_>,
    actor: &Actor,
    standing: &StandingDecision,
    delegation: &Delegation,
    facts: &Facts,
    today: Day,
) -> Result<(), Refusal> {
    is_live(standing, today)?;
    if !actor.posts.iter().any(|post| is_same_title(post, &delegation.to)) {
        return Err(Refusal::OtherPost { post: delegation.to.clone() });
    }
    let parted = [(GovernedAct::AwardFramework, GovernedAct::SignContracts), (GovernedAct::SignContracts, GovernedAct::AwardFramework)];
    let did = |act: GovernedAct| facts.done.contains(&(act, actor.person));
    if parted.iter().any(|(now, before)| *now == intent.act && did(*before)) {
        return Err(Refusal::SamePerson);
    }
    if let Some(act) = delegation.after.iter().find(|act| !facts.done.iter().any(|(done, _)| done == *act)) {
        return Err(Refusal::NotYet { act: *act });
    }
    let was_asked = |who: &str| facts.consulted.iter().any(|(under, asked)| *under == standing.id && is_same_title(asked, who));
    if let Some(who) = delegation.consultees.iter().find(|who| !was_asked(who)) {
        return Err(Refusal::NotConsulted { who: who.clone() });
    }
    // The council that acts agrees by acting.
    let agreed = |council: &CouncilCode| *council == actor.council || facts.agreed.contains(&(standing.id, council.clone()));
    if let Some(council) = delegation.partners.iter().find(|council| !agreed(council)) {
        return Err(Refusal::PartnerMissing { council: council.clone() });
    }
    within_ceiling(intent, standing, facts)
}

fn is_live(standing: &StandingDecision, today: Day) -> Result<(), Refusal> {
    let title = standing.decision.title.clone();
    match standing.ended_on {
        Some(since) if since <= today => return Err(Refusal::Ended { title, since }),
        Some(_) | None => {}
    }
    if standing.decision.met_on > today {
        return Err(Refusal::NotYetTaken { title, met_on: standing.decision.met_on });
    }
    match standing.decision.call_in_until {
        Some(until) if until >= today => Err(Refusal::CallIn { title, until }),
        Some(_) | None => Ok(()),
    }
}

fn within_ceiling(intent: Intent<'_>, standing: &StandingDecision, facts: &Facts) -> Result<(), Refusal> {
    let Some((_, ceiling)) = standing.decision.ceiling_on(intent.about) else { return Ok(()) };
    let spent = facts.spent.iter().filter(|(under, _)| *under == standing.id).map(|(_, pence)| *pence);
    let passed = |spent: Pence| Refusal::CeilingPassed {
        wanted: intent.amount,
        ceiling: ceiling.amount_pence,
        price_base_year: ceiling.price_base_year.clone(),
        spent,
    };
    // A sum that is too great for money is certainly too great for the ceiling.
    let spent = spent.into_iter().try_fold(Pence::ZERO, Pence::plus).map_err(|_| passed(Pence::ZERO))?;
    let after = spent.plus(intent.amount).map_err(|_| passed(spent))?;
    if after > ceiling.amount_pence { Err(passed(spent)) } else { Ok(()) }
}
