//! How a ranking moves with its weights: for each criterion, at which weight whose order changes, the other weights kept in proportion.
//!
//! As one weight moves from 0% to 100%, the total of each bid runs along a straight line. Two bids change places where their lines
//! cross, and that point is worked out, never searched for: it is a fraction of whole numbers. Shares of points are taken to a
//! billionth and not rounded to hundredths of a point as totals are, so bids less than a hundredth apart may stand the other way round
//! here. Weights change who is admitted only where the number of services is limited.

use std::cell::Cell;
use std::cmp::{Ordering, Reverse};
use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use super::ranking::{CategoryRanking, Inputs, PRICE, Share, price_share};
use crate::ids::{OpenedBidId, ServiceId};

/// A share of all points, in billionths.
type Billionths = i64;

const BILLION: u64 = 1_000_000_000;

/// A weight between 0% and 100%, exactly: `part ÷ whole` of the whole.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Weight {
    /// How much.
    pub part: u64,
    /// Of how much; never zero.
    pub whole: u64,
}

impl Weight {
    /// A weight in whole per cent.
    #[must_use]
    pub const fn percent(percent: u64) -> Self {
        Self { part: percent, whole: 100 }
    }
}

impl PartialEq for Weight {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Weight {}

impl PartialOrd for Weight {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Weight {
    fn cmp(&self, other: &Self) -> Ordering {
        (u128::from(self.part) * u128::from(other.whole)).cmp(&(u128::from(other.part) * u128::from(self.whole)))
    }
}

impl fmt::Display for Weight {
    /// `37.50%`, rounded half up.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hundredths =
            (u128::from(self.part) * 20_000 + u128::from(self.whole)).checked_div(u128::from(self.whole) * 2).unwrap_or_default();
        write!(f, "{}.{:02}%", hundredths / 100, hundredths % 100)
    }
}

/// Where two services change places.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Crossing {
    /// The weight at which they are level.
    pub at: Weight,
    /// Who is ahead with less weight.
    pub below: ServiceId,
    /// Who is ahead with more.
    pub above: ServiceId,
}

/// Who is first over a stretch of weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Stretch {
    /// From this weight.
    pub from: Weight,
    /// To this one.
    pub to: Weight,
    /// Who.
    pub leader: ServiceId,
}

/// How the ranking moves with the weight of one criterion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Movement {
    /// The criterion's code; `PRICE` for the price.
    pub code: String,
    /// Its name.
    pub title: String,
    /// The weight that the tender published.
    pub weight_percent: u32,
    /// How many pairs change places somewhere between 0% and 100%.
    pub swaps: u64,
    /// The nearest change of places at or below the published weight.
    pub down: Option<Crossing>,
    /// The nearest change of places at or above it.
    pub up: Option<Crossing>,
    /// Who is first, from 0% to 100%.
    pub leaders: Vec<Stretch>,
    /// The nearest change of who is admitted at or below the published weight, where their number is limited.
    pub admission_down: Option<Crossing>,
    /// The same at or above it.
    pub admission_up: Option<Crossing>,
}

/// How the ranking of a category moves with each of its weights.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Sensitivity {
    /// The category.
    pub category: String,
    /// One for each criterion, the price last. A criterion that has the whole weight has none: nothing is left in proportion.
    pub movements: Vec<Movement>,
    /// How often two lines were compared, which is what the time goes into.
    pub comparisons: u64,
}

/// The total of one service while one weight moves: a straight line between its values at 0% and at 100%, both in the same unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Track {
    at_nothing: i64,
    at_whole: i64,
    service: ServiceId,
}

impl Track {
    /// Its value at a weight in whole per cent, times 100.
    fn value(&self, percent: u32) -> i128 {
        let percent = i128::from(percent);
        (100 - percent) * i128::from(self.at_nothing) + percent * i128::from(self.at_whole)
    }

    /// Where it changes places with another one, if they do.
    fn crossing(&self, other: &Self) -> Option<Crossing> {
        let (at_nothing, at_whole) = (self.at_nothing - other.at_nothing, self.at_whole - other.at_whole);
        let is_ahead_below = match (at_nothing.cmp(&0), at_whole.cmp(&0)) {
            (Ordering::Greater, Ordering::Less) => true,
            (Ordering::Less, Ordering::Greater) => false,
            // Level at an end, or nowhere: no change of places in between.
            (Ordering::Equal, _) | (_, Ordering::Equal) | (Ordering::Less, Ordering::Less) | (Ordering::Greater, Ordering::Greater) => {
                return None;
            }
        };
        let (part, rest) = (at_nothing.unsigned_abs(), at_whole.unsigned_abs());
        let at = Weight { part, whole: part.saturating_add(rest) };
        let (below, above) = if is_ahead_below { (self.service, other.service) } else { (other.service, self.service) };
        Some(Crossing { at, below, above })
    }
}

/// What a category is compared on: the criteria with their weights, and each service's share of each, in the same order.
struct Grid {
    criteria: Vec<(String, String, u32)>,
    shares: Vec<(ServiceId, Vec<Billionths>)>,
}

