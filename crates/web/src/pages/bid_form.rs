//! The pages on which a bid is written, one for each part. Everything is kept as it was typed, right or wrong, and what is wrong is told
//! at its field.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use domain::Code as _;
use domain::ids::{BidderFileId, ServiceId};
use domain::procurement::bid::BidAnswer;
use domain::procurement::bid_draft::{Paper, Profile, Section, TypedInsurance, TypedPrice, price_field, words};
use service::people::sign_in::SignedIn;
use service::procurement::bid::{BidView, Part, save};
use service::procurement::bidder::save_profile;
use service::{Failure, FieldProblem};

use super::bids::{bid, here};
use super::tenders::page;
use super::{Answered, Done, done};
use crate::blocks::{Block, Cell, when};
use crate::caller::Who;
use crate::forms::{self, Posted};
use crate::pages;
use crate::problem::{Stopped, Wrong};
use crate::server::Site;
use crate::view::{Answer, Choice, Field, FieldKind, Form, Link};

fn section(text: &str) -> Result<Section, Stopped> {
    Section::from_code(text).map_err(|_| Failure::absent().into())
}

/// `GET /bids/{tender}/{lot}/write/{part}`
pub(crate) async fn ask_part(State(site): State<Site>, Who(who): Who, Path((id, lot, part)): Path<(String, String, String)>) -> Answered {
    let section = section(&part)?;
    let view = bid(&site, &who, &id, &lot).await?;
    part_page(&site, &who, &view, section, None)
}

/// `POST /bids/{tender}/{lot}/write/{part}`: kept first, then judged.
pub(crate) async fn save_part(
    State(site): State<Site>,
    Who(who): Who,
    Path((id, lot, part)): Path<(String, String, String)>,
    posted: Posted,
) -> Answered {
    let section = section(&part)?;
    let before = bid(&site, &who, &id, &lot).await?;
    if let Err(failure) = keep(&site, &who, &before, section, &posted).await {
        return part_page(&site, &who, &before, section, Some((&posted, &Wrong::with(failure)?)));
    }
    let view = bid(&site, &who, &id, &lot).await?;
    let missing = view.complete.as_ref().err().into_iter().flatten().filter(|one| one.section == section);
    let problems: Vec<FieldProblem> = missing.map(|one| FieldProblem::at(one.field.clone(), one.reason.clone())).collect();
    if problems.is_empty() {
        return Ok(done(&here(&view), Done::Saved));
    }
    part_page(&site, &who, &view, section, Some((&posted, &Wrong { status: StatusCode::UNPROCESSABLE_ENTITY, problems })))
}

async fn keep(site: &Site, who: &SignedIn, view: &BidView, section: Section, posted: &Posted) -> Result<(), Failure> {
    let part = match section {
        Section::Profile => return save_profile(&site.nearhome, &who.caller, profile(view, posted)).await,
        Section::Services => Part::Services(ids(posted, "services", |id: &ServiceId| view.services.iter().any(|one| one.service == *id))),
        Section::Declarations => {
            let made = (0..view.plan.declarations.len()).map(|index| posted.value(&format!("declared-{index}")) == "yes");
            let read = posted.value("addenda").parse().unwrap_or(view.draft.addenda_read);
            Part::Declarations(made.collect(), read)
        }
        Section::Answers => {
            let asked = view.plan.questions_of(&view.lot);
            let answer = |code: &String| BidAnswer { question: code.clone(), text: posted.exact(&format!("answer-{code}")).to_owned() };
            Part::Answers(asked.map(|question| answer(&question.code)).collect())
        }
        Section::Prices => Part::Prices(prices(view, posted)),
        Section::Files => Part::Files(ids(posted, "files", |id: &BidderFileId| view.files.iter().any(|(known, _)| known == id))),
    };
    save(&site.nearhome, &who.caller, view.tender.id, &view.lot, part).await.map(drop)
}

fn ids<T: std::str::FromStr>(posted: &Posted, key: &str, is_known: impl Fn(&T) -> bool) -> Vec<T> {
    posted.raw.values(key).filter_map(|text| text.parse().ok()).filter(is_known).collect()
}

/// The three inputs of a day as one text, which need not be a day.
fn typed_day(posted: &Posted, key: &str) -> String {
    let [day, month, year] = ["day", "month", "year"].map(|part| posted.value(&format!("{key}-{part}")).replace('/', ""));
    if day.is_empty() && month.is_empty() && year.is_empty() { String::new() } else { format!("{day}/{month}/{year}") }
}

fn day_again(typed: &str) -> Answer {
    let mut parts = typed.split('/').map(str::to_owned);
    let mut next = || parts.next().unwrap_or_default();
    Answer::Date { day: next(), month: next(), year: next() }
}

