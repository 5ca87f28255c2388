//! Ofsted's lists of registered providers, in the shapes in which councils get them.
//!
//! A list is known by its columns, never by the file's name: the published sheets of places, of latest judgements and of a
//! year's inspections (CSV), and the list that councils are sent (CSV or XLSX, sheet `Providers`), whose columns change their
//! names from year to year. Every row is taken, passed over because it is another kind of provision, or refused with its line
//! and the reason.

use std::collections::{BTreeMap, BTreeSet};
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
    /// Who owns it; absent in some rows of the published lists, and in extracts without that column.
    pub owner: Option<String>,
    /// The owner's number, where the list has one.
    pub owner_reference: Option<String>,
    /// The owner's sector.
    pub sector: Sector,
    /// Registered places; fostering agencies have none on the list.
    pub places: Option<u32>,
    /// When it was registered.
    pub registered_on: Option<Day>,
    /// It is registered, and its registration is not suspended.
    pub is_active: bool,
    /// A home for short breaks only: no child can live there.
    pub is_short_break_only: Option<bool>,
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
            list.take(line, &columns, cells);
        }
        Ok(list)
    }

    fn take(&mut self, line: usize, columns: &Columns, cells: Result<Vec<String>, String>) {
        let read = cells.and_then(|cells| {
            let row = Cells { columns, cells: &cells };
            Ok(row.read(line)?.ok_or_else(|| row.get(Column::Kind).unwrap_or("not stated").to_owned()))
        });
        match read {
            Ok(Ok(service)) => self.rows.push(service),
            Ok(Err(kind)) => *self.passed_over.entry(kind).or_default() += 1,
            Err(reason) => self.refused.push(RefusedRow { line, reason }),
        }
    }

    /// Children's homes in the areas with these names. A home with several rows, one for each inspection of a year, counts
    /// once.
    #[must_use]
    pub fn homes_in(&self, areas: &[&str]) -> Supply {
        let is_meant = |row: &&OfstedRow| row.kind == ServiceKind::Home && areas.contains(&row.area.as_str());
        let homes: BTreeMap<_, _> = self.rows.iter().filter(is_meant).map(|row| (&row.urn, row)).collect();
        let owners: BTreeSet<_> = homes.values().filter_map(|home| home.owner.as_deref()).collect();
        Supply { homes: homes.len(), places: homes.values().filter_map(|home| home.places).sum(), owners: owners.len() }
    }
}

struct Table {
    header: Vec<String>,
    /// Each row's line, and its cells or why they cannot be read.
    rows: Vec<(usize, Result<Vec<String>, String>)>,
}

fn comma_separated(path: &Path) -> Result<Table, String> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_path(path).map_err(|error| error.to_string())?;
    let header = reader.headers().map_err(|error| error.to_string())?.iter().map(clean).collect();
    let mut rows = Vec::new();
    // As bytes: spreadsheets save names with an accent or a curly apostrophe in other encodings, and one such row must not
    // cost all the others.
    for record in reader.byte_records() {
        let record = record.map_err(|error| error.to_string())?;
        let line = record.position().map_or(0, |position| usize::try_from(position.line()).unwrap_or(0));
        let cells = csv::StringRecord::from_byte_record(record).map(|cells| cells.iter().map(clean).collect());
        rows.push((line, cells.map_err(|_| "it is not in UTF-8: save the list again as `CSV UTF-8`".to_owned())));
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
    // The range begins at the first row with something in it, which need not be the sheet's first.
    let first = range.start().map_or(0, |(row, _)| usize::try_from(row).unwrap_or(0)) + 1;
    let mut lines = range.rows().map(|row| row.iter().map(text).collect::<Vec<_>>());
    let header = lines.next().ok_or("the sheet is empty")?;
    Ok(Table { header, rows: lines.zip(first + 1..).map(|(cells, line)| (line, Ok(cells))).collect() })
}

/// Without the byte-order mark and the spaces around.
fn clean(text: &str) -> String {
    text.trim_start_matches('\u{feff}').trim().to_owned()
}

/// What a column of a list says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Column {
    Urn,
    Kind,
    Area,
    Sector,
    Name,
    Postcode,
    Owner,
    OwnerReference,
    Places,
    RegisteredOn,
    Status,
    ShortBreakOnly,
    Rating,
    InspectedOn,
    PublishedOn,
    EventNumber,
}

impl Column {
    /// What makes a table a list of providers. Without the status, homes that have closed would be taken for open ones: the
    /// published sheet of joiners and leavers has all the others.
    const ASKED: [Self; 5] = [Self::Urn, Self::Kind, Self::Area, Self::Sector, Self::Status];

