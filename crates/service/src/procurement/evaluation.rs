//! Judging opened bids: who evaluates, what they declared, each one's scores, what they agree on, the lock that lets prices open, the
//! ranking, and what becomes of each service.

use std::collections::BTreeMap;

use domain::access::{Action, Relation};
use domain::calendar::{Day, Instant};
use domain::ids::{
    BidModerationId, BidOutcomeId, BidScoreId, ConflictDeclarationId, EvaluatorId, OpenedBidId, OrganisationId, PersonId, ServiceId,
    TenderId,
};
use domain::pence::Pence;
use domain::people::{Caller, OrganisationKind};
use domain::procurement::bid::{PriceEnvelope, QualityEnvelope};
use domain::procurement::compliance::{RegisteredService, Terms, in_words, judge_services};
use domain::procurement::evaluation::{
    AgreedScore, Answer, BidToScore, Declared, EvaluationRefusal, GivenScore, NamedEvaluator, may_lock, may_see_bids, still_to_agree,
};
use domain::procurement::plan::{QualityQuestion, TenderPlan};
use domain::procurement::ranking::{Inputs, OpenBid, Ranking, rank};
use domain::procurement::sensitivity::{Sensitivity, sensitivity};
use domain::procurement::tender::TenderRefusal;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::market::service::{Service, ServiceStatus, of_bidders};
use store::people::organisation::{Organisation, Person, person_by_email, roles_of};
use store::procurement::bid::{OpenedBid, opened};
pub use store::procurement::evaluation::OutcomeKind;
use store::procurement::evaluation::{
    BidModeration, BidOutcome, BidScore, ConflictDeclaration, Evaluator, declarations_of, evaluators_of, moderations_of, outcomes_of,
    scores_of,
};
use store::procurement::tender::{Tender, addenda_of};
use store::{Fault, ReadTx, Reads, Threshold, Tx};

use super::award::{AdmittedService, Summary};
use crate::governance::decision::stands_to;
use crate::{Command, Failure, Query};

/// A published tender is shared by all who buy it and all who bid for it.
pub(super) async fn of_everybody(reads: &mut impl Reads, tender: TenderId) -> Result<Option<Relation>, Failure> {
    let found = reads.find::<Tender>(tender).await?;
    Ok(found.filter(|tender| tender.published_at.is_some()).map(|_| Relation::Shared))
}

pub(super) async fn of_procurer(reads: &mut impl Reads, caller: &Caller, tender: TenderId) -> Result<Option<Relation>, Failure> {
    let found = reads.find::<Tender>(tender).await?.filter(|tender| tender.published_at.is_some());
    Ok(found.and_then(|tender| stands_to(caller, tender.org_id)))
}

/// A bid with what it says.
#[derive(Debug, Clone)]
struct Read {
    row: OpenedBid,
    quality: QualityEnvelope,
    price: Option<PriceEnvelope>,
    register: Vec<RegisteredService>,
}

/// Everything on record about the evaluation of a tender.
pub(super) struct Desk {
    pub(super) tender: Tender,
    pub(super) plan: TenderPlan,
    addenda: u32,
    evaluators: Vec<Evaluator>,
    declarations: Vec<ConflictDeclaration>,
    bids: Vec<Read>,
    /// By bid and question.
    scores: BTreeMap<(OpenedBidId, String), Vec<BidScore>>,
    agreed: BTreeMap<(OpenedBidId, String), BidModeration>,
}

