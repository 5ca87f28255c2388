//! Questions as data, and the typed answers to them.
//!
//! How an answer is made from what somebody sent is in [`super::forms`].

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::calendar::Day;
use crate::pence::Pence;

codes! {
    /// How a question is answered.
    pub enum FieldKind("kind of field") {
        /// One line.
        Text = "TEXT", "Short text";
        /// Several lines.
        LongText = "LONG_TEXT", "Long text";
        /// A whole number, not negative.
        Number = "NUMBER", "Number";
        /// Pounds and pence.
        Money = "MONEY", "Amount of money";
        /// A day, asked as day, month and year.
        Date = "DATE", "Date";
        /// Yes or no.
        YesNo = "YES_NO", "Yes or no";
        /// One of the options.
        OneOf = "ONE_OF", "One of a list";
        /// Any number of the options.
        ManyOf = "MANY_OF", "Several of a list";
        /// A full postcode of the United Kingdom.
        Postcode = "POSTCODE", "Postcode";
    }
}

/// One option of a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Choice {
    /// The stable spelling, stored and sent.
    pub code: &'static str,
    /// The words a person reads.
    pub label: &'static str,
    /// The spelling that the Placements Data Standard gives this option, when it has one.
    pub standard: Option<&'static str>,
}

impl Choice {
    /// An option of our own.
    #[must_use]
    pub const fn new(code: &'static str, label: &'static str) -> Self {
        Self { code, label, standard: None }
    }

    /// An option that the Placements Data Standard spells as `standard`.
    #[must_use]
    pub const fn standard(code: &'static str, label: &'static str, standard: &'static str) -> Self {
        Self { code, label, standard: Some(standard) }
    }
}

/// Asked only when another question has one of these answers (a code; `yes` or `no`; `some` for a number above zero).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AskedIf {
    /// The other question.
    pub key: &'static str,
    /// The answers that open this one.
    pub is: &'static [&'static str],
}

/// A question: what a form shows, and what [`super::forms::parse`] accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// The stable name in forms, JSON and storage.
    pub key: &'static str,
    /// The question or its short name.
    pub label: &'static str,
    /// Help shown beneath the label; empty when none is needed.
    pub hint: &'static str,
    /// What to say when an answer is needed and missing, for example `Enter the day the placement is needed by`.
    pub missing: &'static str,
    /// How it is answered.
    pub kind: FieldKind,
    /// The options of [`FieldKind::OneOf`] and [`FieldKind::ManyOf`].
    pub options: &'static [Choice],
    /// The longest text accepted, in characters.
    pub max_chars: usize,
    /// The largest number accepted.
    pub at_most: u32,
    /// Whether the form can be sent without it.
    pub mandatory: bool,
    /// Asked only after a certain other answer.
    pub asked_if: Option<AskedIf>,
}

const SHORT_CHARS: usize = 200;
/// So many characters a long answer has at the most.
pub const LONG_CHARS: usize = 5_000;

impl Field {
    /// A question of this kind that may stay unanswered.
    #[must_use]
    pub const fn new(kind: FieldKind, key: &'static str, label: &'static str, missing: &'static str) -> Self {
        let max_chars = match kind {
            FieldKind::LongText => LONG_CHARS,
            FieldKind::Text
            | FieldKind::Number
            | FieldKind::Money
            | FieldKind::Date
            | FieldKind::YesNo
            | FieldKind::OneOf
            | FieldKind::ManyOf
            | FieldKind::Postcode => SHORT_CHARS,
        };
        Self { key, label, hint: "", missing, kind, options: &[], max_chars, at_most: 9_999, mandatory: false, asked_if: None }
    }

    /// The same question with help beneath it.
    #[must_use]
    pub const fn hint(mut self, hint: &'static str) -> Self {
        self.hint = hint;
        self
    }

    /// The same question with these options.
    #[must_use]
    pub const fn options(mut self, options: &'static [Choice]) -> Self {
        self.options = options;
        self
    }

    /// The same question, to be answered before the form is sent.
    #[must_use]
    pub const fn mandatory(mut self) -> Self {
        self.mandatory = true;
        self
    }

    /// The same question with a largest number.
    #[must_use]
    pub const fn at_most(mut self, at_most: u32) -> Self {
        self.at_most = at_most;
        self
    }

    /// The same question, asked only when the question `key` is answered with one of `is`.
    #[must_use]
    pub const fn asked_if(mut self, key: &'static str, is: &'static [&'static str]) -> Self {
        self.asked_if = Some(AskedIf { key, is });
        self
    }

    /// Whether the answers so far call for this question.
    #[must_use]
    pub fn is_asked(&self, answers: &Answers) -> bool {
        let Some(condition) = self.asked_if else {
            return true;
        };
        answers.get(condition.key).is_some_and(|answer| condition.is.iter().any(|word| answer.is(word)))
    }

    /// The option with this code.
    #[must_use]
    pub fn option(&self, code: &str) -> Option<&'static Choice> {
        self.options.iter().find(|option| option.code == code)
    }

    /// The message for a missing answer, pointing at the first input.
    #[must_use]
    pub fn missing_error(&self) -> FieldError {
        let input = match self.kind {
            FieldKind::Date => format!("{}-day", self.key),
            FieldKind::Text
            | FieldKind::LongText
            | FieldKind::Number
            | FieldKind::Money
            | FieldKind::YesNo
            | FieldKind::OneOf
            | FieldKind::ManyOf
            | FieldKind::Postcode => self.key.to_owned(),
        };
        FieldError { key: self.key, input, message: self.missing.to_owned() }
    }

    pub(super) fn error(&self, suffix: &str, message: String) -> FieldError {
        FieldError { key: self.key, input: format!("{}{suffix}", self.key), message }
    }
}

