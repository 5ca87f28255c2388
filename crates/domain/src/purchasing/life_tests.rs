//! A referral and its offers together: whatever people try, in whatever order, there is at most one award, and nobody is
//! placed without an approval.

#![expect(clippy::wildcard_enum_match_arm, reason = "tests")]

use std::cell::Cell;

use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use crate::Code as _;
use crate::calendar::Day;
use crate::purchasing::offer::{Approvals, OfferAct, OfferFacts, OfferRefusal, OfferState, PriceStanding, Standing, Wave};
use crate::purchasing::referral::{InHouseOrder, InHouseResult, ReferralAct, ReferralFacts, ReferralRefusal, ReferralState, Urgency};

const OFFERS: usize = 3;

fn day(number: u32) -> Day {
    Day(chrono::NaiveDate::from_ymd_opt(2026, 12, number).unwrap_or_default())
}

/// What the use cases keep: the states and the approvals of the preferred offer.
#[derive(Debug)]
struct Desk {
    referral: ReferralState,
    offers: [OfferState; OFFERS],
    approvals: u32,
    /// Whether the referral stood at `AWAITING_APPROVAL` since the last choice.
    asked: bool,
}

/// What somebody tries: an act on the referral (with the offer it concerns), an act on an offer, or an approval.
#[derive(Debug, Clone)]
enum Try {
    Referral(ReferralAct, usize),
    Offer(OfferAct, usize),
    Approve,
}

impl Desk {
    fn awards(&self) -> u32 {
        u32::try_from(self.offers.iter().filter(|offer| offer.is_award()).count()).unwrap_or(u32::MAX)
    }

    fn referral_facts(&self) -> ReferralFacts {
        ReferralFacts {
            urgency: Urgency::Planned,
            unanswered_short: Vec::new(),
            unanswered: Vec::new(),
            in_house: Some(InHouseResult::NoVacancy),
            in_house_order: InHouseOrder::First,
            is_own: false,
            reason: "because".to_owned(),
            live_offers: u32::try_from(self.offers.iter().filter(|offer| offer.is_live()).count()).unwrap_or(u32::MAX),
            awards: self.awards(),
            approvals_missing: Vec::new(),
            approvals_given: self.approvals,
            has_started: false,
        }
    }

    fn offer_facts(&self, chosen: OfferState) -> OfferFacts {
        OfferFacts {
            missing: Vec::new(),
            wave: Wave::Open,
            standing: Standing::Clear,
            same_home_offers: 0,
            other_awards: self.awards() - u32::from(chosen.is_award()),
            red_gates: Vec::new(),
            price: PriceStanding::Within,
            rank: Some(1),
            reason: "because".to_owned(),
            valid_until: Some(day(31)),
            today: day(1),
            approvals: if self.approvals > 0 { Approvals::Given } else { Approvals::Open },
        }
    }

    /// The act on an offer that goes with an act on the referral, in one transaction.
    fn joint(act: ReferralAct) -> Option<OfferAct> {
        match act {
            ReferralAct::Prefer => Some(OfferAct::Prefer),
            ReferralAct::SetAside | ReferralAct::RefuseApproval => Some(OfferAct::SetAside),
            ReferralAct::Place => Some(OfferAct::Accept),
            ReferralAct::FallThrough => Some(OfferAct::FallThrough),
            ReferralAct::Submit
            | ReferralAct::Return
            | ReferralAct::Accept
            | ReferralAct::SearchInHouse
            | ReferralAct::Authorise
            | ReferralAct::Release
            | ReferralAct::Shortlist
            | ReferralAct::AskApproval
            | ReferralAct::Withdraw
            | ReferralAct::EndSearch => None,
        }
    }

