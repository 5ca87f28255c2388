//! How a ranking moves with its weights, against every pair and every stretch looked at one by one.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use domain::ids::ServiceId;
use domain::procurement::ranking::{Inputs, RankedBid, Weighted, rank};
use domain::procurement::sensitivity::{Movement, Weight, crossings, sensitivity};
use proptest::prelude::*;

use crate::evaluation::{bid, inputs};

fn home(service: ServiceId) -> u128 {
    service.0.as_u128()
}

fn movements(inputs: &Inputs) -> Vec<Movement> {
    sensitivity(inputs, &rank(inputs).categories[0]).movements
}

/// A service's total where one criterion has the weight `part ÷ whole` and the others keep their proportions, as a fraction of whole
/// numbers: straight from the definition, and times the same number for every service.
fn total(inputs: &Inputs, bid: &RankedBid, moving: usize, weight: Weight) -> i128 {
    let lowest = inputs.bids.iter().map(|bid| bid.lines[0].weekly.unwrap().0.0).min().unwrap();
    let mut shares: Vec<i128> = Vec::new();
    for question in &inputs.questions {
        shares.push(round(i128::from(bid.agreed[&question.code]), i128::from(question.scale_max)));
    }
    shares.push(round(i128::from(lowest), i128::from(bid.lines[0].weekly.unwrap().0.0)));
    let mut weights: Vec<i128> = inputs.questions.iter().map(|question| i128::from(question.weight_percent)).collect();
    weights.push(i128::from(inputs.price_weight_percent));
    let rest: i128 = (0..weights.len()).filter(|index| *index != moving).map(|index| weights[index]).sum();
    let (part, whole) = (i128::from(weight.part), i128::from(weight.whole));
    (0..weights.len())
        .map(|index| if index == moving { part * rest * shares[index] } else { (whole - part) * weights[index] * shares[index] })
        .sum()
}

fn round(part: i128, whole: i128) -> i128 {
    (part * 2_000_000_000 + whole) / (whole * 2)
}

#[test]
fn two_bids_change_places_at_the_weight_that_a_person_works_out_with_a_pencil() {
    // One has all points of care, the other all of price; local is equal. Care 30, local 30, price 40. Home 2 has 4,000 ÷ 5,000 of price.
    let inputs = inputs(vec![bid(1, 5, 4, 500_000), bid(2, 2, 4, 400_000)]);
    let found = movements(&inputs);
    // As price moves to w, care has (100 − w) × 30 ÷ 60: it gives 1 more by 3/5 of that = 0.3 × (100 − w); price gives 2 more by 0.2 × w.
    // Level at 30 − 0.3w = 0.2w: w = 60.
    let price = &found[2];
    assert_eq!((price.code.as_str(), price.swaps, price.down), ("PRICE", 1, None));
    let up = price.up.unwrap();
    assert_eq!((up.at, up.at.to_string(), home(up.below), home(up.above)), (Weight::percent(60), "60.00%".to_owned(), 1, 2));
    let leaders: Vec<(String, u128)> = price.leaders.iter().map(|stretch| (stretch.to.to_string(), home(stretch.leader))).collect();
    assert_eq!(leaders, [("60.00%".to_owned(), 1), ("100.00%".to_owned(), 2)]);
    // Local is equal for both: whatever its weight, nothing changes.
    assert_eq!((found[1].swaps, found[1].down, found[1].up), (0, None, None));
}

#[test]
fn who_is_admitted_changes_only_where_the_limit_cuts() {
    let four = vec![bid(1, 5, 5, 590_000), bid(2, 4, 4, 500_000), bid(3, 3, 3, 420_000), bid(4, 2, 2, 400_000)];
    let limited = Inputs { suppliers_at_most: Some(2), ..inputs(four.clone()) };
    let price = &movements(&limited)[2];
    let all = crossings(&limited, &rank(&limited).categories[0], "PRICE");
    let cut = price.admission_up.unwrap();
    assert!(all.contains(&cut) && price.up.unwrap().at <= cut.at);
    assert!(matches!((home(cut.below), home(cut.above)), (1 | 2, 3 | 4)), "{cut:?}");
    let unlimited = movements(&inputs(four));
    assert!(unlimited.iter().all(|movement| movement.admission_up.is_none() && movement.admission_down.is_none()));
}

#[test]
fn a_criterion_that_is_all_there_is_has_nothing_to_be_weighed_against() {
    let mut only = inputs(vec![bid(1, 5, 5, 500_000), bid(2, 4, 4, 400_000)]);
    only.questions.clear();
    only.price_weight_percent = 100;
    assert_eq!(movements(&only), []);
}

/// So many bids with so many questions, all from one seed.
fn many(bids: u64, questions: u32, seed: u64) -> Inputs {
    let mut state = seed;
    let mut next = move |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let asked: Vec<Weighted> = (0..questions)
        .map(|number| Weighted {
            code: format!("Q{number}"),
            title: format!("q {number}"),
            weight_percent: 2,
            scale_max: 5,
            at_least: None,
        })
        .collect();
    let bids = (1..=bids).map(|number| {
        let mut one = bid(u128::from(number), 0, 0, 300_000 + i64::try_from(next(300_000)).unwrap());
        one.agreed = asked.iter().map(|question| (question.code.clone(), u32::try_from(next(6)).unwrap())).collect();
        one
    });
    let bids = bids.collect();
    Inputs { questions: asked, price_weight_percent: 100 - 2 * questions, ..inputs(bids) }
}

