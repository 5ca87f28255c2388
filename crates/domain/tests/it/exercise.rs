//! An exercise under a framework: within its lots, users, time, criteria and prices, or refused with what is wrong.

use domain::calendar::Day;
use domain::consortium::framework::{Framework, ScoreMethod};
use domain::consortium::{Consortium, CouncilCode};
use domain::pence::{Pence, WeeklyRate};
use domain::place::Point;
use domain::procurement::exercise::{Direct, DirectGround, Exercise, Lies, Radius, RadiusFrom, Share, Step};
use domain::procurement::life::{AwardOver, FrameworkState};
use domain::procurement::plan::TenderPlan;
use domain::registration::ServiceKind;

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

fn code(text: &str) -> CouncilCode {
    CouncilCode(text.to_owned())
}

fn framework() -> Framework {
    let consortium: Consortium = toml::from_str(include_str!("../../../../config/d2n2.toml")).unwrap();
    consortium.framework("CCS072").unwrap().clone()
}

/// The block of two homes for two children each that the domain notes tell of (2.5).
fn block() -> Exercise {
    Exercise {
        under: "CCS072".to_owned(),
        need: "Twelve children with complex needs live more than 20 miles away for want of a home here.".to_owned(),
        beds: 4,
        shares: vec![
            Share { council: Some(code("E06000018")), other: None, percent: 70 },
            Share { council: None, other: Some("Integrated care board".to_owned()), percent: 30 },
        ],
        radius: None,
        years: vec![5, 2, 2],
        guaranteed_pence: Pence(1_126_200_000),
        at_most_pence: Pence(1_872_000_000),
        ramp_up: vec![Step { from_month: 1, beds: 2 }, Step { from_month: 7, beds: 4 }],
        open_book: Some("Costs of each home, every quarter".to_owned()),
        direct: None,
    }
}

fn plan(exercise: Exercise) -> TenderPlan {
    let under = framework();
    let mut plan = crate::evaluation::plan();
    let scored = under.criteria.iter().find(|one| one.how == ScoreMethod::Scored).unwrap().code.clone();
    for question in &mut plan.questions {
        question.refines = Some(scored.clone());
    }
    let starts_on = day("2027-04-01");
    plan.framework = Framework {
        reference: "CCS072-B1".to_owned(),
        starts_on,
        ends_on: exercise.last_day(starts_on),
        lots: vec![under.lots[0].clone()],
        users: vec![code("E06000018"), code("E10000024")],
        ..under
    };
    TenderPlan { reopening: None, exercise: Some(exercise), ..plan }
}

/// What is changed about a sound exercise.
type Change = fn(&mut Exercise);

/// The fields that are wrong.
fn wrong(plan: &TenderPlan, under: &Framework) -> Vec<String> {
    plan.exercise.as_ref().unwrap().problems(plan, under).into_iter().map(|problem| problem.path).collect()
}

#[test]
fn four_beds_for_nine_years_at_18_72_million_cost_10_000_a_bed_and_week() {
    let block = block();
    assert_eq!(block.per_bed_and_week(), Some(Pence(1_000_000)));
    assert_eq!(block.last_day(day("2027-04-01")), day("2036-03-31"));
    assert_eq!(Exercise { beds: 0, ..block }.per_bed_and_week(), None);
}

#[test]
fn a_complete_exercise_has_no_problem_and_each_fault_is_told_at_its_field() {
    let under = framework();
    assert_eq!(plan(block()).problems(), [], "as a tender");
    assert_eq!(wrong(&plan(block()), &under), [""; 0]);
    let faulty = |change: Change| {
        let mut exercise = block();
        change(&mut exercise);
        wrong(&plan(exercise), &under)
    };
    let all: [(Change, &str); 12] = [
        (|one| one.need = " ".to_owned(), "exercise.need"),
        (|one| one.years = vec![5, 0], "exercise.years"),
        (|one| one.shares[0].percent = 69, "exercise.shares"),
        (|one| one.shares[1].other = None, "exercise.shares"),
        (|one| one.shares[0].council = Some(code("E06000015")), "exercise.shares"),
        (|one| one.at_most_pence = Pence(1_126_199_999), "exercise.guaranteed_pence"),
        (|one| one.guaranteed_pence = Pence(-1), "exercise.guaranteed_pence"),
        (|one| one.ramp_up[1].beds = 3, "exercise.ramp_up"),
        (|one| one.ramp_up[0].from_month = 2, "exercise.ramp_up"),
        (|one| one.ramp_up.swap(0, 1), "exercise.ramp_up"),
        (
            |one| one.radius = Some(Radius { miles: 0, from: RadiusFrom::CityBorder, name: "Nottingham".to_owned(), point: None }),
            "exercise.radius",
        ),
        (|one| one.direct = Some(Direct { ground: DirectGround::OnlyOne, reason: String::new() }), "exercise.direct"),
    ];
    for (change, field) in all {
        assert!(faulty(change).contains(&field.to_owned()), "{field}: {:?}", faulty(change));
    }
    assert_eq!(faulty(|one| one.ramp_up.clear()), [""; 0], "all at once");
}

