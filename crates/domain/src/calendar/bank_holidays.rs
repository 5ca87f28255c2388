//! Bank holidays in England, computed: the fixed and movable days, their substitutes, and the years that differed.
//!
//! Holds from 1975. A day that is proclaimed later than this file was written is one more row of [`ONE_OFF`] or
//! [`MOVED`]; nothing else changes.

use chrono::{Datelike as _, NaiveDate, Weekday};

use super::Day;

/// Days proclaimed for one year only: year, month, day, name.
const ONE_OFF: &[(i32, u32, u32, &str)] = &[
    (1977, 6, 7, "Silver Jubilee"),
    (1981, 7, 29, "Royal wedding"),
    (1999, 12, 31, "Millennium"),
    (2002, 6, 3, "Golden Jubilee"),
    (2011, 4, 29, "Royal wedding"),
    (2012, 6, 5, "Diamond Jubilee"),
    (2022, 6, 3, "Platinum Jubilee"),
    (2022, 9, 19, "State funeral of Queen Elizabeth II"),
    (2023, 5, 8, "Coronation of King Charles III"),
];

/// A holiday whose day was moved for one year.
struct Moved {
    year: i32,
    holiday: Monday,
    month: u32,
    day: u32,
}

/// The holidays that fall on a Monday of a month.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Monday {
    EarlyMay,
    Spring,
    Summer,
}

const MOVED: &[Moved] = &[
    Moved { year: 1995, holiday: Monday::EarlyMay, month: 5, day: 8 },
    Moved { year: 2002, holiday: Monday::Spring, month: 6, day: 4 },
    Moved { year: 2012, holiday: Monday::Spring, month: 6, day: 4 },
    Moved { year: 2020, holiday: Monday::EarlyMay, month: 5, day: 8 },
    Moved { year: 2022, holiday: Monday::Spring, month: 6, day: 2 },
];

/// The name of the bank holiday that England keeps on this day, if it keeps one. When a holiday falls on a weekend it
/// is its substitute weekday that is named.
#[must_use]
pub fn bank_holiday(day: Day) -> Option<&'static str> {
    in_year(day.parts().0).into_iter().find(|(holiday, _)| *holiday == day).map(|(_, name)| name)
}

