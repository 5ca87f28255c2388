//! Pages and JSON: the only crate that knows HTML or a status code.

pub mod api;
pub mod assets;
pub mod blocks;
mod caller;
mod csrf;
mod forms;
pub mod govuk;
mod health;
mod kept;
pub mod map;
mod pages;
mod problem;
pub mod routes;
pub mod server;
mod table;
pub mod templates;
pub mod view;
pub mod wording;
