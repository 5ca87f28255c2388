//! A council's referrals: the board, one referral with its parts and its history, and its question pages.

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use domain::Code as _;
use domain::access::{Action, could};
use domain::calendar::Day;
use domain::ids::ReferralId;
use domain::purchasing::fields::{Answers, Field as Asked};
use domain::purchasing::forms::{RawForm, parse_all};
use domain::purchasing::questions::{Section, question, section};
use domain::purchasing::referral::{ReferralAct, ReferralState, Urgency};
use domain::purchasing::referral_form::SECTIONS;
use serde::Deserialize;
use service::people::sign_in::SignedIn;
use service::purchasing::board::{BOARD_PAGE, Board, GetReferral, ReferralView};
use service::purchasing::referral::{ChildEntry, SavePage, WriteReferral};
use service::{Failure, FieldProblem, ask, ask_standing, perform};

use super::{Answered, Done, WasDone, additions, done};
use crate::blocks::{Block, Cell, Fact, Task, on, when};
use crate::caller::Who;
use crate::forms::Posted;
use crate::problem::{Stopped, Wrong};
use crate::server::Site;
use crate::view::{self, Choice, FieldKind, Form, Link, Page};
use crate::{forms, pages};

/// Which part of the board is looked at.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Part {
    /// `all` shows what is placed, withdrawn or ended too.
    #[serde(default)]
    show: String,
    #[serde(default)]
    page: u32,
}

/// `GET /board`
pub(crate) async fn board(State(site): State<Site>, Who(who): Who, Query(part): Query<Part>) -> Answered {
    let only_open = part.show != "all";
    let number = part.page.max(1);
    let board = Board { only_open, page: number, today: Day::in_uk(site.nearhome.now()) };
    let found = ask_standing(&site.nearhome, &who.caller, who.as_of.as_ref(), &board).await?;
    let rows = found.lines.iter().map(|line| {
        vec![
            Cell::link(line.number.clone(), format!("/referrals/{}", line.id)),
            Cell::tag(line.state.label(), colour(line.state)),
            Cell::text(line.urgency.label()),
            Cell::text(line.needed_by.map_or_else(|| "Not said".to_owned(), on)),
            Cell::text(line.closes_at.map_or_else(|| "Not released".to_owned(), when)),
            Cell::text(format!("{} asked, {} offered, {} declined", line.asked, line.offered, line.declined)),
            if line.overdue > 0 { Cell::tag(format!("{} overdue", line.overdue), "red") } else { Cell::text("None overdue") },
        ]
    });
    let columns = ["Referral", "State", "Urgency", "Needed by", "Offers until", "Answers", "Tasks"];
    let caption = if only_open { "Open referrals" } else { "All referrals" };
    let table = Block::table(caption, &columns, rows.collect(), "There is no referral here.");
    let mut blocks = Vec::new();
    if could(who.role, Action::WriteReferral) {
        blocks.push(Block::Acts { links: vec![Link::new("Start a referral", "/referrals/new")] });
    }
    blocks.extend([table, Block::Links { links: elsewhere(&part, number, found.total) }]);
    let page = pages::page(&site, Some(&who), "Referrals").within("/board");
    Ok(pages::show(&page, None, &blocks)?)
}

/// The other pages of the board, and its other half.
fn elsewhere(part: &Part, number: u32, total: i64) -> Vec<Link> {
    let show = if part.show == "all" { "all" } else { "open" };
    let pages = (total + BOARD_PAGE - 1) / BOARD_PAGE;
    let to = |page: u32| format!("/board?show={show}&page={page}");
    let mut links = Vec::new();
    if number > 1 {
        links.push(Link::new("Previous page", to(number - 1)));
    }
    if i64::from(number) < pages {
        links.push(Link::new(format!("Next page, {} of {pages}", number + 1), to(number + 1)));
    }
    links.push(if show == "all" {
        Link::new("Show open referrals only", "/board")
    } else {
        Link::new("Show all referrals, also those that ended", "/board?show=all")
    });
    links
}

fn colour(state: ReferralState) -> &'static str {
    use ReferralState as At;
    match state {
        At::Draft | At::Returned => "yellow",
        At::Submitted | At::Accepted | At::InternalSearch | At::Authorised | At::OutToMarket | At::Shortlisting => "blue",
        At::Preferred | At::AwaitingApproval | At::Placed => "green",
        At::Withdrawn | At::NoPlacement => "grey",
    }
}

