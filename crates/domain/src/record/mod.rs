//! The record's arithmetic: what makes a change of any event, row or whole log show.
//!
//! Three layers, each catching what the one below cannot:
//!
//! 1. [`EventFacts::hash`] covers everything an event says and the hash of the event before it in the same stream, so
//!    an altered, dropped or exchanged event breaks its stream's [`Chain`]. The event also carries the digest of the
//!    row it produced, so an edit of the *row* shows as well.
//! 2. A [`Checkpoint`] is the root of a Merkle tree (shape and hashing of RFC 6962) over the hashes of all events, so
//!    the loss of a whole stream or of a chain's tail shows too.
//! 3. A [`SignedHead`] is a checkpoint that left the system. Each council keeps its own file of heads; a log that was
//!    rewritten from the first event on, or rolled back to an older copy, no longer agrees with them ([`HeadCheck`]).
//!
//! Nothing here reads a clock, a file or a database.

mod canonical;
mod chain;
mod checkpoint;
mod digest;
mod heads;
mod merkle;
mod proof;

pub use canonical::Canonical;
pub use chain::{Chain, ChainFault, ChainFaultKind, Entry, EventFacts, check_chain};
pub use checkpoint::{Checkpoint, HeadFault, KeyId, Signature, SignedHead, public_key};
pub use digest::{Digest, NotHex};
pub use heads::{HeadCheck, HeadDisagreement, HeadDisagreementKind, HeadFileFault, check_against, parse_heads, write_heads};
pub use merkle::{Frontier, FrontierFault, leaf_hash, node_hash, root};
pub use proof::{Consistency, Inclusion, ProofFault, consistency_proof, inclusion_proof, verify_consistency, verify_inclusion};
