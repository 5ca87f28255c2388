//! A bid while it is written: one for each lot, sealed under its bidder's key, kept page by page as typed.

use domain::access::{Action, Relation};
use domain::calendar::{Day, Instant};
use domain::consortium::framework::Lot;
use domain::ids::{BidId, BidderFileId, OrganisationId, ServiceId, SubmissionId, TenderId};
use domain::people::Caller;
use domain::procurement::bid::{BidAnswer, BidFile, BidService, PriceEnvelope, QualityEnvelope};
use domain::procurement::bid_draft::{Against, Draft, Missing, Profile, TypedPrice, complete};
use domain::procurement::plan::TenderPlan;
use domain::procurement::tender::Phase;
use domain::purchasing::service::ServiceStanding;
use serde::Serialize;
use serde_json::json;
use store::market::service::of_provider;
use store::people::organisation::Organisation;
use store::procurement::bid::{self as bids, Bid};
use store::procurement::tender::{Addendum, Tender, addenda_of};
use store::{Fault, ReadTx, Reads, Threshold, Tx};
use uuid::Uuid;

use super::bidder::{KeptFile, as_bidder, files_of, key_in, key_of, plain, profile_of, read};
use super::exercise::{bidders_on, may_bid, places_of};
use super::organisation_key::{OrganisationKey, Place};
use crate::people::sealing::SecretsKeys;
use crate::{Command, Failure, Nearhome, Query, ask, perform};

/// What one page of a bid gives. Each takes the place of what that page gave before and leaves the rest as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// The homes or branches with which it bids.
    Services(Vec<ServiceId>),
    /// What is confirmed: each declaration in its order, and the last addendum that was read.
    Declarations(Vec<bool>, u32),
    /// Answers; other questions keep theirs.
    Answers(Vec<BidAnswer>),
    /// Every price.
    Prices(Vec<TypedPrice>),
    /// The files of this bid.
    Files(Vec<BidderFileId>),
}

impl Part {
    fn put(&self, draft: &mut Draft) {
        match self {
            Self::Services(services) => draft.services.clone_from(services),
            Self::Declarations(declared, addenda) => (draft.declared, draft.addenda_read) = (declared.clone(), *addenda),
            Self::Answers(answers) => {
                draft.answers.retain(|old| answers.iter().all(|new| new.question != old.question));
                draft.answers.extend(answers.iter().cloned());
            }
            Self::Prices(prices) => draft.prices.clone_from(prices),
            Self::Files(files) => draft.files.clone_from(files),
        }
    }

    /// What the record is told: which page, never what is on it.
    fn name(&self) -> &'static str {
        match self {
            Self::Services(_) => "services",
            Self::Declarations(..) => "declarations",
            Self::Answers(_) => "answers",
            Self::Prices(_) => "prices",
            Self::Files(_) => "files",
        }
    }
}

/// The tender, if it is published, and its plan. A bidder sees no other.
pub(super) async fn published(reads: &mut impl Reads, tender: TenderId) -> Result<Option<Tender>, Fault> {
    Ok(reads.find::<Tender>(tender).await?.filter(|tender| tender.published_at.is_some()))
}

/// How somebody stands to the bids that they may make for a tender.
pub(super) async fn stands_to_bids(reads: &mut impl Reads, caller: &Caller, tender: TenderId) -> Result<Option<Relation>, Failure> {
    match published(reads, tender).await? {
        Some(tender) if may_bid(reads, &tender, caller.organisation).await? => Ok(as_bidder(caller)),
        Some(_) | None => Ok(None),
    }
}

pub(super) fn lot_of<'p>(plan: &'p TenderPlan, lot: &str) -> Result<&'p Lot, Failure> {
    plan.lot(lot).ok_or_else(Failure::absent)
}

