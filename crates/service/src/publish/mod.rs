//! What leaves the system as a document or a file for outsiders.

pub mod agreement;
pub mod ocds;
pub mod pdf;
