//! The child moves in: the placement with its flags and its start pack, and the word to everybody who had offered.

use domain::access::{Action, Relation, could};
use domain::calendar::Day;
use domain::ids::{AgreementId, OrganisationId, PlacementId, ReferralId, ServiceId, TaskId};
use domain::money::charge::{ChargeLine, PriceFrom, Schedule};
use domain::pence::WeeklyRate;
use domain::people::{Caller, OrganisationKind};
use domain::place::{LegalClass, PlaceFlags, Point};
use domain::purchasing::agreement::{AgreementAct, AgreementFacts, StartKind};
use domain::purchasing::offer::{NotSelectedReason, OfferAct, OfferState};
use domain::purchasing::placement::{Start, StartMode, StartTask, Stay, TaskDue};
use domain::purchasing::referral::{ReferralAct, ReferralState, Urgency};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::market::service::Service;
use store::purchasing::agreement::Agreement;
use store::purchasing::offer::Offer;
use store::purchasing::placement::{Placement, PlacementState, Task, tasks_of};
use store::purchasing::referral::{Child, Referral};
use store::{ReadTx, Reads, Threshold, Tx};
use uuid::Uuid;

use super::agreement::{promise, relation as relation_to_agreement, take_up};
use super::choice::calm_referral;
use super::evaluation::Case;
use super::facts::{calm, flags, not_frozen, point};
use super::outcome;
use super::referral::is_complete;
use super::tasks::task_view;
pub use super::tasks::{CompleteTask, OpenTask, OpenTasks, TaskSubject, TaskView};
use super::timeline::{Happened, moved_in, steps_of_tasks, timeline, with_note};
use crate::governance::approval::Checks;
use crate::money::ledger;
use crate::{Command, Failure, Query, Slice};

/// Records that the child has moved in. A planned start waits for the tasks that come before it; in an emergency they are due
/// within five working days. Everybody else who was asked hears the outcome.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct StartPlacement {
    /// The agreement under which the child moves in.
    pub agreement: AgreementId,
    /// The day of the move.
    pub started_on: Day,
    /// The child came first; signatures and notices follow.
    pub is_emergency: bool,
    /// Why, when the referral is no emergency; not asked otherwise.
    pub emergency_reason: String,
    /// Tasks of the start pack that are done.
    pub done: Vec<StartTask>,
    /// Why the other offers were not selected.
    pub others_because: NotSelectedReason,
    /// The same in words, for the providers to read; may be blank.
    pub others_note: String,
}

/// What began.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Started {
    /// The placement.
    pub placement: PlacementId,
    /// Where the referral stands.
    pub referral: ReferralState,
    /// What is still to be done.
    pub open: Vec<TaskId>,
    /// How many other services were told the outcome.
    pub told: usize,
}

impl Command for StartPlacement {
    const ACTION: Action = Action::StartPlacement;
    type Answer = Started;

    async fn relation(&self, threshold: &mut Threshold, caller: &Caller) -> Result<Option<Relation>, Failure> {
        relation_to_agreement(threshold, self.agreement, caller).await
    }

