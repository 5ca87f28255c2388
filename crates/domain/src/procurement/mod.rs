//! Procuring a framework, and what the public is told about it.

pub mod bid;
pub mod clarification;
pub mod notice;
pub mod ocds;
pub mod opening;
pub mod plan;
pub mod public_facts;
pub mod register;
pub mod sharing;
pub mod tender;
