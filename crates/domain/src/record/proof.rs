//! Proofs about Merkle trees: that a leaf is in one, and that one tree is the beginning of another (RFC 6962, sections
//! 2.1.1 and 2.1.2). A verifier needs roots and a few digests, never the log.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::merkle::halves;
use super::{Digest, node_hash, root};

/// Which leaf is claimed to be in which tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inclusion {
    /// The leaf's place, counted from 0.
    pub index: u64,
    /// How many leaves the tree has.
    pub size: u64,
    /// The digests beside the way from the leaf up to the root, lowest first.
    pub path: Vec<Digest>,
}

/// Which tree is claimed to be the beginning of which.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consistency {
    /// How many leaves the older tree has.
    pub old_size: u64,
    /// How many leaves the newer tree has.
    pub new_size: u64,
    /// The digests from which both roots can be computed, lowest first.
    pub path: Vec<Digest>,
}

/// Why there is no such proof, or why it proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ProofFault {
    /// The leaf or the older tree is not within the tree.
    #[error("{asked} lies outside a tree of {size} leaves")]
    OutOfRange {
        /// The leaf's place or the older tree's size.
        asked: u64,
        /// The size of the tree.
        size: u64,
    },
    /// The proof has more or fewer digests than trees of these sizes need.
    #[error("the proof has the wrong number of digests for trees of this size")]
    WrongLength,
    /// The proof leads to another root than the (newer) tree's.
    #[error("the proof leads to the root {computed}, not to {expected}")]
    RootMismatch {
        /// The root that was to be reached.
        expected: Digest,
        /// The root that the proof gives.
        computed: Digest,
    },
    /// The proof leads to another root than the older tree's: its leaves are not the beginning of the newer tree.
    #[error("the older tree has the root {expected}, but the newer one begins with {computed}")]
    OldRootMismatch {
        /// The older tree's root.
        expected: Digest,
        /// The root that the proof gives.
        computed: Digest,
    },
}

/// Proves that the leaf at `index` is in the tree over these leaf hashes.
///
/// # Errors
/// [`ProofFault::OutOfRange`] when there is no such leaf.
pub fn inclusion_proof(leaves: &[Digest], index: u64) -> Result<Inclusion, ProofFault> {
    let size = length(leaves);
    let out_of_range = ProofFault::OutOfRange { asked: index, size };
    let mut place = usize::try_from(index).map_err(|_| out_of_range)?;
    if place >= leaves.len() {
        return Err(out_of_range);
    }
    let mut path = Vec::new();
    let mut within = leaves;
    while within.len() > 1 {
        let (left, right) = halves(within);
        if place < left.len() {
            path.push(root(right));
            within = left;
        } else {
            path.push(root(left));
            place -= left.len();
            within = right;
        }
    }
    path.reverse();
    Ok(Inclusion { index, size, path })
}

/// Checks that a leaf, given by its hash, is in the tree with this root.
///
/// # Errors
/// [`ProofFault`] when the proof does not show it.
pub fn verify_inclusion(proof: &Inclusion, leaf: Digest, expected: Digest) -> Result<(), ProofFault> {
    let mut climb = Climb::start(proof.index, proof.size)?;
    let mut computed = leaf;
    for beside in &proof.path {
        computed = match climb.step()? {
            Side::Left => node_hash(*beside, computed),
            Side::Right => node_hash(computed, *beside),
        };
    }
    climb.arrived()?;
    same_root(expected, computed)
}

/// Proves that the tree over the first `old_size` leaves is the beginning of the tree over all of them.
///
/// # Errors
/// [`ProofFault::OutOfRange`] when the older tree would be the larger one.
pub fn consistency_proof(leaves: &[Digest], old_size: u64) -> Result<Consistency, ProofFault> {
    let new_size = length(leaves);
    let out_of_range = ProofFault::OutOfRange { asked: old_size, size: new_size };
    let mut old = usize::try_from(old_size).map_err(|_| out_of_range)?;
    if old > leaves.len() {
        return Err(out_of_range);
    }
    let mut path = Vec::new();
    let mut within = leaves;
    let mut is_whole_old_tree = true;
    while old > 0 && old < within.len() {
        let (left, right) = halves(within);
        if old <= left.len() {
            path.push(root(right));
            within = left;
        } else {
            path.push(root(left));
            old -= left.len();
            within = right;
            is_whole_old_tree = false;
        }
    }
    // What is left lies wholly inside both trees. The verifier has its root already if it is the whole older tree.
    if !is_whole_old_tree {
        path.push(root(within));
    }
    path.reverse();
    Ok(Consistency { old_size, new_size, path })
}

