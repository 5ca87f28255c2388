//! The worked examples of distance: real postcodes of November 2025 with their council codes, judged under D2N2's configuration.

use domain::consortium::{Consortium, CouncilCode};
use domain::place::{LegalClass, Place, PlaceFlags, Point, judge};

const NOTTINGHAM: &str = "E06000018";
const DERBYSHIRE: &str = "E10000007";
const NOTTINGHAMSHIRE: &str = "E10000024";

/// Postcode, its point and council; then miles, local, in D2N2, and the legal class for Nottingham City.
const EXAMPLES: &[(&str, i32, i32, &str, &str, bool, bool, LegalClass)] = &[
    ("NG12DT", 457_272, 339_899, "E06000018", "0.0", true, true, LegalClass::InArea),
    ("NG23NG", 457_573, 339_316, "E06000018", "0.4", true, true, LegalClass::InArea),
    ("DE12FS", 435_461, 336_327, "E06000015", "13.7", true, true, LegalClass::AtADistance),
    ("DE43AG", 430_105, 360_671, "E07000035", "21.2", false, true, LegalClass::AtADistance),
    ("NG27QP", 458_185, 338_030, "E07000176", "1.3", true, true, LegalClass::OutOfAreaAdjoining),
    ("S802AH", 458_522, 378_670, "E07000171", "24.1", false, true, LegalClass::OutOfAreaAdjoining),
    ("DN226PE", 470_548, 381_340, "E07000171", "27.1", false, true, LegalClass::OutOfAreaAdjoining),
    ("NG181AB", 454_090, 360_617, "E07000174", "13.0", true, true, LegalClass::OutOfAreaAdjoining),
    ("LE113EB", 453_659, 319_647, "E07000130", "12.8", true, false, LegalClass::AtADistance),
    ("S401LP", 437_985, 371_228, "E07000034", "22.8", false, true, LegalClass::AtADistance),
    ("S450AB", 434_922, 363_131, "E07000038", "20.0", true, true, LegalClass::AtADistance),
    ("DE63LJ", 426_637, 350_008, "E07000035", "20.0", false, true, LegalClass::AtADistance),
];

fn judged(placing: &str, postcode: &str) -> PlaceFlags {
    let consortium: Consortium = toml::from_str(include_str!("../../../../config/d2n2.toml")).unwrap();
    let (_, easting, northing, council, ..) = EXAMPLES.iter().find(|example| example.0 == postcode).unwrap();
    let place = Place { point: Point { easting: *easting, northing: *northing }, council: CouncilCode((*council).to_owned()) };
    judge(&consortium, &CouncilCode(placing.to_owned()), &place).unwrap()
}

#[test]
fn the_three_flags_are_independent() {
    for (postcode, _, _, _, miles, is_local, is_in_d2n2, legal_class) in EXAMPLES {
        let flags = judged(NOTTINGHAM, postcode);
        let found = (flags.miles.to_string(), flags.is_within_radius, flags.is_in_footprint, flags.legal_class);
        assert_eq!(found, ((*miles).to_owned(), *is_local, *is_in_d2n2, *legal_class), "{postcode}");
    }
}

#[test]
fn adjacency_is_each_councils_own() {
    assert_eq!(judged(DERBYSHIRE, "DE12FS").legal_class, LegalClass::OutOfAreaAdjoining);
    assert_eq!(judged(DERBYSHIRE, "NG12DT").legal_class, LegalClass::AtADistance, "Derbyshire does not touch the city");
    assert_eq!(judged(NOTTINGHAMSHIRE, "DE43AG").legal_class, LegalClass::OutOfAreaAdjoining);
    assert_eq!(judged(NOTTINGHAMSHIRE, "LE113EB").legal_class, LegalClass::OutOfAreaAdjoining, "neighbours need not be members");
    assert_eq!(judged(DERBYSHIRE, "DE63LJ").legal_class, LegalClass::InArea, "a district leads to its county");
}
