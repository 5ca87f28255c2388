//! The Open Contracting Data Standard: how public bodies tell what they buy, release by release.

pub mod allowed;
pub mod build;
pub mod check;
pub mod json;
pub mod merge;
pub mod package;
pub mod profile;
pub mod public_text;
pub mod rules;
pub mod spans;
pub mod tape;
