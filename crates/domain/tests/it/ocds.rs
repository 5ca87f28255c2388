//! Merging beside the standard's own examples and its published schema.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use domain::procurement::ocds::json::Json;
use domain::procurement::ocds::merge::{Form, MergeFault, merge};
use domain::procurement::ocds::rules::{MergeRules, Place, Rule};
use serde_json::{Value, json};

fn shared(file: &str) -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let path = std::env::var_os("NEARHOME_SHARED").map_or_else(beside, Into::into).join("ocds").join(file);
    if !path.exists() {
        eprintln!("SKIPPED: {} is not there, so merging was not held beside it", path.display());
    }
    path.exists().then_some(path)
}

fn read(path: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn merged(releases: &Value, rules: &MergeRules, form: Form) -> Result<Value, MergeFault> {
    let text = releases.to_string();
    let releases: Vec<Json<'_>> = serde_json::from_str(&text).unwrap();
    merge(releases, rules, form).map(|merged| serde_json::to_value(merged).unwrap())
}

#[test]
fn all_fifty_examples_of_the_standard_come_out_as_published() {
    let Some(folder) = shared("merge-fixtures") else { return };
    let rules = |schema: &str| MergeRules::of_schema(&read(&folder.join(schema)));
    let mut pairs = 0;
    for (part, schema) in [("1.0", "release-schema-1__0__3.json"), ("1.1", "release-schema-1__1__4.json"), ("schema", "schema.json")] {
        let rules = rules(schema);
        for entry in std::fs::read_dir(folder.join(part)).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            for (ending, form) in [("-compiled.json", Form::Compiled), ("-versioned.json", Form::Versioned)] {
                let Some(stem) = name.strip_suffix(ending) else { continue };
                let releases = read(&path.with_file_name(format!("{stem}.json")));
                assert_eq!(merged(&releases, &rules, form).unwrap(), read(&path), "{part}/{name}");
                pairs += 1;
            }
        }
    }
    assert_eq!(pairs, 50);
}

/// The program knows the rules of the Find a Tender profile by names alone; the published schema says them place by place.
#[test]
fn the_rules_by_name_are_those_of_the_published_schema() {
    let Some(path) = shared("fts-release-schema.json") else { return };
    let by_place = MergeRules::of_schema(&read(&path));
    let MergeRules::OfSchema(places) = &by_place else { panic!("read from a schema") };
    let mut whole = BTreeMap::new();
    let mut waiting = vec![Place::RELEASE];
    let mut seen = 0;
    while let Some(place) = waiting.pop() {
        for (name, rule) in by_place.fields(place) {
            seen += 1;
            let by_name = |is_list| MergeRules::FindATender.of(place, name, is_list);
            match rule {
                Rule::Within(within) => {
                    waiting.push(within);
                    assert!(matches!(by_name(false), Rule::Within(_)), "{name}");
                }
                Rule::Omitted | Rule::Whole => assert_eq!(by_name(true), rule, "{name}"),
            }
            if rule == Rule::Whole {
                *whole.entry(name).or_insert(0) += 1;
            }
        }
    }
    assert_eq!(whole.values().sum::<i32>(), 185, "lists that are merged whole, as the standard's own tool counts them");
    assert_eq!(whole.len(), 35, "under so many names");
    assert!(seen > 300 && places.len() > 100, "{seen} fields at {} places", places.len());
}

fn releases(tender: &[Value]) -> Value {
    let release = |(at, tender): (usize, &Value)| json!({ "ocid": "ocds-x-1", "id": at.to_string(), "date": format!("2026-01-0{}T00:00:00Z", at + 1), "tag": ["tender"], "tender": tender });
    tender.iter().enumerate().map(release).collect()
}

fn compiled(tender: &[Value]) -> Value {
    merged(&releases(tender), &MergeRules::FindATender, Form::Compiled).unwrap()["tender"].clone()
}

#[test]
fn a_later_value_replaces_an_earlier_one_and_null_takes_it_away() {
    assert_eq!(compiled(&[json!({"title": "A", "status": "planned"}), json!({"title": "B"})]), json!({"title": "B", "status": "planned"}));
    assert_eq!(compiled(&[json!({"title": "A", "status": "planned"}), json!({"title": null})]), json!({"status": "planned"}));
}

