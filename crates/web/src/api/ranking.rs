//! How the bids for a lot are ranked: from what, in which parts, and how it moves with the weights.

use std::collections::BTreeMap;

use domain::procurement::plan::PriceFormula;
use domain::procurement::ranking::{Apart, Inputs, Line, Part, Ranked};
use domain::procurement::sensitivity::{Crossing, Movement, Stretch, Weight};
use serde::Serialize;
use service::procurement::evaluation::RankedLot;
use utoipa::ToSchema;
use uuid::Uuid;

use super::codes;

/// A lot whose prices are open.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LotRanked {
    lot: String,
    /// From what the ranking is worked out; it is kept with the award.
    inputs: RankingInputs,
    categories: Vec<CategoryRanked>,
    /// What is not ranked, and why.
    apart: Vec<ServiceApart>,
}

impl From<RankedLot> for LotRanked {
    fn from(lot: RankedLot) -> Self {
        let categories = lot.ranking.categories.into_iter().zip(lot.moves);
        let categories = categories.map(|(category, moves)| CategoryRanked {
            category: category.category,
            ranked: category.ranked.into_iter().map(ServiceRanked::from).collect(),
            sensitivity: moves.movements.into_iter().map(WeightMoved::from).collect(),
        });
        Self {
            lot: lot.inputs.lot.clone(),
            categories: categories.collect(),
            apart: lot.ranking.apart.into_iter().map(ServiceApart::from).collect(),
            inputs: lot.inputs.into(),
        }
    }
}

/// What counts for a lot.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RankingInputs {
    questions: Vec<QuestionWeighed>,
    price_weight_percent: u32,
    #[schema(schema_with = codes::<PriceFormula>)]
    price_formula: PriceFormula,
    /// So many services at most are admitted to a category; every one that passes when absent.
    suppliers_at_most: Option<u32>,
    categories: Vec<CategoryMaximum>,
    bids: Vec<BidWeighed>,
}

/// A question as it counts.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct QuestionWeighed {
    code: String,
    title: String,
    weight_percent: u32,
    scale_max: u32,
    /// The lowest agreed score with which a bid can succeed, where there is one.
    at_least: Option<u32>,
}

/// A category with the maximum that is published for the first day.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CategoryMaximum {
    code: String,
    maximum_weekly_pence: i64,
}

/// What counts of a bid.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BidWeighed {
    bid: Uuid,
    bidder: String,
    /// Agreed scores by the code of the question.
    agreed: BTreeMap<String, u32>,
    lines: Vec<PriceLine>,
}

/// A service of a bid in a category.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PriceLine {
    service: Uuid,
    name: String,
    /// Absent when it has no price.
    category: Option<String>,
    weekly_pence: Option<i64>,
    /// Why it does not go on, if so.
    faults: Vec<String>,
}

impl From<Line> for PriceLine {
    fn from(line: Line) -> Self {
        let weekly_pence = line.weekly.map(|weekly| weekly.0.0);
        Self { service: line.service.0, name: line.name, category: line.category, weekly_pence, faults: line.faults }
    }
}

impl From<Inputs> for RankingInputs {
    fn from(inputs: Inputs) -> Self {
        let questions = inputs.questions.into_iter().map(|one| QuestionWeighed {
            code: one.code,
            title: one.title,
            weight_percent: one.weight_percent,
            scale_max: one.scale_max,
            at_least: one.at_least,
        });
        let categories = inputs.categories.into_iter();
        let categories = categories.map(|one| CategoryMaximum { code: one.code, maximum_weekly_pence: one.maximum.0.0 });
        let bids = inputs.bids.into_iter().map(|bid| BidWeighed {
            bid: bid.bid.0,
            bidder: bid.provider,
            agreed: bid.agreed,
            lines: bid.lines.into_iter().map(PriceLine::from).collect(),
        });
        Self {
            questions: questions.collect(),
            price_weight_percent: inputs.price_weight_percent,
            price_formula: inputs.price_formula,
            suppliers_at_most: inputs.suppliers_at_most,
            categories: categories.collect(),
            bids: bids.collect(),
        }
    }
}

/// The ranking of a category.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CategoryRanked {
    category: String,
    /// Best first; the parts of each total add up to it.
    ranked: Vec<ServiceRanked>,
    /// One for each criterion, the price last. A criterion that has the whole weight has none.
    sensitivity: Vec<WeightMoved>,
}

