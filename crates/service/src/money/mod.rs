//! Prices, commitments and ceilings.
