//! Random walks through the use cases from opened prices to signed agreements: what comes next, by whom and when, is drawn. What the walk
//! itself saw happen says what must be refused and what must not, in other words than the rules of `domain` do.

use std::collections::BTreeSet;

use domain::access::{Action, could};
use domain::calendar::Day;
use domain::consortium::CouncilCode;
use domain::ids::{ChallengeId, ConflictDeclarationId, DecisionId, FrameworkContractId, OrganisationId, PersonId, ReferralId, TenderId};
use domain::pence::Pence;
use domain::people::{Caller, Role};
use domain::procurement::bid::Envelope;
use service::governance::decision::{AgreeAsPartner, ListDecisions, RecordConsultation, RevokeDecision};
use service::governance::inter_authority::{ListCouncilsAgreements, SignCouncilsAgreement};
use service::procurement::award::{AwardFramework, RecordAwardNotice};
use service::procurement::challenge::{ChallengeKind, CloseChallenge, RaiseChallenge};
use service::procurement::conflict::{DeclareConflict, SettleConflict};
use service::procurement::outcome::RecordOutcomes;
use service::procurement::result::SendSummaries;
use service::procurement::signature::{CountersignFramework, SignFrameworkForProvider};
use service::procurement::tender::CancelTender;
use service::purchasing::agreement::IssueAgreement;
use service::{Command, ask};
use store::market::service::admissions_under;
use store::people::organisation::council_by_code;
use store::procurement::award::contracts_of;
use testkit::awarding::director;
use testkit::bidding::{Typed, submitted, written};
use testkit::case::{self, does};
use testkit::evaluating::{judged, opens};
use testkit::proof::{progress, rounds, seed};
use testkit::tendering::published;
use testkit::world::{HOME_CATEGORY, World, undecided_world};
use testkit::{Dice, Engine, TestDatabase};

use crate::evaluating::at_the_maximum;

const FRAMEWORK: &str = "CCS072";
const HOLDER: &str = "Portfolio Holder for Early Intervention and Early Years";
const PARTNERS: [&str; 3] = ["E06000015", "E10000007", "E10000024"];
/// Section 51 of the Procurement Act 2023, and the voluntary standstill of the sample tender.
const STANDSTILL: usize = 8;
/// What the framework publishes as its highest price in the category of the bids.
const MAXIMUM: Pence = Pence(680_000);
const ACTS: usize = 150;

/// What may come next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Move {
    Decide,
    Consult,
    Agree,
    Revoke,
    Award,
    Tell,
    Publish,
    Raise,
    Close,
    Conflict,
    Settle,
    SignForProvider,
    Countersign,
    SignBetweenCouncils,
    CallOff,
    GiveUp,
    Wait,
}

/// Each with how often it comes beside the others, so that walks come far enough to do harm. The two that end most of what can happen come
/// late if at all.
const MOVES: [(Move, usize); 17] = [
    (Move::Decide, 8),
    (Move::Consult, 6),
    (Move::Agree, 12),
    (Move::Revoke, 1),
    (Move::Award, 8),
    (Move::Tell, 6),
    (Move::Publish, 6),
    (Move::Raise, 2),
    (Move::Close, 6),
    (Move::Conflict, 2),
    (Move::Settle, 6),
    (Move::SignForProvider, 6),
    (Move::Countersign, 6),
    (Move::SignBetweenCouncils, 4),
    (Move::CallOff, 4),
    (Move::GiveUp, 1),
    (Move::Wait, 8),
];

/// What the walk saw happen.
#[derive(Debug, Default)]
struct Seen {
    /// What was taken at least once; between the councils, by the council that procures.
    done: BTreeSet<Move>,
    agreed: BTreeSet<&'static str>,
    open: Vec<ChallengeId>,
    conflicted: Vec<PersonId>,
    unsettled: Vec<ConflictDeclarationId>,
    notice: Option<Day>,
    /// What was drawn, for whoever reads a failure.
    history: Vec<String>,
}

impl Seen {
    fn has(&self, what: Move) -> bool {
        self.done.contains(&what)
    }

    fn note(&mut self, what: Move, is_done: bool) {
        if is_done {
            self.done.insert(what);
        }
    }

    /// Nothing that is open, unsettled or given up stands in the way.
    fn is_clear(&self) -> bool {
        self.open.is_empty() && self.unsettled.is_empty() && !self.has(Move::GiveUp)
    }

