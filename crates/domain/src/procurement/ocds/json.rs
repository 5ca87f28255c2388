//! JSON for merging and checking: a value borrows every text and number from what was read, since merging moves text and hardly
//! ever looks at it. What stood in the source without an escape is written again as it stood.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Deref;

use thiserror::Error;

use super::tape::{Spot, Tape};

/// Any JSON value.
#[derive(Debug, Clone)]
pub enum Json<'a> {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number with the digits that were written.
    Number(&'a str),
    /// A text.
    Text(Text<'a>),
    /// A list.
    List(Vec<Json<'a>>),
    /// An object, in the order in which it was written. Of a name that comes twice the last value counts.
    Object(Vec<(Text<'a>, Json<'a>)>),
}

/// A text. What is borrowed came from JSON without an escape, or was written into the program so; it needs none in JSON either.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Text<'a>(Cow<'a, str>);

/// Why a text is no JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("no JSON at byte {at}: {expected} is expected")]
pub struct Syntax {
    /// The byte, from the beginning of what was read.
    pub at: usize,
    /// What should stand there.
    pub expected: &'static str,
}

impl Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl<'a> Text<'a> {
    /// A text of the program's own, without quotation marks, backslashes and control characters.
    pub(super) fn plain(text: &'a str) -> Self {
        Self(Cow::Borrowed(text))
    }

    /// A text that was put together.
    pub(super) fn made(text: String) -> Self {
        Self(Cow::Owned(text))
    }

    /// Writes it as JSON.
    pub fn write(&self, out: &mut Vec<u8>) {
        match &self.0 {
            Cow::Borrowed(text) => {
                out.push(b'"');
                out.extend_from_slice(text.as_bytes());
                out.push(b'"');
            }
            // A text can always be written, and so can memory.
            Cow::Owned(text) => drop(serde_json::to_writer(out, text)),
        }
    }
}

impl<'a> Json<'a> {
    /// Reads one value, and nothing after it.
    ///
    /// # Errors
    /// [`Syntax`].
    pub fn read(text: &'a str) -> Result<Self, Syntax> {
        let mut tape = Tape::default();
        tape.read(text)?;
        Ok(tape.spots().next().map_or(Json::Null, Spot::tree))
    }

    /// The value under a name, if it is an object that has one.
    #[must_use]
    pub fn member(&self, name: &str) -> Option<&Json<'a>> {
        let Self::Object(members) = self else { return None };
        members.iter().rev().find(|(one, _)| **one == *name).map(|(_, value)| value)
    }

    /// The text, if it is one.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// The number, if it is one, as near as 64 bits come to it.
    #[must_use]
    pub fn as_number(&self) -> Option<f64> {
        if let Self::Number(digits) = self { digits.parse().ok() } else { None }
    }

    /// Writes it as JSON.
    pub fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Null => out.extend_from_slice(b"null"),
            Self::Bool(true) => out.extend_from_slice(b"true"),
            Self::Bool(false) => out.extend_from_slice(b"false"),
            Self::Number(digits) => out.extend_from_slice(digits.as_bytes()),
            Self::Text(text) => text.write(out),
            Self::List(items) => {
                let mut list = Parts::begin(out, b'[');
                for item in items {
                    item.write(list.next());
                }
                list.end(b']');
            }
            Self::Object(members) => {
                let mut object = Parts::begin(out, b'{');
                for (name, value) in members {
                    value.write(object.member(name));
                }
                object.end(b'}');
            }
        }
    }
}

/// The members of an object or the items of a list while they are written, with commas between them.
pub(super) struct Parts<'o> {
    out: &'o mut Vec<u8>,
    is_first: bool,
}

impl<'o> Parts<'o> {
    pub(super) fn begin(out: &'o mut Vec<u8>, bracket: u8) -> Self {
        out.push(bracket);
        Self { out, is_first: true }
    }

    pub(super) fn next(&mut self) -> &mut Vec<u8> {
        if !std::mem::take(&mut self.is_first) {
            self.out.push(b',');
        }
        self.out
    }

    pub(super) fn member(&mut self, name: &Text<'_>) -> &mut Vec<u8> {
        let out = self.next();
        name.write(out);
        out.push(b':');
        out
    }

    pub(super) fn end(self, bracket: u8) {
        self.out.push(bracket);
    }
}

/// Equal as values: the order of an object's names does not count, nor how a number was written.
impl PartialEq for Json<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Null, Self::Null) => true,
            (Self::Bool(one), Self::Bool(other)) => one == other,
            (Self::Number(one), Self::Number(two)) => one == two || self.as_number() == other.as_number(),
            (Self::Text(one), Self::Text(other)) => one == other,
            (Self::List(one), Self::List(other)) => one == other,
            (Self::Object(one), Self::Object(two)) => {
                let holds = |of: &Self, members: &[(Text<'_>, Self)]| members.iter().all(|(name, _)| of.member(name).is_some());
                holds(self, two) && holds(other, one) && one.iter().all(|(name, _)| self.member(name) == other.member(name))
            }
            (Self::Null | Self::Bool(_) | Self::Number(_) | Self::Text(_) | Self::List(_) | Self::Object(_), _) => false,
        }
    }
}

