//! The end of a search without a home, and the letter by which a provider hears of any outcome.

use domain::Code as _;
use domain::calendar::Day;
use domain::people::Role;
use domain::purchasing::offer::{OfferAct, OfferState};
use serde_json::json;
use store::Tx;
use store::purchasing::offer::Offer;
use store::purchasing::referral::Referral;
use store::purchasing::release::Release;

use super::facts::calm;
use crate::Failure;
use crate::jobs::mail::{self, Mail};

/// Closes a search that led nowhere: profiles are taken back, offers that still bind a provider expire so that it may give the
/// place to another child, and everybody who was asked hears of it. What the council said to itself stays with the council.
pub(crate) async fn close(tx: &mut Tx, referral: &Referral, why: &str) -> Result<(), Failure> {
    for mut release in store::purchasing::release::of_referral(tx, referral.org_id, referral.id).await? {
        if release.outcome.is_some() {
            continue;
        }
        let answer = store::purchasing::offer::of_release(tx, release.id).await?;
        let outcome = match answer {
            Some(offer) if offer.state.is_live() => close_offer(tx, offer, why).await?,
            // A draft was never sent.
            Some(offer) if offer.state != OfferState::Draft => offer.state,
            Some(_) | None => OfferState::Expired,
        };
        release.outcome = Some(outcome.code().to_owned());
        release.outcome_reason = Some(why.to_owned());
        tx.update(&mut release, &json!({ "shape": 1, "outcome": outcome })).await?;
        tell(tx, &release).await?;
    }
    Ok(())
}

async fn close_offer(tx: &mut Tx, mut offer: Offer, why: &str) -> Result<OfferState, Failure> {
    let mut facts = calm(Day::in_uk(tx.at()));
    why.clone_into(&mut facts.reason);
    offer.state = offer.state.after(OfferAct::Close, &facts).map_err(Failure::refused)?;
    offer.outcome_reason = Some(why.to_owned());
    let event = json!({ "shape": 1, "state": offer.state });
    tx.update(&mut offer, &event).await?;
    Ok(offer.state)
}

/// A letter to everybody who answers referrals there. It says where to look and nothing of what stands there.
pub(crate) async fn tell(tx: &mut Tx, release: &Release) -> Result<(), Failure> {
    let people = store::people::organisation::colleagues(tx, release.provider_id).await?;
    for person in people.into_iter().filter(|person| person.role == Role::ReferralsManager) {
        let letter = Mail::Notice {
            to: person.email,
            subject: format!("The outcome of {}", release.number),
            body: format!("The council has recorded the outcome of {}. Sign in to read it, with the reason.", release.number),
        };
        mail::enqueue(tx, &letter).await?;
    }
    Ok(())
}
