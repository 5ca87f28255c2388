//! Where each release stands in a file of any size: in a list, in a package, in a package of records, one per line, or one after
//! the other. The file comes in pieces, and no piece is kept.

use thiserror::Error;

use super::tape::plain_length;

/// A release within a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// The process it belongs to, as it is written between its quotation marks.
    pub ocid: Vec<u8>,
    /// The byte with which it begins.
    pub at: u64,
    /// Its length in bytes.
    pub length: u64,
}

/// Why a file holds no releases that can be found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SpanFault {
    /// A bracket closes what it did not open, or nothing at all.
    #[error("the file is no JSON at byte {0}: a bracket closes what was not opened")]
    Bracket(u64),
    /// The file ends within a value.
    #[error("the file ends in the middle, at byte {0}")]
    Ends(u64),
    /// Neither a release nor a package.
    #[error("the object at byte {0} has no `ocid` and no `releases`, so it is neither a release nor a package")]
    NoRelease(u64),
    /// Something stands where a release should.
    #[error("what stands at byte {0} is no object, so it is no release")]
    NoObject(u64),
}

/// An object or list that was opened and not yet closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Open {
    /// An object that may be a release or a package.
    Candidate { at: u64, is_package: bool },
    /// A list whose items may be releases or packages.
    Candidates,
}

/// What the next string in a candidate is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Awaits {
    Name,
    Value,
}

/// Finds releases in the pieces of one file, given in order.
#[derive(Debug, Clone)]
pub struct Spans {
    at: u64,
    open: Vec<Open>,
    /// How deep within a member of a release or a package, where nothing is looked for. Whether the brackets there fit each
    /// other is seen when the release is read.
    depth: u64,
    is_in_string: bool,
    is_escaped: bool,
    awaits: Awaits,
    /// The string that is being read, when it is wanted.
    text: Vec<u8>,
    is_wanted: bool,
    name: Vec<u8>,
    ocid: Vec<u8>,
}

impl Default for Spans {
    fn default() -> Self {
        Self {
            at: 0,
            open: Vec::new(),
            depth: 0,
            is_in_string: false,
            is_escaped: false,
            awaits: Awaits::Name,
            text: Vec::new(),
            is_wanted: false,
            name: Vec::new(),
            ocid: Vec::new(),
        }
    }
}

impl Spans {
    /// Takes the next piece and tells of each release that ends in it.
    ///
    /// # Errors
    /// [`SpanFault`].
    pub fn take(&mut self, piece: &[u8], mut found: impl FnMut(Span)) -> Result<(), SpanFault> {
        let mut rest = piece;
        while let Some((&byte, after)) = rest.split_first() {
            if self.depth > 0 {
                rest = self.within(rest);
                continue;
            }
            if self.is_in_string {
                rest = self.in_string(rest);
                continue;
            }
            match byte {
                b'"' => self.string_opens()?,
                b'{' | b'[' => self.opens(byte)?,
                b'}' | b']' => self.closes(byte, &mut found)?,
                b':' => self.awaits = Awaits::Value,
                b',' => self.awaits = Awaits::Name,
                b' ' | b'\n' | b'\r' | b'\t' => {}
                _ if self.is_place_of_a_release() => return Err(SpanFault::NoObject(self.at)),
                _ => {}
            }
            self.at += 1;
            rest = after;
        }
        Ok(())
    }

    /// What would be known where a release begins that many bytes further on in the same list or file, if one does.
    #[must_use]
    pub fn as_if_a_release_began(&self, further: usize) -> Self {
        let around = self.open.iter().rposition(|open| *open == Open::Candidates).map_or(0, |list| list + 1);
        let open = self.open.iter().take(around).copied().collect();
        Self { at: self.at + u64::try_from(further).unwrap_or(u64::MAX), open, ..Self::default() }
    }

    /// Whether one goes on where the other does: what was read before makes no difference any more.
    #[must_use]
    pub fn goes_on_like(&self, other: &Self) -> bool {
        let is_free = |one: &Self| one.is_place_of_a_release() && one.depth == 0 && !one.is_in_string;
        self.at == other.at && self.open == other.open && is_free(self) && is_free(other)
    }

    /// Whether the file may end here.
    ///
    /// # Errors
    /// [`SpanFault::Ends`] within a value.
    pub fn end(&self) -> Result<(), SpanFault> {
        if self.open.is_empty() && self.depth == 0 && !self.is_in_string { Ok(()) } else { Err(SpanFault::Ends(self.at)) }
    }

