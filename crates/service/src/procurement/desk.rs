//! Everything on record about the evaluation of a tender, read once: whoever scores, agrees, ranks or awards judges by it.

use std::collections::BTreeMap;

use domain::access::Action;
use domain::calendar::Day;
use domain::ids::{OpenedBidId, OrganisationId, PersonId, ServiceId, TenderId};
use domain::people::Caller;
use domain::procurement::bid::{PriceEnvelope, QualityEnvelope};
use domain::procurement::compliance::{JudgedService, RegisteredService, Terms, in_words, judge_services};
use domain::procurement::evaluation::{
    Agreed, AgreedScore, Answer, BidToScore, Declared, EvaluationRefusal, GivenScore, NamedEvaluator, has_conflict, may_see_bids,
};
use domain::procurement::plan::TenderPlan;
use domain::procurement::ranking::{Inputs, OpenBid};
use domain::purchasing::service::ServiceStanding;
use store::market::service::{Service, of_bidders};
use store::procurement::bid::{OpenedBid, opened};
use store::procurement::evaluation::{
    BidModeration, BidScore, ConflictDeclaration, ConflictSettlement, Evaluator, declarations_of, evaluators_of, moderations_of, scores_of,
    settlements_of,
};
use store::procurement::tender::{Tender, addenda_of};
use store::{Fault, Reads, Tx};

use super::evaluation::ServiceLine;
use super::relation::not_given_up;
use crate::Failure;
use crate::purchasing::facts;

/// A bid with what it says.
#[derive(Debug, Clone)]
pub(super) struct Read {
    pub(super) row: OpenedBid,
    pub(super) quality: QualityEnvelope,
    pub(super) price: Option<PriceEnvelope>,
    register: Vec<RegisteredService>,
}

/// The answer to a question of a bid.
type Key = (OpenedBidId, String);

/// Everything on record about the evaluation of a tender. It takes as many statements for one bid as for hundreds.
pub(super) struct Desk {
    pub(super) tender: Tender,
    pub(super) plan: TenderPlan,
    addenda: u32,
    pub(super) evaluators: Vec<Evaluator>,
    pub(super) declarations: Vec<ConflictDeclaration>,
    /// The same, as the rules see it.
    declared: Vec<Declared>,
    pub(super) settlements: Vec<ConflictSettlement>,
    /// By lot.
    pub(super) bids: Vec<Read>,
    /// Where in that list each stands.
    places: BTreeMap<OpenedBidId, usize>,
    /// All that were given, also those that count for nothing.
    pub(super) scores: BTreeMap<Key, Vec<BidScore>>,
    pub(super) agreed: BTreeMap<Key, BidModeration>,
    /// The same in the same order, as the rules see it.
    agreed_scores: Vec<AgreedScore>,
}

impl Desk {
    pub(super) async fn read(reads: &mut impl Reads, tender: TenderId) -> Result<Self, Failure> {
        let tender: Tender = reads.get(tender).await?;
        let addenda = addenda_of(reads, tender.id).await?.last().map_or(Ok(0), |last| u32::try_from(last.number));
        let bids = read_bids(reads, tender.id).await?;
        let declarations = declarations_of(reads, tender.id).await?;
        let mut scores: BTreeMap<Key, Vec<BidScore>> = BTreeMap::new();
        for score in scores_of(reads, tender.id).await? {
            scores.entry((score.opened_bid_id, score.question.clone())).or_default().push(score);
        }
        let agreed = moderations_of(reads, tender.id).await?.into_iter().map(|one| ((one.opened_bid_id, one.question.clone()), one));
        let agreed: BTreeMap<Key, BidModeration> = agreed.collect();
        let agreed_scores = agreed.iter().map(|(key, one)| agreed_score(one, scores.get(key))).collect::<Result<_, _>>()?;
        Ok(Self {
            plan: tender.plan()?,
            addenda: addenda.map_err(|error| Fault::inconsistent("tender_addendum.number", error))?,
            evaluators: evaluators_of(reads, tender.id).await?,
            declared: declarations
                .iter()
                .map(|one| Declared { person: one.person_id, has_conflict: one.has_conflict, at: one.declared_at })
                .collect(),
            declarations,
            settlements: settlements_of(reads, tender.id).await?,
            places: bids.iter().enumerate().map(|(place, bid)| (bid.row.id, place)).collect(),
            bids,
            scores,
            agreed,
            agreed_scores,
            tender,
        })
    }

