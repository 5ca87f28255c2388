//! Offers ranked by the framework's criteria, with every part of every score explained.
//!
//! Rank, never decide: the officer may choose otherwise and says why. Arithmetic is in whole hundredths of a point, so that
//! the parts that people read add up to the total that they read, to the last digit.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::calendar::Instant;
use crate::consortium::framework::{Criterion, ScoreMethod};
use crate::ids::{OfferId, PersonId};
use crate::pence::WeeklyRate;

/// Hundredths of a point; a perfect offer has 100 points, that is 10,000.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Points(pub u64);

impl std::fmt::Display for Points {
    /// `57.30`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{:02}", self.0 / 100, self.0 % 100)
    }
}

/// Hundredths of a point in one percent of weight.
const HUNDREDTHS: u64 = 100;

/// One named person's score of one criterion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Score {
    /// Who gave it.
    pub by: PersonId,
    /// Tenths of the criterion's scale: 45 is 4.5.
    pub tenths: u32,
}

/// An offer to be ranked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Which offer.
    pub offer: OfferId,
    /// What it costs a week, extras included.
    pub weekly: WeeklyRate,
    /// Tenths of a mile from where the child should live; none when a postcode is not known.
    pub distance_tenths_of_mile: Option<u32>,
    /// When it was submitted.
    pub submitted_at: Instant,
    /// Scores by the code of the criterion.
    pub scores: BTreeMap<String, Vec<Score>>,
    /// Red checks that stand (`gates::open_reds`).
    pub red_gates: Vec<String>,
}

/// One criterion's part of a total.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Part {
    /// The criterion's code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Its weight, which is also the most points it can give.
    pub weight_percent: u32,
    /// The points.
    pub points: Points,
    /// How they came about.
    pub sentence: String,
}

/// An offer with its place in the ranking.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Ranked {
    /// From 1.
    pub rank: u32,
    /// Which offer.
    pub offer: OfferId,
    /// The sum of the parts.
    pub total: Points,
    /// In the order of the criteria.
    pub parts: Vec<Part>,
}

/// An offer outside the ranking, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Apart {
    /// Which offer.
    pub offer: OfferId,
    /// Sentences.
    pub reasons: Vec<String>,
}

/// All offers of a referral: ranked, waiting for scores, or stopped by a check. None is left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Ranking {
    /// Best first.
    pub ranked: Vec<Ranked>,
    /// Offers without every score; the reasons name the criteria.
    pub unscored: Vec<Apart>,
    /// Offers that a red check stops.
    pub stopped: Vec<Apart>,
}

/// Ranks the offers of a referral.
///
/// - A scored criterion gives its weight × the mean score ÷ the top of its scale.
/// - Price gives its weight × the lowest price of an offer that no check stops ÷ this price.
/// - Distance gives its full weight at 0 miles, falling evenly to nothing at twice the radius.
///
/// Each part is rounded half up to a hundredth of a point. Offers with equal totals are ordered by their scored points, then
/// the shorter distance, the lower price, and the earlier offer.
#[must_use]
pub fn rank(criteria: &[Criterion], radius_miles: u32, candidates: &[Candidate]) -> Ranking {
    let (stopped, eligible): (Vec<&Candidate>, Vec<&Candidate>) = candidates.iter().partition(|candidate| is_stopped(candidate));
    let lowest = eligible.iter().map(|candidate| pence(candidate.weekly)).min().unwrap_or_default();
    let mut unscored = Vec::new();
    let mut rows = Vec::new();
    for candidate in eligible {
        let missing = missing_scores(criteria, candidate);
        if missing.is_empty() {
            rows.push(row(criteria, radius_miles, lowest, candidate));
        } else {
            unscored.push(Apart { offer: candidate.offer, reasons: missing });
        }
    }
    rows.sort_by_key(|row| row.key);
    let ranked =
        (1_u32..).zip(rows).map(|(rank, row)| Ranked { rank, offer: row.candidate.offer, total: row.total, parts: row.parts }).collect();
    let mut stopped: Vec<Apart> = stopped.into_iter().map(stopped_because).collect();
    // Nothing about a list that is not a ranking may hang on the order in which the offers were read.
    unscored.sort_by_key(|apart| apart.offer);
    stopped.sort_by_key(|apart| apart.offer);
    Ranking { ranked, unscored, stopped }
}

