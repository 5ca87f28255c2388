//! The door to the GOV.UK components.
//!
//! Their macros lean on absent options being empty; our own templates must not, since a misspelt name would then print
//! nothing and nobody would notice. The template engine has one setting for both, so the macros live in an engine of
//! their own, lenient, and reach our strict one as functions: `{{ govukButton({'text': 'Save'}) }}`.
//! The door is where strictness ends, so it checks: an undefined value anywhere in the options is refused by its path;
//! `none` means *leave this option out*.

use std::sync::LazyLock;

use minijinja::value::{Value, ValueKind};
use minijinja::{Environment, Error, ErrorKind, State, UndefinedBehavior, context};
use rust_embed::RustEmbed;

/// The macros as `scripts/assets` fetched them.
#[derive(RustEmbed)]
#[folder = "built/macros/"]
struct Macros;

/// Loading happens once; what failed is kept, to be reported by whoever renders first.
static LENIENT: LazyLock<Result<Environment<'static>, String>> = LazyLock::new(|| load().map_err(|error| format!("{error:#}")));

/// Makes every GOV.UK component callable in `ours` as a function of its options.
///
/// # Errors
/// If the macros inside the binary do not parse, which the conformance test would have found.
pub fn offer(ours: &mut Environment<'static>) -> Result<(), Error> {
    let lenient = LENIENT.as_ref().map_err(|reason| Error::new(ErrorKind::SyntaxError, reason.clone()))?;
    for component in components() {
        let function = function(&component);
        ours.add_function(function.clone(), move |options: Value| call(lenient, &component, &function, &options));
    }
    Ok(())
}

/// The names of all components, such as `date-input`.
pub fn components() -> impl Iterator<Item = String> {
    Macros::iter().filter_map(|path| Some(path.strip_prefix("components/")?.strip_suffix("/macro.html")?.to_owned()))
}

/// `date-input` is called `govukDateInput` in templates.
#[must_use]
pub fn function(component: &str) -> String {
    let words = component.split('-').map(|word| {
        let (first, rest) = word.split_at_checked(1).unwrap_or((word, ""));
        first.to_uppercase() + rest
    });
    std::iter::once("govuk".to_owned()).chain(words).collect()
}

fn call(lenient: &Environment<'static>, component: &str, function: &str, options: &Value) -> Result<Value, Error> {
    let options = settled(options, function)?;
    let html = lenient.get_template(&caller(component))?.render(context! { options })?;
    Ok(Value::from_safe_string(html))
}

/// A copy without the options that are `none`, or an error that names the first undefined value by its path.
/// Items of lists stay where they are, since the macros number them.
fn settled(value: &Value, path: &str) -> Result<Value, Error> {
    // The list of kinds belongs to the engine and may grow, so this asks for the three that matter instead of matching.
    let kind = value.kind();
    if kind == ValueKind::Undefined {
        let message = format!("`{path}` is undefined; write `none` to leave an option out");
        return Err(Error::new(ErrorKind::UndefinedError, message));
    }
    if kind == ValueKind::Map {
        let mut kept = Vec::new();
        for key in value.try_iter()? {
            let item = value.get_item(&key)?;
            // The macros would print it: an unanswered text area once read `None`.
            if !item.is_none() {
                let item = settled(&item, &format!("{path}.{key}"))?;
                kept.push((key, item));
            }
        }
        return Ok(Value::from_pairs(kept));
    }
    if matches!(kind, ValueKind::Seq | ValueKind::Iterable) {
        let mut kept = Vec::new();
        for (place, item) in value.try_iter()?.enumerate() {
            kept.push(settled(&item, &format!("{path}[{place}]"))?);
        }
        return Ok(Value::from(kept));
    }
    Ok(value.clone())
}

/// The name of the one-line template that calls a component's macro.
fn caller(component: &str) -> String {
    format!("call/{component}.html")
}

fn load() -> Result<Environment<'static>, Error> {
    let mut lenient = Environment::new();
    lenient.set_undefined_behavior(UndefinedBehavior::Chainable);
    lenient.set_unknown_method_callback(python_method);
    for path in Macros::iter() {
        let source = Macros::get(&path).map(|file| file.data.into_owned()).unwrap_or_default();
        let source = String::from_utf8_lossy(&source).into_owned();
        lenient.add_template_owned(format!("govuk_frontend_jinja/{path}"), source)?;
    }
    for component in components() {
        let function = function(&component);
        let source = format!(
            "{{% from 'govuk_frontend_jinja/components/{component}/macro.html' import {function} %}}\
             {{{{ {function}(options) }}}}"
        );
        lenient.add_template_owned(caller(&component), source)?;
    }
    Ok(lenient)
}

/// The three methods of Python values that the macros call.
fn python_method(state: &mut State<'_, '_>, value: &Value, method: &str, args: &[Value]) -> Result<Value, Error> {
    match (value.kind(), method, args) {
        (ValueKind::Map, "items", []) => state.apply_filter("items", std::slice::from_ref(value)),
        (ValueKind::Map, "get", [key]) => value.get_item(key),
        (ValueKind::Map, "get", [key, other]) => {
            let found = value.get_item(key)?;
            Ok(if found.is_undefined() { other.clone() } else { found })
        }
        (ValueKind::String, "format", _) => {
            let pattern = value.to_string();
            let mut pieces = pattern.split("{}");
            let mut filled = pieces.next().unwrap_or_default().to_owned();
            for (piece, argument) in pieces.zip(args) {
                filled.push_str(&argument.to_string());
                filled.push_str(piece);
            }
            Ok(Value::from(filled))
        }
        _ => Err(Error::from(ErrorKind::UnknownMethod)),
    }
}