impl Desk {
    pub(super) async fn read(reads: &mut impl Reads, tender: TenderId) -> Result<Self, Failure> {
        let tender: Tender = reads.get(tender).await?;
        let addenda = addenda_of(reads, tender.id).await?.last().map_or(Ok(0), |last| u32::try_from(last.number));
        let mut known: BTreeMap<OrganisationId, Vec<Service>> = BTreeMap::new();
        for service in of_bidders(reads, tender.id).await? {
            known.entry(service.org_id).or_default().push(service);
        }
        let mut bids = Vec::new();
        for row in opened(reads, tender.id).await? {
            let (quality, price) = (row.quality()?, row.price()?);
            let register = known.get(&row.provider_id).into_iter().flatten().map(|one| RegisteredService {
                service: one.id,
                kind: one.kind,
                rating: one.rating,
                is_registered: one.status != ServiceStatus::Removed,
                is_bidders_own: one.org_id == row.provider_id,
            });
            bids.push(Read { register: register.collect(), row, quality, price });
        }
        let mut scores: BTreeMap<_, Vec<BidScore>> = BTreeMap::new();
        let declarations = declarations_of(reads, tender.id).await?;
        for score in scores_of(reads, tender.id).await? {
            // What somebody scored before they declared a conflict stays on record and counts for nothing.
            if declarations.iter().any(|one| one.person_id == score.person_id && one.has_conflict) {
                continue;
            }
            scores.entry((score.opened_bid_id, score.question.clone())).or_default().push(score);
        }
        let agreed = moderations_of(reads, tender.id).await?.into_iter().map(|one| ((one.opened_bid_id, one.question.clone()), one));
        Ok(Self {
            plan: tender.plan()?,
            addenda: addenda.map_err(|error| Fault::inconsistent("tender_addendum.number", error))?,
            evaluators: evaluators_of(reads, tender.id).await?,
            declarations,
            agreed: agreed.collect(),
            tender,
            bids,
            scores,
        })
    }

    /// The same for whoever changes something: of a tender that was given up nothing is judged any more.
    async fn open(tx: &mut Tx, tender: TenderId) -> Result<Self, Failure> {
        let desk = Self::read(tx, tender).await?;
        if desk.tender.is_cancelled() { Err(Failure::refused(TenderRefusal::Cancelled)) } else { Ok(desk) }
    }

    fn manages(&self, caller: &Caller) -> bool {
        caller.organisation == self.tender.org_id && domain::access::could(caller.role, Action::RunEvaluation)
    }

    fn is_evaluator(&self, person: PersonId) -> bool {
        self.evaluators.iter().any(|one| one.person_id == person && one.ended_on.is_none())
    }

    /// Whether somebody may see bids: whoever evaluates or runs the evaluation, once they declared that nothing conflicts.
    fn may_see(&self, caller: &Caller) -> Result<(), EvaluationRefusal> {
        let named = self.evaluators.iter().map(|one| NamedEvaluator { person: one.person_id, is_live: one.ended_on.is_none() });
        let managing = self.manages(caller).then_some(NamedEvaluator { person: caller.person, is_live: true });
        let declared = self.declarations.iter().map(|one| Declared { person: one.person_id, has_conflict: one.has_conflict });
        may_see_bids(caller.person, &named.chain(managing).collect::<Vec<_>>(), &declared.collect::<Vec<_>>())
    }

    fn terms<'a>(&'a self, lot: &'a str) -> Terms<'a> {
        Terms { plan: &self.plan, lot, addenda: self.addenda, closed_on: Day::in_uk(self.tender.deadline) }
    }

    fn is_locked(&self) -> bool {
        self.tender.quality_locked_at.is_some()
    }

    fn bid(&self, bid: OpenedBidId) -> Result<&Read, Failure> {
        self.bids.iter().find(|one| one.row.id == bid).ok_or_else(Failure::absent)
    }

    /// The faults of each service of a bid by what the quality envelope and the register show.
    fn judged(&self, bid: &Read) -> Vec<(ServiceId, String, String)> {
        let judged = judge_services(self.terms(&bid.row.lot), &bid.quality, &bid.register);
        judged.into_iter().map(|one| (one.service, one.name, in_words(&one.faults))).collect()
    }

    fn to_score(&self) -> Vec<BidToScore> {
        let goes_on = |bid: &Read| self.judged(bid).iter().any(|(_, _, faults)| faults.is_empty());
        self.bids.iter().map(|bid| BidToScore { bid: bid.row.id, lot: bid.row.lot.clone(), goes_on: goes_on(bid) }).collect()
    }

    fn all_agreed(&self) -> Result<Vec<AgreedScore>, Fault> {
        let agreed =
            |one: &BidModeration| Ok(AgreedScore { bid: one.opened_bid_id, question: one.question.clone(), agreed: points(one.agreed)? });
        self.agreed.values().map(agreed).collect()
    }

