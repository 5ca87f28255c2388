//! A council's own file of heads, and whether the log that is there today still agrees with it.

use std::fmt::Write as _;

use thiserror::Error;

use super::{Checkpoint, Digest, Frontier, HeadFault, SignedHead, leaf_hash};

/// A line of a file of heads that cannot be read.
#[derive(Debug, Error)]
#[error("line {line} of the file of heads cannot be read")]
pub struct HeadFileFault {
    /// The line, counted from 1.
    pub line: usize,
    /// Why not.
    #[source]
    pub why: serde_json::Error,
}

/// Reads an exported file of heads: one JSON object per line, oldest first; empty lines are passed over.
///
/// # Errors
/// [`HeadFileFault`] naming the first line that is not a head.
pub fn parse_heads(text: &str) -> Result<Vec<SignedHead>, HeadFileFault> {
    let lines = text.lines().zip(1..);
    lines
        .filter(|(content, _)| !content.trim().is_empty())
        .map(|(content, line)| serde_json::from_str(content).map_err(|why| HeadFileFault { line, why }))
        .collect()
}

/// Writes a file of heads, as [`parse_heads`] reads it.
///
/// # Errors
/// None that a head can cause: every head has a JSON form.
pub fn write_heads<'a>(heads: impl IntoIterator<Item = &'a SignedHead>) -> Result<String, serde_json::Error> {
    heads.into_iter().try_fold(String::new(), |mut file, head| {
        let line = serde_json::to_string(head)?;
        // Writing to a String does not fail.
        let _ = writeln!(file, "{line}");
        Ok(file)
    })
}

/// The first saved checkpoint with which the log does not agree.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("checkpoint {number} does not agree with the log")]
pub struct HeadDisagreement {
    /// The checkpoint.
    pub number: u64,
    /// In what they disagree.
    #[source]
    pub what: HeadDisagreementKind,
}

/// In what a saved checkpoint and the log can disagree.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum HeadDisagreementKind {
    /// The saved head itself cannot be believed.
    #[error(transparent)]
    Head(#[from] HeadFault),
    /// The heads do not stand in the order of their numbers, or the same number was signed with two contents.
    #[error("it stands after checkpoint {before} in the file")]
    OutOfOrder {
        /// The number of the head before it.
        before: u64,
    },
    /// The head does not continue the one saved before it: another predecessor, fewer events, or an earlier moment.
    #[error("it does not continue checkpoint {before}")]
    NotContinued {
        /// The number of the head before it.
        before: u64,
    },
    /// The log has fewer events than it had at the checkpoint: it was cut, or rolled back to an older copy.
    #[error("it covers {saved} events, but the log has {present}")]
    Shorter {
        /// How many events the checkpoint covers.
        saved: u64,
        /// How many events there are.
        present: u64,
    },
    /// The log's first events are not those that the checkpoint covers: at least one was altered, dropped, added or
    /// moved since the last checkpoint that agrees.
    #[error("its {size} events have the root {saved}, but the log's first {size} have {present}")]
    Root {
        /// How many events the checkpoint covers.
        size: u64,
        /// The root that was signed.
        saved: Digest,
        /// The root over the same number of events now.
        present: Digest,
    },
}

/// A check of saved heads against a log that is read from its beginning, event by event.
///
/// Holds the heads and the edge of the tree, so a log of any length can be streamed through it.
#[derive(Debug)]
pub struct HeadCheck {
    /// The heads not yet reached, nearest last.
    ahead: Vec<Checkpoint>,
    frontier: Frontier,
}

impl HeadCheck {
    /// Prepares to check heads, oldest first, signed by the log's public key.
    ///
    /// # Errors
    /// [`HeadDisagreement`] when a head cannot be believed or does not fit those before it.
    pub fn new(heads: &[SignedHead], public_key: &[u8; 32]) -> Result<Self, HeadDisagreement> {
        for head in heads {
            let number = head.checkpoint.number;
            head.verify(public_key).map_err(|fault| HeadDisagreement { number, what: fault.into() })?;
        }
        let mut ahead: Vec<Checkpoint> = heads.iter().map(|head| head.checkpoint.clone()).collect();
        for (before, after) in ahead.iter().zip(ahead.iter().skip(1)) {
            fits(before, after).map_err(|what| HeadDisagreement { number: after.number, what })?;
        }
        ahead.reverse();
        let mut check = Self { ahead, frontier: Frontier::new() };
        check.compare()?;
        Ok(check)
    }

