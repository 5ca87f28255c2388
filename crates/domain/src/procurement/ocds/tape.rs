//! JSON read onto a tape: every value in the order in which it stands, with where its end is, and nothing copied. A tree for each of
//! a million releases costs more to build and to take down than the merging itself.

use super::json::{Json, Parts, Syntax, Text};

/// Objects and lists within each other, at the most.
const MOST_DEEP: usize = 128;

/// A number with no more digits than this is certainly within the range of 64 bits.
const MOST_DIGITS: usize = 300;

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `null`
    Null,
    /// `true` or `false`
    Bool,
    /// A number with the digits that were written.
    Number,
    /// A text without escapes.
    Plain,
    /// A text in which something is escaped.
    Escaped,
    /// A list: empty, or with an item that is no object.
    List,
    /// A list of one or more objects and nothing else.
    Objects,
    /// An object.
    Object,
}

#[derive(Debug, Clone, Copy)]
struct Node<'a> {
    kind: Kind,
    /// As it was written.
    text: &'a str,
    /// How many values are within it, and within those.
    within: usize,
}

/// The values of one or more texts.
#[derive(Debug, Clone, Default)]
pub struct Tape<'a> {
    nodes: Vec<Node<'a>>,
}

impl<'a> Tape<'a> {
    /// Reads one value and nothing after it, and adds it.
    ///
    /// # Errors
    /// [`Syntax`]; the tape is of no use then.
    pub fn read(&mut self, text: &'a str) -> Result<(), Syntax> {
        let mut reader = Reader { text, at: 0, depth: 0, nodes: &mut self.nodes };
        reader.value()?;
        if reader.peek().is_some() { Err(reader.expected("the end")) } else { Ok(()) }
    }

    /// Reads the values that stand one after the other, as a file of JSON lines has them, and adds them.
    ///
    /// # Errors
    /// [`Syntax`]; the tape is of no use then.
    pub fn read_all(&mut self, text: &'a str) -> Result<(), Syntax> {
        let mut reader = Reader { text, at: 0, depth: 0, nodes: &mut self.nodes };
        while reader.peek().is_some() {
            reader.value()?;
        }
        Ok(())
    }

    /// The values that were read, but not those within them.
    #[must_use]
    pub fn spots(&self) -> Spots<'_, 'a> {
        Spots { rest: &self.nodes }
    }
}

/// Values one after the other.
#[derive(Debug, Clone)]
pub struct Spots<'t, 'a> {
    rest: &'t [Node<'a>],
}

impl<'t, 'a> Iterator for Spots<'t, 'a> {
    type Item = Spot<'t, 'a>;

    fn next(&mut self) -> Option<Self::Item> {
        let (node, after) = self.rest.split_first()?;
        let (within, rest) = after.split_at_checked(node.within)?;
        self.rest = rest;
        Some(Spot { node, within })
    }
}

/// One value on a tape.
#[derive(Debug, Clone, Copy)]
pub struct Spot<'t, 'a> {
    node: &'t Node<'a>,
    within: &'t [Node<'a>],
}

impl<'t, 'a> Spot<'t, 'a> {
    /// What it is.
    #[must_use]
    pub fn kind(self) -> Kind {
        self.node.kind
    }

