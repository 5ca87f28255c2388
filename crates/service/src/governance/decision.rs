//! Recording what a council decided, whom it consulted and what ended it; and the one door for acts that need a delegation.

use domain::access::{Action, Relation};
use domain::calendar::Day;
use domain::consortium::{Consortium, CouncilCode};
use domain::governance::decision::{Decision, DecisionProblem, GovernedAct};
use domain::governance::delegation::is_same_title;
use domain::ids::{ConsultationId, DecisionId, OrganisationId};
use domain::people::{Caller, Role};
use serde::{Deserialize, Serialize};
use serde_json::json;
pub use store::governance::decision::ConsultationKind;
use store::governance::decision::{self as decisions, Consultation, DecisionRow, GovernedActRow};
use store::people::organisation::{Organisation, council_by_code};
use store::{Fault, ReadTx, Reads, Threshold, Tx};

use crate::failure::words;
use crate::{Command, Failure, FieldProblem, Query};

/// Reads a decision's file and checks it whole.
///
/// # Errors
/// [`Failure::Invalid`] with every problem, each at its path in the file.
pub fn read(toml: &str) -> Result<Decision, Failure> {
    let decision: Decision = toml::from_str(toml).map_err(|error| Failure::invalid("", error.to_string()))?;
    check(decision.problems())?;
    Ok(decision)
}

pub(crate) fn check(problems: Vec<DecisionProblem>) -> Result<(), Failure> {
    if problems.is_empty() {
        return Ok(());
    }
    Err(Failure::Invalid(problems.into_iter().map(|problem| FieldProblem::at(problem.path, problem.reason)).collect()))
}

/// How the caller stands to what a council keeps: it is their council, or they are at the terminal.
pub(crate) fn stands_to(caller: &Caller, council: OrganisationId) -> Option<Relation> {
    if caller.role == Role::Worker { Some(Relation::Shared) } else { (caller.organisation == council).then_some(Relation::Own) }
}

/// The code of the caller's council, if it is one.
pub(crate) async fn council_code(reads: &mut impl Reads, organisation: OrganisationId) -> Result<Option<CouncilCode>, Failure> {
    let organisation: Option<Organisation> = reads.find(organisation).await?;
    Ok(organisation.and_then(|organisation| organisation.council_code).map(CouncilCode))
}

/// The registered council with this code.
pub(crate) async fn council(reads: &mut impl Reads, code: &CouncilCode) -> Result<Organisation, Failure> {
    let missing = || Failure::invalid("council", format!("No council with the code {code} is registered"));
    council_by_code(reads, &code.0).await?.ok_or_else(missing)
}

/// Records a decision as the minutes have it. It is not edited afterwards.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RecordDecision {
    /// The whole decision.
    pub decision: Decision,
}

impl Command for RecordDecision {
    const ACTION: Action = Action::RecordDecision;
    type Answer = DecisionId;

    async fn relation(&self, threshold: &mut Threshold, caller: &Caller) -> Result<Option<Relation>, Failure> {
        let owner = council_by_code(threshold, &self.decision.council.0).await?;
        // Nobody else's council is named on the form; the terminal is told what is wrong with the file.
        Ok(owner.map_or_else(|| stands_to(caller, caller.organisation), |owner| stands_to(caller, owner.id)))
    }

    async fn run(&self, tx: &mut Tx) -> Result<DecisionId, Failure> {
        check(self.decision.problems())?;
        let owner = council(tx, &self.decision.council).await?;
        let is_known = |row: &DecisionRow| {
            row.decision().is_ok_and(|known| {
                (&known.body, known.met_on, &known.item) == (&self.decision.body, self.decision.met_on, &self.decision.item)
            })
        };
        if decisions::of_council(tx, owner.id).await?.iter().any(|row| row.ended_on.is_none() && is_known(row)) {
            return Err(Failure::refused("this item of this meeting is on record already: supersede it if it was wrong"));
        }
        let row = DecisionRow {
            id: DecisionId(tx.new_id()),
            version: 1,
            org_id: owner.id,
            title: self.decision.title.clone(),
            met_on: self.decision.met_on,
            detail: serde_json::to_string(&self.decision).map_err(|error| Fault::inconsistent("decision.detail", error))?,
            ended_on: None,
            ended_reason: None,
            followed_by: None,
        };
        tx.create(&row, &json!({ "shape": 1, "item": self.decision.item, "resolutions": self.decision.resolutions.len() })).await?;
        Ok(row.id)
    }
}

