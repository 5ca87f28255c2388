//! A map of offers, drawn here from the data: no picture comes from elsewhere, so nobody else learns what is looked at.
//!
//! Everything in the picture also stands in the table beside it. The child's home is never a point: it is the middle of all
//! postcodes with the same first half, and it is there only for those who may read the referral.

use domain::consortium::LocalArea;
use domain::place::Point;
use serde::Serialize;

/// A map with its table: what `parts/map.html` draws.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Map {
    /// Unique on the page.
    pub key: &'static str,
    /// The title of the picture and of the table.
    pub title: String,
    /// The picture in a sentence.
    pub description: String,
    /// In the units of everything else.
    pub view_box: String,
    /// Outlines.
    pub areas: Vec<Area>,
    /// The radius within which a home is local.
    pub circle: Circle,
    /// What stands where, in the order of the table.
    pub points: Vec<Marker>,
    /// Whether the table says how far each is from the child's home.
    pub has_home: bool,
}

/// An outline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Area {
    /// Its name.
    pub name: String,
    /// In SVG's own notation.
    pub path: String,
}

/// A circle with its meaning.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Circle {
    /// Its middle.
    pub x: i64,
    /// Its middle.
    pub y: i64,
    /// In the same units.
    pub radius: i64,
    /// What it means.
    pub label: String,
}

/// A place on the map and in its table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Marker {
    /// What stands in the picture and in the table.
    pub number: String,
    /// Its name.
    pub label: String,
    /// In the picture; none while its place is not known, and then it is in the table only.
    pub x: Option<i64>,
    /// In the picture.
    pub y: Option<i64>,
    /// How far from the reference point, in words.
    pub note: Option<String>,
    /// How far from the child's home, in words.
    pub from_home: Option<String>,
    /// `REFERENCE`, `HOME` or `OFFER`.
    pub kind: &'static str,
}

/// An offer to be drawn.
#[derive(Debug, Clone)]
pub(crate) struct Drawn {
    pub name: String,
    pub point: Option<Point>,
}

/// The child's home as it may be shown.
#[derive(Debug, Clone)]
pub(crate) struct HomeArea {
    /// The first half of the postcode.
    pub outward: String,
    /// The middle of all postcodes that begin so; none while that is not known.
    pub middle: Option<Point>,
}

/// Units across the longer side of the picture.
const LONGER_SIDE: i64 = 400;
/// Room around the outermost marker.
const MARGIN: i64 = 16;
/// Metres of a mile, rounded: for drawing only. What is local, the domain decides exactly.
const METRES_OF_A_MILE: i64 = 1_609;

/// Draws the offers around the reference point; nothing when that is not on the grid.
pub(crate) fn of_offers(local: &LocalArea, home: Option<&HomeArea>, offers: &[Drawn]) -> Option<Map> {
    let reference = local.point()?;
    let radius = i64::from(local.radius_miles) * METRES_OF_A_MILE;
    let home_at = home.and_then(|home| home.middle);
    let frame = Frame::around(reference, radius, offers.iter().filter_map(|offer| offer.point).chain(home_at));
    let marker = |number: String, label: String, point: Option<Point>, kind| Marker {
        x: point.map(|point| frame.x(point)),
        y: point.map(|point| frame.y(point)),
        note: point.filter(|_| kind != "REFERENCE").map(|point| in_words(reference, point)),
        from_home: point.zip(home_at).filter(|_| kind != "HOME").map(|(point, home)| roughly(home, point)),
        number,
        label,
        kind,
    };
    let mut points = vec![marker("R".to_owned(), local.reference_point.clone(), Some(reference), "REFERENCE")];
    let home_label = |home: &HomeArea| format!("The child’s home area, {} (not the address)", home.outward);
    points.extend(home.map(|home| marker("H".to_owned(), home_label(home), home.middle, "HOME")));
    let offer = |(index, offer): (usize, &Drawn)| marker((index + 1).to_string(), offer.name.clone(), offer.point, "OFFER");
    points.extend(offers.iter().enumerate().map(offer));
    Some(Map {
        key: "offers-map",
        title: "Where the offers are".to_owned(),
        description: describe(local, &points),
        view_box: format!("0 0 {} {}", frame.width, frame.height),
        areas: Vec::new(),
        circle: Circle {
            x: frame.x(reference),
            y: frame.y(reference),
            radius: frame.units(radius),
            label: format!("{} miles from {}", local.radius_miles, local.reference_point),
        },
        has_home: home_at.is_some(),
        points,
    })
}

/// Which part of the country the picture shows, and how large.
struct Frame {
    west: i64,
    north: i64,
    metres: i64,
    width: i64,
    height: i64,
}

impl Frame {
    /// All of the circle and every point.
    fn around(middle: Point, radius: i64, points: impl Iterator<Item = Point>) -> Self {
        let (east, north) = (i64::from(middle.easting), i64::from(middle.northing));
        let mut edges = (east - radius, east + radius, north - radius, north + radius);
        for point in points {
            let (east, north) = (i64::from(point.easting), i64::from(point.northing));
            edges = (edges.0.min(east), edges.1.max(east), edges.2.min(north), edges.3.max(north));
        }
        let (across, along) = (edges.1 - edges.0, edges.3 - edges.2);
        let metres = across.max(along).max(1);
        let side = |length: i64| length * LONGER_SIDE / metres + 2 * MARGIN;
        Self { west: edges.0, north: edges.3, metres, width: side(across), height: side(along) }
    }

