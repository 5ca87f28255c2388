//! Homes and fostering branches.

use domain::calendar::Day;
use domain::ids::{AdmissionId, OrganisationId, RatingId, ServiceId, TenderId};
use domain::pence::Pence;
use domain::purchasing::service::ServiceStanding;
use domain::registration::{Rating, Sector, ServiceKind};

use crate::{Fault, Reads};

record! {
    /// A children's home or a fostering branch.
    pub struct Service in "service" owner shared {
        id: ServiceId, version: i64,
        org_id: OrganisationId, kind: ServiceKind, urn: String, name: String, sector: Sector,
        postcode: Option<String>,
        /// Ofsted redacts homes' addresses; such a postcode was drawn from the right council.
        postcode_is_synthetic: bool,
        /// Metres on the national grid.
        easting: Option<i64>, northing: Option<i64>,
        /// The ONS code of the council in which it stands.
        council_code: Option<String>,
        places_registered: i64, places_taken: i64,
        /// Whole years, both included.
        age_from: i64, age_to: i64,
        /// A code of [`domain::purchasing::service::AcceptedGender`].
        gender: String,
        /// Ofsted's need flags as a JSON list of codes.
        needs: String,
        manager_name: Option<String>, is_manager_registered: bool,
        rating: Rating, inspected_on: Option<Day>, registered_on: Option<Day>,
        status: ServiceStanding, is_synthetic: bool,
        /// A home where no child lives; absent when nobody said.
        is_short_break_only: Option<bool>,
        /// Somebody said for which ages and genders it is registered; what stands there otherwise is no more than possible.
        is_scope_stated: Option<bool>,
        /// Since when it takes no new placements; absent while it does.
        suspended_on: Option<Day>,
        /// The day on which the last suspension was lifted, because it was found safe again.
        assured_on: Option<Day>,
    }
}

record! {
    /// One judgement in a service's history.
    pub struct RatingRow in "rating" owner shared {
        id: RatingId, version: i64,
        service_id: ServiceId, rating: Rating, inspected_on: Day, published_on: Option<Day>, event_number: Option<String>,
    }
}

record! {
    /// A service's place on a category, with its tendered maximum price a week.
    pub struct Admission in "admission" owner shared {
        id: AdmissionId, version: i64,
        service_id: ServiceId, framework: String, lot: String, category: String,
        tendered_max_pence: Pence, admitted_on: Day,
        /// The first day on which it is no more.
        ended_on: Option<Day>,
        /// No new placements from this day, until that one, both included; open when the second is absent.
        suspended_from: Option<Day>, suspended_until: Option<Day>,
    }
}

statements! {
    BY_URN = rows!(Service, "WHERE urn = $1");
    OF_PROVIDER = rows!(Service, "WHERE org_id = $1 ORDER BY name, id LIMIT 500");
    /// Of everybody whose bid for a tender is open.
    OF_BIDDERS = rows!(Service, "WHERE org_id IN (SELECT provider_id FROM opened_bid WHERE tender_id = $1) ORDER BY org_id, name, id");
    /// After a URN: keyset pagination.
    PAGE = rows!(Service, "WHERE urn > $1 AND (CAST($2 AS TEXT) IS NULL OR kind = $2) AND (CAST($3 AS TEXT) IS NULL OR council_code = \
                           $3) ORDER BY urn LIMIT $4");
    /// The services that are admitted to a category on a day, those under conditions among them.
    ADMITTED = rows!(Service, "JOIN admission ON admission.service_id = service.id WHERE framework = $1 AND lot = $2 AND category = $3 \
                               AND admitted_on <= $4 AND (ended_on IS NULL OR ended_on > $4) AND (suspended_from IS NULL OR \
                               suspended_from > $4 OR suspended_until < $4) AND status IN ('ACTIVE', 'RESTRICTED') ORDER BY urn LIMIT 5000");
    /// The place that the last award before or on a day gave.
    ADMISSION_OF = rows!(Admission, "WHERE service_id = $1 AND framework = $2 AND lot = $3 AND category = $4 AND admitted_on <= $5 \
                                     ORDER BY admitted_on DESC LIMIT 1");
    LATEST_ADMISSION = rows!(Admission, "WHERE service_id = $1 AND framework = $2 AND lot = $3 AND category = $4 ORDER BY admitted_on DESC LIMIT 1");
    ADMISSIONS_OF = rows!(Admission, "WHERE service_id = $1 ORDER BY framework, lot, category, admitted_on");
    /// All of them: what is compared with them is a whole file.
    ADMISSIONS_UNDER = rows!(Admission, "WHERE framework = $1 ORDER BY service_id, lot, category, admitted_on");
    RATINGS_OF = rows!(RatingRow, "WHERE service_id = $1 ORDER BY inspected_on DESC, id");
}

/// The service with this URN.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn by_urn(reads: &mut impl Reads, urn: &str) -> Result<Option<Service>, Fault> {
    Ok(reads.records(BY_URN, &[urn.into()]).await?.pop())
}

/// A provider's services.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn of_provider(reads: &mut impl Reads, provider: OrganisationId) -> Result<Vec<Service>, Fault> {
    reads.records(OF_PROVIDER, &[provider.into()]).await
}

/// The services of everybody whose bid for a tender is open, by their providers.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn of_bidders(reads: &mut impl Reads, tender: TenderId) -> Result<Vec<Service>, Fault> {
    reads.records(OF_BIDDERS, &[tender.into()]).await
}

/// A page of services after a URN (empty for the first), of a kind or in a council if given.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn page(
    reads: &mut impl Reads,
    after: &str,
    kind: Option<ServiceKind>,
    council: Option<&str>,
    limit: i64,
) -> Result<Vec<Service>, Fault> {
    reads.records(PAGE, &[after.into(), kind.into(), council.map(str::to_owned).into(), limit.into()]).await
}

/// The services admitted to a category on a day, those under conditions among them and those that are suspended not.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn admitted(reads: &mut impl Reads, framework: &str, lot: &str, category: &str, on: Day) -> Result<Vec<Service>, Fault> {
    reads.records(ADMITTED, &[framework.into(), lot.into(), category.into(), on.into()]).await
}

/// The place of a service in a category that the last award before a day, or on it, gave; it may have ended since.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn admission(
    reads: &mut impl Reads,
    service: ServiceId,
    framework: &str,
    lot: &str,
    category: &str,
    on: Day,
) -> Result<Option<Admission>, Fault> {
    Ok(reads.records(ADMISSION_OF, &[service.into(), framework.into(), lot.into(), category.into(), on.into()]).await?.pop())
}

/// The latest place that a service ever had, or will have, in a category.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn latest_admission(
    reads: &mut impl Reads,
    service: ServiceId,
    framework: &str,
    lot: &str,
    category: &str,
) -> Result<Option<Admission>, Fault> {
    Ok(reads.records(LATEST_ADMISSION, &[service.into(), framework.into(), lot.into(), category.into()]).await?.pop())
}

/// All admissions of a service.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn admissions_of(reads: &mut impl Reads, service: ServiceId) -> Result<Vec<Admission>, Fault> {
    reads.records(ADMISSIONS_OF, &[service.into()]).await
}

/// All admissions to a framework.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn admissions_under(reads: &mut impl Reads, framework: &str) -> Result<Vec<Admission>, Fault> {
    reads.records(ADMISSIONS_UNDER, &[framework.into()]).await
}

/// A service's history of judgements, newest first.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn ratings_of(reads: &mut impl Reads, service: ServiceId) -> Result<Vec<RatingRow>, Fault> {
    reads.records(RATINGS_OF, &[service.into()]).await
}
