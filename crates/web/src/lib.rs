//! Pages and JSON: the only crate that knows HTML or a status code.

pub mod assets;
pub mod blocks;
pub mod caller;
pub mod csrf;
pub mod forms;
pub mod govuk;
pub mod health;
mod pages;
pub mod problem;
pub mod routes;
pub mod server;
pub mod templates;
pub mod view;
pub mod wording;
