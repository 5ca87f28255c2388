//! The pages, grouped by capability. A handler reads the request, calls one use case, and draws or redirects.

pub(crate) mod additions;
pub(crate) mod agreements;
pub(crate) mod approvals;
pub(crate) mod award;
pub(crate) mod between_councils;
pub(crate) mod bid_form;
pub(crate) mod bids;
pub(crate) mod conflicts;
pub(crate) mod consortium;
pub(crate) mod contracts;
pub(crate) mod decision_form;
pub(crate) mod decisions;
pub(crate) mod elsewhere;
pub(crate) mod evaluation;
pub(crate) mod exercise_form;
pub(crate) mod frameworks;
pub(crate) mod gate_override;
pub(crate) mod home;
pub(crate) mod inbox;
pub(crate) mod invitations;
pub(crate) mod notices;
pub(crate) mod offers;
pub(crate) mod opening;
pub(crate) mod papers;
pub(crate) mod part;
pub(crate) mod people;
pub(crate) mod placements;
pub(crate) mod printed;
pub(crate) mod record;
pub(crate) mod referrals;
pub(crate) mod scoring;
pub(crate) mod search;
pub(crate) mod services;
pub(crate) mod sign_in;
pub(crate) mod start;
pub(crate) mod tasks;
pub(crate) mod tender_form;
pub(crate) mod tender_questions;
pub(crate) mod tenders;
pub(crate) mod tokens;

use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use domain::Code as _;
use domain::access::could;
use domain::purchasing::fields::{Answers, Field as Asked};
use domain::purchasing::forms::parse_all;
use serde::{Deserialize, Serialize};
use service::Failure;
use service::people::sign_in::SignedIn;

use crate::blocks::{Block, Cell};
use crate::forms;
use crate::kept;
use crate::problem::{Stopped, Wrong};
use crate::routes;
use crate::server::Site;
use crate::templates::{self, RenderError};
use crate::view::{Account, Field, Form, Link, NavigationLink, Notice, Page};

/// The service navigation in its order. A role sees the entries whose page it could ever open.
const NAVIGATION: &[(&str, &str)] = &[
    ("Referrals", "/board"),
    ("Tasks", "/tasks"),
    ("Referrals received", "/inbox"),
    ("Approvals", "/approvals"),
    ("Placements", "/placements"),
    ("Agreements", "/agreements"),
    ("Commitments", "/commitments"),
    ("Frameworks", "/frameworks"),
    ("Homes and branches", "/services"),
    ("Tenders", "/tenders"),
    ("Decisions", "/decisions"),
    ("People", "/people"),
    ("API tokens", "/tokens"),
    ("Audit record", "/record"),
];

/// What handlers answer: a page, a redirect, or what stopped them.
pub(crate) type Answered = Result<Response, Stopped>;

/// Everything around the main part of a page, for whoever is signed in.
pub(crate) fn page(_: &Site, signed_in: Option<&SignedIn>, title: impl Into<String>) -> Page {
    let footer = vec![Link::new("Help", "/help")];
    let visitors = Page { title: title.into(), home: "/".to_owned(), footer, ..Page::default() };
    let Some(person) = signed_in else { return visitors };
    Page {
        navigation: navigation(person).map(|(text, href)| NavigationLink { text, href, current: false }).collect(),
        account: Some(Account {
            name: person.person_name.clone(),
            organisation: person.organisation_name.clone(),
            role: person.role.label().to_owned(),
            switch: (person.roles.len() > 1).then(|| "/account".to_owned()),
            sign_out: "/sign-out".to_owned(),
        }),
        is_sample: person.is_sample_world,
        ..visitors
    }
}

/// The navigation entries for this person: words and path.
pub(crate) fn navigation(person: &SignedIn) -> impl Iterator<Item = (String, String)> {
    let role = person.role;
    let open = NAVIGATION.iter().filter(move |(_, href)| routes::action_of(href).is_some_and(|action| could(role, action)));
    open.map(|(text, href)| ((*text).to_owned(), (*href).to_owned()))
}

impl Page {
    /// Marks the entry of the service navigation to which this page belongs.
    pub(crate) fn within(mut self, href: &str) -> Self {
        for entry in &mut self.navigation {
            entry.current = entry.href == href;
        }
        self
    }
}

/// Fills the template with the page and its own data.
pub(crate) fn draw<D: Serialize>(template: &str, page: &Page, data: &D) -> Result<Html<String>, RenderError> {
    #[derive(Serialize)]
    struct Context<'a, D> {
        page: &'a Page,
        data: &'a D,
    }
    templates::render(template, &Context { page, data })
}

/// A page made of blocks, with the line above its heading.
pub(crate) fn show(page: &Page, caption: Option<&str>, blocks: &[Block]) -> Result<Response, RenderError> {
    show_with(StatusCode::OK, page, caption, blocks)
}

/// The same with another status.
pub(crate) fn show_with(status: StatusCode, page: &Page, caption: Option<&str>, blocks: &[Block]) -> Result<Response, RenderError> {
    #[derive(Serialize)]
    struct Data<'a> {
        caption: Option<&'a str>,
        blocks: &'a [Block],
    }
    let put_back = kept::put_back(page, blocks);
    let (page, blocks) = put_back.as_ref().map_or((page, blocks), |(page, blocks)| (page, blocks.as_slice()));
    Ok((status, draw("pages/blocks.html", page, &Data { caption, blocks })?).into_response())
}

