//! Exercises under a framework: who may take part, and the award to one provider without a competition.

use std::collections::BTreeSet;

use domain::access::{Action, Relation};
use domain::calendar::Day;
use domain::consortium::CouncilCode;
use domain::consortium::framework::Framework;
use domain::governance::decision::GovernedAct;
use domain::ids::{AwardId, OrganisationId, ServiceId, TenderId};
use domain::pence::Pence;
use domain::people::Caller;
use domain::procurement::exercise::{Exercise, Lies};
use domain::procurement::life::AwardOver;
use domain::procurement::plan::TenderPlan;
use domain::procurement::tender::Phase;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::market::service::{Admission, Service, admissions_of, of_provider};
use store::people::organisation::Organisation;
use store::procurement::award::Award;
use store::procurement::tender::{Tender, all};
use store::{Fault, ReadTx, Reads, Threshold, Tx};

use super::agreement::{AdmittedService, prepare};
use super::relation::not_given_up;
use super::tender::{DraftTender, TenderDraft, may_be_procured, problems};
use crate::governance::decision::{council_code, stands_to};
use crate::governance::delegation::{Wanted, act};
use crate::purchasing::facts::{self, is_admitted};
use crate::{Command, Failure, FieldProblem, Query};

/// A provider's places on the lots that an exercise buys from, each with its service, as on a day.
pub(super) async fn places_of(
    reads: &mut impl Reads,
    plan: &TenderPlan,
    provider: OrganisationId,
    on: Day,
) -> Result<Vec<(Service, Admission)>, Fault> {
    let Some(exercise) = &plan.exercise else { return Ok(Vec::new()) };
    let mut places = Vec::new();
    for service in of_provider(reads, provider).await? {
        for place in admissions_of(reads, service.id).await? {
            if place.framework == exercise.under && plan.lot(&place.lot).is_some() && is_admitted(&place, on) {
                places.push((service.clone(), place));
            }
        }
    }
    Ok(places)
}

/// The end of the award under which an exercise was begun, or would be today; nothing for what is no exercise, and while its framework is
/// configured no more.
async fn over(reads: &mut impl Reads, tender: &Tender, plan: &TenderPlan, today: Day) -> Result<Option<AwardOver>, Fault> {
    let Some(exercise) = &plan.exercise else { return Ok(None) };
    let consortium = store::governance::consortium::in_force(reads).await?;
    let began_on = tender.published_at.map_or(today, Day::in_uk);
    Ok(consortium.framework(&exercise.under).map(|framework| framework.award_over(began_on)))
}

/// Whether what is bought under a framework may still be begun, bid for or awarded: while the framework stands, and after it where that
/// says so. A tender for a framework always may.
pub(super) async fn may_go_on(reads: &mut impl Reads, tender: &Tender, plan: &TenderPlan, today: Day) -> Result<(), Failure> {
    let Some(exercise) = &plan.exercise else { return Ok(()) };
    let over = over(reads, tender, plan, today).await?;
    let over = over.ok_or_else(|| Failure::refused(format!("the framework {} is configured no more", exercise.under)))?;
    let began_on = tender.published_at.map_or(today, Day::in_uk);
    exercise.may_go_on(plan.framework.continue_on_expiry, began_on, over, today).map_err(Failure::refused)
}

/// On which day a provider must have a place on the lots of an exercise to bid for it: that of the deadline, or the last one of the award
/// under which the competition was begun if that comes first.
pub(super) async fn bidders_on(reads: &mut impl Reads, tender: &Tender, plan: &TenderPlan) -> Result<Day, Fault> {
    let closes_on = Day::in_uk(tender.deadline);
    let over = over(reads, tender, plan, closes_on).await?;
    Ok(over.map_or(closes_on, |over| closes_on.min(over.from.plus_days(-1))))
}

/// Whether a provider may bid: anybody for a framework, for an exercise those who are on its lots on that day, as the record has it today.
/// Nobody bids where one provider is chosen without a competition.
pub(super) async fn may_bid(reads: &mut impl Reads, tender: &Tender, provider: OrganisationId) -> Result<bool, Failure> {
    let plan = tender.plan()?;
    match &plan.exercise {
        None => Ok(true),
        Some(exercise) if exercise.direct.is_some() => Ok(false),
        Some(_) => {
            let on = bidders_on(reads, tender, &plan).await?;
            Ok(!places_of(reads, &plan, provider, on).await?.is_empty())
        }
    }
}

/// The exercises under a framework.
pub(super) async fn exercises_under(reads: &mut impl Reads, framework: &str) -> Result<Vec<Tender>, Failure> {
    let mut found = Vec::new();
    for tender in all(reads).await? {
        let plan = tender.plan()?;
        if plan.exercise.as_ref().is_some_and(|exercise| exercise.under == framework) {
            found.push(tender);
        }
    }
    Ok(found)
}