    /// So many working days have passed since the notice, its own day among them.
    fn has_waited(&self, today: Day) -> bool {
        let Some(mut day) = self.notice else { return false };
        let mut waited = 0;
        while day < today {
            waited += usize::from(day.is_working_day());
            day = day.plus_days(1);
        }
        waited >= STANDSTILL
    }
}

struct Walk {
    world: World,
    dice: Dice,
    director: Caller,
    tender: TenderId,
    decision: DecisionId,
    referral: ReferralId,
    partners: Vec<(&'static str, OrganisationId)>,
    /// Nobody acts but whoever it is for.
    is_straight: bool,
    seen: Seen,
}

/// Three open bids: two sound ones, and one whose price equals the maximum. With one supplier alone nothing could be awarded.
async fn bidden(world: &mut World) -> TenderId {
    let tender = published(world).await;
    let (rowan, _) = world.add_provider("Rowan Homes", "1234570", HOME_CATEGORY).await;
    let (larch, larch_home) = world.add_provider("Larch Homes", "1234571", HOME_CATEGORY).await;
    for (provider, name, weekly) in
        [(world.provider, "Hazel Bank Care", "4,750.00"), (rowan, "Rowan Homes", "4,900.00"), (larch, "Larch Homes", "4,100.00")]
    {
        let typed = Typed { name: name.to_owned(), ..Typed::at(weekly) };
        if provider == larch {
            written(world, provider, tender, "R1", &typed).await;
        } else {
            submitted(world, provider, tender, "R1", &typed).await;
        }
    }
    at_the_maximum(world, tender, larch, larch_home).await;
    world.clock.set("2027-02-26T12:30:00Z");
    opens(world, tender, Envelope::Quality).await;
    tender
}

impl Walk {
    async fn begin(database: TestDatabase, seed: u64) -> Self {
        let mut world = undecided_world(database).await;
        world.decide().await;
        let director = director(&world).await;
        let tender = bidden(&mut world).await;
        judged(&world, tender, 4).await;
        // A child of the council whose place needs nothing more than the agreement.
        case::ready(&world, 90_000_000).await;
        let referral = case::approved(&world, 1, "5,600.00").await;
        let decision = ask(&world.nearhome, &director, &ListDecisions).await.unwrap()[0].id;
        let mut reads = world.database.db.begin_read(&domain::access::worker()).await.unwrap();
        let mut partners = Vec::new();
        for code in PARTNERS {
            partners.push((code, council_by_code(&mut reads, code).await.unwrap().unwrap().id));
        }
        drop(reads);
        Self { dice: Dice::new(seed), director, tender, decision, referral, partners, is_straight: false, seen: Seen::default(), world }
    }

    /// Mostly whoever it is for, else anybody.
    fn by(&self, usual: &Caller) -> Caller {
        if self.is_straight || self.dice.happens(80) { usual.clone() } else { self.dice.of(self.world.everybody()).clone() }
    }

    fn by_role(&self, usual: Role) -> Caller {
        self.by(&self.world.as_role(usual))
    }

    /// Acts, and says whether it was taken.
    async fn tries<C: Command>(&mut self, who: &Caller, command: &C) -> Option<C::Answer> {
        let outcome = does(&self.world, who, command).await;
        let told = outcome.as_ref().err().map_or_else(|| "done".to_owned(), ToString::to_string);
        self.seen.history.push(format!("{} {:?}: {told}", self.world.today(), who.role));
        outcome.ok()
    }

    /// An act that is taken exactly when the walk says that it may be.
    async fn tests<C: Command>(&mut self, who: &Caller, command: &C, may: bool) -> bool {
        let is_done = self.tries(who, command).await.is_some();
        assert_eq!(is_done, may, "{}, after\n{}", std::any::type_name::<C>(), self.seen.history.join("\n"));
        is_done
    }

    fn is_of_council(&self, who: &Caller, action: Action) -> bool {
        who.organisation == self.world.council && could(who.role, action)
    }

    fn draws(&self) -> Move {
        let mut at = self.dice.below(MOVES.iter().map(|(_, often)| often).sum());
        let drawn = MOVES.iter().find(|(_, often)| {
            let is_it = at < *often;
            at = at.saturating_sub(*often);
            is_it
        });
        drawn.unwrap().0
    }

