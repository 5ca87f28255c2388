//! What those who evaluate a tender see of it: where it stands, each bid to judge, the ranking and how it moves.

use std::collections::BTreeMap;

use domain::access::{Action, Relation};
use domain::calendar::{Day, Instant};
use domain::ids::{EvaluatorId, OpenedBidId, PersonId, ServiceId, TenderId};
use domain::people::Caller;
use domain::procurement::bid::QualityEnvelope;
use domain::procurement::evaluation::EvaluationRefusal;
use domain::procurement::exercise::Lies;
use domain::procurement::plan::{QualityQuestion, TenderPlan};
use domain::procurement::ranking::{Inputs, Ranking, rank};
use domain::procurement::sensitivity::{Sensitivity, sensitivity};
use store::procurement::bid::OpenedBid;
use store::procurement::evaluation::{BidOutcome, BidScore, Evaluator, names_of, outcomes_of};
use store::procurement::tender::Tender;
use store::{Fault, ReadTx, Reads as _};

use super::conflict::{ConflictLine, conflict_lines};
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

/// A service of a bid, judged by what the quality envelope and the register show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceLine {
    /// It.
    pub service: ServiceId,
    /// Its name.
    pub name: String,
    /// What it lacks in words; nothing when it goes on.
    pub faults: String,
    /// How it lies to the radius of an exercise, with the words; nothing where no radius is asked for.
    pub place: Option<(Lies, String)>,
}

impl ServiceLine {
    /// Whether nothing is missing.
    #[must_use]
    pub fn goes_on(&self) -> bool {
        self.faults.is_empty()
    }
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
    /// Its services.
    pub services: Vec<ServiceLine>,
    /// How many questions the lot asks.
    pub asked: usize,
    /// How many of them the caller scored.
    pub mine: usize,
    /// How many have an agreed score that counts.
    pub agreed: usize,
    /// How many have one that rests on too few people since a conflict of interest was declared, and is agreed again.
    pub again: usize,
}

impl BidLine {
    /// Whether any of its services goes on.
    #[must_use]
    pub fn goes_on(&self) -> bool {
        self.services.iter().any(ServiceLine::goes_on)
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
    /// How many of them had one that fell with a declared conflict of interest.
    pub to_agree_again: usize,
    /// Conflicts of interest that touch what is scored; for who runs the evaluation.
    pub conflicts: Vec<ConflictLine>,
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
        let names = names_of(reads, self.tender).await?;
        let (agreed, to_score) = (desk.all_agreed(), desk.to_score());
        Ok(EvaluationView {
            manages,
            scores: desk.is_evaluator(caller.person),
            evaluators: evaluator_lines(&desk, &names),
            conflicts: if manages && sees { conflict_lines(&desk, &names) } else { Vec::new() },
            bids: if sees { desk.bids.iter().map(|bid| bid_line(&desk, bid, caller.person)).collect() } else { Vec::new() },
            still_to_agree: agreed.still_to_agree(&to_score).len(),
            to_agree_again: agreed.to_agree_again(&to_score),
            tender: desk.tender,
            plan: desk.plan,
            may_see,
            lots,
            outcomes,
        })
    }
}

fn evaluator_lines(desk: &Desk, names: &BTreeMap<PersonId, String>) -> Vec<EvaluatorLine> {
    let mut scored: BTreeMap<PersonId, usize> = BTreeMap::new();
    for score in desk.scores.values().flatten() {
        *scored.entry(score.person_id).or_default() += 1;
    }
    let line = |row: &Evaluator| EvaluatorLine {
        id: row.id,
        name: names.get(&row.person_id).cloned().unwrap_or_default(),
        ended_on: row.ended_on,
        declared: desk.declarations.iter().find(|one| one.person_id == row.person_id).map(|one| (one.has_conflict, one.declared_at)),
        scored: scored.get(&row.person_id).copied().unwrap_or_default(),
    };
    desk.evaluators.iter().map(line).collect()
}

fn bid_line(desk: &Desk, bid: &Read, person: PersonId) -> BidLine {
    let (mut mine, mut agreed, mut again, mut asked) = (0, 0, 0, 0);
    for question in desk.plan.questions_of(&bid.row.lot) {
        let (counts, fell) = desk.agreed_on(bid.row.id, &question.code);
        asked += 1;
        agreed += usize::from(counts.is_some());
        again += usize::from(fell);
        mine += usize::from(desk.standing_scores(bid.row.id, &question.code).any(|score| score.person_id == person));
    }
    let (provider, lot) = (bid.quality.provider_name.clone(), bid.row.lot.clone());
    BidLine { id: bid.row.id, provider, lot, services: desk.judged(bid), asked, mine, agreed, again }
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
    /// How many scored it, those with a conflict of interest aside.
    pub given: usize,
    /// The agreed score and the reason, if it counts.
    pub agreed: Option<(u32, String)>,
    /// One was agreed that rests on too few people since a conflict of interest was declared. Nobody is shown it: they agree anew.
    pub is_agreed_again: bool,
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
        let names = names_of(reads, self.tender).await?;
        let mut answers = Vec::new();
        for question in desk.plan.questions_of(&bid.row.lot) {
            let given: Vec<&BidScore> = desk.standing_scores(bid.row.id, &question.code).collect();
            let mine = given.iter().find(|score| score.person_id == caller.person);
            let is_shown = desk.with_answer(bid, &question.code, |answer| answer.shows_others(caller.person, scores))?;
            let (agreed, is_agreed_again) = desk.agreed_on(bid.row.id, &question.code);
            answers.push(AnswerView {
                text: bid.quality.answers.iter().find(|one| one.question == question.code).map_or_else(String::new, |one| one.text.clone()),
                mine: mine.map(|one| Ok::<_, Fault>((points(one.score)?, one.reason.clone()))).transpose()?,
                all: if is_shown { Some(named(&names, &given)?) } else { None },
                given: given.len(),
                agreed: agreed.map(|one| Ok::<_, Fault>((points(one.agreed)?, one.reason.clone()))).transpose()?,
                is_agreed_again,
                question: question.clone(),
            });
        }
        let (line, manages) = (bid_line(&desk, bid, caller.person), desk.manages(caller));
        let quality = bid.quality.clone();
        Ok(BidToJudge { line, quality, answers, manages, scores, tender: desk.tender })
    }
}

fn named(names: &BTreeMap<PersonId, String>, scores: &[&BidScore]) -> Result<Vec<(String, u32, String)>, Fault> {
    let name = |person| names.get(&person).cloned().unwrap_or_default();
    scores.iter().map(|score| Ok((name(score.person_id), points(score.score)?, score.reason.clone()))).collect()
}
