//! Tenders, sealed bids, their opening and evaluation, awards and contracts.

pub mod award;
pub mod bid;
pub mod evaluation;
pub mod opening;
pub mod publication;
pub mod reminder;
pub mod tender;
