//! What a placement costs: a line for each calendar month, and one more wherever the weekly price changes.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::calendar::Day;
use crate::pence::{Pence, PenceError, Rounding, WeeklyRate};
use crate::purchasing::placement::Stay;

codes! {
    /// Whether the day on which a placement ends is charged.
    pub enum EndDay("end day rule") {
        /// The last day charged is the day before: the next home charges the day of the move.
        NotCounted = "NOT_COUNTED", "The end day is not charged";
        /// The end day is charged as a whole day.
        Counted = "COUNTED", "The end day is charged";
    }
}

/// Why no schedule can be made.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ChargeError {
    /// A day of the stay has no price.
    #[error("no weekly price holds on {0}")]
    NoPriceOn(Day),
    /// Two prices begin on one day.
    #[error("two weekly prices begin on {0}")]
    TwoPricesFrom(Day),
    /// The schedule would run longer than a childhood.
    #[error("a schedule runs for at most {} years", Schedule::MAX_YEARS)]
    TooLong,
    /// The arithmetic did not fit.
    #[error(transparent)]
    Pence(#[from] PenceError),
}

/// A weekly price and the day from which it holds, until the next one begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceFrom {
    /// The first day on which it holds.
    pub from: Day,
    /// Core and extras per week, excluding VAT.
    #[serde(rename = "weekly_pence")]
    pub weekly: WeeklyRate,
}

/// What is owed for some days of one month at one price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChargeLine {
    /// The first day charged.
    pub from: Day,
    /// The last day charged, included.
    pub to: Day,
    /// How many days that is.
    pub days: u32,
    /// The price that holds on them.
    #[serde(rename = "weekly_pence")]
    pub weekly: WeeklyRate,
    /// A seventh of the weekly price for each day, rounded half up once.
    #[serde(rename = "amount_pence")]
    pub amount: Pence,
}

/// The charges of one placement, in the order of the calendar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schedule {
    /// A line for each month and price.
    pub lines: Vec<ChargeLine>,
    /// What the lines come to.
    #[serde(rename = "total_pence")]
    pub total: Pence,
}

impl Schedule {
    /// The longest schedule: longer than anybody is a child.
    pub const MAX_YEARS: u32 = 25;

    /// The charges of a stay up to and including the day `through`, or its last day charged if that is earlier. The day
    /// of the start is charged; the day of the end as `end_day` says.
    ///
    /// Each line is rounded by itself, because each is invoiced by itself: the total may differ from the unrounded cost
    /// of the stay by less than half a penny a line, and the days of the lines are exactly the days of the stay.
    ///
    /// # Errors
    /// [`ChargeError::NoPriceOn`] when the first price begins after the stay, [`ChargeError::TwoPricesFrom`],
    /// [`ChargeError::TooLong`].
    pub fn new(stay: Stay, prices: &[PriceFrom], end_day: EndDay, through: Day) -> Result<Self, ChargeError> {
        let mut prices = prices.to_vec();
        prices.sort_by_key(|price| price.from);
        for (price, next) in prices.iter().zip(prices.iter().skip(1)) {
            if price.from == next.from {
                return Err(ChargeError::TwoPricesFrom(price.from));
            }
        }
        let last = last_day_charged(stay, end_day).map_or(through, |last| last.min(through));
        let mut from = stay.starts_on();
        if last > from.plus_years(Self::MAX_YEARS) {
            return Err(ChargeError::TooLong);
        }
        let mut lines = Vec::new();
        while from <= last {
            let line = line_from(from, last, &prices)?;
            from = line.to.plus_days(1);
            lines.push(line);
        }
        let total = Pence::sum(lines.iter().map(|line| line.amount))?;
        Ok(Self { lines, total })
    }

    /// The lines of the month of `day`: what an invoice for that month may ask.
    pub fn in_month_of(&self, day: Day) -> impl Iterator<Item = &ChargeLine> {
        let (first, next) = (day.first_of_month(), day.first_of_next_month());
        self.lines.iter().filter(move |line| first <= line.from && line.from < next)
    }
}

fn last_day_charged(stay: Stay, end_day: EndDay) -> Option<Day> {
    stay.ends_on().map(|ends_on| match end_day {
        EndDay::NotCounted => ends_on.plus_days(-1),
        EndDay::Counted => ends_on,
    })
}

