//! What a provider received: the list, the profile, the pages of the offer, and no.

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use domain::Code as _;
use domain::access::{Action, could};
use domain::calendar::Day;
use domain::ids::ReleaseId;
use domain::purchasing::fields::{Answers, Page as OfferPage};
use domain::purchasing::offer::{DeclineReason, OfferState};
use service::purchasing::offer::{DeclineRelease, GetRelease, Inbox, OfferView, ReleaseView, SaveOffer, SubmitOffer, WithdrawOffer};
use service::{Failure, ask, perform};

use super::part::Part;
use super::{Answered, Done, WasDone, done};
use crate::blocks::{Block, Cell, Fact, Task, on, when};
use crate::caller::Who;
use crate::forms::Posted;
use crate::problem::{Stopped, Wrong};
use crate::server::Site;
use crate::view::{self, FieldKind, Link, Page};
use crate::{forms, pages};

/// `GET /inbox`
pub(crate) async fn inbox(State(site): State<Site>, Who(who): Who, Query(part): Query<Part>) -> Answered {
    let mut received = ask(&site.nearhome, &who.caller, &Inbox(part.slice()?)).await?;
    let others = part.cut("/inbox", &mut received, None, |line| (line.closes_at, line.id));
    let rows = received.into_iter().map(|line| {
        let answer = line.answer.map_or_else(|| Cell::tag("No answer yet", "yellow"), |state| Cell::tag(state.label(), colour(state)));
        vec![
            Cell::link(line.number, format!("/inbox/{}", line.id)),
            Cell::text(line.council),
            Cell::text(line.service),
            Cell::text(when(line.closes_at)),
            answer,
        ]
    });
    let rows = rows.collect();
    let columns = ["Referral", "Council", "Asked of", "Answer by", "Your answer"];
    let table = Block::table("Referrals received", &columns, rows, "No council has sent you a referral yet.");
    let page = pages::page(&site, Some(&who), "Referrals received").within("/inbox");
    Ok(pages::show(&page, None, &[vec![table], others].concat())?)
}

/// The colour of an answer's state.
fn colour(state: OfferState) -> &'static str {
    match state {
        OfferState::Draft | OfferState::Clarification => "yellow",
        OfferState::Submitted | OfferState::Shortlisted | OfferState::Preferred => "blue",
        OfferState::Accepted => "green",
        OfferState::Declined | OfferState::Withdrawn | OfferState::NotSelected | OfferState::Expired => "grey",
    }
}

async fn release(site: &Site, who: &service::people::sign_in::SignedIn, id: &str) -> Result<ReleaseView, Stopped> {
    let release: ReleaseId = pages::id(id)?;
    Ok(ask(&site.nearhome, &who.caller, &GetRelease { release, today: Day::in_uk(site.nearhome.now()) }).await?)
}

fn page(site: &Site, who: &service::people::sign_in::SignedIn, title: impl Into<String>, release: &ReleaseView) -> Page {
    let mut page = pages::page(site, Some(who), title).within("/inbox");
    page.back = Some(Link::new("Back to the referral", path(release.id)));
    page
}

fn path(release: ReleaseId) -> String {
    format!("/inbox/{release}")
}

/// `GET /inbox/{release}`
pub(crate) async fn received(State(site): State<Site>, Who(who): Who, Path(id): Path<String>, Query(was): Query<WasDone>) -> Answered {
    let release = release(&site, &who, &id).await?;
    let mut page = pages::page(&site, Some(&who), format!("Referral {}", release.number)).within("/inbox");
    page.breadcrumbs = vec![Link::new("Referrals received", "/inbox"), Link::new(release.number.clone(), path(release.id))];
    page.notice = was.notice();
    let mut blocks = vec![Block::facts(facts(&release))];
    blocks.extend(answer(&release, could(who.role, Action::AnswerRelease)));
    blocks.extend(profile(&release));
    Ok(pages::show(&page, Some(&release.council_name), &blocks)?)
}

