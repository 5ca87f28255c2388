//! Pages and JSON: the only crate that knows HTML or a status code.

pub mod assets;
pub mod govuk;
pub mod templates;
pub mod view;
pub mod wording;
