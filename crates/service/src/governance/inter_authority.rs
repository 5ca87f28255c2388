//! The agreement between the councils: writing it, signing it, and asking it before anything is called off.

use domain::access::{Action, Relation};
use domain::calendar::Day;
use domain::consortium::CouncilCode;
use domain::consortium::framework::Framework;
use domain::governance::decision::GovernedAct;
use domain::governance::inter_authority::{InterAuthorityAgreement, SignedAgreement, may_call_off};
use domain::ids::{InterAuthorityAgreementId, InterAuthoritySignatureId, OrganisationId};
use domain::people::Caller;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::governance::inter_authority::{self as agreements, AgreementRow, Signature};
use store::people::organisation::{Person, council_by_code};
use store::{Fault, ReadTx, Reads, Threshold, Tx};

use super::decision::{check, council, council_code, stands_to};
use super::delegation::{Wanted, act};
use crate::{Command, Failure, Query};

/// Reads an agreement's file and checks it whole.
///
/// # Errors
/// [`Failure::Invalid`] with every problem, each at its path in the file.
pub fn read(toml: &str) -> Result<InterAuthorityAgreement, Failure> {
    let terms: InterAuthorityAgreement = toml::from_str(toml).map_err(|error| Failure::invalid("", error.to_string()))?;
    check(terms.problems())?;
    Ok(terms)
}

/// Puts up the terms of an agreement for signature. They are not edited afterwards: other terms are another edition.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct WriteCouncilsAgreement {
    /// The terms.
    pub terms: InterAuthorityAgreement,
}

impl Command for WriteCouncilsAgreement {
    const ACTION: Action = Action::WriteCouncilsAgreement;
    type Answer = InterAuthorityAgreementId;

    async fn relation(&self, threshold: &mut Threshold, caller: &Caller) -> Result<Option<Relation>, Failure> {
        let lead = council_by_code(threshold, &self.terms.lead.0).await?;
        Ok(stands_to(caller, lead.map_or(caller.organisation, |lead| lead.id)))
    }

    async fn run(&self, tx: &mut Tx) -> Result<InterAuthorityAgreementId, Failure> {
        check(self.terms.problems())?;
        let consortium = store::governance::consortium::in_force(tx).await?;
        if let Some(unknown) = self.terms.frameworks.iter().find(|framework| consortium.framework(framework).is_none()) {
            return Err(Failure::invalid("frameworks", format!("There is no framework {unknown}")));
        }
        if let Some(unknown) = self.terms.parties.iter().find(|party| consortium.council(party).is_none()) {
            return Err(Failure::invalid("parties", format!("{unknown} is no council of {}", consortium.name)));
        }
        let lead = council(tx, &self.terms.lead).await?;
        let edition = i64::from(self.terms.edition);
        if agreements::all(tx).await?.iter().any(|known| known.title == self.terms.title && known.edition == edition) {
            return Err(Failure::invalid("edition", "This edition is on record already: give other terms the next number"));
        }
        let row = AgreementRow {
            id: InterAuthorityAgreementId(tx.new_id()),
            version: 1,
            org_id: lead.id,
            title: self.terms.title.clone(),
            edition,
            detail: serde_json::to_string(&self.terms).map_err(|error| Fault::inconsistent("inter_authority_agreement.detail", error))?,
            starts_on: self.terms.starts_on,
            ends_on: self.terms.ends_on,
        };
        tx.create(&row, &json!({ "shape": 1, "edition": edition, "parties": self.terms.parties.len() })).await?;
        Ok(row.id)
    }
}

/// Signs an agreement for the caller's council.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SignCouncilsAgreement {
    /// Which.
    pub agreement: InterAuthorityAgreementId,
}

impl Command for SignCouncilsAgreement {
    const ACTION: Action = Action::SignCouncilsAgreement;
    type Answer = InterAuthoritySignatureId;

    async fn relation(&self, threshold: &mut Threshold, caller: &Caller) -> Result<Option<Relation>, Failure> {
        let Some(row) = threshold.find::<AgreementRow>(self.agreement).await? else { return Ok(None) };
        let code = council_code(threshold, caller.organisation).await?;
        // To sign is an act of one's own council; only a party has anything to sign.
        Ok(code.filter(|code| row.terms().is_ok_and(|terms| terms.parties.contains(code))).map(|_| Relation::Own))
    }

