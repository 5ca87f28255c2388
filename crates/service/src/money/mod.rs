//! Prices, commitments and ceilings.

pub mod ceiling;

pub mod ledger;