    /// The text, if it is one.
    #[must_use]
    pub fn text(self) -> Option<Text<'a>> {
        match self.node.kind {
            Kind::Plain => Some(Text::plain(self.node.text.get(1..self.node.text.len() - 1).unwrap_or_default())),
            Kind::Escaped => serde_json::from_str(self.node.text).ok().map(Text::made),
            Kind::Null | Kind::Bool | Kind::Number | Kind::List | Kind::Objects | Kind::Object => None,
        }
    }

    /// What is within it: items of a list; names and values of an object by turns.
    #[must_use]
    pub fn within(self) -> Spots<'t, 'a> {
        Spots { rest: self.within }
    }

    /// Whether nothing is within it.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.within.is_empty()
    }

    /// The members of an object, in the order in which they were written.
    pub fn members(self) -> impl Iterator<Item = (Text<'a>, Self)> {
        let mut within = self.within();
        std::iter::from_fn(move || Some((within.next()?.text()?, within.next()?)))
    }

    /// The value under a name, if it is an object that has one; of a name that comes twice the last.
    #[must_use]
    pub fn member(self, name: &str) -> Option<Self> {
        let mut within = (self.node.kind == Kind::Object).then(|| self.within())?;
        let mut found = None;
        while let (Some(one), Some(value)) = (within.next(), within.next()) {
            if one.is_text(name) {
                found = Some(value);
            }
        }
        found
    }

    fn is_text(self, text: &str) -> bool {
        match self.node.kind {
            Kind::Plain => self.node.text.len() == text.len() + 2 && self.text().is_some_and(|one| *one == *text),
            Kind::Escaped => self.text().is_some_and(|one| *one == *text),
            Kind::Null | Kind::Bool | Kind::Number | Kind::List | Kind::Objects | Kind::Object => false,
        }
    }

    /// As a tree.
    #[must_use]
    pub fn tree(self) -> Json<'a> {
        match self.node.kind {
            Kind::Null => Json::Null,
            Kind::Bool => Json::Bool(self.node.text == "true"),
            Kind::Number => Json::Number(self.node.text),
            Kind::Plain | Kind::Escaped => Json::Text(self.text().unwrap_or_else(|| Text::plain(""))),
            Kind::List | Kind::Objects => Json::List(self.within().map(Self::tree).collect()),
            Kind::Object => Json::Object(self.members().map(|(name, value)| (name, value.tree())).collect()),
        }
    }

    /// Whether both mean the same.
    #[must_use]
    pub fn equals(self, other: Self) -> bool {
        self.node.text == other.node.text
            || (self.node.kind != Kind::Plain || other.node.kind != Kind::Plain) && self.tree() == other.tree()
    }

    /// Writes it as JSON on one line, whatever it is.
    pub fn write(self, out: &mut Vec<u8>) {
        match self.node.kind {
            Kind::List | Kind::Objects => {
                let mut list = Parts::begin(out, b'[');
                self.within().for_each(|item| item.write(list.next()));
                list.end(b']');
            }
            Kind::Object => {
                let mut object = Parts::begin(out, b'{');
                self.members().for_each(|(name, value)| value.write(object.member(&name)));
                object.end(b'}');
            }
            Kind::Null | Kind::Bool | Kind::Number | Kind::Plain | Kind::Escaped => out.extend_from_slice(self.node.text.as_bytes()),
        }
    }

    /// As it was written.
    #[must_use]
    pub fn as_written(self) -> &'a str {
        self.node.text
    }
}

struct Reader<'a, 't> {
    text: &'a str,
    at: usize,
    depth: usize,
    nodes: &'t mut Vec<Node<'a>>,
}

impl<'a> Reader<'a, '_> {
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

    /// Adds a value without others within it that began at a byte and ends here.
    fn add(&mut self, kind: Kind, begin: usize) {
        let text = self.text.get(begin..self.at).unwrap_or_default();
        self.nodes.push(Node { kind, text, within: 0 });
    }

    fn value(&mut self) -> Result<(), Syntax> {
        match self.peek() {
            Some(b'"') => self.string(),
            Some(b'{') => self.nest(Kind::Object),
            Some(b'[') => self.nest(Kind::List),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.word("true", Kind::Bool),
            Some(b'f') => self.word("false", Kind::Bool),
            Some(b'n') => self.word("null", Kind::Null),
            _ => Err(self.expected("a value")),
        }
    }

    /// An object or a list, from its opening bracket.
    fn nest(&mut self, kind: Kind) -> Result<(), Syntax> {
        if self.depth == MOST_DEEP {
            return Err(self.expected("an end to so much nesting"));
        }
        let (begin, place) = (self.at, self.nodes.len());
        self.at += 1;
        self.depth += 1;
        self.nodes.push(Node { kind, text: "", within: 0 });
        let kind = if kind == Kind::Object { self.object()? } else { self.list()? };
        self.depth -= 1;
        let (text, within) = (self.text.get(begin..self.at).unwrap_or_default(), self.nodes.len() - place - 1);
        if let Some(node) = self.nodes.get_mut(place) {
            *node = Node { kind, text, within };
        }
        Ok(())
    }

    fn object(&mut self) -> Result<Kind, Syntax> {
        if self.is_next(b'}') {
            return Ok(Kind::Object);
        }
        loop {
            if self.peek() != Some(b'"') {
                return Err(self.expected("a name"));
            }
            self.string()?;
            if !self.is_next(b':') {
                return Err(self.expected("a colon"));
            }
            self.value()?;
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => {
                    self.at += 1;
                    return Ok(Kind::Object);
                }
                _ => return Err(self.expected("a comma or a closing brace")),
            }
        }
    }

    fn list(&mut self) -> Result<Kind, Syntax> {
        if self.is_next(b']') {
            return Ok(Kind::List);
        }
        let mut kind = Kind::Objects;
        loop {
            if self.peek() != Some(b'{') {
                kind = Kind::List;
            }
            self.value()?;
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => {
                    self.at += 1;
                    return Ok(kind);
                }
                _ => return Err(self.expected("a comma or a closing bracket")),
            }
        }
    }

    /// A string from its opening quotation mark.
    fn string(&mut self) -> Result<(), Syntax> {
        let (begin, mut kind) = (self.at, Kind::Plain);
        self.at += 1;
        loop {
            self.at += plain_length(self.rest());
            match self.rest() {
                [b'"', ..] => break,
                [b'\\', _, ..] => {
                    kind = Kind::Escaped;
                    self.at += escape_length(self.rest()).ok_or(Syntax { at: begin, expected: "a text with proper escapes" })?;
                }
                _ => return Err(self.expected("the end of a text")),
            }
        }
        self.at += 1;
        self.add(kind, begin);
        Ok(())
    }

    fn number(&mut self) -> Result<(), Syntax> {
        let begin = self.at;
        self.at += usize::from(self.rest().starts_with(b"-"));
        let is_padded = self.rest().starts_with(b"0");
        let digits = self.digits();
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
        self.add(Kind::Number, begin);
        Ok(())
    }

    fn digits(&mut self) -> usize {
        let digits = self.rest().iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.at += digits;
        digits
    }

    fn word(&mut self, word: &'static str, kind: Kind) -> Result<(), Syntax> {
        if !self.rest().starts_with(word.as_bytes()) {
            return Err(self.expected("`true`, `false` or `null`"));
        }
        self.at += word.len();
        self.add(kind, self.at - word.len());
        Ok(())
    }
}

