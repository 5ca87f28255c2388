//! Where a home is: postcodes, points, miles, and the three tests of distance that must never be mixed up.
//!
//! *Local* is the councils' policy (a radius around a point), *in the footprint* is their aim (any member's area), and the
//! *legal class* is what the regulations ask about (own area, adjoining area, or further). None follows from another: a
//! home six miles away can be "at a distance", and one inside the footprint can be too far to be local.
//!
//! All arithmetic is in whole numbers: a home a step inside a radius is inside it, on every computer.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::consortium::{Consortium, CouncilCode, LocalArea};

codes! {
    /// How the area in which a home lies stands to the placing council's own: the three cases of regulation 11 of the Care
    /// Planning, Placement and Case Review (England) Regulations 2010. Distance in miles plays no part in it.
    pub enum LegalClass("legal class") {
        /// In the placing council's own area.
        InArea = "IN_AREA", "In area";
        /// In the area of a council that adjoins it.
        OutOfAreaAdjoining = "OUT_OF_AREA_ADJOINING", "Out of area, adjoining";
        /// Neither in its own area nor in an adjoining one.
        AtADistance = "AT_A_DISTANCE", "At a distance";
    }
}

/// A full postcode in its normal form: upper case, one space before the last three characters (`NG1 2DT`).
///
/// Only the form is checked. Whether Royal Mail ever gave it out, the postcode file knows.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Postcode(String);

/// Text that is no postcode.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` is not a full postcode, like NG1 2DT")]
pub struct NotAPostcode(pub String);

/// Outward codes of no usual form that the national file still lists: Newport before 1984, and the Girobank.
const HISTORICAL_OUTWARD: [&str; 2] = ["NPT", "GIR"];

/// Letters that never stand in the last two places of a postcode in use, because they are easily misread.
const NEVER_IN_UNIT: [char; 6] = ['C', 'I', 'K', 'M', 'O', 'V'];

impl Postcode {
    /// Reads a postcode; lower case and spaces anywhere are accepted.
    ///
    /// # Errors
    /// [`NotAPostcode`] for a part of one (`NG1`), another form, or a letter that its place never has: `NG1 2OT` is a slip.
    pub fn parse(text: &str) -> Result<Self, NotAPostcode> {
        let refused = || NotAPostcode(text.trim().to_owned());
        let compact: String = text.chars().filter(|character| !character.is_whitespace()).map(|c| c.to_ascii_uppercase()).collect();
        let split = compact.len().checked_sub(3).and_then(|middle| compact.split_at_checked(middle));
        let (outward, inward) = split.ok_or_else(refused)?;
        if is_outward(outward) && is_inward(inward) && (is_historical(outward) || !inward.contains(NEVER_IN_UNIT)) {
            Ok(Self(format!("{outward} {inward}")))
        } else {
            Err(refused())
        }
    }

    /// The normal form.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part before the space, `NG1`: the most of a child's postcode that a provider sees before an agreement.
    #[must_use]
    pub fn outward(&self) -> &str {
        self.parts().0
    }

    /// The part after the space, `2DT`.
    #[must_use]
    pub fn inward(&self) -> &str {
        self.parts().1
    }

    // INVARIANT: `parse` is the only way in, and it puts exactly one space.
    fn parts(&self) -> (&str, &str) {
        self.0.split_once(' ').unwrap_or((&self.0, ""))
    }
}

/// One or two letters, a digit, and perhaps another digit or letter: `N1`, `NG16`, `EC1A`.
fn is_outward(text: &str) -> bool {
    let is_area = |area: &[u8]| area.iter().all(u8::is_ascii_uppercase);
    is_historical(text)
        || match text.as_bytes() {
            [area, digit] => is_area(&[*area]) && digit.is_ascii_digit(),
            [area, digit, last] if digit.is_ascii_digit() => is_area(&[*area]) && is_district_end(*last),
            [first, second, digit] => is_area(&[*first, *second]) && digit.is_ascii_digit(),
            [first, second, digit, last] => is_area(&[*first, *second]) && digit.is_ascii_digit() && is_district_end(*last),
            _ => false,
        }
}

