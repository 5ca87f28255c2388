//! Organisations, people, and how they prove who they are.

pub mod secrets;
pub mod session;
pub mod sign_in;
