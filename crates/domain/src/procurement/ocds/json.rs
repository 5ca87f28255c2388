//! JSON for merging and checking: a value borrows every text and number from what was read, since merging moves text and hardly
//! ever looks at it. What stood in the source without an escape is written again as it stood.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Deref;

use thiserror::Error;

/// Objects and lists within each other, at the most.
const MOST_DEEP: usize = 128;

/// A number with no more digits than this is certainly within the range of 64 bits.
const MOST_DIGITS: usize = 300;

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
        let mut values = Values::of(text);
        let value = values.next().unwrap_or(Err(Syntax { at: 0, expected: "a value" }))?;
        if values.reader.peek().is_some() {
            return Err(values.reader.expected("the end"));
        }
        Ok(value)
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

/// The values of a text one after the other, as a file of JSON lines has them.
#[derive(Debug)]
pub struct Values<'a> {
    reader: Reader<'a>,
}

impl<'a> Values<'a> {
    /// The values of this text.
    #[must_use]
    pub fn of(text: &'a str) -> Self {
        Self { reader: Reader { text, at: 0, depth: 0 } }
    }
}

impl<'a> Iterator for Values<'a> {
    type Item = Result<Json<'a>, Syntax>;

    fn next(&mut self) -> Option<Self::Item> {
        self.reader.peek()?;
        let value = self.reader.value();
        if value.is_err() {
            // What follows a fault cannot be told apart any more.
            self.reader.at = self.reader.text.len();
        }
        Some(value)
    }
}

#[derive(Debug)]
struct Reader<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    fn expected(&self, expected: &'static str) -> Syntax {
        Syntax { at: self.at, expected }
    }

    /// The next byte that is no space.
    fn peek(&mut self) -> Option<u8> {
        loop {
            let byte = *self.text.as_bytes().get(self.at)?;
            if !matches!(byte, b' ' | b'\n' | b'\r' | b'\t') {
                return Some(byte);
            }
            self.at += 1;
        }
    }

    fn is_next(&mut self, byte: u8) -> bool {
        let is = self.peek() == Some(byte);
        self.at += usize::from(is);
        is
    }

    fn value(&mut self) -> Result<Json<'a>, Syntax> {
        match self.peek() {
            Some(b'"') => self.string().map(Json::Text),
            Some(b'{') => self.deeper(Self::object),
            Some(b'[') => self.deeper(Self::list),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.word("true", Json::Bool(true)),
            Some(b'f') => self.word("false", Json::Bool(false)),
            Some(b'n') => self.word("null", Json::Null),
            _ => Err(self.expected("a value")),
        }
    }

    fn deeper(&mut self, read: fn(&mut Self) -> Result<Json<'a>, Syntax>) -> Result<Json<'a>, Syntax> {
        if self.depth == MOST_DEEP {
            return Err(self.expected("an end to so much nesting"));
        }
        self.at += 1;
        self.depth += 1;
        let value = read(self)?;
        self.depth -= 1;
        Ok(value)
    }

    fn object(&mut self) -> Result<Json<'a>, Syntax> {
        if self.is_next(b'}') {
            return Ok(Json::Object(Vec::new()));
        }
        let mut members = Vec::with_capacity(8);
        loop {
            if self.peek() != Some(b'"') {
                return Err(self.expected("a name"));
            }
            let name = self.string()?;
            if !self.is_next(b':') {
                return Err(self.expected("a colon"));
            }
            members.push((name, self.value()?));
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => {
                    self.at += 1;
                    return Ok(Json::Object(members));
                }
                _ => return Err(self.expected("a comma or a closing brace")),
            }
        }
    }

    fn list(&mut self) -> Result<Json<'a>, Syntax> {
        let mut items = Vec::new();
        if self.is_next(b']') {
            return Ok(Json::List(items));
        }
        loop {
            items.push(self.value()?);
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => {
                    self.at += 1;
                    return Ok(Json::List(items));
                }
                _ => return Err(self.expected("a comma or a closing bracket")),
            }
        }
    }

    /// A string from its opening quotation mark. One with escapes is read by the library; the others are borrowed.
    fn string(&mut self) -> Result<Text<'a>, Syntax> {
        let opening = self.at;
        self.at += 1;
        let mut has_escapes = false;
        loop {
            self.at += plain_length(self.rest());
            match self.rest() {
                [b'"', ..] => break,
                [b'\\', _, ..] => {
                    has_escapes = true;
                    self.at += 2;
                }
                _ => return Err(self.expected("the end of a text")),
            }
        }
        self.at += 1;
        let quoted = self.text.get(opening..self.at).unwrap_or_default();
        if has_escapes {
            let text = serde_json::from_str(quoted).map_err(|_| Syntax { at: opening, expected: "a text with proper escapes" })?;
            return Ok(Text(Cow::Owned(text)));
        }
        Ok(Text(Cow::Borrowed(quoted.get(1..quoted.len() - 1).unwrap_or_default())))
    }

    fn number(&mut self) -> Result<Json<'a>, Syntax> {
        let begin = self.at;
        self.at += usize::from(self.rest().starts_with(b"-"));
        let (digits, is_padded) = (self.digits(), self.rest_before(begin).starts_with(b"0"));
        let mut is_number = digits == 1 || (digits > 1 && !is_padded);
        if self.rest().starts_with(b".") {
            self.at += 1;
            is_number &= self.digits() > 0;
        }
        let has_exponent = matches!(self.rest(), [b'e' | b'E', ..]);
        if let [b'e' | b'E', sign, ..] = self.rest() {
            self.at += 1 + usize::from(matches!(sign, b'+' | b'-'));
            is_number &= self.digits() > 0;
        }
        let digits = self.text.get(begin..self.at).unwrap_or_default();
        // What 64 bits cannot hold, no reader of ours or of anybody else's can use.
        let may_be_too_great = has_exponent || digits.len() > MOST_DIGITS;
        if !is_number || (may_be_too_great && !digits.parse().is_ok_and(f64::is_finite)) {
            return Err(Syntax { at: begin, expected: "a number" });
        }
        Ok(Json::Number(digits))
    }

    /// What was read since a byte, without a sign.
    fn rest_before(&self, begin: usize) -> &'a [u8] {
        let read = self.text.as_bytes().get(begin..self.at).unwrap_or_default();
        read.strip_prefix(b"-").unwrap_or(read)
    }

    fn digits(&mut self) -> usize {
        let digits = self.rest().iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.at += digits;
        digits
    }

    fn word(&mut self, word: &'static str, value: Json<'a>) -> Result<Json<'a>, Syntax> {
        if !self.rest().starts_with(word.as_bytes()) {
            return Err(self.expected("`true`, `false` or `null`"));
        }
        self.at += word.len();
        Ok(value)
    }
}

