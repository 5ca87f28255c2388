//! Organisations, people and how they prove who they are.

pub mod kept_form;
pub mod organisation;
pub mod session;
