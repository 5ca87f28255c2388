//! Everything that can happen to a framework in whatever order: a walk through every state that the rules let people reach, from the
//! draft of the tender to the end of the framework. What must never be is looked for in each state, by other means than the rules use.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::collections::{HashMap, HashSet, VecDeque};

use domain::calendar::{Day, Instant, TimeOfDay, WhenTwice};
use domain::consortium::CouncilCode;
use domain::consortium::framework::Regime;
use domain::consortium::reaward::OpenFrameworkClock;
use domain::governance::decision::{Decision, GovernedAct};
use domain::governance::delegation::{Actor, Facts, Intent, StandingDecision, may_act};
use domain::ids::{DecisionId, OpenedBidId, PersonId, ServiceId};
use domain::pence::{Pence, WeeklyRate};
use domain::procurement::award::{self, AwardRefusal, Made, Progress, single_supplier_term, standstill_until};
use domain::procurement::bid::Envelope;
use domain::procurement::contract::{Contract, ContractRefusal, Standing};
use domain::procurement::evaluation::{Agreed, AgreedScore, Answer, BidToScore, GivenScore};
use domain::procurement::life::{FrameworkState, Life};
use domain::procurement::opening::refused;
use domain::procurement::plan::{StandstillKind, StandstillRule, TenderPlan};
use domain::procurement::ranking::{Inputs, Line, RankedBid, RankedCategory, Ranking, Weighted, rank};
use domain::procurement::tender::Timetable;
use uuid::Uuid;

const SEED: &str = include_str!("../../../../config/decisions/nottingham-2019-06-11.toml");

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

fn person(number: u8) -> PersonId {
    PersonId(Uuid::from_u128(u128::from(number)))
}

fn at_noon(day: Day) -> Instant {
    day.at(TimeOfDay::of(12, 0).unwrap(), WhenTwice::First).unwrap()
}

/// The director, the head of contracting, somebody who holds both posts, and the provider's signatory.
const DIRECTOR: u8 = 1;
const HEAD: u8 = 2;
const BOTH: u8 = 3;
const SIGNATORY: u8 = 4;

fn posts(of: u8) -> Vec<String> {
    let (director, head) = ("Director of Children’s Integrated Services".to_owned(), "Head of Contracting and Procurement".to_owned());
    match of {
        DIRECTOR => vec![director],
        HEAD => vec![head],
        BOTH => vec![director, head],
        _ => Vec::new(),
    }
}

/// The days that the walk knows. The standstill of three working days from 25 March 2027 lasts over Easter until 31 March.
const DAYS: [&str; 9] =
    ["2027-02-01", "2027-03-01", "2027-03-25", "2027-03-30", "2027-03-31", "2027-04-01", "2027-05-04", "2031-03-31", "2031-04-01"];
const STANDSTILL_OF: [(usize, &str); 9] = [
    (0, "2027-02-03"),
    (1, "2027-03-03"),
    (2, "2027-03-31"),
    (3, "2027-04-01"),
    (4, "2027-04-02"),
    (5, "2027-04-05"),
    (6, "2027-05-06"),
    (7, "2031-04-02"),
    (8, "2031-04-03"),
];
/// The deadline lies between the first and the second of them.
const DEADLINE: &str = "2027-02-26";

/// What became of a bid: not decided, admitted, rejected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Outcome {
    Open,
    Admitted,
    Rejected,
}

