//! The consortium's configuration.

pub mod approval;
pub mod consortium;
pub mod heads;
pub mod verify;
