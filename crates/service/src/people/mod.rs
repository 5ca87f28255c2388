//! Organisations, people, and how they prove who they are.

pub mod invitation;
pub mod kept_form;
pub mod organisation;
pub mod sample;
pub mod sealing;
pub mod secrets;
pub mod session;
pub mod sign_in;
pub mod tokens;