    /// The same for whoever changes something.
    pub(super) async fn open(tx: &mut Tx, tender: TenderId) -> Result<Self, Failure> {
        not_given_up(tx, tender).await?;
        Self::read(tx, tender).await
    }

    pub(super) fn manages(&self, caller: &Caller) -> bool {
        caller.organisation == self.tender.org_id && domain::access::could(caller.role, Action::RunEvaluation)
    }

    pub(super) fn is_evaluator(&self, person: PersonId) -> bool {
        self.evaluators.iter().any(|one| one.person_id == person && one.ended_on.is_none())
    }

    /// Whether somebody may see bids: whoever evaluates or runs the evaluation, once they declared that nothing conflicts.
    pub(super) fn may_see(&self, caller: &Caller) -> Result<(), EvaluationRefusal> {
        let named = self.evaluators.iter().map(|one| NamedEvaluator { person: one.person_id, is_live: one.ended_on.is_none() });
        let managing = self.manages(caller).then_some(NamedEvaluator { person: caller.person, is_live: true });
        may_see_bids(caller.person, &named.chain(managing).collect::<Vec<_>>(), &self.declared)
    }

    fn terms<'a>(&'a self, lot: &'a str) -> Terms<'a> {
        Terms { plan: &self.plan, lot, addenda: self.addenda, closed_on: Day::in_uk(self.tender.deadline) }
    }

    fn find(&self, bid: OpenedBidId) -> Option<&Read> {
        self.places.get(&bid).and_then(|place| self.bids.get(*place))
    }

    pub(super) fn bid(&self, bid: OpenedBidId) -> Result<&Read, Failure> {
        self.find(bid).ok_or_else(Failure::absent)
    }

    /// Each service of a bid by what the quality envelope and the register show.
    pub(super) fn judged(&self, bid: &Read) -> Vec<ServiceLine> {
        let judged = judge_services(self.terms(&bid.row.lot), &bid.quality, &bid.register);
        let line =
            |one: JudgedService| ServiceLine { service: one.service, name: one.name, faults: in_words(&one.faults), place: one.place };
        judged.into_iter().map(line).collect()
    }

    pub(super) fn to_score(&self) -> Vec<BidToScore> {
        let goes_on = |bid: &Read| self.judged(bid).iter().any(ServiceLine::goes_on);
        self.bids.iter().map(|bid| BidToScore { bid: bid.row.id, lot: bid.row.lot.clone(), goes_on: goes_on(bid) }).collect()
    }