    async fn run(&self, tx: &mut Tx) -> Result<Started, Failure> {
        let mut agreement: Agreement = tx.get(self.agreement).await?;
        if store::purchasing::placement::of_referral(tx, agreement.referral_id).await?.is_some() {
            return Err(Failure::Conflict("this placement has started already".to_owned()));
        }
        if self.started_on > Day::in_uk(tx.at()) {
            return Err(Failure::invalid(
                "started_on-day",
                "The day of the move must be today or in the past: record it once the child is there",
            ));
        }
        let stay = Stay::new(self.started_on, None).map_err(Failure::refused)?;
        let mut case = Case::load(tx, agreement.referral_id).await?;
        if store::purchasing::placement::active_of_child(tx, case.referral.child_id).await? > 0 {
            return Err(Failure::refused(domain::purchasing::placement::StayRefused::PreviousGoesOn));
        }
        self.check_emergency(case.referral.urgency)?;
        // Agreed, but not begun: a suspension keeps the child from moving in as it keeps an offer from being chosen.
        let service: Service = tx.get(agreement.service_id).await?;
        not_frozen(&service, case.offer(agreement.offer_id)?.submitted_at)?;
        let was_signed = agreement.state.binds();
        self.start_agreement(tx, &mut agreement).await?;
        if was_signed && self.started_on != agreement.starts_on {
            let why = format!("the child moved in on {}, not on {}", self.started_on, agreement.starts_on);
            ledger::release(tx, agreement.org_id, agreement.id, &why).await?;
            promise(tx, &agreement, &case.referral, self.started_on).await?;
        }
        let flags = flags(&case.consortium, &case.council_code()?, &service)?;
        let flags =
            flags.ok_or_else(|| Failure::refused("enter the postcode of the service first: the return asks where the child lives"))?;
        let start = self.start(tx, &case, flags.legal_class, &agreement).await?;
        let done = self.done(was_signed);
        start.check(&done).map_err(Failure::refused)?;
        let placement = self.placement(tx, &case, &agreement, stay, flags);
        let event = json!({
            "shape": 1, "state": placement.state, "legal_class": placement.legal_class, "agreement": agreement.id, "start": self.mode(),
        });
        tx.create(&placement, &event).await?;
        let open = create_tasks(tx, &placement, &start.pack(), &done).await?;
        self.place(tx, &mut case).await?;
        let told = self.tell_others(tx, &case, &agreement).await?;
        Ok(Started { placement: placement.id, referral: case.referral.state, open, told })
    }
}

impl StartPlacement {
    /// Signatures, plan and notices come first unless the child cannot wait; who says so of a referral that was no emergency
    /// gives the reason.
    fn check_emergency(&self, urgency: Urgency) -> Result<(), Failure> {
        if self.is_emergency && urgency != Urgency::Emergency && self.emergency_reason.trim().is_empty() {
            let missing = "Enter why the child came before everything was done: the referral was no emergency";
            return Err(Failure::invalid("emergency_reason", missing));
        }
        Ok(())
    }

    fn mode(&self) -> StartMode {
        if self.is_emergency { StartMode::Emergency } else { StartMode::Planned }
    }

    async fn start_agreement(&self, tx: &mut Tx, agreement: &mut Agreement) -> Result<(), Failure> {
        let kind = if self.is_emergency { StartKind::Emergency } else { StartKind::Planned };
        agreement.state.lets_start(kind).map_err(Failure::refused)?;
        if !agreement.state.binds() {
            // The place is taken on the day on which the child comes; the council's signature follows.
            return take_up(tx, agreement).await;
        }
        let facts = AgreementFacts { side: OrganisationKind::Council, lacks: None, signatory_took_part: false };
        agreement.state = agreement.state.after(AgreementAct::Start, &facts).map_err(Failure::refused)?;
        let event = json!({ "shape": 1, "state": agreement.state, "start": self.mode() });
        tx.update(agreement, &event).await?;
        Ok(())
    }

    async fn start(&self, tx: &mut Tx, case: &Case, legal_class: LegalClass, agreement: &Agreement) -> Result<Start, Failure> {
        let approvals = store::governance::approval::of_offer(tx, agreement.org_id, agreement.offer_id).await?;
        let mut open_checks_approved_on: Option<Day> = None;
        for approval in approvals.iter().filter(|approval| approval.is_given()) {
            if let Some(approved_at) = approval.decided_at
                && Checks::read(approval)?.has_open()
            {
                let approved_on = Day::in_uk(approved_at);
                open_checks_approved_on = Some(open_checks_approved_on.map_or(approved_on, |earliest| earliest.min(approved_on)));
            }
        }
        let child: Child = tx.get(case.referral.child_id).await?;
        Ok(Start {
            starts_on: self.started_on,
            mode: self.mode(),
            is_out_of_area: legal_class != LegalClass::InArea,
            is_referral_complete: is_complete(&case.referral, &child)?,
            open_checks_approved_on,
        })
    }

