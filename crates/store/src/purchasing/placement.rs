//! Placements and the tasks of their start pack.

use domain::calendar::Day;
use domain::ids::{AgreementId, ChildId, OrganisationId, PersonId, PlacementId, ReferralId, ServiceId, TaskId};
use domain::pence::Pence;
use domain::place::LegalClass;
use uuid::Uuid;

use crate::{Fault, Reads, Slice};

domain::codes! {
    /// Where a placement stands.
    pub enum PlacementState("placement state") {
        /// The child lives there.
        Active = "ACTIVE", "Active";
        /// Notice was given.
        Notice = "NOTICE", "Under notice";
        /// The child has left.
        Ended = "ENDED", "Ended";
    }
}

record! {
    /// A child living in a place.
    pub struct Placement in "placement" owner org_id other provider_id {
        id: PlacementId, version: i64,
        org_id: OrganisationId, provider_id: OrganisationId, child_id: ChildId, referral_id: ReferralId, agreement_id: AgreementId,
        service_id: ServiceId, state: PlacementState, started_on: Day, ended_on: Option<Day>, weekly_pence: Pence,
        legal_class: LegalClass, is_within_radius: bool, is_in_footprint: bool,
        /// From the consortium's reference point, in tenths of a mile.
        tenths_of_miles: i64,
        is_emergency: bool,
        /// Why a child whose referral was no emergency came before everything was done.
        emergency_reason: Option<String>,
    }
}

record! {
    /// Something that must be done by a day.
    pub struct Task in "task" owner org_id {
        id: TaskId, version: i64,
        org_id: OrganisationId,
        /// The placement or referral that it is about.
        subject_id: Uuid,
        kind: String, due_on: Day, done_on: Option<Day>, done_by: Option<PersonId>, note: Option<String>,
    }
}

statements! {
    OF_REFERRAL = rows!(Placement, "WHERE referral_id = $1");
    OF_COUNCIL = rows!(Placement, "WHERE org_id = $1 AND (started_on < $2 OR (started_on = $2 AND id > $3)) ORDER BY started_on DESC, \
                                   id LIMIT $4");
    OF_PROVIDER = rows!(Placement, "WHERE provider_id = $1 AND (started_on < $2 OR (started_on = $2 AND id > $3)) ORDER BY started_on \
                                    DESC, id LIMIT $4");
    ACTIVE_OF_CHILD = "SELECT CAST(count(*) AS BIGINT) AS active FROM placement WHERE child_id = $1 AND state <> 'ENDED'";
    TASKS_OF = rows!(Task, "WHERE org_id = $1 AND subject_id = $2 ORDER BY due_on, kind LIMIT 100");
    OPEN_TASKS = rows!(Task, "WHERE org_id = $1 AND done_on IS NULL AND (due_on > $2 OR (due_on = $2 AND id > $3)) \
                             ORDER BY due_on, id LIMIT $4");
    HOW_MANY_OPEN = "SELECT CAST(count(*) AS BIGINT) AS open_tasks FROM task WHERE org_id = $1 AND done_on IS NULL";
}

/// The placement that came of a referral.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn of_referral(reads: &mut impl Reads, referral: ReferralId) -> Result<Option<Placement>, Fault> {
    Ok(reads.records(OF_REFERRAL, &[referral.into()]).await?.pop())
}

/// A part of a council's placements, newest first.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn of_council(reads: &mut impl Reads, council: OrganisationId, slice: &Slice<(Day, Uuid)>) -> Result<Vec<Placement>, Fault> {
    let (before, id) = slice.after_day();
    reads.records(OF_COUNCIL, &[council.into(), before.into(), id.into(), i64::from(slice.limit).into()]).await
}

/// A part of a provider's placements, newest first.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn of_provider(reads: &mut impl Reads, provider: OrganisationId, slice: &Slice<(Day, Uuid)>) -> Result<Vec<Placement>, Fault> {
    let (before, id) = slice.after_day();
    reads.records(OF_PROVIDER, &[provider.into(), before.into(), id.into(), i64::from(slice.limit).into()]).await
}

/// How many placements of this child have not ended.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn active_of_child(reads: &mut impl Reads, child: ChildId) -> Result<i64, Fault> {
    reads.one(ACTIVE_OF_CHILD, &[child.into()]).await?.get("active")
}

/// The tasks about one placement or referral.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn tasks_of(reads: &mut impl Reads, council: OrganisationId, subject: Uuid) -> Result<Vec<Task>, Fault> {
    reads.records(TASKS_OF, &[council.into(), subject.into()]).await
}

/// A part of what is still to be done in a council, earliest first, so that what is overdue comes first.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn open_tasks(reads: &mut impl Reads, council: OrganisationId, slice: &Slice<(Day, Uuid)>) -> Result<Vec<Task>, Fault> {
    let (after, id) = slice.after.unwrap_or((Day::FIRST, Uuid::nil()));
    reads.records(OPEN_TASKS, &[council.into(), after.into(), id.into(), i64::from(slice.limit).into()]).await
}

/// How many tasks of a council are open.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn how_many_open_tasks(reads: &mut impl Reads, council: OrganisationId) -> Result<i64, Fault> {
    reads.one(HOW_MANY_OPEN, &[council.into()]).await?.get("open_tasks")
}
