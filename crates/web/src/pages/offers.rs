//! Offers side by side: every check, every part of every score, the price, and the choice with its reason.

use axum::extract::{Path, Query, State};
use domain::Code as _;
use domain::access::{Action, could};
use domain::calendar::Day;
use domain::consortium::framework::{Criterion, ScoreMethod};
use domain::ids::{OfferId, ReferralId};
use domain::money::price::PriceVerdict;
use domain::purchasing::gates::{Gate, GateColour, GateOverride};
use domain::purchasing::matching::{Apart, Ranked};
use domain::purchasing::offer::OfferState;
use service::people::sign_in::SignedIn;
use service::purchasing::board::GetReferral;
use service::purchasing::choice::{PreferOffer, SetAsideOffer, ShortlistOffer};
use service::purchasing::evaluation::{CompareOffers, Comparison, OfferCompared, ScoreOffer};
use service::purchasing::home_distance::miles_from_home;
use service::{Failure, ask, perform};

use super::gate_override::open_to_override;
use super::{Answered, Done, WasDone, done};
use crate::blocks::{Block, Cell, Fact, GateShown, PartShown, TotalShown, on, when};
use crate::caller::Who;
use crate::forms::Posted;
use crate::map::{self, Drawn, HomeArea, Map};
use crate::problem::{Stopped, Wrong};
use crate::server::Site;
use crate::view::{self, Choice, FieldKind, Link, Page};
use crate::{forms, pages};

/// Hundredths of a point in a perfect offer.
const PERFECT: u64 = 10_000;

pub(crate) async fn comparison(site: &Site, who: &SignedIn, id: &str) -> Result<Comparison, Stopped> {
    let referral: ReferralId = pages::id(id)?;
    Ok(ask(&site.nearhome, &who.caller, &CompareOffers { referral, today: Day::in_uk(site.nearhome.now()) }).await?)
}

pub(crate) fn path(referral: ReferralId) -> String {
    format!("/referrals/{referral}/offers")
}

pub(crate) fn page(site: &Site, who: &SignedIn, title: impl Into<String>, case: &Comparison) -> Page {
    let mut page = pages::page(site, Some(who), title).within("/board");
    let referral = Link::new(format!("Referral {}", case.number), format!("/referrals/{}", case.referral));
    page.breadcrumbs = vec![referral, Link::new("Offers", path(case.referral))];
    page
}

/// `GET /referrals/{id}/offers`
pub(crate) async fn compare(State(site): State<Site>, Who(who): Who, Path(id): Path<String>, Query(was): Query<WasDone>) -> Answered {
    let case = comparison(&site, &who, &id).await?;
    let mut page = page(&site, &who, format!("Offers for {}", case.number), &case);
    page.notice = was.notice();
    let mut blocks = vec![Block::State { text: case.state.label().to_owned(), colour: "blue" }];
    if let Some((offer, reason)) = &case.preferred {
        let name = case.offers.iter().find(|one| one.id == *offer).map_or("", |one| one.service.name.as_str());
        blocks.push(Block::facts(vec![Fact::new("Chosen", name), Fact::new("Why", reason.clone().unwrap_or_default())]));
        if could(who.role, Action::PreferOffer) {
            blocks.push(Block::Acts { links: vec![Link::new("Set the choice aside", format!("/referrals/{}/set-aside", case.referral))] });
        }
    }
    blocks.push(overview(&case));
    blocks.extend(places(&case));
    blocks.extend(parts(&case));
    blocks.extend(map(&site, &case).map(|map| Block::Map { map }));
    let apart = |apart: &Apart| Block::facts(vec![Fact::new(name_of(&case, apart.offer), apart.reasons.join("\n"))]);
    for (title, offers) in [("Waiting for scores", &case.ranking.unscored), ("Stopped by a check", &case.ranking.stopped)] {
        if !offers.is_empty() {
            blocks.push(Block::heading(title));
            blocks.extend(offers.iter().map(apart));
        }
    }
    blocks.push(declines(&case));
    Ok(pages::show(&page, Some(&case.category), &blocks)?)
}

