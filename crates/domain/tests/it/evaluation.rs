//! Bids against the tender that ships: what is refused, and how the rest is ranked.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::collections::BTreeMap;

use domain::calendar::Day;
use domain::consortium::Consortium;
use domain::ids::{OpenedBidId, ServiceId};
use domain::money::price::TenderPriceRule;
use domain::pence::{Pence, WeeklyRate};
use domain::procurement::bid::{BidPrice, BidService, HeldInsurance, PriceEnvelope, QualityEnvelope};
use domain::procurement::compliance::{Fault, RegisteredService, Terms, in_words, judge_lines};
use domain::procurement::plan::{PriceFormula, TenderPlan};
use domain::procurement::ranking::{Inputs, Line, RankedBid, RankedCategory, Ranking, Weighted, rank};
use domain::purchasing::matching::Points;
use domain::registration::{Rating, ServiceKind};
use proptest::prelude::*;
use uuid::Uuid;

const D2N2: &str = include_str!("../../../../config/d2n2.toml");
const HOMES: &str = include_str!("../../../../config/tenders/homes.toml");

/// The plan of the tender that ships.
pub fn plan() -> TenderPlan {
    let consortium: Consortium = toml::from_str(D2N2).unwrap();
    let file: toml::Table = toml::from_str(HOMES).unwrap();
    let mut framework = consortium.frameworks.iter().find(|framework| framework.reference == "CCS072").unwrap().clone();
    framework.starts_on = "2027-04-01".parse().unwrap();
    let mut plan = file["plan"].as_table().unwrap().clone();
    plan.insert("framework".to_owned(), toml::Value::try_from(framework).unwrap());
    plan.try_into().unwrap()
}

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

fn weekly(pence: i64) -> WeeklyRate {
    WeeklyRate(Pence(pence))
}

fn service(number: u128) -> ServiceId {
    ServiceId(Uuid::from_u128(number))
}

fn home(number: u128) -> RegisteredService {
    let kind = ServiceKind::Home;
    RegisteredService { service: service(number), kind, rating: Rating::Good, is_registered: true, is_bidders_own: true, point: None }
}

fn terms(plan: &TenderPlan) -> Terms<'_> {
    Terms { plan, lot: &plan.framework.lots[0].code, addenda: 1, closed_on: day("26/2/2027") }
}

/// A bid with nothing wrong, for one home.
fn quality(plan: &TenderPlan) -> QualityEnvelope {
    let named = BidService { service: service(1), urn: "SC000001".to_owned(), name: "Hazel Bank".to_owned(), rating: Rating::Good };
    let insurances = plan.insurances.iter().map(|wanted| HeldInsurance {
        name: wanted.name.clone(),
        amount_pence: wanted.at_least_pence,
        valid_until: day("26/2/2027"),
    });
    QualityEnvelope {
        provider_name: "Hazel Homes".to_owned(),
        company_number: "SYN-1".to_owned(),
        services: vec![named],
        declared: vec![true; plan.declarations.len()],
        insurances: insurances.collect(),
        addenda_read: 1,
        answers: Vec::new(),
        files: Vec::new(),
    }
}

fn price(plan: &TenderPlan, pence: i64) -> PriceEnvelope {
    let category = plan.framework.lots[0].categories[0].code.clone();
    PriceEnvelope { prices: vec![BidPrice { service: service(1), category, weekly: weekly(pence) }] }
}

fn faults(plan: &TenderPlan, quality: &QualityEnvelope, price: &PriceEnvelope, register: &[RegisteredService]) -> Vec<Vec<Fault>> {
    judge_lines(terms(plan), quality, price, register).into_iter().map(|line| line.faults).collect()
}

/// The published maximum of the first category on the framework's first day.
fn maximum(plan: &TenderPlan) -> i64 {
    plan.framework.lots[0].categories[0].maximum_on(plan.framework.starts_on).unwrap().weekly.0.0
}

