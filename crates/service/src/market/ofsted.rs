//! Ofsted's lists of registered providers, in the shapes in which councils get them.
//!
//! A shape is known by its columns, never by the file's name: the published provider-level and places sheets (as CSV), and
//! the list that councils are sent (CSV or XLSX, sheet `Providers`). Every row is taken, passed over because it is another kind
//! of provision, or refused with its line and the reason.

use std::collections::BTreeMap;
use std::path::Path;

use domain::calendar::Day;
use domain::place::Postcode;
use domain::purchasing::service::Need;
use domain::registration::{Rating, Sector, ServiceKind, Urn};

use super::provider_file::Judgement;
use crate::Failure;

/// One service as the list has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfstedRow {
    /// Its line in the file, the header being line 1.
    pub line: usize,
    /// Ofsted's number.
    pub urn: Urn,
    /// A home or a fostering agency.
    pub kind: ServiceKind,
    /// Its name; absent where Ofsted redacts it.
    pub name: Option<String>,
    /// Its postcode; absent where Ofsted redacts it.
    pub postcode: Option<Postcode>,
    /// The council in whose area it stands, as the list spells it.
    pub area: String,
    /// Who owns it.
    pub owner: String,
    /// The owner's number, where the list has one.
    pub owner_reference: Option<String>,
    /// The owner's sector.
    pub sector: Sector,
    /// Registered places; fostering agencies have none on the list.
    pub places: Option<u32>,
    /// When it was registered.
    pub registered_on: Option<Day>,
    /// It is active.
    pub is_active: bool,
    /// The latest judgement.
    pub judgement: Option<Judgement>,
    /// Needs for which it is registered.
    pub needs: Vec<Need>,
}

/// A row that could not be taken.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct RefusedRow {
    /// Its line in the file.
    pub line: usize,
    /// Why.
    pub reason: String,
}

/// A list as it was read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OfstedList {
    /// Homes and fostering agencies.
    pub rows: Vec<OfstedRow>,
    /// What could not be taken.
    pub refused: Vec<RefusedRow>,
    /// Other kinds of provision, with how many rows each.
    pub passed_over: BTreeMap<String, usize>,
}

/// Homes, places and owners in some areas.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Supply {
    /// Children's homes.
    pub homes: usize,
    /// Their registered places.
    pub places: u32,
    /// Different owners of those homes.
    pub owners: usize,
}

impl OfstedList {
    /// Reads a list.
    ///
    /// # Errors
    /// [`Failure::Invalid`] when the file cannot be read or its columns are of no known shape.
    pub fn read(path: &Path) -> Result<Self, Failure> {
        let unreadable = |error: String| Failure::invalid("file", format!("{}: {error}", path.display()));
        let table = if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("xlsx")) {
            sheet(path).map_err(unreadable)?
        } else {
            comma_separated(path).map_err(unreadable)?
        };
        let columns = Columns::recognise(&table.header).map_err(unreadable)?;
        let mut list = Self::default();
        for (line, cells) in table.rows {
            let row = Cells { columns: &columns, header: &table.header, cells: &cells };
            match row.read(line) {
                Ok(Some(service)) => list.rows.push(service),
                Ok(None) => *list.passed_over.entry(row.get(columns.kind).unwrap_or("not stated").to_owned()).or_default() += 1,
                Err(reason) => list.refused.push(RefusedRow { line, reason }),
            }
        }
        Ok(list)
    }

    /// Children's homes in the areas with these names.
    #[must_use]
    pub fn homes_in(&self, areas: &[&str]) -> Supply {
        let homes: Vec<_> = self.rows.iter().filter(|row| row.kind == ServiceKind::Home && areas.contains(&row.area.as_str())).collect();
        let owners: std::collections::BTreeSet<_> = homes.iter().map(|home| home.owner.as_str()).collect();
        Supply { homes: homes.len(), places: homes.iter().filter_map(|home| home.places).sum(), owners: owners.len() }
    }
}

