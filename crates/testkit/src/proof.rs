//! How long the long tests run: as short as an engineer waits for, or as long as a proof needs.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};

/// Whether `make proof` asks for the long versions.
#[must_use]
pub fn is_asked_for() -> bool {
    std::env::var("NEARHOME_PROOF").is_ok_and(|value| value == "1")
}

/// So many rounds in `make test`, so many in `make proof`.
#[must_use]
pub fn rounds(in_test: usize, in_proof: usize) -> usize {
    if is_asked_for() { in_proof } else { in_test }
}

/// Tells how far a proof is; `make test` stays quiet.
pub fn progress(what: &str, done: usize, of: usize) {
    if is_asked_for() && (done == of || done.is_multiple_of((of / 20).max(1))) {
        eprintln!("{what}: {done} of {of}");
    }
}

/// From which a test draws its random moments. It prints it; `NEARHOME_SEED` repeats a run, as far as scheduling lets it.
///
/// # Panics
/// When `NEARHOME_SEED` is no number.
#[must_use]
pub fn seed() -> u64 {
    std::env::var("NEARHOME_SEED").map_or_else(|_| RandomState::new().build_hasher().finish(), |text| text.parse().unwrap())
}
