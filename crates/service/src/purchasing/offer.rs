//! A provider's side: the inbox, the profile that was received, and the answer to it.

use domain::access::{Action, Relation};
use domain::calendar::{Day, Instant};
use domain::consortium::Consortium;
use domain::ids::{OfferId, OrganisationId, ReleaseId, ServiceId};
use domain::pence::{Pence, WeeklyRate};
use domain::people::Caller;
use domain::purchasing::fields::{Answer, Answers, Field, FieldError, Page};
use domain::purchasing::forms::{RawForm, missing, parse_all};
use domain::purchasing::offer::{DeclineReason, OfferAct, OfferRefusal, OfferState, Wave};
use domain::purchasing::offer_form::{fields, pages, price, valid_until};
use domain::purchasing::profile::{Profile, ProfileLine};
use domain::purchasing::service::ServiceStanding;
use domain::registration::ServiceKind;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::market::service::Service;
use store::people::organisation::Organisation;
use store::purchasing::offer::Offer;
use store::purchasing::release::{InboxLine, Release};
use store::{Fault, ReadTx, Reads, Threshold, Tx};
use uuid::Uuid;

use super::facts::{self, Bought, calm};
use crate::{Command, Failure, FieldProblem, Query, Slice};

/// How a caller stands to a release: the provider that was asked is the counterparty.
async fn relation(reads: &mut impl Reads, release: ReleaseId, caller: &Caller) -> Result<Option<Relation>, Failure> {
    let Some(release) = reads.find::<Release>(release).await? else { return Ok(None) };
    Ok(if release.provider_id == caller.organisation {
        Some(Relation::Counterparty)
    } else if release.org_id == caller.organisation {
        Some(Relation::Own)
    } else {
        None
    })
}

/// An answer that nobody has begun.
fn blank(id: OfferId, release: &Release) -> Offer {
    Offer {
        id,
        version: 1,
        org_id: release.org_id,
        provider_id: release.provider_id,
        referral_id: release.referral_id,
        release_id: release.id,
        service_id: release.service_id,
        state: OfferState::Draft,
        answers: "{}".to_owned(),
        core_weekly_pence: None,
        extras_weekly_pence: None,
        decline_reason: None,
        submitted_at: None,
        submitted_by: None,
        is_price_exception: false,
        overrides: "[]".to_owned(),
        outcome_reason: None,
    }
}

fn written(answers: &Answers) -> Result<String, Fault> {
    serde_json::to_string(answers).map_err(|error| Fault::inconsistent("offer.answers", error))
}

/// Refuses to go on once the council has told the provider how the search ended.
fn still_asked(release: &Release) -> Result<(), Failure> {
    match &release.outcome {
        Some(_) => Err(Failure::refused("the council has decided: this referral takes no more answers")),
        None => Ok(()),
    }
}

/// A late offer is refused here, whatever the officer may arrange: a new wave asks those again who let the deadline pass.
fn wave(release: &Release, at: Instant) -> Wave {
    if at > release.closes_at { Wave::Closed { on: Day::in_uk(release.closes_at) } } else { Wave::Open }
}

/// Adds the row, or writes its next version.
async fn keep(tx: &mut Tx, offer: &mut Offer, is_new: bool, event: &serde_json::Value) -> Result<(), Failure> {
    if is_new {
        tx.create(&*offer, event).await?;
    } else {
        tx.update(offer, event).await?;
    }
    Ok(())
}

/// What became of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferKept {
    /// The answer.
    pub offer: OfferId,
    /// Its version, for the next form.
    pub version: i64,
    /// Where it stands.
    pub state: OfferState,
    /// The price is above a maximum and needs its own approval.
    pub is_price_exception: bool,
    /// What could not be kept, each at its input.
    pub problems: Vec<FieldProblem>,
}