/// Records that somebody whom the decision names was consulted on one framework.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RecordConsultation {
    /// Under which decision.
    pub decision: DecisionId,
    /// On which framework.
    pub about: String,
    /// The post or office.
    pub who: String,
    /// What they said.
    pub said: String,
    /// When.
    pub said_on: Day,
}

impl Command for RecordConsultation {
    const ACTION: Action = Action::RecordDecision;
    type Answer = ConsultationId;

    async fn relation(&self, threshold: &mut Threshold, caller: &Caller) -> Result<Option<Relation>, Failure> {
        let row: Option<DecisionRow> = threshold.find(self.decision).await?;
        Ok(row.and_then(|row| stands_to(caller, row.org_id)))
    }

    async fn run(&self, tx: &mut Tx) -> Result<ConsultationId, Failure> {
        let row: DecisionRow = tx.get(self.decision).await?;
        let is_named = |decision: &Decision| {
            let mut asked = decision.delegations().filter(|(_, delegation)| decision.covers(&delegation.frameworks, &self.about));
            asked.any(|(_, delegation)| delegation.consultees.iter().any(|who| is_same_title(who, &self.who)))
        };
        let said = Said { about: &self.about, kind: ConsultationKind::Consulted, who: &self.who, words: &self.said, on: self.said_on };
        said.keep(tx, &row, row.org_id, is_named).await
    }
}

/// Records that a partner council agrees to what is to be done on one framework. Each partner enters its own agreement: nobody
/// else can give it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AgreeAsPartner {
    /// Under which decision of another council.
    pub decision: DecisionId,
    /// On which framework.
    pub about: String,
    /// Which council agrees; the caller's own, unless it is entered at the terminal.
    pub council: CouncilCode,
    /// In which words.
    pub said: String,
    /// When.
    pub said_on: Day,
}

impl Command for AgreeAsPartner {
    const ACTION: Action = Action::AgreeAsPartner;
    type Answer = ConsultationId;

    async fn relation(&self, threshold: &mut Threshold, caller: &Caller) -> Result<Option<Relation>, Failure> {
        let row: Option<DecisionRow> = threshold.find(self.decision).await?;
        let theirs = council_code(threshold, caller.organisation).await?;
        let may = caller.role == Role::Worker || theirs.as_ref() == Some(&self.council);
        Ok(row.filter(|_| may).map(|_| Relation::Shared))
    }

    async fn run(&self, tx: &mut Tx) -> Result<ConsultationId, Failure> {
        let row: DecisionRow = tx.get(self.decision).await?;
        let partner = council(tx, &self.council).await?;
        let is_named = |decision: &Decision| {
            let mut asked = decision.delegations().filter(|(_, delegation)| decision.covers(&delegation.frameworks, &self.about));
            asked.any(|(_, delegation)| delegation.partners.contains(&self.council))
        };
        let (about, kind, who) = (&self.about, ConsultationKind::PartnerAgrees, self.council.0.as_str());
        Said { about, kind, who, words: &self.said, on: self.said_on }.keep(tx, &row, partner.id, is_named).await
    }
}

/// What somebody said before an act.
struct Said<'a> {
    about: &'a str,
    kind: ConsultationKind,
    who: &'a str,
    words: &'a str,
    on: Day,
}

