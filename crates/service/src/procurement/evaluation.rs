//! What those who evaluate a tender see of it: where it stands, each bid to judge, the ranking and how it moves.

use domain::access::{Action, Relation};
use domain::calendar::{Day, Instant};
use domain::ids::{EvaluatorId, OpenedBidId, PersonId, ServiceId, TenderId};
use domain::people::Caller;
use domain::procurement::bid::QualityEnvelope;
use domain::procurement::evaluation::{EvaluationRefusal, still_to_agree};
use domain::procurement::plan::{QualityQuestion, TenderPlan};
use domain::procurement::ranking::{Inputs, Ranking, rank};
use domain::procurement::sensitivity::{Sensitivity, sensitivity};
use store::people::organisation::Person;
use store::procurement::bid::OpenedBid;
use store::procurement::evaluation::{BidOutcome, BidScore, outcomes_of};
use store::procurement::tender::Tender;
use store::{Fault, ReadTx, Reads as _};

use super::desk::{Desk, Read, points};
use super::relation::of_everybody;
use crate::{Failure, Query};

/// An evaluator, with how far they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvaluatorLine {
    /// Their part.
    pub id: EvaluatorId,
    /// Their name.
    pub name: String,
    /// Since when they evaluate no longer.
    pub ended_on: Option<Day>,
    /// What they declared last: whether something conflicts, and when.
    pub declared: Option<(bool, Instant)>,
    /// How many answers they scored.
    pub scored: usize,
}

/// A bid in the list of the evaluation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BidLine {
    /// Which.
    pub id: OpenedBidId,
    /// Who bids.
    pub provider: String,
    /// For which lot.
    pub lot: String,
    /// Its services, each with what it lacks in words; nothing when it goes on.
    pub services: Vec<(ServiceId, String, String)>,
    /// How many questions the lot asks.
    pub asked: usize,
    /// How many of them the caller scored.
    pub mine: usize,
    /// How many have an agreed score.
    pub agreed: usize,
}

impl BidLine {
    /// Whether any of its services goes on.
    #[must_use]
    pub fn goes_on(&self) -> bool {
        self.services.iter().any(|(_, _, faults)| faults.is_empty())
    }
}

/// A lot whose prices are open.
#[derive(Debug, Clone)]
pub struct RankedLot {
    /// From what the ranking is worked out.
    pub inputs: Inputs,
    /// The ranking.
    pub ranking: Ranking,
    /// For each category, how the outcome moves with the weights.
    pub moves: Vec<Sensitivity>,
}

/// Where the evaluation of a tender stands, as far as the caller may see it.
#[derive(Debug, Clone)]
pub struct EvaluationView {
    /// The tender.
    pub tender: Tender,
    /// What it says.
    pub plan: TenderPlan,
    /// Whether the caller runs the evaluation.
    pub manages: bool,
    /// Whether the caller scores.
    pub scores: bool,
    /// Whether the caller may see bids, or why not.
    pub may_see: Result<(), EvaluationRefusal>,
    /// Who evaluates.
    pub evaluators: Vec<EvaluatorLine>,
    /// The bids; none for who may not see them.
    pub bids: Vec<BidLine>,
    /// How many answers still need an agreed score.
    pub still_to_agree: usize,
    /// Lots whose prices are open; for who runs the evaluation.
    pub lots: Vec<RankedLot>,
    /// What became of each service; for who runs the evaluation.
    pub outcomes: Vec<BidOutcome>,
}

/// Asks where the evaluation of a tender stands.
#[derive(Debug, Clone, Copy)]
pub struct GetEvaluation {
    /// Of which tender.
    pub tender: TenderId,
}

impl Query for GetEvaluation {
    const ACTION: Action = Action::SeeEvaluation;
    type Answer = EvaluationView;

    async fn relation(&self, reads: &mut ReadTx, _: &Caller) -> Result<Option<Relation>, Failure> {
        of_everybody(reads, self.tender).await
    }

    async fn run(&self, reads: &mut ReadTx, caller: &Caller) -> Result<EvaluationView, Failure> {
        let desk = Desk::read(reads, self.tender).await?;
        let may_see = desk.may_see(caller);
        let (manages, sees) = (desk.manages(caller), may_see.is_ok());
        let mut lots = Vec::new();
        if manages && sees {
            for inputs in desk.inputs()? {
                let ranking = rank(&inputs);
                let moves = ranking.categories.iter().map(|category| sensitivity(&inputs, category)).collect();
                lots.push(RankedLot { inputs, ranking, moves });
            }
        }
        let outcomes = if manages && sees { outcomes_of(reads, self.tender).await? } else { Vec::new() };
        Ok(EvaluationView {
            manages,
            scores: desk.is_evaluator(caller.person),
            evaluators: evaluator_lines(reads, &desk).await?,
            bids: if sees { desk.bids.iter().map(|bid| bid_line(&desk, bid, caller.person)).collect() } else { Vec::new() },
            still_to_agree: still_to_agree(&desk.plan, &desk.to_score(), &desk.all_agreed()?).len(),
            tender: desk.tender,
            plan: desk.plan,
            may_see,
            lots,
            outcomes,
        })
    }
}

