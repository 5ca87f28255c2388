//! The Merkle tree of RFC 6962, section 2.1: leaves and inner nodes are hashed with different first bytes, and a tree
//! of any size is a full left part (the largest power of two below its size) beside the rest.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::Digest;

/// The hash of a leaf that holds these bytes.
#[must_use]
pub fn leaf_hash(content: &[u8]) -> Digest {
    Digest::of_parts(&[&[0], content])
}

/// The hash of an inner node. The first byte differs from a leaf's, so no node can be passed off as a leaf.
#[must_use]
pub fn node_hash(left: Digest, right: Digest) -> Digest {
    Digest::of_parts(&[&[1], left.as_bytes(), right.as_bytes()])
}

/// The root over leaf hashes. The root of no leaves is the digest of no bytes.
#[must_use]
pub fn root(leaves: &[Digest]) -> Digest {
    match leaves {
        [] => Digest::of(&[]),
        [leaf] => *leaf,
        _ => {
            let (left, right) = halves(leaves);
            node_hash(root(left), root(right))
        }
    }
}

/// A tree of two leaves or more, cut into its full left part and the rest.
pub(super) fn halves(leaves: &[Digest]) -> (&[Digest], &[Digest]) {
    // INVARIANT: half the next power of two of a length of two or more lies inside the slice.
    let middle = leaves.len().next_power_of_two() / 2;
    leaves.split_at_checked(middle).unwrap_or((leaves, &[]))
}

/// The right edge of a growing tree: enough to add leaves and give the root, in memory that grows with the logarithm of
/// the size. Stored with a checkpoint, it lets the next one be computed from the new events alone.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "Parts", into = "Parts")]
pub struct Frontier {
    size: u64,
    /// The roots of the full subtrees, largest first: one for each bit that is set in the size.
    peaks: Vec<Digest>,
}

#[derive(Serialize, Deserialize)]
struct Parts {
    size: u64,
    peaks: Vec<Digest>,
}

impl TryFrom<Parts> for Frontier {
    type Error = FrontierFault;
    fn try_from(parts: Parts) -> Result<Self, FrontierFault> {
        Self::from_parts(parts.size, parts.peaks)
    }
}

impl From<Frontier> for Parts {
    fn from(Frontier { size, peaks }: Frontier) -> Self {
        Self { size, peaks }
    }
}

/// A stored frontier that no tree has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a tree of {size} leaves has {expected} full subtrees, not {found}")]
pub struct FrontierFault {
    /// The size that was claimed.
    pub size: u64,
    /// How many subtrees a tree of that size has.
    pub expected: u32,
    /// How many were given.
    pub found: usize,
}

impl Frontier {
    /// The edge of the empty tree.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes up a tree that was left at `size` leaves, with the roots of its full subtrees, largest first.
    ///
    /// # Errors
    /// [`FrontierFault`] when the number of subtrees does not belong to the size. Wrong *digests* cannot be seen here:
    /// compare [`Frontier::root`] with the checkpoint.
    pub fn from_parts(size: u64, peaks: Vec<Digest>) -> Result<Self, FrontierFault> {
        let (expected, found) = (size.count_ones(), peaks.len());
        if usize::try_from(expected) == Ok(found) { Ok(Self { size, peaks }) } else { Err(FrontierFault { size, expected, found }) }
    }

    /// How many leaves the tree has.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The roots of the full subtrees, largest first.
    #[must_use]
    pub fn peaks(&self) -> &[Digest] {
        &self.peaks
    }

    /// Adds a leaf, given by its hash ([`leaf_hash`]).
    pub fn append(&mut self, leaf: Digest) {
        // Each low bit set in the size is a full subtree as large as the one being built: the two become one.
        let mut node = leaf;
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.peaks.pop() {
                node = node_hash(left, node);
            }
        }
        self.peaks.push(node);
        self.size = self.size.saturating_add(1);
    }

    /// The root over all leaves so far; equal to [`root`] over the same leaves.
    #[must_use]
    pub fn root(&self) -> Digest {
        let from_the_right = self.peaks.iter().copied().rev();
        from_the_right.reduce(|right, left| node_hash(left, right)).unwrap_or_else(|| root(&[]))
    }
}

impl Extend<Digest> for Frontier {
    fn extend<I: IntoIterator<Item = Digest>>(&mut self, leaves: I) {
        leaves.into_iter().for_each(|leaf| self.append(leaf));
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// The eight inputs with which implementations of RFC 6962 are compared.
    pub const INPUTS: [&[u8]; 8] = [
        b"",
        b"\x00",
        b"\x10",
        b"\x20\x21",
        b"\x30\x31",
        b"\x40\x41\x42\x43",
        b"\x50\x51\x52\x53\x54\x55\x56\x57",
        b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
    ];

    /// Their roots, for the empty tree and for the first one to eight inputs.
    pub const ROOTS: [&str; 9] = [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];

    /// Leaf hashes of a synthetic log.
    pub fn leaves(count: u64) -> Vec<Digest> {
        (0..count).map(|number| leaf_hash(&number.to_be_bytes())).collect()
    }

    #[test]
    fn the_published_roots_come_out() {
        let leaves: Vec<Digest> = INPUTS.iter().map(|input| leaf_hash(input)).collect();
        let mut frontier = Frontier::new();
        for (size, published) in ROOTS.iter().enumerate() {
            assert_eq!(root(&leaves[..size]).to_string(), *published, "size {size}");
            assert_eq!(frontier.root().to_string(), *published, "size {size}, grown");
            frontier.extend(leaves.get(size).copied());
        }
    }

    #[test]
    fn a_grown_tree_has_the_same_root_at_every_size() {
        let leaves = leaves(300);
        let mut frontier = Frontier::new();
        for (size, leaf) in leaves.iter().enumerate() {
            assert_eq!(frontier.root(), root(&leaves[..size]));
            assert_eq!(frontier.peaks().len(), usize::try_from(size.count_ones()).unwrap());
            frontier.append(*leaf);
        }
        assert_eq!(frontier.size(), 300);
    }

    #[test]
    fn a_frontier_survives_being_stored() {
        let mut frontier = Frontier::new();
        frontier.extend(leaves(13));
        let json = serde_json::to_string(&frontier).unwrap();
        let mut again: Frontier = serde_json::from_str(&json).unwrap();
        frontier.extend(leaves(5));
        again.extend(leaves(5));
        assert_eq!(frontier, again);
        let fault = Frontier::from_parts(13, vec![Digest::ZERO]).unwrap_err();
        assert_eq!(fault.to_string(), "a tree of 13 leaves has 3 full subtrees, not 1");
        assert!(serde_json::from_str::<Frontier>(r#"{"size":1,"peaks":[]}"#).is_err());
    }
}