/// How the ranking of a category moves with its weights.
#[must_use]
pub fn sensitivity(inputs: &Inputs, ranking: &CategoryRanking) -> Sensitivity {
    let grid = grid(inputs, ranking);
    let comparisons = Cell::new(0);
    let movements = (0..grid.criteria.len()).filter_map(|criterion| movement(&grid, criterion, inputs.suppliers_at_most, &comparisons));
    let movements = movements.collect();
    Sensitivity { category: ranking.category.clone(), movements, comparisons: comparisons.get() }
}

/// Every change of places as the weight of one criterion moves from 0% to 100%, in the order of the weight.
#[must_use]
pub fn crossings(inputs: &Inputs, ranking: &CategoryRanking, code: &str) -> Vec<Crossing> {
    let grid = grid(inputs, ranking);
    let criterion = grid.criteria.iter().position(|(known, _, _)| known == code);
    let Some(tracks) = criterion.and_then(|criterion| tracks(&grid, criterion)) else { return Vec::new() };
    let mut found = Vec::new();
    for (index, one) in tracks.iter().enumerate() {
        found.extend(tracks.iter().skip(index + 1).filter_map(|other| one.crossing(other)));
    }
    found.sort_by_key(|crossing| (crossing.at, crossing.below, crossing.above));
    found
}

fn grid(inputs: &Inputs, ranking: &CategoryRanking) -> Grid {
    let mut criteria: Vec<(String, String, u32)> =
        inputs.questions.iter().map(|question| (question.code.clone(), question.title.clone(), question.weight_percent)).collect();
    criteria.push((PRICE.to_owned(), "Price".to_owned(), inputs.price_weight_percent));
    let lowest = ranking.ranked.iter().map(|row| row.weekly).min();
    let maximum = inputs.categories.iter().find(|category| category.code == ranking.category).map(|category| category.maximum);
    let bids: BTreeMap<OpenedBidId, _> = inputs.bids.iter().map(|bid| (bid.bid, bid)).collect();
    let shares = ranking.ranked.iter().map(|row| {
        let agreed = |code: &str| bids.get(&row.bid).and_then(|bid| bid.agreed.get(code)).copied().unwrap_or_default();
        let mut shares: Vec<Billionths> = inputs
            .questions
            .iter()
            .map(|question| billionths(Share { part: u64::from(agreed(&question.code)), whole: u64::from(question.scale_max) }))
            .collect();
        let lowest = lowest.unwrap_or(row.weekly);
        shares.push(billionths(price_share(inputs.price_formula, maximum.unwrap_or(lowest), lowest, row.weekly)));
        (row.service, shares)
    });
    Grid { criteria, shares: shares.collect() }
}

fn billionths(share: Share) -> Billionths {
    let doubled = u128::from(share.part.min(share.whole)) * u128::from(BILLION) * 2 + u128::from(share.whole);
    i64::try_from(doubled.checked_div(u128::from(share.whole) * 2).unwrap_or_default()).unwrap_or_default()
}

/// The lines of all services as one weight moves; none when that criterion is all there is.
fn tracks(grid: &Grid, criterion: usize) -> Option<Vec<Track>> {
    let others: i64 =
        grid.criteria.iter().enumerate().filter(|(index, _)| *index != criterion).map(|(_, (_, _, weight))| i64::from(*weight)).sum();
    if others == 0 {
        return None;
    }
    let track = |(service, shares): &(ServiceId, Vec<Billionths>)| {
        let own = shares.get(criterion).copied().unwrap_or_default();
        let weighed = grid.criteria.iter().zip(shares).enumerate().filter(|(index, _)| *index != criterion);
        let rest = weighed.map(|(_, ((_, _, weight), share))| i64::from(*weight) * share).sum();
        Track { at_nothing: rest, at_whole: own * others, service: *service }
    };
    Some(grid.shares.iter().map(track).collect())
}

fn movement(grid: &Grid, criterion: usize, most: Option<u32>, comparisons: &Cell<u64>) -> Option<Movement> {
    let (code, title, weight) = grid.criteria.get(criterion)?;
    let mut tracks = tracks(grid, criterion)?;
    let swaps = swaps(&mut tracks, comparisons);
    let (down, up) = nearest_change(&mut tracks, *weight, comparisons);
    let leaders = leaders(&tracks, comparisons);
    let (admission_down, admission_up) = most.map_or((None, None), |most| admission_change(&mut tracks, *weight, most, comparisons));
    Some(Movement {
        code: code.clone(),
        title: title.clone(),
        weight_percent: *weight,
        swaps,
        down,
        up,
        leaders,
        admission_down,
        admission_up,
    })
}

fn counted<T>(comparisons: &Cell<u64>, value: T) -> T {
    comparisons.set(comparisons.get() + 1);
    value
}