fn profile(view: &BidView, posted: &Posted) -> Profile {
    let insurance = |(index, name): (usize, &String)| TypedInsurance {
        name: name.clone(),
        amount: posted.value(&format!("insurance-{index}-amount")).to_owned(),
        valid_until: typed_day(posted, &format!("insurance-{index}-until")),
    };
    let asked: Vec<&String> = view.plan.insurances.iter().map(|wanted| &wanted.name).collect();
    let mut insurances: Vec<TypedInsurance> = asked.iter().copied().enumerate().map(insurance).collect();
    // What another tender asked about stays.
    insurances.extend(view.profile.insurances.iter().filter(|one| !asked.contains(&&one.name)).cloned());
    let chosen: Vec<BidderFileId> = ids(posted, "papers", |id| view.files.iter().any(|(known, _)| known == id));
    let paper = |file: &BidderFileId| {
        let before = view.profile.papers.iter().position(|paper| paper.file == *file);
        let name = view.files.iter().find(|(known, _)| known == file).map_or_else(String::new, |(_, kept)| kept.file.name.clone());
        let valid_until = before.map_or_else(String::new, |index| typed_day(posted, &format!("paper-{index}-until")));
        Paper { name, valid_until, file: *file }
    };
    Profile {
        provider_name: posted.value("provider_name").to_owned(),
        company_number: posted.value("company_number").to_owned(),
        insurances,
        papers: chosen.iter().map(paper).collect(),
    }
}

fn prices(view: &BidView, posted: &Posted) -> Vec<TypedPrice> {
    let lot = view.plan.lot(&view.lot);
    let is_shown = |service: &ServiceId| view.draft.services.contains(service);
    // A home that is not selected now keeps what was typed for it.
    let mut kept: Vec<TypedPrice> = view.draft.prices.iter().filter(|price| !is_shown(&price.service)).cloned().collect();
    for service in view.services.iter().map(|one| one.service).filter(is_shown) {
        for category in lot.iter().flat_map(|lot| &lot.categories) {
            let weekly = posted.value(&price_field(service, &category.code)).to_owned();
            kept.push(TypedPrice { service, category: category.code.clone(), weekly });
        }
    }
    kept
}

fn part_page(site: &Site, who: &SignedIn, view: &BidView, section: Section, again: Option<(&Posted, &Wrong)>) -> Answered {
    let fields = match section {
        Section::Profile => profile_fields(view),
        Section::Services => service_fields(view),
        Section::Declarations => declaration_fields(view),
        Section::Answers => answer_fields(view),
        Section::Prices => price_fields(view),
        Section::Files => file_fields(view),
    };
    let form = forms::form(site, format!("{}/write/{}", here(view), section.code()), None, fields, "Save and continue");
    let form = Form { fields: form.fields, ..form };
    let mut above = vec![Block::text(format!("Lot {}. Bids until {}.", view.lot, when(view.tender.deadline)))];
    above.extend(above_of(view, section));
    if again.is_some_and(|(_, wrong)| wrong.status == StatusCode::UNPROCESSABLE_ENTITY && is_kept(view)) {
        above.push(Block::text("What you typed is kept. Mend what is marked before the bid is submitted."));
    }
    pages::ask(page(site, who, section.label(), here(view)), form, above, again)
}

/// Whether pages still take anything.
fn is_kept(view: &BidView) -> bool {
    use domain::procurement::tender::Phase;
    matches!(view.phase, Phase::Open | Phase::QuestionsClosed)
}

fn above_of(view: &BidView, section: Section) -> Vec<Block> {
    match section {
        Section::Profile => {
            vec![Block::text("This goes with every bid of your organisation. A change here changes bids that are not submitted yet.")]
        }
        Section::Files => vec![
            Block::text("Files that go with every bid are chosen under your organisation. Here you choose what goes with this one."),
            Block::Links { links: vec![Link::new("Upload a file", "/papers/upload"), Link::new("Your files", "/papers")] },
        ],
        Section::Declarations if !view.addenda.is_empty() => {
            let row = |one: &service::procurement::tender::Addendum| {
                vec![Cell::text(one.number.to_string()), Cell::text(when(one.at)), Cell::text(&one.text)]
            };
            let rows = view.addenda.iter().map(row).collect();
            vec![Block::table("What bidders were told", &["#Number", "When", "Text"], rows, "")]
        }
        Section::Prices if view.draft.services.is_empty() => vec![
            Block::text("Select your homes or branches first."),
            Block::Links {
                links: vec![Link::new(Section::Services.label(), format!("{}/write/{}", here(view), Section::Services.code()))],
            },
        ],
        Section::Services | Section::Declarations | Section::Answers | Section::Prices => Vec::new(),
    }
}

fn text(key: &str, label: &str, value: &str) -> Field {
    Field { value: Answer::Text(value.to_owned()), ..pages::field(FieldKind::Text, key, label) }
}

