//! By which rule each field of a release is merged.
//!
//! There are three rules. A field that is *omitted when merged* belongs to its release alone. A list that is *merged whole* is
//! replaced by the later one. Everything else is merged member by member, and lists of objects by the `id` of their items.

use serde_json::{Map, Value};

use super::profile::{Kind, Profile, Shape};

/// What happens to a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// It belongs to its release alone.
    Omitted,
    /// The later value replaces the earlier one, lists included.
    Whole,
    /// It is merged by what the rules say about the fields within it.
    Within(Place),
}

/// A place in a release, as far as the rules tell places apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Place(usize);

impl Place {
    /// The release itself.
    pub const RELEASE: Self = Self(0);
    /// Below a field about which nothing is said.
    const ELSEWHERE: Self = Self(usize::MAX);
}

/// The rules of one kind of release: for each place those of its fields, in the order of the length of their names, since lengths
/// are compared at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MergeRules(Vec<Vec<(Box<str>, Rule)>>);

fn order(one: &str, other: &str) -> std::cmp::Ordering {
    one.len().cmp(&other.len()).then_with(|| one.cmp(other))
}

impl MergeRules {
    fn in_order(mut places: Vec<Vec<(Box<str>, Rule)>>) -> Self {
        for fields in &mut places {
            fields.sort_by(|(one, _), (other, _)| order(one, other));
        }
        Self(places)
    }

    /// The rules of a profile: its objects are the places.
    #[must_use]
    pub fn of_profile(profile: &Profile) -> Self {
        let has_id = |at: usize| profile.shape(at).is_some_and(|shape| shape.field("id").is_some());
        let rule = |kind: &Kind| {
            let Kind::List { of, is_replaced } = kind else { return kind.object().map(|at| Rule::Within(Place(at))) };
            // Without an `id` to tell the items apart there is nothing to merge them by.
            let merged = of.object().filter(|at| !is_replaced && has_id(*at));
            Some(merged.map_or(Rule::Whole, |at| Rule::Within(Place(at))))
        };
        let fields = |shape: &Shape| {
            let said = shape.fields.iter().filter_map(|field| {
                let rule = if field.is_omitted { Some(Rule::Omitted) } else { rule(&field.kind) };
                Some((field.name.into(), rule?))
            });
            said.collect()
        };
        Self::in_order(profile.0.iter().map(fields).collect())
    }

    /// Reads the rules from a release schema. References within it are followed; a field that is part of itself ends there.
    #[must_use]
    pub fn of_schema(schema: &Value) -> Self {
        let mut reading = Reading { schema, places: vec![Vec::new()] };
        if let Some(properties) = schema.get("properties").and_then(Value::as_object) {
            reading.fields(properties, Place::RELEASE, &mut Vec::new());
        }
        Self::in_order(reading.places)
    }

    /// The fields at a place about which something is said.
    pub fn fields(&self, place: Place) -> impl Iterator<Item = (&str, Rule)> {
        self.0.get(place.0).into_iter().flatten().map(|(name, rule)| (name.as_ref(), *rule))
    }

    /// The rule of a field at a place.
    #[must_use]
    pub fn of(&self, place: Place, name: &str) -> Rule {
        let fields = self.0.get(place.0).map(Vec::as_slice).unwrap_or_default();
        let found = fields.binary_search_by(|(one, _)| order(one, name)).ok().and_then(|at| fields.get(at));
        found.map_or(Rule::Within(Place::ELSEWHERE), |(_, rule)| *rule)
    }
}

struct Reading<'a> {
    schema: &'a Value,
    places: Vec<Vec<(Box<str>, Rule)>>,
}

/// The references by which a field was reached.
type Within<'a> = Vec<&'a str>;

impl<'a> Reading<'a> {
    fn fields(&mut self, properties: &'a Map<String, Value>, place: Place, within: &mut Within<'a>) {
        for (name, field) in properties {
            let depth = within.len();
            if let Some(field) = self.resolved(field, within)
                && let Some(rule) = self.rule(field, within)
                && let Some(fields) = self.places.get_mut(place.0)
            {
                fields.push((name.as_str().into(), rule));
            }
            within.truncate(depth);
        }
    }

    fn rule(&mut self, field: &'a Value, within: &mut Within<'a>) -> Option<Rule> {
        let said = |key: &str| field.get(key).and_then(Value::as_bool).unwrap_or(false);
        let strategy = field.get("mergeStrategy").and_then(Value::as_str);
        let (is_list, is_object) = (is_of(field, "array"), is_of(field, "object"));
        if said("omitWhenMerged") || strategy == Some("ocdsOmit") {
            return Some(Rule::Omitted);
        }
        if is_list && (said("wholeListMerge") || strategy == Some("ocdsVersion")) {
            return Some(Rule::Whole);
        }
        if is_object && let Some(properties) = properties(field) {
            return Some(self.place(properties, within));
        }
        let items = self.resolved(field.get("items").filter(|_| is_list)?, within)?;
        if types(items).any(|one| one != "object") {
            return Some(Rule::Whole);
        }
        let properties = properties(items).filter(|_| is_of(items, "object"))?;
        Some(if properties.contains_key("id") { self.place(properties, within) } else { Rule::Whole })
    }

    fn place(&mut self, properties: &'a Map<String, Value>, within: &mut Within<'a>) -> Rule {
        let place = Place(self.places.len());
        self.places.push(Vec::new());
        self.fields(properties, place, within);
        Rule::Within(place)
    }

    /// What a reference stands for; nothing when it leads into a definition that it stands in.
    fn resolved(&self, field: &'a Value, within: &mut Within<'a>) -> Option<&'a Value> {
        let Some(reference) = field.get("$ref").and_then(Value::as_str) else { return Some(field) };
        if within.contains(&reference) {
            return None;
        }
        within.push(reference);
        self.schema.pointer(reference.strip_prefix('#')?)
    }
}

fn properties(field: &Value) -> Option<&Map<String, Value>> {
    field.get("properties").and_then(Value::as_object)
}

fn types(field: &Value) -> impl Iterator<Item = &str> {
    let said = field.get("type");
    let one = said.and_then(Value::as_str);
    let many = said.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    one.into_iter().chain(many)
}

fn is_of(field: &Value, kind: &str) -> bool {
    types(field).any(|one| one == kind)
}
