//! What leaves the system as a document or a file for outsiders.

pub mod agreement;
pub mod pdf;
