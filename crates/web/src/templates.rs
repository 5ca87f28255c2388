//! Pages from templates: one engine with every template of `templates/`, strict and escaping.
//!
//! - An undefined name is an error, never an empty string: every key that a template reads must be in its context,
//!   with `none` for *nothing*. The GOV.UK components are functions here (see [`crate::govuk`]).
//! - Everything printed is escaped for HTML unless a component made it.
//! - Filters: `pounds`, `day`, `moment`, `miles` (see [`crate::wording`]). Functions: `asset(name)`; `fail(message)` for a
//!   case that a part does not know.
//! - Templates are parsed once, at the first page; a broken one stops every page, so that a test run cannot miss it.

use std::sync::LazyLock;

use axum::response::Html;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Serde, Value};
use minijinja::{AutoEscape, Environment, Error, ErrorKind, UndefinedBehavior};
use rust_embed::RustEmbed;
use serde::Serialize;

use crate::{assets, govuk, wording};

/// Our own templates.
#[derive(RustEmbed)]
#[folder = "templates/"]
struct Ours;

static ENGINE: LazyLock<Result<Environment<'static>, String>> = LazyLock::new(|| load().map_err(|error| format!("{error:#}")));

/// Why a page could not be made. Always our fault; the reader sees the page for that, the log sees the chain.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// A template inside the binary does not parse, so none is used.
    #[error("loading the templates: {0}")]
    Load(String),
    /// There is no such template, its context lacks a name, or a filter refused its input.
    #[error("rendering `{name}`")]
    Render {
        /// The template asked for.
        name: String,
        /// What went wrong, with the line.
        #[source]
        source: Error,
    },
}

/// Fills the template `name` (its path below `templates/`) with `context`. Pages that extend `layout/page.html` need
/// the key `page`, a [`crate::view::Page`].
///
/// # Errors
/// See [`RenderError`].
pub fn render<C: Serialize>(name: &str, context: &C) -> Result<Html<String>, RenderError> {
    let fault = |source| RenderError::Render { name: name.to_owned(), source };
    let template = engine()?.get_template(name).map_err(fault)?;
    template.render(Value::from(Serde(context))).map(Html).map_err(fault)
}

/// Renders a piece of template text in the same engine: how tests call one component or one macro.
///
/// # Errors
/// See [`RenderError`].
pub fn render_text<C: Serialize>(source: &str, context: &C) -> Result<String, RenderError> {
    let fault = |source| RenderError::Render { name: "text.html".to_owned(), source };
    engine()?.render_named_str("text.html", source, Value::from(Serde(context))).map_err(fault)
}

/// The paths of all our templates, for the test that renders every one.
pub fn names() -> impl Iterator<Item = String> {
    Ours::iter().map(String::from)
}

fn engine() -> Result<&'static Environment<'static>, RenderError> {
    ENGINE.as_ref().map_err(|reason| RenderError::Load(reason.clone()))
}

fn load() -> Result<Environment<'static>, Error> {
    let mut engine = Environment::new();
    engine.set_undefined_behavior(UndefinedBehavior::Strict);
    engine.set_auto_escape_callback(|_| AutoEscape::Html);
    engine.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    govuk::offer(&mut engine)?;
    engine.add_filter("pounds", wording::pounds);
    engine.add_filter("day", |text: &str| wording::day(text).ok_or_else(|| refused("a date like 2026-12-18", text)));
    engine.add_filter("moment", |text: &str| wording::moment_of(text).ok_or_else(|| refused("an RFC 3339 time", text)));
    engine.add_filter("miles", |distance: f64| wording::miles(distance).ok_or_else(|| refused("a distance", &distance.to_string())));
    engine.add_function("asset", |name: &str| assets::path(name).ok_or_else(|| refused("the name of an asset", name)));
    engine.add_function("fail", |message: &str| Err::<Value, _>(Error::new(ErrorKind::InvalidOperation, message.to_owned())));
    for name in Ours::iter() {
        let source = Ours::get(&name).map(|file| file.data.into_owned()).unwrap_or_default();
        engine.add_template_owned(name.to_string(), String::from_utf8_lossy(&source).into_owned())?;
    }
    Ok(engine)
}

fn refused(wanted: &str, got: &str) -> Error {
    Error::new(ErrorKind::InvalidOperation, format!("`{got}` is not {wanted}"))
}
