//! Time and randomness that a test decides.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{DateTime, Duration, Utc};
use domain::calendar::Instant;
use service::{Clock, Randomness};

/// A clock that stands until the test moves it.
#[derive(Debug)]
pub struct MovedClock(Mutex<DateTime<Utc>>);

impl MovedClock {
    /// Stands at this moment, such as `2026-12-14T10:00:00Z`.
    ///
    /// # Panics
    /// When the text is not a moment.
    #[must_use]
    pub fn at(text: &str) -> Self {
        Self(Mutex::new(text.parse().unwrap()))
    }

    /// Moves to a moment such as `2026-12-14T10:00:00Z`.
    ///
    /// # Panics
    /// When the text is not a moment.
    pub fn set(&self, text: &str) {
        *self.0.lock().unwrap() = text.parse().unwrap();
    }

    /// Moves forward.
    pub fn forward(&self, by: Duration) {
        *self.0.lock().unwrap() += by;
    }
}

impl Clock for MovedClock {
    fn now(&self) -> Instant {
        Instant::new(*self.0.lock().unwrap())
    }
}

/// Randomness that is the same in every run of the same seed, and never twice in one run.
#[derive(Debug)]
pub struct Seeded(AtomicU64);

impl Seeded {
    /// From this seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }
}

impl Randomness for Seeded {
    fn random(&self) -> u128 {
        let next = self.0.fetch_add(1, Ordering::Relaxed);
        let digest = domain::record::Digest::of(&next.to_be_bytes());
        u128::from_be_bytes(digest.0[..16].try_into().unwrap())
    }
}

/// Draws the same in every run of the same seed.
#[derive(Debug)]
pub struct Dice(Seeded);

impl Dice {
    /// From this seed: near seeds draw what has nothing in common.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(Seeded::new(seed.wrapping_mul(1 << 32)))
    }

    /// A number from 0 to the one before this.
    ///
    /// # Panics
    /// When there is none.
    #[must_use]
    pub fn below(&self, end: usize) -> usize {
        usize::try_from(self.0.random() % u128::try_from(end).unwrap()).unwrap()
    }

    /// One of a list.
    ///
    /// # Panics
    /// When it is empty.
    #[must_use]
    pub fn of<'a, T>(&self, list: &'a [T]) -> &'a T {
        &list[self.below(list.len())]
    }

    /// Whether something happens that happens in so many of a hundred cases.
    #[must_use]
    pub fn happens(&self, percent: usize) -> bool {
        self.below(100) < percent
    }
}