/// A service with its place in a category.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ServiceRanked {
    /// From 1; those whom nothing parts share a rank.
    rank: u32,
    bid: Uuid,
    service: Uuid,
    name: String,
    bidder: String,
    weekly_pence: i64,
    /// Hundredths of a point out of 100.
    total: u64,
    parts: Vec<PartOfRank>,
    /// It is within the number of services that the category admits.
    is_within_limit: bool,
}

impl From<Ranked> for ServiceRanked {
    fn from(row: Ranked) -> Self {
        Self {
            rank: row.rank,
            bid: row.bid.0,
            service: row.service.0,
            name: row.name,
            bidder: row.provider,
            weekly_pence: row.weekly.0.0,
            total: row.total.0,
            parts: row.parts.into_iter().map(PartOfRank::from).collect(),
            is_within_limit: row.is_within_limit,
        }
    }
}

/// One part of a total.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PartOfRank {
    /// The question's code; `PRICE` for the price.
    code: String,
    title: String,
    weight_percent: u32,
    /// Hundredths of a point.
    points: u64,
    /// How they came about, in words.
    sentence: String,
}

impl From<Part> for PartOfRank {
    fn from(part: Part) -> Self {
        let Part { code, title, weight_percent, points, sentence } = part;
        Self { code, title, weight_percent, points: points.0, sentence }
    }
}

/// A service outside the ranking, and why.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ServiceApart {
    bid: Uuid,
    service: Uuid,
    name: String,
    bidder: String,
    category: Option<String>,
    weekly_pence: Option<i64>,
    reasons: Vec<String>,
}

impl From<Apart> for ServiceApart {
    fn from(apart: Apart) -> Self {
        Self {
            bid: apart.bid.0,
            service: apart.service.0,
            name: apart.name,
            bidder: apart.provider,
            category: apart.category,
            weekly_pence: apart.weekly.map(|weekly| weekly.0.0),
            reasons: apart.reasons,
        }
    }
}

/// How the ranking of a category moves with the weight of one criterion, the others keeping their proportions.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WeightMoved {
    /// The question's code; `PRICE` for the price.
    code: String,
    title: String,
    /// The weight that the tender published.
    weight_percent: u32,
    /// How many pairs change places somewhere between 0% and 100%.
    swaps: u64,
    /// The nearest change of places at or below the published weight.
    down: Option<PlacesChanged>,
    /// The nearest change of places at or above it.
    up: Option<PlacesChanged>,
    /// Who is first, from 0% to 100%.
    leaders: Vec<FirstOver>,
    /// The nearest change of who is admitted at or below the published weight, where their number is limited.
    admission_down: Option<PlacesChanged>,
    /// The same at or above it.
    admission_up: Option<PlacesChanged>,
}

impl From<Movement> for WeightMoved {
    fn from(movement: Movement) -> Self {
        Self {
            code: movement.code,
            title: movement.title,
            weight_percent: movement.weight_percent,
            swaps: movement.swaps,
            down: movement.down.map(PlacesChanged::from),
            up: movement.up.map(PlacesChanged::from),
            leaders: movement.leaders.into_iter().map(FirstOver::from).collect(),
            admission_down: movement.admission_down.map(PlacesChanged::from),
            admission_up: movement.admission_up.map(PlacesChanged::from),
        }
    }
}

/// A weight, exactly: `part` of `whole`.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ExactWeight {
    part: u64,
    whole: u64,
    /// Rounded half up, like `37.50%`.
    percent: String,
}

impl From<Weight> for ExactWeight {
    fn from(weight: Weight) -> Self {
        Self { part: weight.part, whole: weight.whole, percent: weight.to_string() }
    }
}

/// Where two services change places.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PlacesChanged {
    at: ExactWeight,
    /// The service that is ahead with less weight.
    below: Uuid,
    /// The service that is ahead with more.
    above: Uuid,
}

impl From<Crossing> for PlacesChanged {
    fn from(crossing: Crossing) -> Self {
        Self { at: crossing.at.into(), below: crossing.below.0, above: crossing.above.0 }
    }
}

/// Which service is first over a stretch of weights.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FirstOver {
    from: ExactWeight,
    to: ExactWeight,
    service: Uuid,
}

impl From<Stretch> for FirstOver {
    fn from(stretch: Stretch) -> Self {
        Self { from: stretch.from.into(), to: stretch.to.into(), service: stretch.leader.0 }
    }
}