/// How many pairs stand the other way round at 100% than at 0%: counted while sorting, not pair by pair.
fn swaps(tracks: &mut [Track], comparisons: &Cell<u64>) -> u64 {
    tracks.sort_by(|one, other| {
        counted(comparisons, (Reverse(one.at_nothing), Reverse(one.at_whole)).cmp(&(Reverse(other.at_nothing), Reverse(other.at_whole))))
    });
    let mut ends: Vec<i64> = tracks.iter().map(|track| track.at_whole).collect();
    let mut room = ends.clone();
    inversions(&mut ends, &mut room, comparisons)
}

/// Sorts from great to small and counts the pairs in which the greater came later.
fn inversions(ends: &mut [i64], room: &mut [i64], comparisons: &Cell<u64>) -> u64 {
    let middle = ends.len() / 2;
    if middle == 0 {
        return 0;
    }
    let (left_room, right_room) = room.split_at_mut(middle);
    let (left, right) = ends.split_at_mut(middle);
    let mut count = inversions(left, left_room, comparisons) + inversions(right, right_room, comparisons);
    let mut merged = Vec::with_capacity(left.len() + right.len());
    let (mut lefts, mut rights) = (left.iter().copied().peekable(), right.iter().copied().peekable());
    while let Some(&one) = lefts.peek() {
        match rights.next_if(|&other| counted(comparisons, other > one)) {
            Some(other) => {
                // It passes everything of the left half that still waits.
                count += u64::try_from(lefts.len()).unwrap_or(u64::MAX);
                merged.push(other);
            }
            None => merged.extend(lefts.next()),
        }
    }
    merged.extend(rights);
    ends.copy_from_slice(&merged);
    count
}

/// The nearest changes of places on both sides of a weight. They happen between neighbours in the order that holds there, so only
/// neighbours are looked at.
fn nearest_change(tracks: &mut [Track], weight: u32, comparisons: &Cell<u64>) -> (Option<Crossing>, Option<Crossing>) {
    tracks.sort_by(|one, other| {
        let key = |track: &Track| (Reverse(track.value(weight)), Reverse(track.at_whole), track.service);
        counted(comparisons, key(one).cmp(&key(other)))
    });
    nearest(tracks.iter().zip(tracks.iter().skip(1)), weight, comparisons)
}

/// The nearest changes of who is admitted on both sides of a weight: where one of those within the limit meets one of the others. Those
/// who are level at the limit are parted by which way the weight moves, so each side has its own order.
fn admission_change(tracks: &mut [Track], weight: u32, most: u32, comparisons: &Cell<u64>) -> (Option<Crossing>, Option<Crossing>) {
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let mut change = |sign: i64| {
        let key = |track: &Track| Reverse((track.value(weight), track.at_whole.saturating_mul(sign)));
        tracks.sort_by(|one, other| counted(comparisons, key(one).cmp(&key(other))));
        // Bids that are equal at every weight stay together.
        let last = tracks.get(most.saturating_sub(1)).map(key);
        let cut = last.map_or(tracks.len(), |last| tracks.partition_point(|track| key(track) <= last));
        let (admitted, others) = tracks.split_at(cut);
        let pairs = admitted.iter().flat_map(|one| others.iter().map(move |other| (one, other)));
        nearest(pairs, weight, comparisons)
    };
    (change(-1).0, change(1).1)
}

/// The nearest crossings of these pairs at or below a weight, and at or above it.
fn nearest<'a>(
    pairs: impl Iterator<Item = (&'a Track, &'a Track)>,
    weight: u32,
    comparisons: &Cell<u64>,
) -> (Option<Crossing>, Option<Crossing>) {
    let here = Weight::percent(u64::from(weight));
    let (mut down, mut up) = (None::<Crossing>, None::<Crossing>);
    for (one, other) in pairs {
        let Some(crossing) = counted(comparisons, one.crossing(other)) else { continue };
        if crossing.at <= here && down.is_none_or(|nearest| crossing.at > nearest.at) {
            down = Some(crossing);
        }
        if crossing.at >= here && up.is_none_or(|nearest| crossing.at < nearest.at) {
            up = Some(crossing);
        }
    }
    (down, up)
}

/// Who is first from 0% to 100%: from each leader to the first that overtakes it, which must end higher.
fn leaders(tracks: &[Track], comparisons: &Cell<u64>) -> Vec<Stretch> {
    let first = tracks.iter().max_by_key(|track| (track.at_nothing, track.at_whole, Reverse(track.service)));
    let mut stretches = Vec::new();
    let mut present = first.map(|leader| (Weight::percent(0), leader));
    while let Some((from, leader)) = present {
        let mut next: Option<(Weight, &Track)> = None;
        for track in tracks.iter().filter(|track| track.at_whole > leader.at_whole) {
            let Some(crossing) = counted(comparisons, leader.crossing(track)) else { continue };
            let is_better = |(at, before): (Weight, &Track)| {
                let key = |at: Weight, track: &Track| (at, Reverse(track.at_whole), track.service);
                key(crossing.at, track) < key(at, before)
            };
            if next.is_none_or(is_better) {
                next = Some((crossing.at, track));
            }
        }
        let to = next.map_or(Weight::percent(100), |(at, _)| at);
        stretches.push(Stretch { from, to, leader: leader.service });
        present = next;
    }
    stretches
}
