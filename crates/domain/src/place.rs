//! Where a home is: postcodes, points, miles, and the three tests of distance that must never be mixed up.
//!
//! *Local* is the councils' policy (a radius around a point), *in the footprint* is their aim (any member's area), and the
//! *legal class* is what the regulations ask about (own area, adjoining area, or further). None follows from another: a
//! home six miles away can be "at a distance", and one inside the footprint can be too far to be local.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::consortium::{Consortium, CouncilCode, LocalArea};

codes! {
    /// How the area in which a home stands relates to the placing council's (regulation 11 of the Care Planning Regulations).
    pub enum LegalClass("legal class") {
        /// In the placing council's own area.
        InArea = "IN_AREA", "In area";
        /// In the area of a council that adjoins it.
        OutOfAreaAdjoining = "OUT_OF_AREA_ADJOINING", "Out of area, adjoining";
        /// Neither in its own area nor in an adjoining one.
        AtADistance = "AT_A_DISTANCE", "At a distance";
    }
}

/// A United Kingdom postcode in its usual form, such as `NG1 2DT`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Postcode(String);

/// Text that is no postcode.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` is not a full postcode, like NG1 2DT")]
pub struct NotAPostcode(pub String);

impl Postcode {
    /// Reads a full postcode; spaces anywhere and lower case are accepted.
    ///
    /// # Errors
    /// [`NotAPostcode`] when it cannot be one. Whether it exists, only the postcode file knows.
    pub fn parse(text: &str) -> Result<Self, NotAPostcode> {
        let letters: String = text.chars().filter(|character| !character.is_whitespace()).collect::<String>().to_ascii_uppercase();
        let wrong = || NotAPostcode(text.trim().to_owned());
        let cut = letters.len().checked_sub(3).ok_or_else(wrong)?;
        let (outward, inward) = letters.split_at_checked(cut).ok_or_else(wrong)?;
        let is_inward = {
            let mut inward = inward.chars();
            inward.next().is_some_and(|first| first.is_ascii_digit()) && inward.all(|character| character.is_ascii_uppercase())
        };
        let is_outward = (2..=4).contains(&outward.len())
            && outward.chars().all(|character| character.is_ascii_alphanumeric())
            && outward.starts_with(|first: char| first.is_ascii_uppercase())
            && outward.chars().skip(1).any(|character| character.is_ascii_digit());
        if is_inward && is_outward { Ok(Self(format!("{outward} {inward}"))) } else { Err(wrong()) }
    }

    /// The usual form with one space.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first half: as much of an address as a provider sees before a child's identity is disclosed.
    #[must_use]
    pub fn outward(&self) -> &str {
        self.0.split(' ').next().unwrap_or_default()
    }
}

impl std::fmt::Display for Postcode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
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

/// A point on the National Grid, in whole metres (OSGB36).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Point {
    /// Metres east.
    pub easting: i32,
    /// Metres north.
    pub northing: i32,
}

/// The square of the metres in a mile, in square millimetres: 1,609,344 mm squared.
const SQUARE_MILE_MM2: i128 = 1_609_344 * 1_609_344;

impl Point {
    /// The square of the straight distance in square metres: exact, so that a border case is decided and not rounded.
    #[must_use]
    pub fn square_metres_to(self, other: Self) -> i64 {
        let east = i64::from(self.easting) - i64::from(other.easting);
        let north = i64::from(self.northing) - i64::from(other.northing);
        east * east + north * north
    }

    /// Whether the other point is at most so many miles away, exactly.
    #[must_use]
    pub fn is_within_miles(self, other: Self, miles: u32) -> bool {
        let miles = i128::from(miles);
        i128::from(self.square_metres_to(other)) * 1_000_000 <= miles * miles * SQUARE_MILE_MM2
    }

    /// The straight distance in miles of 1,609.344 metres.
    #[must_use]
    pub fn miles_to(self, other: Self) -> Miles {
        Miles::of_metres(self.metres_to(other), 1_609.344)
    }

    /// The distance of the SSDA903 return: the department's own formula divides by 1,609.3 metres.
    #[must_use]
    pub fn ssda903_miles_to(self, other: Self) -> Miles {
        Miles::of_metres(self.metres_to(other), 1_609.3)
    }

    fn metres_to(self, other: Self) -> f64 {
        let east = f64::from(self.easting) - f64::from(other.easting);
        let north = f64::from(self.northing) - f64::from(other.northing);
        east.hypot(north)
    }
}

/// A distance in whole tenths of a mile, rounded half up: what is shown and kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Miles {
    /// Tenths of a mile.
    pub tenths: u32,
}

impl Miles {
    fn of_metres(metres: f64, metres_in_mile: f64) -> Self {
        let tenths = (metres / metres_in_mile * 10.0).round();
        // The longest distance in the country is under 10,000 tenths; formatting is the cast that cannot truncate unseen.
        Self { tenths: format!("{tenths:.0}").parse().unwrap_or(u32::MAX) }
    }
}

impl std::fmt::Display for Miles {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
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

/// Judges a place for a placing council: miles, local, in the footprint, legal class (section 4.3 of the domain notes).
///
/// # Errors
/// [`CannotJudge`] when the placing council is not a member.
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
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    const CENTRE: Point = Point { easting: 457_200, northing: 339_900 };

    #[test]
    fn postcodes_are_read_with_or_without_spaces_and_written_one_way() {
        for text in ["ng12dt", " NG1 2DT ", "N G 1 2 d t"] {
            assert_eq!(Postcode::parse(text).unwrap().as_str(), "NG1 2DT");
        }
        assert_eq!(Postcode::parse("EC1A1BB").unwrap().outward(), "EC1A");
        for wrong in ["", "NG1", "NG1 2D", "12 3AB", "NG1 22T", "NGN GNN", "Nottingham", "£G1 2DT"] {
            assert!(Postcode::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_tenth_of_a_metre_decides_what_is_local() {
        // A point 20 miles due east is 32,186.88 m away: the metre below is local, the metre above is not.
        let at = |metres: i32| Point { easting: CENTRE.easting + metres, ..CENTRE };
        assert!(CENTRE.is_within_miles(at(32_186), 20));
        assert!(!CENTRE.is_within_miles(at(32_187), 20));
        assert_eq!(CENTRE.miles_to(at(32_187)).to_string(), "20.0");
    }

    #[test]
    fn the_return_divides_by_another_mile() {
        // 10.34975 miles, and 10.35003 of the department's: the tenth differs.
        let far = Point { easting: CENTRE.easting + 16_656, northing: CENTRE.northing + 100 };
        assert_eq!(CENTRE.miles_to(far).to_string(), "10.3");
        assert_eq!(CENTRE.ssda903_miles_to(far).to_string(), "10.4");
    }
}