impl Said<'_> {
    async fn keep(
        self,
        tx: &mut Tx,
        row: &DecisionRow,
        owner: OrganisationId,
        is_named: impl FnOnce(&Decision) -> bool + Send,
    ) -> Result<ConsultationId, Failure> {
        let decision = row.decision()?;
        if row.ended_on.is_some() {
            return Err(Failure::refused("this decision no longer stands: nothing is recorded under it"));
        }
        let mut problems = Vec::new();
        if !is_named(&decision) {
            problems.push(FieldProblem::at("about", "The decision asks nothing of them for this framework"));
        }
        let said = words(self.words, "said", "Enter what was said").unwrap_or_else(|problem| {
            problems.push(problem);
            String::new()
        });
        if self.on > Day::in_uk(tx.at()) || self.on < decision.met_on {
            problems.push(FieldProblem::at("said_on", "The day must be between the decision and today"));
        }
        if !problems.is_empty() {
            return Err(Failure::Invalid(problems));
        }
        let consultation = Consultation {
            id: ConsultationId(tx.new_id()),
            version: 1,
            org_id: owner,
            decision_id: row.id,
            about: self.about.to_owned(),
            kind: self.kind,
            who: self.who.trim().to_owned(),
            said,
            said_on: self.on,
            recorded_by: tx.caller().person,
        };
        tx.create(&consultation, &json!({ "shape": 1, "decision": row.id, "about": self.about, "kind": self.kind })).await?;
        Ok(consultation.id)
    }
}

/// Ends a decision: revoked, or superseded by a later one of the same council.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RevokeDecision {
    /// Which.
    pub decision: DecisionId,
    /// Its version as it was opened.
    pub version: i64,
    /// Why.
    pub reason: String,
    /// The decision that takes its place.
    pub followed_by: Option<DecisionId>,
}

impl Command for RevokeDecision {
    const ACTION: Action = Action::RecordDecision;
    type Answer = DecisionId;

    async fn relation(&self, threshold: &mut Threshold, caller: &Caller) -> Result<Option<Relation>, Failure> {
        let row: Option<DecisionRow> = threshold.find(self.decision).await?;
        Ok(row.and_then(|row| stands_to(caller, row.org_id)))
    }

    async fn run(&self, tx: &mut Tx) -> Result<DecisionId, Failure> {
        let mut row: DecisionRow = tx.get(self.decision).await?;
        if row.ended_on.is_some() {
            return Err(Failure::refused("this decision was ended before"));
        }
        let reason = words(&self.reason, "reason", "Enter why the decision no longer stands")?;
        if let Some(follower) = self.followed_by {
            let later: Option<DecisionRow> = tx.find(follower).await?;
            let fits = |later: &DecisionRow| {
                later.id != row.id && later.org_id == row.org_id && later.ended_on.is_none() && later.met_on >= row.met_on
            };
            if !later.as_ref().is_some_and(fits) {
                return Err(Failure::invalid("followed_by", "Select a later decision of this council that still stands"));
            }
        }
        row.version = self.version;
        (row.ended_on, row.followed_by) = (Some(Day::in_uk(tx.at())), self.followed_by);
        row.ended_reason = Some(reason);
        tx.update(&mut row, &json!({ "shape": 1, "followed_by": self.followed_by })).await?;
        Ok(row.id)
    }
}

/// A decision with all that was said and done under it.
#[derive(Debug, Clone)]
pub struct DecisionView {
    /// Its id.
    pub id: DecisionId,
    /// Its version.
    pub version: i64,
    /// Whose it is.
    pub council: OrganisationId,
    /// The council's name.
    pub council_name: String,
    /// As it was recorded.
    pub decision: Decision,
    /// The day of its end, why, and by what it was followed.
    pub ended: Option<(Day, String, Option<DecisionId>)>,
    /// What was said under it; empty in lists.
    pub consultations: Vec<Consultation>,
    /// What was done under it; empty in lists.
    pub acts: Vec<GovernedActRow>,
}

async fn view(reads: &mut impl Reads, row: DecisionRow) -> Result<DecisionView, Failure> {
    let council: Organisation = reads.get(row.org_id).await?;
    let decision = row.decision()?;
    let ended = row.ended_on.zip(row.ended_reason).map(|(on, why)| (on, why, row.followed_by));
    let (council, council_name) = (council.id, council.name);
    Ok(DecisionView { id: row.id, version: row.version, council, council_name, decision, ended, consultations: vec![], acts: vec![] })
}

