//! A framework from award to award: where each stands, by when the next is due, and who stays on it without tendering anew.

use std::collections::{BTreeMap, BTreeSet};

use domain::access::{Action, Relation};
use domain::calendar::{Day, Instant};
use domain::consortium::framework::Framework;
use domain::consortium::reaward::{Deadline, alarms_before};
use domain::ids::{CarriedOverId, OrganisationId, TenderId};
use domain::money::price::check_tender;
use domain::pence::WeeklyRate;
use domain::people::{Caller, OrganisationKind};
use domain::procurement::contract::Standing;
use domain::procurement::life::{FrameworkState, Life};
use domain::procurement::plan::TenderPlan;
use domain::procurement::reopening::{CarryOver, may_carry_over};
use domain::procurement::terms::{Awarded, Configured, Terms, terms_over_time};
use serde::Serialize;
use serde_json::json;
use store::market::service::{Admission, Service, admissions_under};
use store::people::organisation::{Organisation, organisations};
use store::procurement::award::{CarriedOver, FrameworkContract, carried_over, contracts_of, of_tender};
use store::procurement::bid::submitted_by;
use store::procurement::reminder::{self, FrameworkReminder};
use store::procurement::tender::{Tender, of_framework};
use store::{Fault, ReadTx, Reads, Threshold, Tx};

use super::agreement::{AdmittedService, standing_of};
use super::exercise::exercises_under;
use super::relation::{not_given_up, of_procurer};
use crate::governance::consortium::terms_configured;
use crate::purchasing::facts::is_admitted;
use crate::{Command, Failure, Query};

/// One award of a framework, or the tender for it.
#[derive(Debug, Clone)]
pub struct Round {
    /// The tender.
    pub tender: Tender,
    /// From which day its award counts, or would.
    pub begins_on: Day,
    /// Where it stands.
    pub state: FrameworkState,
    /// How many agreements both sides have signed.
    pub signed: usize,
    /// The version of the terms on which they are made.
    pub terms: String,
    /// Its agreements.
    contracts: Vec<FrameworkContract>,
}

impl Round {
    /// The award, if an agreement has put it in force.
    fn in_force(&self) -> Option<Awarded> {
        let signed_at = self.contracts.iter().filter_map(|one| one.council_signed_at).min()?;
        let from = self.begins_on.max(Day::in_uk(signed_at));
        Some(Awarded { tender: self.tender.id, signed_at, from, version: self.terms.clone() })
    }
}

/// The awards of a framework in order, each with its state at a moment.
pub(super) async fn rounds(reads: &mut impl Reads, framework: &str, now: Instant) -> Result<Vec<Round>, Failure> {
    let mut rounds: Vec<Round> = Vec::new();
    let mut superseded_on = None;
    for tender in of_framework(reads, framework).await?.into_iter().rev() {
        let (plan, award) = (tender.plan()?, of_tender(reads, tender.id).await?);
        let contracts = contracts_of(reads, tender.id).await?;
        let signed: Vec<Day> = contracts.iter().filter_map(|one| one.council_signed_at).map(Day::in_uk).collect();
        let life = Life {
            published_at: tender.published_at,
            deadline: tender.deadline,
            is_cancelled: tender.is_cancelled(),
            is_awarded: award.is_some(),
            first_contract_on: signed.iter().min().copied(),
            starts_on: plan.begins_on(),
            ends_on: plan.framework.ends_on,
            superseded_on,
            terminated_on: award.and_then(|award| award.terminated_on),
        };
        superseded_on = life.first_contract_on.map(|signed| signed.max(life.starts_on)).or(superseded_on);
        let (begins_on, state, terms) = (life.starts_on, life.state(now), plan.framework.terms_version);
        rounds.push(Round { begins_on, state, signed: signed.len(), terms, contracts, tender });
    }
    rounds.reverse();
    Ok(rounds)
}

