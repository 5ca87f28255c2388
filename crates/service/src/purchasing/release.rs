//! The act that sends a child's anonymised profile to the services admitted to a category.

use std::collections::BTreeSet;

use domain::access::{Action, Relation};
use domain::calendar::{Day, Instant};
use domain::consortium::framework::{Category, Framework};
use domain::consortium::{Consortium, CouncilCode};
use domain::ids::{OrganisationId, ReferralId, ReleaseId, ServiceId};
use domain::people::{Caller, Role};
use domain::purchasing::fields::Answers;
use domain::purchasing::offer::OfferState;
use domain::purchasing::profile::{ChildIdentity, Profile, ProfileLine, ReleaseWarning, warnings};
use domain::purchasing::referral::{ReferralAct, ReferralState, Urgency};
use domain::registration::Rating;
use serde::{Deserialize, Serialize};
use store::market::service::Service;
use store::people::organisation::Organisation;
use store::purchasing::referral::Referral;
use store::purchasing::release::Release;
use store::{ReadTx, Reads, Threshold, Tx};
use uuid::Uuid;

use crate::governance::inter_authority::check_bound;
use crate::jobs::mail::{Mail, enqueue};
use crate::purchasing::referral::{all_answers, load, own};
use crate::purchasing::search::{decide, record};
use crate::{Command, Failure, Query};

/// Sends the profile to every service that is admitted to a category and was not asked under it yet.
#[derive(Serialize, Deserialize, Debug, Clone)]
pub struct ReleaseReferral {
    /// Which referral.
    pub referral: ReferralId,
    /// Its version as it was opened.
    pub version: i64,
    /// The framework's reference.
    pub framework: String,
    /// The lot's code.
    pub lot: String,
    /// The category's code.
    pub category: String,
    /// Until when offers are awaited; by the framework's order of waves when absent.
    pub closes_at: Option<Instant>,
    /// The officer has read what the check of the free texts found, and releases them.
    pub warnings_read: bool,
}

/// A wave that was sent.
#[derive(Serialize, Deserialize, Debug, Clone, PartialEq, Eq)]
pub struct Released {
    /// The referral's state.
    pub state: ReferralState,
    /// Its version.
    pub version: i64,
    /// Which wave it is, from 1.
    pub wave: i64,
    /// How many services were asked.
    pub services: u32,
    /// Until when they may answer.
    pub closes_at: Instant,
}

impl Command for ReleaseReferral {
    const ACTION: Action = Action::ReleaseReferral;
    type Answer = Released;

    async fn relation(&self, threshold: &mut Threshold, caller: &Caller) -> Result<Option<Relation>, Failure> {
        own(threshold, caller, self.referral).await
    }

    async fn run(&self, tx: &mut Tx) -> Result<Released, Failure> {
        let mut referral = decide(tx, self.referral, self.version, ReferralAct::Release, "").await?;
        let (profile, found) = profile_of(tx, self.referral, Day::in_uk(tx.at())).await?;
        if !found.is_empty() && !self.warnings_read {
            return Err(Failure::refused(unread(&found)));
        }
        let consortium = store::governance::consortium::in_force(tx).await?;
        let framework = self.open_framework(tx, &consortium, &profile).await?;
        let closes_at = self.closing(&consortium, framework, referral.urgency, tx.at())?;
        let known = store::purchasing::release::of_referral(tx, referral.org_id, referral.id).await?;
        let asked = self.to_ask(tx, framework, &profile, &known).await?;
        let wave = known.iter().map(|release| release.wave).max().unwrap_or(0) + 1;
        self.send(tx, &referral, &profile, &asked, wave, closes_at).await?;
        let subject = format!("A referral awaits your answer: {}", referral.number);
        let body = format!("Referral {} was sent to you. Sign in to read the profile, and offer a place or decline.", referral.number);
        tell(tx, asked.iter().map(|service| service.org_id), &subject, &body).await?;
        (referral.framework, referral.lot, referral.category) =
            (Some(self.framework.clone()), Some(self.lot.clone()), Some(self.category.clone()));
        (referral.released_at, referral.closes_at) = (Some(tx.at()), Some(closes_at));
        let stands = record(tx, referral, ReferralAct::Release, Some(&self.category)).await?;
        let services = u32::try_from(asked.len()).unwrap_or(u32::MAX);
        Ok(Released { state: stands.state, version: stands.version, wave, services, closes_at })
    }
}

