//! Keeping children out of a home or branch that is not safe: one act for every council, with all that follows in its transaction.
//!
//! Whoever suspends learns nothing of another council's children. What the act has to know of them, and the freezes and tasks that it adds
//! to their councils' records, stay between [`store::Tx::reach`] and its end, and no answer, event or letter holds any of it.

use std::collections::{BTreeMap, BTreeSet};

use domain::access::{Action, Relation};
use domain::calendar::{Day, Instant};
use domain::ids::{AssuranceId, OfferFreezeId, OrganisationId, ReferralId, ServiceId, SuspensionId, SuspensionSignatureId, TaskId};
use domain::people::{Caller, OrganisationKind, Role};
use domain::purchasing::offer::OfferState;
use domain::purchasing::offer_form::valid_until;
use domain::purchasing::service::ServiceStanding;
use domain::purchasing::suspension::{
    OFFER_WORKING_DAYS, RISK_REVIEW_WORKING_DAYS, SIGNATURES, Signature, StandingAct, StandingFacts, StandingRefusal, SuspensionTask,
    Trigger, may_assure, may_sign,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::market::service::Service;
use store::market::suspension::{
    Assurance, OfferFreeze, Suspension, SuspensionSignature, assurances_of, freezes_of, in_force, open_offers, residents, signatures_of,
};
use store::people::organisation::{colleagues, organisations, roles_of};
use store::purchasing::placement::Task;
use store::{Reads, Threshold, Tx};
use uuid::Uuid;

use crate::failure::words;
use crate::jobs::mail::{Mail, enqueue};
use crate::{Command, Failure};

/// Who in each council hears of what befalls a service.
pub(crate) const COUNCIL_READERS: [Role; 3] = [Role::PlacementOfficer, Role::ContractOfficer, Role::HeadOfContracting];
/// Who answers for a provider.
pub(crate) const PROVIDER_READERS: [Role; 2] = [Role::ReferralsManager, Role::ProviderSignatory];

/// A service that anybody in the councils may act on; nothing for others.
pub(crate) async fn of_councils(reads: &mut impl Reads, service: ServiceId, caller: &Caller) -> Result<Option<Relation>, Failure> {
    let is_council = caller.kind == OrganisationKind::Council;
    Ok(reads.find::<Service>(service).await?.filter(|_| is_council).map(|_| Relation::Shared))
}

/// A refusal at the field that it is about.
fn at_field(refusal: StandingRefusal) -> Failure {
    match refusal {
        StandingRefusal::NoReason => Failure::invalid("reason", "Enter why"),
        StandingRefusal::LookedInFuture(_) | StandingRefusal::LookedBefore(_) => Failure::invalid("looked_on", refusal.to_string()),
        StandingRefusal::NotNow { .. }
        | StandingRefusal::NotAssured
        | StandingRefusal::NotSigned { .. }
        | StandingRefusal::SamePerson
        | StandingRefusal::SamePost { .. } => Failure::refused(refusal),
    }
}

/// A letter to these people of an organisation, one each.
pub(crate) async fn write_to(tx: &mut Tx, organisation: OrganisationId, roles: &[Role], subject: &str, body: &str) -> Result<(), Failure> {
    let people = colleagues(tx, organisation).await?;
    let emails: BTreeSet<String> = people.into_iter().filter(|one| roles.contains(&one.role)).map(|one| one.email).collect();
    for to in emails {
        enqueue(tx, &Mail::Notice { to, subject: subject.to_owned(), body: body.to_owned() }).await?;
    }
    Ok(())
}

/// The same letter to the officers of every council and to the provider. It names the service, and no child.
async fn tell_all(tx: &mut Tx, service: &Service, subject: &str, says: &str) -> Result<(), Failure> {
    let subject = format!("{subject}: {}", service.name);
    let body = format!("{} (URN {}) {says} Sign in to Nearhome to read more.", service.name, service.urn);
    for council in organisations(tx, OrganisationKind::Council).await? {
        write_to(tx, council.id, &COUNCIL_READERS, &subject, &body).await?;
    }
    write_to(tx, service.org_id, &PROVIDER_READERS, &subject, &body).await
}

/// Asks the provider of a service that requires improvement how it will improve, and tells those who watch over its contract.
pub(crate) async fn ask_for_plan(tx: &mut Tx, service: &Service) -> Result<(), Failure> {
    let subject = format!("Requires improvement: {}", service.name);
    let name = format!("{} (URN {})", service.name, service.urn);
    let body = format!("{name} was judged to require improvement. It goes on taking children; send the councils your action plan.");
    write_to(tx, service.org_id, &PROVIDER_READERS, &subject, &body).await?;
    let body = format!("{name} was judged to require improvement. Its provider was asked for an action plan. Placements and offers go on.");
    for council in organisations(tx, OrganisationKind::Council).await? {
        write_to(tx, council.id, &[Role::ContractOfficer, Role::HeadOfContracting], &subject, &body).await?;
    }
    Ok(())
}

/// Writes the end of what was in force.
async fn end(tx: &mut Tx, suspension: &mut Suspension, ended_as: ServiceStanding, reason: &str) -> Result<(), Failure> {
    (suspension.ended_on, suspension.ended_by) = (Some(Day::in_uk(tx.at())), Some(tx.caller().person));
    (suspension.ended_as, suspension.ended_reason) = (Some(ended_as), Some(reason.trim().to_owned()));
    let event = json!({ "shape": 1, "ended_as": ended_as });
    Ok(tx.update(suspension, &event).await?)
}

/// Restricts or suspends a service for every council. A suspension freezes what is open and sets the tasks, all in this transaction.
pub(crate) async fn begin(
    tx: &mut Tx,
    service: &mut Service,
    act: StandingAct,
    cause: Trigger,
    reason: &str,
) -> Result<SuspensionId, Failure> {
    let facts = StandingFacts { reason: reason.to_owned(), looked_on: None, signed: Vec::new() };
    let standing = service.status.after(act, &facts).map_err(at_field)?;
    if let Some(mut earlier) = in_force(tx, service.id).await? {
        end(tx, &mut earlier, standing, reason).await?;
    }
    let (at, today) = (tx.at(), Day::in_uk(tx.at()));
    let suspension = Suspension {
        id: SuspensionId(tx.new_id()),
        version: 1,
        service_id: service.id,
        provider_id: service.org_id,
        standing,
        cause,
        reason: words(reason, "reason", "Enter why")?,
        begun_by: tx.caller().person,
        begun_for: tx.caller().organisation,
        begun_at: at,
        begun_on: today,
        ended_on: None,
        ended_by: None,
        ended_as: None,
        ended_reason: None,
    };
    tx.create(&suspension, &json!({ "shape": 1, "standing": standing, "cause": cause })).await?;
    service.status = standing;
    let is_suspended = standing == ServiceStanding::Suspended;
    service.suspended_on = is_suspended.then_some(today);
    tx.update(service, &json!({ "shape": 1, "standing": standing, "suspension": suspension.id })).await?;
    if is_suspended {
        freeze(tx, &suspension).await?;
        let says =
            format!("is suspended for all councils from {today}. Why: {cause}. It gets no new referrals, and its offers are frozen.");
        tell_all(tx, service, "Suspended", &says).await?;
    } else {
        let says = format!("takes children under conditions only from {today}. Why: {cause}.");
        tell_all(tx, service, "Restricted", &says).await?;
    }
    Ok(suspension.id)
}

/// Freezes every offer through which a child could still come, and sets a task for each child who lives there and for each search that
/// had come as far as this home, whichever council's they are.
async fn freeze(tx: &mut Tx, suspension: &Suspension) -> Result<(), Failure> {
    tx.reach(Some(suspension.service_id)).await?;
    let mut searches = BTreeSet::new();
    for offer in open_offers(tx, suspension.service_id).await? {
        let freeze = OfferFreeze {
            id: OfferFreezeId(tx.new_id()),
            version: 1,
            org_id: offer.council,
            provider_id: offer.provider,
            referral_id: offer.referral,
            offer_id: offer.id,
            service_id: suspension.service_id,
            suspension_id: suspension.id,
            state_then: offer.state,
            valid_until: valid_until(&offer.answers),
            frozen_at: suspension.begun_at,
        };
        tx.create(&freeze, &json!({ "shape": 1, "offer": offer.id, "state_then": offer.state })).await?;
        if offer.state == OfferState::Shortlisted || offer.state.is_award() {
            searches.insert((offer.council, offer.referral));
        }
    }
    for (council, referral) in searches {
        set_task(tx, suspension, council, referral.0, SuspensionTask::OfferFrozen, OFFER_WORKING_DAYS).await?;
    }
    for (placement, council) in residents(tx, suspension.service_id).await? {
        set_task(tx, suspension, council, placement.0, SuspensionTask::RiskReview, RISK_REVIEW_WORKING_DAYS).await?;
    }
    Ok(tx.reach(None).await?)
}

async fn set_task(
    tx: &mut Tx,
    suspension: &Suspension,
    council: OrganisationId,
    subject: Uuid,
    what: SuspensionTask,
    working_days: u32,
) -> Result<(), Failure> {
    let (kind, due_on) = (what.kind(suspension.id), Day::in_uk(tx.at()).add_working_days(working_days));
    let event = json!({ "shape": 1, "kind": kind, "due_on": due_on, "is_done": false });
    let id = TaskId(tx.new_id());
    let task = Task { id, version: 1, org_id: council, subject_id: subject, kind, due_on, done_on: None, done_by: None, note: None };
    Ok(tx.create(&task, &event).await?)
}

/// Tells each search whose offer was frozen that it no longer is, or that it ran out meanwhile. An offer never lost the state it had.
async fn thaw(tx: &mut Tx, suspension: &Suspension) -> Result<(), Failure> {
    let today = Day::in_uk(tx.at());
    tx.reach(Some(suspension.service_id)).await?;
    let open: BTreeSet<_> = open_offers(tx, suspension.service_id).await?.into_iter().map(|offer| offer.id).collect();
    let mut searches: BTreeMap<(OrganisationId, ReferralId), BTreeSet<SuspensionTask>> = BTreeMap::new();
    for freeze in freezes_of(tx, suspension.id).await?.into_iter().filter(|freeze| open.contains(&freeze.offer_id)) {
        let binds = freeze.valid_until.is_none_or(|until| today <= until);
        let what = if binds { SuspensionTask::OfferThawed } else { SuspensionTask::OfferRanOut };
        searches.entry((freeze.org_id, freeze.referral_id)).or_default().insert(what);
    }
    for ((council, referral), tasks) in searches {
        for what in tasks {
            set_task(tx, suspension, council, referral.0, what, OFFER_WORKING_DAYS).await?;
        }
    }
    Ok(tx.reach(None).await?)
}

/// Restricts or suspends a service for every council, lifts a restriction, or removes a suspended service for good. The end of a
/// suspension is signed by two people instead: [`SignLift`].
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ChangeStanding {
    /// Which service.
    pub service: ServiceId,
    /// What is done.
    pub act: StandingAct,
    /// What set it off; needed to restrict and to suspend.
    pub cause: Option<Trigger>,
    /// Why, in words that every council and the provider read; no child is named in them.
    pub reason: String,
}

/// How a service stands after an act.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stands {
    /// The service.
    pub service: ServiceId,
    /// How it stands.
    pub standing: ServiceStanding,
    /// Signatures under the end of the suspension so far.
    pub signatures: usize,
}