fn is_stopped(candidate: &Candidate) -> bool {
    !candidate.red_gates.is_empty() || pence(candidate.weekly) == 0
}

fn stopped_because(candidate: &Candidate) -> Apart {
    let mut reasons = candidate.red_gates.clone();
    if pence(candidate.weekly) == 0 {
        reasons.push("the offer has no price".to_owned());
    }
    Apart { offer: candidate.offer, reasons }
}

fn missing_scores(criteria: &[Criterion], candidate: &Candidate) -> Vec<String> {
    criteria
        .iter()
        .filter(|criterion| criterion.how == ScoreMethod::Scored)
        .filter(|criterion| candidate.scores.get(&criterion.code).is_none_or(Vec::is_empty))
        .map(|criterion| format!("not scored yet: {}", criterion.name))
        .collect()
}

/// Smaller is better: total, scored points, distance, price, time of the offer, and its id, so that no two are ever equal.
type Key = (Reverse<Points>, Reverse<Points>, u32, u64, Instant, OfferId);

struct Row<'a> {
    candidate: &'a Candidate,
    key: Key,
    total: Points,
    parts: Vec<Part>,
}

fn row<'a>(criteria: &[Criterion], radius_miles: u32, lowest: u64, candidate: &'a Candidate) -> Row<'a> {
    let parts: Vec<Part> = criteria
        .iter()
        .map(|criterion| {
            let (points, sentence) = match criterion.how {
                ScoreMethod::Scored => scored(criterion, candidate),
                ScoreMethod::Price => price(criterion, lowest, candidate),
                ScoreMethod::Distance => distance(criterion, radius_miles, candidate),
            };
            Part { code: criterion.code.clone(), name: criterion.name.clone(), weight_percent: criterion.weight_percent, points, sentence }
        })
        .collect();
    let sum = |parts: &mut dyn Iterator<Item = &Part>| Points(parts.map(|part| part.points.0).sum());
    let total = sum(&mut parts.iter());
    let is_scored = |part: &&Part| criteria.iter().any(|criterion| criterion.code == part.code && criterion.how == ScoreMethod::Scored);
    let by_people = sum(&mut parts.iter().filter(is_scored));
    let key = (
        Reverse(total),
        Reverse(by_people),
        candidate.distance_tenths_of_mile.unwrap_or(u32::MAX),
        pence(candidate.weekly),
        candidate.submitted_at,
        candidate.offer,
    );
    Row { candidate, key, total, parts }
}

/// `weight × part ÷ whole` in hundredths of a point, half up, and never more than the weight.
fn share(criterion: &Criterion, part: u64, whole: u64) -> Points {
    let most = u64::from(criterion.weight_percent) * HUNDREDTHS;
    let points = u128::from(most) * u128::from(part);
    let rounded = (points * 2 + u128::from(whole)).checked_div(u128::from(whole) * 2).unwrap_or_default();
    Points(u64::try_from(rounded).unwrap_or(most).min(most))
}

fn scored(criterion: &Criterion, candidate: &Candidate) -> (Points, String) {
    let scores = candidate.scores.get(&criterion.code).map_or(&[][..], Vec::as_slice);
    let people = u64::try_from(scores.len()).unwrap_or(u64::MAX);
    let tenths: u64 = scores.iter().map(|score| u64::from(score.tenths)).sum();
    let points = share(criterion, tenths, people.saturating_mul(u64::from(criterion.scale_max) * 10));
    let each: Vec<String> = scores.iter().map(|score| in_tenths(u64::from(score.tenths))).collect();
    let how = if each.len() == 1 { "scored" } else { "mean of the scores" };
    (points, format!("{how} {} of {}, weight {}%: {points}", each.join(", "), criterion.scale_max, criterion.weight_percent))
}

fn price(criterion: &Criterion, lowest: u64, candidate: &Candidate) -> (Points, String) {
    let points = share(criterion, lowest, pence(candidate.weekly));
    let lowest = crate::pence::Pence(i64::try_from(lowest).unwrap_or(i64::MAX));
    let sentence =
        format!("lowest price {lowest} divided by this price {}, weight {}%: {points}", candidate.weekly, criterion.weight_percent);
    (points, sentence)
}