    /// How the answer to one question of one bid stands, judged by what concerns it alone.
    fn with_answer<T>(&self, bid: &Read, question: &str, judge: impl FnOnce(&Answer<'_>) -> T) -> Result<T, Fault> {
        let key = (bid.row.id, question.to_owned());
        let given = |one: &BidScore| {
            Ok::<_, Fault>(GivenScore {
                bid: one.opened_bid_id,
                question: one.question.clone(),
                by: one.person_id,
                score: points(one.score)?,
            })
        };
        let scores = self.scores.get(&key).into_iter().flatten().map(given).collect::<Result<Vec<_>, _>>()?;
        let agreed = self
            .agreed
            .get(&key)
            .map(|one| Ok::<_, Fault>(AgreedScore { bid: bid.row.id, question: question.to_owned(), agreed: points(one.agreed)? }));
        let agreed = agreed.transpose()?;
        let (plan, lot, is_locked) = (&self.plan, bid.row.lot.as_str(), self.is_locked());
        Ok(judge(&Answer { plan, lot, bid: bid.row.id, question, scores: &scores, agreed: agreed.as_slice(), is_locked }))
    }

    /// What counts for each lot whose prices are open, so that the ranking can be worked out again from it.
    pub(super) fn inputs(&self) -> Result<Vec<Inputs>, Fault> {
        let mut all = Vec::new();
        for lot in &self.plan.framework.lots {
            let of_lot: Vec<(&Read, &PriceEnvelope)> =
                self.bids.iter().filter(|bid| bid.row.lot == lot.code).filter_map(|bid| Some((bid, bid.price.as_ref()?))).collect();
            let mut scores = Vec::new();
            for (bid, _) in &of_lot {
                scores.push(self.scores_of(bid)?);
            }
            let open: Vec<OpenBid<'_>> = of_lot
                .iter()
                .zip(&scores)
                .map(|((bid, price), agreed)| OpenBid { bid: bid.row.id, quality: &bid.quality, price, agreed })
                .collect();
            if open.is_empty() {
                continue;
            }
            let mut inputs = Inputs::gather(self.terms(&lot.code), &[], &[]);
            for (open, (bid, _)) in open.iter().zip(&of_lot) {
                // Against what the register holds of this bidder: a home that another bidder runs now is not this one's.
                let mut gathered = Inputs::gather(self.terms(&lot.code), std::slice::from_ref(open), &bid.register);
                for ranked in &mut gathered.bids {
                    // Bidders seal prices themselves: one for a service that the bid does not name may be for nothing that exists.
                    ranked.lines.retain(|line| bid.quality.services.iter().any(|named| named.service == line.service));
                }
                inputs.bids.append(&mut gathered.bids);
            }
            all.push(inputs);
        }
        Ok(all)
    }

    /// Who made a bid.
    pub(super) fn provider_of(&self, bid: OpenedBidId) -> Option<OrganisationId> {
        self.bids.iter().find(|one| one.row.id == bid).map(|one| one.row.provider_id)
    }

    /// The lot of a bid, and the name of one of its services.
    pub(super) fn service_of(&self, bid: OpenedBidId, service: ServiceId) -> Option<(String, String)> {
        let bid = self.bids.iter().find(|one| one.row.id == bid)?;
        let named = bid.quality.services.iter().find(|one| one.service == service)?;
        Some((bid.row.lot.clone(), named.name.clone()))
    }

    pub(super) fn are_prices_open(&self) -> bool {
        !self.bids.is_empty() && self.bids.iter().all(|bid| bid.price.is_some())
    }

    /// What each bidder is told about each of its bids.
    pub(super) fn summaries(&self, outcomes: &[BidOutcome]) -> Result<Vec<(OpenedBidId, OrganisationId, Summary)>, Fault> {
        let mut all = Vec::new();
        for bid in &self.bids {
            let mut answers = Vec::new();
            for question in self.plan.questions_of(&bid.row.lot) {
                if let Some(agreed) = self.agreed.get(&(bid.row.id, question.code.clone())) {
                    answers.push((question.title.clone(), points(agreed.agreed)?, question.scale_max, agreed.reason.clone()));
                }
            }
            let services = outcomes.iter().filter(|one| one.opened_bid_id == bid.row.id).filter_map(|one| {
                let (lot, name) = self.service_of(bid.row.id, one.service_id)?;
                let told = AdmittedService { service: one.service_id, lot, name, category: one.category.clone(), weekly: one.weekly_pence };
                Some((told, one.outcome == OutcomeKind::Admit, one.reason.clone()))
            });
            let summary = Summary { lot: bid.row.lot.clone(), answers, services: services.collect() };
            all.push((bid.row.id, bid.row.provider_id, summary));
        }
        Ok(all)
    }

    fn scores_of(&self, bid: &Read) -> Result<BTreeMap<String, u32>, Fault> {
        let asked = self.plan.questions_of(&bid.row.lot);
        let agreed = asked.filter_map(|question| {
            let found = self.agreed.get(&(bid.row.id, question.code.clone()))?;
            Some(points(found.agreed).map(|agreed| (question.code.clone(), agreed)))
        });
        agreed.collect()
    }
}

fn points(score: i64) -> Result<u32, Fault> {
    u32::try_from(score).map_err(|error| Fault::inconsistent("bid_score.score", error))
}

/// Names a person of any council to score the bids of a tender.
#[derive(Debug, Clone, Serialize)]
pub struct NameEvaluator {
    /// Of which tender.
    pub tender: TenderId,
    /// The person's email.
    pub email: String,
}

impl Command for NameEvaluator {
    const ACTION: Action = Action::RunEvaluation;
    type Answer = EvaluatorId;

