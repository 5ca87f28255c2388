//! Merging beside the standard's own examples and its published schema.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use domain::procurement::ocds::merge::{Form, MergeFault, merge};
use domain::procurement::ocds::profile::{FIND_A_TENDER, Kind};
use domain::procurement::ocds::rules::{MergeRules, Place, Rule};
use domain::procurement::ocds::tape::{Spot, Tape};
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
    let mut tape = Tape::default();
    tape.read(&text).unwrap();
    merge(tape.spots().flat_map(Spot::within), rules, form).map(|merged| {
        let mut out = Vec::new();
        merged.write(&mut out);
        serde_json::from_slice(&out).unwrap()
    })
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

/// The program's own table, place by place beside the published schema.
#[test]
fn the_rules_of_the_table_are_those_of_the_published_schema() {
    let Some(path) = shared("fts-release-schema.json") else { return };
    let (ours, published) = (find_a_tender(), MergeRules::of_schema(&read(&path)));
    let mut whole = 0;
    let mut waiting = vec![(Place::RELEASE, Place::RELEASE)];
    while let Some((our, their)) = waiting.pop() {
        for (name, rule) in published.fields(their) {
            match (rule, ours.of(our, name)) {
                (Rule::Within(their), Rule::Within(our)) => waiting.push((our, their)),
                (rule, of_table) => assert_eq!(of_table, rule, "{name}"),
            }
            whole += i32::from(rule == Rule::Whole);
        }
        let said = |rules: &MergeRules, place| rules.fields(place).map(|(name, _)| name.to_owned()).collect::<BTreeSet<_>>();
        assert!(said(&ours, our).is_superset(&said(&published, their)));
    }
    assert_eq!(whole, 185, "lists that are merged whole, as the standard's own tool counts them");
}

/// Every field of the table has the kind that the published schema says, none is missing and none invented.
#[test]
fn every_line_of_the_table_stands_in_the_published_schema() {
    let Some(path) = shared("fts-release-schema.json") else { return };
    let schema = read(&path);
    let mut seen = BTreeSet::new();
    let mut waiting = vec![(0, &schema)];
    while let Some((at, published)) = waiting.pop() {
        let shape = FIND_A_TENDER.shape(at).unwrap();
        if !seen.insert(at) {
            continue;
        }
        let properties = published["properties"].as_object().unwrap();
        let ours: BTreeSet<&str> = shape.fields.iter().map(|field| field.name).collect();
        assert_eq!(ours, properties.keys().map(String::as_str).collect(), "{}", shape.name);
        let required: BTreeSet<&str> = published["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        for field in &shape.fields {
            assert_eq!(field.is_required, required.contains(field.name), "{}.{}", shape.name, field.name);
            let inner = same_kind(&field.kind, &properties[field.name], &schema, &format!("{}.{}", shape.name, field.name));
            waiting.extend(inner);
        }
    }
    let unused: Vec<&str> = (0..FIND_A_TENDER.0.len()).filter(|at| !seen.contains(at)).map(|at| FIND_A_TENDER.0[at].name).collect();
    assert_eq!(unused, ["Suitability", "PerformanceFailure"], "which the schema defines and no release has");
}

