//! What the layout and the shared parts of a page need, as types: a page that forgets something does not compile.
//!
//! All of them serialise with every key present (`null` for *nothing*), since our templates refuse undefined names.

use serde::Serialize;

/// Everything around the main part of a page. The key `page` of each page's context.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Page {
    /// The subject, equal to the main heading: the title bar shows it with `– Nearhome`. Never a child's name.
    pub title: String,
    /// Where the name in the header leads: the first page of the signed-in role, or of the public part.
    pub home: String,
    /// The links of the service navigation, at most one of them current.
    pub navigation: Vec<NavigationLink>,
    /// Who is signed in, if anybody.
    pub account: Option<Account>,
    /// Whether the database holds the sample world; then every page says so.
    pub is_sample: bool,
    /// The way to this page, outermost first; empty where `back` serves.
    pub breadcrumbs: Vec<Link>,
    /// One step back, on pages of a longer job.
    pub back: Option<Link>,
    /// News from elsewhere, or what the last act did.
    pub notice: Option<Notice>,
    /// All errors of the page at once, in the order of the fields.
    pub problems: Vec<Problem>,
    /// Links of the footer. Help stands in the same place on every page.
    pub footer: Vec<Link>,
}

/// A link with its words.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Link {
    /// The words of the link.
    pub text: String,
    /// The path that it leads to.
    pub href: String,
}

impl Link {
    /// A link to `href` that reads `text`.
    #[must_use]
    pub fn new(text: impl Into<String>, href: impl Into<String>) -> Self {
        Self { text: text.into(), href: href.into() }
    }
}

/// An entry of the service navigation.
#[derive(Debug, Clone, Default, Serialize)]
pub struct NavigationLink {
    /// The words of the link.
    pub text: String,
    /// The path that it leads to.
    pub href: String,
    /// Whether this page belongs to the entry.
    pub current: bool,
}

/// The line under the header: for whom this person acts, and the way out.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Account {
    /// The person's name at work.
    pub name: String,
    /// The organisation for which they act now.
    pub organisation: String,
    /// Their role there, in words.
    pub role: String,
    /// Where to choose another organisation or role; `None` if there is no other.
    pub switch: Option<String>,
    /// Where the sign-out button posts.
    pub sign_out: String,
}

/// A banner above the main heading.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Notice {
    /// Whether it reports that an act of this person worked; otherwise it is news.
    pub is_success: bool,
    /// One sentence.
    pub text: String,
    /// More to read.
    pub link: Option<Link>,
}

/// One line of the error summary.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// The same words as beside the field.
    pub text: String,
    /// `#` and the id of the first input concerned, or `None` if the problem belongs to no field.
    pub href: Option<String>,
}

/// A whole form: what `form.whole` of `parts/form.html` draws.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Form {
    /// Where it posts.
    pub action: String,
    /// Fresh for every form drawn; the second post of the same key gets the first one's answer.
    pub idempotency_key: String,
    /// The version of the record that the reader saw; `None` while there is no record.
    pub version: Option<i64>,
    /// The questions in order.
    pub fields: Vec<Field>,
    /// The button's words, naming the act: `Submit your bid for Lot 2`.
    pub submit: String,
}

impl Form {
    /// The errors of all fields, for [`Page::problems`].
    #[must_use]
    pub fn problems(&self) -> Vec<Problem> {
        let problem = |field: &Field| {
            let text = field.error.clone()?;
            Some(Problem { text, href: Some(format!("#{}", field.first_input())) })
        };
        self.fields.iter().filter_map(problem).collect()
    }
}

/// How a field is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum FieldKind {
    /// One line.
    #[default]
    Text,
    /// Several lines, with a count if there is a limit.
    LongText,
    /// A whole number.
    Number,
    /// Pounds and pence.
    Money,
    /// Day, month and year in three inputs named `key-day`, `key-month`, `key-year`.
    Date,
    /// `yes` or `no`.
    YesNo,
    /// One code of a list: radio buttons, or a drop-down list when there are more than seven.
    OneOf,
    /// Any codes of a list: checkboxes.
    ManyOf,
    /// A postcode, in any case and spacing.
    Postcode,
    /// A passphrase: hidden as it is typed, and never shown again.
    Secret,
    /// A file of the reader's own. Its form is sent in parts, and a browser does not show it again.
    File,
}

/// One question of a form with what was answered and what is wrong with it.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Field {
    /// The name of the input, unique on the page.
    pub key: String,
    /// The question or the name of the fact.
    pub label: String,
    /// Help that is always shown.
    pub hint: Option<String>,
    /// How it is asked.
    pub kind: FieldKind,
    /// What can be chosen, for `OneOf` and `ManyOf`.
    pub options: Vec<Choice>,
    /// What was answered before.
    pub value: Answer,
    /// What is wrong with the answer, as an instruction.
    pub error: Option<String>,
    /// The most characters of a `LongText`.
    pub max_chars: Option<u32>,
    /// The most words of a `LongText` that is counted in words.
    pub max_words: Option<u32>,
    /// Whether it may be left empty; the label then says *(optional)*.
    pub required: bool,
    /// Whether the label is the page's main heading: for pages that ask one thing.
    pub is_heading: bool,
}

impl Field {
    /// The id of the input that an error message leads to.
    #[must_use]
    pub fn first_input(&self) -> String {
        match self.kind {
            FieldKind::Date => format!("{}-day", self.key),
            FieldKind::Secret
            | FieldKind::File
            | FieldKind::Text
            | FieldKind::LongText
            | FieldKind::Number
            | FieldKind::Money
            | FieldKind::YesNo
            | FieldKind::OneOf
            | FieldKind::ManyOf
            | FieldKind::Postcode => self.key.clone(),
        }
    }
}

/// A choice of a list.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Choice {
    /// What is sent.
    pub code: String,
    /// What is read.
    pub label: String,
    /// Help with this choice.
    pub hint: Option<String>,
}

/// An answer as it was typed, so that an error page gives back exactly what was there.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Answer {
    /// Not answered yet.
    #[default]
    Nothing,
    /// A line, a number, an amount, a code.
    Text(String),
    /// The codes chosen.
    Codes(Vec<String>),
    /// A date in its three inputs, as typed.
    Date {
        /// Day of the month.
        day: String,
        /// Month, as a number or a name.
        month: String,
        /// Year in four digits.
        year: String,
    },
}
