//! Procuring a framework, and what the public is told about it.

pub mod ocds;
pub mod tender;