/// Compares the kind of a field, and gives the object that it leads to.
fn same_kind<'s>(kind: &Kind, field: &'s Value, schema: &'s Value, name: &str) -> Option<(usize, &'s Value)> {
    let field = field["$ref"].as_str().map_or(field, |reference| schema.pointer(reference.trim_start_matches('#')).unwrap());
    let said: BTreeSet<&str> = match &field["type"] {
        Value::Array(types) => types.iter().filter_map(Value::as_str).filter(|one| *one != "null").collect(),
        one @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_)) => one.as_str().into_iter().collect(),
    };
    let is = |types: &[&str]| assert_eq!(said, types.iter().copied().collect(), "{name}");
    let words = || field["enum"].as_array().into_iter().flatten().filter_map(Value::as_str).collect::<Vec<_>>();
    match kind {
        Kind::Anything => assert!(said.len() > 1 || (said.contains("object") && field.get("properties").is_none()), "{name}: {said:?}"),
        Kind::Object(at) => {
            is(&["object"]);
            return Some((*at, field));
        }
        Kind::List { of, .. } => {
            assert!(said.contains("array"), "{name}");
            return same_kind(of, &field["items"], schema, name)
                .filter(|_| field["items"].get("type").is_some() || field["items"].get("$ref").is_some());
        }
        Kind::Text => is(&["string"]),
        Kind::Link => assert_eq!(field["format"], "uri", "{name}"),
        Kind::Moment => assert_eq!(field["format"], "date-time", "{name}"),
        Kind::Number => is(&["number"]),
        Kind::Whole => is(&["integer"]),
        Kind::YesNo => is(&["boolean"]),
        Kind::Id => assert!(said.contains("string") && said.len() == 2, "{name}: {said:?}"),
        Kind::Country => assert!(words().contains(&"GB"), "{name}"),
        Kind::Currency => assert!(words().contains(&"GBP"), "{name}"),
        Kind::OneOf(ours) => assert_eq!(*ours, words(), "{name}"),
    }
    None
}

fn find_a_tender() -> MergeRules {
    MergeRules::of_profile(&FIND_A_TENDER)
}

fn releases(tender: &[Value]) -> Value {
    let release = |(at, tender): (usize, &Value)| json!({ "ocid": "ocds-x-1", "id": at.to_string(), "date": format!("2026-01-0{}T00:00:00Z", at + 1), "tag": ["tender"], "tender": tender });
    tender.iter().enumerate().map(release).collect()
}

fn compiled(tender: &[Value]) -> Value {
    merged(&releases(tender), &find_a_tender(), Form::Compiled).unwrap()["tender"].clone()
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
    let versioned = merged(&given, &find_a_tender(), Form::Versioned).unwrap();
    let version = |id: &str, day: u32, value: Value| json!({"releaseID": id, "releaseDate": format!("2026-01-0{day}T00:00:00Z"), "releaseTag": ["tender"], "value": value});
    let title = [version("0", 1, json!("A")), version("2", 3, json!("B"))];
    let status = [version("0", 1, json!("planned")), version("1", 2, Value::Null)];
    assert_eq!(versioned, json!({"ocid": "ocds-x-1", "tender": {"title": title, "status": status}}));
}

#[test]
fn releases_come_in_the_order_of_their_dates_whatever_the_file_says() {
    let mut given = releases(&[json!({"title": "A"}), json!({"title": "B"})]);
    given.as_array_mut().unwrap().reverse();
    let compiled = merged(&given, &find_a_tender(), Form::Compiled).unwrap();
    assert_eq!(
        compiled,
        json!({"ocid": "ocds-x-1", "id": "ocds-x-1-2026-01-02T00:00:00Z", "date": "2026-01-02T00:00:00Z", "tag": ["compiled"], "tender": {"title": "B"}})
    );
    given[0].as_object_mut().unwrap().remove("date");
    assert_eq!(merged(&given, &find_a_tender(), Form::Compiled), Err(MergeFault::NoDate));
}

#[test]
fn a_field_that_changes_its_kind_is_refused_with_its_path() {
    let fault = |tender: &[Value]| merged(&releases(tender), &find_a_tender(), Form::Compiled).unwrap_err().to_string();
    let said = "`tender/value` is a value, an object and a list in different releases";
    assert_eq!(fault(&[json!({"value": {"amount": 1}}), json!({"value": [{"id": "1"}]})]), said);
    assert_eq!(fault(&[json!({"value": "much"}), json!({"value": {"amount": 1}})]), said);
    let null_first = releases(&[json!({"value": null}), json!({"value": {"amount": 1}})]);
    for form in [Form::Compiled, Form::Versioned] {
        assert!(merged(&null_first, &find_a_tender(), form).is_ok(), "nothing is of no kind");
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
