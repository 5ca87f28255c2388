//! The five ways in which a command or query ends without an answer.

use domain::access::Denied;
use domain::purchasing::fields::LONG_CHARS;
use store::Fault;
use thiserror::Error;

/// One thing wrong with what was sent, at the field where it can be mended.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct FieldProblem {
    /// The field's key; empty for the form as a whole.
    pub field: String,
    /// What to do, in the user's words.
    pub message: String,
}

impl FieldProblem {
    /// A problem at a field.
    pub fn at(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into() }
    }
}

/// Why there is no answer.
#[derive(Debug, Error)]
pub enum Failure {
    /// What was sent does not parse: every problem at once.
    #[error("{} to mend", if .0.len() == 1 { "there is one thing".to_owned() } else { format!("there are {} things", .0.len()) })]
    Invalid(Vec<FieldProblem>),
    /// A rule says no; the text tells the user why and what would help.
    #[error("{0}")]
    Refused(String),
    /// Access was not given.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// Somebody else was first.
    #[error("{0}")]
    Conflict(String),
    /// Ours.
    #[error(transparent)]
    Fault(Fault),
}

impl Failure {
    /// A refusal in the words of the rule.
    pub fn refused(why: impl std::fmt::Display) -> Self {
        Self::Refused(why.to_string())
    }

    /// One problem at one field.
    pub fn invalid(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Invalid(vec![FieldProblem::at(field, message)])
    }

    /// The thing that the address named is not there, or not for this caller: the two look alike.
    #[must_use]
    pub fn absent() -> Self {
        Self::Denied(Denied::NotVisible)
    }

    pub(crate) fn is_busy(&self) -> bool {
        matches!(self, Self::Fault(Fault::Busy(_)))
    }
}

impl From<FieldProblem> for Failure {
    fn from(problem: FieldProblem) -> Self {
        Self::Invalid(vec![problem])
    }
}

/// Words that must be given, without the blanks around them, and no longer than the form of a long answer lets them be.
///
/// # Errors
/// [`FieldProblem`] that asks for them, or names the limit.
pub(crate) fn words(text: &str, field: &str, missing: &str) -> Result<String, FieldProblem> {
    let text = text.trim();
    match text.chars().count() {
        0 => Err(FieldProblem::at(field, missing)),
        characters if characters > LONG_CHARS => Err(FieldProblem::at(field, format!("Use {LONG_CHARS} characters or fewer"))),
        _ => Ok(text.to_owned()),
    }
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Stale { table } => {
                Self::Conflict(format!("somebody changed this {table} since you opened it; look at what changed and try again"))
            }
            other @ (Fault::Busy(_)
            | Fault::Constraint { .. }
            | Fault::Driver { .. }
            | Fault::Inconsistent { .. }
            | Fault::Schema(_)
            | Fault::Open { .. }) => Self::Fault(other),
        }
    }
}
