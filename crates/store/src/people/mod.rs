//! Organisations, people and how they prove who they are.

pub mod organisation;
pub mod session;
