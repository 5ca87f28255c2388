//! An existing framework's providers, lots and prices from a CSV file: what would change is told first, and the whole file is taken or
//! nothing of it.
//!
//! History is taken as it was: a service that was admitted years ago is not measured by the rating it has today. It is measured by the
//! framework's own terms, which the configuration holds for frameworks of the past as for those of today.

use std::collections::BTreeSet;

use domain::access::{Action, Relation};
use domain::calendar::Day;
use domain::consortium::framework::Framework;
use domain::ids::{AdmissionId, ServiceId};
use domain::money::price::check_tender;
use domain::pence::{Pence, WeeklyRate};
use domain::people::Caller;
use domain::registration::Urn;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::market::service::{Admission, Service};
use store::people::organisation::Organisation;
use store::{ReadTx, Reads, Threshold, Tx};

use crate::{Command, Failure, Query};

/// The columns, in any order; `until` may be absent.
const COLUMNS: [&str; 7] = ["provider", "urn", "lot", "category", "max_weekly", "from", "until"];

/// A row of the file as it was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FrameworkRow {
    /// Its line in the file, the header being line 1.
    pub line: u64,
    /// Who runs the service, by name.
    pub provider: String,
    /// Ofsted's number of the service.
    pub urn: Urn,
    /// The lot's code.
    pub lot: String,
    /// The category's code.
    pub category: String,
    /// The tendered maximum price a week.
    pub max_weekly: Pence,
    /// The first day.
    pub from: Day,
    /// The last day, if the admission is over or will be.
    pub until: Option<Day>,
}

/// Something in the file that cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FrameworkFault {
    /// The line.
    pub line: u64,
    /// The column.
    pub column: String,
    /// What is wrong.
    pub what: String,
}

impl std::fmt::Display for FrameworkFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {}, {}: {}", self.line, self.column, self.what)
    }
}

fn fault(line: u64, column: &str, what: impl Into<String>) -> FrameworkFault {
    FrameworkFault { line, column: column.to_owned(), what: what.into() }
}

/// Reads the file: its rows, and everything that cannot be read.
#[must_use]
pub fn read(bytes: &[u8]) -> (Vec<FrameworkRow>, Vec<FrameworkFault>) {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut reader = csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(bytes);
    let header = match reader.headers() {
        Ok(header) => header.clone(),
        Err(error) => return (Vec::new(), vec![fault(1, "header", error.to_string())]),
    };
    let mut faults: Vec<FrameworkFault> = COLUMNS
        .iter()
        .filter(|column| **column != "until" && !header.iter().any(|name| name == **column))
        .map(|column| fault(1, column, "the column is missing"))
        .collect();
    faults.extend(header.iter().filter(|name| !COLUMNS.contains(name)).map(|name| fault(1, name, "nobody knows this column")));
    if !faults.is_empty() {
        return (Vec::new(), faults);
    }
    let mut rows = Vec::new();
    for record in reader.records() {
        match record {
            Ok(record) => {
                let line = record.position().map_or(0, csv::Position::line);
                let cell = |column: &str| {
                    header.iter().position(|name| name == column).and_then(|at| record.get(at)).unwrap_or_default().to_owned()
                };
                if record.len() > header.len() {
                    faults.push(fault(line, "row", "it has more cells than the header: is a comma within a text quoted?"));
                    continue;
                }
                match row(line, cell) {
                    Ok(row) => rows.push(row),
                    Err(mut found) => faults.append(&mut found),
                }
            }
            Err(error) => {
                let line = error.position().map_or(0, csv::Position::line);
                faults.push(fault(line, "row", "it is not in UTF-8: save the file again as `CSV UTF-8`"));
            }
        }
    }
    (rows, faults)
}