fn name_of(case: &Comparison, offer: OfferId) -> &str {
    case.offers.iter().find(|one| one.id == offer).map_or("", |one| one.service.name.as_str())
}

fn ranked(case: &Comparison, offer: OfferId) -> Option<&Ranked> {
    case.ranking.ranked.iter().find(|ranked| ranked.offer == offer)
}

/// Those that rank first at the top.
fn in_order(case: &Comparison) -> Vec<&OfferCompared> {
    let mut offers: Vec<&OfferCompared> = case.offers.iter().collect();
    offers.sort_by_key(|offer| ranked(case, offer.id).map_or(u32::MAX, |ranked| ranked.rank));
    offers
}

/// The offers on a map. Without a postcode file, or when it cannot be read, the child's home area has no place on it.
fn map(site: &Site, case: &Comparison) -> Option<Map> {
    if case.offers.is_empty() {
        return None;
    }
    let area = |outward: &String| {
        let middle = site.nearhome.postcodes().and_then(|file| match file.middle_of(outward) {
            Ok(middle) => middle,
            Err(error) => {
                tracing::error!(%error, "the postcode file cannot be read");
                None
            }
        });
        HomeArea { outward: outward.clone(), middle }
    };
    let home = case.home_outward.as_ref().map(area);
    let drawn = |offer: &OfferCompared| Drawn { name: offer.service.name.clone(), point: offer.point };
    let offers: Vec<Drawn> = in_order(case).into_iter().map(drawn).collect();
    map::of_offers(&case.local, home.as_ref(), &offers)
}

/// All offers in one table, those that rank first at the top.
fn overview(case: &Comparison) -> Block {
    let row = |offer: &&OfferCompared| {
        let (worst, colour) = worst(offer);
        let [rank, total] = rank_and_points(case, offer);
        vec![
            Cell::text(rank),
            Cell::link(offer.service.name.clone(), format!("{}/{}", path(case.referral), offer.id)),
            Cell::text(offer.service.rating.label()),
            Cell::tag(worst, colour),
            Cell::text(offer.weekly.0.to_string()),
            Cell::text(offer.yearly.to_string()),
            Cell::text(total),
            Cell::text(offer.state.label()),
        ]
    };
    let columns = ["Rank", "Home", "Ofsted", "Checks", "#A week", "#A year", "#Points", "State"];
    Block::table("Offers", &columns, in_order(case).iter().map(row).collect(), "No offer has come in yet.")
}

/// Where each home is, by the councils' measures and by the law's: three answers that are independent of each other.
fn places(case: &Comparison) -> Option<Block> {
    let row = |offer: &&OfferCompared| {
        let name = offer.service.name.clone();
        [name].into_iter().chain(measures(offer)).map(Cell::text).collect()
    };
    let distance = format!("#Distance from {}", case.local.reference_point);
    let radius = format!("Within {} miles", case.local.radius_miles);
    let columns = ["Home", distance.as_str(), radius.as_str(), "In a member’s area", "By the regulations"];
    let rows: Vec<Vec<Cell>> = in_order(case).iter().map(row).collect();
    (!rows.is_empty()).then(|| Block::table("Where the homes are", &columns, rows, ""))
}

