//! Procuring a framework, and what the public is told about it.

pub mod award;
pub mod bid;
pub mod bid_draft;
pub mod bid_file;
pub mod clarification;
pub mod compliance;
pub mod contract;
pub mod evaluation;
pub mod exercise;
pub mod life;
pub mod notice;
pub mod ocds;
pub mod opening;
pub mod plan;
pub mod public_facts;
pub mod ranking;
pub mod receipt;
pub mod register;
pub mod reopening;
pub mod sensitivity;
pub mod sharing;
pub mod tender;
pub mod terms;
