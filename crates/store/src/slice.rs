//! Which part of a long list is wanted: what follows one row, and at most so many.
//!
//! A part is found by the last row's key, never by counting rows, so that a row which comes in between moves nothing.

use domain::calendar::{Day, Instant};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A part of a list whose rows are ordered by `K`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slice<K> {
    /// The key of the last row of the part before; none for the first part.
    pub after: Option<K>,
    /// At most so many rows.
    pub limit: u32,
}

impl<K> Slice<K> {
    /// The beginning of the list.
    #[must_use]
    pub fn first(limit: u32) -> Self {
        Self { after: None, limit }
    }
}

impl Slice<(Instant, Uuid)> {
    /// The row before the first of a list that runs from late to early.
    pub(crate) fn after_moment(&self) -> (Instant, Uuid) {
        self.after.unwrap_or((Instant::LAST, Uuid::nil()))
    }
}

impl Slice<(Day, Uuid)> {
    /// The row before the first of a list that runs from late to early.
    pub(crate) fn after_day(&self) -> (Day, Uuid) {
        self.after.unwrap_or((Day::LAST, Uuid::nil()))
    }
}