/// The bidder's homes or branches of the kind that is bought, as the provider file has them today; in an exercise those with a place on
/// its lots on a day.
pub(super) async fn services_of(
    reads: &mut impl Reads,
    bidder: OrganisationId,
    plan: &TenderPlan,
    on: Day,
) -> Result<Vec<BidService>, Fault> {
    let mut services = of_provider(reads, bidder).await?;
    if plan.exercise.is_some() {
        let placed = places_of(reads, plan, bidder, on).await?;
        services.retain(|service| placed.iter().any(|(known, _)| known.id == service.id));
    }
    let fitting = services.into_iter().filter(|one| one.kind == plan.framework.service && one.status != ServiceStanding::Removed);
    Ok(fitting.map(|one| BidService { service: one.id, urn: one.urn, name: one.name, rating: one.rating }).collect())
}

/// What a bid for one lot holds so far, from everywhere.
pub(super) struct Written {
    pub(super) plan: TenderPlan,
    pub(super) profile: Profile,
    pub(super) draft: Draft,
    pub(super) files: Vec<(BidderFileId, KeptFile)>,
    pub(super) services: Vec<BidService>,
    pub(super) addenda: Vec<Addendum>,
}

impl Written {
    /// Reads it. Before the bidder wrote anything, there is no key and nothing to read.
    pub(super) async fn read(
        reads: &mut impl Reads,
        key: Option<&OrganisationKey>,
        bidder: OrganisationId,
        tender: &Tender,
        bid: Option<&Bid>,
    ) -> Result<Self, Failure> {
        let plan = tender.plan()?;
        let on = bidders_on(reads, tender, &plan).await?;
        let services = services_of(reads, bidder, &plan, on).await?;
        let addenda = addenda_of(reads, tender.id).await?;
        let Some(key) = key else {
            return Ok(Self { plan, services, addenda, profile: Profile::default(), draft: Draft::default(), files: Vec::new() });
        };
        let draft = bid.map(|bid| draft_of(key, bid)).transpose()?.unwrap_or_default();
        let (profile, files) = (profile_of(reads, key, bidder).await?, files_of(reads, key, bidder).await?);
        Ok(Self { plan, profile, draft, files, services, addenda })
    }

    /// Weighs what is written against the tender, as on this day.
    pub(super) fn weighed<T>(
        &self,
        lot: &str,
        on: Day,
        weigh: impl FnOnce(&Profile, &Draft, &Against<'_>) -> Result<T, Vec<Missing>>,
    ) -> Result<Result<T, Vec<Missing>>, Failure> {
        let files: Vec<(BidderFileId, BidFile)> = self.files.iter().map(|(id, kept)| (*id, kept.file.clone())).collect();
        let addenda = self.addenda.last().map_or(Ok(0), |last| u32::try_from(last.number));
        let addenda = addenda.map_err(|error| Fault::inconsistent("tender_addendum.number", error))?;
        let lot = lot_of(&self.plan, lot)?;
        let against = Against { plan: &self.plan, lot, services: &self.services, files: &files, addenda, on };
        Ok(weigh(&self.profile, &self.draft, &against))
    }
}

pub(super) fn draft_of(key: &OrganisationKey, bid: &Bid) -> Result<Draft, Fault> {
    read(&key.unseal(Place::Draft, bid.id.0, &bid.draft)?, "bid.draft")
}

/// Keeps one page of a bid, as typed. After the deadline nothing is taken any more.
///
/// # Errors
/// [`Failure::Refused`] with the deadline; [`Failure::absent`] for a lot or tender that is not there.
pub async fn save(nearhome: &Nearhome, caller: &Caller, tender: TenderId, lot: &str, part: Part) -> Result<BidId, Failure> {
    let keys = nearhome.secrets()?.clone();
    perform(nearhome, caller, Uuid::nil(), &SaveBid { tender, lot: lot.to_owned(), part, keys }).await
}

#[derive(Serialize)]
struct SaveBid {
    tender: TenderId,
    lot: String,
    #[serde(skip)]
    part: Part,
    #[serde(skip)]
    keys: SecretsKeys,
}

impl Command for SaveBid {
    const ACTION: Action = Action::WriteBid;
    const IS_REPEATABLE: bool = false;
    const IS_TIMED_BY_DATABASE: bool = true;
    type Answer = BidId;