    /// What is seen here is not taken on anybody's word; the rest is what the officer says is done.
    fn done(&self, was_signed: bool) -> Vec<StartTask> {
        let mut done: Vec<StartTask> = self.done.iter().copied().filter(|task| !task.is_seen()).collect();
        done.extend(was_signed.then_some(StartTask::AgreementSigned));
        done
    }

    fn placement(&self, tx: &mut Tx, case: &Case, agreement: &Agreement, stay: Stay, flags: PlaceFlags) -> Placement {
        let is_early = self.is_emergency && case.referral.urgency != Urgency::Emergency;
        let reason = is_early.then(|| self.emergency_reason.trim().to_owned());
        Placement {
            id: PlacementId(tx.new_id()),
            version: 1,
            org_id: agreement.org_id,
            provider_id: agreement.provider_id,
            child_id: case.referral.child_id,
            referral_id: agreement.referral_id,
            agreement_id: agreement.id,
            service_id: agreement.service_id,
            state: PlacementState::Active,
            started_on: stay.starts_on(),
            ended_on: stay.ends_on(),
            weekly_pence: agreement.weekly_pence,
            legal_class: flags.legal_class,
            is_within_radius: flags.is_within_radius,
            is_in_footprint: flags.is_in_footprint,
            tenths_of_miles: flags.miles.tenths.into(),
            is_emergency: self.is_emergency,
            emergency_reason: reason,
        }
    }

    async fn place(&self, tx: &mut Tx, case: &mut Case) -> Result<(), Failure> {
        let approvals = match case.referral.preferred_offer {
            Some(offer) => store::governance::approval::of_offer(tx, case.referral.org_id, offer).await?,
            None => Vec::new(),
        };
        let mut facts = calm_referral(&case.referral);
        facts.awards = u32::from(case.referral.preferred_offer.is_some());
        facts.approvals_given = u32::try_from(approvals.iter().filter(|approval| approval.is_given()).count()).unwrap_or(u32::MAX);
        facts.approvals_missing =
            approvals.iter().filter(|approval| approval.is_missing()).map(|approval| approval.kind.to_string()).collect();
        case.referral.state = case.referral.state.after(ReferralAct::Place, &facts).map_err(Failure::refused)?;
        let event = json!({ "shape": 1, "state": case.referral.state });
        tx.update(&mut case.referral, &event).await?;
        Ok(())
    }

    /// People who offered are told no with a reason; people who did not answer are told that the search is over.
    async fn tell_others(&self, tx: &mut Tx, case: &Case, agreement: &Agreement) -> Result<usize, Failure> {
        let note = self.others_note.trim();
        let reason = if note.is_empty() { self.others_because.to_string() } else { format!("{}: {note}", self.others_because) };
        let mut told = 0;
        for mut release in store::purchasing::release::of_referral(tx, agreement.org_id, agreement.referral_id).await? {
            if release.outcome.is_some() {
                continue;
            }
            let offer = case.offers.iter().find(|offer| offer.release_id == release.id);
            let outcome = match offer {
                Some(offer) if offer.id == agreement.offer_id => OfferState::Accepted,
                Some(offer) if offer.state.is_live() => reject(tx, offer, &reason).await?,
                Some(offer) => offer.state,
                None => OfferState::Expired,
            };
            release.outcome = Some(domain::Code::code(outcome).to_owned());
            release.outcome_reason = match outcome {
                OfferState::Accepted => None,
                OfferState::NotSelected => Some(reason.clone()),
                OfferState::Draft
                | OfferState::Submitted
                | OfferState::Clarification
                | OfferState::Shortlisted
                | OfferState::Preferred
                | OfferState::Withdrawn
                | OfferState::Expired
                | OfferState::Declined => Some("a home was found".to_owned()),
            };
            let event = json!({ "shape": 1, "outcome": outcome });
            tx.update(&mut release, &event).await?;
            outcome::tell(tx, &release).await?;
            told += usize::from(outcome != OfferState::Accepted);
        }
        Ok(told)
    }
}