fn facts(release: &ReleaseView) -> Vec<Fact> {
    let mut facts = vec![
        Fact::new("Asked of", format!("{}, {}", release.service_name, release.kind.label().to_lowercase())),
        Fact::new("Sent", when(release.released_at)),
        Fact::new("Answer by", when(release.closes_at)),
        Fact::new("Framework, lot and category", release.category_in_words.as_str()),
    ];
    facts.extend(release.added_to_at.map(|at| Fact::new("Profile added to", when(at))));
    if let Some(maximum) = &release.maximum {
        let highest = maximum.tendered.into_iter().chain(maximum.published).min_by_key(|rate| rate.0);
        facts.push(Fact::new("Highest core price today", highest.map(|rate| rate.to_string()).unwrap_or_default()));
    }
    if let Some((outcome, why)) = &release.outcome {
        // What is kept is a code; one that nobody knows any more still says that it is over.
        let outcome = OfferState::from_code(outcome).map_or("Over", |state| state.label());
        facts.push(Fact::new("What became of it", [outcome, why.as_deref().unwrap_or_default()].join("\n")));
    }
    facts
}

/// The answer so far, and what can be done about it.
fn answer(release: &ReleaseView, may_answer: bool) -> Vec<Block> {
    let mut blocks = vec![Block::heading("Your answer")];
    let here = path(release.id);
    let state = release.offer.as_ref().map(|offer| offer.state);
    if let Some(offer) = release.offer.as_ref().filter(|offer| offer.state != OfferState::Draft) {
        blocks.push(Block::State { text: offer.state.label().to_owned(), colour: colour(offer.state) });
        blocks.extend(offer_facts(offer));
    }
    if !may_answer || release.outcome.is_some() {
        return blocks;
    }
    match state {
        None | Some(OfferState::Draft) => {
            let tasks = release.pages.iter().map(|page| task(&here, page, release.offer.as_ref())).collect();
            blocks.push(Block::Tasks { tasks });
            let is_complete = release.offer.as_ref().is_some_and(|offer| offer.missing.is_empty());
            let send = is_complete.then(|| Link::new("Check and send your offer", format!("{here}/send")));
            let decline = Link::new("Make no offer", format!("{here}/decline"));
            blocks.push(Block::Acts { links: send.into_iter().chain([decline]).collect() });
        }
        Some(OfferState::Submitted | OfferState::Clarification | OfferState::Shortlisted | OfferState::Preferred) => {
            blocks.push(Block::Acts { links: vec![Link::new("Withdraw your offer", format!("{here}/withdraw"))] });
        }
        Some(OfferState::Accepted | OfferState::Declined | OfferState::Withdrawn | OfferState::NotSelected | OfferState::Expired) => {}
    }
    blocks
}

fn offer_facts(offer: &OfferView) -> Option<Block> {
    let mut facts = Vec::new();
    if let Some(core) = offer.core {
        facts.push(Fact::new("Core price a week", core.to_string()));
        facts.push(Fact::new("Extras a week", offer.extras.unwrap_or_default().to_string()));
    }
    if offer.is_price_exception {
        facts.push(Fact::new("Price", "Above the maximum: the council needs an approval of its own to accept it"));
    }
    if let Some(reason) = offer.decline_reason {
        facts.push(Fact::new("Why you made no offer", reason.label()));
    }
    if let Some(reason) = &offer.outcome_reason {
        facts.push(Fact::new("What was said last", reason.as_str()));
    }
    (!facts.is_empty()).then(|| Block::facts(facts))
}

/// A page of the offer with how far it is answered.
fn task(here: &str, page: &OfferPage, offer: Option<&OfferView>) -> Task {
    let is_missing = |offer: &OfferView| page.fields.iter().any(|field| offer.missing.iter().any(|missing| missing.key == field.key));
    let is_begun = |offer: &OfferView| page.fields.iter().any(|field| offer.answers.get(field.key).is_some());
    let status = match offer {
        Some(offer) if !is_missing(offer) => "DONE",
        Some(offer) if is_begun(offer) => "STARTED",
        Some(_) | None => "TODO",
    };
    Task { title: page.title.to_owned(), hint: None, href: Some(format!("{here}/offer/{}", page.slug)), status }
}

/// The anonymous profile, section by section.
fn profile(release: &ReleaseView) -> Vec<Block> {
    let mut blocks = vec![Block::heading("About the child")];
    let outward = release.home_outward.clone().unwrap_or_default();
    let mut section = "";
    let mut rows = vec![Fact::new("Age", format!("{} years", release.age_years)), Fact::new("Home area", outward)];
    for line in &release.lines {
        if line.section != section {
            blocks.push(Block::Facts { title: (!section.is_empty()).then(|| section.to_owned()), rows: std::mem::take(&mut rows) });
            section = line.section;
        }
        rows.push(Fact::new(line.label, line.text.as_str()));
    }
    blocks.push(Block::Facts { title: (!section.is_empty()).then(|| section.to_owned()), rows });
    blocks
}

