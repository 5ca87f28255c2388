//! From a referral to a placement.

pub mod evaluation;
mod facts;
pub mod offer;