    fn is_place_of_a_release(&self) -> bool {
        matches!(self.open.last(), None | Some(Open::Candidates))
    }

    /// Walks through a member in which nothing is looked for, to its end or the end of the piece, and gives what follows. Nine of
    /// ten bytes pass here, so they pass by the block.
    fn within<'b>(&mut self, piece: &'b [u8]) -> &'b [u8] {
        let mut passed = 0;
        while let Some(rest) = piece.get(passed..).filter(|rest| !rest.is_empty()) {
            let marks = Marks::of(rest, self.is_in_string, self.is_escaped);
            (self.is_in_string, self.is_escaped) = (marks.ends_in_string, marks.ends_escaped);
            if let Some(end) = marks.end_of(&mut self.depth) {
                (self.is_in_string, self.is_escaped) = (false, false);
                passed += end;
                break;
            }
            passed += rest.len().min(BLOCK);
        }
        self.at += u64::try_from(passed).unwrap_or(u64::MAX);
        piece.get(passed..).unwrap_or_default()
    }

    /// Walks through a string to its end or the end of the piece, and gives what follows.
    fn in_string<'b>(&mut self, mut rest: &'b [u8]) -> &'b [u8] {
        if self.is_escaped {
            let (escaped, after) = rest.split_at(rest.len().min(1));
            self.keep(escaped);
            self.is_escaped = false;
            rest = after;
        }
        let (text, after) = rest.split_at(plain_length(rest));
        self.keep(text);
        let Some((&byte, after)) = after.split_first() else { return after };
        if byte == b'"' {
            self.at += 1;
            self.string_ends();
        } else {
            self.keep(&[byte]);
            self.is_escaped = byte == b'\\';
        }
        after
    }

    fn keep(&mut self, text: &[u8]) {
        self.at += u64::try_from(text.len()).unwrap_or(u64::MAX);
        if self.is_wanted {
            self.text.extend_from_slice(text);
        }
    }

    fn string_opens(&mut self) -> Result<(), SpanFault> {
        if self.is_place_of_a_release() {
            return Err(SpanFault::NoObject(self.at));
        }
        self.is_wanted = self.awaits == Awaits::Name || self.name == b"ocid";
        self.text.clear();
        self.is_in_string = true;
        Ok(())
    }

    fn string_ends(&mut self) {
        self.is_in_string = false;
        if self.is_wanted {
            let place = if self.awaits == Awaits::Name { &mut self.name } else { &mut self.ocid };
            std::mem::swap(place, &mut self.text);
        }
    }

    fn opens(&mut self, byte: u8) -> Result<(), SpanFault> {
        let is_list = byte == b'[';
        let next = match (self.open.last_mut(), is_list) {
            (None, true) => Open::Candidates,
            (None | Some(Open::Candidates), false) => {
                self.ocid.clear();
                Open::Candidate { at: self.at, is_package: false }
            }
            (Some(Open::Candidates), true) => return Err(SpanFault::NoObject(self.at)),
            (Some(Open::Candidate { is_package, .. }), true) if matches!(self.name.as_slice(), b"releases" | b"records") => {
                *is_package = true;
                Open::Candidates
            }
            (Some(Open::Candidate { is_package, .. }), _) => {
                // A record may give no more than what its releases came to; that is no release.
                *is_package |= matches!(self.name.as_slice(), b"compiledRelease" | b"versionedRelease");
                self.depth = 1;
                self.awaits = Awaits::Value;
                return Ok(());
            }
        };
        self.open.push(next);
        self.name.clear();
        self.awaits = Awaits::Name;
        Ok(())
    }

    fn closes(&mut self, byte: u8, found: &mut impl FnMut(Span)) -> Result<(), SpanFault> {
        let ((Some(closed @ Open::Candidate { .. }), b'}') | (Some(closed @ Open::Candidates), b']')) = (self.open.pop(), byte) else {
            return Err(SpanFault::Bracket(self.at));
        };
        if let Open::Candidate { at, is_package: false } = closed {
            if self.ocid.is_empty() {
                return Err(SpanFault::NoRelease(at));
            }
            found(Span { ocid: std::mem::take(&mut self.ocid), at, length: self.at + 1 - at });
        }
        self.awaits = Awaits::Value;
        Ok(())
    }
}