    async fn relation(&self, threshold: &mut Threshold, caller: &Caller) -> Result<Option<Relation>, Failure> {
        of_procurer(threshold, caller, self.tender).await
    }

    async fn run(&self, tx: &mut Tx) -> Result<EvaluatorId, Failure> {
        let unknown = || Failure::invalid("email", "Enter the email of somebody who works for one of the councils");
        let person = person_by_email(tx, self.email.trim()).await?.ok_or_else(unknown)?;
        let mut is_council = false;
        for held in roles_of(tx, person.id).await? {
            is_council |= tx.get::<Organisation>(held.org_id).await?.kind == OrganisationKind::Council;
        }
        if !is_council {
            return Err(unknown());
        }
        if let Some(mut before) = evaluators_of(tx, self.tender).await?.into_iter().find(|one| one.person_id == person.id) {
            if before.ended_on.take().is_none() {
                return Err(Failure::invalid("email", format!("{} evaluates this tender already", person.name)));
            }
            tx.update(&mut before, &json!({ "shape": 1, "ended": false })).await?;
            return Ok(before.id);
        }
        let tender: Tender = tx.get(self.tender).await?;
        let id = EvaluatorId(tx.new_id());
        let row = Evaluator { id, version: 1, org_id: tender.org_id, tender_id: tender.id, person_id: person.id, ended_on: None };
        tx.create(&row, &json!({ "shape": 1, "tender": tender.id, "person": person.id })).await?;
        Ok(id)
    }
}

/// Has somebody evaluate no longer. What they scored stays.
#[derive(Debug, Clone, Serialize)]
pub struct EndEvaluator {
    /// Of which tender.
    pub tender: TenderId,
    /// Whose part ends.
    pub evaluator: EvaluatorId,
}

impl Command for EndEvaluator {
    const ACTION: Action = Action::RunEvaluation;
    type Answer = EvaluatorId;

    async fn relation(&self, threshold: &mut Threshold, caller: &Caller) -> Result<Option<Relation>, Failure> {
        of_procurer(threshold, caller, self.tender).await
    }

    async fn run(&self, tx: &mut Tx) -> Result<EvaluatorId, Failure> {
        let mut row = tx.find::<Evaluator>(self.evaluator).await?.filter(|row| row.tender_id == self.tender).ok_or_else(Failure::absent)?;
        if row.ended_on.is_none() {
            row.ended_on = Some(Day::in_uk(tx.at()));
            tx.update(&mut row, &json!({ "shape": 1, "ended": true })).await?;
        }
        Ok(row.id)
    }
}

/// Declares whether the caller has a conflict of interest in a tender. No bid is shown to them before. A conflict that turns up later is
/// declared in the same way; one that was declared stands.
#[derive(Debug, Clone, Serialize)]
pub struct DeclareConflict {
    /// In which tender.
    pub tender: TenderId,
    /// Whether something conflicts.
    pub has_conflict: bool,
    /// What it is; needed where there is one.
    pub words: String,
}

impl Command for DeclareConflict {
    const ACTION: Action = Action::ScoreBids;
    type Answer = ConflictDeclarationId;