/// The longest line that begins on `from`: to the end of the month, of the price or of the stay.
fn line_from(from: Day, last: Day, prices: &[PriceFrom]) -> Result<ChargeLine, ChargeError> {
    let price = prices.iter().rev().find(|price| price.from <= from).ok_or(ChargeError::NoPriceOn(from))?;
    let next_price = prices.iter().find(|price| price.from > from);
    let month_end = from.first_of_next_month().plus_days(-1);
    let price_end = next_price.map_or(last, |next| next.from.plus_days(-1));
    let to = last.min(month_end).min(price_end);
    let days = u32::try_from(from.days_until(to) + 1).map_err(|_| ChargeError::TooLong)?;
    Ok(ChargeLine { from, to, days, weekly: price.weekly, amount: price.weekly.for_days(days, Rounding::HalfUpAtEnd)? })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    fn price(from: &str, pounds: &str) -> PriceFrom {
        PriceFrom { from: day(from), weekly: WeeklyRate(pounds.parse().unwrap()) }
    }

    fn stay(starts_on: &str, ends_on: Option<&str>) -> Stay {
        Stay::new(day(starts_on), ends_on.map(day)).unwrap()
    }

    #[test]
    fn ten_days_at_5635_25_cost_8050_36() {
        let prices = [price("2026-04-01", "5,635.25")];
        let ten = stay("2026-11-02", Some("2026-11-12"));
        let through = day("2026-12-31");
        let schedule = Schedule::new(ten, &prices, EndDay::NotCounted, through).unwrap();
        assert_eq!(schedule.total, Pence(805_036));
        assert_eq!(schedule.lines.iter().map(|line| line.days).sum::<u32>(), 10);
        let counted = Schedule::new(ten, &prices, EndDay::Counted, through).unwrap();
        assert_eq!(counted.lines.iter().map(|line| line.days).sum::<u32>(), 11);
    }

    #[test]
    fn a_line_ends_with_its_month_and_with_its_price() {
        let prices = [price("2027-03-20", "710"), price("2026-04-01", "700")];
        let open = stay("2027-02-22", None);
        let schedule = Schedule::new(open, &prices, EndDay::NotCounted, day("2027-04-02")).unwrap();
        let lines: Vec<(String, String, u32, i64)> =
            schedule.lines.iter().map(|line| (line.from.iso(), line.to.iso(), line.days, line.amount.0)).collect();
        let row = |from: &str, to: &str, days, amount| (from.to_owned(), to.to_owned(), days, amount);
        assert_eq!(
            lines,
            [
                row("2027-02-22", "2027-02-28", 7, 70_000),
                row("2027-03-01", "2027-03-19", 19, 190_000),
                row("2027-03-20", "2027-03-31", 12, 121_714),
                row("2027-04-01", "2027-04-02", 2, 20_286),
            ]
        );
        assert_eq!(schedule.in_month_of(day("2027-03-31")).count(), 2);
    }

    #[test]
    fn a_day_without_a_price_is_refused() {
        let prices = [price("2026-11-03", "700")];
        let early = stay("2026-11-02", None);
        assert_eq!(Schedule::new(early, &prices, EndDay::NotCounted, day("2026-11-30")), Err(ChargeError::NoPriceOn(day("2026-11-02"))));
        assert_eq!(Schedule::new(early, &prices, EndDay::NotCounted, day("2060-11-30")), Err(ChargeError::TooLong));
    }

    proptest! {
        #[test]
        fn lines_hold_every_day_once_and_drift_less_than_half_a_penny_each(
            weekly in 1_i64..4_000_000, start in 0_i64..3_000, nights in 1_i64..2_000,
        ) {
            let starts_on = day("2026-04-01").plus_days(start);
            let ends_on = starts_on.plus_days(nights);
            let stay = Stay::new(starts_on, Some(ends_on)).unwrap();
            let prices = [PriceFrom { from: starts_on, weekly: WeeklyRate(Pence(weekly)) }];
            let schedule = Schedule::new(stay, &prices, EndDay::NotCounted, ends_on).unwrap();
            let days: i64 = schedule.lines.iter().map(|line| i64::from(line.days)).sum();
            prop_assert_eq!(days, nights);
            for (line, next) in schedule.lines.iter().zip(schedule.lines.iter().skip(1)) {
                prop_assert_eq!(line.to.plus_days(1), next.from);
            }
            let lines = i64::try_from(schedule.lines.len()).unwrap();
            let sevenths = schedule.total.0 * 7 - weekly * nights;
            prop_assert!(sevenths.abs() <= 3 * lines);
        }
    }
}
