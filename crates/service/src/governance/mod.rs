//! The consortium's configuration.

pub mod approval;
pub mod consortium;
pub mod decision;
pub mod delegation;
pub mod heads;
pub mod inter_authority;
pub mod verify;