    /// Goes straight on to where both sides can sign, each act by whoever it is for.
    async fn goes_ahead(&mut self) {
        self.is_straight = true;
        for next in [Move::Decide, Move::Consult] {
            self.takes(next).await;
        }
        while self.seen.agreed.len() < PARTNERS.len() {
            self.takes(Move::Agree).await;
        }
        for next in [Move::Award, Move::Tell, Move::Publish] {
            self.takes(next).await;
        }
        while !self.seen.has_waited(self.world.today()) {
            self.takes(Move::Wait).await;
        }
        self.is_straight = false;
    }

    async fn takes(&mut self, drawn: Move) {
        self.seen.history.push(format!("{drawn:?}"));
        match drawn {
            Move::Decide => self.decides().await,
            Move::Consult => self.consults().await,
            Move::Agree => self.agrees().await,
            Move::Revoke => self.revokes().await,
            Move::SignBetweenCouncils => self.signs_between_councils().await,
            Move::Award => self.awards().await,
            Move::Tell => self.tells().await,
            Move::Publish => self.publishes().await,
            Move::Raise => self.raises().await,
            Move::Close => self.closes().await,
            Move::Conflict => self.declares().await,
            Move::Settle => self.settles().await,
            Move::SignForProvider => self.signs_for_provider().await,
            Move::Countersign => self.countersigns().await,
            Move::CallOff => self.calls_off().await,
            Move::GiveUp => self.gives_up().await,
            Move::Wait => {
                let days = self.dice.below(4).try_into().unwrap();
                self.world.clock.forward(chrono::Duration::days(days));
            }
        }
        self.holds().await;
    }

    async fn decides(&mut self) {
        let who = self.by_role(Role::ContractOfficer);
        let decides = RecordOutcomes { tender: self.tender, rejected: Vec::new() };
        let is_done = self.tries(&who, &decides).await.is_some();
        let may = self.is_of_council(&who, RecordOutcomes::ACTION) && !self.seen.has(Move::Award) && !self.seen.has(Move::GiveUp);
        assert!(!is_done || may, "{}", self.seen.history.join("\n"));
        self.seen.note(Move::Decide, is_done);
    }

    async fn awards(&mut self) {
        let who = self.by(&self.director.clone());
        let may = who.person == self.director.person
            && self.seen.has(Move::Decide)
            && self.seen.has(Move::Consult)
            && self.seen.agreed.len() == PARTNERS.len()
            && self.seen.is_clear()
            && !self.seen.has(Move::Revoke)
            && !self.seen.has(Move::Award);
        let is_done = self.tests(&who, &AwardFramework { tender: self.tender }, may).await;
        self.seen.note(Move::Award, is_done);
    }

    async fn tells(&mut self) {
        let who = self.by_role(Role::ContractOfficer);
        let may = self.is_of_council(&who, SendSummaries::ACTION) && self.seen.has(Move::Award);
        let may = may && !self.seen.has(Move::Tell) && !self.seen.has(Move::GiveUp);
        let is_done = self.tests(&who, &SendSummaries { tender: self.tender }, may).await;
        self.seen.note(Move::Tell, is_done);
    }

    async fn publishes(&mut self) {
        let who = self.by_role(Role::ContractOfficer);
        let may = self.is_of_council(&who, RecordAwardNotice::ACTION) && self.seen.has(Move::Tell);
        let may = may && self.seen.notice.is_none() && !self.seen.has(Move::GiveUp);
        if self.tests(&who, &RecordAwardNotice { tender: self.tender }, may).await {
            self.seen.notice = Some(self.world.today());
        }
    }

    async fn gives_up(&mut self) {
        let who = self.by_role(Role::ContractOfficer);
        let gives_up = CancelTender { tender: self.tender, reason: "The need is gone".to_owned() };
        let is_done = self.tries(&who, &gives_up).await.is_some();
        assert!(!is_done || !self.seen.has(Move::Countersign), "what binds is not given up");
        self.seen.note(Move::GiveUp, is_done);
    }

    async fn consults(&mut self) {
        let (decision, about, said_on) = (self.decision, FRAMEWORK.to_owned(), self.world.today());
        let who = self.by_role(Role::ContractOfficer);
        let consults = RecordConsultation { decision, about, who: HOLDER.to_owned(), said: "Agrees".to_owned(), said_on };
        let is_done = self.tries(&who, &consults).await.is_some();
        self.seen.note(Move::Consult, is_done);
    }