    /// Both acts happen, or neither.
    fn attempt(&mut self, what: &Try) {
        match what {
            Try::Approve => self.approvals += u32::from(self.referral == ReferralState::AwaitingApproval),
            Try::Referral(act, index) => {
                let Ok(next) = self.referral.after(*act, &self.referral_facts()) else { return };
                if let (Some(joint), Some(offer)) = (Self::joint(*act), self.offers.get(*index).copied()) {
                    match offer.after(joint, &self.offer_facts(offer)) {
                        Ok(next_offer) => self.offers[*index] = next_offer,
                        // When the provider withdrew the preferred offer, there is nothing to set aside any more.
                        Err(_) if joint == OfferAct::SetAside && self.awards() == 0 => {}
                        Err(_) => return,
                    }
                }
                self.referral = next;
            }
            // These acts exist only together with the referral's.
            Try::Offer(OfferAct::Prefer | OfferAct::SetAside | OfferAct::Accept | OfferAct::FallThrough, _) => {}
            Try::Offer(act, index) => {
                let offer = self.offers[*index];
                if let Ok(next) = offer.after(*act, &self.offer_facts(offer)) {
                    self.offers[*index] = next;
                }
            }
        }
        match self.referral {
            ReferralState::AwaitingApproval => self.asked = true,
            ReferralState::Placed => {}
            _ => (self.asked, self.approvals) = (false, 0),
        }
    }
}

impl Desk {
    /// Everything that the states allow now. Acts that end a story come rarely, so that stories grow long.
    fn tries(&self, number: usize) -> Vec<Try> {
        let is_rare = number.is_multiple_of(23);
        let ends = |act: ReferralAct| matches!(act, ReferralAct::Withdraw | ReferralAct::EndSearch);
        let ends_offer =
            |act: OfferAct| matches!(act, OfferAct::Withdraw | OfferAct::Reject | OfferAct::Expire | OfferAct::Close | OfferAct::Decline);
        let mut tries = vec![Try::Approve];
        for index in 0..OFFERS {
            let referral = ReferralAct::ALL.iter().filter(|act| self.referral.leads_to(**act).is_some() && (is_rare || !ends(**act)));
            tries.extend(referral.map(|act| Try::Referral(*act, index)));
            let offer = OfferAct::ALL.iter().filter(|act| self.offers[index].leads_to(**act).is_some() && (is_rare || !ends_offer(**act)));
            tries.extend(offer.map(|act| Try::Offer(*act, index)));
        }
        tries
    }
}

#[test]
fn no_sequence_of_acts_reaches_two_awards_or_an_unapproved_placement() {
    let placed = Cell::new(0_u32);
    let numbers = proptest::collection::vec(0_usize..10_000, 0..150);
    let result = TestRunner::new(ProptestConfig::with_cases(1_000)).run(&numbers, |numbers| {
        let mut desk = Desk { referral: ReferralState::Draft, offers: [OfferState::Draft; OFFERS], approvals: 0, asked: false };
        for number in numbers {
            let tries = desk.tries(number);
            desk.attempt(&tries[number % tries.len()]);
            prop_assert!(desk.awards() <= 1, "{desk:?}");
            let accepted = desk.offers.iter().filter(|offer| **offer == OfferState::Accepted).count();
            prop_assert_eq!(accepted == 1, desk.referral == ReferralState::Placed, "{:?}", desk);
            if desk.referral == ReferralState::Placed {
                prop_assert!(desk.asked && desk.approvals > 0, "{desk:?}");
                placed.set(placed.get() + 1);
            }
        }
        Ok(())
    });
    assert_eq!(result, Ok(()));
    assert!(placed.get() > 100, "the stories must get as far as a placement, or they prove nothing: {}", placed.get());
}