/// The bank holidays that England keeps in a year, in the order of the calendar.
#[must_use]
pub fn in_year(year: i32) -> Vec<(Day, &'static str)> {
    let easter = easter_sunday(year);
    let christmas = kept(year, 12, 25);
    let mut days: Vec<(Option<Day>, &'static str)> = vec![
        (kept(year, 1, 1), "New Year’s Day"),
        (easter.map(|sunday| sunday.plus_days(-2)), "Good Friday"),
        (easter.map(|sunday| sunday.plus_days(1)), "Easter Monday"),
        (monday(year, Monday::EarlyMay), "Early May bank holiday"),
        (monday(year, Monday::Spring), "Spring bank holiday"),
        (monday(year, Monday::Summer), "Summer bank holiday"),
        (christmas, "Christmas Day"),
        (boxing_day(year, christmas), "Boxing Day"),
    ];
    days.extend(ONE_OFF.iter().filter(|(only, ..)| *only == year).map(|&(year, month, day, name)| (Day::of(year, month, day), name)));
    let mut kept: Vec<(Day, &'static str)> = days.into_iter().filter_map(|(day, name)| day.map(|day| (day, name))).collect();
    kept.sort_unstable();
    kept
}

/// A fixed date, or the first weekday after it when it falls on a weekend.
fn kept(year: i32, month: u32, day: u32) -> Option<Day> {
    let mut kept = Day::of(year, month, day)?;
    while kept.is_weekend() {
        kept = kept.plus_days(1);
    }
    Some(kept)
}

/// 26 December, or its substitute. A Boxing Day that would meet Christmas Day's substitute is kept on the day after.
fn boxing_day(year: i32, christmas: Option<Day>) -> Option<Day> {
    let boxing = kept(year, 12, 26)?;
    let meets = christmas == Some(boxing);
    Some(boxing.plus_days(i64::from(meets)))
}

/// The holiday's Monday, or the day to which it was moved that year.
fn monday(year: i32, holiday: Monday) -> Option<Day> {
    if let Some(moved) = MOVED.iter().find(|moved| moved.year == year && moved.holiday == holiday) {
        return Day::of(year, moved.month, moved.day);
    }
    match holiday {
        // Kept since 1978.
        Monday::EarlyMay if year < 1978 => None,
        Monday::EarlyMay => NaiveDate::from_weekday_of_month_opt(year, 5, Weekday::Mon, 1).map(Day),
        Monday::Spring => last_monday(year, 5),
        Monday::Summer => last_monday(year, 8),
    }
}

/// The last Monday of a month that has 31 days.
fn last_monday(year: i32, month: u32) -> Option<Day> {
    let last = Day::of(year, month, 31)?;
    Some(last.plus_days(-i64::from(last.0.weekday().num_days_from_monday())))
}

/// Easter Sunday in the Gregorian calendar: the Sunday after the first ecclesiastical full moon on or after 21 March.
fn easter_sunday(year: i32) -> Option<Day> {
    let century = year.div_euclid(100);
    let golden = year.rem_euclid(19);
    // Days from 21 March to the full moon: the 19-year lunar cycle, corrected for leap days dropped by centuries (solar)
    // and for the cycle's own drift of eight days in 25 centuries (lunar).
    let solar = century - century.div_euclid(4);
    let lunar = (8 * century + 13).div_euclid(25);
    let age = (19 * golden + solar - lunar + 15).rem_euclid(30);
    // Two ages would give two moons on one date within a cycle, or a moon on 19 April; the tables move them a day back.
    let moon = age - i32::from(age == 29 || (age == 28 && golden > 10));
    let full_moon = Day::of(year, 3, 21)?.plus_days(i64::from(moon));
    let until_sunday = 7 - full_moon.0.weekday().num_days_from_sunday();
    Some(full_moon.plus_days(i64::from(until_sunday)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days_of(year: i32) -> Vec<(u32, u32)> {
        in_year(year)
            .into_iter()
            .map(|(day, _)| {
                let (_, month, day) = day.parts();
                (month, day)
            })
            .collect()
    }

    #[test]
    fn the_holidays_of_2026_and_2027() {
        assert_eq!(days_of(2026), [(1, 1), (4, 3), (4, 6), (5, 4), (5, 25), (8, 31), (12, 25), (12, 28)]);
        assert_eq!(days_of(2027), [(1, 1), (3, 26), (3, 29), (5, 3), (5, 31), (8, 30), (12, 27), (12, 28)]);
    }

    #[test]
    fn the_years_that_differed() {
        assert_eq!(days_of(2022), [(1, 3), (4, 15), (4, 18), (5, 2), (6, 2), (6, 3), (8, 29), (9, 19), (12, 26), (12, 27)]);
        assert!(days_of(2020).contains(&(5, 8)) && !days_of(2020).contains(&(5, 4)));
        assert!(days_of(2012).contains(&(6, 4)) && days_of(2012).contains(&(6, 5)));
        assert!(!days_of(2012).contains(&(5, 28)));
        assert!(days_of(2023).contains(&(5, 8)) && days_of(2023).contains(&(5, 1)));
        assert!(!days_of(1977).contains(&(5, 2)) && days_of(1978).contains(&(5, 1)));
    }

    #[test]
    fn easter_is_found_at_its_earliest_and_latest() {
        assert_eq!(easter_sunday(2008), Day::of(2008, 3, 23));
        assert_eq!(easter_sunday(2038), Day::of(2038, 4, 25));
        assert_eq!(easter_sunday(1981), Day::of(1981, 4, 19));
        assert_eq!(easter_sunday(1954), Day::of(1954, 4, 18));
    }

    #[test]
    fn every_holiday_is_a_weekday_and_none_is_lost() {
        for year in 1978..2100 {
            let days = in_year(year);
            assert!(days.iter().all(|(day, _)| !day.is_weekend()), "{year}");
            let mut distinct = days.clone();
            distinct.dedup_by_key(|(day, _)| *day);
            assert!(distinct.len() == days.len() && days.len() >= 8, "{year}");
        }
    }
}
