//! Ceilings that decisions set, what is committed under them, and the one way to commit more.

use domain::access::{Action, Relation};
use domain::calendar::Day;
use domain::consortium::Consortium;
use domain::ids::{AgreementId, CeilingId, CommitmentId, OrganisationId};
use domain::money::commitment::{Ceiling as Limit, Horizon, expected_commitment};
use domain::pence::{BasisPoints, Pence, WeeklyRate};
use domain::people::{Caller, Role};
use domain::registration::ServiceKind;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::money::ledger::{Ceiling, Commitment, CommitmentKind, ceilings_of, commitments_of};
use store::{ReadTx, Threshold, Tx};

use crate::{Command, Failure, Query};

/// What an agreement is expected to cost, and how that came about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Expected {
    pub pence: Pence,
    pub explanation: String,
}

/// Reckons what an agreement commits: to its own end where it has one, else as far as the consortium's setting says.
pub(crate) fn expected(
    consortium: &Consortium,
    framework: &str,
    kind: ServiceKind,
    weekly: WeeklyRate,
    starts_on: Day,
    ends_on: Option<Day>,
) -> Result<Expected, Failure> {
    let settings = &consortium.settings;
    let framework = consortium.framework(framework).ok_or_else(|| Failure::refused(format!("{framework} is not configured")))?;
    let horizon = match ends_on {
        // The child sleeps elsewhere on the day of the end.
        Some(ends_on) => Horizon::Through(ends_on.plus_days(-1)),
        None => Horizon::by(settings.commitment_horizon, framework.ends_on, settings.expected_weeks(kind)),
    };
    let pence = expected_commitment(weekly, starts_on, horizon).map_err(Failure::refused)?;
    let explanation = match horizon {
        Horizon::Through(last) => format!("{weekly} from {starts_on} to {last}"),
        Horizon::Weeks(weeks) => format!("{weekly} for {weeks} weeks from {starts_on}"),
    };
    Ok(Expected { pence, explanation })
}

/// Commits money of a council under a framework, in the transaction of the signature that promises it.
///
/// # Errors
/// [`Failure::Refused`] with what is left when every ceiling of the framework would be passed, or when there is none.
pub(crate) async fn commit(
    tx: &mut Tx,
    council: OrganisationId,
    framework: &str,
    agreement: AgreementId,
    expected: &Expected,
) -> Result<CommitmentId, Failure> {
    let mut refusal = Failure::refused(format!("no decision lets this council spend under {framework}: enter its ceiling first"));
    for mut ceiling in ceilings_of(tx, council).await?.into_iter().filter(|ceiling| ceiling.framework == framework) {
        match limit(&ceiling).commit(expected.pence) {
            Ok(after) => {
                ceiling.committed_pence = after.committed;
                tx.update(&mut ceiling, &json!({ "shape": 1, "agreement": agreement, "pence": expected.pence })).await?;
                let commitment = Commitment {
                    id: CommitmentId(tx.new_id()),
                    version: 1,
                    org_id: council,
                    ceiling_id: ceiling.id,
                    agreement_id: agreement,
                    kind: CommitmentKind::Post,
                    pence: expected.pence,
                    explanation: expected.explanation.clone(),
                };
                tx.create(&commitment, &json!({ "shape": 1, "ceiling": ceiling.id, "pence": expected.pence })).await?;
                return Ok(commitment.id);
            }
            Err(passed) => refusal = Failure::refused(passed),
        }
    }
    Err(refusal)
}

/// Gives back what an agreement still commits, by new entries. Nothing happens when it commits nothing.
pub(crate) async fn release(tx: &mut Tx, council: OrganisationId, agreement: AgreementId, why: &str) -> Result<(), Failure> {
    let movements = store::money::ledger::of_agreement(tx, council, agreement).await?;
    for mut ceiling in ceilings_of(tx, council).await? {
        let mut open = Pence::ZERO;
        for movement in movements.iter().filter(|movement| movement.ceiling_id == ceiling.id) {
            open = match movement.kind {
                CommitmentKind::Post => open.plus(movement.pence),
                CommitmentKind::Release => open.minus(movement.pence),
            }
            .map_err(Failure::refused)?;
        }
        if open <= Pence::ZERO {
            continue;
        }
        ceiling.committed_pence = limit(&ceiling).release(open).map_err(Failure::refused)?.committed;
        tx.update(&mut ceiling, &json!({ "shape": 1, "agreement": agreement, "released_pence": open })).await?;
        let released = Commitment {
            id: CommitmentId(tx.new_id()),
            version: 1,
            org_id: council,
            ceiling_id: ceiling.id,
            agreement_id: agreement,
            kind: CommitmentKind::Release,
            pence: open,
            explanation: why.to_owned(),
        };
        tx.create(&released, &json!({ "shape": 1, "ceiling": ceiling.id, "released_pence": open })).await?;
    }
    Ok(())
}