fn is_historical(outward: &str) -> bool {
    HISTORICAL_OUTWARD.contains(&outward)
}

fn is_district_end(character: u8) -> bool {
    character.is_ascii_digit() || character.is_ascii_uppercase()
}

/// A digit and two letters: `2DT`.
fn is_inward(text: &str) -> bool {
    match text.as_bytes() {
        [sector, first, second] => sector.is_ascii_digit() && first.is_ascii_uppercase() && second.is_ascii_uppercase(),
        _ => false,
    }
}

impl fmt::Display for Postcode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl std::str::FromStr for Postcode {
    type Err = NotAPostcode;
    fn from_str(text: &str) -> Result<Self, NotAPostcode> {
        Self::parse(text)
    }
}

impl TryFrom<String> for Postcode {
    type Error = NotAPostcode;
    fn try_from(text: String) -> Result<Self, NotAPostcode> {
        Self::parse(&text)
    }
}

impl From<Postcode> for String {
    fn from(postcode: Postcode) -> Self {
        postcode.0
    }
}

/// A point on the National Grid of Great Britain (OSGB36), in whole metres. Northern Ireland has another grid, whose
/// figures must never be put in here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Point {
    /// Metres east of the grid's false origin.
    pub easting: i32,
    /// Metres north of it.
    pub northing: i32,
}

/// The length of a mile, as a fraction of metres.
struct MileLength {
    numerator: u128,
    denominator: u128,
}

/// The international mile: 1609.344 m.
const INTERNATIONAL: MileLength = MileLength { numerator: 1_609_344, denominator: 1_000 };

/// The mile by which the SSDA903 return is checked: 1609.3 m.
const OF_THE_RETURN: MileLength = MileLength { numerator: 16_093, denominator: 10 };

impl Point {
    /// Whether the other point is at most so many miles away, exactly. Decide by this, never by
    /// [`Point::miles_to`]: 20.0026 miles is shown as 20.0 and is not within 20.
    #[must_use]
    pub fn is_within_miles(self, other: Self, miles: u32) -> bool {
        let MileLength { numerator, denominator } = INTERNATIONAL;
        let radius = u128::from(miles) * numerator;
        self.squared_metres_to(other) * denominator.pow(2) <= radius.pow(2)
    }

    /// Miles as the crow flies on the grid, for people to read.
    #[must_use]
    pub fn miles_to(self, other: Self) -> Miles {
        self.rounded(other, &INTERNATIONAL)
    }

    /// The distance that the SSDA903 return asks for between the child's home and the placement: by a mile of 1609.3 m,
    /// which is how the department checks it. Not for any other use.
    #[must_use]
    pub fn ssda903_miles_to(self, other: Self) -> Miles {
        self.rounded(other, &OF_THE_RETURN)
    }

    fn squared_metres_to(self, other: Self) -> u128 {
        let squared = |from: i32, to: i32| u128::from(from.abs_diff(to)).pow(2);
        squared(self.easting, other.easting) + squared(self.northing, other.northing)
    }

    /// Tenths of a mile, half up. Half a tenth is a twentieth: the root of (20 × distance)² in whole twentieths, rounded down,
    /// says on which side of it the distance lies, so no fraction is needed.
    fn rounded(self, other: Self, mile: &MileLength) -> Miles {
        let squared_twentieths = self.squared_metres_to(other) * (20 * mile.denominator).pow(2) / mile.numerator.pow(2);
        let tenths = squared_twentieths.isqrt().div_ceil(2);
        Miles { tenths: u32::try_from(tenths).unwrap_or(u32::MAX) }
    }
}

/// A distance in miles to one decimal, rounded half up: for showing, ranking and returns, not for tests of a radius.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Miles {
    /// Tenths of a mile: 137 for 13.7.
    pub tenths: u32,
}

impl Miles {
    /// What the SSDA903 return puts where one of the two postcodes is not known: 999.9.
    pub const UNKNOWN_IN_SSDA903: Self = Self { tenths: 9_999 };
}

impl fmt::Display for Miles {
    /// `13.7`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.tenths / 10, self.tenths % 10)
    }
}