/// The parts of each offer's points in the order of the criteria; they add up to the total.
fn parts(case: &Comparison) -> Option<Block> {
    let row = |offer: &&OfferCompared| {
        let ranked = ranked(case, offer.id);
        let part = |criterion: &Criterion| {
            let part = ranked.and_then(|ranked| ranked.parts.iter().find(|part| part.code == criterion.code));
            Cell::text(part.map_or_else(|| "No score".to_owned(), |part| part.points.to_string()))
        };
        let [rank, total] = rank_and_points(case, offer);
        let parts = case.criteria.iter().map(part);
        [Cell::text(rank), Cell::text(&offer.service.name)].into_iter().chain(parts).chain([Cell::text(total)]).collect()
    };
    let names: Vec<String> = case.criteria.iter().map(|one| format!("#{}, of {}", one.name, one.weight_percent)).collect();
    let columns: Vec<&str> = ["Rank", "Home"].into_iter().chain(names.iter().map(String::as_str)).chain(["#Total, of 100"]).collect();
    let rows: Vec<Vec<Cell>> = in_order(case).iter().filter(|offer| ranked(case, offer.id).is_some()).map(row).collect();
    (!rows.is_empty()).then(|| Block::table("How the points add up", &columns, rows, ""))
}

fn rank_and_points(case: &Comparison, offer: &OfferCompared) -> [String; 2] {
    ranked(case, offer.id)
        .map_or_else(|| ["Not ranked".to_owned(), "None".to_owned()], |ranked| [ranked.rank.to_string(), ranked.total.to_string()])
}

/// Miles, and the three flags in words.
fn measures(offer: &OfferCompared) -> [String; 4] {
    let yes = |yes: bool| if yes { "Yes" } else { "No" }.to_owned();
    offer.flags.map_or_else(
        || std::array::from_fn(|_| "Not known".to_owned()),
        |flags| {
            let class = flags.legal_class.label().to_owned();
            [format!("{}\u{a0}miles", flags.miles), yes(flags.is_within_radius), yes(flags.is_in_footprint), class]
        },
    )
}

/// Where an offer's home stands, as facts.
pub(crate) fn place(offer: &OfferCompared, reference_point: &str) -> [Fact; 4] {
    let [miles, radius, area, class] = measures(offer);
    [
        Fact::new(format!("Distance from {reference_point}"), miles),
        Fact::new("Within the councils’ radius", radius),
        Fact::new("In the area of a member council", area),
        Fact::new("By the regulations", class),
    ]
}

/// The worst outcome of an offer's checks, with the checks that have it.
fn worst(offer: &OfferCompared) -> (String, &'static str) {
    let named = |words: &str, is: &dyn Fn(&Gate) -> bool| {
        let gates: Vec<&str> = offer.gates.iter().filter(|gate| is(gate)).map(|gate| gate.code.label()).collect();
        (!gates.is_empty()).then(|| format!("{words}: {}", gates.join(", ")))
    };
    let is_stopped = |gate: &Gate| gate.colour == GateColour::Red && !gate.is_overridden(&offer.overrides);
    let found = [
        (named("Not met", &is_stopped), "red"),
        (named("Let pass", &|gate| gate.colour == GateColour::Red), "yellow"),
        (named("To check", &|gate| gate.colour == GateColour::Amber), "yellow"),
    ];
    let worst = found.into_iter().find_map(|(words, colour)| Some((words?, colour)));
    worst.unwrap_or_else(|| ("All met".to_owned(), "green"))
}

fn declines(case: &Comparison) -> Block {
    let row = |decline: &service::purchasing::evaluation::Decline| {
        let why = decline.reason.map_or("", |reason| reason.label());
        vec![Cell::text(&decline.service_name), Cell::text(why), Cell::text(decline.note.as_deref().unwrap_or("No more was said"))]
    };
    let rows = case.declines.iter().map(row).collect();
    Block::table("Answered without an offer", &["Home", "Why", "In their words"], rows, "Nobody has declined so far.")
}

pub(crate) fn offer_in<'a>(case: &'a Comparison, id: &str) -> Result<&'a OfferCompared, Stopped> {
    let id: OfferId = pages::id(id)?;
    case.offers.iter().find(|offer| offer.id == id).ok_or_else(|| Failure::absent().into())
}

