//! Everything on record about the evaluation of a tender, read once: whoever scores, agrees, ranks or awards judges by it.

use std::collections::BTreeMap;

use domain::access::Action;
use domain::calendar::Day;
use domain::ids::{OpenedBidId, OrganisationId, PersonId, ServiceId, TenderId};
use domain::people::Caller;
use domain::procurement::bid::{PriceEnvelope, QualityEnvelope};
use domain::procurement::compliance::{RegisteredService, Terms, in_words, judge_services};
use domain::procurement::evaluation::{
    AgreedScore, Answer, BidToScore, Declared, EvaluationRefusal, GivenScore, NamedEvaluator, may_see_bids,
};
use domain::procurement::plan::TenderPlan;
use domain::procurement::ranking::{Inputs, OpenBid};
use domain::procurement::tender::TenderRefusal;
use store::market::service::{Service, ServiceStatus, of_bidders};
use store::procurement::bid::{OpenedBid, opened};
use store::procurement::evaluation::{
    BidModeration, BidScore, ConflictDeclaration, Evaluator, declarations_of, evaluators_of, moderations_of, scores_of,
};
use store::procurement::tender::{Tender, addenda_of};
use store::{Fault, Reads, Tx};

use crate::Failure;

/// A bid with what it says.
#[derive(Debug, Clone)]
pub(super) struct Read {
    pub(super) row: OpenedBid,
    pub(super) quality: QualityEnvelope,
    price: Option<PriceEnvelope>,
    register: Vec<RegisteredService>,
}

/// Everything on record about the evaluation of a tender.
pub(super) struct Desk {
    pub(super) tender: Tender,
    pub(super) plan: TenderPlan,
    addenda: u32,
    pub(super) evaluators: Vec<Evaluator>,
    pub(super) declarations: Vec<ConflictDeclaration>,
    pub(super) bids: Vec<Read>,
    /// By bid and question.
    pub(super) scores: BTreeMap<(OpenedBidId, String), Vec<BidScore>>,
    pub(super) agreed: BTreeMap<(OpenedBidId, String), BidModeration>,
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
    pub(super) async fn open(tx: &mut Tx, tender: TenderId) -> Result<Self, Failure> {
        let desk = Self::read(tx, tender).await?;
        if desk.tender.is_cancelled() { Err(Failure::refused(TenderRefusal::Cancelled)) } else { Ok(desk) }
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
        let declared = self.declarations.iter().map(|one| Declared { person: one.person_id, has_conflict: one.has_conflict });
        may_see_bids(caller.person, &named.chain(managing).collect::<Vec<_>>(), &declared.collect::<Vec<_>>())
    }

    fn terms<'a>(&'a self, lot: &'a str) -> Terms<'a> {
        Terms { plan: &self.plan, lot, addenda: self.addenda, closed_on: Day::in_uk(self.tender.deadline) }
    }

    pub(super) fn is_locked(&self) -> bool {
        self.tender.quality_locked_at.is_some()
    }

    pub(super) fn bid(&self, bid: OpenedBidId) -> Result<&Read, Failure> {
        self.bids.iter().find(|one| one.row.id == bid).ok_or_else(Failure::absent)
    }

    /// The faults of each service of a bid by what the quality envelope and the register show.
    pub(super) fn judged(&self, bid: &Read) -> Vec<(ServiceId, String, String)> {
        let judged = judge_services(self.terms(&bid.row.lot), &bid.quality, &bid.register);
        judged.into_iter().map(|one| (one.service, one.name, in_words(&one.faults))).collect()
    }

    pub(super) fn to_score(&self) -> Vec<BidToScore> {
        let goes_on = |bid: &Read| self.judged(bid).iter().any(|(_, _, faults)| faults.is_empty());
        self.bids.iter().map(|bid| BidToScore { bid: bid.row.id, lot: bid.row.lot.clone(), goes_on: goes_on(bid) }).collect()
    }

    pub(super) fn all_agreed(&self) -> Result<Vec<AgreedScore>, Fault> {
        let agreed =
            |one: &BidModeration| Ok(AgreedScore { bid: one.opened_bid_id, question: one.question.clone(), agreed: points(one.agreed)? });
        self.agreed.values().map(agreed).collect()
    }

    /// How the answer to one question of one bid stands, judged by what concerns it alone.
    pub(super) fn with_answer<T>(&self, bid: &Read, question: &str, judge: impl FnOnce(&Answer<'_>) -> T) -> Result<T, Fault> {
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
