//! Bids ranked in each category of their lot, every part of every total explained.
//!
//! Quality is scored once for a bid and counts for each of its services; the price is the service's own in that category. A ranking is
//! worked out from its inputs alone, which are kept with the award, so that anybody can work it out again. Arithmetic is in whole
//! hundredths of a point: the parts that people read add up to the total that they read.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::bid::{PriceEnvelope, QualityEnvelope};
use super::compliance::{RegisteredService, Terms, judge_lines};
use super::plan::PriceFormula;
use crate::ids::{OpenedBidId, ServiceId};
use crate::pence::WeeklyRate;
use crate::purchasing::matching::Points;

/// A question as it counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Weighted {
    /// Its code.
    pub code: String,
    /// Its name for people.
    pub title: String,
    /// Whole per cent of the whole.
    pub weight_percent: u32,
    /// The highest score.
    pub scale_max: u32,
    /// The lowest agreed score with which a bid can succeed, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_least: Option<u32>,
}

/// A category and its published maximum.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RankedCategory {
    /// Its code.
    pub code: String,
    /// The published maximum weekly price on the first day.
    pub maximum: WeeklyRate,
}

/// One service of a bid in one category.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Which service.
    pub service: ServiceId,
    /// Its name.
    pub name: String,
    /// In which category; none when it has no price.
    pub category: Option<String>,
    /// The most that it asks a week; none when it has no price.
    pub weekly: Option<WeeklyRate>,
    /// Why it does not go on, if so.
    pub faults: Vec<String>,
}

/// A bid with what counts of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RankedBid {
    /// Which bid.
    pub bid: OpenedBidId,
    /// Who bids.
    pub provider: String,
    /// The agreed scores by the code of the question.
    pub agreed: BTreeMap<String, u32>,
    /// Its services and prices.
    pub lines: Vec<Line>,
}

/// From what the bids of one lot are ranked: kept with the award.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inputs {
    /// The lot.
    pub lot: String,
    /// The questions that it asks.
    pub questions: Vec<Weighted>,
    /// Whole per cent of the whole for the price.
    pub price_weight_percent: u32,
    /// How prices become points.
    pub price_formula: PriceFormula,
    /// So many services at most are admitted to a category; everybody who passes when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suppliers_at_most: Option<u32>,
    /// Its categories.
    pub categories: Vec<RankedCategory>,
    /// The bids for it.
    pub bids: Vec<RankedBid>,
}

/// A bid with both envelopes open, and what was agreed about its answers.
#[derive(Debug, Clone, Copy)]
pub struct OpenBid<'a> {
    /// Which bid.
    pub bid: OpenedBidId,
    /// Everything but its prices.
    pub quality: &'a QualityEnvelope,
    /// Its prices.
    pub price: &'a PriceEnvelope,
    /// The agreed scores by the code of the question.
    pub agreed: &'a BTreeMap<String, u32>,
}

impl Inputs {
    /// Gathers what counts for a lot: what the tender says, and each bid with whatever it lacks.
    #[must_use]
    pub fn gather(terms: Terms<'_>, bids: &[OpenBid<'_>], register: &[RegisteredService]) -> Self {
        let weighted = |question: &super::plan::QualityQuestion| Weighted {
            code: question.code.clone(),
            title: question.title.clone(),
            weight_percent: question.weight_percent,
            scale_max: question.scale_max,
            at_least: question.at_least,
        };
        let begins_on = terms.plan.begins_on();
        let categories = terms.plan.lot(terms.lot).map_or(&[][..], |lot| lot.categories.as_slice());
        let published = categories.iter().filter_map(|category| {
            let maximum = category.maximum_on(begins_on)?.weekly;
            Some(RankedCategory { code: category.code.clone(), maximum })
        });
        let ranked = bids.iter().map(|bid| RankedBid {
            bid: bid.bid,
            provider: bid.quality.provider_name.clone(),
            agreed: bid.agreed.clone(),
            lines: judge_lines(terms, bid.quality, bid.price, register)
                .into_iter()
                .map(|line| Line {
                    service: line.service,
                    name: line.name,
                    category: line.category,
                    weekly: line.weekly,
                    faults: line.faults.iter().map(ToString::to_string).collect(),
                })
                .collect(),
        });
        Self {
            lot: terms.lot.to_owned(),
            questions: terms.plan.questions_of(terms.lot).map(weighted).collect(),
            price_weight_percent: terms.plan.price_weight_percent,
            price_formula: terms.plan.price_formula,
            suppliers_at_most: terms.plan.suppliers_at_most,
            categories: published.collect(),
            bids: ranked.collect(),
        }
    }
}

/// One part of a total.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Part {
    /// The question's code; `PRICE` for the price.
    pub code: String,
    /// Its name.
    pub title: String,
    /// Its weight, which is also the most points that it can give.
    pub weight_percent: u32,
    /// The points.
    pub points: Points,
    /// How they came about.
    pub sentence: String,
}

