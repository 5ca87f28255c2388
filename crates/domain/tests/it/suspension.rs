//! A service's standing together with an offer of it: whatever people try, in whatever order, to the twelfth act.

use std::collections::HashSet;

use domain::Code as _;
use domain::calendar::Day;
use domain::ids::{PersonId, SuspensionId};
use domain::purchasing::offer::{Approvals, OfferAct, OfferFacts, OfferRefusal, OfferState, PriceStanding, Standing, Wave};
use domain::purchasing::service::ServiceStanding;
use domain::purchasing::suspension::{
    Consequence, Judged, Signature, StandingAct, StandingFacts, StandingRefusal, SuspensionTask, may_assure, may_sign,
};
use domain::registration::Rating;
use uuid::Uuid;

const DEPTH: usize = 12;

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

/// What the use cases keep. Who signed, and in which post, by small numbers.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Desk {
    standing: ServiceStanding,
    has_looked: bool,
    signed: Vec<(u8, u8)>,
    offer: OfferState,
}

const START: Desk = Desk { standing: ServiceStanding::Active, has_looked: false, signed: Vec::new(), offer: OfferState::Draft };

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Try {
    /// With words or without.
    Standing(StandingAct, bool),
    Look,
    Sign(u8, u8),
    Offer(OfferAct),
}

fn tries() -> Vec<Try> {
    let standing = StandingAct::ALL.iter().flat_map(|act| [Try::Standing(*act, true), Try::Standing(*act, false)]);
    let signs = [(1, 1), (1, 2), (2, 1), (2, 2)].map(|(person, post)| Try::Sign(person, post));
    let offer = OfferAct::ALL.iter().map(|act| Try::Offer(*act));
    standing.chain([Try::Look]).chain(signs).chain(offer).collect()
}

fn signature((person, post): (u8, u8)) -> Signature {
    // The same title, however it is written, is the same post.
    let post = if person == 1 { format!("Post {post}") } else { format!("post {post} ") };
    Signature { person: PersonId(Uuid::from_u128(person.into())), post }
}

impl Desk {
    fn facts(&self, has_words: bool) -> StandingFacts {
        StandingFacts {
            reason: if has_words { "because" } else { " " }.to_owned(),
            looked_on: self.has_looked.then(|| day("2027-01-05")),
            signed: self.signed.iter().copied().map(signature).collect(),
        }
    }

    fn offer_facts(&self) -> OfferFacts {
        let is_open = self.standing.takes_children();
        OfferFacts {
            missing: Vec::new(),
            wave: Wave::Open,
            standing: if is_open { Standing::Clear } else { Standing::Frozen { since: day("2027-01-04") } },
            same_home_offers: 0,
            other_awards: 0,
            red_gates: Vec::new(),
            price: PriceStanding::Within,
            rank: Some(1),
            reason: "because".to_owned(),
            valid_until: Some(day("2027-01-31")),
            today: day("2027-01-05"),
            approvals: Approvals::Given,
        }
    }

    fn after(&self, what: Try) -> Option<Self> {
        let mut next = self.clone();
        match what {
            Try::Standing(act, has_words) => {
                next.standing = self.standing.after(act, &self.facts(has_words)).ok()?;
                // What was found and signed belongs to one suspension.
                (next.has_looked, next.signed) = (false, Vec::new());
            }
            Try::Look => next.has_looked = self.standing == ServiceStanding::Suspended || self.has_looked,
            Try::Sign(person, post) => {
                may_sign(&self.facts(true), &signature((person, post))).ok()?;
                next.signed.push((person, post));
            }
            Try::Offer(act) => next.offer = self.offer.after(act, &self.offer_facts()).ok()?,
        }
        Some(next)
    }

    /// What must never have happened between the two.
    fn what_is_wrong(&self, what: Try, next: &Self) -> Option<&'static str> {
        use ServiceStanding::{Active, Removed, Restricted, Suspended};
        let chosen = matches!(next.offer, OfferState::Shortlisted | OfferState::Preferred | OfferState::Accepted);
        let goes_back = matches!(what, Try::Offer(OfferAct::SetAside | OfferAct::FallThrough));
        if !self.standing.takes_children() && chosen && next.offer != self.offer && !goes_back {
            return Some("a frozen offer went on");
        }
        if self.standing == Removed && next.standing != Removed {
            return Some("what was removed came back");
        }
        if self.standing == Suspended && next.standing == Active {
            let two = self.signed.len() >= 2 && self.signed[0].0 != self.signed[1].0 && self.signed[0].1 != self.signed[1].1;
            if !(self.has_looked && two) {
                return Some("a suspension was lifted without assurance and two signatures");
            }
        }
        if matches!((self.standing, next.standing), (Suspended, Restricted) | (Active | Restricted, Removed)) {
            return Some("a way that does not exist");
        }
        if self.standing != next.standing && next.offer != self.offer {
            return Some("a suspension changed what an offer is");
        }
        None
    }
}

