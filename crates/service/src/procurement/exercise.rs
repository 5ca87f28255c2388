//! Exercises under a framework: who may take part, and the award to one provider without a competition.

use domain::access::{Action, Relation};
use domain::calendar::Day;
use domain::governance::decision::GovernedAct;
use domain::ids::{AwardId, OrganisationId, ServiceId, TenderId};
use domain::pence::Pence;
use domain::people::Caller;
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
use super::tender::{may_be_procured, problems};
use crate::governance::decision::stands_to;
use crate::governance::delegation::{Wanted, act};
use crate::purchasing::facts::is_admitted;
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

/// Whether a provider may bid: anybody for a framework, for an exercise those who are on its lots on the day of the deadline, as the
/// record has it today. Nobody bids where one provider is chosen without a competition.
pub(super) async fn may_bid(reads: &mut impl Reads, tender: &Tender, provider: OrganisationId) -> Result<bool, Failure> {
    let plan = tender.plan()?;
    match &plan.exercise {
        None => Ok(true),
        Some(exercise) if exercise.direct.is_some() => Ok(false),
        Some(_) => Ok(!places_of(reads, &plan, provider, Day::in_uk(tender.deadline)).await?.is_empty()),
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
        let resolution = may_be_procured(tx, &tender).await?;
        let places = places_of(tx, &plan, self.provider, Day::in_uk(tx.at())).await?;
        let services = self.chosen.iter().map(|one| priced(one, &places)).collect::<Result<Vec<_>, _>>()?;
        if services.is_empty() {
            return Err(Failure::invalid("provider", "Select what is bought, of a provider on the lot"));
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

/// What is bought at a place, if its price holds.
fn priced(chosen: &Chosen, places: &[(Service, Admission)]) -> Result<AdmittedService, Failure> {
    let found = places.iter().find(|(service, place)| service.id == chosen.service && place.category == chosen.category);
    let Some((service, place)) = found else {
        return Err(Failure::invalid("provider", "Select what is bought, of a provider on the lot"));
    };
    if chosen.weekly <= Pence::ZERO || chosen.weekly > place.tendered_max_pence {
        let most = place.tendered_max_pence;
        return Err(Failure::Invalid(vec![FieldProblem::at(
            format!("price-{}-{}", chosen.service, chosen.category),
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
