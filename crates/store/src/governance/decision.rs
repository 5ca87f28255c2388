//! Decisions of the councils, whom they had consulted, and what was done under them.

use domain::calendar::Day;
use domain::governance::decision::{Decision, GovernedAct};
use domain::ids::{ConsultationId, DecisionId, GovernedActId, OrganisationId, PersonId};
use domain::pence::Pence;

use crate::{Fault, Reads};

domain::codes! {
    /// What was said before an act.
    pub enum ConsultationKind("kind of consultation") {
        /// Somebody whom the decision names was consulted.
        Consulted = "CONSULTED", "Was consulted";
        /// A partner council agreed.
        PartnerAgrees = "PARTNER_AGREES", "Partner council agrees";
    }
}

record! {
    /// A decision: its content never changes, only its end is added.
    pub struct DecisionRow in "decision" owner org_id {
        id: DecisionId, version: i64,
        org_id: OrganisationId, title: String, met_on: Day,
        /// The whole decision as JSON.
        detail: String,
        ended_on: Option<Day>, ended_reason: Option<String>,
        /// The later decision that took its place.
        followed_by: Option<DecisionId>,
    }
}

impl DecisionRow {
    /// The decision as it was recorded.
    ///
    /// # Errors
    /// [`Fault::Inconsistent`] when it cannot be read.
    pub fn decision(&self) -> Result<Decision, Fault> {
        serde_json::from_str(&self.detail).map_err(|error| Fault::inconsistent("decision.detail", error))
    }
}

record! {
    /// What somebody said before an act under a decision.
    pub struct Consultation in "consultation" owner org_id {
        id: ConsultationId, version: i64,
        org_id: OrganisationId, decision_id: DecisionId,
        /// On what: the framework's reference.
        about: String, kind: ConsultationKind,
        /// The post or office that was consulted, or the code of the council that agrees.
        who: String, said: String, said_on: Day, recorded_by: PersonId,
    }
}

record! {
    /// An act that was done under a resolution; without one where the council's rules let the post act.
    pub struct GovernedActRow in "governed_act" owner org_id {
        id: GovernedActId, version: i64,
        org_id: OrganisationId, decision_id: Option<DecisionId>, resolution: Option<i64>,
        act: GovernedAct,
        /// On what: the framework's reference, or the id of the agreement between the councils.
        about: String, post: String, done_by: PersonId, amount_pence: Pence,
    }
}

statements! {
    /// All of them, since the rule weighs them all: a council takes a few such decisions in a year.
    OF_COUNCIL = rows!(DecisionRow, "WHERE org_id = $1 ORDER BY met_on, id");
    ALL = rows!(DecisionRow, "ORDER BY met_on DESC, id DESC LIMIT 500");
    CONSULTATIONS_OF = rows!(Consultation, "WHERE decision_id = $1 ORDER BY said_on, id LIMIT 500");
    CONSULTATIONS_ABOUT = rows!(Consultation, "WHERE about = $1 ORDER BY said_on, id");
    ACTS_OF = rows!(GovernedActRow, "WHERE decision_id = $1 ORDER BY id LIMIT 500");
    /// All of them: amounts are summed against a ceiling, and a sum that leaves rows out is wrong.
    ACTS_OF_COUNCIL = rows!(GovernedActRow, "WHERE org_id = $1 ORDER BY id");
}

/// A council's decisions, the earliest first, ended ones among them.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn of_council(reads: &mut impl Reads, council: OrganisationId) -> Result<Vec<DecisionRow>, Fault> {
    reads.records(OF_COUNCIL, &[council.into()]).await
}

/// The decisions of all councils, the latest first.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn all(reads: &mut impl Reads) -> Result<Vec<DecisionRow>, Fault> {
    reads.records(ALL, &[]).await
}

/// What was said under a decision.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn consultations_of(reads: &mut impl Reads, decision: DecisionId) -> Result<Vec<Consultation>, Fault> {
    reads.records(CONSULTATIONS_OF, &[decision.into()]).await
}

/// What was said about a framework, under any decision.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn consultations_about(reads: &mut impl Reads, about: &str) -> Result<Vec<Consultation>, Fault> {
    reads.records(CONSULTATIONS_ABOUT, &[about.into()]).await
}

/// What was done under a decision.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn acts_of(reads: &mut impl Reads, decision: DecisionId) -> Result<Vec<GovernedActRow>, Fault> {
    reads.records(ACTS_OF, &[decision.into()]).await
}

/// What a council did.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn acts_of_council(reads: &mut impl Reads, council: OrganisationId) -> Result<Vec<GovernedActRow>, Fault> {
    reads.records(ACTS_OF_COUNCIL, &[council.into()]).await
}