impl OfferKept {
    fn of(offer: &Offer, problems: Vec<FieldProblem>) -> Self {
        let (version, state, is_price_exception) = (offer.version, offer.state, offer.is_price_exception);
        Self { offer: offer.id, version, state, is_price_exception, problems }
    }
}

/// Saves a page of a draft. What parses is kept; what does not is answered as problems, so that nothing typed twice is lost.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SaveOffer {
    /// The release that is answered.
    pub release: ReleaseId,
    /// The version of the draft that the form showed; none for the first page.
    pub version: Option<i64>,
    /// The page's slug; all pages when absent.
    pub page: Option<String>,
    /// The inputs as they were sent.
    pub pairs: Vec<(String, String)>,
}

impl SaveOffer {
    fn fields(&self, kind: ServiceKind) -> Result<Vec<&'static Field>, Failure> {
        let Some(slug) = &self.page else { return Ok(fields(kind).collect()) };
        let page = pages(kind).iter().find(|page| page.slug == slug).ok_or_else(Failure::absent)?;
        Ok(page.fields.iter().collect())
    }
}

impl Command for SaveOffer {
    const ACTION: Action = Action::AnswerRelease;
    type Answer = OfferKept;

    async fn relation(&self, threshold: &mut Threshold, caller: &Caller) -> Result<Option<Relation>, Failure> {
        relation(threshold, self.release, caller).await
    }

    async fn run(&self, tx: &mut Tx) -> Result<OfferKept, Failure> {
        let release: Release = tx.get(self.release).await?;
        still_asked(&release)?;
        let service: Service = tx.get(release.service_id).await?;
        let known = store::purchasing::offer::of_release(tx, release.id).await?;
        let is_new = known.is_none();
        let mut offer = known.unwrap_or_else(|| blank(OfferId(tx.new_id()), &release));
        if offer.state != OfferState::Draft {
            return Err(Failure::refused(OfferRefusal::NotNow { state: offer.state, act: OfferAct::Submit }));
        }
        if self.version.is_some_and(|version| version != offer.version) {
            return Err(Fault::Stale { table: "offer" }.into());
        }
        let mut answers = offer.answers()?;
        let raw = RawForm::from_pairs(self.pairs.clone());
        let refused = parse_all(self.fields(service.kind)?, &raw, &mut answers);
        offer.answers = written(&answers)?;
        keep(tx, &mut offer, is_new, &json!({ "shape": 1, "page": self.page })).await?;
        Ok(OfferKept::of(&offer, facts::problems(refused)))
    }
}

/// Sends the draft to the council.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SubmitOffer {
    /// The release that is answered.
    pub release: ReleaseId,
}

impl Command for SubmitOffer {
    const ACTION: Action = Action::AnswerRelease;
    type Answer = OfferKept;

    async fn relation(&self, threshold: &mut Threshold, caller: &Caller) -> Result<Option<Relation>, Failure> {
        relation(threshold, self.release, caller).await
    }

    async fn run(&self, tx: &mut Tx) -> Result<OfferKept, Failure> {
        let release: Release = tx.get(self.release).await?;
        still_asked(&release)?;
        let service: Service = tx.get(release.service_id).await?;
        may_offer(&service)?;
        let draft = store::purchasing::offer::of_release(tx, release.id).await?;
        let mut offer = draft.ok_or_else(|| Failure::refused("fill in the offer first"))?;
        let answers = offer.answers()?;
        let (at, today) = (tx.at(), Day::in_uk(tx.at()));
        let siblings = store::purchasing::offer::of_referral(tx, release.org_id, release.referral_id).await?;
        let same_home = siblings.iter().filter(|other| other.id != offer.id && other.service_id == service.id && other.state.is_live());
        let mut known = calm(today);
        known.missing = missing(fields(service.kind), &answers);
        known.wave = wave(&release, at);
        // A branch offers several households for one child; a home offers itself once.
        known.same_home_offers = if service.kind == ServiceKind::Home { u32::try_from(same_home.count()).unwrap_or(u32::MAX) } else { 0 };
        known.valid_until = valid_until(&answers);
        offer.state = offer.state.after(OfferAct::Submit, &known).map_err(refused)?;
        let itemised = price(&answers).map_err(|error| Failure::invalid("core_weekly", error.to_string()))?;
        let extras = itemised.total().0.minus(itemised.core().0).map_err(Failure::refused)?;
        let verdict = price_verdict(tx, &release, itemised.core(), today).await?;
        offer.is_price_exception = verdict.is_some_and(domain::money::price::PriceVerdict::is_exception);
        (offer.core_weekly_pence, offer.extras_weekly_pence) = (Some(itemised.core().0), Some(extras));
        (offer.submitted_at, offer.submitted_by) = (Some(at), Some(tx.caller().person));
        let event = json!({ "shape": 1, "state": offer.state, "is_price_exception": offer.is_price_exception });
        tx.update(&mut offer, &event).await?;
        Ok(OfferKept::of(&offer, Vec::new()))
    }
}

