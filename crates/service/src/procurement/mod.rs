//! Procuring a framework: its tender, bids under seal and their opening, and what follows from them.

pub mod agreement;
pub mod award;
pub mod bid;
pub mod bidder;
pub mod challenge;
pub mod conflict;
pub mod contract;
mod desk;
pub mod evaluation;
pub mod evaluator;
pub mod exercise;
pub mod framework;
mod in_force;
pub mod opening;
pub mod organisation_key;
pub mod outcome;
pub mod questions;
mod relation;
pub mod result;
pub mod scoring;
pub mod sealing;
pub mod signature;
pub mod submission;
pub mod tender;