    async fn relation(&self, threshold: &mut Threshold, caller: &Caller) -> Result<Option<Relation>, Failure> {
        stands_to_bids(threshold, caller, self.tender).await
    }

    async fn run(&self, tx: &mut Tx) -> Result<BidId, Failure> {
        let tender: Tender = tx.get(self.tender).await?;
        lot_of(&tender.plan()?, &self.lot)?;
        tender.timetable().takes_bids(tender.is_cancelled(), tx.at()).map_err(Failure::refused)?;
        let key = key_in(tx, &self.keys).await?;
        let org_id = tx.caller().organisation;
        let told = json!({ "shape": 1, "lot": self.lot, "page": self.part.name() });
        if let Some(mut bid) = bids::of_lot(tx, org_id, self.tender, &self.lot).await? {
            let mut draft = draft_of(&key, &bid)?;
            self.part.put(&mut draft);
            (bid.draft, bid.saved_at) = (key.seal(Place::Draft, bid.id.0, &plain(&draft)?)?, tx.at());
            tx.update(&mut bid, &told).await?;
            return Ok(bid.id);
        }
        let mut draft = Draft::default();
        self.part.put(&mut draft);
        let id = BidId(tx.new_id());
        let draft = key.seal(Place::Draft, id.0, &plain(&draft)?)?;
        let (tender_id, lot) = (self.tender, self.lot.clone());
        let bid = Bid { id, version: 1, org_id, tender_id, lot, draft, saved_at: tx.at(), withdrawn_at: None };
        tx.create(&bid, &told).await?;
        Ok(id)
    }
}

/// A bid as it was submitted, without what is in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SubmittedLine {
    /// Which.
    pub id: SubmissionId,
    /// The how-manieth for its lot.
    pub number: i64,
    /// When it was taken.
    pub at: Instant,
    /// When it was withdrawn.
    pub withdrawn_at: Option<Instant>,
}

/// What a bidder sees of its bid for one lot.
#[derive(Debug, Clone)]
pub struct BidView {
    /// The tender.
    pub tender: Tender,
    /// What it says.
    pub plan: TenderPlan,
    /// The code of the lot.
    pub lot: String,
    /// Who procures.
    pub council: String,
    /// Where the tender stands.
    pub phase: Phase,
    /// What bidders were told.
    pub addenda: Vec<Addendum>,
    /// What it says about itself.
    pub profile: Profile,
    /// What is written.
    pub draft: Draft,
    /// When something was last written.
    pub saved_at: Option<Instant>,
    /// Its files.
    pub files: Vec<(BidderFileId, KeptFile)>,
    /// Its homes or branches of the kind that is bought.
    pub services: Vec<BidService>,
    /// The two envelopes as they would be sealed now, or what is missing.
    pub complete: Result<(QualityEnvelope, PriceEnvelope), Vec<Missing>>,
    /// All that it submitted for this lot, in order; the last stands unless it was withdrawn.
    pub submitted: Vec<SubmittedLine>,
}

impl BidView {
    /// The bid that stands.
    #[must_use]
    pub fn standing(&self) -> Option<&SubmittedLine> {
        self.submitted.last().filter(|last| last.withdrawn_at.is_none())
    }

    /// Whether something was written since the bid that stands.
    #[must_use]
    pub fn is_changed_since(&self) -> bool {
        self.standing().is_some_and(|standing| self.saved_at.is_some_and(|saved| saved > standing.at))
    }
}

