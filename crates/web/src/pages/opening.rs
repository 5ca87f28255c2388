//! Opening officers: their keys, their part in an opening, and what the opening shows.

use axum::extract::{Path, Query, State};
use domain::Code as _;
use domain::access::{Action, could};
use domain::ids::TenderId;
use domain::procurement::bid::Envelope;
use domain::procurement::opening::Ceremony;
use service::people::sign_in::SignedIn;
use service::procurement::opening::{AttemptLine, GetOpening, MyOpeningKeys, OpenedLine, OpeningView, make_key, take_part};
use service::{Failure, ask};

use super::tenders::{page, secret};
use super::{Answered, Done, WasDone, done};
use crate::blocks::{Block, Cell, Fact, when};
use crate::caller::Who;
use crate::forms::{self, Posted};
use crate::pages;
use crate::problem::{Stopped, Wrong};
use crate::server::Site;
use crate::view::Link;

/// `GET /opening-key`
pub(crate) async fn ask_key(State(site): State<Site>, Who(who): Who, Query(was): Query<WasDone>) -> Answered {
    key_page(&site, &who, &was, None).await
}

async fn key_page(site: &Site, who: &SignedIn, was: &WasDone, again: Option<(&Posted, &Wrong)>) -> Answered {
    let keys = ask(&site.nearhome, &who.caller, &MyOpeningKeys).await?;
    let mut page = page(site, who, "Your opening key", "/tenders".to_owned());
    page.notice = was.notice();
    let stands = match keys.iter().find(|key| key.ended_on.is_none()) {
        Some(key) => Block::facts(vec![Fact::new("Tenders published from now on are shared to", key.recipient.as_str())]),
        None => Block::text("You have no opening key yet."),
    };
    let words = [
        "With an opening key you take part in opening bids, together with officers of other councils. Only your passphrase opens it.",
        "Nobody can bring a forgotten passphrase back. Keep it where your council keeps such things, away from Nearhome.",
        "A new key is for tenders that are published after it. For earlier ones you still need the passphrase that you had then.",
    ];
    let above = vec![stands, Block::Text { lines: words.map(str::to_owned).to_vec() }];
    let fields = vec![secret("passphrase", "Passphrase"), secret("again", "The same passphrase again")];
    let button = if keys.is_empty() { "Make my opening key" } else { "Make a new opening key" };
    pages::ask(page, forms::form(site, "/opening-key", None, fields, button), above, again)
}

/// `POST /opening-key`
pub(crate) async fn keep_key(State(site): State<Site>, Who(who): Who, posted: Posted) -> Answered {
    let passphrase = posted.exact("passphrase");
    let outcome = if passphrase == posted.exact("again") {
        make_key(&site.nearhome, &who.caller, posted.key, passphrase.to_owned()).await
    } else {
        Err(Failure::invalid("again", "Enter the same passphrase twice"))
    };
    match outcome {
        Ok(_) => Ok(done("/opening-key", Done::KeyMade)),
        Err(failure) => key_page(&site, &who, &WasDone::default(), Some((&posted, &Wrong::with(failure)?))).await,
    }
}

async fn opening(site: &Site, who: &SignedIn, id: &str) -> Result<OpeningView, Stopped> {
    let tender: TenderId = pages::id(id)?;
    Ok(ask(&site.nearhome, &who.caller, &GetOpening { tender, now: site.nearhome.now() }).await?)
}

/// `GET /tenders/{id}/opening`
pub(crate) async fn see(State(site): State<Site>, Who(who): Who, Path(id): Path<String>, Query(was): Query<WasDone>) -> Answered {
    let view = opening(&site, &who, &id).await?;
    let here = format!("/tenders/{}", view.tender.id);
    let mut page = page(&site, &who, "Opening of the bids", here.clone());
    page.notice = was.notice();
    let sealed = view.sealed.map_or_else(|| "Told after the deadline".to_owned(), |count| count.to_string());
    let mut blocks = vec![Block::facts(vec![
        Fact::new("Bids until", when(view.tender.deadline)),
        Fact::new("Sealed bids", sealed),
        Fact::new(
            "Who must take part",
            format!("Officers of {} councils, within {} minutes", view.rule.councils_at_least, view.rule.window_minutes),
        ),
    ])];
    for (envelope, ceremony, is_open) in &view.envelopes {
        blocks.push(Block::facts(vec![Fact::new(envelope.label(), stands(&view, *envelope, ceremony, *is_open))]));
    }
    let next = view.envelopes.iter().find(|(_, _, is_open)| !is_open).map(|(envelope, _, _)| *envelope);
    if let Some(envelope) = next.filter(|_| could(who.role, Action::OpenBids) && view.sealed.is_some()) {
        let words = format!("Take part in opening: {}", envelope.label().to_lowercase());
        blocks.push(Block::Acts { links: vec![Link::new(words, format!("{here}/open/{}", envelope.code()))] });
    }
    blocks.push(bids(&view.bids));
    blocks.push(attempts(&view.attempts));
    Ok(pages::show(&page, Some(&view.tender.title), &blocks)?)
}