    async fn relation(&self, threshold: &mut Threshold, _: &Caller) -> Result<Option<Relation>, Failure> {
        of_everybody(threshold, self.tender).await
    }

    async fn run(&self, tx: &mut Tx) -> Result<ConflictDeclarationId, Failure> {
        let desk = Desk::open(tx, self.tender).await?;
        let caller = tx.caller().clone();
        if !desk.is_evaluator(caller.person) && !desk.manages(&caller) {
            return Err(Failure::refused(EvaluationRefusal::NotNamed));
        }
        if self.has_conflict && self.words.trim().is_empty() {
            return Err(Failure::invalid("words", "Enter what the conflict of interest is"));
        }
        let body = json!({ "shape": 1, "tender": self.tender, "has_conflict": self.has_conflict });
        if let Some(before) = desk.declarations.iter().find(|one| one.person_id == caller.person) {
            if before.has_conflict {
                return Err(Failure::refused(EvaluationRefusal::Conflict));
            }
            let mut row = before.clone();
            (row.has_conflict, row.words, row.declared_at) = (self.has_conflict, self.words.trim().to_owned(), tx.at());
            tx.update(&mut row, &body).await?;
            return Ok(row.id);
        }
        let row = ConflictDeclaration {
            id: ConflictDeclarationId(tx.new_id()),
            version: 1,
            org_id: caller.organisation,
            tender_id: self.tender,
            person_id: caller.person,
            has_conflict: self.has_conflict,
            words: self.words.trim().to_owned(),
            declared_at: tx.at(),
        };
        tx.create(&row, &body).await?;
        Ok(row.id)
    }
}

/// Scores the answer to one question of one bid, or changes the caller's own score while nobody else may have seen it.
#[derive(Debug, Clone, Serialize)]
pub struct ScoreAnswer {
    /// Of which tender.
    pub tender: TenderId,
    /// Which bid.
    pub bid: OpenedBidId,
    /// The code of the question.
    pub question: String,
    /// From 0 to the top of the question's scale.
    pub score: u32,
    /// Why.
    pub reason: String,
}

impl Command for ScoreAnswer {
    const ACTION: Action = Action::ScoreBids;
    type Answer = BidScoreId;

    async fn relation(&self, threshold: &mut Threshold, _: &Caller) -> Result<Option<Relation>, Failure> {
        of_everybody(threshold, self.tender).await
    }