/// The offer that a form is about, if it was made for this referral: an address that joins the offer for one child to the
/// referral of another names nothing.
pub(crate) async fn named(site: &Site, who: &SignedIn, ids: &(String, String)) -> Result<OfferId, Stopped> {
    Ok(offer_in(&comparison(site, who, &ids.0).await?, &ids.1)?.id)
}

/// `GET /referrals/{id}/offers/{offer}`
pub(crate) async fn offer(
    State(site): State<Site>,
    Who(who): Who,
    Path((id, offer)): Path<(String, String)>,
    Query(was): Query<WasDone>,
) -> Answered {
    let case = comparison(&site, &who, &id).await?;
    let offer = offer_in(&case, &offer)?;
    let mut page = page(&site, &who, offer.service.name.clone(), &case);
    page.notice = was.notice();
    let mut about = facts(offer, &case.local.reference_point);
    if could(who.role, Action::SeeReferral) {
        let miles = miles_from_home(&site.nearhome, &who.caller, case.referral, &[offer.point]).await?;
        about.push(super::placements::from_home(miles.into_iter().next().flatten()));
    }
    let mut blocks = vec![Block::facts(about), Block::Acts { links: acts(&who, &case, offer) }];
    blocks.push(Block::heading("Checks"));
    blocks.push(Block::Gates { gates: offer.gates.iter().map(|one| gate(one, &offer.overrides)).collect() });
    blocks.push(Block::heading("Points"));
    match case.ranking.ranked.iter().find(|ranked| ranked.offer == offer.id) {
        Some(ranked) => blocks.push(score(ranked)),
        None => blocks.push(Block::text("This offer is not ranked: scores are missing, or a check stops it.")),
    }
    blocks.push(given(&case, offer));
    blocks.push(Block::heading("What the provider answered"));
    let answered = domain::purchasing::offer_form::pages(offer.service.kind).iter().map(|page| {
        let row = |field: &domain::purchasing::fields::Field| {
            Fact::new(field.label, offer.answers.get(field.key).map(|answer| answer.shown(field)).unwrap_or_default())
        };
        let asked = page.fields.iter().filter(|field| field.is_asked(&offer.answers));
        Block::Facts { title: Some(page.title.to_owned()), rows: asked.map(row).collect() }
    });
    blocks.extend(answered);
    Ok(pages::show(&page, Some(&offer.service.provider_name), &blocks)?)
}

fn facts(offer: &OfferCompared, reference_point: &str) -> Vec<Fact> {
    let mut facts = vec![
        Fact::new("State", offer.state.label()),
        Fact::new("Home", format!("{}, {}", offer.service.kind.label(), offer.service.urn)),
        Fact::new("Ofsted", [offer.service.rating.label().to_owned(), offer.service.inspected_on.map(on).unwrap_or_default()].join("\n")),
        Fact::new("Places", format!("{} registered, {} free", offer.service.places, offer.service.free)),
        Fact::new("Core price", format!("{} a week", offer.core)),
        Fact::new("With extras", format!("{}\n{} a year", offer.weekly, offer.yearly)),
        Fact::new("Against the maximum", verdict(offer.verdict)),
        Fact::new("Sent", offer.submitted_at.map(when).unwrap_or_default()),
        Fact::new("Binds until", offer.valid_until.map(on).unwrap_or_default()),
    ];
    facts.extend(place(offer, reference_point));
    facts
}

fn verdict(verdict: Option<PriceVerdict>) -> String {
    match verdict {
        None => "Off the framework: no maximum holds".to_owned(),
        Some(PriceVerdict::Within { margin }) => format!("Within, by {margin} a week"),
        Some(PriceVerdict::Exception { over_by, .. }) => format!("Above, by {over_by} a week: needs an approval of its own"),
    }
}