/// The questions with which a referral begins: those that the child's own row keeps.
pub(crate) fn first_questions() -> impl Iterator<Item = &'static Asked> {
    let keys = ["case_number", "given_name", "family_name", "date_of_birth", "home_postcode"];
    keys.into_iter().filter_map(question).map(|question| &question.field)
}

fn first_form(site: &Site) -> Form {
    let nothing = Answers::default();
    let mut fields: Vec<view::Field> = first_questions().map(|field| forms::question(field, &nothing)).collect();
    let options =
        Urgency::ALL.iter().map(|urgency| Choice { code: urgency.code().to_owned(), label: urgency.label().to_owned(), hint: None });
    fields.push(view::Field { options: options.collect(), ..pages::field(FieldKind::OneOf, "urgency", "How soon is the home needed?") });
    let hint = Some("Nearhome finds the child by the case number".to_owned());
    let again = "Write this referral even if another one of this child is open?";
    let no = view::Answer::Text("no".to_owned());
    fields.push(view::Field { hint, value: no, ..pages::field(FieldKind::YesNo, "even_though_open", again) });
    forms::form(site, "/referrals/new", None, fields, "Start the referral")
}

fn first_page(site: &Site, who: &SignedIn, again: Option<(&Posted, &Wrong)>) -> Answered {
    let mut page = pages::page(site, Some(who), "Start a referral").within("/board");
    page.back = Some(Link::new("Back to all referrals", "/board"));
    pages::ask(page, first_form(site), Vec::new(), again)
}

/// `GET /referrals/new`
pub(crate) async fn ask_new(State(site): State<Site>, Who(who): Who) -> Answered {
    first_page(&site, &who, None)
}

/// `POST /referrals/new`
pub(crate) async fn write(State(site): State<Site>, Who(who): Who, posted: Posted) -> Answered {
    let outcome = match first_answers(&posted.raw, who.is_sample_world) {
        Ok(command) => perform(&site.nearhome, &who.caller, posted.key, &command).await,
        Err(problems) => Err(Failure::Invalid(problems)),
    };
    match outcome {
        Ok(written) => Ok(Redirect::to(&path(written.id)).into_response()),
        Err(failure) => first_page(&site, &who, Some((&posted, &Wrong::with(failure)?))),
    }
}

/// Children in a sample database do not exist, and every record of them says so.
pub(crate) fn first_answers(raw: &RawForm, is_synthetic: bool) -> Result<WriteReferral, Vec<FieldProblem>> {
    let mut answers = Answers::default();
    let errors = parse_all(first_questions(), raw, &mut answers);
    let mut problems: Vec<FieldProblem> = errors.into_iter().map(|error| FieldProblem::at(error.input, error.message)).collect();
    let text = |key: &str| answers.text(key).map(str::to_owned);
    for key in ["case_number", "given_name"] {
        if text(key).is_none() && !problems.iter().any(|problem| problem.field == key) {
            problems.extend(question(key).map(|question| FieldProblem::at(key, question.field.missing)));
        }
    }
    let born_on = answers.day("date_of_birth");
    if born_on.is_none() && !problems.iter().any(|problem| problem.field.starts_with("date_of_birth")) {
        problems.push(FieldProblem::at("date_of_birth-day", "Enter the date of birth, or the best estimate"));
    }
    let urgency = Urgency::from_code(raw.value("urgency")).ok();
    if urgency.is_none() {
        problems.push(FieldProblem::at("urgency", "Select how soon the home is needed"));
    }
    let (Some(born_on), Some(urgency), true) = (born_on, urgency, problems.is_empty()) else { return Err(problems) };
    let child = ChildEntry {
        case_number: text("case_number").unwrap_or_default(),
        given_name: text("given_name").unwrap_or_default(),
        family_name: text("family_name").unwrap_or_default(),
        born_on,
        home_postcode: answers.get("home_postcode").zip(question("home_postcode")).map(|(answer, question)| answer.shown(&question.field)),
        is_synthetic,
    };
    Ok(WriteReferral { child, urgency, even_though_open: raw.value("even_though_open") == "yes" })
}

/// Where a referral is shown.
pub(crate) fn path(referral: ReferralId) -> String {
    format!("/referrals/{referral}")
}

/// The referral that an address names.
pub(crate) async fn referral(site: &Site, who: &SignedIn, id: &str) -> Result<ReferralView, Stopped> {
    let referral: ReferralId = pages::id(id)?;
    Ok(ask(&site.nearhome, &who.caller, &GetReferral { referral }).await?)
}