impl ReleaseReferral {
    /// The framework, if this council may buy from it today and the category takes a child of this age.
    async fn open_framework<'a>(&self, tx: &mut Tx, consortium: &'a Consortium, profile: &Profile) -> Result<&'a Framework, Failure> {
        let unknown = || Failure::invalid("framework", format!("There is no framework {}", self.framework));
        let framework = consortium.framework(&self.framework).ok_or_else(unknown)?;
        let council: Organisation = tx.get(tx.caller().organisation).await?;
        if !council.council_code.clone().map(CouncilCode).is_some_and(|code| framework.users.contains(&code)) {
            return Err(Failure::refused(format!("{} is not among the councils that may buy from {}", council.name, framework.title)));
        }
        let today = Day::in_uk(tx.at());
        if today < framework.starts_on || today > framework.ends_on {
            let (from, to) = (framework.starts_on, framework.ends_on);
            return Err(Failure::refused(format!("{} runs from {from} to {to}", framework.title)));
        }
        check_bound(tx, council.id, framework, today).await?;
        let category = self.category_of(framework)?;
        if category.ages.is_some_and(|ages| !ages.holds(profile.age_years)) {
            let (name, age) = (&category.name, profile.age_years);
            return Err(Failure::refused(format!("the category `{name}` is not for a child of {age} years: choose another")));
        }
        Ok(framework)
    }

    fn category_of<'a>(&self, framework: &'a Framework) -> Result<&'a Category, Failure> {
        let found = framework.category(&self.category).filter(|(lot, _)| lot.code == self.lot);
        found
            .map(|(_, category)| category)
            .ok_or_else(|| Failure::invalid("category", format!("There is no category {} in lot {}", self.category, self.lot)))
    }

    /// Until when this wave is open: as the officer says, else until the next wave of the preset.
    fn closing(&self, consortium: &Consortium, framework: &Framework, urgency: Urgency, at: Instant) -> Result<Instant, Failure> {
        let code = if urgency == Urgency::Emergency { &consortium.settings.emergency_cascade } else { &framework.cascade };
        let closes_at = self.closes_at.or_else(|| consortium.cascade(code).and_then(|preset| preset.answers_due(at)));
        match closes_at {
            Some(closes_at) if closes_at > at => Ok(closes_at),
            Some(_) => Err(Failure::invalid("closes_at", "The deadline for offers must be in the future")),
            None => Err(Failure::invalid("closes_at", "Enter the deadline for offers")),
        }
    }

    async fn to_ask(&self, tx: &mut Tx, framework: &Framework, profile: &Profile, known: &[Release]) -> Result<Vec<Service>, Failure> {
        let today = Day::in_uk(tx.at());
        let admitted = store::market::service::admitted(tx, &self.framework, &self.lot, &self.category, today).await?;
        let mut services: Vec<Service> = admitted.into_iter().filter(|service| service.kind == framework.service).collect();
        if services.is_empty() {
            return Err(Failure::refused(format!("no service is admitted to {} today", self.category)));
        }
        services.retain(|service| may_be_asked(service, profile));
        if services.is_empty() {
            let category = &self.category;
            let why = "is rated inadequate or takes children for short breaks only";
            return Err(Failure::refused(format!("every service admitted to {category} {why}")));
        }
        let offers = store::purchasing::offer::of_referral(tx, tx.caller().organisation, self.referral).await?;
        let bought = [&self.framework, &self.lot, &self.category];
        let at = tx.at();
        // Whoever let the deadline pass or took an offer back may be asked again, with the profile of today.
        let is_asked = |release: &Release| {
            let is_open = release.outcome.is_none() && [&release.framework, &release.lot, &release.category] == bought;
            let offer = offers.iter().find(|offer| offer.release_id == release.id).map(|offer| offer.state);
            is_open
                && offer
                    .map_or(at <= release.closes_at, |state| state.is_live() || (state == OfferState::Declined && at <= release.closes_at))
        };
        let asked: BTreeSet<ServiceId> = known.iter().filter(|release| is_asked(release)).map(|release| release.service_id).collect();
        services.retain(|service| !asked.contains(&service.id));
        if services.is_empty() {
            return Err(Failure::refused(format!("every service admitted to {} was asked already", self.category)));
        }
        Ok(services)
    }

    async fn send(
        &self,
        tx: &mut Tx,
        referral: &Referral,
        profile: &Profile,
        asked: &[Service],
        wave: i64,
        closes_at: Instant,
    ) -> Result<(), Failure> {
        let profile = serde_json::to_string(profile).map_err(|error| store::Fault::inconsistent("release.profile", error))?;
        for service in asked {
            let release = Release {
                id: ReleaseId(tx.new_id()),
                version: 1,
                org_id: referral.org_id,
                provider_id: service.org_id,
                referral_id: referral.id,
                service_id: service.id,
                number: referral.number.clone(),
                framework: self.framework.clone(),
                lot: self.lot.clone(),
                category: self.category.clone(),
                wave,
                released_at: tx.at(),
                closes_at,
                profile: profile.clone(),
                added_to_at: None,
                outcome: None,
                outcome_reason: None,
            };
            tx.create(&release, &serde_json::json!({ "shape": 1, "number": referral.number, "wave": wave })).await?;
        }
        Ok(())
    }
}

