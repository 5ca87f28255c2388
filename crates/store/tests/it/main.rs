//! Storage on both engines.
#![expect(clippy::unwrap_used, reason = "helpers of tests may fail as tests do")]

mod abandoned;
mod durability;
mod parity;
mod schema;
