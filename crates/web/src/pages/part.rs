//! Long lists in parts: fifty rows, and the way to those that follow. A part begins after the last row of the part before, so that
//! a row which comes in between moves nothing.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use service::{Failure, Slice};

use crate::blocks::Block;
use crate::problem::Stopped;
use crate::view::Link;

/// Rows of a list on one page.
pub(crate) const ROWS: u32 = 50;

/// Which part of a list an address asks for.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Part {
    /// The key of the last row before, as the link to this part has it.
    #[serde(default)]
    after: String,
    /// How many rows came before, for the words above the list.
    #[serde(default)]
    before: u32,
}

impl Part {
    /// One row more than is shown tells whether the list goes on.
    pub(crate) fn slice<K: DeserializeOwned>(&self) -> Result<Slice<K>, Stopped> {
        let limit = ROWS.saturating_add(1);
        if self.after.is_empty() {
            return Ok(Slice::first(limit));
        }
        let read = URL_SAFE_NO_PAD.decode(&self.after).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
        Ok(Slice { after: Some(read.ok_or_else(Failure::absent)?), limit })
    }

    /// Leaves the rows of this part, and says which they are and where the others stand. `total` is how many there are in all,
    /// where that is known.
    pub(crate) fn cut<R, K: Serialize>(&self, path: &str, rows: &mut Vec<R>, total: Option<i64>, key: impl Fn(&R) -> K) -> Vec<Block> {
        let shown = usize::try_from(ROWS).unwrap_or(usize::MAX);
        let goes_on = rows.len() > shown;
        rows.truncate(shown);
        if !goes_on && self.after.is_empty() {
            return Vec::new();
        }
        let last = self.before.saturating_add(u32::try_from(rows.len()).unwrap_or(u32::MAX));
        let of = total.map_or_else(String::new, |total| format!(" of {total}"));
        let words = format!("{} to {last}{of}", self.before.saturating_add(1));
        let join = if path.contains('?') { '&' } else { '?' };
        let next = rows.last().filter(|_| goes_on).and_then(|row| serde_json::to_vec(&key(row)).ok());
        let next = next.map(|key| format!("{path}{join}after={}&before={last}", URL_SAFE_NO_PAD.encode(key)));
        let first = (!self.after.is_empty()).then(|| Link::new("First page", path));
        vec![Block::text(words), Block::Pages { first, next: next.map(|href| Link::new("Next page", href)) }]
    }
}
