//! The consortium's configuration.

pub mod consortium;