/// Values by name, in the order in which the names first came. Objects of the standard have a dozen names, for which looking
/// at each is the quickest; beyond that an index is kept, so that no input makes the work grow with its square.
#[derive(Debug, Clone)]
pub(super) struct Named<'a, T> {
    entries: Vec<(Text<'a>, T)>,
    #[expect(clippy::box_collection, reason = "few have an index, and all of them are moved")]
    index: Option<Box<HashMap<Text<'a>, usize>>>,
}

/// From so many names on there is an index.
const INDEXED_FROM: usize = 48;

impl<T> Default for Named<'_, T> {
    fn default() -> Self {
        Self { entries: Vec::new(), index: None }
    }
}

impl<'a, T> Named<'a, T> {
    fn position(&self, name: &Text<'a>) -> Option<usize> {
        match &self.index {
            None => self.entries.iter().position(|(one, _)| one == name),
            Some(index) => index.get(name).copied(),
        }
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// All, in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = &(Text<'a>, T)> {
        self.entries.iter()
    }

    /// Adds a value under a name that is known to be new, and says where it stands.
    fn push(&mut self, name: Text<'a>, value: T) -> usize {
        let at = self.entries.len();
        if let Some(index) = &mut self.index {
            index.insert(name.clone(), at);
        } else if at + 1 == INDEXED_FROM {
            let mut index: HashMap<_, _> = self.entries.iter().enumerate().map(|(at, (name, _))| (name.clone(), at)).collect();
            index.insert(name.clone(), at);
            self.index = Some(Box::new(index));
        }
        self.entries.push((name, value));
        at
    }

    /// The value under a name; a new one, if the name is new.
    #[expect(clippy::indexing_slicing, reason = "the position is that of an entry found or made just now")]
    pub(super) fn entry(&mut self, name: Text<'a>, new: impl FnOnce() -> T) -> &mut T {
        let at = self.position(&name).unwrap_or_else(|| self.push(name, new()));
        &mut self.entries[at].1
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    fn written(value: &Json<'_>) -> String {
        let mut out = Vec::new();
        value.write(&mut out);
        String::from_utf8(out).unwrap()
    }

    /// Any JSON, with all that texts and numbers may hold.
    fn any_json() -> impl Strategy<Value = Value> {
        let text = prop_oneof!["[ -~]{0,12}", "\\PC{0,6}", "[\\x00-\\x1f\"\\\\/]{0,4}"];
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            (-1e15..1e15).prop_map(Value::from),
            text.clone().prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 40, 5, move |inner| {
            let object = prop::collection::vec((text.clone(), inner.clone()), 0..5);
            prop_oneof![
                prop::collection::vec(inner, 0..5).prop_map(Value::from),
                object.prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_read_is_written_again(value in any_json(), pretty in any::<bool>()) {
            let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) }.unwrap();
            let read = Json::read(&text).unwrap();
            let again = written(&read);
            // The library reads some numbers a little wrong, and both texts the same.
            prop_assert_eq!(serde_json::from_str::<Value>(&again).unwrap(), serde_json::from_str::<Value>(&text).unwrap());
            prop_assert_eq!(Json::read(&again).unwrap(), read);
        }

        /// A file with one fault anywhere is taken by both readers or by none.
        #[test]
        fn what_the_library_refuses_is_refused(value in any_json(), at in any::<prop::sample::Index>(), byte in "[ -~\\x01\u{e9}]") {
            let mut text = serde_json::to_string(&value).unwrap();
            let ends: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
            let at = ends[at.index(ends.len())];
            text.insert_str(at, &byte);
            prop_assert_eq!(Json::read(&text).is_ok(), serde_json::from_str::<Value>(&text).is_ok(), "{}", text);
        }
    }

    #[test]
    fn a_number_keeps_its_digits_and_a_fault_its_place() {
        let text = "[123456789012345678901234567890, 1.10, -0, 2E+3]";
        assert_eq!(written(&Json::read(text).unwrap()), "[123456789012345678901234567890,1.10,-0,2E+3]");
        assert_eq!(Json::read("[1.0]").unwrap(), Json::read("[1]").unwrap());
        let fault = |text| Json::read(text).unwrap_err().to_string();
        assert_eq!(fault(r#"{"a": 1 2}"#), "no JSON at byte 8: a comma or a closing brace is expected");
        assert_eq!(fault("[01]"), "no JSON at byte 1: a number is expected");
        assert_eq!(fault("[1e400]"), "no JSON at byte 1: a number is expected");
        assert!(Json::read(&format!("1{}", "0".repeat(400))).is_err() && Json::read("1e300").is_ok());
        assert_eq!(fault("1 2"), "no JSON at byte 2: the end is expected");
        assert_eq!(fault(&"[".repeat(129)), "no JSON at byte 128: an end to so much nesting is expected");
    }
}
