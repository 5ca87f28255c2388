//! Long lists in parts: fifty rows, and the way to those that follow. A part begins after the last row of the part before, so that
//! a row which comes in between moves nothing.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use service::{Failure, Slice};

use crate::blocks::{Block, Cell};
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
        vec![Block::text(words), Block::Pages { of: None, first, next: next.map(|href| Link::new("Next page", href)) }]
    }
}

/// Which part of which list an address asks for, on a page with several lists that are worked out whole. Their rows stand in an order
/// that does not change by itself, so a part begins after so many rows; a list that is not asked for begins with its first.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Parts {
    #[serde(default)]
    list: String,
    #[serde(default)]
    before: usize,
}

/// One list of a page with several.
pub(crate) struct Listed<'a> {
    /// Where the page is.
    pub path: &'a str,
    /// How addresses name the list.
    pub name: &'a str,
    /// Its name for people.
    pub caption: &'a str,
    /// As for [`Block::table`].
    pub columns: &'a [&'a str],
    /// What stands there without a row.
    pub empty: &'a str,
}

impl Parts {
    /// The rows of a list that this part shows, and the way to the others.
    pub(crate) fn table(&self, list: &Listed<'_>, rows: impl ExactSizeIterator<Item = Vec<Cell>>) -> Vec<Block> {
        let (all, shown) = (rows.len(), usize::try_from(ROWS).unwrap_or(usize::MAX));
        let before = if self.list == list.name && self.before < all { self.before } else { 0 };
        let mut blocks = vec![Block::table(list.caption, list.columns, rows.skip(before).take(shown).collect(), list.empty)];
        let end = all.min(before.saturating_add(shown));
        if end.saturating_sub(before) < all {
            let to = |text: &str, before: usize| Link::new(text, format!("{}?list={}&before={before}", list.path, list.name));
            let (first, next) = ((before > 0).then(|| to("First page", 0)), (end < all).then(|| to("Next page", end)));
            blocks.push(Block::text(format!("{} to {end} of {all}", before.saturating_add(1))));
            blocks.push(Block::Pages { of: Some(list.caption.to_owned()), first, next });
        }
        blocks
    }
}
