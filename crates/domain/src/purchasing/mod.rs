//! Buying a home for one child: the referral, the offers, the choice and the agreement.

pub mod agreement;
pub mod fields;
pub mod forms;
pub mod offer;
pub mod referral;
