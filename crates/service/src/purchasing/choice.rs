//! From the comparison to the choice: shortlisting, preferring with reasons, and asking for the approvals that follow.

use domain::access::{Action, Relation};
use domain::calendar::Day;
use domain::governance::approval::ApprovalKind;
use domain::governance::required::{PlacementFacts, Provision, RequiredApproval, Schooling, required_approvals};
use domain::ids::{ApprovalId, OfferId, ReferralId};
use domain::people::Caller;
use domain::purchasing::agreement::AgreementState;
use domain::purchasing::offer::{OfferAct, OfferFacts, OfferState};
use domain::purchasing::offer_form::valid_until;
use domain::purchasing::placement::StartMode;
use domain::purchasing::referral::{InHouseOrder, ReferralAct, ReferralFacts, ReferralState, Urgency};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::governance::approval::{Approval, ApprovalState};
use store::purchasing::offer::Offer;
use store::purchasing::referral::Referral;
use store::{Threshold, Tx};

use super::evaluation::{Assessed, Case, overrides, relation_to_offer, relation_to_referral, weekly};
use super::facts::{calm, standing_since};
use crate::governance::approval::Checks;
use crate::{Command, Failure};

/// Facts of a referral in which nothing stands in the way; each act fills in what concerns it.
pub(crate) fn calm_referral(referral: &Referral) -> ReferralFacts {
    ReferralFacts {
        urgency: referral.urgency,
        unanswered_short: Vec::new(),
        unanswered: Vec::new(),
        in_house: None,
        in_house_order: InHouseOrder::First,
        is_own: false,
        reason: String::new(),
        live_offers: 0,
        awards: 0,
        approvals_missing: Vec::new(),
        approvals_given: 0,
        has_started: false,
    }
}

/// An emergency is started first and papered within five working days.
pub(crate) fn mode(urgency: Urgency) -> StartMode {
    match urgency {
        Urgency::Emergency => StartMode::Emergency,
        Urgency::Urgent | Urgency::Planned | Urgency::LongTerm => StartMode::Planned,
    }
}

/// What an offer has to pass today, all known of it.
pub(crate) fn known(case: &Case, offer: &Offer, found: &Assessed, today: Day) -> Result<OfferFacts, Failure> {
    Ok(OfferFacts {
        standing: standing_since(&found.service, offer.submitted_at),
        other_awards: case.other_awards(offer.id),
        red_gates: found.open_reds.clone(),
        price: found.price,
        valid_until: valid_until(&offer.answers()?),
        ..calm(today)
    })
}

/// The approvals that this placement needs, in order.
fn required(case: &Case, offer: &Offer, found: &Assessed, disrupts_key_stage_4: bool) -> Result<Vec<RequiredApproval>, Failure> {
    let council = case.consortium.council(&case.council_code()?);
    let council = council.ok_or_else(|| Failure::refused("this council is not in the configuration"))?;
    let matrix = case.consortium.approval_matrix(council).map_err(Failure::refused)?;
    let flags = found.flags.ok_or_else(|| Failure::refused("enter the postcode of the service first: the law asks in whose area it is"))?;
    let is_own = found.service.org_id == case.referral.org_id;
    let facts = PlacementFacts {
        legal_class: flags.legal_class,
        service: found.service.kind,
        provision: if is_own { Provision::Own } else { Provision::Independent },
        weekly: weekly(offer)?,
        has_price_exception: offer.is_price_exception,
        is_off_framework: found.is_off_framework,
        disrupts_key_stage_4,
        mode: mode(case.referral.urgency),
    };
    Ok(required_approvals(&matrix, &facts))
}

/// Asks for approvals that have not been given yet; one that was refused, or set aside with its offer, is asked for again.
async fn ask(tx: &mut Tx, offer: &Offer, required: &[(i64, &RequiredApproval)]) -> Result<Vec<ApprovalId>, Failure> {
    let known = store::governance::approval::of_offer(tx, offer.org_id, offer.id).await?;
    let mut asked = Vec::new();
    for (position, wanted) in required {
        let event = json!({ "shape": 1, "kind": wanted.kind, "offer": offer.id });
        let checks = Checks::of(wanted).written()?;
        match known.iter().find(|approval| approval.kind == wanted.kind) {
            Some(given) if given.is_given() && given.kind == ApprovalKind::PriceException => asked.push(given.id),
            Some(earlier) => {
                let mut again = earlier.clone();
                (again.position, again.checks, again.state) = (*position, checks, ApprovalState::Pending);
                again.why.clone_from(&wanted.reason);
                (again.decided_by, again.decided_at, again.reason, again.fell_away_at) = (None, None, None, None);
                tx.update(&mut again, &event).await?;
                asked.push(again.id);
            }
            None => {
                let approval = Approval {
                    id: ApprovalId(tx.new_id()),
                    version: 1,
                    org_id: offer.org_id,
                    referral_id: offer.referral_id,
                    offer_id: offer.id,
                    kind: wanted.kind,
                    position: *position,
                    why: wanted.reason.clone(),
                    checks,
                    state: ApprovalState::Pending,
                    decided_by: None,
                    decided_at: None,
                    reason: None,
                    fell_away_at: None,
                };
                tx.create(&approval, &event).await?;
                asked.push(approval.id);
            }
        }
    }
    Ok(asked)
}