    async fn agrees(&mut self) {
        let (decision, about, said_on) = (self.decision, FRAMEWORK.to_owned(), self.world.today());
        let (code, theirs) = *self.dice.of(&self.partners);
        let council = CouncilCode(code.to_owned());
        let who = self.by(&self.world.of(theirs, Role::ContractOfficer));
        let agrees = AgreeAsPartner { decision, about, council, said: "Agrees".to_owned(), said_on };
        if self.tries(&who, &agrees).await.is_some() {
            assert_eq!(who.organisation, theirs, "a council's agreement is its own to give");
            self.seen.agreed.insert(code);
        }
    }

    async fn revokes(&mut self) {
        let who = self.by_role(Role::ContractOfficer);
        let ends = RevokeDecision { decision: self.decision, version: 1, reason: "Replaced".to_owned(), followed_by: None };
        let is_done = self.tries(&who, &ends).await.is_some();
        self.seen.note(Move::Revoke, is_done);
    }

    async fn signs_between_councils(&mut self) {
        let who = self.by_role(Role::HeadOfContracting);
        let agreement = ask(&self.world.nearhome, &self.director, &ListCouncilsAgreements).await.unwrap()[0].id;
        let is_done = self.tries(&who, &SignCouncilsAgreement { agreement }).await.is_some();
        self.seen.note(Move::SignBetweenCouncils, is_done && who.organisation == self.world.council);
    }

    async fn raises(&mut self) {
        if self.seen.open.len() < 2 {
            let who = self.by_role(Role::ContractOfficer);
            let kind = *self.dice.of(&[ChallengeKind::Challenge, ChallengeKind::Complaint]);
            let challenge = RaiseChallenge { tender: self.tender, kind, about: "The scores".to_owned() };
            let raised = self.tries(&who, &challenge).await;
            self.seen.open.extend(raised);
        }
    }

    async fn closes(&mut self) {
        let Some(challenge) = self.seen.open.last().copied() else { return };
        let who = self.by_role(Role::ContractOfficer);
        let closes = CloseChallenge { tender: self.tender, challenge, outcome: "Explained".to_owned() };
        if self.tries(&who, &closes).await.is_some() {
            self.seen.open.pop();
        }
    }

    /// Each of the two on whom the scores rest once in a walk.
    async fn declares(&mut self) {
        let both = [self.world.as_role(Role::PlacementOfficer), self.world.of_other_council(Role::HeadOfService)];
        let who = self.dice.of(&both).clone();
        let declares = DeclareConflict { tender: self.tender, has_conflict: true, words: "My sister works there".to_owned() };
        if !self.seen.conflicted.contains(&who.person)
            && let Some(declared) = self.tries(&who, &declares).await
        {
            self.seen.conflicted.push(who.person);
            self.seen.unsettled.push(declared);
        }
    }

    async fn settles(&mut self) {
        let Some(declaration) = self.seen.unsettled.last().copied() else { return };
        let who = self.by_role(Role::ContractOfficer);
        let settles = SettleConflict { tender: self.tender, declaration, how: "A third person scored".to_owned() };
        if self.tries(&who, &settles).await.is_some() {
            self.seen.unsettled.pop();
        }
    }

    /// Nothing but what the walk saw keeps the two sides from signing.
    fn can_be_signed(&self) -> bool {
        self.seen.has_waited(self.world.today()) && self.seen.open.is_empty() && !self.seen.has(Move::GiveUp)
    }

    async fn signs_for_provider(&mut self) {
        let sign = SignFrameworkForProvider { tender: self.tender };
        let who = self.by_role(Role::ProviderSignatory);
        let can = could(who.role, Action::SignFrameworkForProvider);
        if can && who.organisation != self.world.provider {
            // Another bidder signs an agreement of its own, if it has one.
            let is_done = self.tries(&who, &sign).await.is_some();
            assert!(!is_done || self.can_be_signed(), "{}", self.seen.history.join("\n"));
            return;
        }
        let may = can && self.can_be_signed() && !self.seen.has(Move::SignForProvider);
        // With a conflict unsettled it depends on when that was declared: a provider's signature alone binds nobody.
        let is_done = if self.seen.unsettled.is_empty() {
            self.tests(&who, &sign, may).await
        } else {
            let is_done = self.tries(&who, &sign).await.is_some();
            assert!(!is_done || may, "{}", self.seen.history.join("\n"));
            is_done
        };
        self.seen.note(Move::SignForProvider, is_done);
    }

