//! Where each release stands in a file of any size: in a list, in a package, in a package of records, one per line, or one after
//! the other. The file comes in pieces, and no piece is kept.

use thiserror::Error;

use super::json::plain_length;

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
#[derive(Debug)]
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
    /// ten bytes pass here.
    fn within<'b>(&mut self, piece: &'b [u8]) -> &'b [u8] {
        let (mut at, mut depth) = (0, self.depth);
        if self.is_in_string {
            at = self.skip_string(piece, 0);
        }
        while depth > 0
            && let Some(byte) = piece.get(at)
        {
            at += 1;
            match byte {
                b'"' => at = self.skip_string(piece, at),
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth -= 1,
                _ => {}
            }
        }
        self.depth = depth;
        self.at += u64::try_from(at).unwrap_or(u64::MAX);
        piece.get(at..).unwrap_or_default()
    }

    /// The first byte after a string that nobody wants, or the end of the piece, in which case the next piece goes on with it.
    fn skip_string(&mut self, piece: &[u8], mut at: usize) -> usize {
        at += usize::from(std::mem::take(&mut self.is_escaped));
        loop {
            at += plain_length(piece.get(at..).unwrap_or_default());
            let Some(byte) = piece.get(at) else { break };
            at += 1;
            match byte {
                b'"' => {
                    self.is_in_string = false;
                    return at;
                }
                b'\\' => at += 1,
                _ => {}
            }
        }
        // An escape whose second half is in the next piece.
        self.is_escaped = at > piece.len();
        self.is_in_string = true;
        piece.len()
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

#[cfg(test)]
mod tests {
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
