//! Events, their hashes, and the chain that the events of one stream form.

use std::borrow::Borrow;

use thiserror::Error;
use uuid::Uuid;

use super::{Canonical, Digest};
use crate::calendar::Instant;
use crate::ids::{OrganisationId, PersonId};

/// Everything one event says: the version of a record, its audit entry, and what later work is told.
///
/// Personal data of children stays out of `body`: it holds ids and names of fields only, so that the log survives an
/// erasure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventFacts {
    /// What kind of record the stream is the life of, such as `referral`.
    pub stream_kind: String,
    /// The record.
    pub stream_id: Uuid,
    /// Which change of the record this is; the first is 1 and none is left out.
    pub version: i64,
    /// The organisation that owns the record.
    pub organisation: OrganisationId,
    /// When it happened.
    pub at: Instant,
    /// Who did it.
    pub actor: PersonId,
    /// For whom, when the actor held somebody else's delegation.
    pub on_behalf_of: Option<PersonId>,
    /// The code of the act.
    pub action: String,
    /// Why the actor was allowed to do it, in the words of the access policy.
    pub grant_reason: String,
    /// The detail, as the exact text that is stored.
    pub body: String,
    /// The digest of the record's row after the change.
    pub state_digest: Digest,
    /// The hash of the event before this one in the stream; [`Digest::ZERO`] for version 1.
    pub prev_hash: Digest,
}

impl EventFacts {
    /// The event's own hash: over every field, in this order.
    #[must_use]
    pub fn hash(&self) -> Digest {
        Canonical::new("event 1")
            .text(&self.stream_kind)
            .uuid(self.stream_id)
            .integer(self.version)
            .uuid(self.organisation.into())
            .instant(self.at)
            .uuid(self.actor.into())
            .optional(self.on_behalf_of.map(Uuid::from), Canonical::uuid)
            .text(&self.action)
            .text(&self.grant_reason)
            .text(&self.body)
            .digest(self.state_digest)
            .digest(self.prev_hash)
            .hash()
    }
}

/// An event as it is kept: what it says, and the hash that was stored beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What the event says.
    pub facts: EventFacts,
    /// The hash as stored.
    pub hash: Digest,
}

impl From<EventFacts> for Entry {
    fn from(facts: EventFacts) -> Self {
        let hash = facts.hash();
        Self { facts, hash }
    }
}

/// The first entry at which a stream's chain does not hold.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("event {version} of record {stream}: {what}")]
pub struct ChainFault {
    /// The record.
    pub stream: Uuid,
    /// The version that is wrong or, when one is missing, the version that is missing.
    pub version: i64,
    /// What is wrong with it.
    pub what: ChainFaultKind,
}

/// What can be wrong with an entry of a chain.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ChainFaultKind {
    /// The entry is not there; the next one that is has a later version.
    #[error("missing; the next event that is there is {next}")]
    Gap {
        /// The version found in its place.
        next: i64,
    },
    /// Another version stands in this place, while this one is found elsewhere in the stream.
    #[error("out of place; event {found} stands where it should be")]
    Swapped {
        /// The version found in its place.
        found: i64,
    },
    /// A version that had already gone by, or one below 1.
    #[error("repeated or misplaced; event {expected} was expected")]
    Repeated {
        /// The version that should have come.
        expected: i64,
    },
    /// The event says something other than what was hashed when it was written.
    #[error("its content does not have the stored hash {stored}, but {computed}")]
    HashMismatch {
        /// The hash stored beside the event.
        stored: Digest,
        /// The hash of what the event says now.
        computed: Digest,
    },
    /// The event names another predecessor than the entry that stands before it.
    #[error("it follows {found}, but the event before it has the hash {expected}")]
    PrevMismatch {
        /// The hash of the entry before it.
        expected: Digest,
        /// The hash that the event names.
        found: Digest,
    },
    /// The entry belongs to another record.
    #[error("it stands in the stream of record {stream}")]
    Foreign {
        /// The record whose stream was being read.
        stream: Uuid,
    },
    /// The row is at a version that the stream does not reach: the tail was cut off.
    #[error("missing; the stream ends at event {last}")]
    Truncated {
        /// The last version that is there.
        last: i64,
    },
}

/// A stream's chain up to a version; grows by one entry at a time, so a long stream need not be held in memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chain {
    stream: Uuid,
    version: i64,
    hash: Digest,
}

impl Chain {
    /// The chain of a record to which nothing has happened yet.
    #[must_use]
    pub fn new(stream: Uuid) -> Self {
        let (version, hash) = (0, Digest::ZERO);
        Self { stream, version, hash }
    }

    /// The last version that was accepted; 0 before the first.
    #[must_use]
    pub fn version(&self) -> i64 {
        self.version
    }

