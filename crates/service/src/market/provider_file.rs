//! The provider file: homes and branches with their judgements, and their admissions to frameworks.

use domain::Code as _;
use domain::access::{Action, Relation};
use domain::calendar::Day;
use domain::ids::{AdmissionId, OrganisationId, RatingId, ServiceId};
use domain::money::price::check_tender;
use domain::pence::{Pence, WeeklyRate};
use domain::people::{Caller, OrganisationKind};
use domain::place::{Place, Postcode};
use domain::purchasing::service::{AcceptedGender, Need, ServiceStanding};
use domain::purchasing::suspension::{Consequence, Judged, StandingAct, Trigger};
use domain::registration::{Rating, Sector, ServiceKind, Urn};
use serde::{Deserialize, Serialize};
use store::market::service::{Admission, RatingRow, Service};
use store::people::organisation::Organisation;
use store::{ReadTx, Reads as _, Threshold, Tx};

use super::suspension;
use crate::{Command, Failure, Query};

/// One judgement as it is entered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judgement {
    /// What was judged.
    pub rating: Rating,
    /// The day of the inspection.
    pub inspected_on: Day,
    /// The day on which the report was published.
    pub published_on: Option<Day>,
    /// Ofsted's number of the inspection.
    pub event_number: Option<String>,
}

/// A home or branch as it is entered: by a contract officer, or from Ofsted's list.
///
/// No list states everything. What an entry does not state, a part that is `None` or empty, leaves what is known as it is: a list
/// that redacts postcodes takes no home off the map.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeepService {
    /// Who runs it, by name; registered when not known yet.
    pub provider_name: String,
    /// The owner's number on Ofsted's list, or a company number.
    pub provider_reference: Option<String>,
    /// Ofsted's number of the service: what makes two entries the same service.
    pub urn: Urn,
    /// A home or a fostering branch.
    pub kind: ServiceKind,
    /// What it is called; a home of which nobody has said the name is called by its number.
    pub name: Option<String>,
    /// Who runs it.
    pub sector: Sector,
    /// Where it is, if known.
    pub postcode: Option<Postcode>,
    /// The postcode was drawn from the right council because the real one is redacted.
    pub postcode_is_synthetic: bool,
    /// Point and council of the postcode.
    pub place: Option<Place>,
    /// How many children may live there; for a branch, its approved places. None are reckoned while nobody has said.
    pub places_registered: Option<u32>,
    /// Youngest and oldest age in years; any child's while nobody has said.
    pub ages: Option<(u32, u32)>,
    /// For whom it is registered; for any while nobody has said.
    pub gender: Option<AcceptedGender>,
    /// Needs for which it is registered; empty when nobody has recorded them.
    pub needs: Vec<Need>,
    /// The registered manager.
    pub manager_name: Option<String>,
    /// The manager's own registration is through; not, while nobody has said.
    pub is_manager_registered: Option<bool>,
    /// When it was registered.
    pub registered_on: Option<Day>,
    /// Judgements known with this entry; earlier ones stay.
    pub judgements: Vec<Judgement>,
    /// It is registered and may be sent referrals.
    pub is_active: bool,
    /// Children only stay for short breaks; `None` when nobody said.
    pub is_short_break_only: Option<bool>,
    /// It does not exist: made for trying out.
    pub is_synthetic: bool,
}

/// What an entry changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// The service.
    pub service: ServiceId,
    /// Its provider.
    pub provider: OrganisationId,
    /// It was not known before.
    pub is_new: bool,
    /// Something about it changed; entering the same twice changes nothing.
    pub is_changed: bool,
}

impl Command for KeepService {
    const ACTION: Action = Action::KeepService;
    type Answer = Kept;

    async fn relation(&self, _: &mut Threshold, _: &Caller) -> Result<Option<Relation>, Failure> {
        Ok(Some(Relation::Shared))
    }

