//! The award and what follows it: approval, summaries, notice and standstill, challenges, signatures; and the bidder's side of it.

use axum::extract::{Path, Query, State};
use domain::Code as _;
use domain::access::{Action, could};
use domain::calendar::Day;
use domain::ids::{ChallengeId, FrameworkContractId, TenderId};
use domain::procurement::contract::Standing;
use domain::procurement::reopening::CarryOver;
use service::people::sign_in::SignedIn;
use service::procurement::agreement::ContractLine;
use service::procurement::award::{AwardFramework, AwardView, GetAward, RecordAwardNotice};
use service::procurement::challenge::{ChallengeKind, CloseChallenge, RaiseChallenge};
use service::procurement::result::{GetResult, GetSummaries, ResultView, SendSummaries, Summary};
use service::procurement::signature::{CountersignFramework, SignFrameworkForProvider};
use service::{Command, Failure, ask, perform};

use super::tenders::page;
use super::{Answered, Done, WasDone, conflicts, contracts, done, evaluation};
use crate::blocks::{Block, Cell, Fact, on, when};
use crate::caller::Who;
use crate::forms::{self, Posted};
use crate::pages;
use crate::problem::{Stopped, Wrong, sentence};
use crate::server::Site;
use crate::view::{Choice, Field, FieldKind, Form, Link};

fn today(site: &Site) -> Day {
    Day::in_uk(site.nearhome.now())
}

pub(super) async fn award(site: &Site, who: &SignedIn, id: &str) -> Result<AwardView, Stopped> {
    Ok(ask(&site.nearhome, &who.caller, &GetAward { tender: pages::id(id)?, today: today(site) }).await?)
}

pub(super) fn here(tender: TenderId) -> String {
    format!("/tenders/{tender}/award")
}

/// `GET /tenders/{id}/award`
pub(crate) async fn see(State(site): State<Site>, Who(who): Who, Path(id): Path<String>, Query(was): Query<WasDone>) -> Answered {
    let view = award(&site, &who, &id).await?;
    let mut page = page(&site, &who, "Award and agreements", format!("/tenders/{}", view.tender.id));
    page.notice = was.notice();
    let (services, providers) = view.admitted;
    let told = |at: Option<domain::calendar::Instant>| at.map_or_else(|| "Not yet".to_owned(), when);
    let mut facts = vec![
        Fact::new("Admitted", format!("{services} services of {providers} providers")),
        Fact::new("Award", if view.award.is_some() { "Made" } else { "Not made yet" }),
    ];
    if let Some(award) = &view.award {
        facts.push(Fact::new("Bidders told", told(award.summaries_sent_at)));
        facts.push(Fact::new("Award notice", told(award.notice_published_at)));
        facts.push(Fact::new("Last day of the standstill", award.standstill_until.map_or_else(|| "None yet".to_owned(), on)));
    }
    let mut blocks = vec![Block::facts(facts)];
    blocks.extend(acts(&who, &view));
    blocks.extend(conflicts::late(&view.conflicts));
    if !view.blocks_award.is_empty() {
        let rows = view.blocks_award.iter().map(|why| vec![Cell::text(sentence(why))]).collect();
        blocks.push(Block::table("What the award waits for", &["Before you can award the framework"], rows, ""));
    }
    if view.award.is_some() {
        if let Some(why) = &view.blocks_signature {
            blocks.push(Block::text(format!("Nobody can sign yet: {why}.")));
        }
        blocks.push(agreements(&here(view.tender.id), &view.contracts));
    }
    if view.award.as_ref().is_some_and(|award| award.summaries_sent_at.is_some()) {
        blocks.extend(letters(&site, &who, &view).await?);
    }
    if !view.carried_over.is_empty() {
        blocks.push(carried_over(&view));
    }
    blocks.push(challenges(&view));
    Ok(pages::show(&page, Some(&view.tender.title), &blocks)?)
}

