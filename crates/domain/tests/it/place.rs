//! The law's class and the two policy tests, for real places around four councils and in a fictitious consortium.

use domain::consortium::{Consortium, CouncilCode};
use domain::place::LegalClass::{self, AtADistance, InArea, OutOfAreaAdjoining};
use domain::place::{CannotJudge, Miles, Place, PlaceFlags, Point, judge};

const D2N2: &str = include_str!("../../../../config/d2n2.toml");
const THREE_RIVERS: &str = include_str!("../../../../config/examples/three-rivers.toml");

const NOTTINGHAM: &str = "E06000018";
const DERBY: &str = "E06000015";
const DERBYSHIRE: &str = "E10000007";
const NOTTINGHAMSHIRE: &str = "E10000024";

fn code(text: &str) -> CouncilCode {
    CouncilCode(text.to_owned())
}

fn place(easting: i32, northing: i32, council: &str) -> Place {
    Place { point: Point { easting, northing }, council: code(council) }
}

fn judged(placing: &str, easting: i32, northing: i32, council: &str) -> PlaceFlags {
    let consortium: Consortium = toml::from_str(D2N2).unwrap();
    judge(&consortium, &code(placing), &place(easting, northing, council)).unwrap()
}

/// Postcode, point and code by the Office for National Statistics (November 2025); then for a Nottingham child: tenths of
/// a mile from the city centre, local, in D2N2, and the law's class.
type Example = (&'static str, i32, i32, &'static str, u32, bool, bool, LegalClass);

const FOR_NOTTINGHAM: [Example; 17] = [
    ("NG1 2DT, the centre", 457_272, 339_899, NOTTINGHAM, 0, true, true, InArea),
    ("NG2 3NG", 457_573, 339_316, NOTTINGHAM, 4, true, true, InArea),
    ("DE1 2FS, Derby", 435_461, 336_327, DERBY, 137, true, true, AtADistance),
    ("DE7 5AA, Ilkeston", 447_087, 342_309, "E07000036", 65, true, true, AtADistance),
    ("DE4 3AG, Matlock", 430_105, 360_671, "E07000035", 212, false, true, AtADistance),
    ("NG2 7QP, West Bridgford", 458_185, 338_030, "E07000176", 13, true, true, OutOfAreaAdjoining),
    ("NG18 1AB, Mansfield", 454_090, 360_617, "E07000174", 130, true, true, OutOfAreaAdjoining),
    ("NG24 1AA, Newark", 479_800, 353_900, "E07000175", 165, true, true, OutOfAreaAdjoining),
    ("S80 2AH, Worksop", 458_522, 378_670, "E07000171", 241, false, true, OutOfAreaAdjoining),
    ("DN22 6PE, Retford", 470_548, 381_340, "E07000171", 271, false, true, OutOfAreaAdjoining),
    ("LE11 3EB, Loughborough", 453_659, 319_647, "E07000130", 128, true, false, AtADistance),
    ("S40 1LP, Chesterfield", 437_985, 371_228, "E07000034", 228, false, true, AtADistance),
    ("SK17 6AA, Buxton", 406_186, 373_619, "E07000037", 380, false, true, AtADistance),
    ("SK13 8AA, Glossop", 403_464, 394_019, "E07000037", 474, false, true, AtADistance),
    ("S45 0AB, 19.99994 miles", 434_922, 363_131, "E07000038", 200, true, true, AtADistance),
    ("DE6 3LJ, 20.0026 miles", 426_637, 350_008, "E07000035", 200, false, true, AtADistance),
    ("a street in Leicester", 458_800, 304_500, "E06000016", 220, false, false, AtADistance),
];

#[test]
fn the_law_and_the_two_policy_tests_are_three_different_questions() {
    for (name, easting, northing, area, tenths, is_within_radius, is_in_footprint, legal_class) in FOR_NOTTINGHAM {
        let expected = PlaceFlags { miles: Miles { tenths }, is_within_radius, is_in_footprint, legal_class };
        assert_eq!(judged(NOTTINGHAM, easting, northing, area), expected, "{name}");
    }
}

#[test]
fn the_class_depends_on_who_places() {
    let class = |placing, area| judged(placing, 457_200, 339_900, area).legal_class;
    assert_eq!(class(DERBYSHIRE, DERBY), OutOfAreaAdjoining);
    assert_eq!(class(DERBY, "E07000039"), OutOfAreaAdjoining);
    assert_eq!(class(DERBY, NOTTINGHAM), AtADistance);
    assert_eq!(class(DERBYSHIRE, NOTTINGHAM), AtADistance);
    assert_eq!(class(DERBYSHIRE, "E07000037"), InArea);
    assert_eq!(class(NOTTINGHAMSHIRE, "E07000036"), OutOfAreaAdjoining);
    assert_eq!(class(NOTTINGHAMSHIRE, "E07000171"), InArea);
    assert_eq!(class(NOTTINGHAMSHIRE, NOTTINGHAMSHIRE), InArea);
}

#[test]
fn a_district_of_a_neighbouring_county_adjoins_as_its_county_does() {
    let class = |placing, area| judged(placing, 457_200, 339_900, area).legal_class;
    for (district, of_derbyshire, of_nottinghamshire) in [
        ("E07000130", OutOfAreaAdjoining, OutOfAreaAdjoining), // Charnwood, Leicestershire
        ("E07000142", AtADistance, OutOfAreaAdjoining),        // West Lindsey, Lincolnshire
        ("E07000193", OutOfAreaAdjoining, AtADistance),        // East Staffordshire
        ("E08000039", OutOfAreaAdjoining, AtADistance),        // Sheffield
        ("E08000017", AtADistance, OutOfAreaAdjoining),        // Doncaster
        ("W06000015", AtADistance, AtADistance),               // Cardiff
    ] {
        assert_eq!(class(DERBYSHIRE, district), of_derbyshire, "{district}");
        assert_eq!(class(NOTTINGHAMSHIRE, district), of_nottinghamshire, "{district}");
    }
}

#[test]
fn a_council_of_which_no_adjoining_areas_are_known_is_refused() {
    let consortium: Consortium = toml::from_str(D2N2).unwrap();
    let sheffield = code("E08000039");
    let refused = judge(&consortium, &sheffield, &place(435_000, 387_000, "E08000039"));
    assert_eq!(refused, Err(CannotJudge::NotAMember(sheffield)));
}

#[test]
fn another_consortium_has_its_own_centre_radius_and_districts() {
    let consortium: Consortium = toml::from_str(THREE_RIVERS).unwrap();
    let judged = |easting, council| judge(&consortium, &code("E06000901"), &place(easting, 52_400, council)).unwrap();
    // 56,327 m are just inside its 35 miles.
    let inside = judged(251_300 + 56_327, "E07000906");
    assert!(inside.is_within_radius && inside.is_in_footprint);
    assert_eq!(inside.legal_class, OutOfAreaAdjoining);
    let beyond = judged(251_300 + 56_328, "E07000909");
    assert!(!beyond.is_within_radius && !beyond.is_in_footprint);
    assert_eq!(beyond.legal_class, AtADistance);
}