/// So many bytes are looked at together: one for each bit of a word.
const BLOCK: usize = 64;

/// Where brackets stand in a block outside its strings, as one bit for each byte, the first the lowest.
#[derive(Debug)]
struct Marks {
    opening: u64,
    closing: u64,
    ends_in_string: bool,
    ends_escaped: bool,
}

impl Marks {
    /// The marks of the next block, which the end of a piece fills only in part.
    fn of(rest: &[u8], is_in_string: bool, is_escaped: bool) -> Self {
        let mut last = [b' '; BLOCK];
        let block = rest.first_chunk().unwrap_or_else(|| {
            last.iter_mut().zip(rest).for_each(|(place, byte)| *place = *byte);
            &last
        });
        // Square and curly brackets are one bit apart.
        let (mut quotes, mut slashes, mut opening, mut closing) = (0, 0, 0, 0);
        for (at, word) in block.as_chunks::<8>().0.iter().enumerate() {
            let word = u64::from_le_bytes(*word);
            let curly = word | (EACH * 0x20);
            quotes |= where_is(b'"', word) << (8 * at);
            slashes |= where_is(b'\\', word) << (8 * at);
            opening |= where_is(b'{', curly) << (8 * at);
            closing |= where_is(b'}', curly) << (8 * at);
        }
        let (escaped, escapes_next) = escaped(slashes, is_escaped);
        let strings = since_odd(quotes & !escaped) ^ if is_in_string { u64::MAX } else { 0 };
        Self {
            opening: opening & !strings,
            closing: closing & !strings,
            ends_in_string: strings >> (BLOCK - 1) == 1,
            ends_escaped: if rest.len() < BLOCK { (escaped >> rest.len()) & 1 == 1 } else { escapes_next },
        }
    }

    /// How many bytes of the block belong to what is open, if it ends here; otherwise `depth` is what is open after the block.
    fn end_of(&self, depth: &mut u64) -> Option<usize> {
        let mut closing = self.closing;
        let (opened, closed) = (u64::from(self.opening.count_ones()), u64::from(closing.count_ones()));
        if closed < *depth {
            *depth = *depth + opened - closed;
            return None;
        }
        for closed in 1..=closed {
            let before = (closing & closing.wrapping_neg()) - 1;
            if *depth + u64::from((self.opening & before).count_ones()) == closed {
                *depth = 0;
                return usize::try_from(before.count_ones() + 1).ok();
            }
            closing &= closing - 1;
        }
        *depth = *depth + opened - closed;
        None
    }
}

/// A one in each byte of a word.
const EACH: u64 = 0x0101_0101_0101_0101;

