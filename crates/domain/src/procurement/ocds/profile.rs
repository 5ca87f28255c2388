//! What a release may hold: every object and field of OCDS 1.1.5 with the extensions of the Find a Tender service, read from one
//! table (`profile.txt`). Merging takes its rules from it, and the checker what it expects.

use std::collections::HashMap;
use std::sync::LazyLock;

/// What the value of a field is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    Text,
    /// An address of something on the web.
    Link,
    /// A date with its time and zone.
    Moment,
    /// A number.
    Number,
    /// A whole number.
    Whole,
    /// `true` or `false`.
    YesNo,
    /// Text or a whole number.
    Id,
    /// The two letters of a country.
    Country,
    /// The three letters of a currency.
    Currency,
    /// Anything at all.
    Anything,
    /// One of these words.
    OneOf(Vec<&'static str>),
    /// The object at this position of the profile.
    Object(usize),
    /// A list.
    List {
        /// What its items are.
        of: Box<Kind>,
        /// The later list replaces the earlier one although its items have ids.
        is_replaced: bool,
    },
}

impl Kind {
    /// The object that it is, if it is one.
    #[must_use]
    pub fn object(&self) -> Option<usize> {
        if let Self::Object(at) = self { Some(*at) } else { None }
    }
}

/// A field of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// What its value is.
    pub kind: Kind,
    /// It must be there.
    pub is_required: bool,
    /// It belongs to its release alone.
    pub is_omitted: bool,
}

/// The fields of one object, by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shape {
    /// The object's name in the standard.
    pub name: &'static str,
    /// Its fields, in the order of their names.
    pub fields: Vec<Field>,
}

impl Shape {
    /// The field with this name.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&Field> {
        let at = self.fields.binary_search_by(|field| field.name.cmp(name)).ok()?;
        self.fields.get(at)
    }
}

/// All objects of a release; the first is the release itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile(pub Vec<Shape>);

/// The profile of the Find a Tender service.
pub static FIND_A_TENDER: LazyLock<Profile> = LazyLock::new(|| Profile::read(include_str!("profile.txt")));

impl Profile {
    /// Reads the table. It ships with the program, and its tests read every line of it.
    fn read(table: &'static str) -> Self {
        let lines = || table.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
        let names = lines().filter(|line| !line.starts_with(' '));
        let positions: HashMap<&str, usize> = names.enumerate().map(|(at, name)| (name, at)).collect();
        let mut shapes: Vec<Shape> = Vec::new();
        for line in lines() {
            match shapes.last_mut() {
                Some(shape) if line.starts_with(' ') => {
                    let fields = line.split(',').map(str::trim).filter(|field| !field.is_empty());
                    shape.fields.extend(fields.filter_map(|field| field_of(field, &positions)));
                }
                _ => shapes.push(Shape { name: line, fields: Vec::new() }),
            }
        }
        for shape in &mut shapes {
            shape.fields.sort_by_key(|field| field.name);
        }
        Self(shapes)
    }

    /// An object of the profile.
    #[must_use]
    pub fn shape(&self, at: usize) -> Option<&Shape> {
        self.0.get(at)
    }
}

fn field_of(text: &'static str, positions: &HashMap<&str, usize>) -> Option<Field> {
    let (name, kind) = text.split_once(' ')?;
    Some(Field {
        name: name.trim_end_matches(['!', '-']),
        kind: kind_of(kind, positions),
        is_required: name.contains('!'),
        is_omitted: name.contains('-'),
    })
}

fn kind_of(text: &'static str, positions: &HashMap<&str, usize>) -> Kind {
    if let Some(items) = text.strip_prefix('[') {
        let is_replaced = items.ends_with('*');
        let items = items.trim_end_matches('*').trim_end_matches(']');
        return Kind::List { of: Box::new(kind_of(items, positions)), is_replaced };
    }
    if let Some(words) = text.strip_prefix('(') {
        return Kind::OneOf(words.trim_end_matches(')').split(' ').collect());
    }
    match text {
        "text" => Kind::Text,
        "link" => Kind::Link,
        "moment" => Kind::Moment,
        "number" => Kind::Number,
        "whole" => Kind::Whole,
        "yesno" => Kind::YesNo,
        "id" => Kind::Id,
        "country" => Kind::Country,
        "currency" => Kind::Currency,
        object => positions.get(object).map_or(Kind::Anything, |at| Kind::Object(*at)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_table_is_read() {
        let table = include_str!("profile.txt");
        let written =
            table.lines().filter(|line| line.starts_with(' ')).flat_map(|line| line.split(',')).filter(|field| !field.trim().is_empty());
        let read: usize = FIND_A_TENDER.0.iter().map(|shape| shape.fields.len()).sum();
        assert_eq!(read, written.count());
        let anything = FIND_A_TENDER.0.iter().flat_map(|shape| &shape.fields).filter(|field| field.kind == Kind::Anything);
        assert_eq!(anything.map(|field| field.name).collect::<Vec<_>>(), ["dimensions", "former_value"], "no kind is misspelt");
        for shape in &FIND_A_TENDER.0 {
            assert!(shape.fields.windows(2).all(|two| two[0].name < two[1].name), "{} names a field twice", shape.name);
        }
        let release = FIND_A_TENDER.shape(0).unwrap();
        assert_eq!((release.name, release.field("ocid").unwrap().is_required), ("Release", true));
    }
}