impl Command for ChangeStanding {
    const ACTION: Action = Action::SuspendService;
    type Answer = Stands;

    async fn relation(&self, threshold: &mut Threshold, caller: &Caller) -> Result<Option<Relation>, Failure> {
        of_councils(threshold, self.service, caller).await
    }

    async fn run(&self, tx: &mut Tx) -> Result<Stands, Failure> {
        let mut service: Service = tx.get(self.service).await?;
        match self.act {
            StandingAct::Restrict | StandingAct::Suspend => {
                let cause = self.cause.ok_or_else(|| Failure::invalid("cause", "Select what set it off"))?;
                begin(tx, &mut service, self.act, cause, &self.reason).await?;
            }
            StandingAct::Ease | StandingAct::Remove => self.finish(tx, &mut service).await?,
            StandingAct::Lift => return Err(Failure::refused("two people of two different posts sign the end of a suspension")),
        }
        Ok(Stands { service: service.id, standing: service.status, signatures: 0 })
    }
}

impl ChangeStanding {
    async fn finish(&self, tx: &mut Tx, service: &mut Service) -> Result<(), Failure> {
        let facts = StandingFacts { reason: words(&self.reason, "reason", "Enter why")?, looked_on: None, signed: Vec::new() };
        service.status = service.status.after(self.act, &facts).map_err(at_field)?;
        if let Some(mut standing) = in_force(tx, service.id).await? {
            end(tx, &mut standing, service.status, &self.reason).await?;
        }
        let event = json!({ "shape": 1, "standing": service.status });
        tx.update(service, &event).await?;
        if service.status == ServiceStanding::Removed {
            tell_all(tx, service, "Removed", "is removed for good: no council buys from it any more.").await
        } else {
            tell_all(tx, service, "Restriction lifted", "takes children without conditions again.").await
        }
    }
}

