//! The checker beside nineteen faults that others have made; a public validator sees nine of them.

use std::collections::BTreeSet;

use domain::procurement::ocds::check::{Fault, FaultCode, check};
use domain::procurement::ocds::json::Json;
use serde_json::{Value, json};

const FRAMEWORK: &str = "ocds-h6vhtk-000001";

/// A framework from its tender notice to a signed agreement, and a call-off under it: synthetic, and without fault.
fn sound() -> Value {
    let parties = json!([
        { "id": "GB-PPON-AAAA-1111-AAAA", "name": "Synthetic County Council", "roles": ["buyer", "procuringEntity"],
          "identifier": { "scheme": "GB-PPON", "id": "AAAA-1111-AAAA", "legalName": "Synthetic County Council" },
          "address": { "streetAddress": "1 Example Street", "locality": "Exampleton", "postalCode": "NG1 5AA", "country": "GB" } },
        { "id": "GB-COH-00000001", "name": "Synthetic Homes Ltd", "roles": ["supplier", "tenderer"] }
    ]);
    let buyer = json!({ "id": "GB-PPON-AAAA-1111-AAAA", "name": "Synthetic County Council" });
    let supplier = json!([{ "id": "GB-COH-00000001", "name": "Synthetic Homes Ltd" }]);
    let criterion = |name: &str, weight: f64| json!({ "type": "quality", "name": name, "numbers": [{ "number": weight, "weight": "percentageExact" }] });
    let tender = json!({
        "ocid": FRAMEWORK, "id": "000001-2026", "date": "2026-03-02T10:00:00Z", "tag": ["tender"], "initiationType": "tender", "language": "en",
        "parties": parties, "buyer": buyer,
        "tender": {
            "id": "T1", "title": "Children’s homes, open framework", "status": "active", "procuringEntity": buyer,
            "description": "Homes for children aged 5 to 18 in four council areas.",
            "procurementMethod": "open", "mainProcurementCategory": "services", "value": { "amount": 300_000_000, "currency": "GBP" },
            "tenderPeriod": { "startDate": "2026-03-02T10:00:00Z", "endDate": "2026-04-15T12:00:00+01:00" },
            "lots": [{ "id": "R1", "title": "Standard homes", "status": "active",
                       "awardCriteria": { "criteria": [criterion("Quality", 70.0), criterion("Price", 30.0)] } }],
            "items": [{ "id": "1", "relatedLot": "R1", "classification": { "scheme": "CPV", "id": "85000000", "description": "Health and social work services" } }],
            "documents": [{ "id": "N1", "documentType": "tenderNotice", "noticeType": "UK4", "datePublished": "2026-03-02T10:00:00Z" }]
        }
    });
    let award = json!({
        "ocid": FRAMEWORK, "id": "000002-2026", "date": "2026-07-01T10:00:00Z", "tag": ["award", "contract"], "initiationType": "tender", "language": "en",
        "parties": parties, "buyer": buyer, "tender": { "id": "T1" },
        "bids": { "details": [{ "id": "B1", "date": "2026-04-15T10:59:59Z", "status": "valid", "tenderers": supplier }],
                  "statistics": [{ "id": "S1", "measure": "bids", "value": 1, "relatedLot": "R1" }] },
        "awards": [{ "id": "A1", "status": "active", "title": "Standard homes", "relatedLots": ["R1"], "suppliers": supplier,
                     "standstillPeriod": { "endDate": "2026-06-12T23:59:59+01:00" } }],
        "contracts": [{ "id": "C1", "awardID": "A1", "status": "active", "dateSigned": "2026-06-15T09:00:00+01:00",
                        "period": { "startDate": "2026-07-01T00:00:00+01:00", "endDate": "2034-06-30T23:59:59+01:00" } }]
    });
    let call_off = json!({
        "ocid": "ocds-h6vhtk-000002", "id": "000003-2026", "date": "2026-08-01T10:00:00Z", "tag": ["award"], "initiationType": "tender", "language": "en",
        "parties": parties, "buyer": buyer, "tender": { "id": "T2", "procurementMethod": "limited" },
        "relatedProcesses": [{ "id": "1", "relationship": ["framework"], "scheme": "ocid", "identifier": FRAMEWORK }],
        "awards": [{ "id": "A9", "status": "active", "title": "Residential placements, August 2026", "suppliers": supplier }]
    });
    json!([tender, award, call_off])
}

fn faults(releases: &Value) -> Vec<Fault> {
    let text = releases.to_string();
    let Json::List(releases) = Json::read(&text).unwrap() else { panic!("not a list") };
    check(&releases, &BTreeSet::new())
}

