//! By which rule each field of a release is merged: the release schema says it, and this reads it from there.
//!
//! There are three rules. A field that is *omitted when merged* belongs to its release alone. A list that is *merged whole* is
//! replaced by the later one. Everything else is merged member by member, and lists of objects by the `id` of their items.

use std::collections::HashMap;

use serde_json::{Map, Value};

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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place(usize);

impl Place {
    /// The release itself.
    pub const RELEASE: Self = Self(0);
    /// Below a field about which nothing is said.
    const ELSEWHERE: Self = Self(1);
}

/// The rules of one release schema.
#[derive(Debug, Clone)]
pub enum MergeRules {
    /// Those of OCDS 1.1.5 with the extensions of the Find a Tender service.
    FindATender,
    /// Those of any other release schema: for each place the rules of its fields.
    OfSchema(Vec<HashMap<String, Rule>>),
}

/// Fields whose lists are merged whole in the Find a Tender profile. There the same name means the same wherever a list has it,
/// which the test beside the published schema holds; so the name is enough.
fn is_whole_in_find_a_tender(name: &str) -> bool {
    matches!(
        name,
        "additionalClassifications"
            | "additionalContactPoints"
            | "additionalIdentifiers"
            | "additionalProcurementCategories"
            | "availableLanguage"
            | "buyerClassificationRestrictions"
            | "buyerLocationRestrictions"
            | "changes"
            | "classifications"
            | "coordinates"
            | "coveredBy"
            | "criteria"
            | "customerServices"
            | "dates"
            | "deliveryAddresses"
            | "deliveryLocations"
            | "essentialAssets"
            | "identifiers"
            | "juryMembers"
            | "languages"
            | "legislativeReferences"
            | "methodOfPayment"
            | "procurementMethodRationaleClassifications"
            | "qualificationSystemConditions"
            | "qualificationSystemMethods"
            | "rationaleClassifications"
            | "relatedLots"
            | "relationship"
            | "reservedParticipation"
            | "roles"
            | "specialRegime"
            | "subcontractingClauses"
            | "submissionMethod"
            | "type"
            | "unstructuredChanges"
    )
}

impl MergeRules {
    /// Reads the rules from a release schema. References within it are followed; a field that is part of itself ends there.
    #[must_use]
    pub fn of_schema(schema: &Value) -> Self {
        let mut reading = Reading { schema, places: vec![HashMap::new(), HashMap::new()] };
        if let Some(properties) = schema.get("properties").and_then(Value::as_object) {
            reading.fields(properties, Place::RELEASE, &mut Vec::new());
        }
        Self::OfSchema(reading.places)
    }

    /// The fields at a place of which a schema says more than that they are there.
    pub fn fields(&self, place: Place) -> impl Iterator<Item = (&str, Rule)> {
        let places = if let Self::OfSchema(places) = self { places.as_slice() } else { &[] };
        places.get(place.0).into_iter().flatten().map(|(name, rule)| (name.as_str(), *rule))
    }

    /// The rule of a field at a place, given whether its value is a list.
    #[must_use]
    pub fn of(&self, place: Place, name: &str, is_list: bool) -> Rule {
        match self {
            Self::FindATender if place == Place::RELEASE && matches!(name, "id" | "date" | "tag") => Rule::Omitted,
            Self::FindATender if is_list && is_whole_in_find_a_tender(name) => Rule::Whole,
            Self::FindATender => Rule::Within(Place::ELSEWHERE),
            Self::OfSchema(places) => {
                let said = places.get(place.0).and_then(|fields| fields.get(name));
                said.copied().unwrap_or(Rule::Within(Place::ELSEWHERE))
            }
        }
    }
}

struct Reading<'a> {
    schema: &'a Value,
    places: Vec<HashMap<String, Rule>>,
}

/// The names of the definitions within which a field stands.
type Within<'a> = Vec<&'a str>;

impl<'a> Reading<'a> {
    /// Notes the rules of an object's fields; those that only lead to nothing are not kept.
    fn fields(&mut self, properties: &'a Map<String, Value>, place: Place, within: &mut Within<'a>) {
        for (name, field) in properties {
            let depth = within.len();
            if let Some(field) = self.resolved(field, within)
                && let Some(rule) = self.rule(field, within)
                && let Some(fields) = self.places.get_mut(place.0)
            {
                fields.insert(name.clone(), rule);
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
        // Without an `id` to tell the items apart there is nothing to merge them by.
        Some(if properties.contains_key("id") { self.place(properties, within) } else { Rule::Whole })
    }

    fn place(&mut self, properties: &'a Map<String, Value>, within: &mut Within<'a>) -> Rule {
        let place = Place(self.places.len());
        self.places.push(HashMap::new());
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
