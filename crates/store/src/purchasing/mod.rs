//! From a child's need to a placement.

pub mod agreement;
pub mod offer;
pub mod placement;
pub mod referral;
pub mod release;