/// A framework with its awards and its clock.
#[derive(Debug, Clone)]
pub struct FrameworkView {
    /// As it is configured; nothing while it was never in force.
    pub framework: Option<Framework>,
    /// Its awards in order.
    pub rounds: Vec<Round>,
    /// The exercises under it, by their references.
    pub exercises: Vec<Round>,
    /// By when it is awarded or re-opened again, and its last day.
    pub deadlines: Vec<DeadlineView>,
    /// Which terms held, hold and will hold when; the title of the tender that put them in force.
    pub terms: Vec<(Terms, Option<String>)>,
    /// The agreements that both sides signed, under it and under its exercises.
    pub agreements: Vec<AgreementMade>,
}

/// An agreement that both sides signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgreementMade {
    /// With whom.
    pub provider: String,
    /// By which tender.
    pub tender: TenderId,
    /// Its title.
    pub title: String,
    /// The version of the terms on which it was made.
    pub terms: String,
    /// When the council signed.
    pub signed_at: Instant,
    /// How it stands.
    pub standing: Standing,
}

/// The agreements of some awards, in the order in which they were signed.
async fn made(reads: &mut impl Reads, rounds: impl Iterator<Item = &Round>, today: Day) -> Result<Vec<AgreementMade>, Failure> {
    let providers = organisations(reads, OrganisationKind::Provider).await?;
    let name = |id| providers.iter().find(|one| one.id == id).map_or_else(String::new, |one| one.name.clone());
    let one = |round: &Round, row: &FrameworkContract| {
        Some(AgreementMade {
            provider: name(row.provider_id),
            tender: round.tender.id,
            title: round.tender.title.clone(),
            terms: round.terms.clone(),
            signed_at: row.council_signed_at?,
            standing: standing_of(row).standing(today),
        })
    };
    let mut made: Vec<_> = rounds.flat_map(|round| round.contracts.iter().filter_map(move |row| one(round, row))).collect();
    made.sort_by(|earlier, later| (earlier.signed_at, &earlier.provider).cmp(&(later.signed_at, &later.provider)));
    Ok(made)
}

/// The terms of a framework over time.
async fn terms(reads: &mut impl Reads, framework: &Framework, rounds: &[Round]) -> Result<Vec<(Terms, Option<String>)>, Failure> {
    let mut configured = terms_configured(reads, &framework.reference).await?;
    let awards: Vec<Awarded> = rounds.iter().filter_map(Round::in_force).collect();
    if configured.is_empty() && awards.is_empty() {
        // Configured before terms were noted with each change, and not changed since.
        configured.push(Configured { at: framework.starts_on.starts_at(), version: framework.terms_version.clone() });
    }
    let all = terms_over_time(&configured, &awards, framework.starts_on, framework.ends_on).into_iter();
    let title = |terms: &Terms| rounds.iter().find(|round| Some(round.tender.id) == terms.by).map(|round| round.tender.title.clone());
    Ok(all.map(|terms| (title(&terms), terms)).map(|(title, terms)| (terms, title)).collect())
}

/// A deadline of a framework.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadlineView {
    /// Which.
    pub deadline: Deadline,
    /// Its last day.
    pub due_on: Day,
    /// The days on which people are reminded of it, each with the moment at which letters went out.
    pub alarms: Vec<(Day, Option<Instant>)>,
}

/// The deadlines of a framework with their alarms.
async fn deadlines(reads: &mut impl Reads, framework: &Framework) -> Result<Vec<DeadlineView>, Failure> {
    let sent = reminder::of_framework(reads, &framework.reference).await?;
    let one = |(deadline, due_on): (Deadline, Day)| {
        let letters = |alarm: &Day| {
            let is_this = |one: &&FrameworkReminder| {
                let alarm_of = u32::try_from(one.months).ok().map(|months| due_on.minus_months(months));
                (one.deadline, one.due_on, alarm_of) == (deadline, due_on, Some(*alarm))
            };
            sent.iter().find(is_this).map(|one| one.sent_at)
        };
        DeadlineView { deadline, due_on, alarms: alarms_before(due_on).into_iter().map(|alarm| (alarm, letters(&alarm))).collect() }
    };
    Ok(framework.deadlines().into_iter().map(one).collect())
}