#[test]
fn the_largest_tender_costs_a_few_comparisons_for_each_bid_and_criterion() {
    let inputs = Inputs { suppliers_at_most: Some(20), ..many(430, 29, 7) };
    let ranking = rank(&inputs);
    let found = sensitivity(&inputs, &ranking.categories[0]);
    assert_eq!((ranking.categories[0].ranked.len(), found.movements.len()), (430, 30));
    // Four sorts and a merge at 430 × 9 or so, the neighbours, the leaders, and 20 × 410 pairs at the limit on each side: far from 430 × 429 pairs.
    let bound = 30 * (5 * 430 * 10 + 430 * 20 + 2 * 20 * 410);
    assert!(found.comparisons < bound, "{} of {bound}", found.comparisons);
    let twice = many(860, 29, 7);
    let more = sensitivity(&twice, &rank(&twice).categories[0]).comparisons;
    let unlimited = many(430, 29, 7);
    let once = sensitivity(&unlimited, &rank(&unlimited).categories[0]).comparisons;
    assert!(more < once * 3, "twice the bids cost {more} instead of {once}: that is no longer in proportion");
}

prop_compose! {
    fn any_inputs()(size in 2_u64..9, questions in 1_u32..5, seed in any::<u64>(), most in proptest::option::of(1_u32..6)) -> Inputs {
        Inputs { suppliers_at_most: most, ..many(size, questions, seed) }
    }
}

proptest! {
    #[test]
    fn between_two_crossings_nothing_changes_and_at_each_somebody_does(inputs in any_inputs()) {
        let ranking = &rank(&inputs).categories[0];
        for (index, movement) in sensitivity(&inputs, ranking).movements.iter().enumerate() {
            let all = crossings(&inputs, ranking, &movement.code);
            prop_assert_eq!(u64::try_from(all.len()).unwrap(), movement.swaps);
            let order = |weight: Weight| {
                let mut order: Vec<_> = inputs.bids.iter().map(|bid| (std::cmp::Reverse(total(&inputs, bid, index, weight)), bid.bid)).collect();
                order.sort();
                order
            };
            let between = |one: Weight, other: Weight| {
                let scaled = |weight: Weight| u128::from(weight.part) * (1 << 40) / u128::from(weight.whole);
                Weight { part: u64::try_from(u128::midpoint(scaled(one), scaled(other))).unwrap(), whole: 1 << 40 }
            };
            for crossing in &all {
                let value = |service: ServiceId| total(&inputs, inputs.bids.iter().find(|bid| bid.lines[0].service == service).unwrap(), index, crossing.at);
                prop_assert_eq!(value(crossing.below), value(crossing.above), "level exactly where it says");
            }
            // The published weight has its nearest changes among all of them.
            let here = Weight::percent(u64::from(movement.weight_percent));
            prop_assert_eq!(movement.up.map(|crossing| crossing.at), all.iter().map(|crossing| crossing.at).filter(|at| *at >= here).min());
            prop_assert_eq!(movement.down.map(|crossing| crossing.at), all.iter().map(|crossing| crossing.at).filter(|at| *at <= here).max());
            // Leaders: whoever is named has the greatest total at both ends of its stretch.
            prop_assert_eq!(movement.leaders.first().map(|stretch| stretch.from), Some(Weight::percent(0)));
            prop_assert_eq!(movement.leaders.last().map(|stretch| stretch.to), Some(Weight::percent(100)));
            for stretch in &movement.leaders {
                for weight in [stretch.from, stretch.to] {
                    let best = inputs.bids.iter().map(|bid| total(&inputs, bid, index, weight)).max().unwrap();
                    let leader = inputs.bids.iter().find(|bid| bid.lines[0].service == stretch.leader).unwrap();
                    prop_assert_eq!(total(&inputs, leader, index, weight), best);
                }
            }
            for pair in all.windows(2).filter(|pair| pair[0].at < pair[1].at) {
                let middle = between(pair[0].at, pair[1].at);
                prop_assert!(pair[0].at < middle && middle < pair[1].at);
                let order: Vec<_> = order(middle).into_iter().map(|(_, bid)| bid.0.as_u128()).collect();
                let place = |service: ServiceId| order.iter().position(|number| *number == home(service));
                prop_assert!(place(pair[0].above) < place(pair[0].below) && place(pair[1].below) < place(pair[1].above));
            }
        }
    }

    #[test]
    fn who_is_admitted_is_the_same_up_to_the_nearest_change_and_different_after_it(inputs in any_inputs()) {
        let limit = inputs.suppliers_at_most.unwrap_or(3);
        let most = usize::try_from(limit).unwrap();
        let inputs = Inputs { suppliers_at_most: Some(limit), ..inputs };
        for (index, movement) in movements(&inputs).iter().enumerate() {
            let admitted = |weight: Weight| {
                let mut totals: Vec<_> = inputs.bids.iter().map(|bid| total(&inputs, bid, index, weight)).collect();
                totals.sort_by_key(|total| std::cmp::Reverse(*total));
                let last = totals.get(most - 1).copied().unwrap_or(i128::MIN);
                let within = inputs.bids.iter().filter(|bid| total(&inputs, bid, index, weight) >= last);
                within.map(|bid| bid.bid).collect::<Vec<_>>()
            };
            let now = admitted(Weight::percent(u64::from(movement.weight_percent)));
            // At 100% itself some may be level who never change places.
            let wholes = |from: u32, to: u32| (from..to).map(|percent| Weight::percent(u64::from(percent)));
            for weight in wholes(movement.weight_percent, 100).filter(|weight| movement.admission_up.is_none_or(|change| *weight < change.at)) {
                prop_assert_eq!(admitted(weight), now.clone());
            }
            if let Some(change) = movement.admission_up {
                let at = admitted(change.at);
                prop_assert!(at.iter().any(|bid| bid.0.as_u128() == home(change.above)), "who comes is level with the last");
            }
        }
    }
}