/// Checks that the tree with `old_root` is the beginning of the tree with `new_root`.
///
/// # Errors
/// [`ProofFault`] when the proof does not show it.
pub fn verify_consistency(proof: &Consistency, old_root: Digest, new_root: Digest) -> Result<(), ProofFault> {
    let (old_size, new_size) = (proof.old_size, proof.new_size);
    if old_size > new_size {
        return Err(ProofFault::OutOfRange { asked: old_size, size: new_size });
    }
    if old_size == 0 || old_size == new_size {
        let known = if old_size == 0 { root(&[]) } else { new_root };
        return if !proof.path.is_empty() {
            Err(ProofFault::WrongLength)
        } else if old_root == known {
            Ok(())
        } else {
            Err(ProofFault::OldRootMismatch { expected: old_root, computed: known })
        };
    }
    let mut climb = Climb::start(old_size - 1, new_size)?;
    climb.skip_full_subtree();
    let mut path = proof.path.iter().copied();
    let first = if old_size.is_power_of_two() { Some(old_root) } else { path.next() };
    let mut old = first.ok_or(ProofFault::WrongLength)?;
    let mut new = old;
    for beside in path {
        match climb.step()? {
            Side::Left => {
                old = node_hash(beside, old);
                new = node_hash(beside, new);
            }
            Side::Right => new = node_hash(new, beside),
        }
    }
    climb.arrived()?;
    if old != old_root {
        return Err(ProofFault::OldRootMismatch { expected: old_root, computed: old });
    }
    same_root(new_root, new)
}

fn same_root(expected: Digest, computed: Digest) -> Result<(), ProofFault> {
    if expected == computed { Ok(()) } else { Err(ProofFault::RootMismatch { expected, computed }) }
}

fn length(leaves: &[Digest]) -> u64 {
    // INVARIANT: a slice is never longer than a u64 counts, so the fallback is never taken.
    u64::try_from(leaves.len()).unwrap_or(u64::MAX)
}

/// On which side of the node being climbed from the next digest of a proof stands.
enum Side {
    Left,
    Right,
}

/// The way from a leaf up to the root, level by level: `place` is the node's place in its level, `last` the place of
/// the level's last node. Where a level's last node has nothing beside it, it moves up as it is.
struct Climb {
    place: u64,
    last: u64,
}

impl Climb {
    fn start(index: u64, size: u64) -> Result<Self, ProofFault> {
        if index < size { Ok(Self { place: index, last: size - 1 }) } else { Err(ProofFault::OutOfRange { asked: index, size }) }
    }

    /// Starts at the top of the largest full subtree that ends with this leaf.
    fn skip_full_subtree(&mut self) {
        while self.place % 2 == 1 {
            self.up();
        }
    }

    fn step(&mut self) -> Result<Side, ProofFault> {
        if self.last == 0 {
            return Err(ProofFault::WrongLength);
        }
        let side = if self.place % 2 == 1 || self.place == self.last {
            while self.place.is_multiple_of(2) && self.place != 0 {
                self.up();
            }
            Side::Left
        } else {
            Side::Right
        };
        self.up();
        Ok(side)
    }

    fn arrived(&self) -> Result<(), ProofFault> {
        if self.last == 0 { Ok(()) } else { Err(ProofFault::WrongLength) }
    }

    fn up(&mut self) {
        self.place /= 2;
        self.last /= 2;
    }
}

#[cfg(test)]
mod tests {
    use super::super::merkle::tests::{INPUTS, leaves};
    use super::super::{Frontier, leaf_hash};
    use super::*;
    use proptest::prelude::*;

    const SIZE_MAX: u64 = 70;

    fn roots() -> (Vec<Digest>, Vec<Digest>) {
        let leaves = leaves(SIZE_MAX);
        let mut frontier = Frontier::new();
        let mut roots = vec![frontier.root()];
        for leaf in &leaves {
            frontier.append(*leaf);
            roots.push(frontier.root());
        }
        (leaves, roots)
    }

    fn at<T>(list: &[T], place: u64) -> &T {
        &list[usize::try_from(place).unwrap()]
    }

    fn first(leaves: &[Digest], size: u64) -> &[Digest] {
        &leaves[..usize::try_from(size).unwrap()]
    }