/// Asks how a framework stands.
#[derive(Debug, Clone)]
pub struct GetFramework {
    /// Its reference.
    pub reference: String,
    /// By whose clock.
    pub now: Instant,
}

impl Query for GetFramework {
    const ACTION: Action = Action::SeeFramework;
    type Answer = FrameworkView;

    async fn relation(&self, _: &mut ReadTx, _: &Caller) -> Result<Option<Relation>, Failure> {
        Ok(Some(Relation::Shared))
    }

    async fn run(&self, reads: &mut ReadTx, _: &Caller) -> Result<FrameworkView, Failure> {
        let consortium = store::governance::consortium::in_force(reads).await?;
        let framework = consortium.framework(&self.reference).cloned();
        let rounds = rounds(reads, &self.reference, self.now).await?;
        if framework.is_none() && rounds.is_empty() {
            return Err(Failure::absent());
        }
        let mut exercises = Vec::new();
        let known: BTreeSet<String> = exercises_under(reads, &self.reference).await?.into_iter().map(|tender| tender.framework).collect();
        for reference in known {
            exercises.extend(self::rounds(reads, &reference, self.now).await?);
        }
        let (deadlines, terms) = match &framework {
            Some(framework) => (deadlines(reads, framework).await?, terms(reads, framework, &rounds).await?),
            None => (Vec::new(), Vec::new()),
        };
        let agreements = made(reads, rounds.iter().chain(&exercises), Day::in_uk(self.now)).await?;
        Ok(FrameworkView { framework, rounds, exercises, deadlines, terms, agreements })
    }
}

/// A provider that could stay on a framework which is awarded again, with what it would keep.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// Which provider.
    pub provider: OrganisationId,
    /// Its name.
    pub name: String,
    /// The services, categories and prices that it keeps.
    pub keeps: Vec<AdmittedService>,
    /// What it cannot keep, and why.
    pub loses: Vec<String>,
    /// On what ground it stays, if that was decided.
    pub ground: Option<CarryOver>,
    /// It tenders anew, which is its ground.
    pub has_tendered: bool,
}

/// The providers that are on the framework on the day before its next award.
async fn candidates(reads: &mut impl Reads, tender: &Tender, plan: &TenderPlan) -> Result<Vec<Candidate>, Failure> {
    let before = plan.begins_on().plus_days(-1);
    let mut by_provider: BTreeMap<OrganisationId, Vec<(Service, Admission)>> = BTreeMap::new();
    for admission in admissions_under(reads, &tender.framework).await? {
        if is_admitted(&admission, before) {
            let service: Service = reads.get(admission.service_id).await?;
            by_provider.entry(service.org_id).or_default().push((service, admission));
        }
    }
    let decided = carried_over(reads, tender.id).await?;
    let mut found = Vec::new();
    for (provider, places) in by_provider {
        let (keeps, loses): (Vec<_>, Vec<_>) = places.iter().map(|(service, place)| kept(plan, service, place)).partition(Result::is_ok);
        found.push(Candidate {
            provider,
            name: reads.get::<Organisation>(provider).await?.name,
            keeps: keeps.into_iter().filter_map(Result::ok).collect(),
            loses: loses.into_iter().filter_map(Result::err).collect(),
            ground: decided.iter().find(|one| one.provider_id == provider).map(|one| one.ground),
            has_tendered: !submitted_by(reads, provider, tender.id).await?.is_empty(),
        });
    }
    Ok(found)
}

/// What a place becomes by the next award: the same at the same price, or nothing, with the reason.
fn kept(plan: &TenderPlan, service: &Service, place: &Admission) -> Result<AdmittedService, String> {
    let not = |why: String| Err(format!("{}, {}: {why}", service.name, place.category));
    let category = plan.framework.category(&place.category).filter(|(lot, _)| lot.code == place.lot);
    let Some(published) = category.and_then(|(_, category)| category.maximum_on(plan.begins_on())) else {
        return not("the next award has no such category".to_owned());
    };
    if !plan.framework.allowed_ratings.contains(&service.rating) {
        return not(format!("a service rated {} is not admitted", service.rating));
    }
    if let Err(error) = check_tender(WeeklyRate(place.tendered_max_pence), published.weekly, plan.framework.tender_price_rule) {
        return not(error.to_string());
    }
    Ok(AdmittedService {
        service: service.id,
        lot: place.lot.clone(),
        name: service.name.clone(),
        category: place.category.clone(),
        weekly: place.tendered_max_pence,
    })
}

