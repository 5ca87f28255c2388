//! Restrictions and suspensions of services, what each froze, and who found that it can be lifted.

use domain::calendar::{Day, Instant};
use domain::ids::{
    AssuranceId, OfferFreezeId, OfferId, OrganisationId, PersonId, PlacementId, ReferralId, ServiceId, SuspensionId, SuspensionSignatureId,
};
use domain::purchasing::fields::Answers;
use domain::purchasing::offer::OfferState;
use domain::purchasing::service::ServiceStanding;
use domain::purchasing::suspension::Trigger;

use crate::{Fault, Reads, Row};

record! {
    /// A restriction or suspension of a service, for every council. At most one of a service is in force.
    pub struct Suspension in "suspension" owner shared {
        id: SuspensionId, version: i64,
        service_id: ServiceId, provider_id: OrganisationId,
        /// Restricted or suspended.
        standing: ServiceStanding,
        cause: Trigger,
        /// Why, in words that every council and the provider read.
        reason: String,
        begun_by: PersonId,
        /// For which organisation they acted.
        begun_for: OrganisationId, begun_at: Instant, begun_on: Day,
        ended_on: Option<Day>, ended_by: Option<PersonId>,
        /// How the service stood afterwards.
        ended_as: Option<ServiceStanding>, ended_reason: Option<String>,
    }
}

record! {
    /// What somebody found who looked whether a suspended service is safe again.
    pub struct Assurance in "assurance" owner shared {
        id: AssuranceId, version: i64,
        suspension_id: SuspensionId,
        /// Who looked, by name and post.
        looked_by: String,
        looked_on: Day, findings: String,
        /// What changed since it was suspended.
        changed: String,
        recorded_by: PersonId, recorded_at: Instant,
    }
}

record! {
    /// A signature under the end of a suspension. It rests on what was found, so what is found later asks for new ones.
    pub struct SuspensionSignature in "suspension_signature" owner shared {
        id: SuspensionSignatureId, version: i64,
        assurance_id: AssuranceId, person_id: PersonId,
        /// The council for which they sign.
        org_id: OrganisationId,
        /// In which post, by the council's own title.
        post: String,
        signed_at: Instant,
    }
}

record! {
    /// An offer that a suspension froze. Written once: it holds as long as the suspension does.
    pub struct OfferFreeze in "offer_freeze" owner org_id other provider_id {
        id: OfferFreezeId, version: i64,
        /// The council that asked.
        org_id: OrganisationId, provider_id: OrganisationId, referral_id: ReferralId, offer_id: OfferId, service_id: ServiceId,
        suspension_id: SuspensionId,
        /// Where the offer stood, and stands again afterwards.
        state_then: OfferState,
        /// The last day on which it binds the provider.
        valid_until: Option<Day>,
        frozen_at: Instant,
    }
}

statements! {
    IN_FORCE = rows!(Suspension, "WHERE service_id = $1 AND ended_on IS NULL");
    OF_SERVICE = rows!(Suspension, "WHERE service_id = $1 ORDER BY begun_at DESC, id LIMIT 200");
    ASSURANCES_OF = rows!(Assurance, "WHERE suspension_id = $1 ORDER BY recorded_at DESC, id LIMIT 100");
    SIGNATURES_OF = rows!(SuspensionSignature, "WHERE assurance_id = $1 ORDER BY signed_at, id");
    FREEZES_OF = rows!(OfferFreeze, "WHERE suspension_id = $1 ORDER BY offer_id");
    /// Every offer through which a child could still come: open, or accepted of a child who has not moved in.
    OPEN_OFFERS = "SELECT offer.id AS id, offer.org_id AS org_id, offer.provider_id AS provider_id, offer.referral_id AS referral_id, \
                   offer.state AS state, offer.answers AS answers FROM offer WHERE offer.service_id = $1 \
                   AND (offer.state IN ('SUBMITTED', 'CLARIFICATION', 'SHORTLISTED', 'PREFERRED') OR (offer.state = 'ACCEPTED' AND NOT EXISTS \
                   (SELECT 1 FROM placement WHERE placement.referral_id = offer.referral_id AND placement.service_id = offer.service_id))) \
                   ORDER BY offer.id";
    RESIDENTS = "SELECT id, org_id FROM placement WHERE service_id = $1 AND state <> 'ENDED' ORDER BY id";
}

/// The restriction or suspension of a service that is in force.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn in_force(reads: &mut impl Reads, service: ServiceId) -> Result<Option<Suspension>, Fault> {
    Ok(reads.records(IN_FORCE, &[service.into()]).await?.pop())
}

/// All restrictions and suspensions of a service, the latest first.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn of_service(reads: &mut impl Reads, service: ServiceId) -> Result<Vec<Suspension>, Fault> {
    reads.records(OF_SERVICE, &[service.into()]).await
}

/// What was found of a suspended service, the latest first.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn assurances_of(reads: &mut impl Reads, suspension: SuspensionId) -> Result<Vec<Assurance>, Fault> {
    reads.records(ASSURANCES_OF, &[suspension.into()]).await
}

/// Who signed the end of a suspension on what was found, in order.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn signatures_of(reads: &mut impl Reads, assurance: AssuranceId) -> Result<Vec<SuspensionSignature>, Fault> {
    reads.records(SIGNATURES_OF, &[assurance.into()]).await
}

/// What a suspension froze: of the caller's own organisation, or of all within [`crate::Tx::reach`].
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn freezes_of(reads: &mut impl Reads, suspension: SuspensionId) -> Result<Vec<OfferFreeze>, Fault> {
    reads.records(FREEZES_OF, &[suspension.into()]).await
}

/// What of an offer a suspension has to know.
#[derive(Debug, Clone)]
pub struct OpenOffer {
    /// The offer.
    pub id: OfferId,
    /// The council that asked.
    pub council: OrganisationId,
    /// The provider.
    pub provider: OrganisationId,
    /// For which search.
    pub referral: ReferralId,
    /// Where it stands.
    pub state: OfferState,
    /// What was answered.
    pub answers: Answers,
}

/// Every offer of a service through which a child could still come to live there.
///
/// # Errors
/// [`Fault`] of the driver, or answers that cannot be read.
pub async fn open_offers(reads: &mut impl Reads, service: ServiceId) -> Result<Vec<OpenOffer>, Fault> {
    let read = |row: &Row| {
        let answers: String = row.get("answers")?;
        Ok(OpenOffer {
            id: row.get("id")?,
            council: row.get("org_id")?,
            provider: row.get("provider_id")?,
            referral: row.get("referral_id")?,
            state: row.get("state")?,
            answers: serde_json::from_str(&answers).map_err(|error| Fault::inconsistent("offer.answers", error))?,
        })
    };
    reads.all(OPEN_OFFERS, &[service.into()]).await?.iter().map(read).collect()
}

/// The placements of the children who live in a service, each with its council.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn residents(reads: &mut impl Reads, service: ServiceId) -> Result<Vec<(PlacementId, OrganisationId)>, Fault> {
    reads.all(RESIDENTS, &[service.into()]).await?.iter().map(|row| Ok((row.get("id")?, row.get("org_id")?))).collect()
}