async fn reject(tx: &mut Tx, offer: &Offer, reason: &str) -> Result<OfferState, Failure> {
    let mut offer = offer.clone();
    let mut facts = calm(Day::in_uk(tx.at()));
    reason.clone_into(&mut facts.reason);
    offer.state = offer.state.after(OfferAct::Reject, &facts).map_err(Failure::refused)?;
    offer.outcome_reason = Some(reason.to_owned());
    let event = json!({ "shape": 1, "state": offer.state });
    tx.update(&mut offer, &event).await?;
    Ok(offer.state)
}

async fn create_tasks(tx: &mut Tx, placement: &Placement, pack: &[TaskDue], done: &[StartTask]) -> Result<Vec<TaskId>, Failure> {
    let (by, today) = (tx.caller().person, Day::in_uk(tx.at()));
    let mut open = Vec::new();
    for due in pack {
        let is_done = done.contains(&due.task);
        let task = Task {
            id: TaskId(tx.new_id()),
            version: 1,
            org_id: placement.org_id,
            subject_id: placement.id.0,
            kind: domain::Code::code(due.task).to_owned(),
            due_on: due.due_on,
            done_on: is_done.then_some(today),
            done_by: is_done.then_some(by),
            note: None,
        };
        tx.create(&task, &json!({ "shape": 1, "kind": due.task, "due_on": due.due_on, "is_done": is_done })).await?;
        open.extend((!is_done).then_some(task.id));
    }
    Ok(open)
}

/// A part of the placements of the caller's organisation, newest first: a council's children, or those a provider cares for.
#[derive(Debug, Clone, Copy)]
pub struct Placements(pub Slice<(Day, Uuid)>);

/// One line of the list.
#[derive(Debug, Clone)]
pub struct PlacementLine {
    /// The placement.
    pub id: PlacementId,
    /// The agreement's number, the child's only name here.
    pub agreement_number: String,
    /// Where it stands.
    pub state: PlacementState,
    /// Since when.
    pub started_on: Day,
    /// Until when.
    pub ended_on: Option<Day>,
    /// The home's name.
    pub service_name: String,
    /// How the home's area stands to the council's.
    pub legal_class: LegalClass,
    /// Core and extras a week.
    pub weekly: WeeklyRate,
}

impl Query for Placements {
    const ACTION: Action = Action::SeePlacement;
    type Answer = Vec<PlacementLine>;

    async fn relation(&self, _: &mut ReadTx, caller: &Caller) -> Result<Option<Relation>, Failure> {
        Ok(Some(if caller.kind == OrganisationKind::Provider { Relation::Counterparty } else { Relation::Own }))
    }

    async fn run(&self, reads: &mut ReadTx, caller: &Caller) -> Result<Vec<PlacementLine>, Failure> {
        let placements = if caller.kind == OrganisationKind::Provider {
            store::purchasing::placement::of_provider(reads, caller.organisation, &self.0).await?
        } else {
            store::purchasing::placement::of_council(reads, caller.organisation, &self.0).await?
        };
        let mut lines = Vec::new();
        for one in placements {
            lines.push(PlacementLine {
                id: one.id,
                agreement_number: reads.get::<Agreement>(one.agreement_id).await?.number,
                state: one.state,
                started_on: one.started_on,
                ended_on: one.ended_on,
                service_name: reads.get::<Service>(one.service_id).await?.name,
                legal_class: one.legal_class,
                weekly: WeeklyRate(one.weekly_pence),
            });
        }
        Ok(lines)
    }
}

/// One placement as it stands today.
#[derive(Debug, Clone, Copy)]
pub struct GetPlacement {
    /// Which.
    pub placement: PlacementId,
    /// Today in the United Kingdom: what is overdue, and which months are charged next.
    pub today: Day,
}

/// What a party sees of a placement.
#[derive(Debug, Clone)]
pub struct PlacementView {
    /// The placement as it is kept: dates, flags, weekly price.
    pub placement: Placement,
    /// The agreement's number.
    pub agreement_number: String,
    /// The referral; the council's only.
    pub referral: Option<ReferralId>,
    /// The home.
    pub service: ServiceId,
    /// Its name.
    pub service_name: String,
    /// Where it stands on the National Grid.
    pub point: Option<Point>,
    /// Who cares.
    pub provider: OrganisationId,
    /// The start pack; the council's only.
    pub tasks: Vec<TaskView>,
    /// The charges of this month and the next two.
    pub charges: Vec<ChargeLine>,
    /// What happened, first things first.
    pub timeline: Vec<Happened>,
}

