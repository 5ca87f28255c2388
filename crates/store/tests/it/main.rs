//! Storage on both engines.

mod parity;
mod schema;