fn distance(criterion: &Criterion, radius_miles: u32, candidate: &Candidate) -> (Points, String) {
    let weight = criterion.weight_percent;
    let Some(distance) = candidate.distance_tenths_of_mile else {
        return (Points(0), format!("the distance is not known, weight {weight}%: {}", Points(0)));
    };
    let reach = u64::from(radius_miles) * 2 * 10;
    let points = share(criterion, reach.saturating_sub(u64::from(distance)), reach);
    let miles = in_tenths(u64::from(distance));
    (points, format!("{miles} miles; full at 0, nothing from {} miles, weight {weight}%: {points}", u64::from(radius_miles) * 2))
}

fn in_tenths(tenths: u64) -> String {
    format!("{}.{}", tenths / 10, tenths % 10)
}

/// A price as a divisor: a price below zero counts as none.
fn pence(weekly: WeeklyRate) -> u64 {
    u64::try_from(weekly.0.0).unwrap_or_default()
}

#[cfg(test)]
mod tests {

    use chrono::DateTime;
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::consortium::Origin;
    use crate::pence::Pence;

    fn criterion(code: &str, weight_percent: u32, how: ScoreMethod) -> Criterion {
        Criterion { code: code.to_owned(), name: code.to_lowercase(), weight_percent, how, scale_max: 5, origin: Origin::Example }
    }

    fn criteria() -> Vec<Criterion> {
        vec![
            criterion("MATCH", 60, ScoreMethod::Scored),
            criterion("STABILITY", 15, ScoreMethod::Scored),
            criterion("LOCATION", 10, ScoreMethod::Distance),
            criterion("PRICE", 15, ScoreMethod::Price),
        ]
    }

    fn candidate(id: u128, pence: i64, distance: Option<u32>, match_tenths: u32, stability_tenths: &[u32]) -> Candidate {
        let score = |tenths: &u32| Score { by: PersonId(Uuid::from_u128(9)), tenths: *tenths };
        Candidate {
            offer: OfferId(Uuid::from_u128(id)),
            weekly: WeeklyRate(Pence(pence)),
            distance_tenths_of_mile: distance,
            submitted_at: Instant::new(DateTime::from_timestamp(1_780_000_000, 0).unwrap()),
            scores: BTreeMap::from([
                ("MATCH".to_owned(), vec![score(&match_tenths)]),
                ("STABILITY".to_owned(), stability_tenths.iter().map(score).collect()),
            ]),
            red_gates: Vec::new(),
        }
    }

    fn any_candidate() -> impl Strategy<Value = Candidate> {
        (1_u128..50, 0_i64..2_000_000, proptest::option::of(0_u32..900), 0_u32..=50, proptest::collection::vec(0_u32..=50, 0..4), 0_u8..4)
            .prop_map(|(id, pence, distance, matched, stability, red)| {
                let mut candidate = candidate(id, pence, distance, matched, &stability);
                candidate.red_gates = if red == 0 { vec!["suspended".to_owned()] } else { Vec::new() };
                candidate
            })
    }

    fn distinct(mut candidates: Vec<Candidate>) -> Vec<Candidate> {
        candidates.sort_by_key(|candidate| candidate.offer);
        candidates.dedup_by_key(|candidate| candidate.offer);
        candidates
    }

    #[test]
    fn parts_are_explained_to_the_last_digit() {
        let ranking = rank(&criteria(), 20, &[candidate(1, 563_525, Some(137), 45, &[40, 35]), candidate(2, 500_000, Some(0), 20, &[50])]);
        let first = ranking.ranked.first().unwrap();
        assert_eq!(first.offer, OfferId(Uuid::from_u128(1)));
        let points: Vec<String> = first.parts.iter().map(|part| part.points.to_string()).collect();
        assert_eq!(points, ["54.00", "11.25", "6.58", "13.31"]);
        assert_eq!(first.total.to_string(), "85.14");
        let sentences: Vec<&str> = first.parts.iter().map(|part| part.sentence.as_str()).collect();
        assert_eq!(
            sentences,
            [
                "scored 4.5 of 5, weight 60%: 54.00",
                "mean of the scores 4.0, 3.5 of 5, weight 15%: 11.25",
                "13.7 miles; full at 0, nothing from 40 miles, weight 10%: 6.58",
                "lowest price £5,000.00 divided by this price £5,635.25 a week, weight 15%: 13.31",
            ]
        );
    }

