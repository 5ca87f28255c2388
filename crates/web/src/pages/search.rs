//! What moves a referral on, from submitting to the end of the search: one page each, which says what it does.

use axum::extract::{FromRequestParts, Path, State};
use axum::http::request::Parts;
use domain::Code;
use domain::calendar::{Day, Instant, TimeOfDay, WhenTwice};
use domain::ids::ReferralId;
use domain::purchasing::fields::{Answers, Field as Asked, FieldKind as Kind};
use domain::purchasing::forms::parse_all;
use domain::purchasing::profile::ReleaseWarning;
use domain::purchasing::referral::{InHouseResult, WithdrawReason};
use service::governance::consortium::ConsortiumInForce;
use service::people::sign_in::SignedIn;
use service::purchasing::board::ReferralView;
use service::purchasing::release::{Preview, PreviewProfile, ReleaseReferral};
use service::purchasing::search::{
    AcceptReferral, AuthoriseSearch, EndSearch, RecordInHouseSearch, ReturnReferral, SubmitReferral, WithdrawReferral,
};
use service::{Failure, FieldProblem, ask, perform};

use super::referrals::{in_house, page, path, referral};
use super::{Answered, Done, done};
use crate::blocks::{Block, Fact};
use crate::caller::Who;
use crate::forms::Posted;
use crate::problem::{Stopped, Wrong};
use crate::server::Site;
use crate::view::{self, Choice, FieldKind};
use crate::{forms, pages};