/// The suspension of a service that is in force, for those who look into it or sign its end.
async fn suspended(tx: &mut Tx, service: &Service, act: StandingAct) -> Result<Suspension, Failure> {
    let found = in_force(tx, service.id).await?.filter(|found| found.standing == ServiceStanding::Suspended);
    found.ok_or_else(|| Failure::refused(StandingRefusal::NotNow { standing: service.status, act }))
}

/// Records that somebody looked whether a suspended service is safe again. What was signed before rested on what was found before,
/// so the signatures begin anew.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RecordAssurance {
    /// Which service.
    pub service: ServiceId,
    /// Who looked, by name and post.
    pub looked_by: String,
    /// On which day: that of the suspension or later, not in the future.
    pub looked_on: Day,
    /// What they found; no child is named in it.
    pub findings: String,
    /// What changed since the suspension.
    pub changed: String,
}

impl Command for RecordAssurance {
    const ACTION: Action = Action::AssureService;
    type Answer = AssuranceId;

    async fn relation(&self, threshold: &mut Threshold, caller: &Caller) -> Result<Option<Relation>, Failure> {
        of_councils(threshold, self.service, caller).await
    }

    async fn run(&self, tx: &mut Tx) -> Result<AssuranceId, Failure> {
        let service: Service = tx.get(self.service).await?;
        let suspension = suspended(tx, &service, StandingAct::Lift).await?;
        may_assure(self.looked_on, suspension.begun_on, Day::in_uk(tx.at())).map_err(at_field)?;
        let assurance = Assurance {
            id: AssuranceId(tx.new_id()),
            version: 1,
            suspension_id: suspension.id,
            looked_by: words(&self.looked_by, "looked_by", "Enter who looked")?,
            looked_on: self.looked_on,
            findings: words(&self.findings, "findings", "Enter what they found")?,
            changed: words(&self.changed, "changed", "Enter what changed")?,
            recorded_by: tx.caller().person,
            recorded_at: tx.at(),
        };
        tx.create(&assurance, &json!({ "shape": 1, "suspension": suspension.id, "looked_on": self.looked_on })).await?;
        Ok(assurance.id)
    }
}