fn limit(ceiling: &Ceiling) -> Limit {
    Limit { limit: ceiling.limit_pence, committed: ceiling.committed_pence }
}

/// Enters the ceiling that a decision set, or its new figure.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SetCeiling {
    /// Whose spending it limits.
    pub council: OrganisationId,
    /// The framework's reference.
    pub framework: String,
    /// The decision: minute or number.
    pub decision: String,
    /// In whose prices: `2025/26`.
    pub price_base_year: String,
    /// The most that may be committed.
    pub limit: Pence,
    /// The figure was not published.
    pub is_example: bool,
}

impl Command for SetCeiling {
    const ACTION: Action = Action::SetCeiling;
    type Answer = CeilingId;

    async fn relation(&self, _: &mut Threshold, caller: &Caller) -> Result<Option<Relation>, Failure> {
        let own = (self.council == caller.organisation).then_some(Relation::Own);
        Ok(if caller.role == Role::Worker { Some(Relation::Shared) } else { own })
    }

    async fn run(&self, tx: &mut Tx) -> Result<CeilingId, Failure> {
        if self.limit <= Pence::ZERO {
            return Err(Failure::invalid("limit", "Enter a ceiling above £0"));
        }
        if store::governance::consortium::in_force(tx).await?.framework(&self.framework).is_none() {
            return Err(Failure::invalid("framework", format!("There is no framework {}", self.framework)));
        }
        let event = json!({ "shape": 1, "framework": self.framework, "limit": self.limit });
        let known = ceilings_of(tx, self.council).await?;
        let known = known.into_iter().find(|known| known.framework == self.framework && known.decision == self.decision);
        if let Some(mut ceiling) = known {
            if self.limit < ceiling.committed_pence {
                return Err(Failure::refused(format!("{} is committed already: the ceiling cannot be lower", ceiling.committed_pence)));
            }
            (ceiling.limit_pence, ceiling.is_example) = (self.limit, self.is_example);
            ceiling.price_base_year.clone_from(&self.price_base_year);
            tx.update(&mut ceiling, &event).await?;
            return Ok(ceiling.id);
        }
        let ceiling = Ceiling {
            id: CeilingId(tx.new_id()),
            version: 1,
            org_id: self.council,
            decision: self.decision.clone(),
            framework: self.framework.clone(),
            price_base_year: self.price_base_year.clone(),
            limit_pence: self.limit,
            committed_pence: Pence::ZERO,
            is_example: self.is_example,
        };
        tx.create(&ceiling, &event).await?;
        Ok(ceiling.id)
    }
}

/// The caller's council's ceilings and every movement against them.
#[derive(Debug, Clone, Copy)]
pub struct Commitments;

/// A ceiling as finance reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CeilingView {
    /// The ceiling.
    pub id: CeilingId,
    /// The framework's reference.
    pub framework: String,
    /// The decision that set it.
    pub decision: String,
    /// In whose prices.
    pub price_base_year: String,
    /// The most that may be committed.
    pub limit: Pence,
    /// What is committed.
    pub committed: Pence,
    /// What is left.
    pub left: Pence,
    /// The committed part; nothing for a ceiling of £0.
    pub share: Option<BasisPoints>,
    /// The highest alert level that is reached.
    pub alert: Option<BasisPoints>,
    /// The figure was not published.
    pub is_example: bool,
}

/// The ledger.
#[derive(Debug, Clone)]
pub struct Ledger {
    /// By framework and decision.
    pub ceilings: Vec<CeilingView>,
    /// Every movement.
    pub movements: Vec<Commitment>,
}

impl Query for Commitments {
    const ACTION: Action = Action::SeeCommitments;
    type Answer = Ledger;

    async fn relation(&self, _: &mut ReadTx, _: &Caller) -> Result<Option<Relation>, Failure> {
        Ok(Some(Relation::Own))
    }

    async fn run(&self, reads: &mut ReadTx, caller: &Caller) -> Result<Ledger, Failure> {
        let consortium = store::governance::consortium::in_force(reads).await?;
        let levels = &consortium.settings.ceiling_alerts_basis_points;
        let ceilings = ceilings_of(reads, caller.organisation).await?;
        let ceilings = ceilings.into_iter().map(|ceiling| view(ceiling, levels)).collect::<Result<_, Failure>>()?;
        Ok(Ledger { ceilings, movements: commitments_of(reads, caller.organisation).await? })
    }
}

fn view(ceiling: Ceiling, levels: &[BasisPoints]) -> Result<CeilingView, Failure> {
    let limit = limit(&ceiling);
    Ok(CeilingView {
        id: ceiling.id,
        framework: ceiling.framework,
        decision: ceiling.decision,
        price_base_year: ceiling.price_base_year,
        limit: limit.limit,
        committed: limit.committed,
        left: limit.left().map_err(Failure::refused)?,
        share: BasisPoints::share(limit.committed, limit.limit),
        alert: limit.alert(levels),
        is_example: ceiling.is_example,
    })
}
