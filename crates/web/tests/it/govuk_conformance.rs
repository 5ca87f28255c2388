//! Every example that govuk-frontend publishes of its components, through our engine: the same tree, or on the list.
//!
//! `govuk_differences.txt` names each example that differs, under the reason. A difference that is not listed fails,
//! and so does a listed one that has gone: the list stays true.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde::Deserialize;
use serde_json::{Value, json};
use web::{govuk, templates};

use crate::dom::parse;

const DIFFERENCES: &str = include_str!("govuk_differences.txt");

#[derive(Deserialize)]
struct Fixtures {
    component: String,
    fixtures: Vec<Fixture>,
}

#[derive(Deserialize)]
struct Fixture {
    name: String,
    options: Value,
    html: String,
}

#[test]
fn every_component_gives_the_published_markup() {
    let known = listed();
    let (mut seen, mut differ) = (0, BTreeSet::new());
    for component in govuk::components() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("built/fixtures/{component}.json"));
        let file: Fixtures = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
        assert_eq!(file.component, component);
        for fixture in file.fixtures {
            seen += 1;
            if let Some(difference) = difference(&component, &fixture) {
                let name = format!("{component}: {}", fixture.name);
                if !known.contains_key(&name) {
                    eprintln!("{name}\n{difference}\n");
                }
                differ.insert(name);
            }
        }
    }
    let known: BTreeSet<String> = known.into_keys().collect();
    let new: Vec<_> = differ.difference(&known).collect();
    let gone: Vec<_> = known.difference(&differ).collect();
    assert!(seen >= 700, "only {seen} examples were found");
    assert!(new.is_empty(), "these differ and are not listed: {new:#?}");
    assert!(gone.is_empty(), "these are listed but match, or are no examples any more: {gone:#?}");
}

/// Both trees, if they are not the same.
fn difference(component: &str, fixture: &Fixture) -> Option<String> {
    let source = format!("{{{{ {}(options) }}}}", govuk::function(component));
    let ours = match templates::render_text(&source, &json!({ "options": fixture.options })) {
        Ok(html) => html,
        Err(error) => return Some(format!("{error}: {:?}", std::error::Error::source(&error))),
    };
    (parse(&ours) != parse(&fixture.html)).then(|| format!("ours:\n{ours}\ntheirs:\n{}", fixture.html))
}

/// Each listed example with its reason.
fn listed() -> BTreeMap<String, &'static str> {
    let mut reason = "";
    let mut listed = BTreeMap::new();
    for line in DIFFERENCES.lines().filter(|line| !line.is_empty()) {
        if let Some(text) = line.strip_prefix("# ") {
            reason = text;
            continue;
        }
        assert!(!reason.is_empty(), "{line} has no reason");
        let before = listed.insert(line.to_owned(), reason);
        assert!(before.is_none(), "{line} is listed twice");
    }
    listed
}