impl LocalArea {
    /// The reference point.
    #[must_use]
    pub fn point(&self) -> Option<Point> {
        Some(Point { easting: self.easting_m.try_into().ok()?, northing: self.northing_m.try_into().ok()? })
    }
}

/// What is known of a place: its point and the council (or district) in whose area it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// On the National Grid.
    pub point: Point,
    /// As the postcode file names it: a district's code where there are two tiers.
    pub council: CouncilCode,
}

/// The three independent flags of a placement, and its distance from the reference point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlaceFlags {
    /// From the consortium's reference point.
    pub miles: Miles,
    /// Within the radius: the councils' *local*.
    pub is_within_radius: bool,
    /// In the area of any member council.
    pub is_in_footprint: bool,
    /// The regulations' test, for the placing council.
    pub legal_class: LegalClass,
}

/// Why a place could not be judged.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CannotJudge {
    /// The placing council is not a member.
    #[error("`{0}` is not a council of this consortium")]
    NotAMember(CouncilCode),
    /// The configured reference point is outside the grid.
    #[error("the reference point is not on the National Grid")]
    ReferencePoint,
}

/// Judges a place for a placing council: miles, local, in the footprint, legal class.
///
/// # Errors
/// [`CannotJudge`] when the placing council is not a member, or the reference point is not on the grid.
pub fn judge(consortium: &Consortium, placing: &CouncilCode, place: &Place) -> Result<PlaceFlags, CannotJudge> {
    let council = consortium.council(placing).ok_or_else(|| CannotJudge::NotAMember(placing.clone()))?;
    let reference = consortium.local.point().ok_or(CannotJudge::ReferencePoint)?;
    let area = consortium.responsible_council(&place.council);
    let legal_class = if area == &council.code {
        LegalClass::InArea
    } else if council.adjoining.contains(area) {
        LegalClass::OutOfAreaAdjoining
    } else {
        LegalClass::AtADistance
    };
    Ok(PlaceFlags {
        miles: reference.miles_to(place.point),
        is_within_radius: reference.is_within_miles(place.point, consortium.local.radius_miles),
        is_in_footprint: consortium.council(area).is_some(),
        legal_class,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn postcodes_are_read_as_people_write_them_and_kept_in_one_form() {
        for (text, normal) in [
            ("ng12dt", "NG1 2DT"),
            (" NG1  2DT ", "NG1 2DT"),
            ("n1 0aa", "N1 0AA"),
            ("EC1A1BB", "EC1A 1BB"),
            ("w1a 0ax", "W1A 0AX"),
            ("M11AE", "M1 1AE"),
            ("CR2 6XH", "CR2 6XH"),
            ("DN55 1PT", "DN55 1PT"),
            ("NPT 0VA", "NPT 0VA"),
            ("GIR0AA", "GIR 0AA"),
        ] {
            let postcode = Postcode::parse(text).unwrap();
            assert_eq!(postcode.as_str(), normal);
            assert_eq!(format!("{} {}", postcode.outward(), postcode.inward()), normal);
        }
    }

    #[test]
    fn what_is_no_full_postcode_is_refused_with_the_words_that_were_typed() {
        for text in ["", "NG1", "2DT", "NG1 2D", "NG1 2OT", "NG1 DDT", "1NG 2DT", "NGG1 2DT", "NG123 2DT", "REDACTED", "NG1—2DT", "ñG1 2DT"]
        {
            assert_eq!(Postcode::parse(text), Err(NotAPostcode(text.to_owned())), "{text}");
        }
        assert_eq!(Postcode::parse("NG1").unwrap_err().to_string(), "`NG1` is not a full postcode, like NG1 2DT");
    }

    const OLD_MARKET_SQUARE: Point = Point { easting: 457_200, northing: 339_900 };

    /// Postcodes around Nottingham, their points by the Office for National Statistics (November 2025), their distance
    /// from Old Market Square in tenths of a mile, and whether it is within 20 miles.
    const AROUND_NOTTINGHAM: [(&str, i32, i32, u32, bool); 12] = [
        ("NG1 2DT", 457_272, 339_899, 0, true),
        ("NG2 3NG", 457_573, 339_316, 4, true),
        ("DE1 2FS", 435_461, 336_327, 137, true),
        ("DE4 3AG", 430_105, 360_671, 212, false),
        ("NG2 7QP", 458_185, 338_030, 13, true),
        ("S80 2AH", 458_522, 378_670, 241, false),
        ("DN22 6PE", 470_548, 381_340, 271, false),
        ("NG18 1AB", 454_090, 360_617, 130, true),
        ("LE11 3EB", 453_659, 319_647, 128, true),
        ("S40 1LP", 437_985, 371_228, 228, false),
        ("S45 0AB", 434_922, 363_131, 200, true),
        ("DE6 3LJ", 426_637, 350_008, 200, false),
    ];

    #[test]
    fn twenty_miles_end_where_they_end_to_the_last_step() {
        for (postcode, easting, northing, tenths, is_local) in AROUND_NOTTINGHAM {
            let point = Point { easting, northing };
            assert_eq!(OLD_MARKET_SQUARE.miles_to(point).tenths, tenths, "{postcode}");
            assert_eq!(point.is_within_miles(OLD_MARKET_SQUARE, 20), is_local, "{postcode}");
        }
    }

    #[test]
    fn a_distance_is_shown_with_one_decimal() {
        let derby = Point { easting: 435_461, northing: 336_327 };
        assert_eq!(OLD_MARKET_SQUARE.miles_to(derby).to_string(), "13.7");
        assert_eq!(Miles::UNKNOWN_IN_SSDA903.to_string(), "999.9");
        assert_eq!(OLD_MARKET_SQUARE.miles_to(OLD_MARKET_SQUARE).to_string(), "0.0");
    }

    #[test]
    fn exactly_half_a_tenth_goes_up_and_an_exact_radius_is_within() {
        // 31.25 miles are exactly 50,292 m; 125 miles exactly 201,168 m.
        let origin = Point { easting: 0, northing: 0 };
        assert_eq!(origin.miles_to(Point { easting: 50_292, northing: 0 }).tenths, 313);
        assert_eq!(origin.miles_to(Point { easting: 50_291, northing: 0 }).tenths, 312);
        assert!(origin.is_within_miles(Point { easting: 201_168, northing: 0 }, 125));
        assert!(!origin.is_within_miles(Point { easting: 201_169, northing: 0 }, 125));
    }

    #[test]
    fn the_return_measures_by_its_own_mile() {
        // 80,547 m are 50.0496 miles of 1609.344 m and 50.0509 miles of 1609.3 m.
        let origin = Point { easting: 0, northing: 0 };
        let parting = Point { easting: 80_547, northing: 0 };
        assert_eq!((origin.miles_to(parting).tenths, origin.ssda903_miles_to(parting).tenths), (500, 501));
    }

    proptest! {
        #[test]
        fn distances_are_those_of_the_formula(de in -700_000_i32..700_000, dn in -1_300_000_i32..1_300_000) {
            let origin = Point { easting: 0, northing: 0 };
            let point = Point { easting: de, northing: dn };
            let metres = f64::from(de).hypot(f64::from(dn));
            let is_nearest = |miles: Miles, mile: f64| (f64::from(miles.tenths) - metres / mile * 10.0).abs() <= 0.500_000_1;
            prop_assert!(is_nearest(origin.miles_to(point), 1609.344));
            prop_assert!(is_nearest(origin.ssda903_miles_to(point), 1609.3));
        }

        #[test]
        fn the_farthest_points_that_can_be_written_do_not_overflow(a in any::<[i32; 4]>()) {
            let [e1, n1, e2, n2] = a;
            let (from, to) = (Point { easting: e1, northing: n1 }, Point { easting: e2, northing: n2 });
            prop_assert_eq!(from.miles_to(to), to.miles_to(from));
            prop_assert!(from.is_within_miles(to, u32::MAX));
        }

        #[test]
        fn a_postcode_is_read_back_as_it_is_shown(text in "[A-Z]{1,2}[0-9][A-Z0-9]? ?[0-9][ABD-HJLNP-UW-Z]{2}") {
            let postcode = Postcode::parse(&text).unwrap();
            prop_assert_eq!(Postcode::parse(postcode.as_str()).unwrap(), postcode);
        }
    }
}
