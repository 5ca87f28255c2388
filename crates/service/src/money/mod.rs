//! Prices, commitments and ceilings.

pub mod ledger;
