//! The contracts register and the spending of the councils, in the tables that the Local Government Association publishes.
//!
//! A row is made of the fields here and of nothing else. No field holds words that somebody wrote about a child, and where a text comes
//! from a person it is looked through before it leaves.

use super::ocds::public_text::points_at_a_child;
use crate::calendar::Day;
use crate::codes::Code as _;
use crate::consortium::CouncilCode;
use crate::pence::Pence;
use crate::registration::ServiceKind;

/// The part of a council that answers for children in care.
const UNIT: &str = "Children’s Services";

/// What stands in place of a person's name.
const REDACTED: &str = "REDACTED PERSONAL DATA";

/// Fewer placements than this with one supplier in a year could lead to a child.
pub const PLACEMENTS_AT_LEAST: usize = 5;

/// A council as both tables name it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Publishing {
    /// Its statistical code.
    pub code: CouncilCode,
    /// Its name.
    pub name: String,
}

impl Publishing {
    fn uri(&self) -> String {
        format!("http://statistics.data.gov.uk/id/statistical-geography/{}", self.code)
    }
}

/// A supplier as public registers know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registered {
    /// Its name.
    pub name: String,
    /// Its number at Companies House.
    pub company: Option<String>,
    /// Its number in the register of charities.
    pub charity: Option<String>,
    /// Whether it is a small or medium enterprise.
    pub is_small: bool,
    /// Whether it is a voluntary or community organisation or a social enterprise.
    pub is_voluntary: bool,
}

/// What a row of the contracts register is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Contract {
    /// A framework agreement with one provider.
    Framework {
        /// Its number.
        reference: String,
        /// The id of its contracting process.
        ocid: String,
        /// The title of the framework.
        title: String,
        /// The names of its lots.
        lots: Vec<String>,
        /// What is bought, by the vocabulary of public procurement.
        cpv: String,
        /// Its first day.
        starts_on: Day,
        /// Its last day.
        ends_on: Day,
        /// When the framework is next opened or reviewed.
        review_on: Day,
        /// The most that may be spent under the whole framework, if that is limited.
        ceiling: Option<Pence>,
    },
    /// Every placement that began with one provider in a financial year, together: one alone could lead to a child.
    Placements {
        /// What was bought.
        kind: ServiceKind,
        /// The first day of the financial year.
        from: Day,
        /// How many placements.
        count: usize,
        /// What they commit together.
        committed: Pence,
    },
}

/// A row of the contracts register.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContractEntry {
    /// Whose contract it is.
    pub council: Publishing,
    /// With whom.
    pub supplier: Registered,
    /// What it is.
    pub contract: Contract,
}

/// Who was paid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Beneficiary {
    /// An organisation.
    Organisation {
        /// Its name.
        name: String,
        /// Its number at Companies House.
        company: Option<String>,
    },
    /// A person, such as a foster carer, whose name is never published.
    Person,
}

/// A row of the table of spending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    /// Who paid.
    pub council: Publishing,
    /// Who was paid.
    pub to: Beneficiary,
    /// When.
    pub paid_on: Day,
    /// How much, without VAT.
    pub net: Pence,
    /// VAT that cannot be had back.
    pub vat: Pence,
    /// For what kind of care.
    pub kind: ServiceKind,
    /// The contract's number in the register.
    pub contract: Option<String>,
}

/// The first day of the financial year in which a day falls.
#[must_use]
pub fn financial_year(day: Day) -> Day {
    let (_, month, _) = day.parts();
    day.first_of_month().minus_months((month + 8) % 12)
}

/// A financial year as people write it: `2026/27`.
fn years(from: Day) -> String {
    let (year, ..) = from.parts();
    format!("{year}/{:02}", (year + 1) % 100)
}

/// Pounds and pence without sign and grouping.
fn pounds(pence: Pence) -> String {
    let sign = if pence.0 < 0 { "-" } else { "" };
    let magnitude = pence.0.unsigned_abs();
    format!("{sign}{}.{:02}", magnitude / 100, magnitude % 100)
}

fn cell(text: &str) -> String {
    let is_plain = !text.contains(['"', ',', '\n', '\r']);
    if is_plain { text.to_owned() } else { format!("\"{}\"", text.replace('"', "\"\"")) }
}

fn line(cells: &[String]) -> String {
    let cells: Vec<String> = cells.iter().map(|text| cell(text)).collect();
    format!("{}\r\n", cells.join(","))
}

fn truth(is_so: bool) -> String {
    if is_so { "true" } else { "false" }.to_owned()
}

fn care(kind: ServiceKind) -> &'static str {
    match kind {
        ServiceKind::Home => "Places in children’s homes",
        ServiceKind::Fostering => "Fostering placements",
    }
}