fn offer_page(release: &ReleaseView, slug: &str) -> Result<&'static OfferPage, Stopped> {
    release.pages.iter().find(|page| page.slug == slug).ok_or_else(|| Failure::absent().into())
}

fn questions(site: &Site, release: &ReleaseView, page: &OfferPage) -> view::Form {
    let nothing = Answers::default();
    let answers = release.offer.as_ref().map_or(&nothing, |offer| &offer.answers);
    let fields = page.fields.iter().map(|field| forms::question(field, answers)).collect();
    let version = release.offer.as_ref().map(|offer| offer.version);
    forms::form(site, format!("{}/offer/{}", path(release.id), page.slug), version, fields, "Save and continue")
}

/// `GET /inbox/{release}/offer/{page}`
pub(crate) async fn ask_offer(State(site): State<Site>, Who(who): Who, Path((id, slug)): Path<(String, String)>) -> Answered {
    let release = release(&site, &who, &id).await?;
    let asked = offer_page(&release, &slug)?;
    let form = questions(&site, &release, asked);
    pages::ask(page(&site, &who, asked.title, &release), form, Vec::new(), None)
}

/// `POST /inbox/{release}/offer/{page}`: saves what parses, and goes on to the next page that is not complete.
pub(crate) async fn save_offer(
    State(site): State<Site>,
    Who(who): Who,
    Path((id, slug)): Path<(String, String)>,
    posted: Posted,
) -> Answered {
    let before = release(&site, &who, &id).await?;
    let asked = offer_page(&before, &slug)?;
    let command = SaveOffer { release: before.id, version: posted.version, page: Some(slug), pairs: posted.pairs.clone() };
    let wrong = match perform(&site.nearhome, &who.caller, posted.key, &command).await {
        Ok(kept) if kept.problems.is_empty() => {
            return Ok(done(&path(before.id), Done::Saved));
        }
        Ok(kept) => Wrong { status: StatusCode::UNPROCESSABLE_ENTITY, problems: kept.problems },
        Err(failure) => Wrong::with(failure)?,
    };
    // What could be kept was kept, so the form is drawn on the version that it made.
    let now = release(&site, &who, &id).await?;
    let form = questions(&site, &now, asked);
    let saved = now.offer.as_ref().map(|offer| offer.answers.clone()).unwrap_or_default();
    let above = pages::others_saved(&wrong, asked.fields, &saved, &posted);
    pages::ask(page(&site, &who, asked.title, &now), form, above, Some((&posted, &wrong)))
}

/// An act on a release that asks a few things first.
#[derive(Debug, Clone, Copy)]
enum Step {
    Send,
    Decline,
    Withdraw,
}

impl Step {
    fn title(self) -> &'static str {
        match self {
            Self::Send => "Check and send your offer",
            Self::Decline => "Make no offer",
            Self::Withdraw => "Withdraw your offer",
        }
    }

    fn form(self, site: &Site, release: &ReleaseView) -> view::Form {
        let options = || {
            DeclineReason::ALL.iter().map(|reason| view::Choice {
                code: reason.code().to_owned(),
                label: reason.label().to_owned(),
                hint: None,
            })
        };
        let (slug, fields, submit) = match self {
            Self::Send => ("send", Vec::new(), "Send your offer"),
            Self::Decline => {
                let reason =
                    view::Field { options: options().collect(), ..pages::field(FieldKind::OneOf, "reason", "Why do you make no offer?") };
                let note = view::Field { required: false, ..pages::field(FieldKind::LongText, "note", "In your own words") };
                ("decline", vec![reason, note], "Make no offer")
            }
            Self::Withdraw => {
                ("withdraw", vec![pages::field(FieldKind::LongText, "reason", "Why do you withdraw it?")], "Withdraw your offer")
            }
        };
        forms::form(site, format!("{}/{slug}", path(release.id)), None, fields, submit)
    }

    /// What is read before the act: for an offer, all of it.
    fn above(self, release: &ReleaseView) -> Vec<Block> {
        let (Self::Send, Some(offer)) = (self, &release.offer) else { return Vec::new() };
        let card = |page: &OfferPage| {
            let row = |field: &domain::purchasing::fields::Field| Fact {
                change: Some(format!("{}/offer/{}", path(release.id), page.slug)),
                ..Fact::new(field.label, offer.answers.get(field.key).map(|answer| answer.shown(field)).unwrap_or_default())
            };
            let asked = page.fields.iter().filter(|field| field.is_asked(&offer.answers));
            Block::Facts { title: Some(page.title.to_owned()), rows: asked.map(row).collect() }
        };
        let until = domain::purchasing::offer_form::valid_until(&offer.answers).map(on).unwrap_or_default();
        let bound = Block::text(format!("If the council accepts it by {until}, you are bound by it."));
        release.pages.iter().map(card).chain([bound]).collect()
    }
}