impl Query for GetPlacement {
    const ACTION: Action = Action::SeePlacement;
    type Answer = PlacementView;

    fn sensitive(&self) -> Option<Uuid> {
        Some(self.placement.0)
    }

    async fn relation(&self, reads: &mut ReadTx, caller: &Caller) -> Result<Option<Relation>, Failure> {
        let Some(placement) = reads.find::<Placement>(self.placement).await? else { return Ok(None) };
        Ok(if placement.org_id == caller.organisation {
            Some(Relation::Own)
        } else if placement.provider_id == caller.organisation {
            Some(Relation::Counterparty)
        } else {
            None
        })
    }

    async fn run(&self, reads: &mut ReadTx, caller: &Caller) -> Result<PlacementView, Failure> {
        let mut placement: Placement = reads.get(self.placement).await?;
        let is_own = placement.org_id == caller.organisation;
        let tasks = if is_own { tasks_of(reads, placement.org_id, placement.id.0).await? } else { Vec::new() };
        let consortium = store::governance::consortium::in_force(reads).await?;
        let service: Service = reads.get(placement.service_id).await?;
        let agreement: Agreement = reads.get(placement.agreement_id).await?;
        let mut history = history(reads, &placement, is_own).await?;
        // Why a child came early may say something of the child: it stands in the council's row, not in the event.
        placement.emergency_reason = placement.emergency_reason.filter(|_| is_own && could(caller.role, Action::SeeReferral));
        if let Some(reason) = &placement.emergency_reason {
            let early = history.iter_mut().filter(|happened| happened.what == moved_in(StartMode::Emergency));
            early.for_each(|happened| happened.said = Some(reason.clone()));
        }
        Ok(PlacementView {
            agreement_number: agreement.number,
            referral: is_own.then_some(placement.referral_id),
            service: service.id,
            point: point(&service),
            service_name: service.name,
            provider: placement.provider_id,
            tasks: tasks.into_iter().map(|task| task_view(task, self.today)).collect(),
            charges: charges(&placement, consortium.settings.end_day, self.today)?,
            timeline: history,
            placement,
        })
    }
}

/// What happened from the referral to the tasks of the placement; a provider reads of the agreement and the placement only.
async fn history(reads: &mut ReadTx, placement: &Placement, is_own: bool) -> Result<Vec<Happened>, Failure> {
    let (agreement, referral) = (placement.agreement_id.0, placement.referral_id.0);
    if !is_own {
        return timeline(reads, &[agreement, placement.id.0]).await;
    }
    let mut happened = timeline(reads, &[referral, agreement, placement.id.0]).await?;
    let known: Referral = reads.get(placement.referral_id).await?;
    with_note(&mut happened, known.note.as_deref());
    for subject in [referral, placement.id.0] {
        let tasks = tasks_of(reads, placement.org_id, subject).await?;
        happened.extend(steps_of_tasks(reads, &tasks).await?);
    }
    happened.sort_by_key(|one| one.at);
    Ok(happened)
}

/// The lines of this month and the next two; of the first three months while the placement is still ahead.
fn charges(placement: &Placement, end_day: domain::money::charge::EndDay, today: Day) -> Result<Vec<ChargeLine>, Failure> {
    let stay = Stay::new(placement.started_on, placement.ended_on).map_err(Failure::refused)?;
    let first = today.max(placement.started_on).first_of_month();
    let through = first.plus_months(3).plus_days(-1);
    let prices = [PriceFrom { from: placement.started_on, weekly: WeeklyRate(placement.weekly_pence) }];
    let schedule = Schedule::new(stay, &prices, end_day, through).map_err(Failure::refused)?;
    Ok(schedule.lines.into_iter().filter(|line| line.to >= first).collect())
}