/// Starts an exercise under a framework: a draft with the framework's terms and one of its lots, in which all else is still to be
/// written.
#[derive(Debug, Clone, Serialize)]
pub struct StartExercise {
    /// The code of the lot from which it is bought.
    pub lot: String,
    /// A reference of its own.
    pub reference: String,
    /// What people call it.
    pub title: String,
    /// Which councils take part.
    pub users: Vec<CouncilCode>,
    /// Which of the framework's councils open the bids; none for all of them.
    pub opened_by: Vec<CouncilCode>,
    /// The first day.
    pub starts_on: Day,
    /// The rest; it names the framework.
    pub exercise: Exercise,
}

impl Command for StartExercise {
    const ACTION: Action = Action::BuildTender;
    type Answer = TenderId;

    async fn relation(&self, threshold: &mut Threshold, caller: &Caller) -> Result<Option<Relation>, Failure> {
        Ok(council_code(threshold, caller.organisation).await?.map(|_| Relation::Own))
    }

    async fn run(&self, tx: &mut Tx) -> Result<TenderId, Failure> {
        let known = store::governance::consortium::in_force(tx).await?;
        let under = known.framework(&self.exercise.under).ok_or_else(Failure::absent)?;
        let lot = under.lots.iter().find(|lot| lot.code == self.lot);
        let lot = lot.ok_or_else(|| Failure::invalid("lot", format!("Select a lot of {}", under.reference)))?;
        if self.users.is_empty() {
            return Err(Failure::invalid("users", "Select which councils take part"));
        }
        let ours = tx.caller().organisation;
        let council = council_code(tx, ours).await?.ok_or_else(Failure::absent)?;
        let (reference, title, starts_on) = (self.reference.clone(), self.title.clone(), self.starts_on);
        let (users, lots) = (self.users.clone(), vec![lot.clone()]);
        let mut plan = TenderPlan::blank(Framework { reference, title: title.clone(), users, starts_on, lots, ..under.clone() });
        (plan.description, plan.exercise) = (self.exercise.need.clone(), Some(self.exercise.clone()));
        plan.opened_by.clone_from(&self.opened_by);
        // The timetable is still to be written: with this one nothing can be published.
        let at = tx.at();
        let draft = TenderDraft { council, title, questions_until: at, answers_by: starts_on, deadline: at, plan };
        DraftTender { tender: None, draft }.run(tx).await
    }
}

/// Stands in the place of the key to bids where nobody bids.
const NO_KEY: &str = "none";

/// What is bought of one home or branch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chosen {
    /// Which.
    pub service: ServiceId,
    /// In which category.
    pub category: String,
    /// At which price a week, no more than it tendered for the framework.
    pub weekly: Pence,
}

/// Awards an exercise to one provider without a competition, on the ground that its plan names, by the post to which that was delegated.
#[derive(Debug, Clone, Serialize)]
pub struct AwardDirectly {
    /// Which exercise: a draft, complete, whose plan says that nobody competes.
    pub tender: TenderId,
    /// To whom.
    pub provider: OrganisationId,
    /// What is bought.
    pub chosen: Vec<Chosen>,
}

impl Command for AwardDirectly {
    const ACTION: Action = Action::AwardFramework;
    type Answer = AwardId;

    async fn relation(&self, threshold: &mut Threshold, caller: &Caller) -> Result<Option<Relation>, Failure> {
        Ok(threshold.find::<Tender>(self.tender).await?.and_then(|tender| stands_to(caller, tender.org_id)))
    }

    async fn run(&self, tx: &mut Tx) -> Result<AwardId, Failure> {
        let mut tender = not_given_up(tx, self.tender).await?;
        let plan = tender.plan()?;
        let Some(direct) = plan.exercise.as_ref().and_then(|exercise| exercise.direct.clone()) else {
            return Err(Failure::refused("this is awarded after a competition"));
        };
        if tender.phase(tx.at()) != Phase::Draft {
            return Err(Failure::refused("this is not a draft any more"));
        }
        let wrong = problems(&plan, &store::governance::consortium::in_force(tx).await?);
        if let Some(first) = wrong.first() {
            return Err(Failure::refused(format!("the exercise is not complete: {}", first.message)));
        }
        may_go_on(tx, &tender, &plan, Day::in_uk(tx.at())).await?;
        let resolution = may_be_procured(tx, &tender).await?;
        let places = places_of(tx, &plan, self.provider, Day::in_uk(tx.at())).await?;
        let services = self.chosen.iter().map(|one| priced(one, &places, &plan)).collect::<Result<Vec<_>, _>>()?;
        if services.is_empty() {
            return Err(Failure::invalid("provider", "Select what is bought, of a provider on the lot"));
        }
        if let Some(twice) = twice(&self.chosen) {
            return Err(Failure::invalid(price_field(twice), "This is chosen twice: give it one price"));
        }
        let (act_id, _) = act(tx, &Wanted::free(GovernedAct::AwardFramework, &tender.framework)).await?;
        // From here on it reads as a tender that is over: nothing is asked and nothing is bid.
        (tender.published_at, tender.deadline, tender.questions_until) = (Some(tx.at()), tx.at(), tx.at());
        // No key is made, and to these words nobody can seal a bid.
        (tender.quality_recipient, tender.price_recipient) = (Some(NO_KEY.to_owned()), Some(NO_KEY.to_owned()));
        tx.update(&mut tender, &json!({ "shape": 1, "published": true, "resolution": resolution, "direct": direct.ground })).await?;
        let detail = serde_json::to_string(&(&direct, &services)).map_err(|error| Fault::inconsistent("award.detail", error))?;
        let award = Award {
            id: AwardId(tx.new_id()),
            version: 1,
            org_id: tender.org_id,
            tender_id: tender.id,
            act_id,
            detail,
            // There is no bidder to tell.
            summaries_sent_at: Some(tx.at()),
            notice_published_at: None,
            standstill_until: None,
            terminated_on: None,
            terminated_reason: None,
        };
        tx.create(&award, &json!({ "shape": 1, "tender": tender.id, "act": act_id, "direct": direct.ground })).await?;
        prepare(tx, &tender, self.provider, &services).await?;
        Ok(award.id)
    }
}