    async fn run(&self, tx: &mut Tx) -> Result<Kept, Failure> {
        if self.ages.is_some_and(|(from, to)| to < from) {
            return Err(Failure::invalid("age_to", "The oldest age must be the youngest age or above"));
        }
        let provider = provider_named(tx, &self.provider_name, self.provider_reference.as_deref(), self.is_synthetic).await?;
        let known = store::market::service::by_urn(tx, self.urn.as_str()).await?;
        let is_new = known.is_none();
        let (mut row, is_moved) = match known {
            None => {
                let id = ServiceId(tx.new_id());
                let row = self.row(id, provider.id);
                tx.create(&row, &serde_json::json!({ "shape": 1, "urn": row.urn })).await?;
                (row, false)
            }
            Some(known) => {
                let mut row = self.over(&known, provider.id);
                if known.status == ServiceStanding::Removed && self.is_active && !is_removed_by_councils(tx, known.id).await? {
                    row.status = ServiceStanding::Active;
                }
                let is_moved = row != known;
                (row, is_moved)
            }
        };
        let before = row.rating;
        let has_new_judgement = self.add_judgements(tx, &mut row).await?;
        if is_moved || has_new_judgement {
            tx.update(&mut row, &serde_json::json!({ "shape": 1, "urn": self.urn.as_str() })).await?;
        }
        if !is_new {
            self.follow(tx, &mut row, has_new_judgement.then_some(before)).await?;
        }
        Ok(Kept { service: row.id, provider: provider.id, is_new, is_changed: is_new || is_moved || has_new_judgement })
    }
}

impl KeepService {
    /// The row of a service that was not known.
    fn row(&self, id: ServiceId, provider: OrganisationId) -> Service {
        let point = self.place.as_ref().map(|place| place.point);
        let (age_from, age_to) = self.ages.unwrap_or((0, 17));
        Service {
            id,
            version: 1,
            org_id: provider,
            kind: self.kind,
            urn: self.urn.to_string(),
            name: self.name.clone().unwrap_or_else(|| by_number(self.kind, &self.urn)),
            sector: self.sector,
            postcode: self.postcode.as_ref().map(ToString::to_string),
            postcode_is_synthetic: self.postcode_is_synthetic,
            easting: point.map(|point| point.easting.into()),
            northing: point.map(|point| point.northing.into()),
            council_code: self.place.as_ref().map(|place| place.council.to_string()),
            places_registered: self.places_registered.unwrap_or(0).into(),
            places_taken: 0,
            age_from: age_from.into(),
            age_to: age_to.into(),
            gender: self.gender.unwrap_or(AcceptedGender::Any).code().to_owned(),
            needs: serde_json::json!(self.needs).to_string(),
            manager_name: self.manager_name.clone(),
            is_manager_registered: self.is_manager_registered.unwrap_or(false),
            rating: Rating::NotYetInspected,
            inspected_on: None,
            registered_on: self.registered_on,
            status: if self.is_active { ServiceStanding::Active } else { ServiceStanding::Removed },
            is_synthetic: self.is_synthetic,
            is_short_break_only: self.is_short_break_only,
            is_scope_stated: (self.ages.is_some() && self.gender.is_some()).then_some(true),
            suspended_on: None,
            assured_on: None,
        }
    }

    /// What follows of itself, in this transaction, for a service that was known: without a registration, or judged inadequate, it is
    /// suspended for every council; requiring improvement, its provider is asked how it will improve.
    async fn follow(&self, tx: &mut Tx, row: &mut Service, judged_before: Option<Rating>) -> Result<(), Failure> {
        if !row.status.takes_children() {
            return Ok(());
        }
        if !self.is_active {
            let reason = "Ofsted’s list says that it is not registered any more, or that its registration is suspended";
            return suspension::begin(tx, row, StandingAct::Suspend, Trigger::RegistrationEnded, reason).await.map(drop);
        }
        let Some(before) = judged_before.filter(|_| matches!(row.rating, Rating::Inadequate | Rating::RequiresImprovement)) else {
            return Ok(());
        };
        let improvement_suspends = store::governance::consortium::in_force(tx).await?.settings.improvement_suspends;
        let inspected = row.inspected_on.map(|day| format!(" after the inspection of {day}")).unwrap_or_default();
        match (Judged { before, now: row.rating, improvement_suspends }).consequence() {
            Consequence::None => Ok(()),
            Consequence::Suspend => {
                let cause = if row.rating == Rating::Inadequate { Trigger::RatedInadequate } else { Trigger::Other };
                let reason = format!("Ofsted judged it: {}{inspected}", row.rating);
                suspension::begin(tx, row, StandingAct::Suspend, cause, &reason).await.map(drop)
            }
            Consequence::AskForPlan => suspension::ask_for_plan(tx, row).await,
        }
    }

