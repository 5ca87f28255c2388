//! What leaves the system as a document or a file for outsiders.

pub mod agreement;
pub mod notices;
pub mod ocds;
pub mod outside;
pub mod pdf;
pub(crate) mod public_facts;
pub mod registers;