#[test]
fn it_stays_within_its_frameworks_lots_users_time_criteria_and_prices() {
    let under = framework();
    let changed = |change: fn(&mut TenderPlan)| {
        let mut plan = plan(block());
        change(&mut plan);
        wrong(&plan, &under)
    };
    assert_eq!(changed(|plan| plan.framework.users.push(code("E06000016"))), ["framework.users"]);
    assert_eq!(changed(|plan| plan.framework.lots[0].code = "R9".to_owned()), ["framework.lots"]);
    assert_eq!(changed(|plan| plan.framework.ends_on = day("2036-04-01")), ["framework.ends_on"]);
    assert_eq!(changed(|plan| plan.questions[0].refines = None), ["questions.0.refines"]);
    assert_eq!(changed(|plan| plan.questions[1].refines = Some("PRICE".to_owned())), ["questions.1.refines"], "people do not score it");
    assert_eq!(changed(|plan| plan.questions[1].refines = Some("NEW".to_owned())), ["questions.1.refines"]);
    let too_late = changed(|plan| {
        plan.framework.starts_on = day("2034-04-01");
        plan.framework.ends_on = day("2043-03-31");
    });
    assert!(too_late.contains(&"framework.starts_on".to_owned()), "{too_late:?}");
    let dearer = changed(|plan| {
        let row = plan.framework.lots[0].categories[0]
            .maximum_weekly_prices
            .iter_mut()
            .find(|row| row.to.is_none_or(|to| to > day("2027-04-01")));
        let row = row.unwrap();
        row.weekly = WeeklyRate(Pence(row.weekly.0.0 + 1));
    });
    assert_eq!(dearer, ["framework.lots"]);
}

#[test]
fn an_award_is_over_when_the_next_begins_or_the_framework_ends() {
    let framework = Framework { reawarded_on: vec![day("2029-04-01"), day("2033-04-01")], ..framework() };
    let over = |on| framework.award_over(day(on));
    assert_eq!(over("2027-01-04"), AwardOver { from: day("2029-04-01"), how: FrameworkState::Superseded });
    assert_eq!(over("2029-03-31").from, day("2029-04-01"));
    assert_eq!(over("2029-04-01").from, day("2033-04-01"), "its first day belongs to the new award");
    assert_eq!(over("2033-04-01"), AwardOver { from: day("2034-04-01"), how: FrameworkState::Expired });
    let ended = Framework { ends_on: day("2028-06-30"), terminated_on: Some(day("2028-07-01")), ..framework };
    assert_eq!(ended.award_over(day("2027-01-04")), AwardOver { from: day("2028-07-01"), how: FrameworkState::Terminated });
}

#[test]
fn a_competition_that_has_begun_finishes_after_its_framework_where_that_says_so_and_nothing_else_does() {
    let over = |how| AwardOver { from: day("2029-04-01"), how };
    let (competition, chosen) =
        (block(), Exercise { direct: Some(Direct { ground: DirectGround::OnlyOne, reason: "Alone".to_owned() }), ..block() });
    let goes_on = |exercise: &Exercise, may_finish, began_on, how, today| {
        exercise.may_go_on(may_finish, day(began_on), over(how), day(today)).map_err(|refusal| refusal.to_string())
    };
    for how in [FrameworkState::Superseded, FrameworkState::Expired, FrameworkState::Terminated] {
        assert_eq!(goes_on(&chosen, false, "2029-01-04", how, "2029-03-31"), Ok(()), "while it stands");
        let late = goes_on(&competition, true, "2029-04-01", how, "2029-04-01").unwrap_err();
        assert!(late.contains("CCS072 is over since 1 April 2029") && late.contains("nothing is begun"), "{late}");
        let unsaid = goes_on(&competition, false, "2029-03-31", how, "2029-04-01").unwrap_err();
        assert!(unsaid.contains("ends with it"), "{unsaid}");
        assert!(goes_on(&chosen, true, "2029-03-31", how, "2029-04-01").is_err(), "nobody competes for it");
        let finished = goes_on(&competition, true, "2029-03-31", how, "2030-01-04");
        assert_eq!(finished.is_ok(), how != FrameworkState::Terminated, "{how}: {finished:?}");
    }
}