    /// What is known with this entry laid over it.
    fn over(&self, known: &Service, provider: OrganisationId) -> Service {
        let mut row = self.row(known.id, provider);
        // What Nearhome itself keeps is not on any list: places taken, suspension, and the judgement so far.
        (row.version, row.places_taken) = (known.version, known.places_taken);
        (row.rating, row.inspected_on) = (known.rating, known.inspected_on);
        (row.status, row.suspended_on, row.assured_on) = (known.status, known.suspended_on, known.assured_on);
        if self.name.is_none() {
            row.name.clone_from(&known.name);
        }
        if self.places_registered.is_none() {
            row.places_registered = known.places_registered;
        }
        if self.ages.is_none() {
            (row.age_from, row.age_to) = (known.age_from, known.age_to);
        }
        if self.gender.is_none() {
            row.gender.clone_from(&known.gender);
        }
        if self.needs.is_empty() {
            row.needs.clone_from(&known.needs);
        }
        if self.is_manager_registered.is_none() {
            row.is_manager_registered = known.is_manager_registered;
        }
        row.manager_name = row.manager_name.or_else(|| known.manager_name.clone());
        row.registered_on = row.registered_on.or(known.registered_on);
        row.is_short_break_only = row.is_short_break_only.or(known.is_short_break_only);
        row.is_scope_stated = row.is_scope_stated.or(known.is_scope_stated);
        self.keep_place(known, &mut row);
        row
    }

    /// The postcode and its point belong together: both stay when none is stated, or when a drawn one would take the place of a
    /// real one, and the point stays when the same postcode is stated by somebody who has no directory to look it up in.
    fn keep_place(&self, known: &Service, row: &mut Service) {
        let is_stated = row.postcode.is_some() && !(self.postcode_is_synthetic && known.postcode.is_some() && !known.postcode_is_synthetic);
        if !is_stated {
            row.postcode.clone_from(&known.postcode);
            row.postcode_is_synthetic = known.postcode_is_synthetic;
        }
        if row.postcode == known.postcode && (!is_stated || self.place.is_none()) {
            (row.easting, row.northing) = (known.easting, known.northing);
            row.council_code.clone_from(&known.council_code);
        }
    }

    /// Adds the judgements that are not in the history yet; the newest of all becomes the service's rating.
    async fn add_judgements(&self, tx: &mut Tx, row: &mut Service) -> Result<bool, Failure> {
        let known = store::market::service::ratings_of(tx, row.id).await?;
        for judgement in &self.judgements {
            let is_known = known.iter().any(|rating| rating.inspected_on == judgement.inspected_on && rating.rating == judgement.rating);
            if is_known {
                continue;
            }
            let rating = RatingRow {
                id: RatingId(tx.new_id()),
                version: 1,
                service_id: row.id,
                rating: judgement.rating,
                inspected_on: judgement.inspected_on,
                published_on: judgement.published_on,
                event_number: judgement.event_number.clone(),
            };
            tx.create(&rating, &serde_json::json!({ "shape": 1, "urn": row.urn })).await?;
        }
        let newest = self.judgements.iter().max_by_key(|judgement| judgement.inspected_on);
        match newest {
            Some(newest) if row.inspected_on.is_none_or(|inspected| inspected < newest.inspected_on) => {
                (row.rating, row.inspected_on) = (newest.rating, Some(newest.inspected_on));
                Ok(true)
            }
            _ => Ok(false),
        }
    }
}

/// Whether the councils removed it for good: then no list brings it back.
async fn is_removed_by_councils(tx: &mut Tx, service: ServiceId) -> Result<bool, Failure> {
    let ends = store::market::suspension::of_service(tx, service).await?.into_iter().map(|one| one.ended_as);
    Ok(ends.flatten().any(|ended| ended == ServiceStanding::Removed))
}

/// What a service is called while its name is not known.
fn by_number(kind: ServiceKind, urn: &Urn) -> String {
    match kind {
        ServiceKind::Home => format!("Children’s home {urn}"),
        ServiceKind::Fostering => format!("Fostering agency {urn}"),
    }
}