async fn ask_step(
    site: &Site,
    who: &service::people::sign_in::SignedIn,
    id: &str,
    step: Step,
    again: Option<(&Posted, &Wrong)>,
) -> Answered {
    let release = release(site, who, id).await?;
    pages::ask(page(site, who, step.title(), &release), step.form(site, &release), step.above(&release), again)
}

/// `GET /inbox/{release}/send`
pub(crate) async fn ask_send(State(site): State<Site>, Who(who): Who, Path(id): Path<String>) -> Answered {
    ask_step(&site, &who, &id, Step::Send, None).await
}

/// `GET /inbox/{release}/decline`
pub(crate) async fn ask_decline(State(site): State<Site>, Who(who): Who, Path(id): Path<String>) -> Answered {
    ask_step(&site, &who, &id, Step::Decline, None).await
}

/// `GET /inbox/{release}/withdraw`
pub(crate) async fn ask_withdraw(State(site): State<Site>, Who(who): Who, Path(id): Path<String>) -> Answered {
    ask_step(&site, &who, &id, Step::Withdraw, None).await
}

/// `POST /inbox/{release}/send`
pub(crate) async fn send(State(site): State<Site>, Who(who): Who, Path(id): Path<String>, posted: Posted) -> Answered {
    let release: ReleaseId = pages::id(&id)?;
    match perform(&site.nearhome, &who.caller, posted.key, &SubmitOffer { release }).await {
        Ok(kept) if kept.problems.is_empty() => Ok(done(&path(release), Done::OfferSent)),
        Ok(kept) => {
            let wrong = Wrong { status: StatusCode::UNPROCESSABLE_ENTITY, problems: kept.problems };
            ask_step(&site, &who, &id, Step::Send, Some((&posted, &wrong))).await
        }
        Err(failure) => ask_step(&site, &who, &id, Step::Send, Some((&posted, &Wrong::with(failure)?))).await,
    }
}

/// `POST /inbox/{release}/decline`
pub(crate) async fn decline(State(site): State<Site>, Who(who): Who, Path(id): Path<String>, posted: Posted) -> Answered {
    let release: ReleaseId = pages::id(&id)?;
    let outcome = match DeclineReason::from_code(posted.value("reason")) {
        Ok(reason) => {
            let command = DeclineRelease { release, reason, note: posted.value("note").to_owned() };
            perform(&site.nearhome, &who.caller, posted.key, &command).await
        }
        Err(_) => Err(Failure::invalid("reason", "Select why you make no offer")),
    };
    match outcome {
        Ok(_) => Ok(done(&path(release), Done::Declined)),
        Err(failure) => ask_step(&site, &who, &id, Step::Decline, Some((&posted, &Wrong::with(failure)?))).await,
    }
}

/// `POST /inbox/{release}/withdraw`
pub(crate) async fn withdraw(State(site): State<Site>, Who(who): Who, Path(id): Path<String>, posted: Posted) -> Answered {
    let release: ReleaseId = pages::id(&id)?;
    let command = WithdrawOffer { release, reason: posted.value("reason").to_owned() };
    match perform(&site.nearhome, &who.caller, posted.key, &command).await {
        Ok(_) => Ok(done(&path(release), Done::Withdrawn)),
        Err(failure) => ask_step(&site, &who, &id, Step::Withdraw, Some((&posted, &Wrong::with(failure)?))).await,
    }
}
