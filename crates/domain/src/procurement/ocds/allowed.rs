//! The list of what our releases may say. Whatever is not on it is taken out, however it came in.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde_json::{Map, Value};

/// Every field that may be published, by its path without the numbers of items: `tender/lots/title`.
static ALLOWED: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    let lines = include_str!("allowed.txt").lines().filter(|line| !line.starts_with('#'));
    lines
        .filter_map(|line| line.split_once(' '))
        .flat_map(|(place, fields)| {
            fields.split(' ').map(move |field| if place == "." { field.to_owned() } else { format!("{place}/{field}") })
        })
        .collect()
});

/// The fields of the list.
#[must_use]
pub fn allowed() -> &'static BTreeSet<String> {
    &ALLOWED
}

/// The release without what is not on the list, and without what is empty: an empty list or text would be a fault.
#[must_use]
pub fn only_allowed(release: Value) -> Value {
    kept(release, "").unwrap_or_else(|| Value::Object(Map::new()))
}

fn kept(value: Value, path: &str) -> Option<Value> {
    match value {
        Value::Object(members) => {
            let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}/{name}") };
            let members: Map<String, Value> =
                members.into_iter().filter_map(|(name, value)| kept(value, &below(&name)).map(|value| (name, value))).collect();
            (!members.is_empty()).then_some(Value::Object(members))
        }
        Value::Array(items) => {
            let items: Vec<Value> = items.into_iter().filter_map(|item| kept(item, path)).collect();
            (!items.is_empty()).then_some(Value::Array(items))
        }
        Value::Null => None,
        Value::String(text) if text.trim().is_empty() => None,
        leaf @ (Value::Bool(_) | Value::Number(_) | Value::String(_)) => ALLOWED.contains(path).then_some(leaf),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::procurement::ocds::profile::FIND_A_TENDER;

    #[test]
    fn what_is_not_on_the_list_is_taken_out_wherever_it_stands() {
        let release = json!({
            "ocid": "ocds-x-1", "child": "Sam", "tag": ["tender", ""],
            "tender": { "title": "Homes", "score": 4, "lots": [{ "id": "R1", "reason": "weak" }, { "reason": "weak" }], "documents": [] },
            "bids": { "details": [{ "id": "B1", "value": { "amount": 5 } }] },
            "awards": [{ "suppliers": [{ "id": "S", "contactPoint": { "email": "a@b" } }], "relatedBid": "B1" }]
        });
        let told = json!({
            "ocid": "ocds-x-1", "tag": ["tender"], "tender": { "title": "Homes", "lots": [{ "id": "R1" }] },
            "bids": { "details": [{ "id": "B1" }] }, "awards": [{ "suppliers": [{ "id": "S" }] }]
        });
        assert_eq!(only_allowed(release), told);
    }

    #[test]
    fn every_line_of_the_list_is_a_field_of_the_profile() {
        for path in allowed() {
            let mut at = 0;
            for step in path.split('/') {
                let field = FIND_A_TENDER.shape(at).unwrap().field(step);
                let field = field.unwrap_or_else(|| panic!("{path}: the profile has no {step}"));
                let inner = if let crate::procurement::ocds::profile::Kind::List { of, .. } = &field.kind { of } else { &field.kind };
                at = inner.object().unwrap_or(usize::MAX);
            }
            assert_eq!(at, usize::MAX, "{path} is an object: the list names its fields");
        }
    }
}