/// Signs the end of a suspension. With the second signature, of another person in another post, it is lifted.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SignLift {
    /// Which service.
    pub service: ServiceId,
}

impl Command for SignLift {
    const ACTION: Action = Action::LiftSuspension;
    type Answer = Stands;

    async fn relation(&self, threshold: &mut Threshold, caller: &Caller) -> Result<Option<Relation>, Failure> {
        of_councils(threshold, self.service, caller).await
    }

    async fn run(&self, tx: &mut Tx) -> Result<Stands, Failure> {
        let mut service: Service = tx.get(self.service).await?;
        let mut suspension = suspended(tx, &service, StandingAct::Lift).await?;
        let found = assurances_of(tx, suspension.id).await?.into_iter().next();
        let found = found.ok_or_else(|| Failure::refused(StandingRefusal::NotAssured))?;
        let signed = signatures_of(tx, found.id).await?;
        let signed = signed.into_iter().map(|one| Signature { person: one.person_id, post: one.post }).collect();
        let mut facts = StandingFacts { reason: String::new(), looked_on: Some(found.looked_on), signed };
        let signature = own_signature(tx).await?;
        may_sign(&facts, &signature).map_err(Failure::refused)?;
        let row = SuspensionSignature {
            id: SuspensionSignatureId(tx.new_id()),
            version: 1,
            assurance_id: found.id,
            person_id: signature.person,
            org_id: tx.caller().organisation,
            post: signature.post.clone(),
            signed_at: tx.at(),
        };
        tx.create(&row, &json!({ "shape": 1, "suspension": suspension.id })).await?;
        facts.signed.push(signature);
        let signatures = facts.signed.len();
        if signatures >= SIGNATURES {
            service.status = service.status.after(StandingAct::Lift, &facts).map_err(at_field)?;
            let today = Day::in_uk(tx.at());
            (service.suspended_on, service.assured_on) = (None, Some(today));
            end(tx, &mut suspension, service.status, &found.changed).await?;
            let event = json!({ "shape": 1, "standing": service.status, "suspension": suspension.id });
            tx.update(&mut service, &event).await?;
            thaw(tx, &suspension).await?;
            let says = format!("is open for new placements again from {today}: it was found safe, and two officers signed.");
            tell_all(tx, &service, "Suspension lifted", &says).await?;
        }
        Ok(Stands { service: service.id, standing: service.status, signatures })
    }
}

