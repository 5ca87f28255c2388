//! Two consortia that share nothing: what holds for one must come from its configuration.
#![expect(clippy::unwrap_used, reason = "tests")]

use domain::calendar::Day;
use domain::consortium::{Consortium, CouncilCode, Origin, Problem};
use domain::governance::approval::ApprovalKind;
use domain::pence::{Pence, WeeklyRate};
use domain::people::Role;

const D2N2: &str = include_str!("../../../../config/d2n2.toml");
const THREE_RIVERS: &str = include_str!("../../../../config/examples/three-rivers.toml");

fn read(text: &str) -> Consortium {
    toml::from_str(text).unwrap()
}

fn code(text: &str) -> CouncilCode {
    CouncilCode(text.to_owned())
}

#[test]
fn both_consortia_can_be_used_as_they_are() {
    for text in [D2N2, THREE_RIVERS] {
        assert_eq!(read(text).problems(), Vec::<Problem>::new());
    }
}

#[test]
fn the_published_facts_of_the_two_frameworks_are_kept_apart_from_examples() {
    let consortium = read(D2N2);
    let fostering = consortium.framework("CCS034").unwrap();
    assert_eq!(fostering.value_ceiling_pence, Some(Pence(15_000_000_000)));
    assert_eq!(fostering.ends_on, Day::of(2034, 3, 31).unwrap());
    assert!(!fostering.is_example("lead") && fostering.is_example("terms_version"));
    assert!(fostering.criteria.iter().all(|criterion| criterion.origin.is_example()));
    let (_, category) = fostering.category("F-STD-5-10").unwrap();
    let row = category.maximum_on(fostering.starts_on).unwrap();
    assert_eq!((row.weekly, &row.origin), (WeeklyRate(Pence(110_000)), &Origin::Example));
    let residential = consortium.framework("CCS072").unwrap();
    assert_eq!(residential.value_ceiling_pence, Some(Pence(30_000_000_000)));
    assert_eq!(residential.users.len(), 4);
}

#[test]
fn the_ceilings_of_the_councils_come_to_the_value_of_each_framework() {
    for framework in &read(D2N2).frameworks {
        let ceilings = framework.decisions.iter().filter_map(|decision| decision.ceiling_pence);
        assert_eq!(Pence::sum(ceilings).ok(), framework.value_ceiling_pence);
    }
}

#[test]
fn derbyshire_is_stricter_than_its_neighbours() {
    let consortium = read(D2N2);
    let deciders = |council: &str| {
        let council = consortium.council(&code(council)).unwrap();
        let matrix = consortium.approval_matrix(council).unwrap();
        matrix.row(ApprovalKind::OutOfArea).unwrap().decided_by.clone()
    };
    assert_eq!(deciders("E10000007"), [Role::Director]);
    assert_eq!(deciders("E06000018"), [Role::NominatedOfficer, Role::Director]);
}

#[test]
fn the_other_consortium_has_its_own_prices_weights_and_thresholds() {
    let consortium = read(THREE_RIVERS);
    let framework = consortium.framework("TR-1").unwrap();
    let (lot, category) = framework.category("S-ALL").unwrap();
    assert_eq!(lot.code, "SOUTH");
    let prices = category.maximum_prices().unwrap();
    assert_eq!(prices.on(Day::of(2026, 9, 30).unwrap()), Some(WeeklyRate(Pence(560_000))));
    assert_eq!(prices.on(Day::of(2026, 10, 1).unwrap()), Some(WeeklyRate(Pence(575_000))));
    let loamshire = consortium.council(&code("E10000902")).unwrap();
    let matrix = consortium.approval_matrix(loamshire).unwrap();
    let panel = matrix.row(ApprovalKind::HighCost).unwrap();
    assert_eq!(panel.from_weekly, Some(WeeklyRate(Pence(650_000))));
    assert_eq!(matrix.row(ApprovalKind::FosteringFunding), None);
}

/// Replaces one line of a configuration, which must be there, and gives the problems.
fn problems_after(from: &str, to: &str) -> Vec<String> {
    assert!(D2N2.contains(from), "{from}");
    let broken = read(&D2N2.replacen(from, to, 1));
    broken.problems().iter().map(ToString::to_string).collect()
}

#[test]
fn every_problem_names_its_path_and_reason() {
    for (from, to, problem) in [
        ("weight_percent = 60", "weight_percent = 61", "frameworks[CCS034].criteria: the weights come to 101, not to 100"),
        ("ends_on = \"2034-03-31\"", "ends_on = \"2024-03-31\"", "frameworks[CCS034].ends_on: the framework ends before it starts"),
        ("lead = \"E10000007\"", "lead = \"E10000018\"", "frameworks[CCS034].lead: `E10000018` is not a council of the consortium"),
        ("cascade = \"BLOCK_FIRST\"", "cascade = \"NONE\"", "frameworks[CCS034].cascade: there is no cascade `NONE`"),
        (
            "published = \"reported account of the committee of 15 July 2025\"",
            "published = \"\"",
            "frameworks[CCS034].decisions[E06000018].origin: say where it was published",
        ),
        (
            "decided_by = [\"DIRECTOR\"]\norigin = { published",
            "decided_by = [\"TEAM_MANAGER\"]\norigin = { published",
            "councils[E10000007].approvals: `Placement out of area`: Team manager may not decide it; \
             the stricter rule below it allows Nominated officer or Director of children's services",
        ),
        (
            "weekly_pence = 100000, from = \"2026-04-01\"",
            "weekly_pence = 100000, from = \"2026-04-01\", to = \"2026-03-01\"",
            "frameworks[CCS034].lots[F1].categories[F-STD-0-4].maximum_weekly_prices: \
             a maximum valid from 1 April 2026 cannot end on 1 March 2026",
        ),
        (
            "adjoining = [\n    \"E10000024\", # Nottinghamshire\n]",
            "adjoining = [\n    \"E10000024\", \"E06000015\"\n]",
            "councils[E06000018].adjoining: `E06000015` does not list `E06000018` in return",
        ),
        ("code = \"E10000018\"", "code = \"E10000099\"", "counties: the districts of `E10000018` are not listed"),
        ("\"E07000129\", ", "\"E07000032\", ", "counties.districts: `E07000032` comes twice"),
    ] {
        assert_eq!(problems_after(from, to), [problem]);
    }
}

#[test]
fn a_misspelt_key_is_refused_not_ignored() {
    let misspelt = D2N2.replacen("radius_miles", "radius_mile", 1);
    assert!(toml::from_str::<Consortium>(&misspelt).is_err());
}

#[test]
fn every_adjoining_pair_that_the_law_turns_on_is_there() {
    let consortium = read(D2N2);
    let adjoin = |council: &str, other: &str| consortium.council(&code(council)).unwrap().adjoining.contains(&code(other));
    assert!(adjoin("E06000018", "E10000024") && !adjoin("E06000018", "E06000015"));
    assert!(adjoin("E10000007", "E06000015") && !adjoin("E10000007", "E06000018"));
    assert!(adjoin("E10000024", "E10000007"));
}