    /// Takes the next event of the log, by its hash, in the order in which checkpoints took events up.
    ///
    /// # Errors
    /// [`HeadDisagreement`] naming the first checkpoint whose root is not the log's.
    pub fn accept(&mut self, event_hash: Digest) -> Result<(), HeadDisagreement> {
        self.frontier.append(leaf_hash(event_hash.as_bytes()));
        self.compare()
    }

    /// Says that the log has been read to its end. Gives back the edge of the whole tree, to sign the next checkpoint
    /// from or to show today's root.
    ///
    /// # Errors
    /// [`HeadDisagreementKind::Shorter`] when a checkpoint covers more events than there are.
    pub fn finish(mut self) -> Result<Frontier, HeadDisagreement> {
        match self.ahead.pop() {
            None => Ok(self.frontier),
            Some(Checkpoint { number, tree_size: saved, .. }) => {
                let present = self.frontier.size();
                let what = HeadDisagreementKind::Shorter { saved, present };
                Err(HeadDisagreement { number, what })
            }
        }
    }

    /// Compares every head that covers exactly the events read so far.
    fn compare(&mut self) -> Result<(), HeadDisagreement> {
        let size = self.frontier.size();
        while let Some(head) = self.ahead.pop_if(|head| head.tree_size == size) {
            let (saved, present) = (head.root, self.frontier.root());
            if saved != present {
                let what = HeadDisagreementKind::Root { size, saved, present };
                return Err(HeadDisagreement { number: head.number, what });
            }
        }
        Ok(())
    }
}

/// Two heads that stand one after the other in a file. A council may have saved only some: then sizes and moments must
/// grow, and the roots are left to the log to prove.
fn fits(before: &Checkpoint, after: &Checkpoint) -> Result<(), HeadDisagreementKind> {
    if after == before {
        return Ok(());
    }
    if after.number <= before.number {
        return Err(HeadDisagreementKind::OutOfOrder { before: before.number });
    }
    let is_next = before.number.checked_add(1) == Some(after.number);
    let has_grown = after.tree_size >= before.tree_size && after.at >= before.at;
    let continues = if is_next { before.is_followed_by(after) } else { has_grown };
    if continues { Ok(()) } else { Err(HeadDisagreementKind::NotContinued { before: before.number }) }
}

/// Checks saved heads, oldest first, against the hashes of a whole log; gives the edge of its tree.
///
/// # Errors
/// [`HeadDisagreement`] naming the first checkpoint that does not agree.
pub fn check_against(
    heads: &[SignedHead],
    public_key: &[u8; 32],
    event_hashes: impl IntoIterator<Item = Digest>,
) -> Result<Frontier, HeadDisagreement> {
    let mut check = HeadCheck::new(heads, public_key)?;
    event_hashes.into_iter().try_for_each(|hash| check.accept(hash))?;
    check.finish()
}

#[cfg(test)]
mod tests {
    use super::super::chain::tests::stream;
    use super::super::public_key;
    use super::*;
    use crate::calendar::Instant;
    use chrono::{DateTime, TimeDelta};
    use proptest::prelude::*;

    const SECRET: [u8; 32] = [3; 32];
    const EVENTS: usize = 60;

    fn log() -> Vec<Digest> {
        stream(5, 60).into_iter().map(|entry| entry.hash).collect()
    }

    /// A checkpoint every ten events, and one in a quiet time.
    fn heads() -> Vec<SignedHead> {
        let (log, mut frontier, mut previous) = (log(), Frontier::new(), Digest::ZERO);
        let mut heads = Vec::new();
        let start = DateTime::from_timestamp(1_764_000_000, 0).unwrap();
        for (number, covered) in (1..).zip([10, 20, 30, 30, 40, 50, 60]) {
            let seen = usize::try_from(frontier.size()).unwrap();
            frontier.extend(log[seen..covered].iter().map(|hash| leaf_hash(hash.as_bytes())));
            let checkpoint = Checkpoint {
                number,
                at: Instant::new(start + TimeDelta::minutes(i64::try_from(number).unwrap())),
                tree_size: frontier.size(),
                root: frontier.root(),
                previous,
            };
            previous = checkpoint.digest();
            heads.push(SignedHead::sign(checkpoint, &SECRET));
        }
        heads
    }

    fn check(heads: &[SignedHead], log: Vec<Digest>) -> Result<Frontier, HeadDisagreement> {
        check_against(heads, &public_key(&SECRET), log)
    }

    #[test]
    fn an_untouched_log_agrees_with_every_head_and_with_some() {
        let heads = heads();
        let root = heads[6].checkpoint.root;
        assert_eq!(check(&heads, log()).unwrap().root(), root);
        assert_eq!(check(&[heads[1].clone(), heads[4].clone()], log()).unwrap().root(), root);
        assert_eq!(check(&[], log()).unwrap().root(), root);
        let saved_twice = [heads[0].clone(), heads[0].clone()];
        assert!(check(&saved_twice, log()).is_ok());
    }