fn acts(who: &SignedIn, view: &AwardView) -> Option<Block> {
    let here = here(view.tender.id);
    let mut links = Vec::new();
    let mut link = |action, is_open: bool, text: &str, path: &str| {
        if is_open && could(who.role, action) {
            links.push(Link::new(text, format!("{here}/{path}")));
        }
    };
    let award = view.award.as_ref();
    link(Action::AwardFramework, award.is_none(), "Award the framework", "approve");
    link(Action::RunAward, award.is_some_and(|award| award.summaries_sent_at.is_none()), "Tell the bidders", "summaries");
    let is_notice_next = award.is_some_and(|award| award.summaries_sent_at.is_some() && award.notice_published_at.is_none());
    link(Action::RunAward, is_notice_next, "Record the award notice", "notice");
    link(Action::CountersignFramework, award.is_some(), "Countersign an agreement", "countersign");
    link(Action::RunAward, view.is_reopening && award.is_none(), "Decide who stays on the framework", "carry-over");
    for (text, path) in contracts::LINKS {
        link(Action::KeepFrameworkContracts, award.is_some(), text, path);
    }
    link(Action::RunAward, true, "Record a challenge or complaint", "challenge");
    let is_conflict_open = view.conflicts.iter().any(|one| one.settled.is_none());
    let is_any_open = view.challenges.iter().any(|one| one.closed_on.is_none());
    link(Action::RunAward, is_any_open, "Close a challenge or complaint", "close");
    if is_conflict_open && could(who.role, Action::RunEvaluation) {
        links.push(Link::new("Record how a conflict was dealt with", format!("{}/settle", evaluation::here(view.tender.id))));
    }
    (!links.is_empty()).then_some(Block::Acts { links })
}

pub(super) fn standing(standing: Standing) -> (&'static str, &'static str) {
    match standing {
        Standing::Prepared => ("Waits for the provider", "yellow"),
        Standing::ProviderSigned => ("Waits for the council", "yellow"),
        Standing::InForce => ("Signed by both", "green"),
        Standing::Suspended => ("Suspended", "red"),
        Standing::Ended => ("Ended", "grey"),
    }
}

fn agreements(here: &str, lines: &[ContractLine]) -> Block {
    let row = |line: &ContractLine| {
        let (text, colour) = standing(line.standing);
        let signed = |signed: &Option<(domain::calendar::Instant, String)>| {
            signed.as_ref().map_or_else(|| "Not signed".to_owned(), |(at, by)| format!("{by}\n{}", when(*at)))
        };
        vec![
            Cell::link(&line.provider, format!("{here}/agreement.pdf?contract={}", line.id)),
            Cell::tag(text, colour),
            Cell::text([vec![covered(line)], since(line)].concat().join("\n")),
            Cell::text(signed(&line.provider_signed)),
            Cell::text(signed(&line.council_signed)),
        ]
    };
    let columns = ["Provider (PDF)", "State", "What it covers", "Signed for the provider", "Countersigned"];
    Block::table("Framework agreements", &columns, lines.iter().map(row).collect(), "Nobody is admitted.")
}

/// What each bidder was told, as letters.
async fn letters(site: &Site, who: &SignedIn, view: &AwardView) -> Result<Option<Block>, Stopped> {
    let told = ask(&site.nearhome, &who.caller, &GetSummaries { tender: view.tender.id }).await?;
    let href = |bidder| format!("{}/letter.pdf?bidder={bidder}", here(view.tender.id));
    let links: Vec<Link> = told.iter().map(|(bidder, name, _)| Link::new(format!("Letter to {name} (PDF)"), href(bidder))).collect();
    Ok((!links.is_empty()).then_some(Block::Links { links }))
}

