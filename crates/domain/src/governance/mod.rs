//! Governance: what must be decided before something is done, by whom, and with whose eyes apart.

pub mod approval;
pub mod decision;
pub mod delegation;
pub mod inter_authority;
pub mod reading;
pub mod required;
pub mod separation;
