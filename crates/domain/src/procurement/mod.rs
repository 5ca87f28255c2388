//! Procuring a framework, and what the public is told about it.

pub mod bid;
pub mod ocds;
pub mod opening;
pub mod plan;
pub mod sharing;
pub mod tender;