/// Everything that has happened, small enough to be compared with every other state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(clippy::struct_excessive_bools, reason = "what happened, each of it once")]
struct State {
    today: usize,
    is_published: bool,
    is_cancelled: bool,
    is_quality_open: bool,
    /// How many people scored the answer of each bid, and the score that was agreed.
    scored: [u8; 2],
    agreed: [Option<u8>; 2],
    is_locked: bool,
    are_prices_open: bool,
    outcomes: [Outcome; 2],
    is_consulted: bool,
    have_partners_agreed: bool,
    has_challenge: bool,
    awarded_by: Option<u8>,
    are_summaries_sent: bool,
    notice: Option<usize>,
    provider_signed: Option<u8>,
    council_signed: Option<(u8, usize)>,
    is_suspended: bool,
    ended: Option<usize>,
    terminated: Option<usize>,
    superseded: Option<usize>,
    /// What was true when it was done, for what must never be.
    was_challenged_at_award: bool,
    was_challenged_at_signature: bool,
}

const START: State = State {
    today: 0,
    is_published: false,
    is_cancelled: false,
    is_quality_open: false,
    scored: [0; 2],
    agreed: [None; 2],
    is_locked: false,
    are_prices_open: false,
    outcomes: [Outcome::Open; 2],
    is_consulted: false,
    have_partners_agreed: false,
    has_challenge: false,
    awarded_by: None,
    are_summaries_sent: false,
    notice: None,
    provider_signed: None,
    council_signed: None,
    is_suspended: false,
    ended: None,
    terminated: None,
    superseded: None,
    was_challenged_at_award: false,
    was_challenged_at_signature: false,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Act {
    Wait,
    Publish,
    Cancel,
    OpenQuality,
    Score(usize),
    Agree(usize, u8),
    Lock,
    OpenPrices,
    Admit(usize),
    Reject(usize),
    Consult,
    PartnersAgree,
    Challenge,
    CloseChallenge,
    Award(u8),
    SendSummaries,
    PublishNotice,
    ProviderSigns(u8),
    CouncilSigns(u8),
    Suspend,
    Lift,
    EndContract,
    Terminate,
    Supersede,
}

fn acts() -> Vec<Act> {
    use Act::{
        Admit, Agree, Award, Cancel, Challenge, CloseChallenge, Consult, CouncilSigns, EndContract, Lift, Lock, OpenPrices, OpenQuality,
        PartnersAgree, ProviderSigns, Publish, PublishNotice, Reject, Score, SendSummaries, Supersede, Suspend, Terminate, Wait,
    };
    let mut acts = vec![Wait, Publish, Cancel, OpenQuality, Lock, OpenPrices, Consult, PartnersAgree, Challenge, CloseChallenge];
    acts.extend([SendSummaries, PublishNotice, Suspend, Lift, EndContract, Terminate, Supersede]);
    acts.extend([0, 1].into_iter().flat_map(|bid| [Score(bid), Agree(bid, 1), Agree(bid, 4), Admit(bid), Reject(bid)]));
    acts.extend([DIRECTOR, HEAD, BOTH].into_iter().flat_map(|who| [Award(who), CouncilSigns(who)]));
    acts.extend([SIGNATORY, HEAD].map(ProviderSigns));
    acts
}

/// What does not change while the walk goes on.
struct Ground {
    plan: TenderPlan,
    decisions: Vec<StandingDecision>,
    days: Vec<Day>,
    /// The ranking for each pair of agreed scores.
    rankings: HashMap<[Option<u8>; 2], Ranking>,
}

/// The maximum of the only category. The first bid asks a penny less, the second exactly as much.
const MAXIMUM: i64 = 110_000;

fn bid(number: usize) -> OpenedBidId {
    OpenedBidId(Uuid::from_u128(u128::try_from(number).unwrap() + 1))
}

fn service(number: usize) -> ServiceId {
    ServiceId(Uuid::from_u128(u128::try_from(number).unwrap() + 1))
}

fn ranking(agreed: [Option<u8>; 2]) -> Ranking {
    let asks = [MAXIMUM - 1, MAXIMUM];
    let bids = (0..2).map(|number| RankedBid {
        bid: bid(number),
        provider: format!("Provider {number}"),
        agreed: agreed[number].map(|score| ("CARE".to_owned(), u32::from(score))).into_iter().collect(),
        lines: vec![Line {
            service: service(number),
            name: format!("Home {number}"),
            category: Some("STD".to_owned()),
            weekly: Some(WeeklyRate(Pence(asks[number]))),
            faults: domain::money::price::check_tender(
                WeeklyRate(Pence(asks[number])),
                WeeklyRate(Pence(MAXIMUM)),
                domain::money::price::TenderPriceRule::Below,
            )
            .err()
            .map(|fault| fault.to_string())
            .into_iter()
            .collect(),
        }],
    });
    rank(&Inputs {
        lot: "R1".to_owned(),
        questions: vec![Weighted {
            code: "CARE".to_owned(),
            title: "Care".to_owned(),
            weight_percent: 60,
            scale_max: 5,
            at_least: Some(2),
        }],
        price_weight_percent: 40,
        price_formula: domain::procurement::plan::PriceFormula::LowestInProportion,
        suppliers_at_most: None,
        categories: vec![RankedCategory { code: "STD".to_owned(), maximum: WeeklyRate(Pence(MAXIMUM)) }],
        bids: bids.collect(),
    })
}

impl Ground {
    fn new() -> Self {
        let mut plan = crate::evaluation::plan();
        plan.standstill = StandstillRule { kind: StandstillKind::Voluntary, working_days: 3 };
        plan.framework.ends_on = day("2031-03-31");
        plan.questions.retain(|question| question.code == "CARE");
        plan.questions[0].weight_percent = 60;
        let decision: Decision = toml::from_str(SEED).unwrap();
        let decisions = vec![StandingDecision { id: DecisionId(Uuid::from_u128(7)), decision, ended_on: None }];
        let scores = [None, Some(1), Some(4)];
        let rankings = scores.into_iter().flat_map(|one| scores.map(|other| ([one, other], ranking([one, other])))).collect();
        Self { plan, decisions, days: DAYS.map(day).to_vec(), rankings }
    }

    fn today(&self, state: &State) -> Day {
        self.days[state.today]
    }

    fn deadline() -> Instant {
        at_noon(day(DEADLINE))
    }

    fn answer<'a>(&'a self, state: &State, number: usize, scores: &'a [GivenScore], agreed: &'a [AgreedScore]) -> Answer<'a> {
        Answer { agreed: self.all_agreed(state, agreed), lot: "R1", bid: bid(number), question: "CARE", scores }
    }

    fn all_agreed<'a>(&'a self, state: &State, scores: &'a [AgreedScore]) -> Agreed<'a> {
        Agreed { plan: &self.plan, scores, declared: &[], locked_at: state.is_locked.then(Self::deadline) }
    }

    fn scores(state: &State) -> Vec<GivenScore> {
        let of = |number: usize| {
            (0..state.scored[number]).map(move |by| GivenScore {
                bid: bid(number),
                question: "CARE".to_owned(),
                by: person(10 + by),
                score: 3,
            })
        };
        (0..2).flat_map(of).collect()
    }

    fn agreed(state: &State) -> Vec<AgreedScore> {
        let of = |number: usize| {
            state.agreed[number].map(|agreed| AgreedScore {
                bid: bid(number),
                question: "CARE".to_owned(),
                agreed: u32::from(agreed),
                rests_on: (0..state.scored[number]).map(|by| person(10 + by)).collect(),
                written_by: person(20),
            })
        };
        (0..2).filter_map(of).collect()
    }

    fn progress(state: &State) -> Progress {
        let admitted = state.outcomes.iter().filter(|outcome| **outcome == Outcome::Admitted).count();
        Progress {
            is_cancelled: state.is_cancelled,
            are_prices_open: state.are_prices_open,
            without_outcome: state.outcomes.iter().filter(|outcome| **outcome == Outcome::Open).count(),
            admitted,
            suppliers: admitted,
            crowded: None,
            open_challenges: usize::from(state.has_challenge),
            open_conflicts: 0,
            award: state
                .awarded_by
                .map(|_| Made { are_summaries_sent: state.are_summaries_sent, notice_on: state.notice.map(|on| day(DAYS[on])) }),
        }
    }

    fn contract(&self, state: &State) -> Contract {
        Contract {
            provider_signed: state.provider_signed.map(person),
            council_signed: state.council_signed.map(|(who, on)| (person(who), self.days[on])),
            suspended_from: state.is_suspended.then(|| day("2027-04-01")),
            suspended_until: None,
            ended_on: state.ended.map(|on| self.days[on]),
        }
    }

    /// Whether this person may do a governed act, by the seed's own resolutions.
    fn has_leave(&self, state: &State, who: u8, act: GovernedAct) -> bool {
        let id = self.decisions[0].id;
        let code = |text: &str| CouncilCode(text.to_owned());
        let mut facts = Facts::default();
        if state.is_consulted {
            facts.consulted.push((id, "Portfolio Holder for Early Intervention and Early Years".to_owned()));
        }
        if state.have_partners_agreed {
            facts.agreed = ["E06000015", "E10000007", "E10000024"].map(|council| (id, code(council))).to_vec();
        }
        facts.done.extend(state.awarded_by.map(|by| (GovernedAct::AwardFramework, person(by))));
        facts.done.extend(state.council_signed.map(|(by, _)| (GovernedAct::SignContracts, person(by))));
        let actor = Actor { person: person(who), council: code("E06000018"), posts: posts(who) };
        let intent = Intent { act, about: "CCS072", amount: Pence::ZERO };
        may_act(intent, &actor, &self.decisions, &facts, self.today(state)).is_ok()
    }

    fn life(&self, state: &State) -> Life {
        Life {
            published_at: state.is_published.then(|| at_noon(day("2027-01-11"))),
            deadline: Self::deadline(),
            is_cancelled: state.is_cancelled,
            is_awarded: state.awarded_by.is_some(),
            first_contract_on: state.council_signed.map(|(_, on)| self.days[on]),
            starts_on: self.plan.framework.starts_on,
            ends_on: self.plan.framework.ends_on,
            superseded_on: state.superseded.map(|on| self.days[on]),
            terminated_on: state.terminated.map(|on| self.days[on]),
        }
    }

    fn state(&self, state: &State) -> FrameworkState {
        self.life(state).state(at_noon(self.today(state)))
    }

    /// What an act leads to, if the rules let it happen.
    fn after(&self, state: &State, act: Act) -> Option<State> {
        let before_award = self.evaluation_step(state, act);
        let after_award = self.award_step(state, act);
        before_award.or(after_award).or_else(|| self.contract_step(state, act))
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "each part of the walk answers for its own acts, and leaves the rest to the others")]
    fn evaluation_step(&self, state: &State, act: Act) -> Option<State> {
        let mut next = *state;
        let now = at_noon(self.today(state));
        let (scores, agreed) = (Self::scores(state), Self::agreed(state));
        let is_at_work = state.is_published && !state.is_cancelled;
        match act {
            Act::Wait if state.today + 1 < self.days.len() => next.today += 1,
            Act::Publish if !state.is_published && !state.is_cancelled && now <= Self::deadline() => next.is_published = true,
            Act::Cancel => {
                award::may_give_up(&Self::progress(state), usize::from(state.council_signed.is_some())).ok()?;
                next.is_cancelled = true;
            }
            Act::OpenQuality if is_at_work && !state.is_quality_open => {
                let in_time = Timetable {
                    published_at: Some(at_noon(day("2027-01-11"))),
                    questions_until: now,
                    answers_by: day(DEADLINE),
                    deadline: Self::deadline(),
                };
                assert!(in_time.takes_bids(false, now).is_ok() == refused(Envelope::Quality, Self::deadline(), false, now).is_some());
                refused(Envelope::Quality, Self::deadline(), state.is_locked, now).is_none().then_some(())?;
                next.is_quality_open = true;
            }
            Act::Score(number) if is_at_work && state.is_quality_open && state.scored[number] < 2 => {
                let by = person(10 + state.scored[number]);
                self.answer(state, number, &scores, &agreed).may_score(by, 3, "good").ok()?;
                next.scored[number] += 1;
            }
            Act::Agree(number, score) if is_at_work && state.agreed[number] != Some(score) => {
                self.answer(state, number, &scores, &agreed).may_agree(u32::from(score), "agreed").ok()?;
                next.agreed[number] = Some(score);
            }
            Act::Lock if is_at_work => {
                let bids: Vec<BidToScore> = (0..2)
                    .filter(|_| state.is_quality_open)
                    .map(|number| BidToScore { bid: bid(number), lot: "R1".to_owned(), goes_on: true })
                    .collect();
                self.all_agreed(state, &agreed).may_lock(&bids).ok()?;
                next.is_locked = true;
            }
            Act::OpenPrices if is_at_work && !state.are_prices_open => {
                refused(Envelope::Price, Self::deadline(), state.is_locked, now).is_none().then_some(())?;
                next.are_prices_open = true;
            }
            _ => return None,
        }
        Some(next)
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "each part of the walk answers for its own acts, and leaves the rest to the others")]
    fn award_step(&self, state: &State, act: Act) -> Option<State> {
        let mut next = *state;
        let progress = Self::progress(state);
        match act {
            Act::Admit(number) => {
                award::may_decide(&progress).ok()?;
                self.rankings[&state.agreed].may_admit(bid(number), service(number), "STD").ok()?;
                next.outcomes[number] = Outcome::Admitted;
            }
            Act::Reject(number) => {
                award::may_decide(&progress).ok()?;
                next.outcomes[number] = Outcome::Rejected;
            }
            Act::Consult if state.are_prices_open => next.is_consulted = true,
            Act::PartnersAgree if state.are_prices_open => next.have_partners_agreed = true,
            Act::Challenge if state.are_prices_open && !state.is_cancelled && state.council_signed.is_none() => next.has_challenge = true,
            Act::CloseChallenge => next.has_challenge = false,
            Act::Award(who) => {
                award::may_award(&self.plan, &progress).ok()?;
                self.has_leave(state, who, GovernedAct::AwardFramework).then_some(())?;
                next.awarded_by = Some(who);
                next.was_challenged_at_award = state.has_challenge;
            }
            Act::SendSummaries => {
                award::may_send_summaries(&progress).ok()?;
                next.are_summaries_sent = true;
            }
            Act::PublishNotice => {
                award::may_publish_notice(&progress).ok()?;
                next.notice = Some(state.today);
            }
            _ => return None,
        }
        (next != *state).then_some(next)
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "each part of the walk answers for its own acts, and leaves the rest to the others")]
    fn contract_step(&self, state: &State, act: Act) -> Option<State> {
        let mut next = *state;
        let (progress, today, contract) = (Self::progress(state), self.today(state), self.contract(state));
        match act {
            Act::ProviderSigns(who) => {
                award::may_sign(&self.plan, &progress, today).ok()?;
                contract.may_provider_sign(today).ok()?;
                next.provider_signed = Some(who);
            }
            Act::CouncilSigns(who) => {
                award::may_sign(&self.plan, &progress, today).ok()?;
                contract.may_council_sign(person(who), today).ok()?;
                self.has_leave(state, who, GovernedAct::SignContracts).then_some(())?;
                next.council_signed = Some((who, state.today));
                next.was_challenged_at_signature = state.has_challenge;
            }
            Act::Suspend => {
                contract.suspended(today, None, "rating fell", today).ok()?;
                next.is_suspended = true;
            }
            Act::Lift => {
                contract.lifted("assured again", today).ok()?;
                next.is_suspended = false;
            }
            Act::EndContract => {
                contract.ended(today, "by agreement", today).ok()?;
                (state.awarded_by.is_some()).then_some(())?;
                next.ended = Some(state.today);
            }
            Act::Terminate => {
                award::may_terminate(self.state(state)).ok()?;
                next.terminated = Some(state.today);
            }
            Act::Supersede => {
                (self.state(state) == FrameworkState::Live).then_some(())?;
                next.superseded = Some(state.today);
            }
            _ => return None,
        }
        (next != *state).then_some(next)
    }
}

