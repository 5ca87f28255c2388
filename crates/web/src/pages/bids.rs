//! A bidder's own bids: the lots of a tender, the parts of a bid with what is missing, a check before it is sent, the receipt.

use axum::extract::{Path, Query, State};
use axum::http::header;
use axum::response::IntoResponse as _;
use domain::Code as _;
use domain::access::{Action, could};
use domain::ids::ServiceId;
use domain::procurement::bid::{PriceEnvelope, QualityEnvelope};
use domain::procurement::bid_draft::{Missing, Section, words};
use domain::procurement::plan::TenderPlan;
use domain::procurement::tender::Phase;
use service::people::sign_in::SignedIn;
use service::procurement::bid::{BidView, ListOwnBids, LotLine, SubmittedLine, see as see_bid};
use service::procurement::submission::{WithdrawBid, own_copy, submit as submit_bid, submit_with_own_price};
use service::{ask, perform};

use super::tenders::{left, page, state, tender};
use super::{Answered, Done, WasDone, done};
use crate::blocks::{Block, Cell, Fact, Task, when};
use crate::caller::Who;
use crate::forms::{self, Posted};
use crate::pages;
use crate::problem::{Stopped, Wrong};
use crate::server::Site;
use crate::view::{Field, FieldKind, Link, Problem};

pub(super) async fn bid(site: &Site, who: &SignedIn, id: &str, lot: &str) -> Result<BidView, Stopped> {
    Ok(see_bid(&site.nearhome, &who.caller, pages::id(id)?, lot).await?)
}

pub(super) fn here(view: &BidView) -> String {
    format!("/bids/{}/{}", view.tender.id, crate::caller::escaped(&view.lot))
}

fn is_open(phase: Phase) -> bool {
    matches!(phase, Phase::Open | Phase::QuestionsClosed)
}

/// `GET /bids/{tender}`: the lots, each with where the bid for it stands.
pub(crate) async fn lots(State(site): State<Site>, Who(who): Who, Path(id): Path<String>) -> Answered {
    let lines = ask(&site.nearhome, &who.caller, &ListOwnBids { tender: pages::id(&id)? }).await?;
    let view = tender(&site, &who, &id).await?;
    let row = |line: &LotLine| {
        let (text, colour) = stands(line.submitted.as_ref(), line.saved_at.is_some(), is_open(view.phase));
        let at = line.submitted.map_or_else(String::new, |one| when(one.at));
        vec![
            Cell::link(format!("Lot {}", line.lot), format!("/bids/{}/{}", view.tender.id, crate::caller::escaped(&line.lot))),
            Cell::text(&line.name),
            Cell::tag(text, colour),
            Cell::text(at),
        ]
    };
    let columns = ["Lot", "Name", "Your bid", "Taken at"];
    let blocks = [
        Block::facts(vec![deadline(&site, &view.tender, view.phase)]),
        Block::text("Each lot is bid for by itself. What you say about your organisation and the files that you upload serve all of them."),
        Block::table("Lots", &columns, lines.iter().map(row).collect(), "The tender has no lot."),
        Block::Links { links: vec![Link::new("Your files", "/papers")] },
    ];
    let page = page(&site, &who, "Your bids", format!("/tenders/{}", view.tender.id));
    Ok(pages::show(&page, Some(&view.tender.title), &blocks)?)
}

/// Where a bid stands, in words, with the colour of the tag.
fn stands(submitted: Option<&SubmittedLine>, is_written: bool, is_open: bool) -> (&'static str, &'static str) {
    match submitted {
        Some(one) if one.withdrawn_at.is_none() => ("Submitted", "green"),
        Some(_) => ("Withdrawn", "grey"),
        None if is_written && is_open => ("Being written", "blue"),
        None if is_written => ("Not submitted", "red"),
        None => ("Not begun", "grey"),
    }
}