/// What became of an agreement after it was signed, a line each.
fn since(line: &ContractLine) -> Vec<String> {
    let changes = line.variations.iter().map(|one| format!("Change {} from {}: {}", one.number, on(one.from), one.text));
    let suspended = line.suspended.iter().map(|(from, until, why)| {
        let until = until.map_or_else(|| "until further notice".to_owned(), |until| format!("to {}", on(until)));
        format!("Suspended from {} {until}: {why}", on(*from))
    });
    let ended = line.ended.iter().map(|(from, why)| format!("Ended from {}: {why}", on(*from)));
    changes.chain(suspended).chain(ended).collect()
}

fn covered(line: &ContractLine) -> String {
    let services = line.services.iter();
    services
        .map(|one| format!("Lot {}, {}: {} at most {} a week", one.lot, one.category, one.name, one.weekly))
        .collect::<Vec<_>>()
        .join("\n")
}

fn carried_over(view: &AwardView) -> Block {
    let row = |(provider, ground, reason, services): &(String, CarryOver, String, usize)| {
        vec![Cell::text(provider), Cell::text(ground.label()), Cell::text(services.to_string()), Cell::text(reason)]
    };
    let columns = ["Provider", "Ground", "#Services", "Reason"];
    Block::table("Who stays without a new tender", &columns, view.carried_over.iter().map(row).collect(), "Nobody.")
}

fn challenges(view: &AwardView) -> Block {
    let rows = view.challenges.iter().map(|one| {
        let (text, colour) = if one.closed_on.is_some() { ("Closed", "grey") } else { ("Open", "red") };
        let outcome = one.outcome.clone().unwrap_or_default();
        vec![
            Cell::text(one.kind.label()),
            Cell::text(on(one.raised_on)),
            Cell::text(&one.about),
            Cell::tag(text, colour),
            Cell::text(outcome),
        ]
    });
    let columns = ["Kind", "Raised on", "About", "State", "What came of it"];
    Block::table("Challenges and complaints", &columns, rows.collect(), "Nobody has challenged or complained.")
}

/// One act of the award on a page of its own.
struct Step {
    path: &'static str,
    title: &'static str,
    words: &'static str,
    button: &'static str,
}

const APPROVE: Step = Step {
    path: "approve",
    title: "Award the framework",
    words: "You approve the outcome by the decision that delegates it to your post. What was ranked is kept with the award, so that it can be worked out again.",
    button: "Award the framework",
};
const SUMMARIES: Step = Step {
    path: "summaries",
    title: "Tell the bidders",
    words: "Every bidder is told its scores, the reasons, and what became of each of its services, before the award is published.",
    button: "Tell every bidder",
};
const NOTICE: Step = Step {
    path: "notice",
    title: "Record the award notice",
    words: "The standstill begins with the day on which the award notice is published. Record it on that day.",
    button: "The notice was published today",
};

fn step_page(site: &Site, who: &SignedIn, view: &AwardView, step: &Step, again: Option<(&Posted, &Wrong)>) -> Answered {
    let here = here(view.tender.id);
    let form = forms::form(site, format!("{here}/{}", step.path), None, Vec::new(), step.button);
    pages::ask(page(site, who, step.title, here), form, vec![Block::text(step.words)], again)
}

async fn step<C: Command>(site: &Site, who: &SignedIn, id: &str, posted: &Posted, step: &Step, command: &C) -> Answered {
    match perform(&site.nearhome, &who.caller, posted.key, command).await {
        Ok(_) => Ok(done(&here(pages::id(id)?), Done::MovedOn)),
        Err(failure) => step_page(site, who, &award(site, who, id).await?, step, Some((posted, &Wrong::with(failure)?))),
    }
}

/// `GET /tenders/{id}/award/approve`
pub(crate) async fn ask_approve(State(site): State<Site>, Who(who): Who, Path(id): Path<String>) -> Answered {
    step_page(&site, &who, &award(&site, &who, &id).await?, &APPROVE, None)
}

