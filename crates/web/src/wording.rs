//! How amounts, dates, times and distances read on a page. Pure; the templates use them as filters.

use chrono::{DateTime, Timelike as _, Utc};
use chrono_tz::Europe::London;
use chrono_tz::OffsetComponents as _;
use domain::calendar::Day;

/// `563525` pence reads `£5,635.25`; whole pounds keep their pence, so that columns of money line up.
#[must_use]
pub fn pounds(pence: i64) -> String {
    let magnitude = pence.unsigned_abs();
    let whole = (magnitude / 100).to_string();
    let mut grouped = String::new();
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    // The minus sign proper: a hyphen is read out as a word joint, or not at all.
    let sign = if pence < 0 { "\u{2212}" } else { "" };
    format!("{sign}£{grouped}.{:02}", magnitude % 100)
}

/// `2026-12-18` reads `18 December 2026`. `None` if the text is not such a date.
#[must_use]
pub fn day(text: &str) -> Option<String> {
    text.parse().ok().map(|date| Day(date).to_string())
}

/// A time in RFC 3339 reads as [`moment`]. `None` if the text is not such a time.
#[must_use]
pub fn moment_of(text: &str) -> Option<String> {
    DateTime::parse_from_rfc3339(text).ok().map(|at| moment(at.to_utc()))
}

/// A moment reads as the clock on a wall in England showed it, with the zone's name, since a deadline without its zone has
/// been misread before: `18 December 2026 at 2:05pm GMT`. Noon and midnight are named.
#[must_use]
pub fn moment(at: DateTime<Utc>) -> String {
    let local = at.with_timezone(&London);
    let (day, zone) = (Day(local.date_naive()), if local.offset().dst_offset().is_zero() { "GMT" } else { "BST" });
    let (is_afternoon, hour) = local.hour12();
    let half = if is_afternoon { "pm" } else { "am" };
    match (local.hour(), local.minute()) {
        (0, 0) => format!("{day} at midnight {zone}"),
        (12, 0) => format!("{day} at midday {zone}"),
        (_, 0) => format!("{day} at {hour}{half} {zone}"),
        (_, minute) => format!("{day} at {hour}:{minute:02}{half} {zone}"),
    }
}

/// `7.25` reads `7.3 miles`, `1` reads `1.0 miles`: always one decimal, so that a list of distances lines up.
/// `None` if it is no distance.
#[must_use]
pub fn miles(distance: f64) -> Option<String> {
    (distance.is_finite() && distance >= 0.0).then(|| format!("{distance:.1} miles"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pounds_group_thousands_and_keep_pence() {
        let read: Vec<String> = [0, 5, 100, 99_999, 563_525, 123_456_789, -250_000].map(pounds).to_vec();
        assert_eq!(read, ["£0.00", "£0.05", "£1.00", "£999.99", "£5,635.25", "£1,234,567.89", "\u{2212}£2,500.00"]);
        assert_eq!(pounds(i64::MIN), "\u{2212}£92,233,720,368,547,758.08");
    }

    #[test]
    fn a_day_is_written_out() {
        assert_eq!(day("2026-12-08").as_deref(), Some("8 December 2026"));
        assert_eq!(day("2026-02-30"), None);
        assert_eq!(day("08/12/2026"), None);
    }

    #[test]
    fn a_moment_is_in_uk_time_on_both_sides_of_the_clock_changes() {
        assert_eq!(moment_of("2026-12-18T14:05:00Z").as_deref(), Some("18 December 2026 at 2:05pm GMT"));
        assert_eq!(moment_of("2026-07-01T11:00:00Z").as_deref(), Some("1 July 2026 at midday BST"));
        assert_eq!(moment_of("2026-03-29T00:59:59Z").as_deref(), Some("29 March 2026 at 12:59am GMT"));
        assert_eq!(moment_of("2026-03-29T01:00:00Z").as_deref(), Some("29 March 2026 at 2am BST"));
        assert_eq!(moment_of("2026-10-25T00:30:00Z").as_deref(), Some("25 October 2026 at 1:30am BST"));
        assert_eq!(moment_of("2026-10-25T01:30:00Z").as_deref(), Some("25 October 2026 at 1:30am GMT"));
        assert_eq!(moment_of("2026-12-31T00:00:00.000000Z").as_deref(), Some("31 December 2026 at midnight GMT"));
        assert_eq!(moment_of("2026-12-18"), None);
    }

    #[test]
    fn miles_have_one_decimal() {
        assert_eq!(miles(7.26).as_deref(), Some("7.3 miles"));
        assert_eq!(miles(20.0).as_deref(), Some("20.0 miles"));
        assert_eq!(miles(f64::NAN), None);
        assert_eq!(miles(-1.0), None);
    }
}
