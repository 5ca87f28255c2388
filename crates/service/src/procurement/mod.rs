//! Procuring a framework: its tender, bids under seal and their opening, and what follows from them.

pub mod opening;
pub mod organisation_key;
pub mod questions;
pub mod sealing;
pub mod tender;
