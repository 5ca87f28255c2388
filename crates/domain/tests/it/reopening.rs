//! A framework awarded again: what must stay the same, who stays on it, and which prices hold when.

use domain::calendar::Day;
use domain::consortium::framework::{Framework, Regime};
use domain::pence::{Pence, WeeklyRate};
use domain::procurement::plan::TenderPlan;
use domain::procurement::reopening::{CarryOver, ReawardRefusal, Reopening, in_force, may_carry_over, reaward_problems};

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

fn standing(regime: Regime) -> Framework {
    let plan = crate::evaluation::plan().framework;
    Framework { regime, starts_on: day("2026-04-01"), ends_on: day("2034-03-31"), reawarded_on: Vec::new(), ..plan }
}

#[test]
fn an_open_framework_is_awarded_again_within_three_years_whole_and_never_past_its_eighth() {
    let old = standing(Regime::Pa2023Open);
    assert_eq!(reaward_problems(&old, &old, day("2029-03-31")), []);
    assert_eq!(reaward_problems(&old, &old, day("2029-04-01")), [ReawardRefusal::Overdue(day("2029-03-31"))]);
    assert_eq!(reaward_problems(&old, &old, day("2026-04-01")), [ReawardRefusal::TooEarly(day("2026-04-01"))]);
    let mut longer = old.clone();
    longer.ends_on = day("2034-04-01");
    let left_out = longer.lots.remove(0).code;
    let found = reaward_problems(&old, &longer, day("2028-01-01"));
    assert_eq!(found, [ReawardRefusal::LotMissing(left_out), ReawardRefusal::PastScheme(day("2034-03-31"))]);
    let later = Framework { starts_on: day("2027-04-01"), ..old.clone() };
    assert_eq!(reaward_problems(&old, &later, day("2028-01-01")), [ReawardRefusal::Differs("the first day")]);
    // After the second award five years count, from that award.
    let again = Framework { reawarded_on: vec![day("2028-04-01")], ..old };
    assert_eq!(again.due_again_on(), Some(day("2033-03-31")));
    assert_eq!(reaward_problems(&again, &again, day("2033-03-31")), []);
    assert_eq!(reaward_problems(&again, &again, day("2033-04-01")), [ReawardRefusal::Overdue(day("2033-03-31"))]);
}

#[test]
fn a_flexible_framework_keeps_its_own_schedule_and_a_closed_one_is_let_once() {
    let mut flexible = standing(Regime::Pa2023Flexible);
    assert_eq!(flexible.due_again_on(), None, "no schedule, no day");
    flexible.reopens_every_months = Some(6);
    assert_eq!(flexible.due_again_on(), Some(day("2026-09-30")));
    assert_eq!(reaward_problems(&flexible, &flexible, day("2027-04-01")), [], "late by its own schedule only");
    for closed in [Regime::Pcr2015, Regime::Spot] {
        let closed = standing(closed);
        assert_eq!(reaward_problems(&closed, &closed, day("2027-04-01")), [ReawardRefusal::LetOnce(closed.regime)]);
        assert_eq!(closed.due_again_on(), None);
    }
}

#[test]
fn with_a_limit_of_suppliers_status_is_no_ground_to_stay() {
    let open = Regime::Pa2023Open;
    assert_eq!(may_carry_over(CarryOver::Status, open, false), Ok(()));
    assert_eq!(may_carry_over(CarryOver::Status, open, true), Err(ReawardRefusal::Limited));
    assert_eq!(may_carry_over(CarryOver::EarlierTender, open, true), Ok(()));
    assert_eq!(may_carry_over(CarryOver::NewTender, open, true), Ok(()));
    let flexible = Regime::Pa2023Flexible;
    assert_eq!(may_carry_over(CarryOver::EarlierTender, flexible, false), Err(ReawardRefusal::NotOpen(flexible)));
    assert_eq!(may_carry_over(CarryOver::NewTender, flexible, false), Ok(()));
}

#[test]
fn published_prices_end_where_the_next_award_begins_and_are_never_edited() {
    let old = standing(Regime::Pa2023Open);
    let mut plan =
        TenderPlan { framework: old.clone(), reopening: Some(Reopening { begins_on: day("2028-04-01") }), ..crate::evaluation::plan() };
    let dropped = plan.framework.lots[0].categories.pop().unwrap();
    let raised = plan.framework.lots[0].categories.first_mut().map(|category| {
        category.maximum_weekly_prices.truncate(1);
        let row = &mut category.maximum_weekly_prices[0];
        (row.weekly, row.from, row.to) = (WeeklyRate(Pence(600_000)), day("2028-04-01"), None);
        category.code.clone()
    });
    let next = in_force(Some(&old), &plan);
    assert_eq!(next.reawarded_on, [day("2028-04-01")]);
    for (code, is_dropped) in [(&raised.unwrap(), false), (&dropped.code, true)] {
        let on = |framework: &Framework, text: &str| framework.category(code).unwrap().1.maximum_on(day(text)).map(|row| row.weekly);
        for before in ["2026-04-01", "2027-04-01", "2028-03-31"] {
            assert_eq!(on(&next, before), on(&old, before), "{code} on {before}");
        }
        let after = (!is_dropped).then_some(WeeklyRate(Pence(600_000)));
        assert_eq!(on(&next, "2028-04-01"), after, "{code}");
        assert!(next.category(code).unwrap().1.maximum_prices().is_ok());
    }
    assert_eq!(in_force(None, &plan), plan.framework, "a first award is taken as it is");
}
