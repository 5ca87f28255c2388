//! A home or branch as its file has it: registration, judgements, places on frameworks, and how it stands with the councils.

use domain::access::{Action, Relation};
use domain::calendar::Day;
use domain::ids::ServiceId;
use domain::people::{Caller, OrganisationKind, Role};
use domain::purchasing::service::ServiceStanding;
use domain::purchasing::suspension::Trigger;
pub use store::market::service::{Admission, RatingRow, Service};
use store::people::organisation::Organisation;
use store::{ReadTx, Reads};

use super::suspension::{Assured, assured};
use crate::{Failure, Query};

/// The file of one home or branch: any of them for a council, one's own for a provider.
#[derive(Debug, Clone, Copy)]
pub struct GetServiceFile {
    /// Which.
    pub service: ServiceId,
}

/// What the file holds.
#[derive(Debug, Clone)]
pub struct ServiceFile {
    /// The service.
    pub service: Service,
    /// Whose it is.
    pub provider: String,
    /// Its judgements, newest first.
    pub ratings: Vec<RatingRow>,
    /// Its places on frameworks, past ones among them.
    pub admissions: Vec<Admission>,
    /// Its restrictions and suspensions, newest first.
    pub suspensions: Vec<SuspensionShown>,
}

/// A restriction or suspension, as people read it.
#[derive(Debug, Clone)]
pub struct SuspensionShown {
    /// Restricted or suspended.
    pub standing: ServiceStanding,
    /// What set it off.
    pub cause: Trigger,
    /// Why, in words.
    pub reason: String,
    /// For which organisation somebody acted; Nearhome when it followed from a list.
    pub by: String,
    /// Since which day.
    pub begun_on: Day,
    /// Until which day, and how the service stood then; none while it is in force.
    pub ended: Option<(Day, ServiceStanding)>,
    /// Why it ended.
    pub ended_reason: Option<String>,
    /// What was found by those who looked; councils only.
    pub assured: Vec<Assured>,
}

impl Query for GetServiceFile {
    const ACTION: Action = Action::SeeServices;
    type Answer = ServiceFile;

    async fn relation(&self, reads: &mut ReadTx, caller: &Caller) -> Result<Option<Relation>, Failure> {
        let Some(service) = reads.find::<Service>(self.service).await? else { return Ok(None) };
        Ok(match caller.kind {
            OrganisationKind::Provider => (service.org_id == caller.organisation).then_some(Relation::Own),
            OrganisationKind::Council => Some(Relation::Shared),
            OrganisationKind::System => (caller.role == Role::Worker).then_some(Relation::Shared),
        })
    }

    async fn run(&self, reads: &mut ReadTx, caller: &Caller) -> Result<ServiceFile, Failure> {
        let service: Service = reads.get(self.service).await?;
        let provider: Organisation = reads.get(service.org_id).await?;
        let mut suspensions = Vec::new();
        for one in store::market::suspension::of_service(reads, service.id).await? {
            let by = reads.find::<Organisation>(one.begun_for).await?.map_or_else(|| "Nearhome".to_owned(), |council| council.name);
            let is_own = caller.kind == OrganisationKind::Provider;
            suspensions.push(SuspensionShown {
                standing: one.standing,
                cause: one.cause,
                by,
                begun_on: one.begun_on,
                ended: one.ended_on.zip(one.ended_as),
                ended_reason: one.ended_reason,
                assured: if is_own { Vec::new() } else { assured(reads, one.id).await? },
                reason: one.reason,
            });
        }
        Ok(ServiceFile {
            ratings: store::market::service::ratings_of(reads, service.id).await?,
            admissions: store::market::service::admissions_of(reads, service.id).await?,
            provider: provider.name,
            suspensions,
            service,
        })
    }
}