fn row(line: u64, cell: impl Fn(&str) -> String) -> Result<FrameworkRow, Vec<FrameworkFault>> {
    let mut faults = Vec::new();
    for column in ["provider", "lot", "category"] {
        if cell(column).is_empty() {
            faults.push(fault(line, column, "nothing stands here"));
        }
    }
    let urn = Urn::parse(&cell("urn")).map_err(|error| faults.push(fault(line, "urn", error.to_string())));
    let max_weekly = cell("max_weekly").parse::<Pence>().map_err(|error| faults.push(fault(line, "max_weekly", error.to_string())));
    let from = cell("from").parse::<Day>().map_err(|error| faults.push(fault(line, "from", error.to_string())));
    let until = Some(cell("until")).filter(|text| !text.is_empty()).map(|text| text.parse::<Day>()).transpose();
    let until = until.map_err(|error| faults.push(fault(line, "until", error.to_string())));
    let (Ok(urn), Ok(max_weekly), Ok(from), Ok(until), true) = (urn, max_weekly, from, until, faults.is_empty()) else {
        return Err(faults);
    };
    Ok(FrameworkRow { line, provider: cell("provider"), urn, lot: cell("lot"), category: cell("category"), max_weekly, from, until })
}

/// What one row would change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The row's line.
    pub line: u64,
    /// In words.
    pub what: String,
}

/// What a file would change, or has changed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FrameworkReport {
    /// What changes, row by row.
    pub changes: Vec<Change>,
    /// How many rows are as they stand already.
    pub unchanged: usize,
    /// Admissions under the framework of which the file says nothing; they stay.
    pub unmentioned: usize,
    /// What is wrong; as long as there is anything, nothing is taken.
    pub faults: Vec<FrameworkFault>,
}

/// What is to be written for a row.
struct Step {
    service: ServiceId,
    known: Option<Admission>,
    row: FrameworkRow,
}

fn known_place(framework: &Framework, row: &FrameworkRow, service: &Service) -> Vec<FrameworkFault> {
    let mut faults = Vec::new();
    let mut found = |column: &str, what: String| faults.push(fault(row.line, column, what));
    if service.kind != framework.service {
        found("urn", format!("{} buys from other services than a {}", framework.reference, service.kind));
    }
    if row.from < framework.starts_on || row.from > framework.ends_on {
        found("from", format!("{} runs from {} to {}", framework.reference, framework.starts_on, framework.ends_on));
    }
    if row.until.is_some_and(|until| until < row.from || until > framework.ends_on) {
        found("until", format!("it lies before the first day or after the framework’s last, {}", framework.ends_on));
    }
    match framework.category(&row.category).filter(|(lot, _)| lot.code == row.lot) {
        None if framework.lots.iter().all(|lot| lot.code != row.lot) => {
            found("lot", format!("there is no lot {} in {}", row.lot, framework.reference));
        }
        None => found("category", format!("there is no category {} in lot {}", row.category, row.lot)),
        Some((_, category)) => match category.maximum_on(row.from) {
            None => found("max_weekly", format!("no maximum price is published for {} on {}", row.category, row.from)),
            Some(published) => {
                if let Err(error) = check_tender(WeeklyRate(row.max_weekly), published.weekly, framework.tender_price_rule) {
                    found("max_weekly", error.to_string());
                }
            }
        },
    }
    faults
}

/// The first day on which the admission no longer holds.
fn ended(row: &FrameworkRow) -> Option<Day> {
    row.until.map(|until| until.plus_days(1))
}

async fn plan(reads: &mut impl Reads, framework: &str, rows: &[FrameworkRow]) -> Result<(Vec<Step>, FrameworkReport), Failure> {
    let consortium = store::governance::consortium::in_force(reads).await?;
    let framework = consortium
        .framework(framework)
        .ok_or_else(|| Failure::invalid("framework", format!("There is no framework {framework} in the configuration")))?;
    let (mut steps, mut report, mut seen) = (Vec::new(), FrameworkReport::default(), BTreeSet::new());
    for row in rows {
        let Some(service) = store::market::service::by_urn(reads, row.urn.as_str()).await? else {
            let what = format!("no home or agency {} is in the provider file: import the list that has it", row.urn);
            report.faults.push(fault(row.line, "urn", what));
            continue;
        };
        let provider = reads.get::<Organisation>(service.org_id).await?.name;
        let mut faults = known_place(framework, row, &service);
        if !provider.eq_ignore_ascii_case(&row.provider) {
            faults.push(fault(row.line, "provider", format!("{} is run by {provider}", row.urn)));
        }
        if !seen.insert((service.id, row.lot.clone(), row.category.clone())) {
            faults.push(fault(row.line, "urn", format!("{} stands in category {} of lot {} twice", row.urn, row.category, row.lot)));
        }
        if !faults.is_empty() {
            report.faults.append(&mut faults);
            continue;
        }
        let known = store::market::service::latest_admission(reads, service.id, &framework.reference, &row.lot, &row.category).await?;
        let what = told(&service, known.as_ref(), row);
        if what.is_empty() {
            report.unchanged += 1;
            continue;
        }
        report.changes.push(Change { line: row.line, what });
        steps.push(Step { service: service.id, known, row: row.clone() });
    }
    let standing = store::market::service::admissions_under(reads, &framework.reference).await?;
    report.unmentioned = standing.iter().filter(|one| !seen.contains(&(one.service_id, one.lot.clone(), one.category.clone()))).count();
    Ok((steps, report))
}

