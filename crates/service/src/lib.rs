//! The use cases: one file per capability, every write through [`command::perform`], every read through [`command::ask`].

pub mod command;
pub mod failure;
pub mod governance;
pub mod jobs;
pub mod market;
pub mod money;
pub mod nearhome;
pub mod people;
pub mod procurement;
pub mod publish;
pub mod purchasing;
pub mod standing;

pub use command::{Command, Query, ask, note_denied, perform};
pub use failure::{Failure, FieldProblem};
pub use nearhome::{Clock, Nearhome, Randomness};
pub use standing::{StandingQuery, ask_standing};
pub use store::Slice;