/// One bit for each of the eight bytes of a word: whether it is this byte.
fn where_is(byte: u8, word: u64) -> u64 {
    const LOW: u64 = EACH * 0x7f;
    let differs = word ^ (EACH * u64::from(byte));
    // The high bit of each byte that differs.
    let marks = ((differs & LOW) + LOW) | differs;
    // The product moves the marks, which stand eight bits apart, together in the highest byte.
    ((!marks & !LOW) >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56
}

/// Which bytes are escaped by these backslashes, and whether the first byte after the block is.
const fn escaped(mut slashes: u64, is_first: bool) -> (u64, bool) {
    let mut escaped = if is_first { 1 } else { 0 };
    slashes &= !escaped;
    while slashes != 0 {
        let slash = slashes & slashes.wrapping_neg();
        if slash.leading_zeros() == 0 {
            return (escaped, true);
        }
        escaped |= slash << 1;
        slashes &= !(slash | slash << 1);
    }
    (escaped, false)
}

/// Sets each bit that has an odd number of marks at or below it: from an opening quotation mark to the one before the closing.
const fn since_odd(mut marks: u64) -> u64 {
    let mut step = 1;
    while step < u64::BITS {
        marks ^= marks << step;
        step *= 2;
    }
    marks
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The ocids and texts of all releases, however the file is cut into pieces.
    fn found(text: &str) -> Result<Vec<(String, String)>, SpanFault> {
        let cut = |size: usize| {
            let (mut spans, mut all) = (Spans::default(), Vec::new());
            for piece in text.as_bytes().chunks(size) {
                spans.take(piece, |span| all.push(span))?;
            }
            spans.end()?;
            Ok(all)
        };
        let whole: Result<Vec<Span>, SpanFault> = cut(text.len().max(1));
        for size in [1, 2, 3, 7] {
            assert_eq!(cut(size), whole, "pieces of {size} bytes");
        }
        let named = |span: Span| {
            let (at, length) = (usize::try_from(span.at).unwrap(), usize::try_from(span.length).unwrap());
            (String::from_utf8(span.ocid).unwrap(), text[at..at + length].to_owned())
        };
        Ok(whole?.into_iter().map(named).collect())
    }

    fn release(ocid: &str) -> String {
        format!(
            r#"{{ "id": "x{{[", "tender": {{"ocid": "not this", "lots": [{{"id": 1}}]}}, "ocid": "{ocid}", "date": null, "a": "\"}}" }}"#
        )
    }

    #[test]
    fn releases_are_found_in_every_form_of_file() {
        let (a, b) = (release("ocds-a"), release("ocds-b"));
        let both = vec![("ocds-a".to_owned(), a.clone()), ("ocds-b".to_owned(), b.clone())];
        assert_eq!(found(&format!("[{a}, {b}]")).unwrap(), both, "a list");
        assert_eq!(found(&format!("{a}\n{b}\n")).unwrap(), both, "one per line");
        assert_eq!(
            found(&format!(r#"{{"uri": "u", "extensions": ["x"], "releases": [{a},{b}], "license": null}}"#)).unwrap(),
            both,
            "a package"
        );
        assert_eq!(
            found(&format!(r#"{{"releases":[{a}]}} {{"publisher":{{"ocid":"z"}},"releases":[{b}]}}"#)).unwrap(),
            both,
            "two packages"
        );
        let records = format!(r#"{{"records":[{{"ocid":"r","releases":[{a}],"compiledRelease":{{"ocid":"c"}}}},{{"releases":[{b}]}}]}}"#);
        assert_eq!(found(&records).unwrap(), both, "a package of records, whose own compiled releases are not read");
        assert_eq!(found(r#"{"ocid":"r","compiledRelease":{"ocid":"c"}}"#).unwrap(), [], "a record without its releases");
        assert_eq!(found(" \n").unwrap(), [], "an empty file");
        assert_eq!(found("[]").unwrap(), []);
        assert_eq!(found(r#"{"releases": []}"#).unwrap(), []);
    }

    proptest! {
        /// Texts of brackets, quotation marks and backslashes, longer than a block and cut anywhere.
        #[test]
        fn releases_are_found_whatever_their_texts_hold(
            texts in prop::collection::vec(prop::collection::vec(prop_oneof![4 => "[a-z{}\\[\\],: ]{0,60}", 3 => "[\\\\\"]{1,5}"], 0..6), 1..4),
            size in 1_usize..200,
        ) {
            let release = |texts: Vec<String>| {
                let long = texts.concat();
                serde_json::json!({ "tender": { "lots": [{ "title": long }, [long]], "x": [[], {}, long] }, "ocid": "ocds-a", "z": long }).to_string()
            };
            let releases: Vec<String> = texts.into_iter().map(release).collect();
            let file = format!("[{}]", releases.join(","));
            let (mut spans, mut all) = (Spans::default(), Vec::new());
            for piece in file.as_bytes().chunks(size) {
                spans.take(piece, |span| all.push(span)).unwrap();
            }
            spans.end().unwrap();
            let text = |span: &Span| file[usize::try_from(span.at).unwrap()..][..usize::try_from(span.length).unwrap()].to_owned();
            prop_assert_eq!(all.iter().map(text).collect::<Vec<_>>(), releases);
        }
    }

    #[test]
    fn what_is_no_file_of_releases_is_named_with_its_place() {
        assert_eq!(found("[1]"), Err(SpanFault::NoObject(1)));
        assert_eq!(found(r#" "text""#), Err(SpanFault::NoObject(1)));
        assert_eq!(found("[[]]"), Err(SpanFault::NoObject(1)));
        assert_eq!(found(r#"[{"id": "1"}]"#), Err(SpanFault::NoRelease(1)));
        assert_eq!(found(r#"{"ocid": "a"}]"#), Err(SpanFault::Bracket(13)));
        assert_eq!(found(r#"{"ocid": "a"]"#), Err(SpanFault::Bracket(12)));
        assert_eq!(found(r#"[{"ocid": "a"}"#), Err(SpanFault::Ends(14)));
        assert_eq!(found(r#"{"ocid": "a"#), Err(SpanFault::Ends(11)));
    }
}
