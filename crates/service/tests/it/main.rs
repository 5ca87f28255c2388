//! The use cases as a whole, each on both databases.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod access;
mod awarding;
mod bids;
mod canary;
mod choosing;
mod closing;
mod decisions;
mod evaluating;
mod exercises;
mod expand;
mod framework_file;
mod in_force;
mod invitation;
mod lists;
mod mail;
mod outcomes;
mod outside;
mod override_gate;
mod people;
mod picture;
mod placement;
mod printed;
mod publishing;
mod questions;
mod reach;
mod referral;
mod retention;
mod sealing;
mod sign_in;
mod standing;
mod starting;
mod suspension;
mod suspension_race;
mod tamper;
mod tenders;