/// Approvals of an earlier choice of this offer that it does not need on the facts of today stand in nobody's way any more;
/// what was said of them stays.
async fn let_fall(tx: &mut Tx, offer: &Offer, required: &[RequiredApproval]) -> Result<(), Failure> {
    for mut approval in store::governance::approval::of_offer(tx, offer.org_id, offer.id).await? {
        if approval.fell_away_at.is_none() && required.iter().all(|wanted| wanted.kind != approval.kind) {
            approval.fell_away_at = Some(tx.at());
            let event = json!({ "shape": 1, "kind": approval.kind, "change": "fell away" });
            tx.update(&mut approval, &event).await?;
        }
    }
    Ok(())
}

fn in_order(required: &[RequiredApproval]) -> Vec<(i64, &RequiredApproval)> {
    (1_i64..).zip(required).collect()
}

/// Takes an offer onto the shortlist. A price above the maximum asks for its exception here, because without it the offer
/// cannot be preferred.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ShortlistOffer {
    /// The offer.
    pub offer: OfferId,
}

/// What was shortlisted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shortlisted {
    /// Where the offer stands.
    pub state: OfferState,
    /// Where the referral stands.
    pub referral: ReferralState,
    /// The price exception that was asked for.
    pub approvals: Vec<ApprovalId>,
}

impl Command for ShortlistOffer {
    const ACTION: Action = Action::PreferOffer;
    type Answer = Shortlisted;

    async fn relation(&self, threshold: &mut Threshold, caller: &Caller) -> Result<Option<Relation>, Failure> {
        relation_to_offer(threshold, self.offer, caller).await
    }

    async fn run(&self, tx: &mut Tx) -> Result<Shortlisted, Failure> {
        let offer: Offer = store::Reads::get(tx, self.offer).await?;
        let mut case = Case::load(tx, offer.referral_id).await?;
        let mut offer = case.offer(self.offer)?.clone();
        let today = Day::in_uk(tx.at());
        let found = case.assess(tx, &offer, &overrides(&offer)?, today).await?;
        offer.state = offer.state.after(OfferAct::Shortlist, &known(&case, &offer, &found, today)?).map_err(Failure::refused)?;
        let event = json!({ "shape": 1, "state": offer.state });
        tx.update(&mut offer, &event).await?;
        if case.referral.state != ReferralState::Shortlisting {
            let mut facts = calm_referral(&case.referral);
            facts.live_offers = 1;
            case.referral.state = case.referral.state.after(ReferralAct::Shortlist, &facts).map_err(Failure::refused)?;
            let event = json!({ "shape": 1, "state": case.referral.state });
            tx.update(&mut case.referral, &event).await?;
        }
        let mut approvals = Vec::new();
        if offer.is_price_exception {
            let required = required(&case, &offer, &found, false)?;
            let exception: Vec<_> =
                in_order(&required).into_iter().filter(|(_, approval)| approval.kind == ApprovalKind::PriceException).collect();
            approvals = ask(tx, &offer, &exception).await?;
        }
        Ok(Shortlisted { state: offer.state, referral: case.referral.state, approvals })
    }
}

/// Chooses an offer, subject to approval, and asks for every approval that the law and the councils want.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PreferOffer {
    /// The offer.
    pub offer: OfferId,
    /// Why; needed when it is not ranked first.
    pub reason: String,
    /// The move disrupts the education of a pupil in years 10 or 11.
    pub disrupts_key_stage_4: bool,
    /// Why it does not, of a child whose referral says year 10 or 11. Without a reason the approval of regulation 10 is asked
    /// for all the same.
    pub undisturbed_because: String,
}

/// What was preferred.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preferred {
    /// The referral.
    pub referral: ReferralId,
    /// Where it stands.
    pub state: ReferralState,
    /// The approvals in the order in which they are decided.
    pub approvals: Vec<ApprovalId>,
}

impl Command for PreferOffer {
    const ACTION: Action = Action::PreferOffer;
    type Answer = Preferred;

    async fn relation(&self, threshold: &mut Threshold, caller: &Caller) -> Result<Option<Relation>, Failure> {
        relation_to_offer(threshold, self.offer, caller).await
    }

