//! The Open Contracting Data Standard: how public bodies tell what they buy, release by release.

pub mod json;
pub mod merge;
pub mod rules;
pub mod spans;