/// The deadline with its zone, and how long it still is by the server's clock: right without any script.
fn deadline(site: &Site, tender: &service::procurement::tender::Tender, phase: Phase) -> Fact {
    Fact::new("Bids until", format!("{}{}", when(tender.deadline), left(phase, site.nearhome.now(), tender.deadline)))
}

/// `GET /bids/{tender}/{lot}`: the parts of a bid.
pub(crate) async fn see(
    State(site): State<Site>,
    Who(who): Who,
    Path((id, lot)): Path<(String, String)>,
    Query(was): Query<WasDone>,
) -> Answered {
    let view = bid(&site, &who, &id, &lot).await?;
    let (text, colour) = state(view.phase);
    let mut blocks = vec![Block::State { text: text.to_owned(), colour }];
    blocks.extend(warning(&view));
    blocks.push(Block::facts(vec![deadline(&site, &view.tender, view.phase), stands_now(&view)]));
    if is_open(view.phase) {
        if could(who.role, Action::WriteBid) {
            blocks.push(Block::Tasks { tasks: tasks(&view) });
        }
        blocks.push(Block::Acts { links: acts(&who, &view) });
        if !could(who.role, Action::SubmitBid) {
            blocks.push(Block::text("A signatory of your organisation checks the bid and submits it."));
        }
    } else {
        blocks.push(Block::Links { links: vec![Link::new("See what was written", format!("{}/check", here(&view)))] });
    }
    blocks.push(submitted(&view));
    let mut page = page(&site, &who, &format!("Your bid for lot {}", view.lot), format!("/bids/{}", view.tender.id));
    page.notice = was.notice();
    Ok(pages::show(&page, Some(&view.tender.title), &blocks)?)
}

/// What must not be overlooked: a bid that does not stand, or no longer says what was written.
fn warning(view: &BidView) -> Option<Block> {
    let text = match (is_open(view.phase), view.standing()) {
        (_, _) if view.phase == Phase::Cancelled => "This tender was given up: no bid is taken or opened.",
        (false, None) => "The deadline has passed, and no bid of yours stands for this lot. What was written is kept for you to read.",
        (true, Some(_)) if view.is_changed_since() => {
            "You changed something since this bid was submitted. The bid that stands is the one that was submitted: submit again to put what you wrote now in its place."
        }
        (true | false, Some(_)) | (true, None) => return None,
    };
    Some(Block::Warning { text: text.to_owned() })
}

fn stands_now(view: &BidView) -> Fact {
    let text = view
        .standing()
        .map_or_else(|| "No bid stands".to_owned(), |one| format!("Number {} stands, taken on {}", one.number, when(one.at)));
    Fact::new("Your bid", text)
}

fn missing(view: &BidView) -> &[Missing] {
    view.complete.as_ref().err().map_or(&[], Vec::as_slice)
}

fn is_blank(view: &BidView, section: Section) -> bool {
    let draft = &view.draft;
    match section {
        Section::Profile => view.profile == domain::procurement::bid_draft::Profile::default(),
        Section::Services => draft.services.is_empty(),
        Section::Declarations => draft.declared.is_empty(),
        Section::Answers => draft.answers.iter().all(|answer| answer.text.trim().is_empty()),
        Section::Prices => draft.prices.iter().all(|price| price.weekly.trim().is_empty()),
        Section::Files => draft.files.is_empty(),
    }
}

fn tasks(view: &BidView) -> Vec<Task> {
    let task = |section: &Section| {
        let missing = missing(view).iter().filter(|one| one.section == *section).count();
        let status = match missing {
            0 => "DONE",
            _ if is_blank(view, *section) => "TODO",
            _ => "PROBLEM",
        };
        let hint =
            (status == "PROBLEM").then(|| if missing == 1 { "1 thing to mend".to_owned() } else { format!("{missing} things to mend") });
        Task { title: section.label().to_owned(), hint, href: Some(format!("{}/write/{}", here(view), section.code())), status }
    };
    Section::ALL.iter().map(task).collect()
}

