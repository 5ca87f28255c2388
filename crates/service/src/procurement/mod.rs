//! Procuring a framework: its tender, bids under seal and their opening, and what follows from them.

pub mod award;
pub mod bid;
pub mod bidder;
pub mod contract;
pub mod evaluation;
pub mod exercise;
pub mod framework;
pub(crate) mod in_force;
pub mod opening;
pub mod organisation_key;
pub mod questions;
pub mod sealing;
pub mod submission;
pub mod tender;