/// `POST /tenders/{id}/award/approve`
pub(crate) async fn approve(State(site): State<Site>, Who(who): Who, Path(id): Path<String>, posted: Posted) -> Answered {
    step(&site, &who, &id, &posted, &APPROVE, &AwardFramework { tender: pages::id(&id)? }).await
}

/// `GET /tenders/{id}/award/summaries`
pub(crate) async fn ask_summaries(State(site): State<Site>, Who(who): Who, Path(id): Path<String>) -> Answered {
    step_page(&site, &who, &award(&site, &who, &id).await?, &SUMMARIES, None)
}

/// `POST /tenders/{id}/award/summaries`
pub(crate) async fn summaries(State(site): State<Site>, Who(who): Who, Path(id): Path<String>, posted: Posted) -> Answered {
    step(&site, &who, &id, &posted, &SUMMARIES, &SendSummaries { tender: pages::id(&id)? }).await
}

/// `GET /tenders/{id}/award/notice`
pub(crate) async fn ask_notice(State(site): State<Site>, Who(who): Who, Path(id): Path<String>) -> Answered {
    step_page(&site, &who, &award(&site, &who, &id).await?, &NOTICE, None)
}

/// `POST /tenders/{id}/award/notice`
pub(crate) async fn notice(State(site): State<Site>, Who(who): Who, Path(id): Path<String>, posted: Posted) -> Answered {
    step(&site, &who, &id, &posted, &NOTICE, &RecordAwardNotice { tender: pages::id(&id)? }).await
}

/// `GET /tenders/{id}/award/challenge`
pub(crate) async fn ask_challenge(State(site): State<Site>, Who(who): Who, Path(id): Path<String>) -> Answered {
    challenge_page(&site, &who, &award(&site, &who, &id).await?, None)
}

fn challenge_page(site: &Site, who: &SignedIn, view: &AwardView, again: Option<(&Posted, &Wrong)>) -> Answered {
    let options = ChallengeKind::ALL.iter().map(|kind| Choice { code: kind.code().to_owned(), label: kind.label().to_owned(), hint: None });
    let fields = vec![
        Field { options: options.collect(), ..pages::field(FieldKind::OneOf, "kind", "What is it?") },
        pages::field(FieldKind::LongText, "about", "What is it about?"),
    ];
    let form = forms::form(site, format!("{}/challenge", here(view.tender.id)), None, fields, "Record it");
    let words = "As long as it is open it stops what the tender says: the award, the signatures, or both.";
    pages::ask(page(site, who, "Record a challenge or complaint", here(view.tender.id)), form, vec![Block::text(words)], again)
}

/// `POST /tenders/{id}/award/challenge`
pub(crate) async fn challenge(State(site): State<Site>, Who(who): Who, Path(id): Path<String>, posted: Posted) -> Answered {
    let tender = award(&site, &who, &id).await?.tender.id;
    let outcome = match ChallengeKind::from_code(posted.value("kind")) {
        Ok(kind) => {
            let command = RaiseChallenge { tender, kind, about: posted.exact("about").to_owned() };
            perform(&site.nearhome, &who.caller, posted.key, &command).await
        }
        Err(_) => Err(Failure::invalid("kind", "Select what it is")),
    };
    match outcome {
        Ok(_) => Ok(done(&here(tender), Done::MovedOn)),
        Err(failure) => challenge_page(&site, &who, &award(&site, &who, &id).await?, Some((&posted, &Wrong::with(failure)?))),
    }
}

/// `GET /tenders/{id}/award/close`
pub(crate) async fn ask_close(State(site): State<Site>, Who(who): Who, Path(id): Path<String>) -> Answered {
    close_page(&site, &who, &award(&site, &who, &id).await?, None)
}

