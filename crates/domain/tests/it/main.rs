//! Tests of the rules together with the configuration that ships with them.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "helpers of tests may fail as tests do")]

mod access;
mod bids;
mod consortium;
mod delegation;
mod evaluation;
mod exercise;
mod framework_life;
mod notices;
mod ocds;
mod ocds_build;
mod ocds_check;
mod place;
mod procured;
mod register;
mod reopening;
mod scoring;
mod sensitivity;
mod suspension;
mod terms;