fn acts(who: &SignedIn, case: &Comparison, offer: &OfferCompared) -> Vec<Link> {
    let here = format!("{}/{}", path(case.referral), offer.id);
    let mut links = Vec::new();
    if could(who.role, Action::ScoreOffer) && offer.state.is_live() {
        links.push(Link::new("Score this offer", format!("{here}/score")));
    }
    if could(who.role, Action::PreferOffer) && case.preferred.is_none() {
        if matches!(offer.state, OfferState::Submitted | OfferState::Clarification) {
            links.push(Link::new("Take onto the shortlist", format!("{here}/shortlist")));
        }
        if offer.state == OfferState::Shortlisted {
            links.push(Link::new("Choose this offer", format!("{here}/prefer")));
        }
    }
    let is_open = offer.state.is_live() && case.preferred.is_none();
    if could(who.role, Action::OverrideGate) && is_open && !open_to_override(offer).is_empty() {
        links.push(Link::new("Let a failed check pass", format!("{here}/override")));
    }
    links
}

fn gate(gate: &Gate, overrides: &[GateOverride]) -> GateShown {
    let outcome = match gate.colour {
        GateColour::Green => "MET",
        GateColour::Amber => "TO_CHECK",
        GateColour::Red => "NOT_MET",
    };
    let passed = overrides.iter().find(|one| one.code == gate.code).filter(|_| gate.is_overridden(overrides));
    let let_pass = |one: &GateOverride| format!("{}. Let pass by the {}: {}", gate.reason, one.by.label().to_lowercase(), one.reason);
    let reason = passed.map_or_else(|| gate.reason.clone(), let_pass);
    GateShown { rule: gate.code.label().to_owned(), outcome, reason: Some(reason).filter(|reason| !reason.is_empty()) }
}

fn score(ranked: &Ranked) -> Block {
    let share = |points: u64, most: u64| (points * 100).checked_div(most).unwrap_or(0).min(100);
    let part = |part: &domain::purchasing::matching::Part| PartShown {
        name: part.name.clone(),
        points: part.points.to_string(),
        out_of: format!("{}.00", part.weight_percent),
        share: share(part.points.0, u64::from(part.weight_percent) * 100),
        why: part.sentence.clone(),
    };
    let total = TotalShown { points: ranked.total.to_string(), out_of: "100.00".to_owned(), share: share(ranked.total.0, PERFECT) };
    Block::Score { caption: format!("Ranked {}", ranked.rank), parts: ranked.parts.iter().map(part).collect(), total }
}

fn given(case: &Comparison, offer: &OfferCompared) -> Block {
    let name = |code: &str| case.criteria.iter().find(|criterion| criterion.code == code).map_or("", |criterion| criterion.name.as_str());
    let row = |score: &service::purchasing::evaluation::ScoreShown| {
        let points = format!("{}.{}", score.tenths / 10, score.tenths % 10);
        vec![Cell::text(name(&score.criterion)), Cell::text(points), Cell::text(&score.reason)]
    };
    let rows = offer.scores.iter().map(row).collect();
    Block::table("Scores given", &["Criterion", "#Score", "Why"], rows, "Nobody has scored this offer yet.")
}

/// An act on one offer that asks a few things.
#[derive(Debug, Clone, Copy)]
enum Step {
    Score,
    Shortlist,
    Prefer,
}

impl Step {
    fn title(self) -> &'static str {
        match self {
            Self::Score => "Score this offer",
            Self::Shortlist => "Take onto the shortlist",
            Self::Prefer => "Choose this offer",
        }
    }

    fn form(self, site: &Site, case: &Comparison, offer: &OfferCompared, year_group: Option<u32>) -> view::Form {
        let (slug, fields) = match self {
            Self::Score => ("score", score_fields(&case.criteria)),
            Self::Shortlist => ("shortlist", Vec::new()),
            Self::Prefer => ("prefer", prefer_fields(year_group)),
        };
        forms::form(site, format!("{}/{}/{slug}", path(case.referral), offer.id), None, fields, self.title())
    }
}