/// One letter to each of these providers' referrals managers, however many of its services are concerned.
pub(crate) async fn tell(
    tx: &mut Tx,
    providers: impl IntoIterator<Item = OrganisationId>,
    subject: &str,
    body: &str,
) -> Result<(), Failure> {
    for provider in providers.into_iter().collect::<BTreeSet<_>>() {
        let people = store::people::organisation::colleagues(tx, provider).await?;
        for person in people.into_iter().filter(|person| person.role == Role::ReferralsManager) {
            enqueue(tx, &Mail::Notice { to: person.email, subject: subject.to_owned(), body: body.to_owned() }).await?;
        }
    }
    Ok(())
}

/// A home that could not be chosen is not told of the child: one rated inadequate takes no new placements, and a home for short
/// breaks is no place to live.
fn may_be_asked(service: &Service, profile: &Profile) -> bool {
    service.rating != Rating::Inadequate && (profile.is_for_short_breaks() || service.is_short_break_only != Some(true))
}

/// Says where the check found something, never what: a refusal is written to logs.
pub(crate) fn unread(found: &[ReleaseWarning]) -> String {
    let places: BTreeSet<&str> = found.iter().map(|warning| warning.label).collect();
    let places: Vec<&str> = places.into_iter().collect();
    format!("read what may identify the child in these answers, and mend it or confirm it: {}", places.join(", "))
}

pub(crate) async fn profile_of(reads: &mut impl Reads, referral: ReferralId, on: Day) -> Result<(Profile, Vec<ReleaseWarning>), Failure> {
    let (referral, child) = load(reads, referral).await?;
    let answers = all_answers(&referral, &child)?;
    let identity = identity(&answers)?;
    let profile = Profile::of(&answers, &identity, on);
    let found = warnings(&profile, &identity);
    Ok((profile, found))
}

fn identity(answers: &Answers) -> Result<ChildIdentity, Failure> {
    ChildIdentity::from_answers(answers).ok_or_else(|| Failure::refused("enter the child's given name and date of birth first"))
}

/// The profile as providers would read it today, with what may identify the child in it.
#[derive(Debug, Clone, Copy)]
pub struct PreviewProfile {
    /// Which referral.
    pub referral: ReferralId,
    /// The day for which the age is reckoned.
    pub on: Day,
}

/// A profile before it is sent.
#[derive(Debug, Clone)]
pub struct Preview {
    /// The child's age in completed years.
    pub age_years: u32,
    /// The first half of the home postcode.
    pub home_outward: Option<String>,
    /// What providers would read.
    pub lines: Vec<ProfileLine>,
    /// What may identify the child, for the officer to read.
    pub warnings: Vec<ReleaseWarning>,
}

impl Query for PreviewProfile {
    const ACTION: Action = Action::SeeReferral;
    type Answer = Preview;

    fn sensitive(&self) -> Option<Uuid> {
        Some(self.referral.into())
    }

    async fn relation(&self, reads: &mut ReadTx, caller: &Caller) -> Result<Option<Relation>, Failure> {
        own(reads, caller, self.referral).await
    }

    async fn run(&self, reads: &mut ReadTx, _: &Caller) -> Result<Preview, Failure> {
        let (profile, warnings) = profile_of(reads, self.referral, self.on).await?;
        Ok(Preview { age_years: profile.age_years, lines: profile.lines(), home_outward: profile.home_outward, warnings })
    }
}
