//! service

pub mod publish;