    #[test]
    fn every_leaf_of_every_size_is_proved_and_no_other() {
        let (leaves, roots) = roots();
        for size in 1..=SIZE_MAX {
            for index in 0..size {
                let proof = inclusion_proof(first(&leaves, size), index).unwrap();
                let (leaf, root) = (*at(&leaves, index), *at(&roots, size));
                assert_eq!(verify_inclusion(&proof, leaf, root), Ok(()), "{index} of {size}");
                let other = *at(&leaves, (index + 1) % SIZE_MAX);
                assert!(verify_inclusion(&proof, other, root).is_err());
                let mut longer = proof.clone();
                longer.path.push(Digest::ZERO);
                assert!(verify_inclusion(&longer, leaf, root).is_err());
                let mut shorter = proof;
                if shorter.path.pop().is_some() {
                    assert!(verify_inclusion(&shorter, leaf, root).is_err());
                }
            }
            let outside = ProofFault::OutOfRange { asked: size, size };
            assert_eq!(inclusion_proof(first(&leaves, size), size), Err(outside));
        }
        assert!(inclusion_proof(&[], 0).is_err());
    }

    #[test]
    fn every_pair_of_sizes_is_consistent() {
        let (leaves, roots) = roots();
        for new in 0..=SIZE_MAX {
            for old in 0..=new {
                let proof = consistency_proof(first(&leaves, new), old).unwrap();
                let (old_root, new_root) = (*at(&roots, old), *at(&roots, new));
                assert_eq!(verify_consistency(&proof, old_root, new_root), Ok(()), "{old} in {new}");
                let forged = Digest::of(b"another root");
                assert!(verify_consistency(&proof, forged, new_root).is_err(), "{old} in {new}");
                // Everything follows from an empty tree, so there the newer root is not proved.
                assert_eq!(verify_consistency(&proof, old_root, forged).is_ok(), old == 0);
                let mut longer = proof.clone();
                longer.path.push(Digest::ZERO);
                assert!(verify_consistency(&longer, old_root, new_root).is_err());
                let mut shorter = proof;
                if shorter.path.pop().is_some() {
                    assert!(verify_consistency(&shorter, old_root, new_root).is_err());
                }
            }
            assert!(consistency_proof(first(&leaves, new), new + 1).is_err());
        }
    }

    #[test]
    fn the_published_proofs_come_out() {
        let leaves: Vec<Digest> = INPUTS.iter().map(|input| leaf_hash(input)).collect();
        let shown = |path: Vec<Digest>| path.iter().map(Digest::to_string).collect::<Vec<_>>();
        assert_eq!(
            shown(inclusion_proof(&leaves, 5).unwrap().path),
            [
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            ]
        );
        assert_eq!(
            shown(consistency_proof(&leaves, 6).unwrap().path),
            [
                "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            ]
        );
    }

    proptest! {
        #[test]
        fn a_changed_proof_proves_nothing(
            new in 2..=SIZE_MAX, old in 1..SIZE_MAX, index in 0..SIZE_MAX, place in any::<prop::sample::Index>(), bit in 0_u8..8,
        ) {
            let (leaves, roots) = roots();
            let (old, index) = (old.min(new - 1), index.min(new - 1));
            let mut proof = inclusion_proof(first(&leaves, new), index).unwrap();
            let touched = place.index(proof.path.len());
            proof.path[touched].0[touched] ^= 1 << bit;
            prop_assert!(verify_inclusion(&proof, *at(&leaves, index), *at(&roots, new)).is_err());
            let mut proof = consistency_proof(first(&leaves, new), old).unwrap();
            let touched = place.index(proof.path.len());
            proof.path[touched].0[touched] ^= 1 << bit;
            prop_assert!(verify_consistency(&proof, *at(&roots, old), *at(&roots, new)).is_err());
        }

        #[test]
        fn a_fork_is_never_consistent(old in 1..SIZE_MAX, more in 0..20_u64, changed in any::<prop::sample::Index>()) {
            let (leaves, roots) = roots();
            let mut forked = first(&leaves, (old + more).min(SIZE_MAX)).to_vec();
            let touched = changed.index(usize::try_from(old).unwrap());
            forked[touched] = leaf_hash(b"another event");
            let proof = consistency_proof(&forked, old).unwrap();
            prop_assert!(verify_consistency(&proof, *at(&roots, old), root(&forked)).is_err());
        }
    }
}