/// The field of a price.
fn price_field(chosen: &Chosen) -> String {
    format!("price-{}-{}", chosen.service, chosen.category)
}

/// What is bought of one service in one category for the second time.
fn twice(chosen: &[Chosen]) -> Option<&Chosen> {
    let mut seen = BTreeSet::new();
    chosen.iter().find(|one| !seen.insert((one.service, &one.category)))
}

/// What is bought at a place, if it lies where the exercise asks for it and its price holds.
fn priced(chosen: &Chosen, places: &[(Service, Admission)], plan: &TenderPlan) -> Result<AdmittedService, Failure> {
    let found = places.iter().find(|(service, place)| service.id == chosen.service && place.category == chosen.category);
    let Some((service, place)) = found else {
        return Err(Failure::invalid("provider", "Select what is bought, of a provider on the lot"));
    };
    let exercise = plan.exercise.as_ref();
    if let Some((Lies::Outside, words)) = exercise.and_then(|exercise| exercise.lies(service.kind, facts::point(service))) {
        let why = format!("{} {words}, as the exercise asks: leave this empty", service.name);
        return Err(Failure::invalid(price_field(chosen), why));
    }
    if chosen.weekly <= Pence::ZERO || chosen.weekly > place.tendered_max_pence {
        let most = place.tendered_max_pence;
        return Err(Failure::Invalid(vec![FieldProblem::at(
            price_field(chosen),
            format!("{} tendered {most} a week at most: enter that or less", service.name),
        )]));
    }
    Ok(AdmittedService {
        service: service.id,
        lot: place.lot.clone(),
        name: service.name.clone(),
        category: place.category.clone(),
        weekly: chosen.weekly,
    })
}

/// A place that could be bought of without a competition.
#[derive(Debug, Clone)]
pub struct Available {
    /// Whose it is.
    pub provider: OrganisationId,
    /// Its name.
    pub provider_name: String,
    /// The service with its tendered maximum.
    pub service: AdmittedService,
    /// How it lies to the radius of the exercise, with the words; nothing where no radius is asked for.
    pub place: Option<(Lies, String)>,
}

/// Asks from whom an exercise could be bought without a competition.
#[derive(Debug, Clone, Copy)]
pub struct GetAvailable {
    /// Which exercise.
    pub tender: TenderId,
    /// The day on which it is asked.
    pub today: Day,
}

impl Query for GetAvailable {
    const ACTION: Action = Action::AwardFramework;
    type Answer = (Tender, Vec<Available>);

    async fn relation(&self, reads: &mut ReadTx, caller: &Caller) -> Result<Option<Relation>, Failure> {
        Ok(reads.find::<Tender>(self.tender).await?.and_then(|tender| stands_to(caller, tender.org_id)))
    }

    async fn run(&self, reads: &mut ReadTx, _: &Caller) -> Result<(Tender, Vec<Available>), Failure> {
        let tender: Tender = reads.get(self.tender).await?;
        let plan = tender.plan()?;
        let mut found = Vec::new();
        let Some(exercise) = &plan.exercise else { return Ok((tender, found)) };
        for place in store::market::service::admissions_under(reads, &exercise.under).await? {
            if plan.lot(&place.lot).is_none() || !is_admitted(&place, self.today) {
                continue;
            }
            let service: Service = reads.get(place.service_id).await?;
            found.push(Available {
                provider: service.org_id,
                place: exercise.lies(service.kind, facts::point(&service)),
                provider_name: reads.get::<Organisation>(service.org_id).await?.name,
                service: AdmittedService {
                    service: service.id,
                    lot: place.lot,
                    name: service.name,
                    category: place.category,
                    weekly: place.tendered_max_pence,
                },
            });
        }
        Ok((tender, found))
    }
}