/// What must never be, told from the state alone.
fn what_is_wrong(state: &State) -> Vec<&'static str> {
    let mut wrong = Vec::new();
    let mut never = |is_wrong: bool, what: &'static str| {
        if is_wrong {
            wrong.push(what);
        }
    };
    never(state.is_quality_open && state.today == 0, "a bid was opened before the deadline");
    never(state.is_locked && state.agreed.iter().any(Option::is_none), "quality was locked before everything was agreed");
    never(state.are_prices_open && !state.is_locked, "prices were opened before quality was locked");
    never((0..2).any(|bid| state.agreed[bid].is_some() && state.scored[bid] < 2), "a score was agreed that nobody gave");
    never(state.outcomes[1] == Outcome::Admitted, "a price at the published maximum was admitted");
    never(state.outcomes[0] == Outcome::Admitted && state.agreed[0] != Some(4), "a bid below the lowest score was admitted");
    if let Some(by) = state.awarded_by {
        never(by == HEAD, "somebody awarded without the post");
        never(!state.is_consulted, "awarded without consultation");
        never(!state.have_partners_agreed, "awarded without the partners");
        never(state.was_challenged_at_award, "awarded while a challenge was open");
        never(state.outcomes.contains(&Outcome::Open), "awarded without an outcome for each bid");
        never(!state.are_prices_open, "awarded before prices were open");
        never(!state.outcomes.contains(&Outcome::Admitted), "awarded to nobody");
    }
    never(state.notice.is_some() && !state.are_summaries_sent, "the public knew before the bidders");
    never(state.provider_signed.is_some() && state.notice.is_none(), "a signature before the notice");
    if let Some((by, on)) = state.council_signed {
        let signed_on = day(DAYS[on]);
        never(state.awarded_by.is_none(), "signed before the award");
        never(by == DIRECTOR, "somebody signed without the post");
        never(state.awarded_by == Some(by), "one person awarded and signed");
        never(state.provider_signed.is_none(), "the council signed first");
        never(state.provider_signed == Some(by), "one person signed for both");
        never(state.was_challenged_at_signature, "signed while a challenge was open");
        never(state.is_cancelled, "given up after the contract was signed");
        let standstill = state.notice.and_then(|notice| STANDSTILL_OF.iter().find(|(index, _)| *index == notice));
        never(standstill.is_none_or(|(_, until)| signed_on <= day(until)), "signed inside the standstill");
    }
    never(state.is_suspended && state.council_signed.is_none(), "suspended what binds nobody");
    wrong
}