/// Where the opening of one envelope stands.
fn stands(view: &OpeningView, envelope: Envelope, ceremony: &Ceremony, is_open: bool) -> String {
    if is_open {
        return "Open".to_owned();
    }
    match (ceremony.window_ends, envelope) {
        (Some(ends), _) => {
            let councils = if ceremony.wanting == 1 { "one more council" } else { "more councils" };
            format!("Waits for an officer of {councils} until {}", when(ends))
        }
        (None, Envelope::Price) if view.tender.quality_locked_at.is_none() => "Sealed until the quality scores are locked".to_owned(),
        (None, Envelope::Quality | Envelope::Price) => "Sealed".to_owned(),
    }
}

fn bids(bids: &[OpenedLine]) -> Block {
    let row = |bid: &OpenedLine| {
        let price = if bid.is_price_open { Cell::tag("Open", "green") } else { Cell::tag("Sealed", "grey") };
        vec![
            Cell::text(&bid.provider),
            Cell::text(&bid.lot),
            Cell::text(when(bid.submitted_at)),
            Cell::text(bid.services.to_string()),
            price,
        ]
    };
    let columns = ["Bidder", "Lot", "Submitted", "#Homes or branches", "Price"];
    Block::table("Bids that were opened", &columns, bids.iter().map(row).collect(), "No bid has been opened yet.")
}

fn attempts(attempts: &[AttemptLine]) -> Block {
    let row = |one: &AttemptLine| {
        vec![
            Cell::text(when(one.at)),
            Cell::text(&one.who),
            Cell::text(&one.council),
            Cell::text(one.envelope.label()),
            Cell::text(one.outcome.label()),
        ]
    };
    let columns = ["When", "Who", "Council", "Envelope", "What it came to"];
    Block::table("Everybody who took part or tried to", &columns, attempts.iter().map(row).collect(), "Nobody has tried yet.")
}

/// The envelope that the address names.
fn envelope(code: &str) -> Result<Envelope, Stopped> {
    Envelope::from_code(code).map_err(|_| Failure::absent().into())
}

/// `GET /tenders/{id}/open/{envelope}`
pub(crate) async fn ask_part(State(site): State<Site>, Who(who): Who, Path((id, code)): Path<(String, String)>) -> Answered {
    part_page(&site, &who, &id, envelope(&code)?, None).await
}

async fn part_page(site: &Site, who: &SignedIn, id: &str, envelope: Envelope, again: Option<(&Posted, &Wrong)>) -> Answered {
    let view = opening(site, who, id).await?;
    let here = format!("/tenders/{}", view.tender.id);
    let page = page(site, who, &format!("Take part in opening: {}", envelope.label().to_lowercase()), format!("{here}/opening"));
    let words = "Your passphrase opens your council’s share of the key. The envelopes open when officers of enough councils have taken \
                 part; whether you succeed or not, it is put on record.";
    let fields = vec![secret("passphrase", "Passphrase of your opening key")];
    let form = forms::form(site, format!("{here}/open/{}", envelope.code()), None, fields, "Take part");
    pages::ask(page, form, vec![Block::text(view.tender.title.clone()), Block::text(words)], again)
}

/// `POST /tenders/{id}/open/{envelope}`
pub(crate) async fn part(State(site): State<Site>, Who(who): Who, Path((id, code)): Path<(String, String)>, posted: Posted) -> Answered {
    use domain::procurement::opening::AttemptOutcome::{Contributed, NoShare, Opened, QualityNotLocked, TooEarly, WrongPassphrase};
    let envelope = envelope(&code)?;
    let tender: TenderId = pages::id(&id)?;
    let passphrase = posted.exact("passphrase").to_owned();
    let outcome = take_part(&site.nearhome, &who.caller, posted.key, tender, envelope, passphrase).await;
    let failure = match outcome {
        Ok(took) => match took.outcome {
            Contributed => return Ok(done(&format!("/tenders/{tender}/opening"), Done::TookPart)),
            Opened => return Ok(done(&format!("/tenders/{tender}/opening"), Done::EnvelopesOpened)),
            TooEarly => Failure::refused("the deadline for bids has not passed"),
            QualityNotLocked => Failure::refused("the quality scores are not locked yet"),
            WrongPassphrase => Failure::invalid("passphrase", "This is not the passphrase of your opening key"),
            NoShare => Failure::refused("no share of this tender’s key is held for you: another officer of your council has to take part"),
        },
        Err(failure) => failure,
    };
    part_page(&site, &who, &id, envelope, Some((&posted, &Wrong::with(failure)?))).await
}