const REGISTER: [&str; 20] = [
    "OrganisationLabel",
    "OrganisationURI",
    "ContractReference",
    "OpenContractingID",
    "ContractTitle",
    "ContractType",
    "OrganisationalUnit",
    "Description",
    "CPVCode",
    "StartDate",
    "EndDate",
    "ReviewDate",
    "ContractValue",
    "IrrecoverableVAT",
    "SupplierName",
    "CompaniesHouseRegistrationNumber",
    "CharityCommissionNumber",
    "SMESupplier",
    "VCSESupplier",
    "ProcessType",
];

const SPENDING: [&str; 10] = [
    "OrganisationLabel",
    "OrganisationURI",
    "OrganisationalUnit",
    "BeneficiaryName",
    "CompaniesHouseRegistrationNumber",
    "PaymentDate",
    "Amount",
    "IrrecoverableVATAmount",
    "Purpose",
    "ContractRef",
];

fn head(columns: &[&str]) -> String {
    line(&columns.iter().map(|&name| name.to_owned()).collect::<Vec<_>>())
}

impl ContractEntry {
    /// Why the row may not be published, if it may not.
    #[must_use]
    pub fn held_back(&self) -> Option<String> {
        let who = format!("{} with {}", self.council.name, self.supplier.name);
        match &self.contract {
            Contract::Framework { title, lots, .. } => {
                let found = lots.iter().chain([title]).find_map(|text| points_at_a_child(text))?;
                Some(format!("the framework agreement of {who}: {found}"))
            }
            Contract::Placements { from, count, .. } if *count < PLACEMENTS_AT_LEAST => {
                let year = years(*from);
                Some(format!("{count} placements of {who} that began in {year}: too few to tell without telling of a child"))
            }
            Contract::Placements { .. } => None,
        }
    }

    fn cells(&self) -> Vec<String> {
        let (reference, ocid, title, form, description, cpv, days, value, process) = match &self.contract {
            Contract::Framework { reference, ocid, title, lots, cpv, starts_on, ends_on, review_on, ceiling } => {
                let about = match ceiling {
                    Some(_) => "The value is the most that may be spent with all suppliers of the framework together",
                    None => "No spending is promised, and no limit is set",
                };
                (
                    reference.clone(),
                    ocid.clone(),
                    title.clone(),
                    "Framework agreement",
                    format!("Lots: {}. {about}.", lots.join("; ")),
                    cpv.clone(),
                    (*starts_on, *ends_on, *review_on),
                    ceiling.unwrap_or(Pence::ZERO),
                    "Published invitation to tender",
                )
            }
            Contract::Placements { kind, from, count, committed } => {
                let supplier = self.supplier.company.as_ref().or(self.supplier.charity.as_ref()).unwrap_or(&self.supplier.name);
                let (year, last) = (years(*from), from.plus_years(1).plus_days(-1));
                (
                    format!("{}-{year}-{supplier}", kind.code()),
                    String::new(),
                    format!("{} {year}", care(*kind)),
                    "Other",
                    format!("{count} placements that began in the year, told together. The value is what they commit together."),
                    "85311300".to_owned(),
                    (*from, last, last),
                    *committed,
                    "Invitation to quote",
                )
            }
        };
        vec![
            self.council.name.clone(),
            self.council.uri(),
            reference,
            ocid,
            title,
            form.to_owned(),
            UNIT.to_owned(),
            description,
            cpv,
            days.0.iso(),
            days.1.iso(),
            days.2.iso(),
            pounds(value),
            "0".to_owned(),
            self.supplier.name.clone(),
            self.supplier.company.clone().unwrap_or_default(),
            // The schema asks for a number even of those who are no charity.
            self.supplier.charity.clone().unwrap_or_else(|| "n/a".to_owned()),
            truth(self.supplier.is_small),
            truth(self.supplier.is_voluntary),
            process.to_owned(),
        ]
    }
}

/// The contracts register as CSV. A row that must be held back is left out.
#[must_use]
pub fn contracts_register(entries: &[ContractEntry]) -> String {
    let rows = entries.iter().filter(|entry| entry.held_back().is_none());
    std::iter::once(head(&REGISTER)).chain(rows.map(|entry| line(&entry.cells()))).collect()
}

/// The spending as CSV.
#[must_use]
pub fn spending(payments: &[Payment]) -> String {
    let cells = |payment: &Payment| {
        let (name, company) = match &payment.to {
            Beneficiary::Organisation { name, company } => (name.clone(), company.clone().unwrap_or_default()),
            Beneficiary::Person => (REDACTED.to_owned(), String::new()),
        };
        vec![
            payment.council.name.clone(),
            payment.council.uri(),
            UNIT.to_owned(),
            name,
            company,
            payment.paid_on.iso(),
            pounds(payment.net),
            pounds(payment.vat),
            care(payment.kind).to_owned(),
            payment.contract.clone().unwrap_or_default(),
        ]
    };
    std::iter::once(head(&SPENDING)).chain(payments.iter().map(|payment| line(&cells(payment)))).collect()
}