/// How far a framework has come; it never goes back.
fn order(state: FrameworkState) -> u8 {
    match state {
        FrameworkState::Draft => 0,
        FrameworkState::TenderOpen => 1,
        FrameworkState::Evaluation => 2,
        FrameworkState::Awarded => 3,
        FrameworkState::Live => 4,
        FrameworkState::Expired => 5,
        FrameworkState::Superseded => 6,
        FrameworkState::Terminated => 7,
    }
}

fn is_over(state: FrameworkState) -> bool {
    order(state) >= order(FrameworkState::Expired)
}

/// Every state that can be reached, with how many acts it takes at the least and what can be done in it.
struct Walk {
    states: Vec<(State, u32)>,
    next: Vec<Vec<(Act, usize)>>,
}

fn walk(ground: &Ground) -> Walk {
    let acts = acts();
    let mut index: HashMap<State, usize> = HashMap::from([(START, 0)]);
    let mut walk = Walk { states: vec![(START, 0)], next: Vec::new() };
    let mut waiting: VecDeque<usize> = VecDeque::from([0]);
    while let Some(here) = waiting.pop_front() {
        let (state, depth) = walk.states[here];
        let mut next = Vec::new();
        // Nobody goes on with what is over: the walk stops there.
        for act in acts.iter().copied().filter(|_| !is_over(ground.state(&state))) {
            let Some(after) = ground.after(&state, act) else { continue };
            let there = *index.entry(after).or_insert_with(|| {
                walk.states.push((after, depth + 1));
                waiting.push_back(walk.states.len() - 1);
                walk.states.len() - 1
            });
            next.push((act, there));
        }
        walk.next.push(next);
    }
    walk
}