fn profile_fields(view: &BidView) -> Vec<Field> {
    let profile = &view.profile;
    let mut fields = vec![text("provider_name", "Name of your organisation", &profile.provider_name)];
    let hint = Some("At Companies House or in the register of charities".to_owned());
    fields.push(Field { hint, ..text("company_number", "Company or charity number", &profile.company_number) });
    for (index, wanted) in view.plan.insurances.iter().enumerate() {
        let blank = TypedInsurance::default();
        let typed = profile.insurances.iter().find(|typed| typed.name == wanted.name).unwrap_or(&blank);
        let hint = Some(format!("{} or more for any one claim", wanted.at_least_pence));
        let label = format!("{}: amount of cover", wanted.name);
        let amount = text(&format!("insurance-{index}-amount"), &label, &typed.amount);
        fields.push(Field { kind: FieldKind::Money, hint, ..amount });
        let until = pages::field(FieldKind::Date, &format!("insurance-{index}-until"), &format!("{}: last day of cover", wanted.name));
        fields.push(Field { value: day_again(&typed.valid_until), ..until });
    }
    if !view.files.is_empty() {
        let chosen = profile.papers.iter().map(|paper| paper.file.to_string()).collect();
        let field = pages::field(FieldKind::ManyOf, "papers", "Policies and certificates that go with every bid");
        fields.push(Field { options: file_choices(view), value: Answer::Codes(chosen), required: false, ..field });
    }
    for (index, paper) in profile.papers.iter().enumerate() {
        let field = pages::field(FieldKind::Date, &format!("paper-{index}-until"), &format!("{}: valid until", paper.name));
        fields.push(Field { value: day_again(&paper.valid_until), required: false, ..field });
    }
    fields
}

fn service_fields(view: &BidView) -> Vec<Field> {
    let option = |one: &domain::procurement::bid::BidService| Choice {
        code: one.service.to_string(),
        label: one.name.clone(),
        hint: Some(format!("URN {}, {}", one.urn, one.rating.label().to_lowercase())),
    };
    if view.services.is_empty() {
        return Vec::new();
    }
    let value = Answer::Codes(view.draft.services.iter().map(ToString::to_string).collect());
    let field = pages::field(FieldKind::ManyOf, "services", "With which homes or branches do you bid?");
    vec![Field { options: view.services.iter().map(option).collect(), value, ..field }]
}

fn declaration_fields(view: &BidView) -> Vec<Field> {
    let declaration = |(index, words): (usize, &String)| {
        let is_made = view.draft.declared.get(index).copied().unwrap_or(false);
        let options = vec![Choice { code: "yes".to_owned(), label: "We confirm this".to_owned(), hint: None }];
        let value = Answer::Codes(if is_made { vec!["yes".to_owned()] } else { Vec::new() });
        Field { options, value, ..pages::field(FieldKind::ManyOf, &format!("declared-{index}"), words) }
    };
    let mut fields: Vec<Field> = view.plan.declarations.iter().enumerate().map(declaration).collect();
    if let Some(last) = view.addenda.last() {
        let code = last.number.to_string();
        let is_read = i64::from(view.draft.addenda_read) >= last.number;
        let label = format!("We have read everything that bidders were told, up to number {code}");
        let value = Answer::Codes(if is_read { vec![code.clone()] } else { Vec::new() });
        let options = vec![Choice { code, label, hint: None }];
        fields.push(Field { options, value, ..pages::field(FieldKind::ManyOf, "addenda", "Answers and changes") });
    }
    fields
}

fn answer_fields(view: &BidView) -> Vec<Field> {
    let field = |question: &domain::procurement::plan::QualityQuestion| {
        let answer = view.draft.answer(&question.code);
        let hint = format!("{} You have used {} of {} words.", question.text, words(answer), question.words_at_most);
        let field = pages::field(FieldKind::LongText, &format!("answer-{}", question.code), &question.title);
        Field { hint: Some(hint), value: Answer::Text(answer.to_owned()), max_words: Some(question.words_at_most), ..field }
    };
    view.plan.questions_of(&view.lot).map(field).collect()
}

fn price_fields(view: &BidView) -> Vec<Field> {
    let mut fields = Vec::new();
    let chosen = view.services.iter().filter(|one| view.draft.services.contains(&one.service));
    for service in chosen {
        for category in view.plan.lot(&view.lot).iter().flat_map(|lot| &lot.categories) {
            let highest = category.maximum_on(view.plan.begins_on()).map(|row| row.weekly);
            let hint = highest
                .map(|highest| format!("Below the published maximum of {highest}. Leave it empty if you do not bid in this category"));
            let label = format!("{}: {}, {} a week", service.name, category.code, category.name);
            let field = text(&price_field(service.service, &category.code), &label, view.draft.price(service.service, &category.code));
            fields.push(Field { kind: FieldKind::Money, hint, required: false, ..field });
        }
    }
    fields
}

fn file_choices(view: &BidView) -> Vec<Choice> {
    let choice = |(id, kept): &(BidderFileId, service::procurement::bidder::KeptFile)| Choice {
        code: id.to_string(),
        label: kept.file.name.clone(),
        hint: Some(format!("{} bytes, uploaded on {}", kept.file.size, when(kept.uploaded_at))),
    };
    view.files.iter().map(choice).collect()
}

fn file_fields(view: &BidView) -> Vec<Field> {
    if view.files.is_empty() {
        return Vec::new();
    }
    let value = Answer::Codes(view.draft.files.iter().map(ToString::to_string).collect());
    let field = pages::field(FieldKind::ManyOf, "files", "Which files go with this bid?");
    vec![Field { options: file_choices(view), value, required: false, ..field }]
}