/// A page below a referral. Its title names the number, never the child.
pub(crate) fn page(site: &Site, who: &SignedIn, title: impl Into<String>, view: &ReferralView) -> Page {
    let mut page = pages::page(site, Some(who), title).within("/board");
    page.back = Some(Link::new("Back to the referral", path(view.referral.id)));
    page
}

/// `GET /referrals/{id}`
pub(crate) async fn see(State(site): State<Site>, Who(who): Who, Path(id): Path<String>, Query(was): Query<WasDone>) -> Answered {
    let view = referral(&site, &who, &id).await?;
    let title = format!("Referral {}", view.referral.number);
    let mut page = pages::page(&site, Some(&who), title.clone()).within("/board");
    page.breadcrumbs = vec![Link::new("Referrals", "/board"), Link::new(title, path(view.referral.id))];
    page.notice = was.notice();
    let state = view.referral.state;
    let mut blocks = vec![Block::State { text: state.label().to_owned(), colour: colour(state) }];
    blocks.extend(questions(&view));
    blocks.push(Block::facts(facts(&view)));
    blocks.extend(additions::notice(&site, &who, &view).await?.into_iter().flatten());
    let links = acts(&who, &view);
    if !links.is_empty() {
        blocks.push(Block::Acts { links });
    }
    blocks.push(Block::heading(format!("What the referral says: {}% of what a search needs", view.completeness.percent)));
    blocks.push(Block::Tasks { tasks: SECTIONS.iter().map(|section| task(&view, section)).collect() });
    blocks.push(Block::Links { links: vec![Link::new("Read all answers", format!("{}/answers", path(view.referral.id)))] });
    blocks.extend(gaps(&view));
    blocks.push(Block::heading("History"));
    blocks.push(Block::history(&view.timeline));
    Ok(pages::show(&page, Some(&who.organisation_name), &blocks)?)
}

/// What the placements team asked when it returned the referral, until that is answered.
fn questions(view: &ReferralView) -> Vec<Block> {
    let Some(asked) = view.questions() else { return Vec::new() };
    let rows = vec![
        Fact::new("Asked by", asked.who.as_str()),
        Fact::new("Asked at", when(asked.at)),
        Fact::new("Questions", asked.said.clone().unwrap_or_default()),
    ];
    let warning = Block::Warning { text: "This referral was returned with questions. Answer them and submit it again.".to_owned() };
    vec![warning, Block::Facts { title: Some("Questions to answer".to_owned()), rows }]
}

/// What the council's own search found, for whoever authorises the search outside.
pub(crate) fn in_house(view: &ReferralView) -> Option<Fact> {
    let (result, why) = view.in_house()?;
    Some(Fact::new("In-house search", [result.label(), why.unwrap_or_default()].join("\n")))
}

fn facts(view: &ReferralView) -> Vec<Fact> {
    let child = format!("{} {}", view.child.given_name, view.child.family_name);
    let facts = [
        Fact::new("Child", child.trim()),
        Fact::new("Born", view.child.born_on.map(on).unwrap_or_default()),
        Fact::new("Case number", view.child.case_number.as_str()),
        Fact::new("Urgency", view.referral.urgency.label()),
        Fact::new("Needed by", view.referral.needed_by.map(on).unwrap_or_default()),
    ];
    facts.into_iter().chain(in_house(view)).collect()
}

/// Links to what this role may do next.
fn acts(who: &SignedIn, view: &ReferralView) -> Vec<Link> {
    use ReferralAct as Act;
    let here = path(view.referral.id);
    let slug = |act: ReferralAct| match act {
        Act::Submit => Some("submit"),
        Act::Return => Some("return"),
        Act::Accept => Some("accept"),
        Act::SearchInHouse => Some("in-house"),
        Act::Authorise => Some("authorise"),
        Act::Release => Some("release"),
        Act::SetAside => Some("set-aside"),
        Act::Place => Some("agreement"),
        Act::Withdraw => Some("withdraw"),
        Act::EndSearch => Some("end"),
        // Done on the pages of offers, approvals, agreements and placements, or of themselves.
        Act::Shortlist | Act::Prefer | Act::AskApproval | Act::RefuseApproval | Act::FallThrough => None,
    };
    let own = view.acts.iter().filter_map(|act| Some(Link::new(act.label(), format!("{here}/{}", slug(*act)?))));
    // Also after a choice was made: it is read beside what was not chosen.
    let offers = could(who.role, Action::SeeOffers) && view.referral.released_at.is_some();
    offers.then(|| Link::new("Compare offers", format!("{here}/offers"))).into_iter().chain(own).collect()
}

