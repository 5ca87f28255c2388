//! Prices, commitments and ceilings.

pub mod ceiling;
