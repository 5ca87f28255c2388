//! What the main part of a record's page is made of, as types. `pages/blocks.html` draws them in their order.

use domain::calendar::{Day, Instant};
use serde::Serialize;
use service::purchasing::timeline::Happened;

use crate::map::Map;
use crate::problem::sentence;
use crate::view::{Form, Link};
use crate::{table, wording};

/// One thing on a page.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Block {
    /// A heading of the second rank.
    Heading {
        /// Its words.
        text: String,
    },
    /// Paragraphs.
    Text {
        /// One each.
        lines: Vec<String>,
    },
    /// A paragraph that must not be overlooked.
    Warning {
        /// Its words.
        text: String,
    },
    /// Where a thing stands, as a tag.
    State {
        /// The words.
        text: String,
        /// `blue`, `green`, `yellow`, `red` or `grey`.
        colour: &'static str,
    },
    /// Facts; with a title they stand in a card.
    Facts {
        /// The card's title.
        title: Option<String>,
        /// The facts.
        rows: Vec<Fact>,
    },
    /// The parts of a longer job.
    Tasks {
        /// In their order.
        tasks: Vec<Task>,
    },
    /// A list with columns. Only [`Block::table`] draws one.
    Table {
        /// Its markup, with everything in it escaped.
        html: String,
    },
    /// Links, one under the other.
    Links {
        /// Where they lead.
        links: Vec<Link>,
    },
    /// The way to the other parts of a long list.
    Pages {
        /// Of which list, on a page that has several.
        of: Option<String>,
        /// To the beginning, unless it is this.
        first: Option<Link>,
        /// To the part that follows, if one does.
        next: Option<Link>,
    },
    /// Links to the acts that are open to the reader, drawn as buttons; the first is the main one.
    Acts {
        /// Where they lead.
        links: Vec<Link>,
    },
    /// A form. A page has one at most, since its fields' names are the ids of the inputs.
    Form {
        /// The form.
        form: Form,
    },
    /// Hard rules and whether they are met.
    Gates {
        /// One each.
        gates: Vec<GateShown>,
    },
    /// Why an offer ranks where it does.
    Score {
        /// Whose score.
        caption: String,
        /// In the order of the criteria.
        parts: Vec<PartShown>,
        /// Their sum.
        total: TotalShown,
    },
    /// Where things are.
    Map {
        /// The picture with its table.
        map: Map,
    },
    /// What happened, newest first.
    Timeline {
        /// One each.
        events: Vec<Event>,
    },
}

impl Block {
    /// A heading.
    pub fn heading(text: impl Into<String>) -> Self {
        Self::Heading { text: text.into() }
    }

    /// What happened, the last thing first.
    #[must_use]
    pub fn history(timeline: &[Happened]) -> Self {
        let event = |happened: &Happened| Event {
            title: sentence(&happened.what),
            at: happened.at.utc().to_rfc3339(),
            by: happened.who.clone(),
            said: happened.said.clone(),
        };
        Self::Timeline { events: timeline.iter().rev().map(event).collect() }
    }

    /// One paragraph.
    pub fn text(line: impl Into<String>) -> Self {
        Self::Text { lines: vec![line.into()] }
    }

    /// Facts without a card.
    #[must_use]
    pub fn facts(rows: Vec<Fact>) -> Self {
        Self::Facts { title: None, rows }
    }

    /// A list whose columns are named; those that start with `#` hold numbers. Without a row it is the words of `empty`.
    pub fn table(caption: impl AsRef<str>, columns: &[&str], rows: Vec<Vec<Cell>>, empty: impl Into<String>) -> Self {
        if rows.is_empty() { Self::text(empty) } else { Self::Table { html: table::draw(caption.as_ref(), columns, rows) } }
    }
}

/// A fact with its name.
#[derive(Debug, Clone, Serialize)]
pub struct Fact {
    /// Its name.
    pub key: String,
    /// Its lines; none reads *Not provided*.
    pub value: Vec<String>,
    /// Where it can be changed.
    pub change: Option<String>,
}

impl Fact {
    /// A fact of one line. Without text it reads *Not provided*.
    pub fn new(key: impl Into<String>, value: impl Into<String>) -> Self {
        let value: String = value.into();
        let value = if value.is_empty() { Vec::new() } else { value.lines().map(str::to_owned).collect() };
        Self { key: key.into(), value, change: None }
    }
}

/// A part of a longer job: see `parts/tasks.html` for the statuses.
#[derive(Debug, Clone, Serialize)]
pub struct Task {
    /// What is to be done.
    pub title: String,
    /// More about it.
    pub hint: Option<String>,
    /// Where it is done.
    pub href: Option<String>,
    /// `DONE`, `TODO`, `STARTED`, `BLOCKED` or `PROBLEM`.
    pub status: &'static str,
}

/// A cell of a table.
#[derive(Debug, Clone)]
pub struct Cell {
    /// Its words.
    pub text: String,
    /// Where it leads.
    pub href: Option<String>,
    /// The colour, if it is a tag.
    pub tag: Option<&'static str>,
    /// What the words sum up: a list that is shown to whoever asks for it.
    pub folded: Vec<String>,
}

impl Cell {
    /// Words.
    pub fn text(text: impl Into<String>) -> Self {
        Self { text: text.into(), href: None, tag: None, folded: Vec::new() }
    }

    /// A link.
    pub fn link(text: impl Into<String>, href: impl Into<String>) -> Self {
        Self { href: Some(href.into()), ..Self::text(text) }
    }

    /// A state.
    pub fn tag(text: impl Into<String>, colour: &'static str) -> Self {
        Self { tag: Some(colour), ..Self::text(text) }
    }

    /// A long list behind the words that sum it up.
    pub fn folded(text: impl Into<String>, folded: Vec<String>) -> Self {
        Self { folded, ..Self::text(text) }
    }
}

/// A hard rule.
#[derive(Debug, Clone, Serialize)]
pub struct GateShown {
    /// What is checked.
    pub rule: String,
    /// `MET`, `TO_CHECK` or `NOT_MET`.
    pub outcome: &'static str,
    /// Why.
    pub reason: Option<String>,
}

/// A part of a score.
#[derive(Debug, Clone, Serialize)]
pub struct PartShown {
    /// The criterion.
    pub name: String,
    /// Points as text.
    pub points: String,
    /// The most points, as text.
    pub out_of: String,
    /// Whole hundredths of the most.
    pub share: u64,
    /// How it came about.
    pub why: String,
}

/// A sum of points.
#[derive(Debug, Clone, Serialize)]
pub struct TotalShown {
    /// Points as text.
    pub points: String,
    /// The most points, as text.
    pub out_of: String,
    /// Whole hundredths of the most.
    pub share: u64,
}

/// Something that happened.
#[derive(Debug, Clone, Serialize)]
pub struct Event {
    /// What.
    pub title: String,
    /// When, in RFC 3339.
    pub at: String,
    /// By whom.
    pub by: String,
    /// What was said with it.
    pub said: Option<String>,
}

/// A moment as a clock on a wall in England shows it.
#[must_use]
pub fn when(at: Instant) -> String {
    wording::moment(at.utc())
}

/// A day in words.
#[must_use]
pub fn on(day: Day) -> String {
    day.to_string()
}