async fn price_verdict(
    tx: &mut Tx,
    release: &Release,
    core: WeeklyRate,
    on: Day,
) -> Result<Option<domain::money::price::PriceVerdict>, Failure> {
    let consortium = store::governance::consortium::in_force(tx).await?;
    let admission =
        store::market::service::admission(tx, release.service_id, &release.framework, &release.lot, &release.category, on).await?;
    let bought = Bought { framework: &release.framework, category: &release.category };
    facts::verdict(&consortium, bought, admission.as_ref(), core, on)
}

fn may_offer(service: &Service) -> Result<(), Failure> {
    match service.status {
        ServiceStanding::Active | ServiceStanding::Restricted => Ok(()),
        ServiceStanding::Suspended => Err(Failure::refused("the service is suspended: it takes no new placements until assured again")),
        ServiceStanding::Removed => Err(Failure::refused("the service is no longer registered")),
    }
}

/// Open questions go to their inputs, every other refusal is a sentence.
fn refused(refusal: OfferRefusal) -> Failure {
    if let OfferRefusal::Incomplete { missing } = refusal { Failure::Invalid(facts::problems(missing)) } else { Failure::refused(refusal) }
}

/// Says no to a referral. Welcome after the deadline too: a reason is knowledge of the market.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DeclineRelease {
    /// The release that is answered.
    pub release: ReleaseId,
    /// Why.
    pub reason: DeclineReason,
    /// The same in words; needed for `Another reason`.
    pub note: String,
}

impl Command for DeclineRelease {
    const ACTION: Action = Action::AnswerRelease;
    type Answer = OfferKept;

    async fn relation(&self, threshold: &mut Threshold, caller: &Caller) -> Result<Option<Relation>, Failure> {
        relation(threshold, self.release, caller).await
    }

    async fn run(&self, tx: &mut Tx) -> Result<OfferKept, Failure> {
        let note = self.note.trim();
        if self.reason == DeclineReason::Other && note.is_empty() {
            return Err(Failure::invalid("note", "Enter the reason"));
        }
        let release: Release = tx.get(self.release).await?;
        still_asked(&release)?;
        let known = store::purchasing::offer::of_release(tx, release.id).await?;
        let is_new = known.is_none();
        let mut offer = known.unwrap_or_else(|| blank(OfferId(tx.new_id()), &release));
        let mut reasoned = calm(Day::in_uk(tx.at()));
        reasoned.reason = self.reason.to_string();
        offer.state = offer.state.after(OfferAct::Decline, &reasoned).map_err(refused)?;
        offer.decline_reason = Some(self.reason);
        let mut answers = offer.answers()?;
        answers.set("decline_note", (!note.is_empty()).then(|| Answer::Text(note.to_owned())));
        offer.answers = written(&answers)?;
        let event = json!({ "shape": 1, "state": offer.state, "reason": self.reason });
        keep(tx, &mut offer, is_new, &event).await?;
        Ok(OfferKept::of(&offer, Vec::new()))
    }
}

