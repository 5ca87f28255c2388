//! How far from home a place is, as the yearly return on children in care counts it.

use domain::access::{Action, Relation, could};
use domain::ids::ReferralId;
use domain::people::Caller;
use domain::place::{Miles, Point, Postcode};
use store::ReadTx;

use super::referral::{load, own};
use crate::{Failure, Nearhome, Query, ask};

/// The child's home postcode. Stays inside the service: what leaves it is a distance.
#[derive(Debug, Clone, Copy)]
struct HomePostcode(ReferralId);

impl Query for HomePostcode {
    const ACTION: Action = Action::SeeReferral;
    type Answer = Option<Postcode>;

    async fn relation(&self, reads: &mut ReadTx, caller: &Caller) -> Result<Option<Relation>, Failure> {
        own(reads, caller, self.0).await
    }

    async fn run(&self, reads: &mut ReadTx, _: &Caller) -> Result<Option<Postcode>, Failure> {
        let (_, child) = load(reads, self.0).await?;
        Ok(child.home_postcode.and_then(|text| Postcode::parse(&text).ok()))
    }
}

/// Miles from the child's home to each of these places, by the department's own formula. Only for those who may read the
/// referral: from three distances a home can be found. Nothing where one of the two places is not known.
///
/// # Errors
/// [`Failure::Denied`] for a referral that is not there for this caller.
pub async fn miles_from_home(
    nearhome: &Nearhome,
    caller: &Caller,
    referral: ReferralId,
    places: &[Option<Point>],
) -> Result<Vec<Option<Miles>>, Failure> {
    let nothing = || places.iter().map(|_| None).collect();
    let Some(file) = nearhome.postcodes().filter(|_| could(caller.role, Action::SeeReferral)) else { return Ok(nothing()) };
    let Some(home) = ask(nearhome, caller, &HomePostcode(referral)).await? else { return Ok(nothing()) };
    let home = file.find(&home).unwrap_or_else(|error| {
        tracing::error!(%error, "the postcode file cannot be read");
        None
    });
    let home = home.and_then(|listing| listing.point);
    Ok(places.iter().map(|place| Some(home?.ssda903_miles_to((*place)?))).collect())
}
