//! Buying a home for one child: the referral, the offers, the choice and the agreement.

pub mod agreement;
pub mod choices;
pub mod fields;
pub mod forms;
pub mod gates;
pub mod matching;
pub mod offer;
pub mod offer_form;
pub mod placement;
pub mod profile;
pub mod questions;
pub mod referral;
pub mod referral_form;
pub mod service;
pub mod standard;
pub mod suspension;

#[cfg(test)]
mod life_tests;