#[test]
fn a_council_that_buys_alone_has_others_of_the_framework_open_its_bids() {
    let under = framework();
    let alone = |opened_by: &[&str], councils_at_least| {
        let mut plan = plan(block());
        plan.framework.users = vec![code("E06000018")];
        plan.opened_by = opened_by.iter().map(|one| code(one)).collect();
        plan.opening.councils_at_least = councils_at_least;
        let own = plan.problems().into_iter().map(|problem| problem.path);
        own.chain(wrong(&plan, &under)).collect::<Vec<_>>()
    };
    assert_eq!(alone(&[], 2), ["opening.councils_at_least"], "nobody else holds a share");
    assert_eq!(alone(&["E06000018", "E06000015"], 2), [""; 0]);
    assert_eq!(alone(&["E06000018", "E06000015", "E10000007", "E10000024"], 3), [""; 0]);
    assert_eq!(alone(&["E06000018", "E06000015"], 3), ["opening.councils_at_least"]);
    assert_eq!(alone(&["E06000018", "E06000016"], 2), ["opened_by"], "it does not use the framework");
    assert_eq!(alone(&["E06000015", "E10000007"], 2), ["opened_by"], "who buys holds a share");
    assert_eq!(alone(&["E06000018", "E06000018"], 2), ["opened_by"], "one council is no two");
    let mut tender = crate::evaluation::plan();
    tender.opened_by = vec![code("E06000018"), code("E06000015")];
    assert!(tender.problems().iter().any(|problem| problem.path == "opened_by"), "a framework’s bids are opened by its users");
}

#[test]
fn one_provider_is_chosen_only_where_the_framework_has_an_objective_way_to_choose() {
    let exercise = Exercise { direct: Some(Direct { ground: DirectGround::Mechanism, reason: "Ranked first".to_owned() }), ..block() };
    let mut plan = plan(exercise);
    plan.questions.clear();
    assert_eq!((plan.problems(), wrong(&plan, &framework())), (Vec::new(), Vec::new()), "nothing is asked of anybody");
    let closed = Framework { allows_direct_award: false, ..framework() };
    assert_eq!(wrong(&plan, &closed), ["exercise.direct"]);
}

#[test]
fn a_radius_is_judged_from_a_known_point_and_otherwise_left_to_people() {
    let point = Point { easting: 457_253, northing: 339_900 };
    let radius = Radius { miles: 4, from: RadiusFrom::Point, name: "The point".to_owned(), point: Some(point) };
    let east = |metres: i32| Some(Point { easting: point.easting + metres, northing: point.northing });
    // Four miles are 6437.376 metres.
    assert_eq!((radius.holds(east(6_437)), radius.holds(east(6_438)), radius.holds(None)), (Some(true), Some(false), None));
    let border = Radius { from: RadiusFrom::CountyBorder, ..radius.clone() };
    assert_eq!(border.holds(east(0)), None);

    let lies = |radius: &Radius, kind, place| Exercise { radius: Some(radius.clone()), ..block() }.lies(kind, place).unwrap();
    assert_eq!(lies(&radius, ServiceKind::Home, east(6_437)), (Lies::Within, "lies within 4 miles of The point".to_owned()));
    assert_eq!(lies(&radius, ServiceKind::Home, east(6_438)), (Lies::Outside, "does not lie within 4 miles of The point".to_owned()));
    let unplaced = Radius { point: None, ..radius.clone() };
    for (radius, kind, place, why) in [
        (&radius, ServiceKind::Home, None, "the place of the home is not on record"),
        (&unplaced, ServiceKind::Home, east(0), "the place of the point is not on record"),
        (&border, ServiceKind::Home, east(0), "it is measured from a border"),
        (&radius, ServiceKind::Fostering, east(90_000), "children live with carers, not at the branch"),
    ] {
        let (lies, words) = lies(radius, kind, place);
        assert_eq!(
            (lies, words),
            (Lies::ForPeople(why), format!("to be judged by people whether it lies within 4 miles of The point: {why}"))
        );
    }
    assert_eq!(block().lies(ServiceKind::Home, east(0)), None, "no radius is asked for");
}
