//! From the approved choice to the child's first night: writing the agreement, and recording the start under it.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect};
use domain::Code as _;
use domain::calendar::Day;
use domain::ids::{AgreementId, ReferralId};
use domain::purchasing::agreement::{Contact, FundingSplit};
use domain::purchasing::fields::{Answer, Answers, Field as Asked, FieldKind as Kind};
use domain::purchasing::forms::{missing, parse_all};
use domain::purchasing::offer::NotSelectedReason;
use domain::purchasing::placement::StartTask;
use service::people::sign_in::SignedIn;
use service::purchasing::agreement::{GetAgreement, IssueAgreement, funding};
use service::purchasing::placement::StartPlacement;
use service::{Failure, FieldProblem, ask, perform};

use super::referrals::{page, referral};
use super::{Answered, Done, done};
use crate::blocks::{Block, on};
use crate::caller::Who;
use crate::forms::Posted;
use crate::problem::Wrong;
use crate::server::Site;
use crate::view::{self, Choice, FieldKind, Link};
use crate::{forms, pages};

/// What the agreement says that neither the referral nor the offer does.
const TERMS: &[Asked] = &[
    Asked::new(Kind::Date, "starts_on", "First day", "Enter the first day").mandatory(),
    Asked::new(Kind::Date, "expected_end_on", "Expected last day", "Enter the expected last day"),
    Asked::new(Kind::LongText, "service_address", "Address at which the child will live", "Enter the address of the home").mandatory(),
    Asked::new(Kind::LongText, "council_address", "The council’s address", "Enter the council’s address").mandatory(),
    Asked::new(Kind::LongText, "provider_address", "The provider’s address", "Enter the provider’s address").mandatory(),
    Asked::new(Kind::Text, "contact_post", "Whom to call in the council: post", "Enter the post of whom to call").mandatory(),
    Asked::new(Kind::Text, "contact_telephone", "Their telephone number", "Enter a telephone number").mandatory(),
    Asked::new(Kind::Text, "plan_reference", "Reference of the care plan or placement plan", "Enter the reference of the plan"),
    Asked::new(Kind::LongText, "outcomes", "What the stay is for", "Enter what the stay is for").mandatory(),
    Asked::new(Kind::Number, "social_care_percent", "Share paid by children’s social care, in percent", "Enter the share, or 0")
        .hint("The three shares come from the referral. They add up to 100")
        .at_most(100)
        .mandatory(),
    Asked::new(Kind::Number, "education_percent", "Share paid by education, in percent", "Enter the share, or 0").at_most(100).mandatory(),
    Asked::new(Kind::Number, "health_percent", "Share paid by the integrated care board, in percent", "Enter the share, or 0")
        .at_most(100)
        .mandatory(),
    Asked::new(Kind::LongText, "conditions", "Further conditions agreed for this child", "Enter the conditions"),
];

/// `GET /referrals/{id}/agreement`
pub(crate) async fn ask_agreement(State(site): State<Site>, Who(who): Who, Path(id): Path<String>) -> Answered {
    agreement_page(&site, &who, &id, None).await
}

async fn agreement_page(site: &Site, who: &SignedIn, id: &str, again: Option<(&Posted, &Wrong)>) -> Answered {
    let view = referral(site, who, id).await?;
    let mut known = Answers::default();
    let split = funding(&view.answers);
    for (key, percent) in
        [("social_care_percent", split.social_care), ("education_percent", split.education), ("health_percent", split.health)]
    {
        known.set(key, Some(Answer::Number(percent)));
    }
    let fields = TERMS.iter().map(|field| forms::question(field, &known)).collect();
    let form = forms::form(site, format!("/referrals/{}/agreement", view.referral.id), None, fields, "Send the agreement to the provider");
    let words = "The price, the child and the terms come from the offer, the referral and the framework.";
    pages::ask(page(site, who, "Write the agreement", &view), form, vec![Block::text(words)], again)
}

/// `POST /referrals/{id}/agreement`
pub(crate) async fn issue(State(site): State<Site>, Who(who): Who, Path(id): Path<String>, posted: Posted) -> Answered {
    let outcome = match terms(pages::id(&id)?, &posted) {
        Ok(command) => perform(&site.nearhome, &who.caller, posted.key, &command).await,
        Err(failure) => Err(failure),
    };
    match outcome {
        Ok(kept) => Ok(done(&format!("/agreements/{}", kept.agreement), Done::MovedOn)),
        Err(failure) => agreement_page(&site, &who, &id, Some((&posted, &Wrong::with(failure)?))).await,
    }
}