async fn provider_named(tx: &mut Tx, name: &str, reference: Option<&str>, is_synthetic: bool) -> Result<Organisation, Failure> {
    if let Some(known) = store::people::organisation::provider_by_name(tx, name).await? {
        return Ok(known);
    }
    let provider = Organisation {
        id: OrganisationId(tx.new_id()),
        version: 1,
        kind: OrganisationKind::Provider,
        name: name.trim().to_owned(),
        council_code: None,
        reference: reference.map(str::to_owned),
        is_synthetic,
    };
    tx.create(&provider, &serde_json::json!({ "shape": 1 })).await?;
    Ok(provider)
}

/// Admits a service to a category of a framework, with the maximum price it tendered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdmitService {
    /// Who is admitted.
    pub service: ServiceId,
    /// The framework's reference.
    pub framework: String,
    /// The lot's code.
    pub lot: String,
    /// The category's code.
    pub category: String,
    /// The most that it will ask for a week.
    pub tendered_max_pence: Pence,
    /// From when.
    pub admitted_on: Day,
}

impl Command for AdmitService {
    const ACTION: Action = Action::AdmitService;
    type Answer = AdmissionId;

    async fn relation(&self, threshold: &mut Threshold, _: &Caller) -> Result<Option<Relation>, Failure> {
        Ok(threshold.find::<Service>(self.service).await?.map(|_| Relation::Shared))
    }

    async fn run(&self, tx: &mut Tx) -> Result<AdmissionId, Failure> {
        let service: Service = tx.get(self.service).await?;
        let consortium = store::governance::consortium::in_force(tx).await?;
        let framework = consortium
            .framework(&self.framework)
            .ok_or_else(|| Failure::invalid("framework", format!("There is no framework {}", self.framework)))?;
        let (_, category) = framework
            .category(&self.category)
            .filter(|(lot, _)| lot.code == self.lot)
            .ok_or_else(|| Failure::invalid("category", format!("There is no category {} in lot {}", self.category, self.lot)))?;
        if framework.service != service.kind {
            return Err(Failure::refused(format!("{} buys from other services than a {}", framework.title, service.kind)));
        }
        if !framework.allowed_ratings.contains(&service.rating) {
            return Err(Failure::refused(format!("a service rated {} is not admitted to {}", service.rating, framework.reference)));
        }
        let published = category
            .maximum_on(self.admitted_on)
            .ok_or_else(|| Failure::refused(format!("no maximum price is published for {} on that day", self.category)))?;
        check_tender(WeeklyRate(self.tendered_max_pence), published.weekly, framework.tender_price_rule)
            .map_err(|error| Failure::invalid("tendered_max_pence", error.to_string()))?;
        let known = store::market::service::latest_admission(tx, self.service, &self.framework, &self.lot, &self.category).await?;
        if let Some(known) = known {
            return Err(Failure::Conflict(format!("it was admitted to this category on {}", known.admitted_on)));
        }
        let admission = Admission {
            id: AdmissionId(tx.new_id()),
            version: 1,
            service_id: self.service,
            framework: self.framework.clone(),
            lot: self.lot.clone(),
            category: self.category.clone(),
            tendered_max_pence: self.tendered_max_pence,
            admitted_on: self.admitted_on,
            ended_on: None,
            suspended_from: None,
            suspended_until: None,
        };
        tx.create(&admission, &serde_json::json!({ "shape": 1, "category": self.category })).await?;
        Ok(admission.id)
    }
}

/// A page of the provider file, after a URN.
#[derive(Debug, Clone, Default)]
pub struct Services {
    /// The last URN of the page before; empty for the first.
    pub after: String,
    /// Only homes, or only branches.
    pub kind: Option<ServiceKind>,
    /// Only in the area of this council or district.
    pub council_code: Option<String>,
    /// At most so many, at most 200.
    pub limit: u32,
}

impl Query for Services {
    const ACTION: Action = Action::SeeServices;
    type Answer = Vec<Service>;

    async fn relation(&self, _: &mut ReadTx, caller: &Caller) -> Result<Option<Relation>, Failure> {
        Ok(Some(if caller.kind == OrganisationKind::Provider { Relation::Own } else { Relation::Shared }))
    }

    async fn run(&self, reads: &mut ReadTx, caller: &Caller) -> Result<Vec<Service>, Failure> {
        if caller.kind == OrganisationKind::Provider {
            return Ok(store::market::service::of_provider(reads, caller.organisation).await?);
        }
        let limit = self.limit.clamp(1, 200).into();
        Ok(store::market::service::page(reads, &self.after, self.kind, self.council_code.as_deref(), limit).await?)
    }
}
