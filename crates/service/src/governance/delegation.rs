//! The one door for acts that need a delegation: judge by everything on record, then write the act down.

use domain::calendar::Day;
use domain::consortium::CouncilCode;
use domain::governance::decision::GovernedAct;
use domain::governance::delegation::{Actor, Facts, Intent, Refusal, StandingDecision, may_act, posts_held};
use domain::ids::{DecisionId, GovernedActId};
use domain::pence::Pence;
use domain::people::{Caller, Role};
use serde_json::json;
use store::governance::decision::{self as decisions, ConsultationKind, DecisionRow, GovernedActRow};
use store::{Fault, Reads, Tx};

use super::decision::council_code;
use crate::Failure;

/// An act that somebody wants to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// The act.
    pub act: GovernedAct,
    /// The framework's reference.
    pub about: String,
    /// What it commits, in the prices of the ceiling's base year.
    pub amount: Pence,
}

impl Wanted {
    /// An act that commits no money.
    #[must_use]
    pub fn free(act: GovernedAct, about: &str) -> Self {
        Self { act, about: about.to_owned(), amount: Pence::ZERO }
    }
}

/// By what an act is allowed. No decision where the council's own rules let its head of contracting sign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leave {
    /// The decision and the number of its resolution.
    pub by: Option<(DecisionId, u32)>,
    /// The post that acts.
    pub post: String,
}

/// Whether the caller may do this today, by all that is on record.
///
/// # Errors
/// [`Failure`] of reading; that the act is blocked is an answer.
pub async fn judge(reads: &mut impl Reads, caller: &Caller, wanted: &Wanted, today: Day) -> Result<Result<Leave, Refusal>, Failure> {
    let blocked = || Refusal::NotDelegated { about: wanted.about.clone() };
    let Some(code) = council_code(reads, caller.organisation).await? else { return Ok(Err(blocked())) };
    let consortium = store::governance::consortium::in_force(reads).await?;
    let Some(council) = consortium.council(&code) else { return Ok(Err(blocked())) };
    let roles = store::people::organisation::roles_of(reads, caller.person).await?;
    let here = roles.iter().filter(|held| held.org_id == caller.organisation && held.role == caller.role);
    let posts: Vec<String> = here.flat_map(|held| posts_held(council, held.role, &held.post)).collect();
    let rows = decisions::of_council(reads, caller.organisation).await?;
    let mut standing = Vec::new();
    for row in &rows {
        standing.push(StandingDecision { id: row.id, decision: row.decision()?, ended_on: row.ended_on });
    }
    let facts = facts(reads, caller, &wanted.about, &rows, &standing).await?;
    let actor = Actor { person: caller.person, council: code, posts: posts.clone() };
    let intent = Intent { act: wanted.act, about: &wanted.about, amount: wanted.amount };
    let judged = may_act(intent, &actor, &standing, &facts, today);
    let signs_by_rule = wanted.act == GovernedAct::SignInterAuthorityAgreement
        && caller.role == Role::HeadOfContracting
        && council.signs_without_decision.is_some();
    Ok(match (judged, posts.into_iter().next()) {
        (Ok(authority), _) => Ok(Leave { by: Some((authority.decision, authority.resolution)), post: authority.post }),
        // The council's rule stands in for a decision that was never entered; what a decision refuses, it does not open.
        (Err(Refusal::NotDelegated { .. }), Some(post)) if signs_by_rule => Ok(Leave { by: None, post }),
        (Err(refusal), _) => Err(refusal),
    })
}

/// What the record holds about a framework, as far as this council's decisions ask for it.
async fn facts(
    reads: &mut impl Reads,
    caller: &Caller,
    about: &str,
    rows: &[DecisionRow],
    standing: &[StandingDecision],
) -> Result<Facts, Failure> {
    let mut facts = Facts::default();
    for said in decisions::consultations_about(reads, about).await? {
        match said.kind {
            ConsultationKind::Consulted => facts.consulted.push((said.decision_id, said.who)),
            ConsultationKind::PartnerAgrees => facts.agreed.push((said.decision_id, CouncilCode(said.who))),
        }
    }
    for done in decisions::acts_of_council(reads, caller.organisation).await? {
        if done.about == about {
            facts.done.push((done.act, done.done_by));
        }
        let heir = done.decision_id.map(|decision| heir(rows, decision));
        let Some(under) = standing.iter().find(|standing| Some(standing.id) == heir) else { continue };
        let ceiling = |about: &str| under.decision.ceiling_on(about).map(|(number, _)| number);
        // What was committed counts against the ceiling under which it falls, whatever framework it was for.
        if ceiling(&done.about) == ceiling(about) {
            facts.spent.push((under.id, done.amount_pence));
        }
    }
    Ok(facts)
}

/// The decision that stands in the place of this one today: what was spent under a decision counts against the ceiling of the one
/// that superseded it, or each new decision would open the whole ceiling again.
fn heir(rows: &[DecisionRow], decision: DecisionId) -> DecisionId {
    let mut heir = decision;
    // No longer than there are decisions, whatever the rows say.
    for _ in rows {
        match rows.iter().find(|row| row.id == heir).and_then(|row| row.followed_by) {
            Some(next) => heir = next,
            None => break,
        }
    }
    heir
}

/// Does a governed act: refused unless a live delegation opens it, and written down with the resolution by which it was done.
/// Whatever awards a framework or signs contracts calls this in the same transaction.
///
/// # Errors
/// [`Failure::Refused`] with what is missing, in the user's words.
pub async fn act(tx: &mut Tx, wanted: &Wanted) -> Result<(GovernedActId, String), Failure> {
    let caller = tx.caller().clone();
    let today = Day::in_uk(tx.at());
    let leave = judge(tx, &caller, wanted, today).await?.map_err(Failure::refused)?;
    let act = GovernedActRow {
        id: GovernedActId(tx.new_id()),
        version: 1,
        org_id: caller.organisation,
        decision_id: leave.by.map(|(decision, _)| decision),
        resolution: leave.by.map(|(_, number)| i64::from(number)),
        act: wanted.act,
        about: wanted.about.clone(),
        post: leave.post.clone(),
        done_by: caller.person,
        amount_pence: wanted.amount,
    };
    if wanted.amount < Pence::ZERO {
        return Err(Fault::inconsistent("governed_act.amount_pence", "an act commits no less than nothing").into());
    }
    tx.create(&act, &json!({ "shape": 1, "act": act.act, "about": act.about, "resolution": act.resolution })).await?;
    Ok((act.id, leave.post))
}