/// Asks who could stay on the framework that a tender re-opens.
#[derive(Debug, Clone, Copy)]
pub struct GetCarryOver {
    /// Which tender.
    pub tender: TenderId,
}

impl Query for GetCarryOver {
    const ACTION: Action = Action::RunAward;
    type Answer = (Tender, Vec<Candidate>);

    async fn relation(&self, reads: &mut ReadTx, caller: &Caller) -> Result<Option<Relation>, Failure> {
        of_procurer(reads, caller, self.tender).await
    }

    async fn run(&self, reads: &mut ReadTx, _: &Caller) -> Result<(Tender, Vec<Candidate>), Failure> {
        let tender: Tender = reads.get(self.tender).await?;
        let plan = tender.plan()?;
        let found = if plan.reopening.is_some() { candidates(reads, &tender, &plan).await? } else { Vec::new() };
        Ok((tender, found))
    }
}

/// Lets a provider stay on a framework that is awarded again, without a new tender. It is awarded and signs like everybody else.
#[derive(Debug, Clone, Serialize)]
pub struct CarryOverProvider {
    /// By which tender the framework is awarded again.
    pub tender: TenderId,
    /// Which provider.
    pub provider: OrganisationId,
    /// On what ground.
    pub ground: CarryOver,
    /// Why, in words.
    pub reason: String,
}

impl Command for CarryOverProvider {
    const ACTION: Action = Action::RunAward;
    type Answer = CarriedOverId;

    async fn relation(&self, threshold: &mut Threshold, caller: &Caller) -> Result<Option<Relation>, Failure> {
        of_procurer(threshold, caller, self.tender).await
    }

    async fn run(&self, tx: &mut Tx) -> Result<CarriedOverId, Failure> {
        let tender = not_given_up(tx, self.tender).await?;
        let plan = tender.plan()?;
        if plan.reopening.is_none() {
            return Err(Failure::refused("this is the first award of the framework: nobody is on it yet"));
        }
        if tender.published_at.is_none() || of_tender(tx, tender.id).await?.is_some() {
            return Err(Failure::refused("who stays is decided while the tender runs, before the award"));
        }
        may_carry_over(self.ground, plan.framework.regime, plan.suppliers_at_most.is_some())
            .map_err(|refusal| Failure::invalid("ground", refusal.to_string()))?;
        let found = candidates(tx, &tender, &plan).await?.into_iter().find(|one| one.provider == self.provider);
        let found = found.ok_or_else(|| Failure::invalid("provider", "Select a provider that is on the framework"))?;
        if found.has_tendered || self.ground == CarryOver::NewTender {
            return Err(Failure::invalid("ground", "A provider that tenders anew stays if its tender succeeds: nothing is decided here"));
        }
        if found.ground.is_some() {
            return Err(Failure::invalid("provider", "This was decided already"));
        }
        if found.keeps.is_empty() {
            return Err(Failure::refused(format!("{} can keep nothing: {}", found.name, found.loses.join("; "))));
        }
        if self.reason.trim().is_empty() {
            return Err(Failure::invalid("reason", "Say why, in words"));
        }
        let row = CarriedOver {
            id: CarriedOverId(tx.new_id()),
            version: 1,
            org_id: tender.org_id,
            tender_id: tender.id,
            provider_id: self.provider,
            ground: self.ground,
            reason: self.reason.trim().to_owned(),
            services: serde_json::to_string(&found.keeps).map_err(|error| Fault::inconsistent("carried_over.services", error))?,
        };
        tx.create(&row, &json!({ "shape": 1, "provider": self.provider, "ground": self.ground })).await?;
        Ok(row.id)
    }
}