    async fn run(&self, tx: &mut Tx) -> Result<Preferred, Failure> {
        let offer: Offer = store::Reads::get(tx, self.offer).await?;
        let mut case = Case::load(tx, offer.referral_id).await?;
        let mut offer = case.offer(self.offer)?.clone();
        let today = Day::in_uk(tx.at());
        let (mut assessed, ranking) = case.rank(tx, today).await?;
        let found = assessed.remove(&offer.id).ok_or_else(Failure::absent)?;
        let facts = OfferFacts {
            rank: ranking.ranked.iter().find(|ranked| ranked.offer == offer.id).map(|ranked| ranked.rank),
            reason: self.reason.clone(),
            ..known(&case, &offer, &found, today)?
        };
        offer.state = offer.state.after(OfferAct::Prefer, &facts).map_err(Failure::refused)?;
        let event = json!({ "shape": 1, "state": offer.state, "rank": facts.rank });
        tx.update(&mut offer, &event).await?;
        let required = required(&case, &offer, &found, self.schooling(&case).disrupts_key_stage_4())?;
        self.prefer(tx, &mut case, &offer).await?;
        let_fall(tx, &offer, &required).await?;
        let approvals = ask(tx, &offer, &in_order(&required)).await?;
        Ok(Preferred { referral: case.referral.id, state: case.referral.state, approvals })
    }
}

impl PreferOffer {
    fn schooling(&self, case: &Case) -> Schooling<'_> {
        Schooling {
            year_group: case.answers.number("year_group"),
            is_disrupted: self.disrupts_key_stage_4,
            undisturbed_because: &self.undisturbed_because,
        }
    }

    async fn prefer(&self, tx: &mut Tx, case: &mut Case, offer: &Offer) -> Result<(), Failure> {
        let mut facts = calm_referral(&case.referral);
        facts.awards = case.other_awards(offer.id);
        let reason = self.reason.trim();
        let by = tx.caller().person;
        let schooling = self.schooling(case);
        let undisturbed =
            (schooling.is_key_stage_4() && !schooling.disrupts_key_stage_4()).then(|| self.undisturbed_because.trim().to_owned());
        let referral = &mut case.referral;
        referral.undisturbed_because = undisturbed;
        (referral.preferred_offer, referral.preferred_by) = (Some(offer.id), Some(by));
        referral.preferred_reason = (!reason.is_empty()).then(|| reason.to_owned());
        for act in [ReferralAct::Prefer, ReferralAct::AskApproval] {
            referral.state = referral.state.after(act, &facts).map_err(Failure::refused)?;
            let event = json!({ "shape": 1, "state": referral.state, "offer": offer.id });
            tx.update(referral, &event).await?;
        }
        Ok(())
    }
}

/// Sets the choice aside: the search goes back to its shortlist. Also when the provider withdrew the preferred offer.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SetAsideOffer {
    /// The referral whose choice is set aside.
    pub referral: ReferralId,
    /// Why.
    pub reason: String,
}

impl Command for SetAsideOffer {
    const ACTION: Action = Action::PreferOffer;
    type Answer = ReferralState;

    async fn relation(&self, threshold: &mut Threshold, caller: &Caller) -> Result<Option<Relation>, Failure> {
        relation_to_referral(threshold, self.referral, caller).await
    }

    async fn run(&self, tx: &mut Tx) -> Result<ReferralState, Failure> {
        let referral: Referral = store::Reads::get(tx, self.referral).await?;
        let agreement = store::purchasing::agreement::of_referral(tx, referral.id).await?;
        if agreement.is_some_and(|agreement| agreement.state != AgreementState::Draft) {
            return Err(Failure::refused("the agreement has been issued: take it back first"));
        }
        set_aside(tx, referral, ReferralAct::SetAside, &self.reason).await
    }
}

/// Takes the preference back, of the referral and of the offer.
pub(crate) async fn set_aside(tx: &mut Tx, mut referral: Referral, act: ReferralAct, reason: &str) -> Result<ReferralState, Failure> {
    let mut facts = calm_referral(&referral);
    reason.clone_into(&mut facts.reason);
    referral.state = referral.state.after(act, &facts).map_err(Failure::refused)?;
    let offer = referral.preferred_offer.take();
    (referral.preferred_by, referral.preferred_reason, referral.undisturbed_because) = (None, None, None);
    let event = json!({ "shape": 1, "state": referral.state, "offer": offer });
    tx.update(&mut referral, &event).await?;
    if let Some(offer) = offer {
        let mut offer: Offer = store::Reads::get(tx, offer).await?;
        let mut facts = calm(Day::in_uk(tx.at()));
        reason.clone_into(&mut facts.reason);
        // A preferred offer that its provider withdrew stays withdrawn.
        if offer.state == OfferState::Preferred {
            offer.state = offer.state.after(OfferAct::SetAside, &facts).map_err(Failure::refused)?;
            let event = json!({ "shape": 1, "state": offer.state });
            tx.update(&mut offer, &event).await?;
        }
    }
    Ok(referral.state)
}
