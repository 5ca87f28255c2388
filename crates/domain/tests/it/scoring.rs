//! Scoring: who sees and scores what, when a score can be agreed on, and what a conflict of interest that turns up late takes away.
#![expect(clippy::unwrap_used, reason = "tests")]

use domain::calendar::Instant;
use domain::ids::{OpenedBidId, PersonId};
use domain::procurement::award::{AwardRefusal, Made, Progress, may_award, may_sign};
use domain::procurement::evaluation::{
    Agreed, AgreedScore, Answer, BidToScore, Declared, EvaluationRefusal, GivenScore, LateConflict, NamedEvaluator, has_conflict,
    may_see_bids,
};
use domain::procurement::plan::TenderPlan;
use proptest::prelude::*;
use uuid::Uuid;

use crate::evaluation::plan;

/// Whoever writes down what was agreed.
const OFFICER: u8 = 9;

fn person(number: u8) -> PersonId {
    PersonId(Uuid::from_u128(u128::from(number)))
}

fn bid() -> OpenedBidId {
    OpenedBidId(Uuid::from_u128(1))
}

fn at(hour: u32) -> Instant {
    Instant::new(format!("2027-03-01T{hour:02}:00:00Z").parse().unwrap())
}

fn given(by: u8) -> GivenScore {
    GivenScore { bid: bid(), question: "CARE".to_owned(), by: person(by), score: 3 }
}

fn agreed(rests_on: &[u8]) -> AgreedScore {
    let rests_on = rests_on.iter().map(|by| person(*by)).collect();
    AgreedScore { bid: bid(), question: "CARE".to_owned(), agreed: 3, rests_on, written_by: person(OFFICER) }
}

fn said(by: u8, has_conflict: bool, hour: u32) -> Declared {
    Declared { person: person(by), has_conflict, at: at(hour) }
}

fn all<'a>(plan: &'a TenderPlan, scores: &'a [AgreedScore], declared: &'a [Declared]) -> Agreed<'a> {
    Agreed { plan, scores, declared, locked_at: None }
}

fn answer<'a>(agreed: Agreed<'a>, scores: &'a [GivenScore]) -> Answer<'a> {
    Answer { agreed, lot: "R1", bid: bid(), question: "CARE", scores }
}

/// The plan that ships, with one question.
fn of_care() -> TenderPlan {
    let mut plan = plan();
    plan.questions.retain(|question| question.code == "CARE");
    plan
}

fn going_on() -> [BidToScore; 1] {
    [BidToScore { bid: bid(), lot: "R1".to_owned(), goes_on: true }]
}

#[test]
fn an_evaluator_scores_alone_until_enough_have_and_nobody_sees_a_bid_undeclared() {
    let named = [NamedEvaluator { person: person(10), is_live: true }, NamedEvaluator { person: person(11), is_live: false }];
    let (clear, conflict) = (said(10, false, 9), said(10, true, 10));
    assert_eq!(may_see_bids(person(10), &named, &[]), Err(EvaluationRefusal::NotDeclared));
    assert_eq!(may_see_bids(person(10), &named, &[clear, conflict]), Err(EvaluationRefusal::Conflict), "the latest counts");
    assert_eq!(may_see_bids(person(10), &named, &[clear]), Ok(()));
    assert_eq!(may_see_bids(person(11), &named, &[clear]), Err(EvaluationRefusal::NotNamed));
    let plan = plan();
    let (one, two) = ([given(10)], [given(10), given(12)]);
    let answer = |scores| answer(all(&plan, &[], &[]), scores);
    assert_eq!(answer(&one).may_score(person(10), 4, "better than I thought"), Ok(()), "nobody has seen it");
    assert_eq!(answer(&two).may_score(person(10), 4, "like the other"), Err(EvaluationRefusal::Compared));
    assert_eq!(answer(&two).may_score(person(13), 4, "a third view"), Ok(()));
    assert!(!answer(&one).shows_others(person(12), true) && !answer(&two).shows_others(person(13), true), "a third scores alone as well");
    assert!(answer(&two).shows_others(person(10), true) && answer(&two).shows_others(person(99), false));
    assert_eq!(answer(&one).may_agree(3, "why"), Err(EvaluationRefusal::FewScores { given: 1, wanted: 2 }));
    assert_eq!(answer(&two).may_agree(6, "why"), Err(EvaluationRefusal::OffScale(5)));
    assert_eq!(answer(&two).may_agree(3, ""), Err(EvaluationRefusal::NoReason));
}

#[test]
fn an_agreed_score_that_rests_on_too_few_people_is_agreed_again_and_does_not_come_back_by_itself() {
    let plan = of_care();
    let (scores, before) = ([given(10), given(11)], [agreed(&[10, 11])]);
    let (clear, conflict) = (said(11, false, 8), said(11, true, 12));
    let declared = [clear, conflict];
    let untouched = all(&plan, &before, &declared[..1]);
    assert_eq!((untouched.may_lock(&going_on()), answer(untouched, &scores).is_agreed()), (Ok(()), true));

    let fell = all(&plan, &before, &declared);
    assert_eq!(fell.may_lock(&going_on()), Err(EvaluationRefusal::NotAgreed { wanting: 1, again: 1 }));
    assert!(fell.may_lock(&going_on()).unwrap_err().to_string().contains("1 of them had one that rests on too few people"));
    assert_eq!(fell.late_conflicts(), [], "what fell counts for nothing: there is nothing to deal with");
    let now = answer(fell, &scores);
    assert_eq!(now.may_agree(3, "as before"), Err(EvaluationRefusal::FewScores { given: 1, wanted: 2 }));
    assert_eq!(now.may_score(person(10), 4, "now that I know"), Err(EvaluationRefusal::Compared), "they have seen the other score");
    assert!(!now.shows_others(person(12), true) && !now.shows_others(person(10), true));
    assert_eq!(now.may_score(person(12), 2, "in their place"), Ok(()));

    // Somebody else scores: two scores stand again, and still nothing is agreed.
    let scores = [given(10), given(11), given(12)];
    assert_eq!(answer(fell, &scores).standing(), [person(10), person(12)]);
    assert_eq!(fell.may_lock(&going_on()), Err(EvaluationRefusal::NotAgreed { wanting: 1, again: 1 }));
    assert_eq!(answer(fell, &scores).may_agree(2, "agreed again"), Ok(()));
    let after = [agreed(&[10, 12])];
    let again = all(&plan, &after, &declared);
    assert_eq!((again.may_lock(&going_on()), again.late_conflicts()), (Ok(()), Vec::new()));
}