/// A page that asks one form: drawn first, or again with what was typed and what is wrong with it.
pub(crate) fn ask(mut page: Page, mut form: Form, above: Vec<Block>, again: Option<(&forms::Posted, &Wrong)>) -> Answered {
    let status = again.map_or(StatusCode::OK, |(posted, wrong)| refuse(&mut page, &mut form, posted, wrong));
    let mut blocks = above;
    blocks.push(Block::Form { form });
    Ok(show_with(status, &page, None, &blocks)?)
}

/// What stands above a form that somebody else saved first: each answer that is saved now and was typed otherwise.
pub(crate) fn others_saved<'a>(
    wrong: &Wrong,
    fields: impl IntoIterator<Item = &'a Asked>,
    saved: &Answers,
    posted: &forms::Posted,
) -> Vec<Block> {
    if wrong.status != StatusCode::CONFLICT {
        return Vec::new();
    }
    let fields: Vec<&Asked> = fields.into_iter().collect();
    let mut typed = saved.clone();
    // What cannot be read is told at its field once the page is sent again.
    let _ = parse_all(fields.iter().copied(), &posted.raw, &mut typed);
    let shown =
        |answers: &Answers, field: &Asked| answers.get(field.key).map_or_else(|| "No answer".to_owned(), |answer| answer.shown(field));
    let differs = fields.iter().filter(|field| saved.get(field.key) != typed.get(field.key));
    let row = |field: &&Asked| vec![Cell::text(field.label), Cell::text(shown(saved, field)), Cell::text(shown(&typed, field))];
    let rows: Vec<Vec<Cell>> = differs.map(row).collect();
    let same = "The answers on this page are the same as yours.";
    let table = Block::table("What others saved meanwhile", &["Question", "Saved now", "You typed"], rows, same);
    vec![table, Block::text("The form has what you typed. Saving it puts your answers in the place of those saved now.")]
}

/// The part of a path that names a thing; what is no id names nothing.
pub(crate) fn id<T: std::str::FromStr>(text: &str) -> Result<T, Stopped> {
    text.parse().map_err(|_| Failure::absent().into())
}

/// A redirect to the page that shows what was done, with the words for it.
pub(crate) fn done(path: &str, what: Done) -> Response {
    Redirect::to(&format!("{path}?done={}", what.code())).into_response()
}

domain::codes! {
    /// What the last act did, as the page after it says.
    pub enum Done("act") {
        /// A page of a form.
        Saved = "SAVED", "Your answers were saved.";
        /// An offer.
        OfferSent = "OFFER_SENT", "Your offer was sent to the council.";
        /// No offer.
        Declined = "DECLINED", "The council was told that you make no offer.";
        /// An offer no more.
        Withdrawn = "WITHDRAWN", "It was withdrawn.";
        /// A score.
        Scored = "SCORED", "Your score was saved.";
        /// An invitation.
        Invited = "INVITED", "The invitation is on its way by email.";
        /// An invitation no more.
        InvitationWithdrawn = "INVITATION_WITHDRAWN", "The invitation was withdrawn: its link no longer works.";
        /// A colleague's role.
        RoleEnded = "ROLE_ENDED", "The role was ended. That person was signed out everywhere.";
        /// A colleague's password and telephone.
        SignInReset = "SIGN_IN_RESET", "Their password and telephone no longer work. A letter to set new ones is on its way to their email address.";
        /// A red check of an offer.
        LetPass = "LET_PASS", "The check was let pass, with your reason.";
        /// More of a referral.
        Added = "ADDED", "Those who were asked were told what is new.";
        /// An officer's key.
        KeyMade = "KEY_MADE", "Your opening key was made.";
        /// A share of a key.
        TookPart = "TOOK_PART", "Your council has taken part. The envelopes open when enough others have.";
        /// The envelopes of a tender.
        EnvelopesOpened = "ENVELOPES_OPENED", "The envelopes were opened.";
        /// A bid.
        BidSubmitted = "BID_SUBMITTED", "Your bid was submitted and sealed. Keep this receipt.";
        /// A declaration.
        Declared = "DECLARED", "Your declaration was recorded.";
        /// An evaluator.
        Named = "NAMED", "The evaluator was named.";
        /// A file.
        Uploaded = "UPLOADED", "The file was uploaded.";
        /// A file no more.
        FileRemoved = "FILE_REMOVED", "The file was removed.";
        /// An act that moves a record on.
        MovedOn = "MOVED_ON", "It was done.";
    }
}

/// What the address says was done.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct WasDone {
    #[serde(default)]
    done: String,
}

impl WasDone {
    /// The banner for it; an unknown word says nothing.
    pub(crate) fn notice(&self) -> Option<Notice> {
        let what = Done::from_code(&self.done).ok()?;
        Some(Notice { is_success: true, text: what.label().to_owned(), link: None })
    }
}

/// Shows in a form what was typed and what is wrong with it, and lists all of it on the page. Gives the status to answer with.
pub(crate) fn refuse(page: &mut Page, form: &mut Form, posted: &forms::Posted, wrong: &Wrong) -> StatusCode {
    let loose = forms::as_typed(&mut form.fields, &posted.raw, &wrong.problems);
    page.problems = form.problems();
    page.problems.extend(loose);
    wrong.status
}

/// A field of a page's own form, without answer and required.
pub(crate) fn field(kind: crate::view::FieldKind, key: &str, label: &str) -> Field {
    Field { kind, key: key.to_owned(), label: label.to_owned(), required: true, ..Field::default() }
}

/// There is no such page.
pub(crate) async fn nowhere() -> Stopped {
    Failure::absent().into()
}