#[test]
fn no_sequence_of_twelve_acts_chooses_a_frozen_offer_or_lifts_a_suspension_unsigned() {
    let tries = tries();
    let mut layer = HashSet::from([START]);
    let (mut edges, mut lifted, mut removed, mut accepted) = (0_u64, 0_u32, 0_u32, 0_u32);
    for depth in 1..=DEPTH {
        let mut next_layer = HashSet::new();
        for desk in &layer {
            for what in &tries {
                let Some(next) = desk.after(*what) else { continue };
                edges += 1;
                assert_eq!(desk.what_is_wrong(*what, &next), None, "act {depth}, {what:?} of {desk:?}");
                lifted += u32::from(matches!(what, Try::Standing(StandingAct::Lift, _)));
                removed += u32::from(next.standing == ServiceStanding::Removed && desk.standing != next.standing);
                accepted += u32::from(next.offer == OfferState::Accepted && desk.offer != next.offer);
                next_layer.insert(next);
            }
        }
        layer = next_layer;
    }
    assert!(edges > 4_000 && lifted > 100 && removed > 100 && accepted > 10, "{edges} {lifted} {removed} {accepted}");
}

#[test]
fn what_an_offer_could_before_a_suspension_it_can_after_it_is_lifted() {
    let shortlisted = Desk { offer: OfferState::Shortlisted, ..START };
    let suspended = shortlisted.after(Try::Standing(StandingAct::Suspend, true)).unwrap();
    let frozen = OfferRefusal::Frozen { since: day("2027-01-04") };
    // Row h of section 13.1.
    assert_eq!(suspended.offer.after(OfferAct::Prefer, &suspended.offer_facts()), Err(frozen.clone()));
    assert_eq!(
        OfferState::Submitted.after(OfferAct::Shortlist, &suspended.offer_facts()),
        Err(frozen.clone()),
        "nobody learns who the child is"
    );
    assert_eq!(OfferState::Preferred.after(OfferAct::Accept, &suspended.offer_facts()), Err(frozen));
    let acts = [Try::Look, Try::Sign(1, 1), Try::Sign(2, 2), Try::Standing(StandingAct::Lift, false), Try::Offer(OfferAct::Prefer)];
    let open = acts.into_iter().fold(suspended, |desk, what| desk.after(what).unwrap());
    assert_eq!((open.standing, open.offer), (ServiceStanding::Active, OfferState::Preferred));
}

#[test]
fn each_refusal_says_what_has_to_happen_first() {
    let blank = StandingFacts { reason: String::new(), looked_on: None, signed: Vec::new() };
    let suspended = ServiceStanding::Suspended;
    assert_eq!(ServiceStanding::Active.after(StandingAct::Suspend, &blank), Err(StandingRefusal::NoReason));
    assert_eq!(suspended.after(StandingAct::Lift, &blank), Err(StandingRefusal::NotAssured));
    assert_eq!(may_sign(&blank, &signature((1, 1))), Err(StandingRefusal::NotAssured));
    let looked = StandingFacts { looked_on: Some(day("2027-01-05")), ..blank };
    assert_eq!(suspended.after(StandingAct::Lift, &looked), Err(StandingRefusal::NotSigned { given: 0 }));
    let one = StandingFacts { signed: vec![signature((1, 1))], ..looked };
    assert_eq!(suspended.after(StandingAct::Lift, &one), Err(StandingRefusal::NotSigned { given: 1 }));
    assert_eq!(may_sign(&one, &signature((1, 2))), Err(StandingRefusal::SamePerson));
    assert_eq!(may_sign(&one, &signature((2, 1))), Err(StandingRefusal::SamePost { post: "Post 1".to_owned() }));
    let (began, today) = (day("2027-01-04"), day("2027-01-05"));
    assert_eq!(may_assure(day("2027-01-03"), began, today), Err(StandingRefusal::LookedBefore(began)));
    assert_eq!(may_assure(day("2027-01-06"), began, today), Err(StandingRefusal::LookedInFuture(day("2027-01-06"))));
    assert_eq!(may_assure(began, began, today), Ok(()));
}

#[test]
fn inadequate_suspends_and_requires_improvement_asks_for_a_plan_once() {
    use Rating::{Good, Inadequate, NotYetInspected, Outstanding, RequiresImprovement};

    let judged = |before, now, improvement_suspends| Judged { before, now, improvement_suspends }.consequence();
    for before in [Good, Outstanding, NotYetInspected, RequiresImprovement, Inadequate] {
        assert_eq!(judged(before, Inadequate, false), Consequence::Suspend);
        assert_eq!(judged(before, Good, true), Consequence::None);
        assert_eq!(judged(before, RequiresImprovement, true), Consequence::Suspend);
    }
    assert_eq!(judged(Good, RequiresImprovement, false), Consequence::AskForPlan);
    assert_eq!(judged(RequiresImprovement, RequiresImprovement, false), Consequence::None);
}

#[test]
fn a_task_names_its_suspension_and_is_known_by_its_kind() {
    let suspension = SuspensionId(Uuid::from_u128(7));
    for task in SuspensionTask::ALL {
        assert_eq!(SuspensionTask::of_kind(&task.kind(suspension)), Some(*task));
    }
    assert_eq!(SuspensionTask::of_kind("PLACEMENT_PLAN"), None);
}
