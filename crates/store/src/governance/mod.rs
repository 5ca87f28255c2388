//! The consortium's configuration in force, and approvals.

pub mod approval;
pub mod consortium;