/// The caller's signature, in the post that they hold in the role in which they act.
async fn own_signature(tx: &mut Tx) -> Result<Signature, Failure> {
    let caller = tx.caller().clone();
    let held = roles_of(tx, caller.person).await?;
    let held = held.into_iter().find(|held| held.org_id == caller.organisation && held.role == caller.role);
    let held = held.ok_or_else(|| Failure::refused("your post is not on record: ask your administrator to enter it"))?;
    Ok(Signature { person: caller.person, post: held.post })
}

/// What somebody said about a suspended service, for its page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assured {
    /// Who looked.
    pub looked_by: String,
    /// On which day.
    pub looked_on: Day,
    /// What they found.
    pub findings: String,
    /// What changed.
    pub changed: String,
    /// Who signed on it, by post, and when.
    pub signed: Vec<(String, Instant)>,
}

/// What was found of a suspension, the latest first.
pub(crate) async fn assured(reads: &mut impl Reads, suspension: SuspensionId) -> Result<Vec<Assured>, Failure> {
    let mut found = Vec::new();
    for one in assurances_of(reads, suspension).await? {
        let signed = signatures_of(reads, one.id).await?.into_iter().map(|signature| (signature.post, signature.signed_at)).collect();
        let Assurance { looked_by, looked_on, findings, changed, .. } = one;
        found.push(Assured { looked_by, looked_on, findings, changed, signed });
    }
    Ok(found)
}