#[test]
fn a_price_that_equals_the_published_maximum_is_refused_and_a_penny_below_admitted() {
    // Row d: a category's maximum is £1,100; £1,100.00 is refused under the strict rule, £1,099.99 admitted.
    let mut plan = plan();
    for row in &mut plan.framework.lots[0].categories[0].maximum_weekly_prices {
        row.weekly = weekly(110_000);
    }
    let found = |plan: &TenderPlan, pence: i64| faults(plan, &quality(plan), &price(plan, pence), &[home(1)]).remove(0);
    assert_eq!(plan.framework.tender_price_rule, TenderPriceRule::Below);
    assert_eq!(
        in_words(&found(&plan, 110_000)),
        "a tendered maximum of £1,100.00 a week is refused: the published maximum is £1,100.00 a week"
    );
    assert_eq!(found(&plan, 109_999), []);
    plan.framework.tender_price_rule = TenderPriceRule::AtMost;
    assert_eq!(found(&plan, 110_000), []);
    assert_eq!(found(&plan, 110_001).len(), 1);
    assert_eq!(found(&plan, 0).len(), 1);
}

#[test]
fn each_thing_that_a_bid_lacks_is_named_in_words() {
    let plan = plan();
    let fair = price(&plan, maximum(&plan) - 1);
    let said = |quality: &QualityEnvelope, register: &[RegisteredService]| in_words(&faults(&plan, quality, &fair, register)[0]);
    let good = quality(&plan);
    assert_eq!(said(&good, &[home(1)]), "");
    assert_eq!(said(&good, &[home(2)]), "the service is not on the register");
    let inadequate = RegisteredService { rating: Rating::Inadequate, ..home(1) };
    assert!(said(&good, &[inadequate]).starts_with("the rating is Inadequate: admitted are "));
    assert_eq!(said(&good, &[RegisteredService { is_registered: false, ..home(1) }]), "the service is no longer registered");
    assert_eq!(said(&good, &[RegisteredService { is_bidders_own: false, ..home(1) }]), "the service is not the bidder’s own");
    let branch = RegisteredService { kind: ServiceKind::Fostering, ..home(1) };
    assert!(said(&good, &[branch]).contains("the framework buys"));
    let mut undeclared = good.clone();
    undeclared.declared = vec![true, false];
    assert_eq!(said(&undeclared, &[home(1)]), "declaration 2 was not made; declaration 3 was not made");
    let mut uninsured = good.clone();
    uninsured.insurances[0].valid_until = day("25/2/2027");
    uninsured.insurances[1].amount_pence = Pence(plan.insurances[1].at_least_pence.0 - 1);
    assert_eq!(said(&uninsured, &[home(1)]).matches("no insurance").count(), 2, "one had run out the day before, one is a penny short");
    let mut unread = good.clone();
    unread.addenda_read = 0;
    assert_eq!(said(&unread, &[home(1)]), "addendum 1 was not acknowledged");
}

#[test]
fn what_a_bidder_says_of_its_own_rating_is_not_believed() {
    let plan = plan();
    let mut boasting = quality(&plan);
    boasting.services[0].rating = Rating::Outstanding;
    let inadequate = RegisteredService { rating: Rating::Inadequate, ..home(1) };
    let found = faults(&plan, &boasting, &price(&plan, 1), &[inadequate]);
    assert!(matches!(found[0][..], [Fault::Rating(Rating::Inadequate, _)]));
}

#[test]
fn a_price_counts_for_a_service_of_the_bid_a_category_of_the_lot_and_once() {
    let plan = plan();
    let mut prices = price(&plan, 100_000);
    prices.prices.push(prices.prices[0].clone());
    prices.prices.push(BidPrice { service: service(9), ..prices.prices[0].clone() });
    prices.prices.push(BidPrice { category: "NONE".to_owned(), ..prices.prices[0].clone() });
    let mut two = quality(&plan);
    two.services.push(BidService { service: service(2), ..two.services[0].clone() });
    let found = faults(&plan, &two, &prices, &[home(1), home(2), home(9)]);
    let expected: [&[Fault]; 5] =
        [&[Fault::TwoPrices], &[Fault::TwoPrices], &[Fault::NotNamed], &[Fault::OtherCategory("NONE".to_owned())], &[Fault::NoPrice]];
    assert_eq!(found, expected);
}

