//! What leaves the system as a document or a file for outsiders.

pub mod agreement;
pub mod decision_record;
pub mod framework_agreement;
pub mod notices;
pub mod ocds;
pub mod outside;
pub mod paper;
pub mod pdf;
pub(crate) mod public_facts;
pub mod registers;
pub mod result_letter;