domain::codes! {
    /// An act on a referral; its code is the last part of its page's address.
    pub enum Step("step") {
        /// To the placements team.
        Submit = "submit", "Submit the referral";
        /// Back to the social worker.
        Return = "return", "Return the referral with questions";
        /// Taken on.
        Accept = "accept", "Accept the referral";
        /// What the council's own homes answered.
        InHouse = "in-house", "Record the in-house search";
        /// The search outside may begin.
        Authorise = "authorise", "Authorise the search";
        /// Not needed any more.
        Withdraw = "withdraw", "Withdraw the referral";
        /// No home was found.
        End = "end", "End the search without a placement";
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Step {
    type Rejection = Stopped;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Stopped> {
        let last = parts.uri.path().rsplit('/').next().unwrap_or_default();
        Self::from_code(last).map_err(|_| Failure::absent().into())
    }
}

impl Step {
    fn explained(self) -> &'static str {
        match self {
            Self::Submit => "The placements team will read it, and may return it with questions.",
            Self::Return => "The social worker can change it again and sees your questions.",
            Self::Accept => "It is complete enough to search.",
            Self::InHouse => "The council’s own homes and carers are asked first.",
            Self::Authorise => "You allow a search among outside providers, and answer for its cost.",
            Self::Withdraw => "Every provider that was asked is told that the search is over.",
            Self::End => "The referral goes to panel, or to a search outside the framework.",
        }
    }

    fn fields(self) -> Vec<view::Field> {
        match self {
            Self::Submit | Self::Accept | Self::Authorise => Vec::new(),
            Self::Return => vec![pages::field(FieldKind::LongText, "questions", "What do you need to know?")],
            Self::InHouse => {
                let result = choices::<InHouseResult>("result", "What did the search find?");
                let reason = view::Field { required: false, ..pages::field(FieldKind::LongText, "reason", "What stands behind it?") };
                vec![result, reason]
            }
            Self::Withdraw => {
                let words = view::Field { required: false, ..pages::field(FieldKind::LongText, "words", "In your own words") };
                vec![choices::<WithdrawReason>("reason", "Why is it not needed any more?"), words]
            }
            Self::End => vec![pages::field(FieldKind::LongText, "reason", "Why does the search end?")],
        }
    }

    async fn perform(self, site: &Site, who: &SignedIn, referral: ReferralId, posted: &Posted) -> Result<(), Failure> {
        let (door, caller, key) = (&site.nearhome, &who.caller, posted.key);
        let version = posted.version()?;
        let text = |input: &str| posted.value(input).to_owned();
        match self {
            Self::Submit => perform(door, caller, key, &SubmitReferral { referral, version }).await.map(|_| ()),
            Self::Accept => perform(door, caller, key, &AcceptReferral { referral, version }).await.map(|_| ()),
            Self::Authorise => perform(door, caller, key, &AuthoriseSearch { referral, version }).await.map(|_| ()),
            Self::Return => {
                let command = ReturnReferral { referral, version, questions: text("questions") };
                perform(door, caller, key, &command).await.map(|_| ())
            }
            Self::InHouse => {
                let result = chosen(posted, "result", "Select what the search found")?;
                let command = RecordInHouseSearch { referral, version, result, reason: text("reason") };
                perform(door, caller, key, &command).await.map(|_| ())
            }
            Self::Withdraw => {
                let reason = chosen(posted, "reason", "Select why it is not needed any more")?;
                let command = WithdrawReferral { referral, version, reason, words: text("words") };
                perform(door, caller, key, &command).await.map(|_| ())
            }
            Self::End => {
                let command = EndSearch { referral, version, reason: text("reason") };
                perform(door, caller, key, &command).await.map(|_| ())
            }
        }
    }
}

/// A question with the members of a closed list.
fn choices<C: Code>(key: &str, label: &str) -> view::Field {
    let option = |member: &C| Choice { code: member.code().to_owned(), label: member.label().to_owned(), hint: None };
    view::Field { options: C::ALL.iter().map(option).collect(), ..pages::field(FieldKind::OneOf, key, label) }
}

fn chosen<C: Code>(posted: &Posted, key: &str, missing: &str) -> Result<C, Failure> {
    C::from_code(posted.value(key)).map_err(|_| Failure::invalid(key, missing))
}

/// `GET /referrals/{id}/{step}`
pub(crate) async fn ask_step(step: Step, State(site): State<Site>, Who(who): Who, Path(id): Path<String>) -> Answered {
    step_page(&site, &who, &id, step, None).await
}

async fn step_page(site: &Site, who: &SignedIn, id: &str, step: Step, again: Option<(&Posted, &Wrong)>) -> Answered {
    let view = referral(site, who, id).await?;
    let action = format!("{}/{}", path(view.referral.id), step.code());
    let form = forms::form(site, action, Some(view.referral.version), step.fields(), step.label());
    let mut above = vec![Block::text(step.explained())];
    if step == Step::Authorise {
        above.extend(in_house(&view).map(|fact| Block::facts(vec![fact])));
    }
    pages::ask(page(site, who, step.label(), &view), form, above, again)
}

/// `POST /referrals/{id}/{step}`
pub(crate) async fn take_step(step: Step, State(site): State<Site>, Who(who): Who, Path(id): Path<String>, posted: Posted) -> Answered {
    let referral: ReferralId = pages::id(&id)?;
    match step.perform(&site, &who, referral, &posted).await {
        Ok(()) => Ok(done(&path(referral), Done::MovedOn)),
        Err(failure) => step_page(&site, &who, &id, step, Some((&posted, &Wrong::with(failure)?))).await,
    }
}

/// `GET /referrals/{id}/release`: what providers would read, and what may identify the child.
pub(crate) async fn ask_release(State(site): State<Site>, Who(who): Who, Path(id): Path<String>) -> Answered {
    release_page(&site, &who, &id, None).await
}

async fn release_page(site: &Site, who: &SignedIn, id: &str, again: Option<(&Posted, &Wrong)>) -> Answered {
    let view = referral(site, who, id).await?;
    let on = Day::in_uk(site.nearhome.now());
    let preview = ask(&site.nearhome, &who.caller, &PreviewProfile { referral: view.referral.id, on }).await?;
    let form = release_form(site, who, &view, &preview).await?;
    pages::ask(page(site, who, "Release to providers", &view), form, profile(&preview), again)
}

const DEADLINE: &[Asked] = &[
    Asked::new(Kind::Date, "closes_at", "Offers until, day", "Enter the day until which offers are awaited")
        .hint("Leave day and time blank to give the time that the framework’s order of asking allows"),
    Asked::new(Kind::Text, "closes_time", "Offers until, time", "Enter the time until which offers are awaited")
        .hint("On the 24-hour clock, like 14:30"),
];

/// The deadline as the officer set it; none for the framework's own. In the night when the clocks go back a time that comes
/// twice is the later one.
fn deadline(posted: &Posted) -> Result<Option<Instant>, Failure> {
    let mut answers = Answers::default();
    let errors = parse_all(DEADLINE, &posted.raw, &mut answers);
    if !errors.is_empty() {
        return Err(Failure::Invalid(errors.into_iter().map(|error| FieldProblem::at(error.input, error.message)).collect()));
    }
    let time = |text: &str| text.parse::<TimeOfDay>().map_err(|error| Failure::invalid("closes_time", error.to_string()));
    match (answers.day("closes_at"), answers.text("closes_time")) {
        (None, None) => Ok(None),
        (None, Some(_)) => Err(Failure::invalid("closes_at", "Enter the day too, or leave both blank")),
        (Some(_), None) => Err(Failure::invalid("closes_time", "Enter the time too, like 14:30, or leave both blank")),
        (Some(day), Some(text)) => {
            let at = day.at(time(text)?, WhenTwice::Second);
            at.map(Some).map_err(|error| Failure::invalid("closes_time", error.to_string()))
        }
    }
}

fn profile(preview: &Preview) -> Vec<Block> {
    let mut rows = vec![
        Fact::new("Age", format!("{} years", preview.age_years)),
        Fact::new("Home area", preview.home_outward.clone().unwrap_or_default()),
    ];
    rows.extend(preview.lines.iter().map(|line| Fact::new(line.label, line.text.as_str())));
    let mut blocks = vec![Block::heading("What providers will read"), Block::facts(rows)];
    blocks.extend(words_found(&preview.warnings));
    blocks
}

/// What the check of the free texts found, to be read before it is sent.
pub(crate) fn words_found(warnings: &[ReleaseWarning]) -> impl Iterator<Item = Block> {
    warnings.iter().map(|warning| {
        let text = format!("{}: {} “{}”", warning.label, warning.kind.label(), warning.found);
        Block::Warning { text }
    })
}

/// The question whether they were read; none when nothing was found.
pub(crate) fn read_first(warnings: &[ReleaseWarning]) -> Option<view::Field> {
    let label = "Have you read the warnings, and may these words go to providers?";
    (!warnings.is_empty()).then(|| pages::field(FieldKind::YesNo, "warnings_read", label))
}

async fn release_form(site: &Site, who: &SignedIn, view: &ReferralView, preview: &Preview) -> Result<view::Form, Stopped> {
    let consortium = ask(&site.nearhome, &who.caller, &ConsortiumInForce).await?;
    let mut options = Vec::new();
    for framework in &consortium.frameworks {
        for lot in &framework.lots {
            let choice = |category: &domain::consortium::framework::Category| Choice {
                code: [framework.reference.as_str(), lot.code.as_str(), category.code.as_str()].join("/"),
                label: format!("{}: {}, {}", framework.title, lot.name, category.name),
                hint: None,
            };
            options.extend(lot.categories.iter().map(choice));
        }
    }
    let mut fields = vec![view::Field { options, ..pages::field(FieldKind::OneOf, "category", "Which kind of home?") }];
    let nothing = Answers::default();
    fields.extend(DEADLINE.iter().map(|field| forms::question(field, &nothing)));
    fields.extend(read_first(&preview.warnings));
    let action = format!("{}/release", path(view.referral.id));
    Ok(forms::form(site, action, Some(view.referral.version), fields, "Release to providers"))
}

/// `POST /referrals/{id}/release`
pub(crate) async fn release(State(site): State<Site>, Who(who): Who, Path(id): Path<String>, posted: Posted) -> Answered {
    let referral: ReferralId = pages::id(&id)?;
    let mut parts = posted.value("category").split('/').map(str::to_owned);
    let outcome = match (posted.version(), deadline(&posted), parts.next(), parts.next(), parts.next()) {
        (Ok(version), Ok(closes_at), Some(framework), Some(lot), Some(category)) => {
            let warnings_read = posted.value("warnings_read") == "yes";
            let command = ReleaseReferral { referral, version, framework, lot, category, closes_at, warnings_read };
            perform(&site.nearhome, &who.caller, posted.key, &command).await.map(|_| ())
        }
        (Err(failure), ..) | (_, Err(failure), ..) => Err(failure),
        (Ok(_), Ok(_), ..) => Err(Failure::invalid("category", "Select which kind of home")),
    };
    match outcome {
        Ok(()) => Ok(done(&path(referral), Done::MovedOn)),
        Err(failure) => release_page(&site, &who, &id, Some((&posted, &Wrong::with(failure)?))).await,
    }
}