/// Sets what a JSON pointer names; `None` takes it away.
fn with(pointer: &str, value: Option<Value>) -> Value {
    let mut releases = sound();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    match (releases.pointer_mut(parent).unwrap(), value) {
        (Value::Object(members), Some(value)) => drop(members.insert(name.to_owned(), value)),
        (Value::Object(members), None) => drop(members.remove(name).unwrap()),
        (Value::Array(items), Some(value)) => items[name.parse::<usize>().unwrap()] = value,
        (parent, _) => panic!("{parent} holds nothing"),
    }
    releases
}

#[test]
fn sound_releases_have_no_fault() {
    assert_eq!(faults(&sound()), []);
    if let Some(path) = std::env::var_os("NEARHOME_WRITE_SOUND") {
        let package = json!({ "uri": "https://example.org/1", "version": "1.1", "publishedDate": "2026-08-01T10:00:00Z",
                              "publisher": { "name": "Synthetic County Council" }, "releases": sound() });
        std::fs::write(path, package.to_string()).unwrap();
    }
}

#[test]
fn all_nineteen_seeded_faults_are_found_each_at_its_place_and_nothing_else() {
    use FaultCode::{
        Award, Child, Empty, Kind, Late, Lot, Missing, Moment, Notice, Party, Period, Process, Standstill, Twice, Unknown, Weights, Word,
    };
    let seeded = [
        ("/0/ocid", None, Missing, "/releases/0/ocid"),
        ("/0/tag", Some(json!(["tendering"])), Word, "/releases/0/tag/0"),
        ("/0/date", Some(json!("2026-03-02T10:00:00")), Moment, "/releases/0/date"),
        ("/1/awards/0/status", Some(json!("won")), Word, "/releases/1/awards/0/status"),
        ("/0/tender/value/amount", Some(json!("300000000")), Kind, "/releases/0/tender/value/amount"),
        ("/0/tender/procurementMethod", Some(json!("opened")), Word, "/releases/0/tender/procurementMethod"),
        ("/0/tender/titel", Some(json!("Homes")), Unknown, "/releases/0/tender/titel"),
        ("/1/id", Some(json!("000001-2026")), Twice, "/releases/1/id"),
        ("/0/tender/title", Some(json!("")), Empty, "/releases/0/tender/title"),
        ("/0/tender/awardCriteria", Some(json!({ "criteria": [] })), Kind, "/releases/0/tender/awardCriteria"),
        ("/1/awards/0/suppliers/0/id", Some(json!("GB-COH-99999999")), Party, "/releases/1/awards/0/suppliers/0/id"),
        ("/1/awards/0/relatedLots", Some(json!(["R7"])), Lot, "/releases/1/awards/0/relatedLots/0"),
        ("/1/contracts/0/awardID", Some(json!("A7")), Award, "/releases/1/contracts/0/awardID"),
        ("/1/contracts/0/period/endDate", Some(json!("2026-06-30T00:00:00+01:00")), Period, "/releases/1/contracts/0/period"),
        ("/1/contracts/0/dateSigned", Some(json!("2026-06-12T23:59:59+01:00")), Standstill, "/releases/1/contracts/0/dateSigned"),
        ("/2/relatedProcesses/0/identifier", Some(json!("ocds-h6vhtk-ffffff")), Process, "/releases/2/relatedProcesses/0/identifier"),
        ("/1/bids/details/0/date", Some(json!("2026-04-15T11:00:01Z")), Late, "/releases/1/bids/details/0/date"),
        (
            "/0/tender/lots/0/awardCriteria/criteria/1/numbers/0/number",
            Some(json!(29)),
            Weights,
            "/releases/0/tender/lots/0/awardCriteria/criteria",
        ),
        ("/0/tender/documents/0/noticeType", Some(json!("UK18")), Notice, "/releases/0/tender/documents/0/noticeType"),
        ("/2/awards/0/title", Some(json!("Placement for a 13-year-old girl")), Child, "/releases/2/awards/0/title"),
    ];
    // The nineteen, and the award criteria in the wrong place, which the standard moved.
    assert_eq!(seeded.len(), 19 + 1);
    for (pointer, value, code, path) in seeded {
        let found = faults(&with(pointer, value));
        // Without its ocid a release is of no process, so what refers to its lots and awards hangs in the air as well.
        let expected = found.iter().filter(|fault| (fault.code, fault.path.as_str()) == (code, path)).count();
        assert_eq!(expected, 1, "{pointer}: {found:?}");
        assert!(found.len() == 1 || pointer == "/0/ocid", "{pointer}: {found:?}");
    }
}

#[test]
fn a_fault_is_told_in_one_line_with_code_path_and_what_is_wrong() {
    let told = |pointer, value| faults(&with(pointer, Some(value))).iter().map(Fault::to_string).collect::<Vec<_>>();
    assert_eq!(
        told("/0/tender/value/amount", json!("300")),
        ["KIND /releases/0/tender/value/amount is of the wrong kind: a number is asked for"]
    );
    assert_eq!(told("/0/tender/title", json!("")), ["EMPTY /releases/0/tender/title is empty"]);
}