fn acts(who: &SignedIn, view: &BidView) -> Vec<Link> {
    let signs = could(who.role, Action::SubmitBid);
    let check = if signs { "Check and submit" } else { "Check what is written" };
    let mut links = vec![Link::new(check, format!("{}/check", here(view)))];
    if signs {
        links.push(Link::new("Submit with prices you sealed yourself", format!("{}/own-price", here(view))));
    }
    if signs && view.standing().is_some() {
        links.push(Link::new("Withdraw the bid", format!("{}/withdraw", here(view))));
    }
    links
}

fn submitted(view: &BidView) -> Block {
    let row = |one: &SubmittedLine| {
        let last = view.submitted.last().is_some_and(|last| last.id == one.id);
        let (text, colour) = match (one.withdrawn_at, last) {
            (Some(_), _) => ("Withdrawn", "grey"),
            (None, true) => ("Stands", "green"),
            (None, false) => ("Replaced", "grey"),
        };
        vec![
            Cell::link(format!("Receipt {}", one.number), format!("/bid-receipts/{}", one.id)),
            Cell::text(when(one.at)),
            Cell::tag(text, colour),
        ]
    };
    let rows = view.submitted.iter().map(row).collect();
    Block::table("Submitted", &["Receipt", "Taken at", "State"], rows, "Nothing was submitted for this lot.")
}

/// What a bid says, from a draft or from an envelope.
struct Said<'a> {
    about: Vec<Fact>,
    services: Vec<Vec<Cell>>,
    answers: Vec<(&'a str, &'a str)>,
    prices: Vec<Vec<Cell>>,
    files: Vec<Vec<Cell>>,
}

impl Said<'_> {
    fn blocks(self, plan: &TenderPlan) -> Vec<Block> {
        let mut blocks = vec![Block::heading(Section::Profile.label()), Block::facts(self.about)];
        blocks.push(Block::table(Section::Services.label(), &["Name", "URN", "Rating"], self.services, "No home or branch is selected."));
        blocks.push(Block::heading(Section::Answers.label()));
        for (code, text) in self.answers {
            let question = plan.questions.iter().find(|question| question.code == code);
            let (title, most) = question.map_or((code, 0), |question| (question.title.as_str(), question.words_at_most));
            let count = format!("{title} ({} of {most} words)", words(text));
            let answer = if text.trim().is_empty() { "Not answered yet" } else { text };
            blocks.push(Block::facts(vec![Fact::new(count, answer)]));
        }
        blocks.push(Block::table("Prices a week", &["Home or branch", "Category", "#Price"], self.prices, "No price is entered."));
        blocks.push(Block::table("Files", &["Name", "#Bytes", "SHA-256"], self.files, "No file goes with the bid."));
        blocks
    }
}

fn category(plan: &TenderPlan, code: &str) -> String {
    plan.framework.category(code).map_or_else(|| code.to_owned(), |(_, category)| format!("{code}, {}", category.name))
}

/// What is written now, finished or not.
fn written(view: &BidView) -> Vec<Block> {
    let (profile, draft) = (&view.profile, &view.draft);
    let name = |service: ServiceId| view.services.iter().find(|one| one.service == service).map_or("", |one| one.name.as_str());
    let insured = profile.insurances.iter().map(|one| Fact::new(&one.name, format!("£{}\nuntil {}", one.amount, one.valid_until)));
    let mut about =
        vec![Fact::new("Organisation", &profile.provider_name), Fact::new("Company or charity number", &profile.company_number)];
    about.extend(insured);
    let confirmed = draft.declared.iter().filter(|is_made| **is_made).count();
    about.push(Fact::new("Declarations", format!("{confirmed} of {} confirmed", view.plan.declarations.len())));
    let chosen = view.services.iter().filter(|one| draft.services.contains(&one.service));
    let goes = |id: &domain::ids::BidderFileId| draft.files.contains(id) || profile.papers.iter().any(|paper| paper.file == *id);
    let said = Said {
        about,
        services: chosen.map(|one| vec![Cell::text(&one.name), Cell::text(&one.urn), Cell::text(one.rating.label())]).collect(),
        answers: view.plan.questions_of(&view.lot).map(|question| (question.code.as_str(), draft.answer(&question.code))).collect(),
        prices: draft
            .prices
            .iter()
            .filter(|price| draft.services.contains(&price.service) && !price.weekly.trim().is_empty())
            .map(|price| {
                vec![Cell::text(name(price.service)), Cell::text(category(&view.plan, &price.category)), Cell::text(&price.weekly)]
            })
            .collect(),
        files: view.files.iter().filter(|(id, _)| goes(id)).map(|(id, kept)| file_row(&kept.file, Some(format!("/papers/{id}")))).collect(),
    };
    said.blocks(&view.plan)
}