async fn evaluator_lines(reads: &mut ReadTx, desk: &Desk) -> Result<Vec<EvaluatorLine>, Failure> {
    let mut lines = Vec::new();
    for row in &desk.evaluators {
        let declared = desk.declarations.iter().rev().find(|one| one.person_id == row.person_id);
        lines.push(EvaluatorLine {
            id: row.id,
            name: reads.get::<Person>(row.person_id).await?.name,
            ended_on: row.ended_on,
            declared: declared.map(|one| (one.has_conflict, one.declared_at)),
            scored: desk.scores.values().flatten().filter(|score| score.person_id == row.person_id).count(),
        });
    }
    Ok(lines)
}

fn bid_line(desk: &Desk, bid: &Read, person: PersonId) -> BidLine {
    let asked: Vec<(OpenedBidId, String)> = desk.plan.questions_of(&bid.row.lot).map(|one| (bid.row.id, one.code.clone())).collect();
    let is_mine = |key: &&(OpenedBidId, String)| desk.scores.get(key).into_iter().flatten().any(|score| score.person_id == person);
    BidLine {
        id: bid.row.id,
        provider: bid.quality.provider_name.clone(),
        lot: bid.row.lot.clone(),
        services: desk.judged(bid),
        mine: asked.iter().filter(is_mine).count(),
        agreed: asked.iter().filter(|key| desk.agreed.contains_key(key)).count(),
        asked: asked.len(),
    }
}

/// One answer of a bid, with the scores that the caller may see.
#[derive(Debug, Clone)]
pub struct AnswerView {
    /// The question.
    pub question: QualityQuestion,
    /// What the bidder answers.
    pub text: String,
    /// The caller's own score and reason.
    pub mine: Option<(u32, String)>,
    /// Everybody's scores with name and reason, once they may be compared.
    pub all: Option<Vec<(String, u32, String)>>,
    /// How many scored it.
    pub given: usize,
    /// The agreed score and the reason.
    pub agreed: Option<(u32, String)>,
}

/// A bid as those who judge it see it. Prices are not part of it.
#[derive(Debug, Clone)]
pub struct BidToJudge {
    /// The tender.
    pub tender: Tender,
    /// Which bid.
    pub line: BidLine,
    /// What it says, prices apart.
    pub quality: QualityEnvelope,
    /// Its answers.
    pub answers: Vec<AnswerView>,
    /// Whether the caller runs the evaluation.
    pub manages: bool,
    /// Whether the caller scores.
    pub scores: bool,
}

/// Asks for one bid, to judge it.
#[derive(Debug, Clone, Copy)]
pub struct GetBidToJudge {
    /// Of which tender.
    pub tender: TenderId,
    /// Which bid.
    pub bid: OpenedBidId,
}

impl Query for GetBidToJudge {
    const ACTION: Action = Action::SeeEvaluation;
    type Answer = BidToJudge;

    async fn relation(&self, reads: &mut ReadTx, _: &Caller) -> Result<Option<Relation>, Failure> {
        let bid = reads.find::<OpenedBid>(self.bid).await?;
        if bid.is_none_or(|bid| bid.tender_id != self.tender) {
            return Ok(None);
        }
        of_everybody(reads, self.tender).await
    }

    async fn run(&self, reads: &mut ReadTx, caller: &Caller) -> Result<BidToJudge, Failure> {
        let desk = Desk::read(reads, self.tender).await?;
        desk.may_see(caller).map_err(Failure::refused)?;
        let bid = desk.bid(self.bid)?;
        let scores = desk.is_evaluator(caller.person);
        let mut answers = Vec::new();
        for question in desk.plan.questions_of(&bid.row.lot) {
            let key = (bid.row.id, question.code.clone());
            let given = desk.scores.get(&key).map_or(&[][..], Vec::as_slice);
            let mine = given.iter().find(|score| score.person_id == caller.person);
            let is_shown = desk.with_answer(bid, &question.code, |answer| answer.shows_others(caller.person, scores))?;
            answers.push(AnswerView {
                text: bid.quality.answers.iter().find(|one| one.question == question.code).map_or_else(String::new, |one| one.text.clone()),
                mine: mine.map(|one| Ok::<_, Fault>((points(one.score)?, one.reason.clone()))).transpose()?,
                all: if is_shown { Some(named(reads, given).await?) } else { None },
                given: given.len(),
                agreed: desk.agreed.get(&key).map(|one| Ok::<_, Fault>((points(one.agreed)?, one.reason.clone()))).transpose()?,
                question: question.clone(),
            });
        }
        let (line, manages) = (bid_line(&desk, bid, caller.person), desk.manages(caller));
        let quality = bid.quality.clone();
        Ok(BidToJudge { line, quality, answers, manages, scores, tender: desk.tender })
    }
}

async fn named(reads: &mut ReadTx, scores: &[BidScore]) -> Result<Vec<(String, u32, String)>, Failure> {
    let mut all = Vec::new();
    for score in scores {
        all.push((reads.get::<Person>(score.person_id).await?.name, points(score.score)?, score.reason.clone()));
    }
    Ok(all)
}