#[test]
fn no_sequence_of_acts_leads_where_a_framework_must_never_be_and_none_gets_stuck() {
    let ground = Ground::new();
    let walk = walk(&ground);
    let deepest = walk.states.iter().map(|(_, depth)| *depth).max().unwrap();
    assert!(deepest >= 12, "the walk went {deepest} acts deep");
    assert!(walk.states.len() > 10_000, "only {} states", walk.states.len());
    let mut seen: HashSet<FrameworkState> = HashSet::new();
    for (here, (state, depth)) in walk.states.iter().enumerate() {
        assert_eq!(what_is_wrong(state), Vec::<&str>::new(), "after {depth} acts: {state:?}");
        let is = ground.state(state);
        seen.insert(is);
        for (act, there) in &walk.next[here] {
            let after = ground.state(&walk.states[*there].0);
            assert!(order(after) >= order(is), "{act:?} leads from {is:?} back to {after:?}: {state:?}");
        }
        let can_act = walk.next[here].iter().any(|(act, _)| *act != Act::Wait);
        assert!(is_over(is) || can_act, "nobody can do anything: {state:?}");
    }
    assert_eq!(seen.len(), 8, "not every state of a framework was reached: {seen:?}");
    // Looking back from each end: no state is without a way to one, and none before the last day is without a way on that gives up nothing.
    let mut reaches = vec![false; walk.states.len()];
    let mut back: Vec<Vec<usize>> = vec![Vec::new(); walk.states.len()];
    for (here, next) in walk.next.iter().enumerate() {
        for (_, there) in next {
            back[*there].push(here);
        }
    }
    let mut waiting: Vec<usize> = (0..walk.states.len()).filter(|here| is_over(ground.state(&walk.states[*here].0))).collect();
    while let Some(here) = waiting.pop() {
        if !std::mem::replace(&mut reaches[here], true) {
            waiting.extend(&back[here]);
        }
    }
    assert!(reaches.iter().all(|reaches| *reaches), "a state has no way to an end");
}