    /// What was agreed, by the rules.
    pub(super) fn all_agreed(&self) -> Agreed<'_> {
        self.with_agreed(&self.agreed_scores)
    }

    fn with_agreed<'a>(&'a self, scores: &'a [AgreedScore]) -> Agreed<'a> {
        Agreed { plan: &self.plan, scores, declared: &self.declared, locked_at: self.tender.quality_locked_at }
    }

    /// How the answer to one question of one bid stands, judged by what concerns it alone.
    pub(super) fn with_answer<T>(&self, bid: &Read, question: &str, judge: impl FnOnce(&Answer<'_>) -> T) -> Result<T, Fault> {
        let given = |one: &BidScore| {
            Ok::<_, Fault>(GivenScore {
                bid: one.opened_bid_id,
                question: one.question.clone(),
                by: one.person_id,
                score: points(one.score)?,
            })
        };
        let key = (bid.row.id, question.to_owned());
        let scores = self.scores.get(&key).into_iter().flatten().map(given).collect::<Result<Vec<_>, _>>()?;
        let agreed = self.with_agreed(self.agreed_score(bid.row.id, question).map_or(&[], std::slice::from_ref));
        Ok(judge(&Answer { agreed, lot: &bid.row.lot, bid: bid.row.id, question, scores: &scores }))
    }

    fn agreed_score(&self, bid: OpenedBidId, question: &str) -> Option<&AgreedScore> {
        let place = self.agreed_scores.binary_search_by(|one| (one.bid, one.question.as_str()).cmp(&(bid, question)));
        place.ok().and_then(|place| self.agreed_scores.get(place))
    }

    /// What was agreed about an answer, if it counts; whether something was agreed that counts no more.
    pub(super) fn agreed_on(&self, bid: OpenedBidId, question: &str) -> (Option<&BidModeration>, bool) {
        let Some(score) = self.agreed_score(bid, question) else { return (None, false) };
        if self.all_agreed().counts(score) { (self.agreed.get(&(bid, question.to_owned())), false) } else { (None, true) }
    }

    /// The scores of an answer that count.
    pub(super) fn standing_scores(&self, bid: OpenedBidId, question: &str) -> impl Iterator<Item = &BidScore> {
        let given = self.scores.get(&(bid, question.to_owned())).into_iter().flatten();
        given.filter(|score| !has_conflict(score.person_id, &self.declared))
    }

    /// The conflicts of interest that touch what is scored, each with what was declared, how much it touches, and how it was dealt with.
    pub(super) fn late_conflicts(&self) -> Vec<(&ConflictDeclaration, usize, Option<&ConflictSettlement>)> {
        let found = self.all_agreed().late_conflicts().into_iter().filter_map(|late| {
            let declaration = self.declarations.iter().find(|one| one.person_id == late.person)?;
            Some((declaration, late.touched, self.settlements.iter().find(|one| one.declaration_id == declaration.id)))
        });
        found.collect()
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
        self.find(bid).map(|one| one.row.provider_id)
    }

    /// The lot of a bid, and the name of one of its services.
    pub(super) fn service_of(&self, bid: OpenedBidId, service: ServiceId) -> Option<(String, String)> {
        let bid = self.find(bid)?;
        let named = bid.quality.services.iter().find(|one| one.service == service)?;
        Some((bid.row.lot.clone(), named.name.clone()))
    }

    pub(super) fn are_prices_open(&self) -> bool {
        !self.bids.is_empty() && self.bids.iter().all(|bid| bid.price.is_some())
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

pub(super) fn points(score: i64) -> Result<u32, Fault> {
    u32::try_from(score).map_err(|error| Fault::inconsistent("bid_score.score", error))
}

async fn read_bids(reads: &mut impl Reads, tender: TenderId) -> Result<Vec<Read>, Failure> {
    let mut known: BTreeMap<OrganisationId, Vec<Service>> = BTreeMap::new();
    for service in of_bidders(reads, tender).await? {
        known.entry(service.org_id).or_default().push(service);
    }
    let mut bids = Vec::new();
    for row in opened(reads, tender).await? {
        let (quality, price) = (row.quality()?, row.price()?);
        let register = known.get(&row.provider_id).into_iter().flatten().map(|one| RegisteredService {
            service: one.id,
            kind: one.kind,
            rating: one.rating,
            is_registered: one.status != ServiceStanding::Removed,
            is_bidders_own: one.org_id == row.provider_id,
            point: facts::point(one),
        });
        bids.push(Read { register: register.collect(), row, quality, price });
    }
    Ok(bids)
}

/// An agreed score as the rules see it. Where nobody kept on whose scores it rests, it rests on all that were given.
fn agreed_score(row: &BidModeration, given: Option<&Vec<BidScore>>) -> Result<AgreedScore, Fault> {
    let all = || given.into_iter().flatten().map(|score| score.person_id).collect();
    Ok(AgreedScore {
        bid: row.opened_bid_id,
        question: row.question.clone(),
        agreed: points(row.agreed)?,
        rests_on: row.rests_on()?.unwrap_or_else(all),
        written_by: row.agreed_by,
    })
}