fn score_fields(criteria: &[Criterion]) -> Vec<view::Field> {
    let scored = criteria.iter().filter(|criterion| criterion.how == ScoreMethod::Scored);
    let option = |criterion: &Criterion| Choice {
        code: criterion.code.clone(),
        label: criterion.name.clone(),
        hint: Some(format!("From 0 to {}; {}% of the whole", criterion.scale_max, criterion.weight_percent)),
    };
    vec![
        view::Field { options: scored.map(option).collect(), ..pages::field(FieldKind::OneOf, "criterion", "Which criterion?") },
        view::Field { hint: Some("For example, 4 or 4.5".to_owned()), ..pages::field(FieldKind::Text, "tenths", "Score") },
        view::Field { hint: Some("The provider may ask for it".to_owned()), ..pages::field(FieldKind::LongText, "reason", "Why?") },
    ]
}

fn prefer_fields(year_group: Option<u32>) -> Vec<view::Field> {
    let hint = Some("Needed when another offer ranks first".to_owned());
    let school = "Does the move disrupt the education of a pupil in years 10 or 11?";
    let undisturbed = "If it disrupts nothing of a pupil in years 10 or 11: why not?";
    let asked = Some("Without a reason the nominated officer is asked to approve the move (regulation 10)".to_owned());
    let year = year_group.map(|year| format!("The referral says: school year {year}"));
    vec![
        view::Field { hint, required: false, ..pages::field(FieldKind::LongText, "reason", "Why this offer?") },
        view::Field { hint: year, ..pages::field(FieldKind::YesNo, "disrupts_key_stage_4", school) },
        view::Field { hint: asked, required: false, ..pages::field(FieldKind::LongText, "undisturbed_because", undisturbed) },
    ]
}

/// `4.5` as tenths.
fn tenths(text: &str) -> Option<u32> {
    let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
    let part: u32 = if part.len() == 1 { part.parse().ok()? } else { return None };
    whole.parse::<u32>().ok()?.checked_mul(10)?.checked_add(part)
}

async fn ask_step(site: &Site, who: &SignedIn, ids: &(String, String), step: Step, again: Option<(&Posted, &Wrong)>) -> Answered {
    let case = comparison(site, who, &ids.0).await?;
    let offer = offer_in(&case, &ids.1)?;
    let above = vec![Block::text(format!("{}, {}", offer.service.name, offer.weekly))];
    let year_group = match step {
        Step::Prefer if could(who.role, Action::SeeReferral) => {
            let referral = GetReferral { referral: case.referral };
            ask(&site.nearhome, &who.caller, &referral).await?.answers.number("year_group")
        }
        Step::Score | Step::Shortlist | Step::Prefer => None,
    };
    pages::ask(page(site, who, step.title(), &case), step.form(site, &case, offer, year_group), above, again)
}

/// `GET /referrals/{id}/offers/{offer}/score`
pub(crate) async fn ask_score(State(site): State<Site>, Who(who): Who, Path(ids): Path<(String, String)>) -> Answered {
    ask_step(&site, &who, &ids, Step::Score, None).await
}

/// `GET /referrals/{id}/offers/{offer}/shortlist`
pub(crate) async fn ask_shortlist(State(site): State<Site>, Who(who): Who, Path(ids): Path<(String, String)>) -> Answered {
    ask_step(&site, &who, &ids, Step::Shortlist, None).await
}

/// `GET /referrals/{id}/offers/{offer}/prefer`
pub(crate) async fn ask_prefer(State(site): State<Site>, Who(who): Who, Path(ids): Path<(String, String)>) -> Answered {
    ask_step(&site, &who, &ids, Step::Prefer, None).await
}

/// Where an act on an offer leads: to the offers, or back to its form with what is wrong.
async fn after(site: &Site, who: &SignedIn, ids: &(String, String), step: Step, posted: &Posted, outcome: Result<(), Failure>) -> Answered {
    match outcome {
        Ok(()) => {
            let what = if matches!(step, Step::Score) { Done::Scored } else { Done::MovedOn };
            Ok(done(&path(pages::id(&ids.0)?), what))
        }
        Err(failure) => ask_step(site, who, ids, step, Some((posted, &Wrong::with(failure)?))).await,
    }
}