#[test]
fn a_standstill_counts_working_days_beginning_with_the_day_of_the_notice() {
    let rule = StandstillRule { kind: StandstillKind::Mandatory, working_days: 8 };
    let until = |notice: &str| standstill_until(rule, day(notice)).unwrap().iso();
    assert_eq!(until("2026-01-30"), "2026-02-10", "a Friday counts itself");
    assert_eq!(until("2026-01-31"), "2026-02-11", "a Saturday does not");
    assert_eq!(until("2026-03-31"), "2026-04-13", "Good Friday and Easter Monday do not count");
    assert_eq!(until("2026-12-21"), "2027-01-04", "nor do Christmas, the day for Boxing Day and New Year");
    assert_eq!(standstill_until(StandstillRule { kind: StandstillKind::None, ..rule }, day("2026-01-30")), None);
    let plan = crate::evaluation::plan();
    let made = Made { are_summaries_sent: true, notice_on: Some(day("2026-01-30")) };
    let progress = Progress { are_prices_open: true, admitted: 2, suppliers: 2, award: Some(made), ..Progress::default() };
    let sign = |on: &str| award::may_sign(&plan, &progress, day(on));
    assert_eq!(sign("2026-02-10"), Err(AwardRefusal::Standstill(day("2026-02-10"))));
    assert_eq!(sign("2026-02-11"), Ok(()));
}

