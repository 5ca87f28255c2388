//! The consortium's configuration in force, approvals, and what councils decided and agreed on.

pub mod approval;
pub mod consortium;
pub mod decision;
pub mod inter_authority;