/// How many bytes of a string come before a quotation mark, a backslash or a control character: eight at a time.
pub(super) fn plain_length(bytes: &[u8]) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    // The high bit of each byte that is zero. A byte above such a one may be marked too, so only the lowest mark counts.
    let zeros = |word: u64| word.wrapping_sub(ONES) & !word & HIGH;
    let mut length = 0;
    let (words, _) = bytes.as_chunks::<8>();
    for word in words {
        let word = u64::from_le_bytes(*word);
        let controls = word.wrapping_sub(ONES * 0x20) & !word & HIGH;
        let stops = controls | zeros(word ^ (ONES * 0x22)) | zeros(word ^ (ONES * 0x5c));
        if stops != 0 {
            return length + usize::try_from(stops.trailing_zeros() / 8).unwrap_or(0);
        }
        length += 8;
    }
    let left = bytes.get(length..).unwrap_or_default();
    length + left.iter().take_while(|byte| **byte >= 0x20 && !matches!(byte, b'"' | b'\\')).count()
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

        #[test]
        fn a_plain_run_ends_where_a_byte_by_byte_look_says(bytes in prop::collection::vec(prop_oneof![4 => 0x20_u8..=255, 1 => 0_u8..=0x22, 1 => Just(b'\\')], 0..40)) {
            let expected = bytes.iter().position(|byte| *byte < 0x20 || *byte == b'"' || *byte == b'\\').unwrap_or(bytes.len());
            prop_assert_eq!(plain_length(&bytes), expected);
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
        assert_eq!(fault(&"[".repeat(MOST_DEEP + 1)), format!("no JSON at byte {MOST_DEEP}: an end to so much nesting is expected"));
    }
}