#[test]
fn items_are_the_same_by_their_id_and_without_one_always_another() {
    let lots = compiled(&[
        json!({"lots": [{"id": "1", "title": "Foster"}, {"title": "nameless"}]}),
        json!({"lots": [{"id": "2"}, {"id": "1", "status": "active"}, {"title": "nameless"}]}),
    ]);
    let expected = [
        json!({"id": "1", "title": "Foster", "status": "active"}),
        json!({"title": "nameless"}),
        json!({"id": "2"}),
        json!({"title": "nameless"}),
    ];
    assert_eq!(lots, json!({ "lots": expected }));
}

#[test]
fn a_list_without_ids_is_replaced_whole_and_an_empty_list_of_items_says_nothing() {
    let merged = compiled(&[
        json!({"submissionMethod": ["electronicSubmission"], "lots": [{"id": "1"}], "coveredBy": ["GPA"]}),
        json!({"submissionMethod": ["written", "inPerson"], "lots": [], "coveredBy": []}),
    ]);
    assert_eq!(merged, json!({"submissionMethod": ["written", "inPerson"], "lots": [{"id": "1"}], "coveredBy": []}));
}

#[test]
fn a_versioned_release_tells_which_release_said_what_and_repeats_nothing() {
    let given = releases(&[json!({"title": "A", "status": "planned"}), json!({"title": "A", "status": null}), json!({"title": "B"})]);
    let versioned = merged(&given, &MergeRules::FindATender, Form::Versioned).unwrap();
    let version = |id: &str, day: u32, value: Value| json!({"releaseID": id, "releaseDate": format!("2026-01-0{day}T00:00:00Z"), "releaseTag": ["tender"], "value": value});
    let title = [version("0", 1, json!("A")), version("2", 3, json!("B"))];
    let status = [version("0", 1, json!("planned")), version("1", 2, Value::Null)];
    assert_eq!(versioned, json!({"ocid": "ocds-x-1", "tender": {"title": title, "status": status}}));
}

#[test]
fn releases_come_in_the_order_of_their_dates_whatever_the_file_says() {
    let mut given = releases(&[json!({"title": "A"}), json!({"title": "B"})]);
    given.as_array_mut().unwrap().reverse();
    let compiled = merged(&given, &MergeRules::FindATender, Form::Compiled).unwrap();
    assert_eq!(
        compiled,
        json!({"ocid": "ocds-x-1", "id": "ocds-x-1-2026-01-02T00:00:00Z", "date": "2026-01-02T00:00:00Z", "tag": ["compiled"], "tender": {"title": "B"}})
    );
    given[0].as_object_mut().unwrap().remove("date");
    assert_eq!(merged(&given, &MergeRules::FindATender, Form::Compiled), Err(MergeFault::NoDate));
}

#[test]
fn a_field_that_changes_its_kind_is_refused_with_its_path() {
    let fault = |tender: &[Value]| merged(&releases(tender), &MergeRules::FindATender, Form::Compiled).unwrap_err().to_string();
    let said = "`tender/value` is a value, an object and a list in different releases";
    assert_eq!(fault(&[json!({"value": {"amount": 1}}), json!({"value": [{"id": "1"}]})]), said);
    assert_eq!(fault(&[json!({"value": "much"}), json!({"value": {"amount": 1}})]), said);
    let null_first = releases(&[json!({"value": null}), json!({"value": {"amount": 1}})]);
    for form in [Form::Compiled, Form::Versioned] {
        assert!(merged(&null_first, &MergeRules::FindATender, form).is_ok(), "nothing is of no kind");
    }
    assert_eq!(fault(&[json!({"lots": [{"id": {}}]})]), "an `id` in `tender/lots` is neither text nor number");
}

#[test]
fn an_object_of_many_names_merges_like_one_of_few() {
    let wide = |value: usize| (0..500).map(|name| (format!("n{name}"), json!(value))).collect::<serde_json::Map<_, _>>();
    let mut second = wide(2);
    second.remove("n250");
    let merged = compiled(&[Value::Object(wide(1)), Value::Object(second)]);
    assert_eq!(merged.as_object().unwrap().len(), 500);
    assert_eq!((&merged["n249"], &merged["n250"], &merged["n499"]), (&json!(2), &json!(1), &json!(2)));
}
