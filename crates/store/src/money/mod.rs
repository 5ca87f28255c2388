//! What has been promised, against what was allowed.

pub mod ledger;
