//! A red check that a senior manager lets pass, in words and under their own name.

use domain::Code as _;
use domain::access::{Action, Relation};
use domain::calendar::Day;
use domain::ids::OfferId;
use domain::people::Caller;
use domain::purchasing::gates::{GateCode, GateColour, GateOverride, OverrideRefusal};
use domain::purchasing::offer::OfferState;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::purchasing::offer::Offer;
use store::{Fault, Threshold, Tx};

use super::evaluation::{Case, overrides, relation_to_offer};
use crate::{Command, Failure};

/// Lets a red check of an offer pass. The role is that of whoever does it, never one that is named for them.
///
/// A statutory red is let pass by nobody. Neither is a price above the maximum: the approval of a price exception is its only
/// way. A check that was let pass before gets the newer words.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct OverrideGate {
    /// The offer.
    pub offer: OfferId,
    /// The red check.
    pub code: GateCode,
    /// Why.
    pub reason: String,
}

impl Command for OverrideGate {
    const ACTION: Action = Action::OverrideGate;
    /// What still stops the offer.
    type Answer = Vec<GateCode>;

    async fn relation(&self, threshold: &mut Threshold, caller: &Caller) -> Result<Option<Relation>, Failure> {
        relation_to_offer(threshold, self.offer, caller).await
    }

    async fn run(&self, tx: &mut Tx) -> Result<Vec<GateCode>, Failure> {
        let offer: Offer = store::Reads::get(tx, self.offer).await?;
        let case = Case::load(tx, offer.referral_id).await?;
        let mut offer = case.offer(self.offer)?.clone();
        if !matches!(offer.state, OfferState::Submitted | OfferState::Clarification | OfferState::Shortlisted) {
            return Err(Failure::refused(format!("this offer is {}: its checks are closed", offer.state.label().to_lowercase())));
        }
        if self.code == GateCode::Price {
            return Err(Failure::refused("a price above the maximum passes by the approval of a price exception only"));
        }
        let gates = case.assess(tx, &offer, &[], Day::in_uk(tx.at())).await?.gates;
        let gate = gates.iter().find(|gate| gate.code == self.code);
        let gate = gate.ok_or_else(|| Failure::invalid("code", "Select a check that is made for this offer"))?;
        let by = tx.caller().role;
        gate.check_override(by, &self.reason).map_err(|refusal| match refusal {
            OverrideRefusal::ReasonNeeded => Failure::invalid("reason", "Enter why this check may pass"),
            OverrideRefusal::NotRed | OverrideRefusal::Statutory { .. } | OverrideRefusal::NotSenior { .. } => Failure::refused(refusal),
        })?;
        let mut standing = overrides(&offer)?;
        standing.retain(|earlier| earlier.code != self.code);
        standing.push(GateOverride { code: self.code, by, reason: self.reason.trim().to_owned() });
        offer.overrides = serde_json::to_string(&standing).map_err(|error| Fault::inconsistent("offer.overrides", error))?;
        // Codes only: the words stay in the offer.
        tx.update(&mut offer, &json!({ "shape": 1, "overrides": [self.code] })).await?;
        let still_red = gates.iter().filter(|gate| gate.colour == GateColour::Red && !gate.is_overridden(&standing));
        Ok(still_red.map(|gate| gate.code).collect())
    }
}
