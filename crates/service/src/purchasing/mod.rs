//! From a referral to a placement.