/// What a row changes, in words; nothing when it is as it stands.
fn told(service: &Service, known: Option<&Admission>, row: &FrameworkRow) -> String {
    let place = format!("{} ({}), lot {}, category {}", service.name, row.urn, row.lot, row.category);
    let until = |day: Option<Day>| day.map_or_else(|| "open".to_owned(), |day| day.plus_days(-1).to_string());
    let Some(known) = known else {
        return format!("{place}: admitted from {}, until {}, at {} a week at most", row.from, until(ended(row)), row.max_weekly);
    };
    let mut changes = Vec::new();
    if known.tendered_max_pence != row.max_weekly {
        changes.push(format!("{} a week becomes {}", known.tendered_max_pence, row.max_weekly));
    }
    if known.admitted_on != row.from {
        changes.push(format!("from {} becomes {}", known.admitted_on, row.from));
    }
    if known.ended_on != ended(row) {
        changes.push(format!("until {} becomes {}", until(known.ended_on), until(ended(row))));
    }
    if changes.is_empty() { String::new() } else { format!("{place}: {}", changes.join(", ")) }
}

/// What a file would change; nothing is written.
#[derive(Debug, Clone)]
pub struct TryFramework {
    /// The framework's reference.
    pub framework: String,
    /// The rows.
    pub rows: Vec<FrameworkRow>,
}

impl Query for TryFramework {
    const ACTION: Action = Action::AdmitService;
    type Answer = FrameworkReport;

    async fn relation(&self, _: &mut ReadTx, _: &Caller) -> Result<Option<Relation>, Failure> {
        Ok(Some(Relation::Shared))
    }

    async fn run(&self, reads: &mut ReadTx, _: &Caller) -> Result<FrameworkReport, Failure> {
        Ok(plan(reads, &self.framework, &self.rows).await?.1)
    }
}

/// Takes a file: all of it, or nothing while anything is wrong.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ImportFramework {
    /// The framework's reference.
    pub framework: String,
    /// The rows.
    pub rows: Vec<FrameworkRow>,
}

impl Command for ImportFramework {
    const ACTION: Action = Action::AdmitService;
    type Answer = FrameworkReport;

    async fn relation(&self, _: &mut Threshold, _: &Caller) -> Result<Option<Relation>, Failure> {
        Ok(Some(Relation::Shared))
    }

    async fn run(&self, tx: &mut Tx) -> Result<FrameworkReport, Failure> {
        let (steps, report) = plan(tx, &self.framework, &self.rows).await?;
        if let Some(first) = report.faults.first() {
            return Err(Failure::refused(format!("{} rows cannot be taken, the first at {first}", report.faults.len())));
        }
        for Step { service, known, row } in steps {
            let ended_on = ended(&row);
            let body = json!({ "shape": 1, "category": row.category });
            if let Some(mut admission) = known {
                (admission.tendered_max_pence, admission.admitted_on, admission.ended_on) = (row.max_weekly, row.from, ended_on);
                tx.update(&mut admission, &body).await?;
                continue;
            }
            let admission = Admission {
                id: AdmissionId(tx.new_id()),
                version: 1,
                service_id: service,
                framework: self.framework.clone(),
                lot: row.lot,
                category: row.category,
                tendered_max_pence: row.max_weekly,
                admitted_on: row.from,
                ended_on,
                suspended_from: None,
                suspended_until: None,
            };
            tx.create(&admission, &body).await?;
        }
        Ok(report)
    }
}
