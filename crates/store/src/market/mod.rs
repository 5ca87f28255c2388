//! What can be bought: services, their ratings and admissions.

pub mod outside;
pub mod service;
pub mod suspension;