    async fn countersigns(&mut self) {
        let contract = self.contract().await.unwrap_or(FrameworkContractId(uuid::Uuid::nil()));
        let head = self.world.as_role(Role::HeadOfContracting);
        let who = self.by(&head);
        let may = who.person == head.person && self.can_be_signed() && self.seen.is_clear() && !self.seen.has(Move::Revoke);
        let may = may && self.seen.has(Move::SignForProvider) && !self.seen.has(Move::Countersign);
        let is_done = self.tests(&who, &CountersignFramework { tender: self.tender, contract }, may).await;
        self.seen.note(Move::Countersign, is_done);
    }

    async fn calls_off(&mut self) {
        let who = self.by_role(Role::PlacementOfficer);
        let issue = IssueAgreement { starts_on: self.world.today().plus_days(14), ..case::to_issue(self.referral) };
        let is_done = self.tries(&who, &issue).await.is_some();
        assert!(
            !is_done || self.seen.has(Move::SignBetweenCouncils),
            "called off without its signature, after\n{}",
            self.seen.history.join("\n")
        );
        self.seen.note(Move::CallOff, is_done);
    }

    async fn contract(&self) -> Option<FrameworkContractId> {
        let mut reads = self.world.database.db.begin_read(&domain::access::worker()).await.unwrap();
        let all = contracts_of(&mut reads, self.tender).await.unwrap();
        all.into_iter().find(|row| row.provider_id == self.world.provider).map(|row| row.id)
    }

    /// What stands in the database agrees with what was seen, and nobody is on the framework at the highest price or above it.
    async fn holds(&self) {
        let mut reads = self.world.database.db.begin_read(&domain::access::worker()).await.unwrap();
        let contracts = contracts_of(&mut reads, self.tender).await.unwrap();
        assert_eq!(contracts.len(), if self.seen.has(Move::Award) { 2 } else { 0 }, "two bids could be admitted");
        let signed = contracts.iter().filter(|row| row.council_signed_at.is_some()).count();
        assert_eq!(signed, usize::from(self.seen.has(Move::Countersign)));
        for place in admissions_under(&mut reads, FRAMEWORK).await.unwrap() {
            assert!(place.tendered_max_pence < MAXIMUM, "{place:?}");
        }
    }
}

/// How often the walks came to each end, so that they cannot all stop before anything could go wrong.
#[derive(Debug, Default)]
struct Ends {
    awarded: usize,
    signed: usize,
    called_off: usize,
}

async fn walks(engine: Engine) {
    let count = rounds(10, 200);
    // The same walks in every `make test`; others in every proof.
    let first = if testkit::proof::is_asked_for() { seed() } else { 0 };
    eprintln!("random walks of a procurement: NEARHOME_SEED={first}");
    let (mut ends, mut last) = (Ends::default(), String::new());
    for number in 0..count {
        let Some(database) = TestDatabase::fresh(engine).await else { return };
        let mut walk = Walk::begin(database, first.wrapping_add(number.try_into().unwrap())).await;
        // Half of them begin where the last acts are near, which the others seldom reach.
        if number % 2 == 1 {
            walk.goes_ahead().await;
        }
        for _ in 0..ACTS {
            walk.takes(walk.draws()).await;
        }
        ends.awarded += usize::from(walk.seen.has(Move::Award));
        ends.signed += usize::from(walk.seen.has(Move::Countersign));
        ends.called_off += usize::from(walk.seen.has(Move::CallOff));
        last = walk.seen.history.join("\n");
        progress("walks", number + 1, count);
    }
    assert!(
        ends.awarded > count / 2 && ends.signed > 1 && ends.called_off > 0,
        "the walks did not come far enough to prove anything: {ends:?}, the last one:\n{last}"
    );
    eprintln!("{ends:?}");
}

mod sqlite {
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn no_order_of_acts_awards_signs_admits_or_calls_off_against_the_rules() {
        super::walks(testkit::Engine::Sqlite).await;
    }
}

mod postgres {
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn no_order_of_acts_awards_signs_admits_or_calls_off_against_the_rules() {
        super::walks(testkit::Engine::Postgres).await;
    }
}