/// A service with its place in a category.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Ranked {
    /// From 1; those whom nothing parts share a rank.
    pub rank: u32,
    /// Which bid.
    pub bid: OpenedBidId,
    /// Which service.
    pub service: ServiceId,
    /// Its name.
    pub name: String,
    /// Who bids.
    pub provider: String,
    /// The price.
    pub weekly: WeeklyRate,
    /// The sum of the parts.
    pub total: Points,
    /// Questions in their order, then the price.
    pub parts: Vec<Part>,
    /// Whether it is within the number of services that the category admits.
    pub is_within_limit: bool,
}

/// A service outside a ranking, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Apart {
    /// Which bid.
    pub bid: OpenedBidId,
    /// Which service.
    pub service: ServiceId,
    /// Its name.
    pub name: String,
    /// Who bids.
    pub provider: String,
    /// In which category, if it has a price.
    pub category: Option<String>,
    /// The price, if it has one.
    pub weekly: Option<WeeklyRate>,
    /// Sentences.
    pub reasons: Vec<String>,
}

/// The ranking of one category.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CategoryRanking {
    /// The category.
    pub category: String,
    /// Best first.
    pub ranked: Vec<Ranked>,
}

/// All that bids for a lot: ranked in its category, or apart with the reasons. Nothing is left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Ranking {
    /// In the order of the lot's categories.
    pub categories: Vec<CategoryRanking>,
    /// Services that do not go on.
    pub apart: Vec<Apart>,
}

impl Ranking {
    /// Whether a service of a bid can be admitted to a category: only what is ranked there, within the limit.
    ///
    /// # Errors
    /// The reasons why it cannot, in words.
    pub fn may_admit(&self, bid: OpenedBidId, service: ServiceId, category: &str) -> Result<&Ranked, Vec<String>> {
        let ranked = self.categories.iter().filter(|ranking| ranking.category == category).flat_map(|ranking| &ranking.ranked);
        match ranked.into_iter().find(|row| row.bid == bid && row.service == service) {
            Some(row) if row.is_within_limit => Ok(row),
            Some(row) => Err(vec![format!("rank {} is beyond the number of services that are admitted", row.rank)]),
            None => {
                let is_this = |apart: &&Apart| apart.bid == bid && apart.service == service && apart.category.as_deref() == Some(category);
                let reasons = self.apart.iter().find(is_this).map(|apart| apart.reasons.clone());
                Err(reasons.unwrap_or_else(|| vec!["there is no bid of this service for the category".to_owned()]))
            }
        }
    }
}

/// The code under which the price stands among the parts.
pub const PRICE: &str = "PRICE";
/// Hundredths of a point in one per cent of weight.
const HUNDREDTHS: u64 = 100;

/// Ranks the bids of a lot.
///
/// - A question gives its weight × the agreed score ÷ the top of its scale.
/// - The price gives its weight × the share of [`price_share`].
///
/// Each part is rounded half up to a hundredth of a point. Services with equal totals are ordered by the points of quality, then by the
/// lower price; those whom neither parts share a rank. A service that lacks something, or whose bid was scored below a lowest score,
/// stands apart, and its price does not count as the lowest.
#[must_use]
pub fn rank(inputs: &Inputs) -> Ranking {
    let mut apart = Vec::new();
    let mut going_on: BTreeMap<&str, Vec<(&RankedBid, &Line, WeeklyRate)>> = BTreeMap::new();
    for bid in &inputs.bids {
        let of_bid = faults_of_scores(&inputs.questions, bid);
        for line in &bid.lines {
            let known = line.category.as_deref().filter(|code| inputs.categories.iter().any(|category| category.code == *code));
            let mut reasons = line.faults.clone();
            reasons.extend(of_bid.iter().cloned());
            match known.zip(line.weekly) {
                Some((category, weekly)) if reasons.is_empty() => going_on.entry(category).or_default().push((bid, line, weekly)),
                Some(_) | None => apart.push(stands_apart(bid, line, reasons)),
            }
        }
    }
    apart.sort_by(|one, other| (one.bid, one.service, &one.category).cmp(&(other.bid, other.service, &other.category)));
    let of_category = |category: &RankedCategory| CategoryRanking {
        category: category.code.clone(),
        ranked: rank_category(inputs, category, going_on.get(category.code.as_str()).map_or(&[][..], Vec::as_slice)),
    };
    Ranking { categories: inputs.categories.iter().map(of_category).collect(), apart }
}

fn stands_apart(bid: &RankedBid, line: &Line, mut reasons: Vec<String>) -> Apart {
    if reasons.is_empty() {
        reasons.push("there is no price in a category of the lot".to_owned());
    }
    Apart {
        bid: bid.bid,
        service: line.service,
        name: line.name.clone(),
        provider: bid.provider.clone(),
        category: line.category.clone(),
        weekly: line.weekly,
        reasons,
    }
}

/// Why the scores of a bid keep it out: a question without an agreed score, or one below the lowest with which a bid can succeed.
#[must_use]
pub fn faults_of_scores(questions: &[Weighted], bid: &RankedBid) -> Vec<String> {
    let fault = |question: &Weighted| match (bid.agreed.get(&question.code), question.at_least) {
        (None, _) => Some(format!("`{}` has no agreed score", question.title)),
        (Some(&agreed), Some(least)) if agreed < least => {
            Some(format!("`{}` was scored {agreed}; the lowest score with which a bid can succeed is {least}", question.title))
        }
        (Some(_), _) => None,
    };
    questions.iter().filter_map(fault).collect()
}

