//! Governance: what must be decided before something is done, and by whom.

pub mod approval;