    #[test]
    fn a_file_of_heads_is_written_and_read() {
        let heads = heads();
        let file = write_heads(&heads).unwrap();
        assert_eq!(file.lines().count(), heads.len());
        assert_eq!(parse_heads(&file).unwrap(), heads);
        assert_eq!(parse_heads(&format!("\n{file}\r\n  \n")).unwrap(), heads);
        let spoilt = file.replacen("\"number\":3", "\"number\":-3", 1);
        assert_eq!(parse_heads(&spoilt).unwrap_err().line, 3);
        let extended = file.replacen('{', "{\"note\":1,", 1);
        assert_eq!(parse_heads(&extended).unwrap_err().line, 1);
    }

    #[test]
    fn a_log_rolled_back_to_an_older_copy_is_found_from_one_saved_head() {
        let heads = heads();
        let mut older = log();
        older.truncate(45);
        let found = check(&heads[6..], older).unwrap_err();
        assert_eq!(found.number, 7);
        assert_eq!(found.what, HeadDisagreementKind::Shorter { saved: 60, present: 45 });
    }

    #[test]
    fn a_log_rewritten_from_the_start_does_not_agree() {
        let forged: Vec<Digest> = stream(6, 60).into_iter().map(|entry| entry.hash).collect();
        let found = check(&heads(), forged).unwrap_err();
        assert_eq!(found.number, 1);
        assert!(matches!(found.what, HeadDisagreementKind::Root { size: 10, .. }));
    }

    #[test]
    fn heads_that_do_not_fit_each_other_are_named() {
        let sound = heads();
        let mut moved = sound.clone();
        moved.swap(2, 3);
        let found = check(&moved, log()).unwrap_err();
        let what = HeadDisagreementKind::OutOfOrder { before: 4 };
        assert_eq!((found.number, found.what), (3, what));

        let mut backwards = sound.clone();
        backwards.reverse();
        let found = check(&backwards, log()).unwrap_err();
        assert_eq!((found.number, found.what), (6, HeadDisagreementKind::OutOfOrder { before: 7 }));

        let mut unsigned = sound.clone();
        unsigned[5].checkpoint.tree_size = 51;
        let found = check(&unsigned, log()).unwrap_err();
        assert_eq!((found.number, found.what), (6, HeadFault::BadSignature.into()));

        // A second, properly signed story about checkpoint 4: the key's holder told two councils different things.
        let mut fork = sound;
        fork[3].checkpoint.previous = Digest::ZERO;
        fork[3] = SignedHead::sign(fork[3].checkpoint.clone(), &SECRET);
        let found = check(&fork, log()).unwrap_err();
        assert_eq!((found.number, found.what), (4, HeadDisagreementKind::NotContinued { before: 3 }));
    }

    #[derive(Debug, Clone)]
    enum Tampering {
        Flip(usize, u8),
        Drop(usize),
        Swap(usize, usize),
        Insert(usize),
        Truncate(usize),
    }

    fn tampering() -> impl Strategy<Value = Tampering> {
        prop_oneof![
            (0..EVENTS, any::<u8>()).prop_map(|(place, bit)| Tampering::Flip(place, bit)),
            (0..EVENTS).prop_map(Tampering::Drop),
            (0..EVENTS - 1, 1..EVENTS).prop_map(|(one, on)| Tampering::Swap(one, (one + on).min(EVENTS - 1))),
            (0..EVENTS).prop_map(Tampering::Insert),
            (0..EVENTS).prop_map(Tampering::Truncate),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]
        #[test]
        fn tampering_is_found_at_the_first_checkpoint_that_covers_it(tampering in tampering()) {
            let heads = heads();
            let mut log = log();
            let first_bad = match tampering {
                Tampering::Flip(place, bit) => {
                    log[place].0[usize::from(bit) / 8] ^= 1 << (bit % 8);
                    place
                }
                Tampering::Drop(place) => {
                    log.remove(place);
                    place
                }
                Tampering::Swap(one, other) => {
                    log.swap(one, other);
                    one
                }
                Tampering::Insert(place) => {
                    log.insert(place, Digest::of(b"an event that never happened"));
                    place
                }
                Tampering::Truncate(length) => {
                    log.truncate(length);
                    length
                }
            };
            let covers = |head: &&SignedHead| usize::try_from(head.checkpoint.tree_size).unwrap() > first_bad;
            let expected = heads.iter().find(covers).unwrap().checkpoint.number;
            prop_assert_eq!(check(&heads, log).unwrap_err().number, expected);
        }
    }
}
