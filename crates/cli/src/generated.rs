//! Homes and fostering branches that do not exist, calibrated on published figures (domain notes, section 10.3). Labelled synthetic.

use domain::access::worker;
use domain::calendar::Day;
use domain::consortium::Consortium;
use domain::place::{Place, Postcode};
use domain::purchasing::service::AcceptedGender;
use domain::registration::{Rating, Sector, ServiceKind, Urn};
use service::market::provider_file::{Judgement, KeepService, Kept};
use service::{Nearhome, perform};
use uuid::Uuid;

use crate::Outcome;
use crate::demo::{drawn, today};
use crate::import::bar;

const HOMES: u64 = 190;
const HOME_PROVIDERS: u64 = 70;
const BRANCHES: u64 = 40;
/// Percent of homes inside the members' areas.
const INSIDE: u64 = 55;

/// Makes them, each as one entry of the provider file.
pub(crate) async fn services(nearhome: &Nearhome, consortium: &Consortium, seed: u64) -> Outcome<Vec<(Kept, ServiceKind)>> {
    let file = nearhome.postcodes().ok_or("no postcode file")?;
    let is_member = |code: &_| consortium.council(consortium.responsible_council(code)).is_some();
    let is_neighbour =
        |code: &_| consortium.councils.iter().any(|council| council.adjoining.contains(consortium.responsible_council(code)));
    let inside = file.of_councils(is_member)?;
    let around = file.of_councils(|code| !is_member(code) && is_neighbour(code))?;
    let bar = bar(usize::try_from(HOMES + BRANCHES).unwrap_or(0), "services");
    let mut kept = Vec::new();
    for number in 0..HOMES + BRANCHES {
        let kind = if number < HOMES { ServiceKind::Home } else { ServiceKind::Fostering };
        let near = drawn(seed, &format!("side {number}"), 100) < INSIDE || around.is_empty();
        let entry = entry(nearhome, seed, number, kind, if near { &inside } else { &around })?;
        kept.push((perform(nearhome, &worker(), Uuid::from_u128(nearhome.random()), &entry).await?, kind));
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(kept)
}

fn entry(nearhome: &Nearhome, seed: u64, number: u64, kind: ServiceKind, places: &[(Postcode, Place)]) -> Outcome<KeepService> {
    let of = |what: &str, below: u64| drawn(seed, &format!("{what} {number}"), below);
    let count = u64::try_from(places.len())?;
    let (postcode, place) = places.get(usize::try_from(of("place", count))?).ok_or("no postcodes in the members' areas")?;
    let (provider, name, size) = match kind {
        ServiceKind::Home => {
            let provider = format!("Synthetic Residential Care {:02}", of("provider", HOME_PROVIDERS) + 1);
            (provider, format!("Synthetic home {number:03}"), size_of_home(of("size", 100)))
        }
        ServiceKind::Fostering => (
            format!("Synthetic Fostering {:02}", number + 1 - HOMES),
            format!("Synthetic fostering branch {number:03}"),
            6 + of("size", 30),
        ),
    };
    Ok(KeepService {
        provider_name: provider,
        provider_reference: None,
        urn: Urn::parse(&format!("{}", 9_000_000 + number))?,
        kind,
        name: Some(name),
        sector: if of("sector", 100) < 85 { Sector::Private } else { Sector::Voluntary },
        postcode: Some(postcode.clone()),
        postcode_is_synthetic: true,
        place: Some(place.clone()),
        places_registered: Some(u32::try_from(size)?),
        ages: Some((if kind == ServiceKind::Home { 8 } else { 0 }, 17)),
        gender: Some(AcceptedGender::Any),
        needs: Vec::new(),
        manager_name: None,
        is_manager_registered: Some(of("manager", 100) < 92),
        registered_on: None,
        judgements: judgement(kind, of("rating", 100), today(nearhome), of("inspected", 700)),
        is_active: true,
        is_short_break_only: Some(false),
        is_synthetic: true,
    })
}

/// One to six places, 3.4 in the mean.
fn size_of_home(percent: u64) -> u64 {
    match percent {
        0..8 => 1,
        8..25 => 2,
        25..54 => 3,
        54..80 => 4,
        80..93 => 5,
        _ => 6,
    }
}

fn judgement(kind: ServiceKind, percent: u64, today: Day, days_ago: u64) -> Vec<Judgement> {
    let rating = match (kind, percent) {
        (ServiceKind::Home, 0..60) | (ServiceKind::Fostering, 0..72) => Rating::Good,
        (ServiceKind::Home, 60..74) | (ServiceKind::Fostering, 72..90) => Rating::Outstanding,
        (ServiceKind::Home, 74..88) | (ServiceKind::Fostering, 90..96) => Rating::RequiresImprovement,
        (ServiceKind::Home, 88..91) | (ServiceKind::Fostering, 96) => Rating::Inadequate,
        (ServiceKind::Home | ServiceKind::Fostering, _) => return Vec::new(),
    };
    let inspected_on = today.plus_days(-i64::try_from(days_ago).unwrap_or(0) - 30);
    vec![Judgement { rating, inspected_on, published_on: None, event_number: None }]
}
