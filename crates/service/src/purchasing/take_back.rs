//! An agreement that leads nowhere is taken back before both have signed it, so that the search goes on.

use domain::access::{Action, Relation};
use domain::ids::AgreementId;
use domain::people::{Caller, OrganisationKind, Role};
use domain::purchasing::agreement::{AgreementAct, AgreementFacts, AgreementState};
use domain::purchasing::referral::{ReferralAct, ReferralState};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::purchasing::agreement::Agreement;
use store::purchasing::referral::Referral;
use store::{Reads as _, Threshold, Tx};

use super::agreement::relation;
use super::choice::set_aside;
use crate::jobs::mail::{self, Mail};
use crate::money::ledger;
use crate::{Command, Failure};

/// Takes an agreement back that not both sides have signed: the provider withdrew, or the child’s need ended. The offer goes
/// back to the shortlist, the referral to comparing offers, and the provider hears of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TakeBackAgreement {
    /// The agreement.
    pub agreement: AgreementId,
    /// Why; the provider reads it.
    pub reason: String,
}

/// Where things stand without the agreement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TakenBack {
    /// The agreement, which may be written anew.
    pub agreement: AgreementState,
    /// The referral.
    pub referral: ReferralState,
}

impl Command for TakeBackAgreement {
    const ACTION: Action = Action::IssueAgreement;
    type Answer = TakenBack;

    async fn relation(&self, threshold: &mut Threshold, caller: &Caller) -> Result<Option<Relation>, Failure> {
        relation(threshold, self.agreement, caller).await
    }

    async fn run(&self, tx: &mut Tx) -> Result<TakenBack, Failure> {
        let reason = self.reason.trim();
        if reason.is_empty() {
            return Err(Failure::invalid("reason", "Enter why the agreement is taken back"));
        }
        let mut agreement: Agreement = tx.get(self.agreement).await?;
        if store::purchasing::placement::of_referral(tx, agreement.referral_id).await?.is_some() {
            return Err(Failure::refused("the child has moved in: the placement is ended, not the agreement taken back"));
        }
        let facts = AgreementFacts { side: OrganisationKind::Council, lacks: None, signatory_took_part: false };
        agreement.state = agreement.state.after(AgreementAct::TakeBack, &facts).map_err(Failure::refused)?;
        // The words that were signed do not stand any more; the record keeps who signed them.
        (agreement.provider_signed_by, agreement.provider_signed_at) = (None, None);
        agreement.taken_back_reason = Some(reason.to_owned());
        let event = json!({ "shape": 1, "state": agreement.state, "change": "taken back" });
        tx.update(&mut agreement, &event).await?;
        // Only the council’s signature commits money; if it ever comes earlier, it is given back here.
        ledger::release(tx, agreement.org_id, agreement.id, &format!("agreement {} was taken back", agreement.number)).await?;
        let referral: Referral = tx.get(agreement.referral_id).await?;
        let referral = set_aside(tx, referral, ReferralAct::SetAside, reason).await?;
        tell(tx, &agreement).await?;
        Ok(TakenBack { agreement: agreement.state, referral })
    }
}

/// A letter to those of the provider who offer and who sign. It names the agreement and says nothing of the child.
async fn tell(tx: &mut Tx, agreement: &Agreement) -> Result<(), Failure> {
    let people = store::people::organisation::colleagues(tx, agreement.provider_id).await?;
    let concerned = |role: Role| role == Role::ReferralsManager || role == Role::ProviderSignatory;
    for person in people.into_iter().filter(|person| concerned(person.role)) {
        let number = &agreement.number;
        let letter = Mail::Notice {
            to: person.email,
            subject: format!("Agreement {number} was taken back"),
            body: format!("The council has taken agreement {number} back before both sides had signed it. Sign in to read why."),
        };
        mail::enqueue(tx, &letter).await?;
    }
    Ok(())
}
