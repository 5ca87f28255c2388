//! The tables that councils publish, beside the schema's own checker.

use std::path::Path;
use std::process::Command;

use domain::consortium::CouncilCode;
use domain::pence::Pence;
use domain::procurement::register::{
    Beneficiary, Contract, ContractEntry, Payment, Publishing, Registered, contracts_register, financial_year, spending,
};
use domain::registration::ServiceKind;

use crate::procured::day;

fn council() -> Publishing {
    Publishing { code: CouncilCode("E06000018".to_owned()), name: "Nottingham City Council".to_owned() }
}

fn framework(title: &str) -> ContractEntry {
    let supplier = Registered {
        name: "Homes, “Hearth” & \"Co\" Ltd".to_owned(),
        company: Some("00000001".to_owned()),
        charity: None,
        is_small: true,
        is_voluntary: false,
    };
    let contract = Contract::Framework {
        reference: "CCS072-1".to_owned(),
        ocid: "ocds-213czf-1".to_owned(),
        title: title.to_owned(),
        lots: vec!["Standard".to_owned(), "Enhanced, solo".to_owned()],
        cpv: "85311300".to_owned(),
        starts_on: day("2027-04-01"),
        ends_on: day("2035-03-31"),
        review_on: day("2030-04-01"),
        ceiling: Some(Pence(15_000_000_050)),
    };
    ContractEntry { council: council(), supplier, contract }
}

fn placements(count: usize) -> ContractEntry {
    let supplier = Registered {
        name: "Larch CIO".to_owned(),
        company: None,
        charity: Some("1012345".to_owned()),
        is_small: false,
        is_voluntary: true,
    };
    let contract = Contract::Placements { kind: ServiceKind::Fostering, from: day("2026-04-01"), count, committed: Pence(123_456) };
    ContractEntry { council: council(), supplier, contract }
}

fn payments() -> Vec<Payment> {
    let payment = |to, pence| Payment {
        council: council(),
        to,
        paid_on: day("2026-07-31"),
        net: Pence(pence),
        vat: Pence::ZERO,
        kind: ServiceKind::Fostering,
        contract: None,
    };
    let larch = Beneficiary::Organisation { name: "Larch CIO".to_owned(), company: None };
    vec![payment(larch, 360_005), payment(Beneficiary::Person, -5)]
}

#[test]
fn the_tables_pass_the_checker_of_the_schema() {
    let register = contracts_register(&[framework("Homes"), placements(5)]);
    let spend = spending(&payments());
    assert!(register.contains(",150000000.50,0,") && register.contains("\"Homes, “Hearth” & \"\"Co\"\" Ltd\""), "{register}");
    assert!(spend.contains("REDACTED PERSONAL DATA") && spend.contains(",-0.05,") && spend.contains(",3600.05,"), "{spend}");
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let shared = std::env::var_os("NEARHOME_SHARED").map_or_else(beside, Into::into);
    let tool = shared.join("tools/lgtc_csv_check.py");
    if !tool.exists() {
        eprintln!("SKIPPED: {} is not there, so the checker of the schema saw neither table", tool.display());
        return;
    }
    let none = (contracts_register(&[]), spending(&[]));
    for (schema, table) in [("contracts", register), ("spend", spend), ("contracts", none.0), ("spend", none.1)] {
        let file = std::env::temp_dir().join(format!("nearhome-{schema}-{}.csv", std::process::id()));
        std::fs::write(&file, &table).unwrap();
        let schema = shared.join(format!("ocds/bundle/lga/{schema}.json"));
        let said = Command::new("python3").arg(&tool).arg(schema).arg(&file).output().unwrap();
        std::fs::remove_file(&file).unwrap();
        assert!(said.status.success(), "{}{}\n{table}", String::from_utf8_lossy(&said.stdout), String::from_utf8_lossy(&said.stderr));
    }
}

#[test]
fn what_could_lead_to_a_child_is_held_back() {
    assert_eq!(framework("Homes for children aged 5 to 18").held_back(), None);
    let one = framework("A home for a boy aged 9");
    assert!(one.held_back().unwrap().contains("the age of one child"));
    let few = placements(4);
    assert!(few.held_back().unwrap().contains("too few"));
    assert_eq!(contracts_register(&[one, few]).lines().count(), 1, "only the head");
    assert_eq!(placements(5).held_back(), None);
}

#[test]
fn a_financial_year_begins_in_april() {
    for (on, first) in [("2027-03-31", "2026-04-01"), ("2027-04-01", "2027-04-01"), ("2026-12-31", "2026-04-01")] {
        assert_eq!(financial_year(day(on)), day(first), "{on}");
    }
}