#[test]
fn the_straight_road_leads_from_draft_to_placed() {
    use ReferralAct as Act;
    let mut desk = Desk { referral: ReferralState::Draft, offers: [OfferState::Draft; OFFERS], approvals: 0, asked: false };
    for act in [Act::Submit, Act::Return, Act::Submit, Act::Accept, Act::SearchInHouse, Act::Authorise, Act::Release] {
        desk.attempt(&Try::Referral(act, 0));
    }
    desk.attempt(&Try::Offer(OfferAct::Submit, 0));
    desk.attempt(&Try::Offer(OfferAct::Shortlist, 0));
    for act in [Act::Shortlist, Act::Prefer, Act::AskApproval, Act::Place] {
        desk.attempt(&Try::Referral(act, 0));
    }
    assert_eq!(desk.referral, ReferralState::AwaitingApproval, "not before an approval");
    desk.attempt(&Try::Approve);
    desk.attempt(&Try::Referral(Act::Place, 0));
    assert_eq!((desk.referral, desk.offers[0]), (ReferralState::Placed, OfferState::Accepted));
}

#[test]
fn only_awaiting_approval_leads_to_placed() {
    for state in ReferralState::ALL {
        for act in ReferralAct::ALL {
            let leads = state.leads_to(*act) == Some(ReferralState::Placed);
            assert_eq!(leads, (*state, *act) == (ReferralState::AwaitingApproval, ReferralAct::Place));
        }
    }
}

fn desk() -> Desk {
    Desk { referral: ReferralState::InternalSearch, offers: [OfferState::Shortlisted; OFFERS], approvals: 0, asked: false }
}

#[test]
fn a_search_is_authorised_complete_by_another_person_and_after_the_in_house_search() {
    let authorise = |facts: ReferralFacts| ReferralState::InternalSearch.after(ReferralAct::Authorise, &facts);
    let base = desk().referral_facts();
    let facts = ReferralFacts { unanswered: vec!["Health"], ..base.clone() };
    assert_eq!(authorise(facts), Err(ReferralRefusal::Incomplete { questions: vec!["Health"] }));
    assert_eq!(authorise(ReferralFacts { is_own: true, ..base.clone() }), Err(ReferralRefusal::OwnReferral));
    assert_eq!(authorise(ReferralFacts { in_house: None, ..base.clone() }), Err(ReferralRefusal::InHouseResultNeeded));
    let emergency = ReferralFacts { in_house: None, urgency: Urgency::Emergency, ..base.clone() };
    assert_eq!(authorise(emergency), Ok(ReferralState::Authorised));
    let found = ReferralFacts { in_house: Some(InHouseResult::Found), ..base };
    assert_eq!(authorise(found), Err(ReferralRefusal::FoundInHouse));
}

#[test]
fn a_frozen_late_dear_or_lower_ranked_offer_is_stopped_with_what_to_do() {
    let base = desk().offer_facts(OfferState::Shortlisted);
    let prefer = |facts: OfferFacts| OfferState::Shortlisted.after(OfferAct::Prefer, &facts);
    let frozen = OfferFacts { standing: Standing::Frozen { since: day(1) }, ..base.clone() };
    assert_eq!(prefer(frozen), Err(OfferRefusal::Frozen { since: day(1) }));
    let dear = OfferFacts { price: PriceStanding::ExceptionOpen, ..base.clone() };
    assert_eq!(prefer(dear), Err(OfferRefusal::PriceExceptionOpen));
    let second = OfferFacts { rank: Some(2), reason: " ".to_owned(), ..base.clone() };
    assert_eq!(prefer(second.clone()), Err(OfferRefusal::NotFirst { rank: 2 }));
    assert_eq!(prefer(OfferFacts { reason: "near her sister".to_owned(), ..second }), Ok(OfferState::Preferred));
    assert_eq!(prefer(OfferFacts { other_awards: 1, ..base.clone() }), Err(OfferRefusal::AnotherPreferred));
    let late = OfferFacts { wave: Wave::Closed { on: day(1) }, ..base.clone() };
    assert_eq!(OfferState::Draft.after(OfferAct::Submit, &late), Err(OfferRefusal::TooLate { on: day(1) }));
    let stale = OfferFacts { today: day(31), valid_until: Some(day(30)), ..base };
    assert_eq!(prefer(stale.clone()), Err(OfferRefusal::OutOfDate { valid_until: day(30) }));
    assert_eq!(OfferState::Preferred.after(OfferAct::Expire, &stale), Ok(OfferState::Expired));
}