    fn units(&self, metres: i64) -> i64 {
        metres * LONGER_SIDE / self.metres
    }

    fn x(&self, point: Point) -> i64 {
        self.units(i64::from(point.easting) - self.west) + MARGIN
    }

    /// North is up.
    fn y(&self, point: Point) -> i64 {
        self.units(self.north - i64::from(point.northing)) + MARGIN
    }
}

/// `13.7 miles west`.
fn in_words(from: Point, to: Point) -> String {
    let miles = from.miles_to(to);
    if miles.tenths == 0 { "0.0 miles".to_owned() } else { format!("{miles} miles {}", direction(from, to)) }
}

/// Whole miles: the middle of an area says no more.
fn roughly(from: Point, to: Point) -> String {
    match (from.miles_to(to).tenths + 5) / 10 {
        0 => "Less than a mile".to_owned(),
        1 => "About 1 mile".to_owned(),
        miles => format!("About {miles} miles"),
    }
}

/// One of the eight directions. The border between two of them is at a slope of 5 to 12, near enough to 22.5 degrees.
fn direction(from: Point, to: Point) -> &'static str {
    let east = i64::from(to.easting) - i64::from(from.easting);
    let north = i64::from(to.northing) - i64::from(from.northing);
    let is_flat = north.abs() * 12 < east.abs() * 5;
    let is_steep = east.abs() * 12 < north.abs() * 5;
    match (east >= 0, north >= 0) {
        (true, _) if is_flat => "east",
        (false, _) if is_flat => "west",
        (_, true) if is_steep => "north",
        (_, false) if is_steep => "south",
        (true, true) => "north-east",
        (false, true) => "north-west",
        (true, false) => "south-east",
        (false, false) => "south-west",
    }
}

fn describe(local: &LocalArea, points: &[Marker]) -> String {
    let named: Vec<String> = points
        .iter()
        .filter(|point| point.kind == "OFFER")
        .map(|point| format!("{}: {}, {}", point.number, point.label, point.note.as_deref().unwrap_or("place not known")))
        .collect();
    format!("Offers around {}. {}. The table has the same.", local.reference_point, named.join("; "))
}

#[cfg(test)]
mod tests {
    use domain::consortium::Origin;

    use super::*;

    fn local() -> LocalArea {
        LocalArea {
            reference_point: "Nottingham city centre".to_owned(),
            easting_m: 457_200,
            northing_m: 339_900,
            radius_miles: 20,
            origin: Origin::Agreed,
        }
    }

    fn drawn(name: &str, easting: i32, northing: i32) -> Drawn {
        Drawn { name: name.to_owned(), point: Some(Point { easting, northing }) }
    }

    #[test]
    fn what_is_within_the_radius_is_drawn_within_the_circle_and_north_is_up() {
        // Derby is 13.7 miles away, Matlock 21.2, Retford 27.1.
        let offers = [drawn("Derby", 435_461, 336_327), drawn("Matlock", 430_105, 360_671), drawn("Retford", 470_548, 381_340)];
        let map = of_offers(&local(), None, &offers).unwrap();
        let is_inside = |marker: &Marker| {
            let squared = (marker.x.unwrap() - map.circle.x).pow(2) + (marker.y.unwrap() - map.circle.y).pow(2);
            squared <= map.circle.radius.pow(2)
        };
        let offers = &map.points[1..];
        assert_eq!(offers.iter().map(is_inside).collect::<Vec<_>>(), [true, false, false]);
        assert!(offers[2].y < offers[1].y && offers[0].x < Some(map.circle.x), "{offers:?}");
        let notes: Vec<_> = offers.iter().filter_map(|marker| marker.note.as_deref()).collect();
        assert_eq!(notes, ["13.7 miles west", "21.2 miles north-west", "27.1 miles north"]);
        let sides: Vec<i64> = map.view_box.split(' ').map(|side| side.parse().unwrap()).collect();
        assert!(map.points.iter().all(|point| point.x <= Some(sides[2] - 9) && point.y <= Some(sides[3] - 9)), "{map:?}");
        assert!(map.points.iter().all(|point| point.x >= Some(9) && point.y >= Some(9)), "{map:?}");
    }

    #[test]
    fn the_home_is_an_area_and_distances_from_it_are_rough() {
        let home = HomeArea { outward: "NG7".to_owned(), middle: Some(Point { easting: 455_400, northing: 340_300 }) };
        let map = of_offers(&local(), Some(&home), &[drawn("Derby", 435_461, 336_327)]).unwrap();
        assert_eq!(map.points[1].label, "The child’s home area, NG7 (not the address)");
        assert_eq!(map.points[2].from_home.as_deref(), Some("About 13 miles"));
        assert_eq!(map.points[0].from_home.as_deref(), Some("About 1 mile"));
    }

    #[test]
    fn a_home_whose_place_is_not_known_is_in_the_table_only() {
        let map = of_offers(&local(), None, &[Drawn { name: "Somewhere".to_owned(), point: None }]).unwrap();
        assert_eq!((map.points[1].x, map.points[1].note.as_deref()), (None, None));
        assert!(map.description.contains("1: Somewhere, place not known"), "{}", map.description);
    }
}