fn terms(referral: ReferralId, posted: &Posted) -> Result<IssueAgreement, Failure> {
    let mut answers = Answers::default();
    let mut errors = parse_all(TERMS, &posted.raw, &mut answers);
    let refused: Vec<&str> = errors.iter().map(|error| error.key).collect();
    errors.extend(missing(TERMS, &answers).into_iter().filter(|error| !refused.contains(&error.key)).collect::<Vec<_>>());
    let problems = || errors.iter().map(|error| FieldProblem::at(error.input.clone(), error.message.clone())).collect();
    let Some(starts_on) = answers.day("starts_on").filter(|_| errors.is_empty()) else { return Err(Failure::Invalid(problems())) };
    let percent = |key: &str| answers.number(key).unwrap_or_default();
    let split = FundingSplit {
        social_care: percent("social_care_percent"),
        education: percent("education_percent"),
        health: percent("health_percent"),
    };
    let funding = split.lines().map_err(|refused| Failure::invalid("social_care_percent", sentence(&refused.to_string())))?;
    let text = |key: &str| answers.text(key).unwrap_or_default().to_owned();
    let contact = Contact { post: text("contact_post"), name: None, telephone: text("contact_telephone"), email: String::new() };
    Ok(IssueAgreement {
        referral,
        starts_on,
        expected_end_on: answers.day("expected_end_on"),
        service_address: text("service_address"),
        council_address: text("council_address"),
        provider_address: text("provider_address"),
        council_contacts: vec![contact],
        plan_reference: answers.text("plan_reference").map(str::to_owned),
        outcomes: text("outcomes"),
        conditions: text("conditions").lines().map(str::to_owned).filter(|line| !line.trim().is_empty()).collect(),
        funding,
        discounts: Vec::new(),
        reviews_on: Vec::new(),
    })
}

fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

const STARTED_ON: Asked = Asked::new(Kind::Date, "started_on", "Day on which the child moved in", "Enter the day of the move")
    .hint("Today or before: a start is recorded when the child is there")
    .mandatory();

/// `GET /agreements/{id}/start`
pub(crate) async fn ask_start(State(site): State<Site>, Who(who): Who, Path(id): Path<String>) -> Answered {
    start_page(&site, &who, &id, None).await
}

async fn start_page(site: &Site, who: &SignedIn, id: &str, again: Option<(&Posted, &Wrong)>) -> Answered {
    let agreement: AgreementId = pages::id(id)?;
    let view = ask(&site.nearhome, &who.caller, &GetAgreement { agreement }).await?;
    let mut page = pages::page(site, Some(who), "Record that the child moved in").within("/agreements");
    page.back = Some(Link::new("Back to the agreement", format!("/agreements/{agreement}")));
    // What the system sees for itself is not asked.
    let done = StartTask::ALL.iter().filter(|task| !task.is_seen()).map(|task| choice(task.code(), task.label())).collect();
    let why = NotSelectedReason::ALL.iter().map(|reason| choice(reason.code(), reason.label())).collect();
    let fields = vec![
        forms::question(&STARTED_ON, &Answers::default()),
        pages::field(FieldKind::YesNo, "is_emergency", "Did the child come in an emergency, before everything was done?"),
        view::Field {
            hint: Some("Needed when the referral was no emergency. The council reads it in the history".to_owned()),
            required: false,
            ..pages::field(FieldKind::LongText, "emergency_reason", "Why did the child come before everything was done?")
        },
        view::Field { options: done, required: false, ..pages::field(FieldKind::ManyOf, "done", "Which tasks are done?") },
        view::Field { options: why, ..pages::field(FieldKind::OneOf, "others_because", "Why were the other offers not selected?") },
        view::Field { required: false, ..pages::field(FieldKind::LongText, "others_note", "More for the other providers to read") },
    ];
    let form = forms::form(site, format!("/agreements/{agreement}/start"), Some(view.version), fields, "Record the start");
    pages::ask(page, form, vec![Block::text(format!("The agreed first day is {}.", on(view.content.starts_on)))], again)
}

fn choice(code: &str, label: &str) -> Choice {
    Choice { code: code.to_owned(), label: label.to_owned(), hint: None }
}

/// `POST /agreements/{id}/start`
pub(crate) async fn start(State(site): State<Site>, Who(who): Who, Path(id): Path<String>, posted: Posted) -> Answered {
    let outcome = match what_started(pages::id(&id)?, &posted) {
        Ok(command) => perform(&site.nearhome, &who.caller, posted.key, &command).await,
        Err(failure) => Err(failure),
    };
    match outcome {
        Ok(started) => Ok(Redirect::to(&format!("/placements/{}?done={}", started.placement, Done::MovedOn.code())).into_response()),
        Err(failure) => start_page(&site, &who, &id, Some((&posted, &Wrong::with(failure)?))).await,
    }
}

fn what_started(agreement: AgreementId, posted: &Posted) -> Result<StartPlacement, Failure> {
    let mut answers = Answers::default();
    let mut problems: Vec<FieldProblem> =
        parse_all([&STARTED_ON], &posted.raw, &mut answers).into_iter().map(|error| FieldProblem::at(error.input, error.message)).collect();
    let started_on: Option<Day> = answers.day("started_on");
    if started_on.is_none() && problems.is_empty() {
        problems.push(FieldProblem::at("started_on-day", STARTED_ON.missing));
    }
    if !matches!(posted.value("is_emergency"), "yes" | "no") {
        problems.push(FieldProblem::at("is_emergency", "Select yes if the child came in an emergency"));
    }
    let others_because = NotSelectedReason::from_code(posted.value("others_because"));
    if others_because.is_err() {
        problems.push(FieldProblem::at("others_because", "Select why the other offers were not selected"));
    }
    let (Some(started_on), Ok(others_because), true) = (started_on, others_because, problems.is_empty()) else {
        return Err(Failure::Invalid(problems));
    };
    Ok(StartPlacement {
        agreement,
        started_on,
        is_emergency: posted.value("is_emergency") == "yes",
        emergency_reason: posted.value("emergency_reason").to_owned(),
        done: posted.raw.values("done").filter_map(|code| StartTask::from_code(code).ok()).collect(),
        others_because,
        others_note: posted.value("others_note").to_owned(),
    })
}