    /// The names that the lists give each column; letters may be of either case. No list has two of one column.
    const NAMES: [(Self, &[&str]); 16] = [
        (Self::Urn, &["URN"]),
        (Self::Kind, &["Provision type", "Provider type"]),
        (Self::Area, &["Local authority"]),
        (Self::Sector, &["Sector"]),
        (Self::Name, &["Name", "Provider name", "Setting name"]),
        (Self::Postcode, &["Postcode", "Provider postcode", "Setting postcode", "Setting address postcode"]),
        (Self::Owner, &["Organisation which owns the provider", "Organisation name", "Owner name"]),
        (Self::OwnerReference, &["Owner ID"]),
        (Self::Places, &["Places", "Number of registered places", "Max users"]),
        (Self::RegisteredOn, &["Registration date"]),
        (Self::Status, &["Registration status", "Provider status"]),
        (Self::ShortBreakOnly, &["Short-break-only children's home"]),
        (
            Self::Rating,
            &[
                "Overall experiences and progress of children and young people",
                "Overall effectiveness",
                "Latest overall effectiveness grade from last full inspection",
            ],
        ),
        (
            Self::InspectedOn,
            &["Latest full inspection date", "Inspection date", "Date of last full inspection", "Full inspection start date"],
        ),
        (Self::PublishedOn, &["Latest full inspection publication date", "Inspection publication date"]),
        (Self::EventNumber, &["Latest full inspection event number", "Inspection event number"]),
    ];

    /// The name that is best known, for messages.
    fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(column, _)| *column == self).and_then(|(_, names)| names.first()).copied().unwrap_or_default()
    }
}

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

/// Where each column stands in one file.
struct Columns {
    places: BTreeMap<Column, usize>,
    needs: Vec<(usize, Need)>,
}

impl Columns {
    fn recognise(header: &[String]) -> Result<Self, String> {
        let position = |name: &str| header.iter().position(|found| found.eq_ignore_ascii_case(name));
        let places: BTreeMap<_, _> = Column::NAMES
            .into_iter()
            .filter_map(|(column, names)| names.iter().find_map(|name| position(name)).map(|index| (column, index)))
            .collect();
        let missing: Vec<_> = Column::ASKED.iter().filter(|column| !places.contains_key(column)).map(|column| column.name()).collect();
        if !missing.is_empty() {
            return Err(format!("this is no list of Ofsted's: it has no column {}", missing.join(", ")));
        }
        Ok(Self { places, needs: NEEDS.iter().filter_map(|(name, need)| position(name).map(|index| (index, *need))).collect() })
    }
}

struct Cells<'a> {
    columns: &'a Columns,
    cells: &'a [String],
}

impl Cells<'_> {
    /// A cell with something in it.
    fn get(&self, column: Column) -> Option<&str> {
        self.at(*self.columns.places.get(&column)?)
    }

    fn at(&self, index: usize) -> Option<&str> {
        let is_nothing = |cell: &str| cell.is_empty() || cell == "-" || cell.eq_ignore_ascii_case("redacted");
        self.cells.get(index).map(String::as_str).filter(|cell| !is_nothing(cell))
    }

    /// `Ok(None)` for other kinds of provision.
    fn read(&self, line: usize) -> Result<Option<OfstedRow>, String> {
        // The lists write the apostrophe in two ways, or leave it out.
        let kind = match self.get(Column::Kind).unwrap_or_default().to_lowercase().replace(['\'', '’'], "").as_str() {
            "childrens home" => ServiceKind::Home,
            "independent fostering agency" => ServiceKind::Fostering,
            _ => return Ok(None),
        };
        let urn = self.get(Column::Urn).ok_or("the URN is missing")?;
        let places = self.get(Column::Places).map(|text| text.parse().map_err(|_| format!("`{text}` places is not a whole number")));
        let postcode = self.get(Column::Postcode).map(|text| Postcode::parse(text).map_err(|error| error.to_string()));
        let is_registered = |status: &str| ["active", "registered"].iter().any(|word| status.eq_ignore_ascii_case(word));
        Ok(Some(OfstedRow {
            line,
            urn: Urn::parse(urn).map_err(|error| error.to_string())?,
            kind,
            name: self.get(Column::Name).map(str::to_owned),
            postcode: postcode.transpose()?,
            area: self.get(Column::Area).ok_or("the local authority is missing")?.to_owned(),
            owner: self.get(Column::Owner).map(str::to_owned),
            owner_reference: self.get(Column::OwnerReference).map(str::to_owned),
            sector: sector(self.get(Column::Sector).unwrap_or_default())?,
            places: places.transpose()?,
            registered_on: self.day(Column::RegisteredOn)?,
            is_active: self.get(Column::Status).is_none_or(is_registered),
            is_short_break_only: self.get(Column::ShortBreakOnly).map(|cell| !is_no(cell)),
            judgement: self.judgement()?,
            needs: self.columns.needs.iter().filter(|(index, _)| self.at(*index).is_some_and(is_yes)).map(|(_, need)| *need).collect(),
        }))
    }

    fn judgement(&self) -> Result<Option<Judgement>, String> {
        let Some(text) = self.get(Column::Rating) else { return Ok(None) };
        let rating = match text.to_lowercase().as_str() {
            "outstanding" => Rating::Outstanding,
            "good" => Rating::Good,
            "requires improvement" | "requires improvement to be good" => Rating::RequiresImprovement,
            "inadequate" => Rating::Inadequate,
            "not yet inspected" => return Ok(None),
            _ => return Err(format!("`{text}` is no judgement of Ofsted's")),
        };
        let inspected_on = self.day(Column::InspectedOn)?.ok_or("a judgement without the day of its inspection")?;
        let event_number = self.get(Column::EventNumber).map(str::to_owned);
        Ok(Some(Judgement { rating, inspected_on, published_on: self.day(Column::PublishedOn)?, event_number }))
    }

    /// A date cell: `2022-10-11`, with or without a time behind it, or `11/10/2022`.
    fn day(&self, column: Column) -> Result<Option<Day>, String> {
        let Some(text) = self.get(column) else { return Ok(None) };
        let date = text.split([' ', 'T']).next().unwrap_or_default();
        date.parse().map(Some).map_err(|_| format!("`{text}` in {} is not a date", column.name()))
    }
}