fn file_row(file: &domain::procurement::bid::BidFile, href: Option<String>) -> Vec<Cell> {
    let name = href.map_or_else(|| Cell::text(&file.name), |href| Cell::link(&file.name, href));
    vec![name, Cell::text(file.size.to_string()), Cell::text(&file.sha256)]
}

/// What was sealed.
fn sealed(plan: &TenderPlan, quality: &QualityEnvelope, price: Option<&PriceEnvelope>) -> Vec<Block> {
    let name = |service: ServiceId| quality.services.iter().find(|one| one.service == service).map_or("", |one| one.name.as_str());
    let mut about =
        vec![Fact::new("Organisation", &quality.provider_name), Fact::new("Company or charity number", &quality.company_number)];
    about.extend(quality.insurances.iter().map(|one| Fact::new(&one.name, format!("{}\nuntil {}", one.amount_pence, one.valid_until))));
    about.push(Fact::new("Declarations", format!("All {} confirmed", quality.declared.len())));
    let said = Said {
        about,
        services: quality
            .services
            .iter()
            .map(|one| vec![Cell::text(&one.name), Cell::text(&one.urn), Cell::text(one.rating.label())])
            .collect(),
        answers: quality.answers.iter().map(|answer| (answer.question.as_str(), answer.text.as_str())).collect(),
        prices: price
            .iter()
            .flat_map(|price| &price.prices)
            .map(|price| {
                vec![Cell::text(name(price.service)), Cell::text(category(plan, &price.category)), Cell::text(price.weekly.0.to_string())]
            })
            .collect(),
        files: quality.files.iter().map(|file| file_row(file, None)).collect(),
    };
    let mut blocks = said.blocks(plan);
    if price.is_none() {
        blocks.push(Block::text(
            "You sealed your prices yourselves: there is no copy of them here, and nobody can check them before they are opened.",
        ));
    }
    blocks
}

/// `GET /bids/{tender}/{lot}/check`: all of it on one page, with everything that is missing.
pub(crate) async fn check(State(site): State<Site>, Who(who): Who, Path((id, lot)): Path<(String, String)>) -> Answered {
    check_page(&site, &who, &bid(&site, &who, &id, &lot).await?, None)
}

fn check_page(site: &Site, who: &SignedIn, view: &BidView, again: Option<(&Posted, &Wrong)>) -> Answered {
    let mut page = page(site, who, &format!("Check your bid for lot {}", view.lot), here(view));
    let problem = |one: &Missing| Problem {
        text: one.reason.clone(),
        href: Some(format!("{}/write/{}#{}", here(view), one.section.code(), one.field)),
    };
    let mut blocks = vec![Block::facts(vec![deadline(site, &view.tender, view.phase), stands_now(view)])];
    blocks.extend(written(view));
    let mut status = axum::http::StatusCode::OK;
    if is_open(view.phase) && could(who.role, Action::SubmitBid) && view.complete.is_ok() {
        let mut form =
            forms::form(site, format!("{}/submit", here(view)), None, Vec::new(), &format!("Submit your bid for lot {}", view.lot));
        blocks.push(Block::text("By submitting you bind your organisation to what is written here. Until the deadline you can submit again, which replaces the whole bid, or withdraw it."));
        if let Some((posted, wrong)) = again {
            status = pages::refuse(&mut page, &mut form, posted, wrong);
        }
        blocks.push(Block::Form { form });
    } else if let Some((_, wrong)) = again {
        status = wrong.status;
        page.problems.extend(wrong.problems.iter().map(|one| Problem { text: one.message.clone(), href: None }));
    }
    if is_open(view.phase) && again.is_none() {
        page.problems = missing(view).iter().map(problem).collect();
    }
    Ok(pages::show_with(status, &page, Some(&view.tender.title), &blocks)?)
}

