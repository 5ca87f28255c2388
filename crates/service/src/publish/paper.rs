//! A paper of a council as a PDF: a head, some words, and sections of words, facts and tables. What it says is put together by whoever
//! knows the subject; how it looks is here.

use domain::calendar::{Day, Instant};
use serde::Serialize;

use super::pdf::{Template, render};
use crate::Failure;

/// A whole paper, every value as the words and figures that are printed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Paper {
    /// What it is, such as `Officer decision record`.
    pub title: String,
    /// The council that issues it.
    pub from: String,
    /// Its reference, on every page.
    pub reference: String,
    /// Where it stands, such as `Signed by both`.
    pub status: String,
    /// When this copy was made, in UK time.
    pub issued: String,
    /// Paragraphs before the first section.
    pub opening: Vec<String>,
    /// Its sections.
    pub sections: Vec<Section>,
}

/// A numbered section.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Section {
    /// Its heading.
    pub heading: String,
    /// Paragraphs.
    pub text: Vec<String>,
    /// Names and values; an empty value is printed as not recorded.
    pub facts: Vec<(String, String)>,
    /// Tables.
    pub tables: Vec<Table>,
}

impl Section {
    /// A section with its heading.
    pub(crate) fn new(heading: impl Into<String>) -> Self {
        Self { heading: heading.into(), ..Self::default() }
    }

    /// The same with a fact more.
    pub(crate) fn fact(mut self, name: &str, value: impl Into<String>) -> Self {
        self.facts.push((name.to_owned(), value.into()));
        self
    }
}

/// A table with a head.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Table {
    /// Above it; none when empty.
    pub caption: String,
    /// The names of its columns.
    pub head: Vec<String>,
    /// How the width is shared.
    pub widths: Vec<u32>,
    /// Its rows.
    pub rows: Vec<Vec<String>>,
    /// So many columns at the end hold numbers and stand to the right.
    pub numbers: usize,
}

impl Table {
    /// An empty table whose columns share the width like this.
    pub(crate) fn of(columns: &[(&str, u32)]) -> Self {
        let (head, widths) = columns.iter().map(|(name, width)| ((*name).to_owned(), *width)).unzip();
        Self { head, widths, ..Self::default() }
    }
}

const TEMPLATE: Template = Template { source: concat!(include_str!("style.typ"), "\n", include_str!("paper.typ")) };

/// A moment in words, in UK time.
pub(crate) fn moment(at: Instant) -> String {
    format!("{}, {}", Day::in_uk(at), at.time_in_uk())
}

impl Paper {
    /// The paper as a tagged PDF (PDF/UA-1) in British English. The same paper issued at the same moment gives the same bytes. Keeps a
    /// processor busy for tens of milliseconds: asynchronous callers give it a thread of its own.
    ///
    /// # Errors
    /// [`Failure::Refused`] when a text uses a script for which no font is built in.
    pub fn pdf(&self, issued_at: Instant) -> Result<Vec<u8>, Failure> {
        let paper = Self { issued: moment(issued_at), ..self.clone() };
        render(TEMPLATE, &paper, &format!("{} {}", self.title, self.reference), issued_at).map_err(Failure::refused)
    }
}