struct Table {
    header: Vec<String>,
    rows: Vec<(usize, Vec<String>)>,
}

fn comma_separated(path: &Path) -> Result<Table, String> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_path(path).map_err(|error| error.to_string())?;
    let header = reader.headers().map_err(|error| error.to_string())?.iter().map(clean).collect();
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| error.to_string())?;
        let line = record.position().map_or(0, |position| usize::try_from(position.line()).unwrap_or(0));
        rows.push((line, record.iter().map(clean).collect()));
    }
    Ok(Table { header, rows })
}

fn sheet(path: &Path) -> Result<Table, String> {
    use calamine::{Data, DataType as _, Reader as _};
    let mut book: calamine::Xlsx<_> = calamine::open_workbook(path).map_err(|error: calamine::XlsxError| error.to_string())?;
    let name = book.sheet_names().iter().find(|name| name.as_str() == "Providers").or(book.sheet_names().first()).cloned();
    let range = book.worksheet_range(&name.ok_or("there is no sheet")?).map_err(|error| error.to_string())?;
    let text = |cell: &Data| match cell.as_date() {
        Some(date) if cell.is_datetime() => date.to_string(),
        _ => clean(&cell.to_string()),
    };
    let mut lines = range.rows().map(|row| row.iter().map(text).collect::<Vec<_>>());
    let header = lines.next().ok_or("the sheet is empty")?;
    Ok(Table { header, rows: lines.enumerate().map(|(index, cells)| (index + 2, cells)).collect() })
}

/// Without the byte-order mark and the spaces around.
fn clean(text: &str) -> String {
    text.trim_start_matches('\u{feff}').trim().to_owned()
}

/// The names of one shape's columns.
struct Columns {
    kind: &'static str,
    name: &'static str,
    postcode: &'static str,
    area: &'static str,
    owner: &'static str,
    owner_reference: &'static str,
    places: &'static str,
    rating: &'static str,
    inspected_on: &'static str,
    published_on: &'static str,
    event_number: &'static str,
}

const RATING: &str = "Overall experiences and progress of children and young people";
const PROVIDER_LEVEL: Columns = Columns {
    kind: "Provision type",
    name: "Name",
    postcode: "Postcode",
    area: "Local authority",
    owner: "Organisation which owns the provider",
    owner_reference: "",
    places: "Places",
    rating: RATING,
    inspected_on: "Latest full inspection date",
    published_on: "Latest full inspection publication date",
    event_number: "Latest full inspection event number",
};
/// The sheet of places names the owner otherwise and has no judgements.
const PLACES: Columns = Columns { owner: "Organisation name", rating: "", ..PROVIDER_LEVEL };
/// The sheet of a year's inspections: several rows a service are its history.
const IN_YEAR: Columns = Columns {
    inspected_on: "Inspection date",
    published_on: "Inspection publication date",
    event_number: "Inspection event number",
    ..PROVIDER_LEVEL
};
const LIST_OF_2025: Columns = Columns {
    kind: "Provider type",
    name: "Provider name",
    postcode: "Provider postcode",
    area: "Local authority",
    owner: "Owner name",
    owner_reference: "Owner ID",
    places: "Number of registered places",
    rating: "Overall effectiveness",
    inspected_on: "Date of last full inspection",
    published_on: "",
    event_number: "",
};
/// The need columns of the list that councils are sent, with what they mean.
const NEEDS: [(&str, Need); 7] = [
    ("Emotional and behavioural difficulties", Need::Behaviour),
    ("Mental disorders", Need::MentalHealth),
    ("Sensory impairment", Need::Sensory),
    ("Present alcohol problems", Need::Alcohol),
    ("Present drug problems", Need::Drugs),
    ("Learning difficulty", Need::Learning),
    ("Physical disabilities", Need::Physical),
];