    #[test]
    fn a_stopped_or_unscored_offer_is_listed_apart_and_sets_no_price() {
        let mut stopped = candidate(1, 100, Some(0), 50, &[50]);
        stopped.red_gates = vec!["Not suspended: suspended".to_owned()];
        let ranking = rank(&criteria(), 20, &[stopped, candidate(2, 500_000, Some(0), 50, &[50]), candidate(3, 500_000, Some(0), 50, &[])]);
        assert_eq!(ranking.ranked.iter().map(|ranked| ranked.total.to_string()).collect::<Vec<_>>(), ["100.00"]);
        assert_eq!(ranking.stopped.first().unwrap().reasons, ["Not suspended: suspended"]);
        assert_eq!(ranking.unscored.first().unwrap().reasons, ["not scored yet: stability"]);
    }

    #[test]
    fn equal_totals_fall_to_distance_then_price_then_the_earlier_offer() {
        let criteria = [criterion("MATCH", 100, ScoreMethod::Scored)];
        let near = candidate(3, 900, Some(10), 40, &[]);
        let cheap = candidate(2, 800, Some(20), 40, &[]);
        let mut early = candidate(4, 900, Some(20), 40, &[]);
        early.submitted_at = Instant::new(DateTime::from_timestamp(1_779_000_000, 0).unwrap());
        let late = candidate(1, 900, Some(20), 40, &[]);
        let order: Vec<u128> =
            rank(&criteria, 20, &[late, early, cheap, near]).ranked.iter().map(|ranked| ranked.offer.0.as_u128()).collect();
        assert_eq!(order, [3, 2, 4, 1]);
    }

    proptest! {
        #[test]
        fn parts_add_up_to_the_total_and_stay_within_their_weight(candidates in proptest::collection::vec(any_candidate(), 0..12), radius in 0_u32..60) {
            for ranked in rank(&criteria(), radius, &distinct(candidates)).ranked {
                prop_assert_eq!(ranked.parts.iter().map(|part| part.points.0).sum::<u64>(), ranked.total.0);
                for part in &ranked.parts {
                    prop_assert!(part.points.0 <= u64::from(part.weight_percent) * HUNDREDTHS);
                    prop_assert!(part.sentence.ends_with(&part.points.to_string()));
                }
            }
        }

        #[test]
        fn the_order_of_reading_does_not_matter_and_nobody_is_left_out(
            (candidates, shuffled) in proptest::collection::vec(any_candidate(), 0..12)
                .prop_map(distinct)
                .prop_flat_map(|candidates| (Just(candidates.clone()), Just(candidates).prop_shuffle())),
        ) {
            let ranking = rank(&criteria(), 20, &candidates);
            prop_assert_eq!(ranking.ranked.len() + ranking.unscored.len() + ranking.stopped.len(), candidates.len());
            prop_assert_eq!(ranking, rank(&criteria(), 20, &shuffled));
        }

        #[test]
        fn prices_and_distances_count_in_proportion_only(candidates in proptest::collection::vec(any_candidate(), 0..12), times in 1_u32..9) {
            let candidates = distinct(candidates);
            let scaled: Vec<Candidate> = candidates
                .iter()
                .cloned()
                .map(|mut candidate| {
                    candidate.weekly = WeeklyRate(Pence(candidate.weekly.0.0 * i64::from(times)));
                    candidate.distance_tenths_of_mile = candidate.distance_tenths_of_mile.map(|tenths| tenths * times);
                    candidate
                })
                .collect();
            let totals = |ranking: Ranking| ranking.ranked.into_iter().map(|ranked| (ranked.offer, ranked.total)).collect::<Vec<_>>();
            prop_assert_eq!(totals(rank(&criteria(), 20, &candidates)), totals(rank(&criteria(), 20 * times, &scaled)));
        }
    }
}