fn close_page(site: &Site, who: &SignedIn, view: &AwardView, again: Option<(&Posted, &Wrong)>) -> Answered {
    let open = view.challenges.iter().filter(|one| one.closed_on.is_none());
    let options = open.map(|one| Choice { code: one.id.to_string(), label: format!("{}: {}", one.kind.label(), one.about), hint: None });
    let fields = vec![
        Field { options: options.collect(), ..pages::field(FieldKind::OneOf, "challenge", "Which one?") },
        pages::field(FieldKind::LongText, "outcome", "What came of it?"),
    ];
    let form = forms::form(site, format!("{}/close", here(view.tender.id)), None, fields, "Close it");
    pages::ask(page(site, who, "Close a challenge or complaint", here(view.tender.id)), form, Vec::new(), again)
}

/// `POST /tenders/{id}/award/close`
pub(crate) async fn close(State(site): State<Site>, Who(who): Who, Path(id): Path<String>, posted: Posted) -> Answered {
    let tender = award(&site, &who, &id).await?.tender.id;
    let outcome = match posted.value("challenge").parse::<ChallengeId>() {
        Ok(challenge) => {
            let command = CloseChallenge { tender, challenge, outcome: posted.exact("outcome").to_owned() };
            perform(&site.nearhome, &who.caller, posted.key, &command).await
        }
        Err(_) => Err(Failure::invalid("challenge", "Select a challenge or complaint that is open")),
    };
    match outcome {
        Ok(_) => Ok(done(&here(tender), Done::MovedOn)),
        Err(failure) => close_page(&site, &who, &award(&site, &who, &id).await?, Some((&posted, &Wrong::with(failure)?))),
    }
}

/// `GET /tenders/{id}/award/countersign`
pub(crate) async fn ask_countersign(State(site): State<Site>, Who(who): Who, Path(id): Path<String>) -> Answered {
    countersign_page(&site, &who, &award(&site, &who, &id).await?, None)
}

fn countersign_page(site: &Site, who: &SignedIn, view: &AwardView, again: Option<(&Posted, &Wrong)>) -> Answered {
    let unsigned = view.contracts.iter().filter(|line| line.council_signed.is_none());
    let options = unsigned.map(|line| {
        let hint = Some(format!("{}. {}", standing(line.standing).0, covered(line)));
        Choice { code: line.id.to_string(), label: line.provider.clone(), hint }
    });
    let fields =
        vec![Field { options: options.collect(), ..pages::field(FieldKind::OneOf, "contract", "Whose agreement do you countersign?") }];
    let form = forms::form(site, format!("{}/countersign", here(view.tender.id)), None, fields, "Countersign");
    let words = "You sign for the councils by the decision that delegates it to your post.";
    pages::ask(page(site, who, "Countersign a framework agreement", here(view.tender.id)), form, vec![Block::text(words)], again)
}

/// `POST /tenders/{id}/award/countersign`
pub(crate) async fn countersign(State(site): State<Site>, Who(who): Who, Path(id): Path<String>, posted: Posted) -> Answered {
    let tender = award(&site, &who, &id).await?.tender.id;
    let outcome = match posted.value("contract").parse::<FrameworkContractId>() {
        Ok(contract) => perform(&site.nearhome, &who.caller, posted.key, &CountersignFramework { tender, contract }).await,
        Err(_) => Err(Failure::invalid("contract", "Select an agreement that the provider has signed")),
    };
    match outcome {
        Ok(_) => Ok(done(&here(tender), Done::MovedOn)),
        Err(failure) => countersign_page(&site, &who, &award(&site, &who, &id).await?, Some((&posted, &Wrong::with(failure)?))),
    }
}

pub(super) async fn result(site: &Site, who: &SignedIn, id: &str) -> Result<ResultView, Stopped> {
    Ok(ask(&site.nearhome, &who.caller, &GetResult { tender: pages::id(id)?, today: today(site) }).await?)
}

/// `GET /tenders/{id}/result`: what a bidder was told, as a letter that prints, and its agreement to sign.
pub(crate) async fn see_result(State(site): State<Site>, Who(who): Who, Path(id): Path<String>, Query(was): Query<WasDone>) -> Answered {
    result_page(&site, &who, &result(&site, &who, &id).await?, &was, None)
}