impl Columns {
    fn recognise(header: &[String]) -> Result<&'static Self, String> {
        let has = |columns: &Self| {
            let named = [columns.kind, columns.area, columns.owner, columns.rating, columns.inspected_on, "URN"];
            let asked = if columns.rating.is_empty() { &named[..3] } else { &named[..] };
            asked.iter().all(|column| header.iter().any(|found| found == column))
        };
        [&PROVIDER_LEVEL, &IN_YEAR, &PLACES, &LIST_OF_2025]
            .into_iter()
            .find(|columns| has(columns))
            .ok_or_else(|| "the columns are of no Ofsted list that Nearhome knows".to_owned())
    }
}

struct Cells<'a> {
    columns: &'a Columns,
    header: &'a [String],
    cells: &'a [String],
}

impl Cells<'_> {
    /// A cell with something in it.
    fn get(&self, column: &str) -> Option<&str> {
        let index = self.header.iter().position(|name| name == column)?;
        self.cells.get(index).map(String::as_str).filter(|cell| !cell.is_empty() && !cell.eq_ignore_ascii_case("redacted"))
    }

    /// `Ok(None)` for other kinds of provision.
    fn read(&self, line: usize) -> Result<Option<OfstedRow>, String> {
        let columns = self.columns;
        let kind = match self.get(columns.kind).unwrap_or_default().to_lowercase().as_str() {
            "children's home" | "children’s home" => ServiceKind::Home,
            "independent fostering agency" => ServiceKind::Fostering,
            _ => return Ok(None),
        };
        let urn = self.get("URN").ok_or("the URN is missing")?;
        let urn = Urn::parse(urn).map_err(|error| error.to_string())?;
        let places = self.get(columns.places).map(|text| text.parse().map_err(|_| format!("`{text}` places is not a whole number")));
        let postcode = self.get(columns.postcode).map(|text| Postcode::parse(text).map_err(|error| error.to_string()));
        Ok(Some(OfstedRow {
            line,
            urn,
            kind,
            name: self.get(columns.name).map(str::to_owned),
            postcode: postcode.transpose()?,
            area: self.get(columns.area).ok_or("the local authority is missing")?.to_owned(),
            owner: self.get(columns.owner).ok_or("the owner is missing")?.to_owned(),
            owner_reference: self.get(columns.owner_reference).map(str::to_owned),
            sector: sector(self.get("Sector").unwrap_or_default())?,
            places: places.transpose()?,
            registered_on: self.day("Registration date")?,
            is_active: self.get("Registration status").is_none_or(|status| status.eq_ignore_ascii_case("active")),
            judgement: self.judgement()?,
            needs: NEEDS.iter().filter(|(column, _)| self.is_yes(column)).map(|(_, need)| *need).collect(),
        }))
    }

    fn judgement(&self) -> Result<Option<Judgement>, String> {
        let columns = self.columns;
        let (Some(text), Some(inspected_on)) = (self.get(columns.rating), self.day(columns.inspected_on)?) else { return Ok(None) };
        let rating = match text.to_lowercase().as_str() {
            "outstanding" => Rating::Outstanding,
            "good" => Rating::Good,
            "requires improvement" | "requires improvement to be good" => Rating::RequiresImprovement,
            "inadequate" => Rating::Inadequate,
            "not yet inspected" => return Ok(None),
            _ => return Err(format!("`{text}` is no judgement of Ofsted's")),
        };
        let event_number = self.get(columns.event_number).map(str::to_owned);
        Ok(Some(Judgement { rating, inspected_on, published_on: self.day(columns.published_on)?, event_number }))
    }

    /// A date cell: `2022-10-11`, with or without a time behind it, or `11/10/2022`.
    fn day(&self, column: &str) -> Result<Option<Day>, String> {
        let Some(text) = self.get(column) else { return Ok(None) };
        let date = text.split([' ', 'T']).next().unwrap_or_default();
        date.parse().map(Some).map_err(|_| format!("`{text}` in {column} is not a date"))
    }

    fn is_yes(&self, column: &str) -> bool {
        self.get(column).is_some_and(|cell| matches!(cell.to_lowercase().as_str(), "y" | "yes" | "true" | "1"))
    }
}

