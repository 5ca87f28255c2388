//! Storage on both engines.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests may fail as tests do")]

mod parity;
mod schema;