/// What somebody answered, after parsing. In JSON each answer names its kind, so that a stored answer keeps its meaning
/// even when the question changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// Text of one or more lines.
    Text(String),
    /// A whole number.
    Number(u32),
    /// An amount in pence.
    Pence(Pence),
    /// A day.
    Day(Day),
    /// Yes (true) or no (false).
    Yes(bool),
    /// The code of one option.
    One(String),
    /// The codes of options, in the order of the question.
    Many(Vec<String>),
    /// A postcode in capitals with one space.
    Postcode(String),
}

impl Answer {
    /// Whether this answer is the word of an [`AskedIf`] condition.
    #[must_use]
    pub fn is(&self, word: &str) -> bool {
        match self {
            Self::Text(text) | Self::One(text) | Self::Postcode(text) => text == word,
            Self::Many(codes) => codes.iter().any(|code| code == word),
            Self::Yes(yes) => word == if *yes { "yes" } else { "no" },
            Self::Number(number) => *number > 0 && word == "some",
            Self::Pence(amount) => amount.0 > 0 && word == "some",
            Self::Day(_) => word == "some",
        }
    }

    /// Whether this answer is of the kind that the field asks for, with known options only.
    #[must_use]
    pub fn fits(&self, field: &Field) -> bool {
        match (self, field.kind) {
            (Self::Text(_), FieldKind::Text | FieldKind::LongText)
            | (Self::Number(_), FieldKind::Number)
            | (Self::Pence(_), FieldKind::Money)
            | (Self::Day(_), FieldKind::Date)
            | (Self::Yes(_), FieldKind::YesNo)
            | (Self::Postcode(_), FieldKind::Postcode) => true,
            (Self::One(code), FieldKind::OneOf) => field.option(code).is_some(),
            (Self::Many(codes), FieldKind::ManyOf) => codes.iter().all(|code| field.option(code).is_some()),
            (
                Self::Text(_)
                | Self::Number(_)
                | Self::Pence(_)
                | Self::Day(_)
                | Self::Yes(_)
                | Self::One(_)
                | Self::Many(_)
                | Self::Postcode(_),
                _,
            ) => false,
        }
    }

    /// The answer as a person reads it.
    #[must_use]
    pub fn shown(&self, field: &Field) -> String {
        let label = |code: &String| field.option(code).map_or_else(|| code.clone(), |option| option.label.to_owned());
        match self {
            Self::Text(text) | Self::Postcode(text) => text.clone(),
            Self::Number(number) => number.to_string(),
            Self::Pence(amount) => amount.to_string(),
            Self::Day(day) => day.to_string(),
            Self::Yes(true) => "Yes".to_owned(),
            Self::Yes(false) => "No".to_owned(),
            Self::One(code) => label(code),
            Self::Many(codes) => codes.iter().map(label).collect::<Vec<_>>().join(", "),
        }
    }
}

/// Answers by the key of their question; as JSON, an object.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Answers(pub BTreeMap<String, Answer>);

impl Answers {
    /// The answer to one question.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Answer> {
        self.0.get(key)
    }

    /// The text, code or postcode given to one question.
    #[must_use]
    pub fn text(&self, key: &str) -> Option<&str> {
        match self.get(key)? {
            Answer::Text(text) | Answer::One(text) | Answer::Postcode(text) => Some(text),
            Answer::Number(_) | Answer::Pence(_) | Answer::Day(_) | Answer::Yes(_) | Answer::Many(_) => None,
        }
    }

    /// The whole number given to one question.
    #[must_use]
    pub fn number(&self, key: &str) -> Option<u32> {
        match self.get(key)? {
            Answer::Number(number) => Some(*number),
            Answer::Text(_)
            | Answer::Pence(_)
            | Answer::Day(_)
            | Answer::Yes(_)
            | Answer::One(_)
            | Answer::Many(_)
            | Answer::Postcode(_) => None,
        }
    }

    /// The amount given to one question.
    #[must_use]
    pub fn pence(&self, key: &str) -> Option<Pence> {
        match self.get(key)? {
            Answer::Pence(amount) => Some(*amount),
            Answer::Text(_)
            | Answer::Number(_)
            | Answer::Day(_)
            | Answer::Yes(_)
            | Answer::One(_)
            | Answer::Many(_)
            | Answer::Postcode(_) => None,
        }
    }

    /// The day given to one question.
    #[must_use]
    pub fn day(&self, key: &str) -> Option<Day> {
        match self.get(key)? {
            Answer::Day(day) => Some(*day),
            Answer::Text(_)
            | Answer::Number(_)
            | Answer::Pence(_)
            | Answer::Yes(_)
            | Answer::One(_)
            | Answer::Many(_)
            | Answer::Postcode(_) => None,
        }
    }

    /// The member of a closed list given to one question.
    #[must_use]
    pub fn one<C: crate::Code>(&self, key: &str) -> Option<C> {
        C::from_code(self.text(key)?).ok()
    }

    /// Puts an answer in, or takes it away when there is none.
    pub fn set(&mut self, key: &str, answer: Option<Answer>) {
        match answer {
            Some(answer) => self.0.insert(key.to_owned(), answer),
            None => self.0.remove(key),
        };
    }
}

/// One answer that was refused: which question, which input to go to, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// The key of the question.
    pub key: &'static str,
    /// The name of the input that the error summary links to.
    pub input: String,
    /// What to do, in the reader's words.
    pub message: String,
}

/// A page of questions: one step of a task list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// The stable name in addresses.
    pub slug: &'static str,
    /// The heading.
    pub title: &'static str,
    /// The questions in order.
    pub fields: &'static [Field],
}