    /// The hash of the last entry: what the next event must name as its predecessor.
    #[must_use]
    pub fn hash(&self) -> Digest {
        self.hash
    }

    /// Takes the next entry.
    ///
    /// # Errors
    /// [`ChainFault`] when the entry is not the one that must follow; the chain then stays where it was.
    pub fn accept(&mut self, entry: &Entry) -> Result<(), ChainFault> {
        let facts = &entry.facts;
        let expected = self.version.saturating_add(1);
        let fault = |version, what| Err(ChainFault { stream: facts.stream_id, version, what });
        if facts.stream_id != self.stream {
            return fault(facts.version, ChainFaultKind::Foreign { stream: self.stream });
        }
        if facts.version > expected {
            return fault(expected, ChainFaultKind::Gap { next: facts.version });
        }
        if facts.version < expected {
            return fault(facts.version, ChainFaultKind::Repeated { expected });
        }
        let computed = facts.hash();
        if computed != entry.hash {
            let stored = entry.hash;
            return fault(expected, ChainFaultKind::HashMismatch { stored, computed });
        }
        if facts.prev_hash != self.hash {
            let (expected_hash, found) = (self.hash, facts.prev_hash);
            let what = ChainFaultKind::PrevMismatch { expected: expected_hash, found };
            return fault(expected, what);
        }
        self.version = expected;
        self.hash = entry.hash;
        Ok(())
    }

    /// Says that the stream has been read to its end, and that the record's row is at `version`.
    ///
    /// # Errors
    /// [`ChainFaultKind::Truncated`] when the row is further on than the stream, and [`ChainFaultKind::Repeated`] when
    /// the stream is further on than the row.
    pub fn ends_at(&self, version: i64) -> Result<(), ChainFault> {
        let last = self.version;
        let (version, what) = match version.cmp(&last) {
            std::cmp::Ordering::Equal => return Ok(()),
            std::cmp::Ordering::Greater => (last.saturating_add(1), ChainFaultKind::Truncated { last }),
            std::cmp::Ordering::Less => (last, ChainFaultKind::Repeated { expected: version }),
        };
        Err(ChainFault { stream: self.stream, version, what })
    }
}