fn result_page(site: &Site, who: &SignedIn, view: &ResultView, was: &WasDone, again: Option<(&Posted, &Wrong)>) -> Answered {
    let mut page = page(site, who, "Result of your bids", format!("/tenders/{}", view.tender.id));
    page.notice = was.notice();
    let mut blocks = Vec::new();
    if view.summaries.is_empty() {
        blocks.push(Block::text("There is no result of a bid of yours yet."));
    }
    for (at, summary) in &view.summaries {
        blocks.extend(letter(*at, summary));
    }
    if !view.summaries.is_empty() {
        let pdf = format!("/tenders/{}/result/letter.pdf", view.tender.id);
        blocks.push(Block::Links { links: vec![Link::new("This result as a letter (PDF)", pdf)] });
    }
    let mut to_sign: Option<Form> = None;
    if let Some(line) = &view.contract {
        let (text, colour) = standing(line.standing);
        blocks.push(Block::heading("Your framework agreement"));
        blocks.push(Block::State { text: text.to_owned(), colour });
        let mut facts = vec![Fact::new("What it covers", covered(line))];
        let since = since(line);
        if !since.is_empty() {
            facts.push(Fact::new("Since it was signed", since.join("\n")));
        }
        blocks.push(Block::facts(facts));
        let pdf = format!("/tenders/{}/result/agreement.pdf", view.tender.id);
        blocks.push(Block::Links { links: vec![Link::new("Your framework agreement (PDF)", pdf)] });
        if line.standing == Standing::Prepared && could(who.role, Action::SignFrameworkForProvider) {
            to_sign = Some(forms::form(site, format!("/tenders/{}/result/sign", view.tender.id), None, Vec::new(), "Sign the agreement"));
        }
    }
    match to_sign {
        Some(form) => pages::ask(page, form, blocks, again),
        None => Ok(pages::show(&page, Some(&view.tender.title), &blocks)?),
    }
}

/// The result of a bid for one lot.
fn letter(at: domain::calendar::Instant, summary: &Summary) -> Vec<Block> {
    let services = summary.services.iter().map(|(service, is_admitted, reason)| {
        let tag = if *is_admitted { Cell::tag("Admitted", "green") } else { Cell::tag("Not admitted", "red") };
        vec![
            Cell::text(&service.name),
            Cell::text(&service.category),
            Cell::text(service.weekly.to_string()),
            tag,
            Cell::text(sentence(reason)),
        ]
    });
    let answers = summary
        .answers
        .iter()
        .map(|(title, agreed, most, reason)| vec![Cell::text(title), Cell::text(format!("{agreed} of {most}")), Cell::text(reason)]);
    vec![
        Block::heading(format!("Your bid for lot {}", summary.lot)),
        Block::text(format!("Told on {}.", when(at))),
        Block::table(
            "Your homes or branches",
            &["Name", "Category", "#A week", "Outcome", "Reason"],
            services.collect(),
            "None was in the bid.",
        ),
        Block::table(
            "Your answers",
            &["Question", "Score", "Reason"],
            answers.collect(),
            "Your answers were not scored, since no service went on.",
        ),
    ]
}

/// `POST /tenders/{id}/result/sign`
pub(crate) async fn sign(State(site): State<Site>, Who(who): Who, Path(id): Path<String>, posted: Posted) -> Answered {
    let tender: TenderId = pages::id(&id)?;
    match perform(&site.nearhome, &who.caller, posted.key, &SignFrameworkForProvider { tender }).await {
        Ok(_) => Ok(done(&format!("/tenders/{tender}/result"), Done::MovedOn)),
        Err(failure) => {
            let wrong = Wrong::with(failure)?;
            result_page(&site, &who, &result(&site, &who, &id).await?, &WasDone::default(), Some((&posted, &wrong)))
        }
    }
}
