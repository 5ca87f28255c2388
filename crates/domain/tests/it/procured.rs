//! A procurement from its first talks to a contract that ended, as the public may know it: the framework of the configuration, synthetic
//! suppliers.

use domain::calendar::{Day, Instant, TimeOfDay, WhenTwice};
use domain::consortium::Consortium;
use domain::consortium::framework::Framework;
use domain::ids::{FrameworkContractId, OrganisationId, SubmissionId};
use domain::pence::Pence;
use domain::procurement::exercise::{Exercise, Share};
use domain::procurement::notice::NoticeRule;
use domain::procurement::ocds::build::{Telling, release};
use domain::procurement::plan::{
    OpeningRule, PriceFormula, QualityQuestion, StandstillKind, StandstillRule, Stoppable, TenderPlan, WantedInsurance,
};
use domain::procurement::public_facts::{
    AwardedLot, Cancelled, Change, Engagement, PublicAward, PublicBid, PublicBody, PublicContract, PublicFacts, Published, Supplier,
};
use domain::procurement::tender::{TenderPeriodRule, Timetable};
use serde_json::Value;
use uuid::Uuid;

pub(crate) fn day(text: &str) -> Day {
    text.parse().unwrap()
}

pub(crate) fn at(day_text: &str, hour: u32, minute: u32) -> Instant {
    day(day_text).at(TimeOfDay::of(hour, minute).unwrap(), WhenTwice::First).unwrap()
}

fn framework() -> Framework {
    let consortium: Consortium = toml::from_str(include_str!("../../../../config/d2n2.toml")).unwrap();
    consortium.framework("CCS034").unwrap().clone()
}

pub(crate) fn plan() -> TenderPlan {
    let question = |code: &str, title: &str, weight_percent| QualityQuestion {
        code: code.to_owned(),
        title: title.to_owned(),
        text: format!("How do you do this well: {title}?"),
        lots: Vec::new(),
        words_at_most: 750,
        weight_percent,
        scale_max: 5,
        at_least: Some(2),
        refines: None,
    };
    TenderPlan {
        framework: framework(),
        reopening: None,
        exercise: None,
        description: "Independent fostering for children and young people aged 0 to 18 in four council areas.".to_owned(),
        cpv: "85311300".to_owned(),
        area: "UKF1".to_owned(),
        declarations: vec!["No ground for exclusion applies".to_owned()],
        insurances: vec![WantedInsurance { name: "Employers’ liability".to_owned(), at_least_pence: Pence(1_000_000_000) }],
        questions: vec![question("Q1", "Stable homes", 40), question("Q2", "Support of carers", 20)],
        price_weight_percent: 40,
        price_formula: PriceFormula::LowestInProportion,
        suppliers_at_most: None,
        evaluators_at_least: 2,
        opening: OpeningRule { councils_at_least: 2, window_minutes: 60 },
        opened_by: Vec::new(),
        standstill: StandstillRule { kind: StandstillKind::Voluntary, working_days: 8 },
        open_challenge_stops: vec![Stoppable::Award],
        tender_period: TenderPeriodRule { days_at_least: 25, days_after_planned_notice: 10, days_after_answers: 5 },
    }
}

pub(crate) fn supplier(number: u128) -> Supplier {
    Supplier {
        id: OrganisationId(Uuid::from_u128(number)),
        name: format!("Synthetic Fostering {number} Ltd"),
        number: format!("{number:08}"),
        is_small: Some(number % 2 == 1),
        is_voluntary: Some(false),
    }
}

/// Drafted: not yet published, nothing told.
pub(crate) fn drafted() -> PublicFacts {
    let council = |code: &str, name: &str, number: u32| PublicBody {
        code: domain::consortium::CouncilCode(code.to_owned()),
        name: name.to_owned(),
        register_number: Some(format!("AAAA-000{number}-XXXX")),
        email: Some(format!("contracts{number}@council.example")),
    };
    PublicFacts {
        ocid: "ocds-213czf-ccs034-1".to_owned(),
        title: "Children in Care Fostering".to_owned(),
        plan: plan(),
        councils: vec![
            council("E10000007", "Derbyshire County Council", 1),
            council("E06000015", "Derby City Council", 2),
            council("E06000018", "Nottingham City Council", 3),
            council("E10000024", "Nottinghamshire County Council", 4),
        ],
        site: "https://nearhome.example".to_owned(),
        timetable: Timetable {
            published_at: None,
            questions_until: at("12/9/2025", 17, 0),
            answers_by: day("20/9/2025"),
            deadline: at("30/9/2025", 10, 0),
        },
        engagement: Some(Engagement {
            from: day("14/3/2025"),
            to: day("30/4/2025"),
            about: "Two events for fostering agencies".to_owned(),
            no_notice_because: None,
        }),
        changes: Vec::new(),
        cancelled: None,
        award: None,
        contracts: Vec::new(),
        under: None,
        renews: Some("ocds-213czf-d2n2-1".to_owned()),
        published: Vec::new(),
    }
}

