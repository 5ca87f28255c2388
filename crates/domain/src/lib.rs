//! The rules of Nearhome: pure functions and types, without I/O, clock, randomness or async.
//!
//! Everything a council, a provider or an auditor would call *the rule* lives here, named with the field's own words
//! (`docs/GLOSSARY.md`). Other crates fetch, store and show; they do not decide.

#[macro_use]
mod codes;

pub mod access;
pub mod calendar;
pub mod consortium;
pub mod governance;
pub mod ids;
pub mod money;
pub mod pence;
pub mod people;
pub mod place;
pub mod procurement;
pub mod purchasing;
pub mod reach;
pub mod record;
pub mod registration;

pub use codes::{Code, UnknownCode};