    async fn run(&self, tx: &mut Tx) -> Result<InterAuthoritySignatureId, Failure> {
        let row: AgreementRow = tx.get(self.agreement).await?;
        let terms = row.terms()?;
        let caller = tx.caller().clone();
        if agreements::signatures_of(tx, row.id).await?.iter().any(|signature| signature.org_id == caller.organisation) {
            return Err(Failure::refused("this council has signed already"));
        }
        if terms.ends_on < Day::in_uk(tx.at()) {
            return Err(Failure::refused(format!("this agreement ended on {}", terms.ends_on)));
        }
        // The signature binds for every framework of the agreement, so each of them must be delegated.
        let mut done = None;
        for framework in &terms.frameworks {
            done = Some(act(tx, &Wanted::free(GovernedAct::SignInterAuthorityAgreement, framework)).await?);
        }
        let (act_id, post) = done.ok_or_else(|| Fault::inconsistent("inter_authority_agreement.detail", "it covers no framework"))?;
        let signatory: Person = tx.get(caller.person).await?;
        let code = council_code(tx, caller.organisation).await?.ok_or_else(Failure::absent)?;
        let signature = Signature {
            id: InterAuthoritySignatureId(tx.new_id()),
            version: 1,
            org_id: caller.organisation,
            agreement_id: row.id,
            act_id,
            council_code: code.0,
            signed_by: caller.person,
            signatory: signatory.name,
            post,
            signed_at: tx.at(),
        };
        tx.create(&signature, &json!({ "shape": 1, "agreement": row.id, "act": act_id })).await?;
        Ok(signature.id)
    }
}

/// An agreement with its signatures.
#[derive(Debug, Clone)]
pub struct CouncilsAgreementView {
    /// Its id.
    pub id: InterAuthorityAgreementId,
    /// The terms.
    pub terms: InterAuthorityAgreement,
    /// The parties in the order of the terms: code, name, and the signature if it is on file.
    pub parties: Vec<(CouncilCode, String, Option<Signature>)>,
}

async fn view(reads: &mut impl Reads, row: AgreementRow) -> Result<CouncilsAgreementView, Failure> {
    let terms = row.terms()?;
    let consortium = store::governance::consortium::in_force(reads).await?;
    let signatures = agreements::signatures_of(reads, row.id).await?;
    let party = |code: &CouncilCode| {
        let name = consortium.council(code).map_or_else(|| code.to_string(), |council| council.name.clone());
        (code.clone(), name, signatures.iter().find(|signature| signature.council_code == code.0).cloned())
    };
    let parties = terms.parties.iter().map(party).collect();
    Ok(CouncilsAgreementView { id: row.id, parties, terms })
}

/// All agreements between the councils.
#[derive(Debug, Clone, Copy)]
pub struct ListCouncilsAgreements;

impl Query for ListCouncilsAgreements {
    const ACTION: Action = Action::SeeDecisions;
    type Answer = Vec<CouncilsAgreementView>;

    async fn relation(&self, _: &mut ReadTx, _: &Caller) -> Result<Option<Relation>, Failure> {
        Ok(Some(Relation::Shared))
    }

    async fn run(&self, reads: &mut ReadTx, _: &Caller) -> Result<Vec<CouncilsAgreementView>, Failure> {
        let mut views = Vec::new();
        for row in agreements::all(reads).await? {
            views.push(view(reads, row).await?);
        }
        Ok(views)
    }
}

/// One agreement.
#[derive(Debug, Clone, Copy)]
pub struct GetCouncilsAgreement {
    /// Which.
    pub agreement: InterAuthorityAgreementId,
}

impl Query for GetCouncilsAgreement {
    const ACTION: Action = Action::SeeDecisions;
    type Answer = CouncilsAgreementView;

    async fn relation(&self, reads: &mut ReadTx, _: &Caller) -> Result<Option<Relation>, Failure> {
        Ok(reads.find::<AgreementRow>(self.agreement).await?.map(|_| Relation::Shared))
    }

    async fn run(&self, reads: &mut ReadTx, _: &Caller) -> Result<CouncilsAgreementView, Failure> {
        let row: AgreementRow = reads.get(self.agreement).await?;
        view(reads, row).await
    }
}

/// Refuses a call-off by a council whose signature is not on file: asked where a referral goes to the market under a framework,
/// and where an agreement for a child is issued.
///
/// # Errors
/// [`Failure::Refused`] with what has to be signed.
pub(crate) async fn check_bound(
    reads: &mut impl Reads,
    organisation: OrganisationId,
    framework: &Framework,
    today: Day,
) -> Result<(), Failure> {
    let Some(code) = council_code(reads, organisation).await? else { return Err(Failure::absent()) };
    let mut signed = Vec::new();
    for row in agreements::in_force(reads, today).await? {
        let signatures = agreements::signatures_of(reads, row.id).await?;
        let signed_by = signatures.into_iter().map(|signature| CouncilCode(signature.council_code)).collect();
        signed.push(SignedAgreement { terms: row.terms()?, signed_by });
    }
    may_call_off(&code, &framework.reference, &framework.users, &signed, today).map_err(Failure::refused)
}