    async fn run(&self, tx: &mut Tx) -> Result<BidScoreId, Failure> {
        let desk = Desk::open(tx, self.tender).await?;
        let caller = tx.caller().clone();
        if !desk.is_evaluator(caller.person) {
            return Err(Failure::refused(EvaluationRefusal::NotNamed));
        }
        desk.may_see(&caller).map_err(Failure::refused)?;
        let bid = desk.bid(self.bid)?;
        let allowed = desk.with_answer(bid, &self.question, |answer| answer.may_score(caller.person, self.score, &self.reason))?;
        allowed.map_err(|refusal| at_field(&self.question, refusal))?;
        let body = json!({ "shape": 1, "bid": self.bid, "question": self.question });
        let before = desk.scores.get(&(self.bid, self.question.clone())).into_iter().flatten().find(|one| one.person_id == caller.person);
        if let Some(before) = before {
            let mut row = before.clone();
            (row.score, row.reason) = (i64::from(self.score), self.reason.trim().to_owned());
            tx.update(&mut row, &body).await?;
            return Ok(row.id);
        }
        let row = BidScore {
            id: BidScoreId(tx.new_id()),
            version: 1,
            org_id: caller.organisation,
            opened_bid_id: self.bid,
            question: self.question.clone(),
            person_id: caller.person,
            score: i64::from(self.score),
            reason: self.reason.trim().to_owned(),
        };
        tx.create(&row, &body).await?;
        Ok(row.id)
    }
}

/// What is wrong with a score, at the field of its question where it is about what was typed.
fn at_field(question: &str, refusal: EvaluationRefusal) -> Failure {
    let field = if matches!(refusal, EvaluationRefusal::OffScale(_)) { "score" } else { "reason" };
    if matches!(refusal, EvaluationRefusal::OffScale(_) | EvaluationRefusal::NoReason) {
        return Failure::invalid(format!("{field}-{question}"), sentence(&refusal));
    }
    Failure::refused(refusal)
}

fn sentence(refusal: &EvaluationRefusal) -> String {
    let text = refusal.to_string();
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// Writes down the score on which the evaluators agreed, with the reason that the bidder is told.
#[derive(Debug, Clone, Serialize)]
pub struct AgreeScore {
    /// Of which tender.
    pub tender: TenderId,
    /// Which bid.
    pub bid: OpenedBidId,
    /// The code of the question.
    pub question: String,
    /// From 0 to the top of the question's scale.
    pub agreed: u32,
    /// Why.
    pub reason: String,
}

impl Command for AgreeScore {
    const ACTION: Action = Action::RunEvaluation;
    type Answer = BidModerationId;

    async fn relation(&self, threshold: &mut Threshold, caller: &Caller) -> Result<Option<Relation>, Failure> {
        of_procurer(threshold, caller, self.tender).await
    }

    async fn run(&self, tx: &mut Tx) -> Result<BidModerationId, Failure> {
        let desk = Desk::open(tx, self.tender).await?;
        let caller = tx.caller().clone();
        desk.may_see(&caller).map_err(Failure::refused)?;
        let bid = desk.bid(self.bid)?;
        let allowed = desk.with_answer(bid, &self.question, |answer| answer.may_agree(self.agreed, &self.reason))?;
        allowed.map_err(|refusal| at_field(&self.question, refusal))?;
        let body = json!({ "shape": 1, "bid": self.bid, "question": self.question });
        if let Some(before) = desk.agreed.get(&(self.bid, self.question.clone())) {
            let mut row = before.clone();
            (row.agreed, row.reason, row.agreed_by) = (i64::from(self.agreed), self.reason.trim().to_owned(), caller.person);
            tx.update(&mut row, &body).await?;
            return Ok(row.id);
        }
        let row = BidModeration {
            id: BidModerationId(tx.new_id()),
            version: 1,
            org_id: caller.organisation,
            opened_bid_id: self.bid,
            question: self.question.clone(),
            agreed: i64::from(self.agreed),
            reason: self.reason.trim().to_owned(),
            agreed_by: caller.person,
        };
        tx.create(&row, &body).await?;
        Ok(row.id)
    }
}

/// Locks the quality scores. From then on the prices can be opened and no score changes.
#[derive(Debug, Clone, Serialize)]
pub struct LockQuality {
    /// Of which tender.
    pub tender: TenderId,
}

impl Command for LockQuality {
    const ACTION: Action = Action::RunEvaluation;
    type Answer = TenderId;

    async fn relation(&self, threshold: &mut Threshold, caller: &Caller) -> Result<Option<Relation>, Failure> {
        of_procurer(threshold, caller, self.tender).await
    }

    async fn run(&self, tx: &mut Tx) -> Result<TenderId, Failure> {
        let desk = Desk::open(tx, self.tender).await?;
        desk.may_see(&tx.caller().clone()).map_err(Failure::refused)?;
        may_lock(&desk.plan, &desk.to_score(), &desk.all_agreed()?, desk.is_locked()).map_err(Failure::refused)?;
        let mut row = desk.tender;
        row.quality_locked_at = Some(tx.at());
        tx.update(&mut row, &json!({ "shape": 1, "quality": "locked" })).await?;
        Ok(row.id)
    }
}

/// A service of a bid in a category that is not admitted although it could be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejected {
    /// Which bid.
    pub bid: OpenedBidId,
    /// Which service.
    pub service: ServiceId,
    /// In which category.
    pub category: String,
    /// Why, for the bidder.
    pub reason: String,
}

/// Decides what becomes of every service of every bid: whatever can be admitted is, unless it is rejected here with a reason; what
/// cannot be is rejected for what it lacks.
#[derive(Debug, Clone, Serialize)]
pub struct RecordOutcomes {
    /// Of which tender.
    pub tender: TenderId,
    /// What is not admitted although it could be.
    pub rejected: Vec<Rejected>,
}

impl Command for RecordOutcomes {
    const ACTION: Action = Action::RunEvaluation;
    type Answer = usize;