#[test]
fn the_clock_of_d2n2_says_2029_and_2034() {
    // Row k: first award 1 April 2026.
    let clock = OpenFrameworkClock { first_award_on: day("2026-04-01"), latest_reaward_on: None };
    assert_eq!((clock.next_award_due_on(), clock.scheme_ends_on()), (Some(day("2029-03-31")), day("2034-03-31")));
}

#[test]
fn an_open_framework_with_a_single_supplier_lasts_four_years() {
    let mut framework = crate::evaluation::plan().framework;
    framework.ends_on = day("2031-03-31");
    assert_eq!(single_supplier_term(&framework, 1), Ok(()), "four years to the day");
    framework.ends_on = day("2031-04-01");
    assert!(single_supplier_term(&framework, 1).is_err());
    assert_eq!(single_supplier_term(&framework, 2), Ok(()));
    framework.regime = Regime::Pa2023Flexible;
    assert_eq!(single_supplier_term(&framework, 1), Ok(()));
}

#[test]
fn an_agreement_is_suspended_lifted_varied_and_ended_with_days_that_do_not_rewrite_the_past() {
    let today = day("2027-05-04");
    let prepared = Contract::default();
    assert_eq!(prepared.suspended(today, None, "why", today), Err(ContractRefusal::NotInForce));
    let signed =
        Contract { provider_signed: Some(person(SIGNATORY)), council_signed: Some((person(HEAD), day("2027-04-01"))), ..prepared.clone() };
    assert_eq!(signed.standing(today), Standing::InForce);
    assert_eq!(signed.suspended(day("2027-05-03"), None, "why", today), Err(ContractRefusal::InThePast(day("2027-05-03"))));
    assert_eq!(signed.suspended(today, None, " ", today), Err(ContractRefusal::NoReason));
    assert_eq!(signed.suspended(today, Some(day("2027-05-03")), "why", today), Err(ContractRefusal::EndsBeforeItBegins));
    let suspended = signed.suspended(day("2027-05-06"), Some(day("2027-06-05")), "rating fell", today).unwrap();
    let standing = |contract: &Contract, on: &str| contract.standing(day(on));
    assert_eq!((standing(&suspended, "2027-05-05"), standing(&suspended, "2027-05-06")), (Standing::InForce, Standing::Suspended));
    assert_eq!((standing(&suspended, "2027-06-05"), standing(&suspended, "2027-06-06")), (Standing::Suspended, Standing::InForce));
    assert_eq!(suspended.suspended(today, None, "again", today), Err(ContractRefusal::Suspended(day("2027-05-06"))));
    assert_eq!(suspended.lifted("assured", today).unwrap(), signed, "one that had not begun never was");
    let lifted = suspended.lifted("assured", day("2027-05-20")).unwrap();
    assert_eq!((standing(&lifted, "2027-05-19"), standing(&lifted, "2027-05-20")), (Standing::Suspended, Standing::InForce));
    assert_eq!(signed.lifted("why", today), Err(ContractRefusal::NotSuspended));
    assert_eq!(signed.may_vary(today, "new address", today), Ok(()));
    let ended = signed.ended(day("2027-06-01"), "by agreement", today).unwrap();
    assert_eq!((standing(&ended, "2027-05-31"), standing(&ended, "2027-06-01")), (Standing::InForce, Standing::Ended));
    assert_eq!(ended.may_vary(day("2027-06-02"), "more", day("2027-06-02")), Err(ContractRefusal::Ended(day("2027-06-01"))));
}