fn is_yes(cell: &str) -> bool {
    ["y", "yes", "true", "1"].iter().any(|word| cell.eq_ignore_ascii_case(word))
}

fn is_no(cell: &str) -> bool {
    ["n", "no", "false", "0"].iter().any(|word| cell.eq_ignore_ascii_case(word))
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

    /// The published files lie beside the repository, or where `NEARHOME_SHARED` says.
    fn shared(file: &str) -> Option<std::path::PathBuf> {
        let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
        let path = std::env::var_os("NEARHOME_SHARED").map_or_else(beside, Into::into).join("data").join(file);
        if !path.exists() {
            eprintln!("SKIPPED: {} is not there, so the real list was not read", path.display());
        }
        path.exists().then_some(path)
    }

    fn list(text: impl AsRef<[u8]>) -> Result<OfstedList, Failure> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("list.csv");
        std::fs::write(&path, text).unwrap();
        OfstedList::read(&path)
    }

    #[test]
    fn d2n2_has_168_homes_with_642_places_of_61_owners() {
        let Some(path) = shared("ofsted-2023/providers_places_at_31_mar_2023.csv") else { return };
        let list = OfstedList::read(&path).unwrap();
        assert_eq!(list.homes_in(&D2N2), Supply { homes: 168, places: 642, owners: 61 });
        assert_eq!(list.refused, []);
        assert_eq!(list.rows.len() + list.passed_over.values().sum::<usize>(), 3_812, "no row disappears");
        assert_eq!(list.rows.iter().filter(|row| row.is_short_break_only == Some(true) && D2N2.contains(&row.area.as_str())).count(), 5);
    }

    #[test]
    fn the_judgements_of_the_published_list_are_read() {
        let Some(path) = shared("ofsted-2023/provider_level_at_31_mar_2023.csv") else { return };
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
        let Some(path) = shared("ofsted-2023/scpch_d2n2_synthetic_postcodes.xlsx") else { return };
        let list = OfstedList::read(&path).unwrap();
        assert_eq!(list.refused, []);
        // 168 homes, and eight agencies; the ninth row is a secure home. This extract does not say who owns them.
        assert_eq!(list.homes_in(&D2N2), Supply { homes: 168, places: 642, owners: 0 });
        assert_eq!((list.rows.len(), list.passed_over.values().sum::<usize>()), (176, 1));
        assert!(list.rows.iter().all(|row| row.postcode.is_some()));
    }

    #[test]
    fn a_years_inspections_are_read_and_monitoring_visits_judge_nothing() {
        let Some(path) = shared("ofsted-2023/provider_level_in_year_2022_23.csv") else { return };
        let list = OfstedList::read(&path).unwrap();
        assert_eq!(list.rows.len() + list.refused.len() + list.passed_over.values().sum::<usize>(), 3_767, "no row disappears");
        assert!(list.rows.iter().any(|row| row.judgement.is_none()) && list.rows.iter().any(|row| !row.is_active));
        // 169 inspections of 143 homes.
        assert_eq!(list.homes_in(&D2N2), Supply { homes: 143, places: 558, owners: 54 });
    }

    #[test]
    fn joiners_and_leavers_are_no_list_of_homes() {
        let Some(path) = shared("ofsted-2023/leavers_joiners_2022_23.csv") else { return };
        let Err(Failure::Invalid(problems)) = OfstedList::read(&path) else { panic!("leavers were read as homes") };
        assert!(problems[0].message.ends_with("it has no column Registration status"), "{problems:?}");
    }

    #[test]
    fn the_older_list_of_homes_is_read_under_its_own_names() {
        let text = "Local Authority,URN,Provider Type,Sector,Setting Name,Registration Date,Provider Status,Max Users,\
                    Full Inspection Start Date,Overall Effectiveness,Setting Address Postcode,Owner Name\n\
                    Derby,SC123456,Childrens Home,Private,Synthetic House,01/03/2019,Active,4,02/03/2022,Good,DE1 2FS,Synthetic Care\n\
                    Derby,SC123457,Childrens Home,Private,Synthetic Villa,01/03/2019,Closed,3,-,-,DE1 2FS,Synthetic Care\n";
        let list = list(text).unwrap();
        assert_eq!(list.refused, []);
        assert_eq!(list.rows.iter().map(|row| (row.places, row.is_active)).collect::<Vec<_>>(), [(Some(4), true), (Some(3), false)]);
        let judged: Vec<_> = list.rows.iter().map(|row| row.judgement.as_ref().map(|judgement| judgement.inspected_on)).collect();
        assert_eq!(judged, [Day::of(2022, 3, 2), None]);
    }

    #[test]
    fn a_row_in_another_encoding_is_refused_and_the_others_are_taken() {
        let text = b"URN,Provision type,Registration status,Name,Local authority,Sector\n\
                     SC123456,Children's home,Active,Synthetic Caf\xe9,Derby,Private\n\
                     SC123457,Children's home,Active,Synthetic House,Derby,Private\n";
        let list = list(text).unwrap();
        assert_eq!((list.rows.len(), list.refused.len(), list.refused[0].line), (1, 1, 2));
        assert!(list.refused[0].reason.contains("UTF-8"), "{:?}", list.refused);
    }

    #[test]
    fn the_list_of_2025_says_owners_needs_and_judgements_under_its_own_names() {
        let text = "Local authority,URN,Provider type,Provider subtype,Sector,Provider name,Registration date,Registration status,\
                    Provider postcode,Owner ID,Owner name,Date of last full inspection,Overall effectiveness,Number of registered places,\
                    Emotional and behavioural difficulties,Mental disorders,Learning difficulty,Conditions\n\
                    Derby,SC123456,Children's Home,,Private,Synthetic House,01/03/2021,Active,de1 2fs,77,Synthetic Care,11/10/2024,\
                    Requires improvement to be good,4,Yes,No,1,\n\
                    Derby,SC123457,Children's Home,,Private,Synthetic Villa,2024-06-01T00:00:00,Suspended,-,78,Synthetic Care,-,\
                    Not yet inspected,3,-,-,-,-\n";
        let list = list(text).unwrap();
        assert_eq!(list.refused, []);
        let [house, villa] = list.rows.as_slice() else { panic!("{list:?}") };
        assert_eq!((house.postcode.as_ref().unwrap().as_str(), house.places, house.is_active), ("DE1 2FS", Some(4), true));
        assert_eq!((house.owner.as_deref(), house.owner_reference.as_deref()), (Some("Synthetic Care"), Some("77")));
        assert_eq!(house.needs, [Need::Behaviour, Need::Learning]);
        let judgement = house.judgement.as_ref().unwrap();
        assert_eq!((judgement.rating, Some(judgement.inspected_on)), (Rating::RequiresImprovement, Day::of(2024, 10, 11)));
        assert_eq!(house.registered_on, Day::of(2021, 3, 1));
        assert_eq!((&villa.postcode, &villa.judgement, villa.is_active, villa.registered_on), (&None, &None, false, Day::of(2024, 6, 1)));
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
        let Err(Failure::Invalid(problems)) = list("urn,colour\nhome,blue\n") else { panic!("it was read") };
        assert!(
            problems[0].message.ends_with("it has no column Provision type, Local authority, Sector, Registration status"),
            "{problems:?}"
        );
    }
}