pub(crate) fn awarded(facts: &mut PublicFacts) {
    let bid = |number: u128, lot: &str, minute| PublicBid {
        id: SubmissionId(Uuid::from_u128(1000 + number)),
        lot: lot.to_owned(),
        bidder: supplier(number),
        submitted_at: at("30/9/2025", 9, minute),
    };
    facts.award = Some(PublicAward {
        decided_at: Some(at("29/1/2026", 15, 0)),
        summaries_sent_at: Some(at("30/1/2026", 12, 0)),
        standstill_until: Some(day("10/2/2026")),
        lots: vec![
            AwardedLot { lot: "F1".to_owned(), suppliers: vec![supplier(1), supplier(2)] },
            AwardedLot { lot: "F2".to_owned(), suppliers: vec![supplier(1)] },
            AwardedLot { lot: "F3".to_owned(), suppliers: Vec::new() },
        ],
        bids: vec![bid(1, "F1", 10), bid(2, "F1", 20), bid(3, "F1", 59), bid(1, "F2", 11), bid(3, "F3", 30)],
    });
}

pub(crate) fn signed(number: u128, lots: &[&str], signed_at: Instant) -> PublicContract {
    PublicContract {
        id: FrameworkContractId(Uuid::from_u128(2000 + number)),
        supplier: supplier(number),
        lots: lots.iter().map(|&lot| lot.to_owned()).collect(),
        signed_at,
        ended_on: None,
    }
}

/// Tells it, and keeps that it was told.
pub(crate) fn tell(facts: &mut PublicFacts, telling: Telling, at: Instant) -> Value {
    let number = i64::try_from(facts.published.len()).unwrap() + 1;
    let told = release(facts, &NoticeRule::default(), telling, number, at).unwrap();
    facts.published.push(Published { notice: telling.notice(), number, at });
    told
}

/// Every release from the first talks to the end of one contract.
pub(crate) fn story() -> Vec<Value> {
    story_of(&mut drafted())
}

pub(crate) fn story_of(facts: &mut PublicFacts) -> Vec<Value> {
    let mut told = vec![tell(facts, Telling::Engagement, at("14/3/2025", 10, 49)), tell(facts, Telling::Planned, at("18/6/2025", 9, 0))];
    facts.timetable.published_at = Some(at("11/8/2025", 14, 29));
    told.push(tell(facts, Telling::Tender, at("11/8/2025", 14, 29)));
    let later = "The deadline for bids is now 7 October 2025 at 10:00am.".to_owned();
    facts.changes.push(Change { number: 1, at: at("20/9/2025", 9, 0), text: later });
    facts.timetable.deadline = at("7/10/2025", 10, 0);
    told.push(tell(facts, Telling::TenderChange, at("20/9/2025", 9, 1)));
    awarded(facts);
    told.push(tell(facts, Telling::Award, at("30/1/2026", 15, 27)));
    facts.contracts = vec![signed(1, &["F1", "F2"], at("31/3/2026", 9, 0)), signed(2, &["F1"], at("31/3/2026", 10, 0))];
    told.push(tell(facts, Telling::Contracts, at("24/6/2026", 9, 55)));
    facts.contracts[1].ended_on = Some(day("31/8/2026"));
    told.push(tell(facts, Telling::Ending, at("4/9/2026", 9, 0)));
    told
}

/// A tender that was given up.
pub(crate) fn given_up() -> Vec<Value> {
    let mut facts = PublicFacts {
        ocid: "ocds-213czf-ccs034-0".to_owned(),
        renews: None,
        engagement: Some(Engagement {
            no_notice_because: Some("The providers were asked by letter".to_owned()),
            ..drafted().engagement.unwrap()
        }),
        ..drafted()
    };
    facts.timetable.published_at = Some(at("11/8/2025", 14, 29));
    let tender = tell(&mut facts, Telling::Tender, at("11/8/2025", 14, 29));
    facts.cancelled = Some(Cancelled { at: at("1/9/2025", 9, 0), reason: "The councils will buy otherwise.".to_owned() });
    vec![tender, tell(&mut facts, Telling::Cancellation, at("1/9/2025", 9, 30))]
}

/// Every release of a competition among the providers of that framework.
pub(crate) fn bought_under() -> Vec<Value> {
    let mut facts = PublicFacts {
        ocid: "ocds-213czf-ccs034-b1".to_owned(),
        title: "Homes for brothers and sisters".to_owned(),
        renews: None,
        under: Some(drafted().ocid),
        ..drafted()
    };
    let council = facts.plan.framework.users[0].clone();
    facts.plan.exercise = Some(Exercise {
        under: "CCS034".to_owned(),
        need: "Brothers and sisters live apart for want of families that take three.".to_owned(),
        beds: 6,
        shares: vec![Share { council: Some(council), other: None, percent: 100 }],
        radius: None,
        years: vec![2, 1],
        guaranteed_pence: Pence(0),
        at_most_pence: Pence(300_000_000),
        ramp_up: Vec::new(),
        open_book: None,
        direct: None,
    });
    story_of(&mut facts)
}