/// The caller's bid for one lot, written or not.
///
/// # Errors
/// [`Failure::absent`] for a tender that is not published or a lot that it does not have.
pub async fn see(nearhome: &Nearhome, caller: &Caller, tender: TenderId, lot: &str) -> Result<BidView, Failure> {
    let keys = nearhome.secrets()?.clone();
    ask(nearhome, caller, &SeeBid { tender, lot: lot.to_owned(), now: nearhome.now(), keys }).await
}

struct SeeBid {
    tender: TenderId,
    lot: String,
    now: Instant,
    keys: SecretsKeys,
}

impl Query for SeeBid {
    const ACTION: Action = Action::SeeOwnBids;
    type Answer = BidView;

    async fn relation(&self, reads: &mut ReadTx, caller: &Caller) -> Result<Option<Relation>, Failure> {
        stands_to_bids(reads, caller, self.tender).await
    }

    async fn run(&self, reads: &mut ReadTx, caller: &Caller) -> Result<BidView, Failure> {
        let bidder = caller.organisation;
        let tender: Tender = reads.get(self.tender).await?;
        let council: Organisation = reads.get(tender.org_id).await?;
        let key = key_of(reads, &self.keys, bidder).await?;
        let bid = bids::of_lot(reads, bidder, tender.id, &self.lot).await?;
        let written = Written::read(reads, key.as_ref(), bidder, &tender, bid.as_ref()).await?;
        let complete = written.weighed(&self.lot, Day::in_uk(self.now), complete)?;
        let submitted = bids::submitted_by(reads, bidder, tender.id).await?;
        let line =
            |one: &bids::Submission| SubmittedLine { id: one.id, number: one.number, at: one.submitted_at, withdrawn_at: one.withdrawn_at };
        let Written { plan, profile, draft, files, services, addenda } = written;
        Ok(BidView {
            submitted: submitted.iter().filter(|one| one.lot == self.lot).map(line).collect(),
            phase: tender.phase(self.now),
            saved_at: bid.map(|bid| bid.saved_at),
            lot: self.lot.clone(),
            council: council.name,
            tender,
            plan,
            addenda,
            profile,
            draft,
            files,
            services,
            complete,
        })
    }
}

/// Where the caller's bid for one lot stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LotLine {
    /// The code of the lot.
    pub lot: String,
    /// Its name.
    pub name: String,
    /// When something was last written for it.
    pub saved_at: Option<Instant>,
    /// The last bid that was submitted.
    pub submitted: Option<SubmittedLine>,
}

/// The lots of a tender, each with where the caller's bid stands. What is written is not opened for it.
#[derive(Debug, Clone, Copy)]
pub struct ListOwnBids {
    /// The tender.
    pub tender: TenderId,
}

impl Query for ListOwnBids {
    const ACTION: Action = Action::SeeOwnBids;
    type Answer = Vec<LotLine>;

    async fn relation(&self, reads: &mut ReadTx, caller: &Caller) -> Result<Option<Relation>, Failure> {
        stands_to_bids(reads, caller, self.tender).await
    }

    async fn run(&self, reads: &mut ReadTx, caller: &Caller) -> Result<Vec<LotLine>, Failure> {
        let bidder = caller.organisation;
        let plan = reads.get::<Tender>(self.tender).await?.plan()?;
        let written = bids::of_provider(reads, bidder).await?;
        let submitted = bids::submitted_by(reads, bidder, self.tender).await?;
        let line = |lot: &Lot| LotLine {
            lot: lot.code.clone(),
            name: lot.name.clone(),
            saved_at: written.iter().find(|bid| bid.tender_id == self.tender && bid.lot == lot.code).map(|bid| bid.saved_at),
            submitted: submitted.iter().rfind(|one| one.lot == lot.code).map(|one| SubmittedLine {
                id: one.id,
                number: one.number,
                at: one.submitted_at,
                withdrawn_at: one.withdrawn_at,
            }),
        };
        Ok(plan.framework.lots.iter().map(line).collect())
    }
}
