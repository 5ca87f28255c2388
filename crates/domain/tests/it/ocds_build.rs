//! Our own releases beside the published validator, our own checker and the list of what may be said.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use domain::procurement::notice::NoticeRule;
use domain::procurement::ocds::allowed::allowed;
use domain::procurement::ocds::build::{NotTold, Telling, release};
use domain::procurement::ocds::check::{Fault, check};
use domain::procurement::ocds::json::Json;
use domain::procurement::ocds::package::{Publisher, record_package, release_package, versioned_record};
use serde_json::Value;

use crate::procured::{at, awarded, bought_under, day, drafted, given_up, signed, story, story_of, tell};

fn faults(releases: &[Value]) -> Vec<Fault> {
    let texts: Vec<String> = releases.iter().map(Value::to_string).collect();
    let read: Vec<Json<'_>> = texts.iter().map(|text| Json::read(text).unwrap()).collect();
    check(&read, &["ocds-213czf-d2n2-1".to_owned()].into())
}

fn tags(releases: &[Value]) -> Vec<String> {
    releases.iter().map(|release| release["tag"].to_string()).collect()
}

#[test]
fn a_procurement_is_told_from_its_first_talks_to_the_end_of_a_contract() {
    let told = story();
    let expected = [
        r#"["planning"]"#,
        r#"["planningUpdate"]"#,
        r#"["tender"]"#,
        r#"["tenderUpdate"]"#,
        r#"["award"]"#,
        r#"["award","contract"]"#,
        r#"["contractTermination"]"#,
    ];
    assert_eq!(tags(&told), expected);
    assert_eq!(tags(&given_up()), [r#"["tender"]"#, r#"["tenderCancellation"]"#]);
    let [.., award, contracts, ending] = told.as_slice() else { panic!("too few") };
    assert_eq!((&award["awards"][0]["status"], &award["awards"][2]["status"]), (&"pending".into(), &"unsuccessful".into()));
    assert_eq!(award["awards"][0]["standstillPeriod"]["endDate"], "2026-02-10T23:59:59+00:00");
    assert_eq!(award["contracts"], Value::Null, "nothing is signed yet");
    assert_eq!((&contracts["awards"][0]["status"], contracts["contracts"].as_array().unwrap().len()), (&"active".into(), 3));
    let statuses = ending["contracts"].as_array().unwrap().iter().map(|contract| contract["status"].as_str().unwrap());
    assert_eq!(statuses.collect::<Vec<_>>(), ["active", "active", "terminated"]);
    assert_eq!(ending["contracts"][2]["period"]["endDate"], "2026-08-31T23:59:59+01:00", "in summer time");
    let criteria = told[2]["tender"]["lots"][0]["awardCriteria"]["criteria"].as_array().unwrap();
    assert_eq!(criteria.iter().map(|one| one["numbers"][0]["number"].as_i64().unwrap()).sum::<i64>(), 100);
    assert_eq!(told[2]["tender"]["value"]["amountGross"], 150_000_000);
    let agreement = &told[2]["tender"]["techniques"]["frameworkAgreement"];
    assert_eq!(agreement["openFrameworkSchemeEndDate"], "2034-03-31T23:59:59+01:00");
    assert!(agreement["description"].as_str().unwrap().ends_with("have begun when it is superseded or expires may finish."), "{agreement}");
}

#[test]
fn our_checker_finds_no_fault_in_what_we_publish_together_or_each_by_itself() {
    let (told, ended) = (story(), given_up());
    assert_eq!(faults(&told), []);
    assert_eq!(faults(&[story(), bought_under()].concat()), []);
    assert_eq!(faults(&ended), []);
    for release in told.iter().chain(&ended) {
        assert_eq!(faults(std::slice::from_ref(release)), [], "{}", release["id"]);
    }
}

#[test]
fn what_is_bought_under_a_framework_is_a_process_of_its_own_that_names_the_framework() {
    for release in bought_under() {
        let related = &release["relatedProcesses"];
        assert_eq!((related[0]["relationship"][0].as_str(), &related[0]["identifier"]), (Some("framework"), &story()[0]["ocid"]));
        let tender = &release["tender"];
        assert_eq!((&tender["procurementMethod"], &tender["techniques"]), (&"selective".into(), &Value::Null));
        assert_ne!(release["ocid"], story()[0]["ocid"]);
    }
}

fn shared_tool() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let path = std::env::var_os("NEARHOME_SHARED").map_or_else(beside, Into::into).join("tools/ocds-check");
    if !path.exists() {
        eprintln!("SKIPPED: {} is not there, so the published validator saw nothing of what we publish", path.display());
    }
    path.exists().then_some(path)
}

#[test]
fn the_published_validator_finds_no_error_in_our_packages() {
    let Some(tool) = shared_tool() else { return };
    let folder = std::env::temp_dir().join(format!("nearhome-releases-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let publisher = Publisher { name: "Synthetic councils".to_owned(), uri: "https://nearhome.example/releases.json".to_owned() };
    let (told, ended, under) = (story(), given_up(), bought_under());
    let packed = at("5/9/2026", 9, 0);
    let records = record_package(&publisher, packed, &[told.clone(), ended.clone(), under.clone()]).unwrap();
    assert_eq!(records["records"][0]["compiledRelease"]["tender"]["status"], "complete");
    let deadlines = &versioned_record(&told).unwrap()["versionedRelease"]["tender"]["tenderPeriod"]["endDate"];
    assert_eq!(deadlines.as_array().unwrap().len(), 2, "the first and the later one: {deadlines}");
    let releases = release_package(&publisher, packed, told.into_iter().chain(ended).chain(under).collect());
    for (name, package) in [("releases.json", releases), ("records.json", records)] {
        let file = folder.join(name);
        std::fs::write(&file, package.to_string()).unwrap();
        let said = Command::new(&tool).arg(&file).output().unwrap();
        let words = String::from_utf8_lossy(&said.stdout).into_owned();
        assert!(said.status.success() && words.contains("validation errors: 0"), "{words}{}", String::from_utf8_lossy(&said.stderr));
        assert!(words.contains("additional fields: []"), "{words}");
    }
    std::fs::remove_dir_all(&folder).unwrap();
}

fn paths(value: &Value, path: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                paths(value, &if path.is_empty() { name.clone() } else { format!("{path}/{name}") }, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| paths(item, path, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            found.insert(path.to_owned());
        }
    }
}

#[test]
fn the_list_of_what_may_be_said_holds_nothing_that_no_release_says() {
    let mut found = BTreeSet::new();
    let mut one_lot = drafted();
    one_lot.plan.framework.lots.truncate(1);
    awarded(&mut one_lot);
    one_lot.award.as_mut().unwrap().lots.truncate(1);
    one_lot.timetable.published_at = Some(at("11/8/2025", 14, 29));
    let alone = [tell(&mut one_lot, Telling::Tender, at("11/8/2025", 14, 29)), tell(&mut one_lot, Telling::Award, at("30/1/2026", 15, 27))];
    for release in story().iter().chain(&given_up()).chain(&alone) {
        paths(release, "", &mut found);
    }
    let unused: Vec<&String> = allowed().difference(&found).collect();
    assert!(unused.is_empty(), "{unused:?}");
    assert!(found.is_subset(allowed()));
}

#[test]
fn what_the_councils_keep_to_themselves_is_in_no_release() {
    let mut facts = drafted();
    let framework = &mut facts.plan.framework;
    "CANARY".clone_into(&mut framework.cascade);
    "CANARY".clone_into(&mut framework.terms_version);
    framework.price_base_year = Some("CANARY".to_owned());
    for decision in &mut framework.decisions {
        "CANARY".clone_into(&mut decision.reference);
    }
    for criterion in &mut framework.criteria {
        "CANARY".clone_into(&mut criterion.name);
    }
    for category in framework.lots.iter_mut().flat_map(|lot| &mut lot.categories) {
        "CANARY".clone_into(&mut category.name);
    }
    for question in &mut facts.plan.questions {
        "CANARY".clone_into(&mut question.code);
    }
    for release in story_of(&mut facts) {
        assert!(!release.to_string().contains("CANARY"), "{release:#}");
    }
}

#[test]
fn nothing_is_told_before_its_turn_or_twice() {
    let rule = NoticeRule::default();
    let now = at("1/4/2026", 9, 0);
    let refused = |facts: &_, telling| release(facts, &rule, telling, 9, now).unwrap_err();
    let mut facts = drafted();
    assert!(matches!(refused(&facts, Telling::Tender), NotTold::Nothing(_)));
    assert_eq!(refused(&facts, Telling::Award), NotTold::NoTender);
    facts.timetable.published_at = Some(at("11/8/2025", 14, 29));
    tell(&mut facts, Telling::Tender, at("11/8/2025", 14, 29));
    assert_eq!(refused(&facts, Telling::Tender), NotTold::Tendered);
    assert!(matches!(refused(&facts, Telling::TenderChange), NotTold::Nothing(_)));
    assert!(matches!(refused(&facts, Telling::Award), NotTold::Nothing(_)));
    awarded(&mut facts);
    facts.award.as_mut().unwrap().summaries_sent_at = None;
    assert_eq!(refused(&facts, Telling::Award), NotTold::NoSummaries);
    awarded(&mut facts);
    facts.award.as_mut().unwrap().standstill_until = None;
    assert_eq!(refused(&facts, Telling::Award), NotTold::NoStandstill);
    awarded(&mut facts);
    facts.contracts = vec![signed(1, &["F1"], at("31/3/2026", 9, 0))];
    assert!(matches!(refused(&facts, Telling::Contracts), NotTold::Nothing(_)), "the award notice comes first");
    tell(&mut facts, Telling::Award, at("30/1/2026", 15, 27));
    tell(&mut facts, Telling::Contracts, at("31/3/2026", 15, 0));
    assert!(matches!(refused(&facts, Telling::Contracts), NotTold::Nothing(_)));
    facts.contracts.push(signed(2, &["F1"], at("1/4/2026", 8, 0)));
    assert_eq!(tell(&mut facts, Telling::Contracts, now)["tag"], serde_json::json!(["contract"]));
    assert!(matches!(refused(&facts, Telling::Ending), NotTold::Nothing(_)));
    facts.contracts[0].ended_on = Some(day("3/4/2026"));
    assert!(release(&facts, &rule, Telling::Ending, 9, now).is_ok());
}