fn sector(text: &str) -> Result<Sector, String> {
    match text.to_lowercase().as_str() {
        "local authority" => Ok(Sector::LocalAuthority),
        "private" => Ok(Sector::Private),
        "voluntary" => Ok(Sector::Voluntary),
        "health authority" | "health" => Ok(Sector::Health),
        _ => Err(format!("`{text}` is no sector that Nearhome knows")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const D2N2: [&str; 4] = ["Derby", "Derbyshire", "Nottingham", "Nottinghamshire"];

    fn shared(file: &str) -> Option<std::path::PathBuf> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/ofsted-2023").join(file);
        if !path.exists() {
            eprintln!("SKIPPED: {file} is not there");
        }
        path.exists().then_some(path)
    }

    fn list(text: &str) -> Result<OfstedList, Failure> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("list.csv");
        std::fs::write(&path, text).unwrap();
        OfstedList::read(&path)
    }

    #[test]
    fn d2n2_has_168_homes_with_642_places_of_61_owners() {
        let Some(path) = shared("providers_places_at_31_mar_2023.csv") else { return };
        let list = OfstedList::read(&path).unwrap();
        assert_eq!(list.homes_in(&D2N2), Supply { homes: 168, places: 642, owners: 61 });
        assert_eq!(list.rows.len() + list.refused.len() + list.passed_over.values().sum::<usize>(), 3_812, "no row disappears");
    }

    #[test]
    fn the_judgements_of_the_published_list_are_read() {
        let Some(path) = shared("provider_level_at_31_mar_2023.csv") else { return };
        let list = OfstedList::read(&path).unwrap();
        let rated = |rating| {
            let is_home = |row: &&OfstedRow| row.kind == ServiceKind::Home && D2N2.contains(&row.area.as_str());
            list.rows.iter().filter(is_home).filter(|row| row.judgement.as_ref().is_some_and(|found| found.rating == rating)).count()
        };
        let found = [Rating::Good, Rating::Outstanding, Rating::RequiresImprovement, Rating::Inadequate].map(rated);
        assert_eq!(found, [93, 39, 21, 4]);
    }

    #[test]
    fn the_list_that_councils_are_sent_is_read_from_its_workbook() {
        let Some(path) = shared("scpch_d2n2_synthetic_postcodes.xlsx") else { return };
        let list = OfstedList::read(&path).unwrap();
        assert!(list.rows.len() >= 168, "{} rows, {:?}", list.rows.len(), list.refused);
        assert!(list.rows.iter().all(|row| row.postcode.is_some()));
    }

    #[test]
    fn a_bad_row_is_named_with_its_line_and_the_others_are_taken() {
        let text = "URN,Provision type,Registration date,Registration status,Name,Postcode,Local authority,Sector,Places,Organisation name\n\
                    SC123456,Children's home,2020-01-02 00:00:00,Active,REDACTED,REDACTED,Derby,Private,3,Synthetic Care\n\
                    12,Children's home,,Active,REDACTED,REDACTED,Derby,Private,3,Synthetic Care\n\
                    1234567,Children's Home,,Active,REDACTED,REDACTED,Derby,Private,many,Synthetic Care\n\
                    1234568,Boarding School,,Active,School,,Derby,Private,3,Synthetic School\n";
        let list = list(text).unwrap();
        assert_eq!((list.rows.len(), list.passed_over["Boarding School"]), (1, 1));
        assert_eq!(list.rows[0].name, None);
        assert_eq!(list.refused.iter().map(|row| row.line).collect::<Vec<_>>(), [3, 4]);
        assert!(list.refused[1].reason.contains("`many`"), "{:?}", list.refused);
    }

    #[test]
    fn a_file_of_another_shape_is_refused_as_a_whole() {
        assert!(list("name,colour\nhome,blue\n").is_err());
    }
}