fn question(code: &str, weight_percent: u32, at_least: Option<u32>) -> Weighted {
    Weighted { code: code.to_owned(), title: code.to_lowercase(), weight_percent, scale_max: 5, at_least }
}

/// A lot with one category, two questions at 30% and the price at 40%.
pub fn inputs(bids: Vec<RankedBid>) -> Inputs {
    Inputs {
        lot: "R1".to_owned(),
        questions: vec![question("CARE", 30, Some(2)), question("LOCAL", 30, None)],
        price_weight_percent: 40,
        price_formula: PriceFormula::LowestInProportion,
        suppliers_at_most: None,
        categories: vec![RankedCategory { code: "STD".to_owned(), maximum: weekly(600_000) }],
        bids,
    }
}

/// A bid of one home with its two scores and its price.
pub fn bid(number: u128, care: u32, local: u32, pence: i64) -> RankedBid {
    RankedBid {
        bid: OpenedBidId(Uuid::from_u128(number)),
        provider: format!("Provider {number}"),
        agreed: BTreeMap::from([("CARE".to_owned(), care), ("LOCAL".to_owned(), local)]),
        lines: vec![Line {
            service: service(number),
            name: format!("Home {number}"),
            category: Some("STD".to_owned()),
            weekly: Some(weekly(pence)),
            faults: Vec::new(),
        }],
    }
}

/// Rank, number of the home and total, best first.
fn places(ranking: &Ranking) -> Vec<(u32, u128, u64)> {
    ranking.categories[0].ranked.iter().map(|row| (row.rank, row.service.0.as_u128(), row.total.0)).collect()
}

#[test]
fn totals_are_what_a_person_works_out_with_a_pencil() {
    let ranking = rank(&inputs(vec![bid(1, 4, 3, 500_000), bid(2, 5, 2, 450_000), bid(3, 3, 5, 600_000)]));
    // 1: 24 + 18 + 40 × 4,500 ÷ 5,000 = 78; 2: 30 + 12 + 40 = 82; 3: 18 + 30 + 40 × 4,500 ÷ 6,000 = 78.
    // 1 and 3 have the same total; 3 has more points of quality.
    assert_eq!(places(&ranking), [(1, 2, 8_200), (2, 3, 7_800), (3, 1, 7_800)]);
    assert_eq!(
        ranking.categories[0].ranked[2].parts[2].sentence,
        "lowest price £4,500.00 a week divided by this price £5,000.00 a week, weight 40%: 36.00"
    );
    let below = Inputs {
        price_formula: PriceFormula::BelowMaximum,
        ..inputs(vec![bid(1, 5, 5, 600_000), bid(2, 5, 5, 450_000), bid(3, 5, 5, 500_000)])
    };
    assert_eq!(places(&rank(&below)), [(1, 2, 10_000), (2, 3, 8_667), (3, 1, 6_000)], "1,000 of 1,500 pounds unasked is two thirds");
}

#[test]
fn those_whom_nothing_parts_share_a_rank_and_the_next_keeps_its_place() {
    let ranking =
        rank(&Inputs { suppliers_at_most: Some(1), ..inputs(vec![bid(3, 2, 2, 500_000), bid(2, 4, 4, 500_000), bid(1, 4, 4, 500_000)]) });
    let ranks: Vec<u32> = ranking.categories[0].ranked.iter().map(|row| row.rank).collect();
    assert_eq!(ranks, [1, 1, 3]);
    let within: Vec<bool> = ranking.categories[0].ranked.iter().map(|row| row.is_within_limit).collect();
    assert_eq!(within, [true, true, false], "no draw decides between equals");
}

#[test]
fn a_bid_below_a_lowest_score_or_with_a_fault_stands_apart_and_its_price_is_not_the_lowest() {
    let mut faulty = bid(2, 5, 5, 100);
    faulty.lines[0].faults.push("the service is no longer registered".to_owned());
    let mut unscored = bid(4, 5, 5, 100);
    unscored.agreed.remove("LOCAL");
    let ranking = rank(&inputs(vec![bid(1, 4, 4, 500_000), faulty, bid(3, 1, 5, 100), unscored]));
    assert_eq!(places(&ranking), [(1, 1, 8_800)], "48 points of quality and all 40 of the price");
    let reasons: Vec<&str> = ranking.apart.iter().map(|apart| apart.reasons[0].as_str()).collect();
    assert_eq!(
        reasons,
        [
            "the service is no longer registered",
            "`care` was scored 1; the lowest score with which a bid can succeed is 2",
            "`local` has no agreed score"
        ]
    );
}