fn task(view: &ReferralView, section: &Section) -> Task {
    let is_missing = view.completeness.gaps.iter().any(|gap| gap.section == section.slug || gap.section == section.title);
    let is_begun = section.fields().any(|field| view.answers.get(field.key).is_some());
    let status = match (is_missing, is_begun) {
        (false, true) => "DONE",
        (true, true) => "STARTED",
        (true | false, false) => "TODO",
    };
    let href = view.is_editable.then(|| format!("{}/section/{}", path(view.referral.id), section.slug));
    Task { title: section.title.to_owned(), hint: None, href, status }
}

/// What is missing, with why it matters.
fn gaps(view: &ReferralView) -> Option<Block> {
    let missing = view.completeness.gaps.iter().chain(&view.completeness.owed);
    let rows: Vec<Vec<Cell>> = missing.map(|gap| vec![Cell::text(gap.label), Cell::text(gap.why)]).collect();
    (!rows.is_empty()).then(|| Block::table("Still missing", &["Question", "Why it matters"], rows, ""))
}

/// `GET /referrals/{id}/answers`
pub(crate) async fn answers(State(site): State<Site>, Who(who): Who, Path(id): Path<String>) -> Answered {
    let view = referral(&site, &who, &id).await?;
    let card = |section: &Section| {
        let href = format!("{}/section/{}", path(view.referral.id), section.slug);
        let change = view.is_editable.then_some(href);
        let row = |field: &Asked| Fact {
            change: change.clone(),
            ..Fact::new(field.label, view.answers.get(field.key).map(|answer| answer.shown(field)).unwrap_or_default())
        };
        let rows = section.fields().filter(|field| field.is_asked(&view.answers)).map(row).collect();
        Block::Facts { title: Some(section.title.to_owned()), rows }
    };
    let blocks: Vec<Block> = SECTIONS.iter().map(card).collect();
    let page = page(&site, &who, format!("Answers of {}", view.referral.number), &view);
    Ok(pages::show(&page, None, &blocks)?)
}

fn section_form(site: &Site, view: &ReferralView, section: &Section) -> Form {
    let fields = section.fields().map(|field| forms::question(field, &view.answers)).collect();
    let action = format!("{}/section/{}", path(view.referral.id), section.slug);
    forms::form(site, action, Some(view.referral.version), fields, "Save and continue")
}

/// `GET /referrals/{id}/section/{section}`
pub(crate) async fn ask_section(State(site): State<Site>, Who(who): Who, Path((id, slug)): Path<(String, String)>) -> Answered {
    let view = referral(&site, &who, &id).await?;
    let asked = section(&slug).ok_or_else(Failure::absent)?;
    pages::ask(page(&site, &who, asked.title, &view), section_form(&site, &view, asked), Vec::new(), None)
}

/// `POST /referrals/{id}/section/{section}`
pub(crate) async fn save_section(
    State(site): State<Site>,
    Who(who): Who,
    Path((id, slug)): Path<(String, String)>,
    posted: Posted,
) -> Answered {
    let asked = section(&slug).ok_or_else(Failure::absent)?;
    let id_of: ReferralId = pages::id(&id)?;
    let outcome = match posted.version() {
        Ok(version) => {
            let command = SavePage { referral: id_of, version, section: slug, pairs: posted.pairs.clone() };
            perform(&site.nearhome, &who.caller, posted.key, &command).await
        }
        Err(failure) => Err(failure),
    };
    let wrong = match outcome {
        Ok(saved) if saved.problems.is_empty() => return Ok(done(&path(id_of), Done::Saved)),
        Ok(saved) => Wrong { status: StatusCode::UNPROCESSABLE_ENTITY, problems: saved.problems },
        Err(failure) => Wrong::with(failure)?,
    };
    // What parsed was kept, so the form is drawn again on the version that this made.
    let view = referral(&site, &who, &id).await?;
    let above = pages::others_saved(&wrong, asked.fields(), &view.answers, &posted);
    pages::ask(page(&site, &who, asked.title, &view), section_form(&site, &view, asked), above, Some((&posted, &wrong)))
}