/// Checks a whole stream, given in the order in which it was read. An empty stream holds.
///
/// Cannot see that the tail is missing: for that compare with the row ([`Chain::ends_at`]) or with a saved head.
///
/// # Errors
/// [`ChainFault`] naming the first entry that is wrong. Where a version is not in its place, the rest of the stream is
/// searched to tell a missing entry from one that was moved.
pub fn check_chain<I>(entries: I) -> Result<(), ChainFault>
where
    I: IntoIterator<Item: Borrow<Entry>>,
{
    let mut entries = entries.into_iter();
    let mut chain: Option<Chain> = None;
    while let Some(entry) = entries.next() {
        let entry = entry.borrow();
        let chain = chain.get_or_insert_with(|| Chain::new(entry.facts.stream_id));
        let Err(mut fault) = chain.accept(entry) else {
            continue;
        };
        if let ChainFaultKind::Gap { next } = fault.what {
            let moved = |later: I::Item| {
                let facts = &later.borrow().facts;
                (facts.stream_id, facts.version) == (fault.stream, fault.version)
            };
            if entries.any(moved) {
                fault.what = ChainFaultKind::Swapped { found: next };
            }
        }
        return Err(fault);
    }
    Ok(())
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use chrono::DateTime;
    use proptest::prelude::*;

    /// A sound stream of synthetic events.
    pub fn stream(id: u128, length: i64) -> Vec<Entry> {
        let mut prev_hash = Digest::ZERO;
        let entry = |version| {
            let facts = EventFacts {
                stream_kind: "referral".into(),
                stream_id: Uuid::from_u128(id),
                version,
                organisation: OrganisationId(Uuid::from_u128(7)),
                at: Instant::new(DateTime::from_timestamp_micros(1_764_000_000_000_000 + version).unwrap()),
                actor: PersonId(Uuid::from_u128(8)),
                on_behalf_of: (version % 3 == 0).then(|| PersonId(Uuid::from_u128(9))),
                action: "RELEASE_REFERRAL".into(),
                grant_reason: "placement officer of the owning council".into(),
                body: format!("{{\"shape\":1,\"wave\":{version}}}"),
                state_digest: Digest::of(&version.to_be_bytes()),
                prev_hash,
            };
            let entry = Entry::from(facts);
            prev_hash = entry.hash;
            entry
        };
        (1..=length).map(entry).collect()
    }

    /// Every single change that can be made to one entry's facts.
    fn alterations() -> Vec<fn(&mut EventFacts)> {
        vec![
            |facts| facts.stream_kind.push('s'),
            |facts| facts.organisation = OrganisationId(Uuid::from_u128(70)),
            |facts| facts.at = Instant::new(facts.at.utc() + chrono::Duration::microseconds(1)),
            |facts| facts.actor = PersonId(Uuid::from_u128(80)),
            |facts| {
                facts.on_behalf_of = match facts.on_behalf_of {
                    Some(_) => None,
                    None => Some(facts.actor),
                }
            },
            |facts| facts.action.clear(),
            |facts| facts.grant_reason.push(' '),
            |facts| facts.body = facts.body.replace('1', "2") + " ",
            |facts| facts.state_digest.0[31] ^= 1,
            |facts| facts.prev_hash.0[0] ^= 0x80,
        ]
    }

    #[test]
    fn a_sound_stream_holds() {
        let entries = stream(1, 9);
        assert_eq!(check_chain(&entries), Ok(()));
        assert_eq!(check_chain(entries), Ok(()));
        assert_eq!(check_chain(Vec::<Entry>::new()), Ok(()));
    }

    #[test]
    fn each_altered_field_is_found_at_its_entry() {
        for alter in alterations() {
            for place in 0..5 {
                let mut entries = stream(1, 5);
                alter(&mut entries[place].facts);
                let fault = check_chain(&entries).unwrap_err();
                assert_eq!(fault.version, entries[place].facts.version);
                assert!(matches!(fault.what, ChainFaultKind::HashMismatch { .. }));
                // With the hash made to fit again, the entry after it gives the forgery away, or nothing but the tree.
                entries[place].hash = entries[place].facts.hash();
                if place + 1 < entries.len() {
                    let fault = check_chain(&entries).unwrap_err();
                    assert!(matches!(fault.what, ChainFaultKind::PrevMismatch { .. }));
                }
            }
        }
    }

    #[test]
    fn what_is_missing_is_told_from_what_was_moved() {
        let mut dropped = stream(1, 5);
        dropped.remove(2);
        let fault = check_chain(&dropped).unwrap_err();
        assert_eq!((fault.version, &fault.what), (3, &ChainFaultKind::Gap { next: 4 }));
        assert_eq!(fault.to_string(), "event 3 of record 00000000-0000-0000-0000-000000000001: missing; the next event that is there is 4");
        let mut swapped = stream(1, 5);
        swapped.swap(1, 3);
        let fault = check_chain(&swapped).unwrap_err();
        assert_eq!((fault.version, fault.what), (2, ChainFaultKind::Swapped { found: 4 }));

        let mut doubled = stream(1, 3);
        doubled.insert(1, doubled[0].clone());
        let fault = check_chain(&doubled).unwrap_err();
        assert_eq!((fault.version, fault.what), (1, ChainFaultKind::Repeated { expected: 2 }));

        let mut foreign = stream(1, 3);
        foreign[1] = stream(2, 3)[1].clone();
        let fault = check_chain(&foreign).unwrap_err();
        let stream_read = Uuid::from_u128(1);
        assert_eq!(fault.what, ChainFaultKind::Foreign { stream: stream_read });
    }

    #[test]
    fn a_cut_tail_is_found_from_the_row() {
        let entries = stream(1, 5);
        let mut chain = Chain::new(Uuid::from_u128(1));
        for entry in &entries[..3] {
            chain.accept(entry).unwrap();
        }
        assert_eq!(chain.ends_at(3), Ok(()));
        let fault = chain.ends_at(5).unwrap_err();
        assert_eq!((fault.version, fault.what), (4, ChainFaultKind::Truncated { last: 3 }));
        let fault = chain.ends_at(2).unwrap_err();
        assert_eq!((fault.version, fault.what), (3, ChainFaultKind::Repeated { expected: 2 }));
    }

    #[test]
    fn a_stream_that_does_not_begin_at_one_or_follows_something_is_refused() {
        let late = stream(1, 4).split_off(1);
        assert_eq!(check_chain(&late).unwrap_err().version, 1);
        let mut first = stream(1, 1).remove(0).facts;
        first.prev_hash = Digest::of(b"something before the beginning");
        let fault = check_chain([Entry::from(first)]).unwrap_err();
        assert!(matches!(fault.what, ChainFaultKind::PrevMismatch { .. }));
    }

    proptest! {
        #[test]
        fn any_other_order_is_refused(order in Just((0..7_usize).collect::<Vec<_>>()).prop_shuffle()) {
            let sound = stream(1, 7);
            let entries: Vec<Entry> = order.iter().map(|place| sound[*place].clone()).collect();
            let first_wrong = order.iter().zip(0..).position(|(place, expected)| *place != expected);
            match check_chain(&entries) {
                Ok(()) => prop_assert_eq!(first_wrong, None),
                Err(fault) => prop_assert_eq!(Some(usize::try_from(fault.version - 1).unwrap()), first_wrong),
            }
        }
    }
}
