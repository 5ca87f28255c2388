//! From a referral to a placement.

pub mod additions;
pub mod agreement;
pub mod agreement_document;
pub mod board;
pub mod choice;
pub mod evaluation;
pub(crate) mod facts;
pub mod gate_override;
pub mod home_distance;
pub mod offer;
pub(crate) mod outcome;
pub mod placement;
pub mod referral;
pub mod release;
pub mod scoring;
pub mod search;
pub mod take_back;
pub mod tasks;
pub mod timeline;