prop_compose! {
    fn any_bid()(number in 1_u128..60, care in 0_u32..=5, local in 0_u32..=5, pence in 1_i64..600_000, is_faulty in any::<bool>()) -> RankedBid {
        let mut any = bid(number, care, local, pence);
        if is_faulty && number % 5 == 0 {
            any.lines[0].faults.push("something".to_owned());
        }
        any
    }
}

fn distinct(mut bids: Vec<RankedBid>) -> Vec<RankedBid> {
    bids.sort_by_key(|bid| bid.bid);
    bids.dedup_by_key(|bid| bid.bid);
    bids
}

proptest! {
    #[test]
    fn parts_add_up_and_nobody_is_left_out(bids in proptest::collection::vec(any_bid(), 0..20), below in any::<bool>()) {
        let bids = distinct(bids);
        let formula = if below { PriceFormula::BelowMaximum } else { PriceFormula::LowestInProportion };
        let inputs = Inputs { price_formula: formula, ..inputs(bids.clone()) };
        let ranking = rank(&inputs);
        prop_assert_eq!(ranking.categories[0].ranked.len() + ranking.apart.len(), bids.len());
        for row in &ranking.categories[0].ranked {
            prop_assert_eq!(Points(row.parts.iter().map(|part| part.points.0).sum()), row.total);
            prop_assert!(row.total.0 <= 10_000);
            for part in &row.parts {
                prop_assert!(part.points.0 <= u64::from(part.weight_percent) * 100);
                prop_assert!(part.sentence.ends_with(&part.points.to_string()));
            }
        }
        // The cheapest has every point of the price, and nobody cheaper has fewer.
        let mut by_price: Vec<_> = ranking.categories[0].ranked.iter().map(|row| (row.weekly, row.parts[2].points)).collect();
        by_price.sort();
        prop_assert!(by_price.first().is_none_or(|(_, points)| *points == Points(4_000)));
        prop_assert!(by_price.windows(2).all(|pair| pair[0].1 >= pair[1].1));
    }

    #[test]
    fn a_ranking_is_the_same_from_its_stored_inputs_in_whatever_order_they_are_read(
        (bids, shuffled) in proptest::collection::vec(any_bid(), 0..20).prop_map(distinct)
            .prop_flat_map(|bids| (Just(bids.clone()), Just(bids).prop_shuffle())),
    ) {
        let first = rank(&inputs(bids.clone()));
        let stored = serde_json::to_string(&inputs(bids)).unwrap();
        prop_assert_eq!(&first, &rank(&serde_json::from_str::<Inputs>(&stored).unwrap()));
        prop_assert_eq!(&first, &rank(&inputs(shuffled)));
    }

    #[test]
    fn a_dearer_price_or_a_lower_score_never_lifts_a_bid(bids in proptest::collection::vec(any_bid(), 1..20), by in 1_i64..9_000) {
        let bids = distinct(bids);
        let place = |bids: &[RankedBid]| {
            let ranking = rank(&inputs(bids.to_vec()));
            ranking.categories[0].ranked.iter().find(|row| row.bid == bids[0].bid).map(|row| row.rank)
        };
        let before = place(&bids);
        let mut dearer = bids.clone();
        dearer[0].lines[0].weekly = dearer[0].lines[0].weekly.map(|rate| weekly(rate.0.0 + by));
        prop_assert!(place(&dearer) >= before);
        let mut worse = bids.clone();
        let care = worse[0].agreed["CARE"].saturating_sub(1);
        worse[0].agreed.insert("CARE".to_owned(), care);
        prop_assert!(place(&worse).is_none() || place(&worse) >= before);
    }
}
