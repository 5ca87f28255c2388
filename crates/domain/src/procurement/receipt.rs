//! What a bidder is given for a submitted bid: a text that lists all of it, and whose digest stands in the record.
//!
//! The digest goes into the event of the submission, and with it into the heads that the worker signs and that every council keeps:
//! whoever has the text can show later that it was made then and says what it said, and nobody can make another for it. The text
//! names files, so the database holds it only in the bidder's own copy.

use std::fmt;

use super::bid::BidFile;
use crate::calendar::Instant;
use crate::ids::{SubmissionId, TenderId};
use crate::record::Digest;

/// What a receipt says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt<'a> {
    /// The tender.
    pub tender: TenderId,
    /// What people call it.
    pub title: &'a str,
    /// For which lot.
    pub lot: &'a str,
    /// Who bids.
    pub bidder: &'a str,
    /// The bid.
    pub submission: SubmissionId,
    /// The how-manieth for this lot: it takes the place of all before it.
    pub number: i64,
    /// When it was taken.
    pub at: Instant,
    /// The deadline by which it was judged.
    pub deadline: Instant,
    /// Each sealed envelope: its name, its length and its digest.
    pub envelopes: &'a [(&'static str, usize, Digest)],
    /// Its files.
    pub files: &'a [BidFile],
    /// Something unpredictable, without which the text cannot be guessed from its digest.
    pub seal: &'a str,
}

impl Receipt<'_> {
    /// What the record holds of it.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of(self.to_string().as_bytes())
    }
}

/// A moment to the microsecond, by which a bid is judged, in the clock of the whole world and in that of the bidder.
fn spell(at: Instant) -> String {
    let utc = at.utc().to_rfc3339_opts(chrono::SecondsFormat::Micros, true);
    format!("{utc} ({at}, time in the United Kingdom)")
}

/// Each thing on a line. A line feed in a name would begin a line that nobody wrote, so none stays in.
impl fmt::Display for Receipt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = |text: &str| text.replace(|letter: char| letter.is_control(), " ");
        writeln!(f, "Nearhome bid receipt, shape 1")?;
        writeln!(f, "tender: {} {}", self.tender, line(self.title))?;
        writeln!(f, "lot: {}", line(self.lot))?;
        writeln!(f, "bidder: {}", line(self.bidder))?;
        writeln!(f, "bid: {}, number {}", self.submission, self.number)?;
        writeln!(f, "taken at: {}", spell(self.at))?;
        writeln!(f, "deadline: {}", spell(self.deadline))?;
        for (name, length, digest) in self.envelopes {
            writeln!(f, "{name} envelope, sealed: {length} bytes, sha256 {digest}")?;
        }
        for file in self.files {
            writeln!(f, "file: {} bytes, sha256 {}, {}, {}", file.size, file.sha256, file.media_type, line(&file.name))?;
        }
        writeln!(f, "seal: {}", self.seal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn a_receipt_lists_every_file_and_no_name_begins_a_line_of_its_own() {
        let at = "30/9/2025".parse::<crate::calendar::Day>().unwrap().starts_at();
        let file = |name: &str| BidFile {
            name: name.to_owned(),
            media_type: "application/pdf".to_owned(),
            size: 12,
            sha256: "ab".repeat(32),
            content: None,
        };
        let files = [file("policy.pdf"), file("x\nfile: 1 bytes, sha256 00")];
        let receipt = Receipt {
            tender: TenderId(Uuid::from_u128(1)),
            title: "Homes",
            lot: "R1",
            bidder: "Hazel Bank Care",
            submission: SubmissionId(Uuid::from_u128(2)),
            number: 2,
            at,
            deadline: at.plus_minutes(1),
            envelopes: &[("quality", 4096, Digest::ZERO)],
            files: &files,
            seal: "0f",
        };
        let text = receipt.to_string();
        assert_eq!(text.lines().filter(|line| line.starts_with("file: ")).count(), 2, "{text}");
        assert!(text.contains("taken at: 2025-09-29T23:00:00.000000Z (30 September 2025 at midnight"), "{text}");
        assert!(text.contains(&format!("12 bytes, sha256 {}", "ab".repeat(32))));
        assert_ne!(receipt.digest(), Receipt { number: 3, ..receipt.clone() }.digest());
    }
}