fn rank_category(inputs: &Inputs, category: &RankedCategory, lines: &[(&RankedBid, &Line, WeeklyRate)]) -> Vec<Ranked> {
    let lowest = lines.iter().map(|(_, _, weekly)| *weekly).min().unwrap_or(category.maximum);
    let row = |(bid, line, weekly): &(&RankedBid, &Line, WeeklyRate)| {
        let mut parts: Vec<Part> = inputs.questions.iter().map(|question| quality_part(question, bid)).collect();
        parts.push(price_part(inputs, category.maximum, lowest, *weekly));
        let total = Points(parts.iter().map(|part| part.points.0).sum());
        Ranked {
            rank: 0,
            bid: bid.bid,
            service: line.service,
            name: line.name.clone(),
            provider: bid.provider.clone(),
            weekly: *weekly,
            total,
            parts,
            is_within_limit: true,
        }
    };
    let mut ranked: Vec<Ranked> = lines.iter().map(row).collect();
    ranked.sort_by_key(|row| (standing(row), row.bid, row.service));
    let mut before = None;
    for (place, row) in (1_u32..).zip(&mut ranked) {
        row.rank = match before {
            Some((rank, key)) if key == standing(row) => rank,
            Some(_) | None => place,
        };
        row.is_within_limit = inputs.suppliers_at_most.is_none_or(|most| row.rank <= most);
        before = Some((row.rank, standing(row)));
    }
    ranked
}

/// Smaller is better: total, points of quality, price. Nothing else that a tender publishes parts two services.
fn standing(row: &Ranked) -> (Reverse<Points>, Reverse<Points>, WeeklyRate) {
    let quality = row.parts.iter().filter(|part| part.code != PRICE).map(|part| part.points.0).sum();
    (Reverse(row.total), Reverse(Points(quality)), row.weekly)
}

fn quality_part(question: &Weighted, bid: &RankedBid) -> Part {
    let agreed = bid.agreed.get(&question.code).copied().unwrap_or_default();
    let points = weighed(question.weight_percent, Share { part: u64::from(agreed), whole: u64::from(question.scale_max) });
    Part {
        code: question.code.clone(),
        title: question.title.clone(),
        weight_percent: question.weight_percent,
        points,
        sentence: format!("agreed score {agreed} of {}, weight {}%: {points}", question.scale_max, question.weight_percent),
    }
}

fn price_part(inputs: &Inputs, maximum: WeeklyRate, lowest: WeeklyRate, weekly: WeeklyRate) -> Part {
    let weight = inputs.price_weight_percent;
    let points = weighed(weight, price_share(inputs.price_formula, maximum, lowest, weekly));
    let sentence = match inputs.price_formula {
        PriceFormula::LowestInProportion => format!("lowest price {lowest} divided by this price {weekly}, weight {weight}%: {points}"),
        PriceFormula::BelowMaximum => {
            format!("{weekly} against the published maximum of {maximum}, all points at {lowest}, weight {weight}%: {points}")
        }
    };
    Part { code: PRICE.to_owned(), title: "Price".to_owned(), weight_percent: weight, points, sentence }
}

/// A part of a whole; none of the whole where the whole is nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// How much.
    pub part: u64,
    /// Of how much.
    pub whole: u64,
}

/// What share of the points for price a price has.
///
/// - [`PriceFormula::LowestInProportion`]: the lowest price of the category ÷ this price.
/// - [`PriceFormula::BelowMaximum`]: (published maximum − this price) ÷ (published maximum − lowest price). When nobody asks less than
///   the maximum, everybody asks the same and has all points.
#[must_use]
pub fn price_share(formula: PriceFormula, maximum: WeeklyRate, lowest: WeeklyRate, weekly: WeeklyRate) -> Share {
    let pence = |rate: WeeklyRate| u64::try_from(rate.0.0).unwrap_or_default();
    match formula {
        PriceFormula::LowestInProportion => Share { part: pence(lowest), whole: pence(weekly) },
        PriceFormula::BelowMaximum if lowest >= maximum => Share { part: 1, whole: 1 },
        PriceFormula::BelowMaximum => {
            Share { part: pence(maximum).saturating_sub(pence(weekly)), whole: pence(maximum).saturating_sub(pence(lowest)) }
        }
    }
}

/// `weight × part ÷ whole` in hundredths of a point, half up, and never more than the weight.
fn weighed(weight_percent: u32, share: Share) -> Points {
    let most = u64::from(weight_percent) * HUNDREDTHS;
    let doubled = u128::from(most) * u128::from(share.part) * 2 + u128::from(share.whole);
    let rounded = doubled.checked_div(u128::from(share.whole) * 2).unwrap_or_default();
    Points(u64::try_from(rounded).unwrap_or(most).min(most))
}