/// The decisions of all councils, the latest first.
#[derive(Debug, Clone, Copy)]
pub struct ListDecisions;

impl Query for ListDecisions {
    const ACTION: Action = Action::SeeDecisions;
    type Answer = Vec<DecisionView>;

    async fn relation(&self, _: &mut ReadTx, _: &Caller) -> Result<Option<Relation>, Failure> {
        Ok(Some(Relation::Shared))
    }

    async fn run(&self, reads: &mut ReadTx, _: &Caller) -> Result<Vec<DecisionView>, Failure> {
        let mut views = Vec::new();
        for row in decisions::all(reads).await? {
            views.push(view(reads, row).await?);
        }
        Ok(views)
    }
}

/// One decision.
#[derive(Debug, Clone, Copy)]
pub struct GetDecision {
    /// Which.
    pub decision: DecisionId,
}

impl Query for GetDecision {
    const ACTION: Action = Action::SeeDecisions;
    type Answer = DecisionView;

    async fn relation(&self, reads: &mut ReadTx, _: &Caller) -> Result<Option<Relation>, Failure> {
        Ok(reads.find::<DecisionRow>(self.decision).await?.map(|_| Relation::Shared))
    }

    async fn run(&self, reads: &mut ReadTx, _: &Caller) -> Result<DecisionView, Failure> {
        let row: DecisionRow = reads.get(self.decision).await?;
        let mut view = view(reads, row).await?;
        view.consultations = decisions::consultations_of(reads, self.decision).await?;
        view.acts = decisions::acts_of(reads, self.decision).await?;
        Ok(view)
    }
}

/// The code of the caller's own council.
#[derive(Debug, Clone, Copy)]
pub struct OurCouncil;

impl Query for OurCouncil {
    const ACTION: Action = Action::SeeDecisions;
    type Answer = Option<CouncilCode>;

    async fn relation(&self, _: &mut ReadTx, _: &Caller) -> Result<Option<Relation>, Failure> {
        Ok(Some(Relation::Shared))
    }

    async fn run(&self, reads: &mut ReadTx, caller: &Caller) -> Result<Option<CouncilCode>, Failure> {
        council_code(reads, caller.organisation).await
    }
}

/// For each governed act on each framework of the caller's council: open, or blocked and why.
#[derive(Debug, Clone, Copy)]
pub struct WhatMayIDo {
    /// The day for which it is judged.
    pub on: Day,
}

/// One act on one framework.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActStands {
    /// The act.
    pub act: GovernedAct,
    /// The framework's reference.
    pub about: String,
    /// The post by which the caller may act, or what is missing.
    pub outcome: Result<String, String>,
}

impl Query for WhatMayIDo {
    const ACTION: Action = Action::SeeDecisions;
    type Answer = Vec<ActStands>;

    async fn relation(&self, _: &mut ReadTx, _: &Caller) -> Result<Option<Relation>, Failure> {
        Ok(Some(Relation::Shared))
    }

    async fn run(&self, reads: &mut ReadTx, caller: &Caller) -> Result<Vec<ActStands>, Failure> {
        let consortium: Consortium = store::governance::consortium::in_force(reads).await?;
        let mut acts = Vec::new();
        let Some(code) = council_code(reads, caller.organisation).await? else { return Ok(acts) };
        for framework in consortium.frameworks.iter().filter(|framework| framework.users.contains(&code)) {
            for act in <GovernedAct as domain::Code>::ALL {
                let wanted = super::delegation::Wanted::free(*act, &framework.reference);
                let outcome = super::delegation::judge(reads, caller, &wanted, self.on).await?;
                let outcome = outcome.map(|authority| authority.post).map_err(|refusal| refusal.to_string());
                acts.push(ActStands { act: *act, about: framework.reference.clone(), outcome });
            }
        }
        Ok(acts)
    }
}
