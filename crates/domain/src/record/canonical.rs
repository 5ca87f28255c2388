//! One way to write a list of fields as bytes.

use chrono::Datelike as _;
use uuid::Uuid;

use super::Digest;
use crate::calendar::{Day, Instant};

/// Writes fields as bytes such that two different lists never give the same bytes.
///
/// Each field is one letter for its kind, the length of its value in bytes (eight bytes, most significant first), and
/// the value. So `"ab", "c"` differs from `"a", "bc"`, the text `1` from the number 1, and an absent value from an
/// empty one. The list opens with a label naming what is written and the shape of its list, such as `event 1`: a row
/// can never be passed off as an event, and a list that gains a field takes the next number.
///
/// Used for the hash of an event and for the digest of a row's state. Order matters; the writer of each list fixes it.
#[derive(Debug, Clone)]
#[must_use]
pub struct Canonical(Vec<u8>);

impl Canonical {
    /// Starts a list of fields with its label.
    pub fn new(label: &str) -> Self {
        Self(Vec::with_capacity(256)).field(b'L', label.as_bytes())
    }

    /// A text, in UTF-8, exactly as it is: no trimming and no Unicode normalisation.
    pub fn text(self, value: &str) -> Self {
        self.field(b't', value.as_bytes())
    }

    /// A whole number.
    pub fn integer(self, value: i64) -> Self {
        self.field(b'i', &value.to_be_bytes())
    }

    /// A statement that is true or false.
    pub fn truth(self, value: bool) -> Self {
        self.field(b'b', &[u8::from(value)])
    }

    /// Plain bytes.
    pub fn bytes(self, value: &[u8]) -> Self {
        self.field(b'x', value)
    }

    /// An absent value, whatever kind it would have been.
    pub fn null(self) -> Self {
        self.field(b'n', &[])
    }

    /// An id. Typed ids turn into a [`Uuid`] by `Uuid::from`.
    pub fn uuid(self, value: Uuid) -> Self {
        self.field(b'u', value.as_bytes())
    }

    /// A moment, as whole microseconds since 1970 began in UTC.
    pub fn instant(self, value: Instant) -> Self {
        self.field(b'm', &value.utc().timestamp_micros().to_be_bytes())
    }

    /// A calendar date, as days since the last day of the year before year 1.
    pub fn day(self, value: Day) -> Self {
        self.field(b'd', &value.0.num_days_from_ce().to_be_bytes())
    }

    /// A digest of something else.
    pub fn digest(self, value: Digest) -> Self {
        self.field(b'h', value.as_bytes())
    }

    /// A value that may be absent: `list.optional(note, Canonical::text)`.
    pub fn optional<T>(self, value: Option<T>, write: impl FnOnce(Self, T) -> Self) -> Self {
        match value {
            Some(value) => write(self, value),
            None => self.null(),
        }
    }

    /// The bytes of the whole list.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    /// The digest of the whole list.
    #[must_use]
    pub fn hash(&self) -> Digest {
        Digest::of(&self.0)
    }

    fn field(mut self, kind: u8, value: &[u8]) -> Self {
        // INVARIANT: no machine holds a value longer than a u64 counts, so the fallback is never taken.
        let length = u64::try_from(value.len()).unwrap_or(u64::MAX);
        self.0.push(kind);
        self.0.extend_from_slice(&length.to_be_bytes());
        self.0.extend_from_slice(value);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;
    use proptest::prelude::*;

    #[derive(Debug, Clone, PartialEq, Eq)]
    enum Field {
        Text(String),
        Integer(i64),
        Truth(bool),
        Bytes(Vec<u8>),
        Null,
        Uuid(u128),
        Instant(i64),
        Day(i32),
        Digest([u8; 32]),
    }

    fn write(fields: &[Field]) -> Vec<u8> {
        fields
            .iter()
            .fold(Canonical::new("fields 1"), |list, field| match field {
                Field::Text(value) => list.text(value),
                Field::Integer(value) => list.integer(*value),
                Field::Truth(value) => list.truth(*value),
                Field::Bytes(value) => list.bytes(value),
                Field::Null => list.null(),
                Field::Uuid(value) => list.uuid(Uuid::from_u128(*value)),
                Field::Instant(micros) => list.instant(Instant::new(DateTime::from_timestamp_micros(*micros).unwrap())),
                Field::Day(days) => list.day(Day(chrono::NaiveDate::from_num_days_from_ce_opt(*days).unwrap())),
                Field::Digest(value) => list.digest(Digest(*value)),
            })
            .into_bytes()
    }

    /// Small alphabets on purpose: lists that differ only in where a value ends must turn up often.
    fn field() -> impl Strategy<Value = Field> {
        prop_oneof![
            "[ti\u{0}]{0,3}".prop_map(Field::Text),
            (-1_i64..3).prop_map(Field::Integer),
            any::<bool>().prop_map(Field::Truth),
            prop::collection::vec(0_u8..2, 0..9).prop_map(Field::Bytes),
            Just(Field::Null),
            (0_u128..3).prop_map(Field::Uuid),
            (-1_i64..3).prop_map(Field::Instant),
            (1_i32..4).prop_map(Field::Day),
            (0_u8..3).prop_map(|byte| Field::Digest([byte; 32])),
        ]
    }

    proptest! {
        #[test]
        fn different_lists_give_different_bytes(
            one in prop::collection::vec(field(), 0..4),
            other in prop::collection::vec(field(), 0..4),
        ) {
            prop_assert_eq!(one == other, write(&one) == write(&other));
        }
    }

    #[test]
    fn moving_a_letter_across_a_field_border_shows() {
        let text = |value: &str| Field::Text(value.to_owned());
        assert_ne!(write(&[text("ab"), text("c")]), write(&[text("a"), text("bc")]));
        assert_ne!(write(&[text("")]), write(&[Field::Null]));
        assert_ne!(write(&[text("")]), write(&[]));
        assert_ne!(write(&[Field::Integer(1)]), write(&[Field::Instant(1)]));
        let (row, event) = (Canonical::new("row 1"), Canonical::new("event 1"));
        assert_ne!(row.hash(), event.hash());
    }

    #[test]
    fn the_bytes_are_fixed_for_ever() {
        let list = Canonical::new("x").integer(-1).optional(None, Canonical::text);
        let bytes = [&b"L\0\0\0\0\0\0\0\x01x"[..], b"i\0\0\0\0\0\0\0\x08\xff\xff\xff\xff\xff\xff\xff\xff", b"n\0\0\0\0\0\0\0\0"];
        assert_eq!(list.into_bytes(), bytes.concat());
    }
}
