//! What a form brings: its pairs, its key, the version that the reader saw; and what a form shows again.

use axum::extract::{Form, FromRequest, Request};
use domain::purchasing::fields as asked;
use domain::purchasing::forms::RawForm;
use service::{Failure, FieldProblem};
use uuid::Uuid;

use crate::problem::Stopped;
use crate::server::Site;
use crate::view;

/// A posted form. Nothing in it is trusted.
#[derive(Debug, Clone)]
pub(crate) struct Posted {
    /// Its inputs as they were sent, in their order.
    pub pairs: Vec<(String, String)>,
    /// The same by name.
    pub raw: RawForm,
    /// The form's own key: the second post of one drawn form gets the answer of the first.
    pub key: Uuid,
    /// The version of the record that the reader saw.
    pub version: Option<i64>,
}

impl Posted {
    /// The first value of an input, trimmed; empty if it was not sent.
    pub(crate) fn value(&self, input: &str) -> &str {
        self.raw.value(input)
    }

    /// Secrets are not trimmed: a password may end in a space.
    pub(crate) fn exact(&self, input: &str) -> &str {
        self.raw.0.get(input).and_then(|values| values.first()).map_or("", String::as_str)
    }

    /// The version, which a page that changes a record always carries.
    pub(crate) fn version(&self) -> Result<i64, Failure> {
        self.version.ok_or_else(|| Failure::invalid("", "This form is incomplete. Open the page again"))
    }
}

impl FromRequest<Site> for Posted {
    type Rejection = Stopped;

    async fn from_request(request: Request, site: &Site) -> Result<Self, Stopped> {
        let unreadable = |_| Failure::invalid("", "This form could not be read. Open the page again");
        let Form(pairs) = Form::<Vec<(String, String)>>::from_request(request, site).await.map_err(unreadable)?;
        let raw = RawForm::from_pairs(pairs.iter().cloned());
        // A form without a key is done once each time that it is sent.
        let key = raw.value("idempotency_key").parse().unwrap_or_else(|_| fresh_key(site));
        let version = raw.value("version").parse().ok();
        Ok(Self { pairs, raw, key, version })
    }
}

/// A key for a form that is being drawn.
pub(crate) fn fresh_key(site: &Site) -> Uuid {
    uuid::Builder::from_random_bytes(site.nearhome.random().to_be_bytes()).into_uuid()
}

/// A whole form with its fields.
pub(crate) fn form(site: &Site, action: impl Into<String>, version: Option<i64>, fields: Vec<view::Field>, submit: &str) -> view::Form {
    let idempotency_key = fresh_key(site).to_string();
    view::Form { action: action.into(), idempotency_key, version, fields, submit: submit.to_owned() }
}

/// A question of the domain as a field of a page, with the answer that is kept.
pub(crate) fn question(field: &asked::Field, answers: &asked::Answers) -> view::Field {
    let choice = |choice: &asked::Choice| view::Choice { code: choice.code.to_owned(), label: choice.label.to_owned(), hint: None };
    let long = field.kind == asked::FieldKind::LongText;
    view::Field {
        key: field.key.to_owned(),
        label: field.label.to_owned(),
        hint: (!field.hint.is_empty()).then(|| field.hint.to_owned()),
        kind: kind(field.kind),
        options: field.options.iter().map(choice).collect(),
        value: answers.get(field.key).map_or(view::Answer::Nothing, answer),
        error: None,
        max_chars: if long { u32::try_from(field.max_chars).ok() } else { None },
        max_words: None,
        required: field.mandatory,
        is_heading: false,
    }
}

fn kind(kind: asked::FieldKind) -> view::FieldKind {
    match kind {
        asked::FieldKind::Text => view::FieldKind::Text,
        asked::FieldKind::LongText => view::FieldKind::LongText,
        asked::FieldKind::Number => view::FieldKind::Number,
        asked::FieldKind::Money => view::FieldKind::Money,
        asked::FieldKind::Date => view::FieldKind::Date,
        asked::FieldKind::YesNo => view::FieldKind::YesNo,
        asked::FieldKind::OneOf => view::FieldKind::OneOf,
        asked::FieldKind::ManyOf => view::FieldKind::ManyOf,
        asked::FieldKind::Postcode => view::FieldKind::Postcode,
    }
}

fn answer(answer: &asked::Answer) -> view::Answer {
    match answer {
        asked::Answer::Text(text) | asked::Answer::One(text) | asked::Answer::Postcode(text) => view::Answer::Text(text.clone()),
        asked::Answer::Number(number) => view::Answer::Text(number.to_string()),
        asked::Answer::Pence(pence) => view::Answer::Text(pence.to_string()),
        asked::Answer::Yes(yes) => view::Answer::Text(if *yes { "yes" } else { "no" }.to_owned()),
        asked::Answer::Many(codes) => view::Answer::Codes(codes.clone()),
        asked::Answer::Day(day) => view::Answer::Date {
            day: day.0.format("%-d").to_string(),
            month: day.0.format("%-m").to_string(),
            year: day.0.format("%Y").to_string(),
        },
    }
}

/// Gives back in every field exactly what was typed, with what is wrong with it. What belongs to no field is returned.
pub(crate) fn as_typed(fields: &mut [view::Field], raw: &RawForm, problems: &[FieldProblem]) -> Vec<view::Problem> {
    for field in fields.iter_mut() {
        field.value = typed(field, raw);
        field.error = problems.iter().find(|problem| is_about(problem, field)).map(|problem| problem.message.clone());
    }
    let loose = problems.iter().filter(|problem| !fields.iter().any(|field| is_about(problem, field)));
    loose.map(|problem| view::Problem { text: problem.message.clone(), href: None }).collect()
}

/// A date's problem names one of its three inputs.
fn is_about(problem: &FieldProblem, field: &view::Field) -> bool {
    let part = problem.field.strip_prefix(&field.key);
    part.is_some_and(|part| part.is_empty() || (field.kind == view::FieldKind::Date && matches!(part, "-day" | "-month" | "-year")))
}

fn typed(field: &view::Field, raw: &RawForm) -> view::Answer {
    let input = |suffix: &str| raw.value(&format!("{}{suffix}", field.key)).to_owned();
    match field.kind {
        view::FieldKind::Date => view::Answer::Date { day: input("-day"), month: input("-month"), year: input("-year") },
        view::FieldKind::ManyOf => view::Answer::Codes(raw.values(&field.key).map(str::to_owned).collect()),
        view::FieldKind::Secret | view::FieldKind::File => view::Answer::Nothing,
        view::FieldKind::Text
        | view::FieldKind::LongText
        | view::FieldKind::Number
        | view::FieldKind::Money
        | view::FieldKind::YesNo
        | view::FieldKind::OneOf
        | view::FieldKind::Postcode => view::Answer::Text(input("")),
    }
}
