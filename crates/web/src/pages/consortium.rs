//! What the councils share and keep: frameworks with their prices, and commitments against ceilings.

use axum::extract::State;
use domain::Code as _;
use domain::access::{Action, could};
use domain::calendar::Day;
use domain::consortium::framework::Framework;
use domain::consortium::reaward::alarms_before;
use service::ask;
use service::governance::consortium::ConsortiumInForce;
use service::money::ledger::Commitments;

use super::Answered;
use crate::blocks::{Block, Cell, Fact, on};
use crate::caller::Who;
use crate::pages;
use crate::server::Site;
use crate::view::Link;

/// `GET /frameworks`
pub(crate) async fn frameworks(State(site): State<Site>, Who(who): Who) -> Answered {
    let consortium = ask(&site.nearhome, &who.caller, &ConsortiumInForce).await?;
    let page = pages::page(&site, Some(&who), "Frameworks").within("/frameworks");
    let today = Day::in_uk(site.nearhome.now());
    let local = format!("{} miles around {}", consortium.local.radius_miles, consortium.local.reference_point);
    let councils: Vec<&str> = consortium.councils.iter().map(|council| council.name.as_str()).collect();
    let mut blocks = vec![Block::facts(vec![Fact::new("Councils", councils.join("\n")), Fact::new("Local means", local)])];
    for framework in &consortium.frameworks {
        blocks.push(Block::Facts { title: Some(framework.title.clone()), rows: facts(framework, today) });
        if could(who.role, Action::SeeFramework) {
            let words = format!("How {} stands", framework.reference);
            blocks.push(Block::Links { links: vec![Link::new(words, format!("/frameworks/{}", framework.reference))] });
        }
        blocks.push(prices(framework));
    }
    Ok(pages::show(&page, Some(&consortium.name), &blocks)?)
}

/// A figure that nobody published says so wherever it is shown.
pub(super) fn marked(framework: &Framework, field: &str, text: String) -> String {
    if framework.is_example(field) { format!("{text}\nExample value: not published") } else { text }
}

/// What becomes of competitions under a framework that run when it comes to its end.
pub(super) fn at_the_end(framework: &Framework) -> &'static str {
    if framework.continue_on_expiry {
        "Those that have begun when it is superseded or expires may finish"
    } else {
        "They end with the framework"
    }
}

fn facts(framework: &Framework, today: Day) -> Vec<Fact> {
    let ratings: Vec<&str> = framework.allowed_ratings.iter().map(|rating| rating.label()).collect();
    let criteria: Vec<String> = framework.criteria.iter().map(|one| format!("{}, {}%", one.name, one.weight_percent)).collect();
    let mut facts = vec![
        Fact::new("Reference", framework.reference.as_str()),
        Fact::new("In force", format!("{} to {}", on(framework.starts_on), on(framework.ends_on))),
        Fact::new("Terms", marked(framework, "terms_version", framework.terms_version.clone())),
        Fact::new("Competitions when it ends", marked(framework, "continue_on_expiry", at_the_end(framework).to_owned())),
        Fact::new("Ratings that may be bought", marked(framework, "allowed_ratings", ratings.join("\n"))),
        Fact::new("Offers are compared by", marked(framework, "criteria", criteria.join("\n"))),
    ];
    // Shown from the first reminder on, so that it is news when it appears.
    let due = framework.due_again_on().filter(|due_on| alarms_before(*due_on)[0] <= today);
    facts.extend(due.map(|due_on| Fact::new("Next award due by", on(due_on))));
    facts
}

fn prices(framework: &Framework) -> Block {
    let mut rows = Vec::new();
    for lot in &framework.lots {
        for category in &lot.categories {
            let prices = category.maximum_weekly_prices.iter().map(|price| price.weekly.0.to_string()).collect::<Vec<_>>().join(", then ");
            let prices = if prices.is_empty() { "None published".to_owned() } else { prices };
            rows.push(vec![Cell::text(&lot.name), Cell::text(&category.name), Cell::text(prices)]);
        }
    }
    let caption = format!("Highest prices a week under {}", framework.reference);
    Block::table(caption, &["Lot", "Category", "#Highest a week"], rows, "No category is set.")
}

/// `GET /commitments`
pub(crate) async fn commitments(State(site): State<Site>, Who(who): Who) -> Answered {
    let ledger = ask(&site.nearhome, &who.caller, &Commitments).await?;
    let rows = ledger.ceilings.iter().map(|ceiling| {
        let limit = if ceiling.is_example { format!("{} (example value)", ceiling.limit) } else { ceiling.limit.to_string() };
        let alert = ceiling.alert.map_or_else(|| Cell::text("None"), |alert| Cell::tag(format!("{alert} reached"), "red"));
        vec![
            Cell::text(&ceiling.framework),
            Cell::text(&ceiling.decision),
            Cell::text(limit),
            Cell::text(ceiling.committed.to_string()),
            Cell::text(ceiling.left.to_string()),
            Cell::text(ceiling.share.map_or_else(|| "None".to_owned(), |share| share.to_string())),
            alert,
        ]
    });
    let columns = ["Framework", "Decision", "#Ceiling", "#Committed", "#Left", "#Share", "Alert"];
    let ceilings = Block::table("Ceilings", &columns, rows.collect(), "No ceiling is set yet.");
    let moved = ledger
        .movements
        .iter()
        .map(|one| vec![Cell::text(one.kind.label()), Cell::text(&one.explanation), Cell::text(one.pence.to_string())]);
    let movements = Block::table("Movements", &["Kind", "How it came about", "#Amount"], moved.collect(), "Nothing is committed yet.");
    let page = pages::page(&site, Some(&who), "Commitments").within("/commitments");
    Ok(pages::show(&page, Some(&who.organisation_name), &[ceilings, movements])?)
}