    async fn relation(&self, threshold: &mut Threshold, caller: &Caller) -> Result<Option<Relation>, Failure> {
        of_procurer(threshold, caller, self.tender).await
    }

    async fn run(&self, tx: &mut Tx) -> Result<usize, Failure> {
        let desk = Desk::open(tx, self.tender).await?;
        desk.may_see(&tx.caller().clone()).map_err(Failure::refused)?;
        if store::procurement::award::of_tender(tx, self.tender).await?.is_some() {
            return Err(Failure::refused("the framework is awarded: outcomes stay as they are"));
        }
        let inputs = desk.inputs()?;
        if inputs.is_empty() {
            return Err(Failure::refused("the price envelopes are not open yet"));
        }
        if let Some(blank) = self.rejected.iter().find(|one| one.reason.trim().is_empty()) {
            return Err(Failure::invalid(
                format!("reason-{}-{}", blank.service, blank.category),
                "Enter the reason: the bidder is told it",
            ));
        }
        let mut admitted = 0;
        let mut kept: BTreeMap<(OpenedBidId, ServiceId, String), BidOutcome> = BTreeMap::new();
        for row in outcomes_of(tx, desk.tender.id).await? {
            kept.insert((row.opened_bid_id, row.service_id, row.category.clone()), row);
        }
        for outcome in inputs.iter().flat_map(|inputs| self.outcomes(inputs)) {
            admitted += usize::from(outcome.outcome == OutcomeKind::Admit);
            keep_outcome(tx, &desk, &mut kept, outcome).await?;
        }
        Ok(admitted)
    }
}

/// What becomes of one service, before it is kept.
struct Decided {
    bid: OpenedBidId,
    service: ServiceId,
    category: String,
    weekly: Pence,
    outcome: OutcomeKind,
    reason: String,
}

impl RecordOutcomes {
    fn outcomes(&self, inputs: &Inputs) -> Vec<Decided> {
        let ranking = rank(inputs);
        let lines = inputs.bids.iter().flat_map(|bid| bid.lines.iter().map(move |line| (bid, line)));
        lines
            .map(|(bid, line)| {
                let category = line.category.clone().unwrap_or_default();
                let may = ranking.may_admit(bid.bid, line.service, &category);
                let not = self.rejected.iter().find(|one| (one.bid, one.service, &one.category) == (bid.bid, line.service, &category));
                let (outcome, reason) = match (may, not) {
                    (Ok(_), Some(not)) => (OutcomeKind::Reject, not.reason.trim().to_owned()),
                    (Ok(ranked), None) => (OutcomeKind::Admit, format!("Rank {} with {} points", ranked.rank, ranked.total)),
                    (Err(reasons), _) => (OutcomeKind::Reject, reasons.join("; ")),
                };
                let weekly = line.weekly.map_or(Pence::ZERO, |weekly| weekly.0);
                Decided { bid: bid.bid, service: line.service, category, weekly, outcome, reason }
            })
            .collect()
    }
}

async fn keep_outcome(
    tx: &mut Tx,
    desk: &Desk,
    kept: &mut BTreeMap<(OpenedBidId, ServiceId, String), BidOutcome>,
    decided: Decided,
) -> Result<(), Failure> {
    let Decided { bid, service, category, weekly, outcome, reason } = decided;
    let body = json!({ "shape": 1, "bid": bid, "service": service, "category": category, "outcome": outcome });
    let key = (bid, service, category.clone());
    if let Some(row) = kept.get_mut(&key) {
        if (row.outcome, &row.reason) != (outcome, &reason) {
            (row.outcome, row.reason) = (outcome, reason);
            tx.update(row, &body).await?;
        }
        return Ok(());
    }
    let id = BidOutcomeId(tx.new_id());
    let org_id = desk.tender.org_id;
    let row =
        BidOutcome { id, version: 1, org_id, opened_bid_id: bid, service_id: service, category, outcome, reason, weekly_pence: weekly };
    tx.create(&row, &body).await?;
    kept.insert(key, row);
    Ok(())
}

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
