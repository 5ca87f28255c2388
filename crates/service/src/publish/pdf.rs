//! Documents as tagged PDF (PDF/UA-1), set by typst inside the process: no network, no files, no other program.
//!
//! A document is a template, part of the binary, and data. The data reaches the template as a JSON file of a file
//! system that exists only in memory, never as template text: whatever somebody typed stays text.

use std::sync::LazyLock;

use chrono::{Datelike as _, Timelike as _};
use domain::calendar::Instant;
use serde::Serialize;
use thiserror::Error;
use typst::diag::{FileError, FileResult, SourceDiagnostic};
use typst::foundations::{Bytes, Datetime, Duration, Smart};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Feature, Library, LibraryExt as _, World};
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards, Timestamp};

/// The path under which a template finds its data: `json("/data.json")`.
const DATA_PATH: &str = "/data.json";
const TEMPLATE_PATH: &str = "/template.typ";

/// How many renderings the typesetter's memory of intermediate results may be old; keeps a long-lived process small.
const REMEMBERED_RENDERINGS: usize = 8;

/// Why a document could not be made. Each is a fault of ours, not of the person who asked.
#[derive(Debug, Error)]
pub enum PdfFault {
    /// The data has no JSON form.
    #[error("the document's data cannot be written as JSON")]
    Data(#[source] serde_json::Error),
    /// The moment of issue lies outside the years that a PDF can name.
    #[error("the moment of issue cannot be written into a PDF")]
    IssuedAt,
    /// A path inside the template's own file system is not one.
    #[error("the path {0} is not one that a template can use")]
    Path(&'static str),
    /// A font that was built in is damaged.
    #[error("a font that was built in cannot be read")]
    Font,
    /// The template refused its data, or the result would not be accessible to everybody: for instance a letter that no
    /// font holds. The messages can name single letters of the data; they are for the person who asked, not for the log.
    #[error("the document cannot be set: {}", .0.join("; "))]
    Setting(Vec<String>),
}

/// A kind of document.
#[derive(Debug, Clone, Copy)]
pub struct Template {
    /// The typst source.
    pub source: &'static str,
}

/// Sets one document.
///
/// The same template, data, identity and moment give the same bytes. `identity` is the document's own stable
/// reference; the PDF carries only a hash of it. Takes tens of milliseconds of processor time, so asynchronous callers
/// give it a thread of its own.
///
/// # Errors
/// [`PdfFault`]; a missing glyph, language or title is refused rather than printed.
pub fn render(template: Template, data: &impl Serialize, identity: &str, issued_at: Instant) -> Result<Vec<u8>, PdfFault> {
    let issued_at = moment(issued_at).ok_or(PdfFault::IssuedAt)?;
    let json = serde_json::to_vec(data).map_err(PdfFault::Data)?;
    let desk = Desk::new(template, json, issued_at)?;
    let document = typst::compile(&desk).output.map_err(|problems| setting(&problems))?;
    let options = PdfOptions {
        ident: Smart::Custom(identity.to_owned()),
        creator: Smart::Custom(Some("Nearhome".to_owned())),
        timestamp: Some(Timestamp::new_utc(issued_at)),
        standards: PdfStandards::new(&[PdfStandard::Ua_1]).map_err(|fault| PdfFault::Setting(vec![fault.message().to_string()]))?,
        tagged: true,
        ..PdfOptions::default()
    };
    let bytes = typst_pdf::pdf(&document, &options).map_err(|problems| setting(&problems))?;
    typst::comemo::evict(REMEMBERED_RENDERINGS);
    Ok(bytes)
}

fn setting(problems: &[SourceDiagnostic]) -> PdfFault {
    PdfFault::Setting(problems.iter().map(|problem| problem.message.to_string()).collect())
}

fn moment(at: Instant) -> Option<Datetime> {
    let at = at.utc();
    let small = |part: u32| u8::try_from(part).ok();
    Datetime::from_ymd_hms(at.year(), small(at.month())?, small(at.day())?, small(at.hour())?, small(at.minute())?, small(at.second())?)
}

/// The four faces of Atkinson Hyperlegible, drawn by the Braille Institute so that letters are not taken for others.
static FONTS: LazyLock<Vec<Font>> = LazyLock::new(|| {
    let faces: [&'static [u8]; 4] = [
        include_bytes!("../../built/fonts/AtkinsonHyperlegible_400Regular.ttf"),
        include_bytes!("../../built/fonts/AtkinsonHyperlegible_400Regular_Italic.ttf"),
        include_bytes!("../../built/fonts/AtkinsonHyperlegible_700Bold.ttf"),
        include_bytes!("../../built/fonts/AtkinsonHyperlegible_700Bold_Italic.ttf"),
    ];
    faces.into_iter().flat_map(|face| Font::iter(Bytes::new(face))).collect()
});

static BOOK: LazyLock<LazyHash<FontBook>> = LazyLock::new(|| LazyHash::new(FontBook::from_fonts(FONTS.iter())));

/// The language's own functions, with the ones that name a table's row headers.
static LIBRARY: LazyLock<LazyHash<Library>> =
    LazyLock::new(|| LazyHash::new(Library::builder().with_features([Feature::A11yExtras].into_iter().collect()).build()));

/// All that a template can see: itself, its data, the fonts, and the moment of issue.
struct Desk {
    template: Source,
    data_path: FileId,
    data: Bytes,
    issued_at: Datetime,
}

impl Desk {
    fn new(template: Template, data: Vec<u8>, issued_at: Datetime) -> Result<Self, PdfFault> {
        if FONTS.len() != 4 {
            return Err(PdfFault::Font);
        }
        let source = Source::new(file_id(TEMPLATE_PATH)?, template.source.to_owned());
        Ok(Self { template: source, data_path: file_id(DATA_PATH)?, data: Bytes::new(data), issued_at })
    }
}

/// Typst never forgets a path, so every document uses the same two.
fn file_id(path: &'static str) -> Result<FileId, PdfFault> {
    let path = VirtualPath::new(path).map_err(|_| PdfFault::Path(path))?;
    Ok(RootedPath::new(VirtualRoot::Project, path).intern())
}

impl World for Desk {
    fn library(&self) -> &LazyHash<Library> {
        &LIBRARY
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &BOOK
    }

    fn main(&self) -> FileId {
        self.template.id()
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        if id == self.template.id() { Ok(self.template.clone()) } else { Err(FileError::AccessDenied) }
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        if id == self.data_path { Ok(self.data.clone()) } else { Err(FileError::AccessDenied) }
    }

    fn font(&self, index: usize) -> Option<Font> {
        FONTS.get(index).cloned()
    }

    fn today(&self, _offset: Option<Duration>) -> Option<Datetime> {
        Some(self.issued_at)
    }
}