/// The length of the escape with which this begins, if it is one. Two that stand for one character are one.
fn escape_length(text: &[u8]) -> Option<usize> {
    match text {
        [b'\\', b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't', ..] => Some(2),
        [b'\\', b'u', rest @ ..] => match hexadecimal(rest)? {
            0xd800..=0xdbff => {
                let low = hexadecimal(rest.get(4..)?.strip_prefix(b"\\u")?)?;
                matches!(low, 0xdc00..=0xdfff).then_some(12)
            }
            0xdc00..=0xdfff => None,
            _ => Some(6),
        },
        _ => None,
    }
}

/// Four digits of base sixteen.
fn hexadecimal(text: &[u8]) -> Option<u32> {
    let digits = text.first_chunk::<4>()?;
    digits.iter().try_fold(0, |number, digit| Some(number * 16 + char::from(*digit).to_digit(16)?))
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_plain_run_ends_where_a_byte_by_byte_look_says(bytes in prop::collection::vec(prop_oneof![4 => 0x20_u8..=255, 1 => 0_u8..=0x22, 1 => Just(b'\\')], 0..40)) {
            let expected = bytes.iter().position(|byte| *byte < 0x20 || *byte == b'"' || *byte == b'\\').unwrap_or(bytes.len());
            prop_assert_eq!(plain_length(&bytes), expected);
        }
    }

    /// What is wrong with a text that is written between quotation marks, as the library sees it.
    #[test]
    fn escapes_are_those_of_the_library() {
        let whole = |escape: &str| format!("\"a{escape}b\"");
        for escape in [
            "\\n",
            "\\/",
            "\\u00e9",
            "\\u00E9",
            "\\ud83d\\ude00",
            "\\\\",
            "\\x",
            "\\u00g0",
            "\\ud83d",
            "\\ude00",
            "\\ud83d\\u0041",
            "\\u+123",
        ] {
            let text = whole(escape);
            let (read, by_library) = (Json::read(&text), serde_json::from_str::<String>(&text));
            assert_eq!(read.is_ok(), by_library.is_ok(), "{text}");
            assert!(read.is_err() || read.unwrap().as_text() == by_library.ok().as_deref(), "{text}");
        }
    }

    #[test]
    fn values_are_walked_in_order_and_a_list_is_of_objects_only_when_every_item_is() {
        let mut tape = Tape::default();
        tape.read_all(r#"[{"a": 1}, {}] [{}, 2] [] {"a\u0062": {"c": [3]}, "ab": null}"#).unwrap();
        let spots: Vec<Spot<'_, '_>> = tape.spots().collect();
        let kinds: Vec<Kind> = spots.iter().map(|spot| spot.kind()).collect();
        assert_eq!(kinds, [Kind::Objects, Kind::List, Kind::List, Kind::Object]);
        assert_eq!(spots.iter().map(|spot| spot.is_empty()).collect::<Vec<_>>(), [false, false, true, false]);
        assert_eq!(spots[3].member("ab").unwrap().kind(), Kind::Null, "of a name that comes twice the last counts");
        assert_eq!(spots[3].members().map(|(name, _)| name.to_string()).collect::<Vec<_>>(), ["ab", "ab"]);
    }

    #[test]
    fn values_are_equal_by_what_they_mean() {
        let mut tape = Tape::default();
        tape.read(r#"[["a", "\u0061"], [1, 1.0], [{"a": 1, "b": 2}, {"b":2,"a":1}], ["a", "b"], [[1], [2]], ["1", 1]]"#).unwrap();
        let pairs = tape.spots().next().unwrap().within();
        let equal: Vec<bool> = pairs
            .map(|pair| {
                let mut two = pair.within();
                two.next().unwrap().equals(two.next().unwrap())
            })
            .collect();
        assert_eq!(equal, [true, true, true, false, false, false]);
    }
}