#[test]
fn a_conflict_that_leaves_enough_scores_or_comes_after_the_lock_is_dealt_with_by_somebody_else_before_the_award() {
    let plan = of_care();
    let (three, conflict) = ([agreed(&[10, 11, 12])], [said(11, true, 12)]);
    let open = all(&plan, &three, &conflict);
    assert_eq!(open.may_lock(&going_on()), Ok(()), "two of three are as many as the tender asks for");
    assert_eq!(open.late_conflicts(), [LateConflict { person: person(11), touched: 1 }], "and still nobody keeps quiet about it");

    // After the lock nothing falls, whoever declares: also those who scored nothing, and whoever wrote the scores down.
    let two = [agreed(&[10, 11])];
    let late = [said(11, true, 12), said(OFFICER, true, 13), said(30, true, 14), said(31, true, 7), said(10, false, 14)];
    let locked = Agreed { locked_at: Some(at(11)), ..all(&plan, &two, &late) };
    assert!(locked.counts(&two[0]) && locked.still_to_agree(&going_on()).is_empty());
    let found = locked.late_conflicts();
    let touched: Vec<(PersonId, usize)> = found.iter().map(|late| (late.person, late.touched)).collect();
    assert_eq!(
        touched,
        [(person(11), 1), (person(OFFICER), 1), (person(30), 0)],
        "whoever declared before the lock and scored nothing touches nothing"
    );

    let settle = |of: u8, is_settled, how| locked.may_settle(person(of), is_settled, how);
    assert_eq!(settle(11, false, "her sister’s home would have ranked the same"), Ok(()));
    assert_eq!(settle(31, false, "nothing in it"), Err(EvaluationRefusal::NothingToSettle));
    assert_eq!(settle(11, true, "again"), Err(EvaluationRefusal::Settled));
    assert_eq!(settle(11, false, " "), Err(EvaluationRefusal::NoReason));

    let made = Made { are_summaries_sent: true, notice_on: Some("2027-03-02".parse().unwrap()) };
    let ready = Progress { are_prices_open: true, admitted: 2, suppliers: 2, ..Progress::default() };
    let later = "2027-05-04".parse().unwrap();
    for open_conflicts in [0, 2] {
        let progress = Progress { open_conflicts, ..ready.clone() };
        let expected = if open_conflicts == 0 { Ok(()) } else { Err(AwardRefusal::ConflictOpen(2)) };
        assert_eq!(may_award(&plan, &progress), expected);
        assert_eq!(may_sign(&plan, &Progress { award: Some(made), ..progress }, later), expected);
    }
}

proptest! {
    /// Whoever declares whatever in whichever order: what counts until the lock rests on enough people without a conflict, a conflict
    /// never makes more count, and each conflict with a part in what counts is named.
    #[test]
    fn no_conflict_hides_behind_an_agreed_score(
        rests_on in proptest::collection::vec(proptest::collection::btree_set(0_u8..5, 0..5), 1..6),
        declared in proptest::collection::vec((0_u8..6, any::<bool>(), 0_u32..24), 0..12),
        lock in proptest::option::of(0_u32..24),
    ) {
        let plan = of_care();
        let scores: Vec<AgreedScore> = rests_on.iter().map(|rests_on| agreed(&rests_on.iter().copied().collect::<Vec<_>>())).collect();
        let declared: Vec<Declared> = declared.into_iter().map(|(by, has_conflict, hour)| said(by, has_conflict, hour)).collect();
        let of = |declared, locked_at| Agreed { plan: &plan, scores: &scores, declared, locked_at };
        let now = of(&declared, lock.map(at));
        let open = of(&declared, None);
        for (score, rests_on) in scores.iter().zip(&rests_on) {
            let untouched = rests_on.iter().filter(|by| !has_conflict(person(**by), &declared)).count();
            prop_assert_eq!(open.counts(score), untouched >= 2);
            prop_assert!(of(&[], None).counts(score) || !open.counts(score));
            prop_assert!(lock.is_none() || now.counts(score));
            for by in rests_on.iter().filter(|by| now.counts(score) && has_conflict(person(**by), &declared)) {
                prop_assert!(now.late_conflicts().iter().any(|late| late.person == person(*by) && late.touched > 0));
            }
        }
        let found = now.late_conflicts();
        prop_assert!(found.iter().all(|late| has_conflict(late.person, &declared)));
        prop_assert_eq!(found.iter().map(|late| late.person).collect::<std::collections::BTreeSet<_>>().len(), found.len());
    }
}