/// `POST /referrals/{id}/offers/{offer}/score`
pub(crate) async fn give_score(State(site): State<Site>, Who(who): Who, Path(ids): Path<(String, String)>, posted: Posted) -> Answered {
    let offer = named(&site, &who, &ids).await?;
    let outcome = match tenths(posted.value("tenths")) {
        None => Err(Failure::invalid("tenths", "Enter a score like 4 or 4.5")),
        Some(tenths) => {
            let (criterion, reason) = (posted.value("criterion").to_owned(), posted.value("reason").to_owned());
            let command = ScoreOffer { offer, criterion, tenths, reason };
            perform(&site.nearhome, &who.caller, posted.key, &command).await.map(|_| ())
        }
    };
    after(&site, &who, &ids, Step::Score, &posted, outcome).await
}

/// `POST /referrals/{id}/offers/{offer}/shortlist`
pub(crate) async fn shortlist(State(site): State<Site>, Who(who): Who, Path(ids): Path<(String, String)>, posted: Posted) -> Answered {
    let command = ShortlistOffer { offer: named(&site, &who, &ids).await? };
    let outcome = perform(&site.nearhome, &who.caller, posted.key, &command).await.map(|_| ());
    after(&site, &who, &ids, Step::Shortlist, &posted, outcome).await
}

/// `POST /referrals/{id}/offers/{offer}/prefer`
pub(crate) async fn prefer(State(site): State<Site>, Who(who): Who, Path(ids): Path<(String, String)>, posted: Posted) -> Answered {
    let offer = named(&site, &who, &ids).await?;
    let disrupts_key_stage_4 = match posted.value("disrupts_key_stage_4") {
        "yes" => Some(true),
        "no" => Some(false),
        _ => None,
    };
    let outcome = match disrupts_key_stage_4 {
        None => Err(Failure::invalid("disrupts_key_stage_4", "Select yes if it disrupts the education of a pupil in years 10 or 11")),
        Some(disrupts_key_stage_4) => {
            let reason = posted.value("reason").to_owned();
            let undisturbed_because = posted.value("undisturbed_because").to_owned();
            let command = PreferOffer { offer, reason, disrupts_key_stage_4, undisturbed_because };
            perform(&site.nearhome, &who.caller, posted.key, &command).await.map(|_| ())
        }
    };
    after(&site, &who, &ids, Step::Prefer, &posted, outcome).await
}

/// `GET /referrals/{id}/set-aside`
pub(crate) async fn ask_set_aside(State(site): State<Site>, Who(who): Who, Path(id): Path<String>) -> Answered {
    set_aside_page(&site, &who, &id, None).await
}

async fn set_aside_page(site: &Site, who: &SignedIn, id: &str, again: Option<(&Posted, &Wrong)>) -> Answered {
    let case = comparison(site, who, id).await?;
    let fields = vec![pages::field(FieldKind::LongText, "reason", "Why is the choice set aside?")];
    let form = forms::form(site, format!("/referrals/{}/set-aside", case.referral), None, fields, "Set the choice aside");
    pages::ask(page(site, who, "Set the choice aside", &case), form, Vec::new(), again)
}

/// `POST /referrals/{id}/set-aside`
pub(crate) async fn set_aside(State(site): State<Site>, Who(who): Who, Path(id): Path<String>, posted: Posted) -> Answered {
    let referral: ReferralId = pages::id(&id)?;
    let command = SetAsideOffer { referral, reason: posted.value("reason").to_owned() };
    match perform(&site.nearhome, &who.caller, posted.key, &command).await {
        Ok(_) => Ok(done(&path(referral), Done::MovedOn)),
        Err(failure) => set_aside_page(&site, &who, &id, Some((&posted, &Wrong::with(failure)?))).await,
    }
}