/// `POST /bids/{tender}/{lot}/submit`
pub(crate) async fn submit(State(site): State<Site>, Who(who): Who, Path((id, lot)): Path<(String, String)>, posted: Posted) -> Answered {
    match submit_bid(&site.nearhome, &who.caller, posted.key, pages::id(&id)?, &lot).await {
        Ok(submission) => Ok(done(&format!("/bid-receipts/{submission}"), Done::BidSubmitted)),
        Err(failure) => {
            let wrong = Wrong::with(failure)?;
            check_page(&site, &who, &bid(&site, &who, &id, &lot).await?, Some((&posted, &wrong)))
        }
    }
}

/// `GET /bids/{tender}/{lot}/own-price`: for bidders who let nobody see their prices before they are opened.
pub(crate) async fn ask_own_price(State(site): State<Site>, Who(who): Who, Path((id, lot)): Path<(String, String)>) -> Answered {
    own_price_page(&site, &who, &bid(&site, &who, &id, &lot).await?, None)
}

fn own_price_page(site: &Site, who: &SignedIn, view: &BidView, again: Option<(&Posted, &Wrong)>) -> Answered {
    let key = view.tender.price_recipient.as_deref().unwrap_or_default();
    let category = view.plan.lot(&view.lot).and_then(|lot| lot.categories.first()).map_or("", |category| category.code.as_str());
    let service = view.draft.services.first().map_or_else(|| "the number of the home or branch".to_owned(), ToString::to_string);
    let example = format!(r#"{{"prices": [{{"service": "{service}", "category": "{category}", "weekly": 475000}}]}}"#);
    let hint = Some("The text that age made, from -----BEGIN to -----END".to_owned());
    let field = Field { hint, ..pages::field(FieldKind::LongText, "sealed_price", "Your sealed prices") };
    let form = forms::form(site, format!("{}/own-price", here(view)), None, vec![field], "Submit with these prices");
    let above = vec![
        Block::text(
            "Prices that you seal on your own computer are seen by nobody before they are opened, not even by this service. The price of it is that nobody can check them: what cannot be read then, or is not below the published maximum, is not admitted.",
        ),
        Block::Text {
            lines: vec![
                format!("Write your prices in pence, for each home or branch and category, into a file prices.json like this: {example}"),
                format!("Seal it with age, which is free: age --armor --recipient {key} prices.json"),
                "Paste what it prints here. Everything else of the bid is taken as it is written.".to_owned(),
            ],
        },
    ];
    pages::ask(
        page(site, who, &format!("Submit your bid for lot {} with prices you sealed yourself", view.lot), here(view)),
        form,
        above,
        again,
    )
}

/// `POST /bids/{tender}/{lot}/own-price`
pub(crate) async fn submit_own_price(
    State(site): State<Site>,
    Who(who): Who,
    Path((id, lot)): Path<(String, String)>,
    posted: Posted,
) -> Answered {
    let tender = pages::id(&id)?;
    let text = posted.exact("sealed_price").to_owned();
    match submit_with_own_price(&site.nearhome, &who.caller, posted.key, (tender, &lot), text).await {
        Ok(submission) => Ok(done(&format!("/bid-receipts/{submission}"), Done::BidSubmitted)),
        Err(failure) => own_price_page(&site, &who, &bid(&site, &who, &id, &lot).await?, Some((&posted, &Wrong::with(failure)?))),
    }
}

/// `GET /bids/{tender}/{lot}/withdraw`
pub(crate) async fn ask_withdraw(State(site): State<Site>, Who(who): Who, Path((id, lot)): Path<(String, String)>) -> Answered {
    withdraw_page(&site, &who, &bid(&site, &who, &id, &lot).await?, None)
}

fn withdraw_page(site: &Site, who: &SignedIn, view: &BidView, again: Option<(&Posted, &Wrong)>) -> Answered {
    let form = forms::form(site, format!("{}/withdraw", here(view)), None, Vec::new(), "Withdraw the bid");
    let above = vec![
        Block::facts(vec![stands_now(view)]),
        Block::text("A bid that is withdrawn is not opened. What was written stays, and until the deadline you can submit again."),
    ];
    pages::ask(page(site, who, &format!("Withdraw your bid for lot {}", view.lot), here(view)), form, above, again)
}

/// `POST /bids/{tender}/{lot}/withdraw`
pub(crate) async fn withdraw(State(site): State<Site>, Who(who): Who, Path((id, lot)): Path<(String, String)>, posted: Posted) -> Answered {
    let command = WithdrawBid { tender: pages::id(&id)?, lot: lot.clone() };
    match perform(&site.nearhome, &who.caller, posted.key, &command).await {
        Ok(_) => Ok(done(&format!("/bids/{id}/{}", crate::caller::escaped(&lot)), Done::Withdrawn)),
        Err(failure) => withdraw_page(&site, &who, &bid(&site, &who, &id, &lot).await?, Some((&posted, &Wrong::with(failure)?))),
    }
}

/// `GET /bid-receipts/{id}`: what the bidder was given, and its own copy of what was sealed. It prints as it is.
pub(crate) async fn receipt(State(site): State<Site>, Who(who): Who, Path(id): Path<String>, Query(was): Query<WasDone>) -> Answered {
    let view = own_copy(&site.nearhome, &who.caller, pages::id(&id)?).await?;
    let (text, colour) = match (view.withdrawn_at, view.replaced_by) {
        (Some(_), _) => ("Withdrawn", "grey"),
        (None, Some(_)) => ("Replaced by a later bid", "grey"),
        (None, None) => ("Stands", "green"),
    };
    let mut blocks = vec![
        Block::State { text: text.to_owned(), colour },
        Block::Text { lines: view.copy.receipt.lines().map(str::to_owned).collect() },
        Block::facts(vec![Fact::new("SHA-256 of this receipt", &view.receipt_digest)]),
        Block::text(
            "The digest stands in the audit record, under the heads that every council keeps: with the text of this receipt you can show later what was taken, and when.",
        ),
        Block::Links { links: vec![Link::new("Download the receipt as text", format!("/bid-receipts/{id}/text"))] },
        Block::heading("What was sealed"),
    ];
    blocks.extend(sealed(&view.tender.plan().map_err(service::Failure::from)?, &view.copy.quality, view.copy.price.as_ref()));
    let back = format!("/bids/{}/{}", view.tender.id, crate::caller::escaped(&view.lot));
    let mut page = page(&site, &who, &format!("Receipt {} for lot {}", view.number, view.lot), back);
    page.notice = was.notice();
    Ok(pages::show(&page, Some(&view.tender.title), &blocks)?)
}

/// `GET /bid-receipts/{id}/text`: the receipt to the byte, as its digest was taken.
pub(crate) async fn receipt_text(State(site): State<Site>, Who(who): Who, Path(id): Path<String>) -> Answered {
    let view = own_copy(&site.nearhome, &who.caller, pages::id(&id)?).await?;
    let name = format!("attachment; filename=\"bid-receipt-{}.txt\"", view.number);
    Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8".to_owned()), (header::CONTENT_DISPOSITION, name)], view.copy.receipt)
        .into_response())
}
