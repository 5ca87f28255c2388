//! The scores that named people give to offers, each with its reason.

use domain::access::{Action, Relation};
use domain::consortium::framework::{Criterion, ScoreMethod};
use domain::governance::separation::check_separation;
use domain::ids::{OfferId, PersonId, ScoreId};
use domain::people::Caller;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::purchasing::offer::{Offer, Score};
use store::{Reads as _, Threshold, Tx};

use super::evaluation::{Case, relation_to_offer};
use crate::{Command, Failure};

/// Gives one criterion's score of one offer, or changes the score that the same person gave.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ScoreOffer {
    /// The offer.
    pub offer: OfferId,
    /// The criterion's code.
    pub criterion: String,
    /// Tenths of the criterion's scale: 45 is 4.5.
    pub tenths: u32,
    /// Why: providers may ask for it.
    pub reason: String,
}

impl ScoreOffer {
    fn check(&self, case: &Case, by: PersonId) -> Result<(), Failure> {
        let scored = |criterion: &&Criterion| criterion.code == self.criterion && criterion.how == ScoreMethod::Scored;
        let criterion = case.criteria()?.iter().find(scored);
        let criterion = criterion.ok_or_else(|| Failure::invalid("criterion", "Select a criterion that people score"))?;
        if self.tenths > criterion.scale_max.saturating_mul(10) {
            return Err(Failure::invalid("tenths", format!("Enter a score from 0 to {}", criterion.scale_max)));
        }
        if self.reason.trim().is_empty() {
            return Err(Failure::invalid("reason", "Enter the reason for this score"));
        }
        if !case.referral.state.takes_offers() {
            return Err(Failure::refused(format!("offers are not scored while the referral is `{}`", case.referral.state)));
        }
        check_separation(case.referral.written_by, &[by], None).map_err(Failure::refused)?;
        let approvers: Vec<PersonId> = case.approvals.iter().filter_map(|approval| approval.decided_by).collect();
        approvers
            .iter()
            .try_for_each(|approver| check_separation(case.referral.written_by, &[by], Some(*approver)))
            .map_err(Failure::refused)
    }
}

impl Command for ScoreOffer {
    const ACTION: Action = Action::ScoreOffer;
    type Answer = ScoreId;

    async fn relation(&self, threshold: &mut Threshold, caller: &Caller) -> Result<Option<Relation>, Failure> {
        relation_to_offer(threshold, self.offer, caller).await
    }

    async fn run(&self, tx: &mut Tx) -> Result<ScoreId, Failure> {
        let offer: Offer = tx.get(self.offer).await?;
        if !offer.state.is_live() {
            return Err(Failure::refused(format!("an offer is not scored while it is `{}`", offer.state)));
        }
        let case = Case::load(tx, offer.referral_id).await?;
        let (by, at) = (tx.caller().person, tx.at());
        self.check(&case, by)?;
        let event = json!({ "shape": 1, "offer": offer.id, "criterion": self.criterion, "tenths": self.tenths });
        let is_own = |score: &Score| score.offer_id == offer.id && score.criterion == self.criterion && score.scored_by == by;
        let given = case.scores.into_iter().find(is_own);
        let reason = self.reason.trim().to_owned();
        if let Some(mut score) = given {
            (score.tenths, score.reason, score.scored_at) = (self.tenths.into(), reason, at);
            tx.update(&mut score, &event).await?;
            return Ok(score.id);
        }
        let score = Score {
            id: ScoreId(tx.new_id()),
            version: 1,
            org_id: offer.org_id,
            offer_id: offer.id,
            criterion: self.criterion.clone(),
            tenths: self.tenths.into(),
            reason,
            scored_by: by,
            scored_at: at,
        };
        tx.create(&score, &event).await?;
        Ok(score.id)
    }
}