/// Takes an offer back. One that is already preferred stays on the council's desk as withdrawn until it is set aside there.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct WithdrawOffer {
    /// The release that was answered.
    pub release: ReleaseId,
    /// Why.
    pub reason: String,
}

impl Command for WithdrawOffer {
    const ACTION: Action = Action::AnswerRelease;
    type Answer = OfferKept;

    async fn relation(&self, threshold: &mut Threshold, caller: &Caller) -> Result<Option<Relation>, Failure> {
        relation(threshold, self.release, caller).await
    }

    async fn run(&self, tx: &mut Tx) -> Result<OfferKept, Failure> {
        let offer = store::purchasing::offer::of_release(tx, self.release).await?;
        let mut offer = offer.ok_or_else(|| Failure::refused("there is no offer to withdraw"))?;
        let mut known = calm(Day::in_uk(tx.at()));
        known.reason.clone_from(&self.reason);
        // A draft was never sent: it has nothing to withdraw.
        if offer.state == OfferState::Draft {
            return Err(Failure::refused(OfferRefusal::NotNow { state: offer.state, act: OfferAct::Withdraw }));
        }
        offer.state = offer.state.after(OfferAct::Withdraw, &known).map_err(refused)?;
        offer.outcome_reason = Some(self.reason.trim().to_owned());
        let event = json!({ "shape": 1, "state": offer.state });
        tx.update(&mut offer, &event).await?;
        Ok(OfferKept::of(&offer, Vec::new()))
    }
}

/// A part of the referrals that a provider's services received, the latest deadline first.
#[derive(Debug, Clone, Copy)]
pub struct Inbox(pub Slice<(Instant, Uuid)>);

impl Query for Inbox {
    const ACTION: Action = Action::SeeInbox;
    type Answer = Vec<InboxLine>;

    async fn relation(&self, _: &mut ReadTx, _: &Caller) -> Result<Option<Relation>, Failure> {
        Ok(Some(Relation::Own))
    }

    async fn run(&self, reads: &mut ReadTx, caller: &Caller) -> Result<Vec<InboxLine>, Failure> {
        Ok(store::purchasing::release::inbox(reads, caller.organisation, &self.0).await?)
    }
}

/// One received referral, with the answer so far.
#[derive(Debug, Clone, Copy)]
pub struct GetRelease {
    /// Which.
    pub release: ReleaseId,
    /// Today in the United Kingdom: a price is judged by the maxima of the day on which it is offered.
    pub today: Day,
}

/// The highest core prices that hold today.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct MaximumToday {
    /// What the provider tendered.
    pub tendered: Option<WeeklyRate>,
    /// What the framework published.
    pub published: Option<WeeklyRate>,
}

/// What a provider reads of a referral.
#[derive(Debug, Clone)]
pub struct ReleaseView {
    /// The release.
    pub id: ReleaseId,
    /// The referral's number, its only name outside the council.
    pub number: String,
    /// The council that asks.
    pub council: OrganisationId,
    /// Its name.
    pub council_name: String,
    /// The service that was asked.
    pub service: ServiceId,
    /// Its name.
    pub service_name: String,
    /// What it is.
    pub kind: ServiceKind,
    /// Under which category: framework, lot and category.
    pub category: [String; 3],
    /// The same in words.
    pub category_in_words: String,
    /// When it was sent.
    pub released_at: Instant,
    /// Until when an answer is awaited.
    pub closes_at: Instant,
    /// When the profile was added to, if it was.
    pub added_to_at: Option<Instant>,
    /// What became of the search, and why.
    pub outcome: Option<(String, Option<String>)>,
    /// The child's age in years on the day of release.
    pub age_years: u32,
    /// The first half of the home postcode.
    pub home_outward: Option<String>,
    /// The profile, line by line.
    pub lines: Vec<ProfileLine>,
    /// The pages of the offer.
    pub pages: &'static [Page],
    /// The answer so far.
    pub offer: Option<OfferView>,
    /// The maximum prices of today; none off the framework.
    pub maximum: Option<MaximumToday>,
}

/// A provider's own answer.
#[derive(Debug, Clone)]
pub struct OfferView {
    /// The answer.
    pub id: OfferId,
    /// For the next form.
    pub version: i64,
    /// Where it stands.
    pub state: OfferState,
    /// What was answered.
    pub answers: Answers,
    /// What is still to be answered before it can be sent.
    pub missing: Vec<FieldError>,
    /// The core price a week, once sent.
    pub core: Option<Pence>,
    /// The extras a week, once sent.
    pub extras: Option<Pence>,
    /// The price is above a maximum.
    pub is_price_exception: bool,
    /// Why the referral was declined.
    pub decline_reason: Option<DeclineReason>,
    /// What was said last about the outcome.
    pub outcome_reason: Option<String>,
}

impl Query for GetRelease {
    const ACTION: Action = Action::SeeInbox;
    type Answer = ReleaseView;

    /// Only the provider that was asked: to it the release is its own post.
    async fn relation(&self, reads: &mut ReadTx, caller: &Caller) -> Result<Option<Relation>, Failure> {
        let asked = relation(reads, self.release, caller).await? == Some(Relation::Counterparty);
        Ok(asked.then_some(Relation::Own))
    }

    async fn run(&self, reads: &mut ReadTx, _: &Caller) -> Result<ReleaseView, Failure> {
        let release: Release = reads.get(self.release).await?;
        let service: Service = reads.get(release.service_id).await?;
        let council: Organisation = reads.get(release.org_id).await?;
        let profile: Profile = serde_json::from_str(&release.profile).map_err(|error| Fault::inconsistent("release.profile", error))?;
        let offer = store::purchasing::offer::of_release(reads, release.id).await?;
        let offer = offer.map(|offer| view(offer, service.kind)).transpose()?;
        let consortium = store::governance::consortium::in_force(reads).await?;
        let maximum = maximum(reads, &consortium, &release, self.today).await?;
        Ok(ReleaseView {
            id: release.id,
            number: release.number,
            council: council.id,
            council_name: council.name,
            service: service.id,
            service_name: service.name,
            kind: service.kind,
            category_in_words: consortium.category_in_words(&release.framework, &release.lot, &release.category),
            category: [release.framework, release.lot, release.category],
            released_at: release.released_at,
            closes_at: release.closes_at,
            added_to_at: release.added_to_at,
            outcome: release.outcome.map(|outcome| (outcome, release.outcome_reason)),
            age_years: profile.age_years,
            home_outward: profile.home_outward.clone(),
            lines: profile.lines(),
            pages: pages(service.kind),
            offer,
            maximum,
        })
    }
}

fn view(offer: Offer, kind: ServiceKind) -> Result<OfferView, Fault> {
    let answers = offer.answers()?;
    Ok(OfferView {
        id: offer.id,
        version: offer.version,
        state: offer.state,
        missing: missing(fields(kind), &answers),
        answers,
        core: offer.core_weekly_pence,
        extras: offer.extras_weekly_pence,
        is_price_exception: offer.is_price_exception,
        decline_reason: offer.decline_reason,
        outcome_reason: offer.outcome_reason,
    })
}

async fn maximum(reads: &mut ReadTx, consortium: &Consortium, release: &Release, on: Day) -> Result<Option<MaximumToday>, Failure> {
    let admission =
        store::market::service::admission(reads, release.service_id, &release.framework, &release.lot, &release.category, on).await?;
    let Some(admission) = admission else { return Ok(None) };
    let bought = Bought { framework: &release.framework, category: &release.category };
    let (tendered, published) = facts::maxima(consortium, bought, &admission)?;
    Ok(Some(MaximumToday { tendered: tendered.on(on), published: published.on(on) }))
}
