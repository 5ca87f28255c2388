//! Money in whole pence, weekly prices, and percentages in whole basis points. No float anywhere.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// An amount of pounds sterling in whole pence. Never a float; addition is checked.
///
/// Below zero only as the difference of two amounts (a margin, a credit); no text is read as a negative amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default)]
#[serde(transparent)]
pub struct Pence(pub i64);

/// Why an amount could not be read or computed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PenceError {
    /// The sum or product does not fit; nothing that this system buys comes near.
    #[error("the amount is too large")]
    TooLarge,
    /// The text is not an amount such as `5,635.25`.
    #[error("`{0}` is not an amount in pounds, like 5,635.25")]
    NotAnAmount(String),
    /// The text is not a percentage such as `1.5`.
    #[error("`{0}` is not a percentage with at most two decimals, like 1.5")]
    NotAPercentage(String),
    /// The shares of a split do not make a whole.
    #[error("the shares come to {0}, not to 100%")]
    SharesNotWhole(BasisPoints),
    /// A share of a split is below zero.
    #[error("a share cannot be below zero")]
    NegativeShare,
    /// There is nobody to split between, or every weight is zero.
    #[error("there is nothing to split by")]
    NothingToSplitBy,
}

/// How a fraction of a penny is settled. Named wherever money is divided, so that the rule can be seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rounding {
    /// Half a penny and more goes up, once, at the total of the line; day rates are never rounded first.
    HalfUpAtEnd,
}

impl Rounding {
    /// `numerator / denominator` in whole pence. `denominator` is above zero in this module.
    fn divide(self, numerator: i128, denominator: i128) -> Result<Pence, PenceError> {
        match self {
            Self::HalfUpAtEnd => (numerator * 2 + denominator)
                .checked_div_euclid(denominator * 2)
                .and_then(|pence| i64::try_from(pence).ok())
                .map(Pence)
                .ok_or(PenceError::TooLarge),
        }
    }
}

impl Pence {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// The sum.
    ///
    /// # Errors
    /// [`PenceError::TooLarge`] when it does not fit.
    pub fn plus(self, other: Self) -> Result<Self, PenceError> {
        self.0.checked_add(other.0).map(Self).ok_or(PenceError::TooLarge)
    }

    /// The difference; below zero when `other` is the larger.
    ///
    /// # Errors
    /// [`PenceError::TooLarge`] when it does not fit.
    pub fn minus(self, other: Self) -> Result<Self, PenceError> {
        self.0.checked_sub(other.0).map(Self).ok_or(PenceError::TooLarge)
    }

    /// The amount `count` times.
    ///
    /// # Errors
    /// [`PenceError::TooLarge`] when it does not fit.
    pub fn times(self, count: u32) -> Result<Self, PenceError> {
        self.0.checked_mul(i64::from(count)).map(Self).ok_or(PenceError::TooLarge)
    }

    /// The sum of many amounts; zero of none.
    ///
    /// # Errors
    /// [`PenceError::TooLarge`] when it does not fit.
    pub fn sum(amounts: impl IntoIterator<Item = Self>) -> Result<Self, PenceError> {
        amounts.into_iter().try_fold(Self::ZERO, Self::plus)
    }

    /// Whether the amount is below zero.
    #[must_use]
    pub fn is_negative(self) -> bool {
        self.0 < 0
    }

    /// Divides the amount in proportion to `weights` (nights used, beds) so that the parts sum to it to the penny.
    ///
    /// Pence left over after rounding down go to the largest remainders, the earlier part first when they tie.
    ///
    /// # Errors
    /// [`PenceError::NothingToSplitBy`] when the weights are none or all zero.
    pub fn split(self, weights: &[u32]) -> Result<Vec<Self>, PenceError> {
        let whole: i128 = weights.iter().copied().map(i128::from).sum();
        if whole == 0 {
            return Err(PenceError::NothingToSplitBy);
        }
        let exact = |weight: u32| i128::from(self.0) * i128::from(weight);
        let mut parts = Vec::with_capacity(weights.len());
        for &weight in weights {
            let floor = exact(weight).div_euclid(whole);
            parts.push(Self(i64::try_from(floor).map_err(|_| PenceError::TooLarge)?));
        }
        let left_over = self.minus(Self::sum(parts.iter().copied())?)?.0;
        let mut by_remainder: Vec<(i128, usize)> =
            weights.iter().enumerate().map(|(index, &weight)| (exact(weight).rem_euclid(whole), index)).collect();
        by_remainder.sort_by_key(|&(remainder, index)| (std::cmp::Reverse(remainder), index));
        let receivers = usize::try_from(left_over).map_err(|_| PenceError::TooLarge)?;
        for (_, index) in by_remainder.into_iter().take(receivers) {
            if let Some(part) = parts.get_mut(index) {
                *part = part.plus(Self(1))?;
            }
        }
        Ok(parts)
    }

    /// Divides the amount between funders whose shares are percentages of it, to the penny.
    ///
    /// # Errors
    /// [`PenceError::NegativeShare`] for a share below zero, [`PenceError::SharesNotWhole`] when the shares do not come
    /// to exactly 100 %.
    pub fn split_by_shares(self, shares: &[BasisPoints]) -> Result<Vec<Self>, PenceError> {
        let mut weights = Vec::with_capacity(shares.len());
        for share in shares {
            weights.push(u32::try_from(share.0).map_err(|_| PenceError::NegativeShare)?);
        }
        let whole: i64 = shares.iter().map(|share| i64::from(share.0)).sum();
        if whole != i64::from(BasisPoints::WHOLE.0) {
            return Err(PenceError::SharesNotWhole(BasisPoints(i32::try_from(whole).unwrap_or(i32::MAX))));
        }
        self.split(&weights)
    }
}

impl fmt::Display for Pence {
    /// `£5,635.25`; below zero `-£5.00`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let magnitude = self.0.unsigned_abs();
        let (pounds, pence) = (magnitude / 100, magnitude % 100);
        let digits = pounds.to_string();
        let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
        for (index, digit) in digits.chars().enumerate() {
            if index > 0 && (digits.len() - index).is_multiple_of(3) {
                grouped.push(',');
            }
            grouped.push(digit);
        }
        let sign = if self.0 < 0 { "-" } else { "" };
        f.pad(&format!("{sign}£{grouped}.{pence:02}"))
    }
}

impl FromStr for Pence {
    type Err = PenceError;

    /// Reads `5,635.25`, `£5635.25` or `5635`: pounds, with commas in the right places or none, and two digits of
    /// pence or none. One digit of pence is refused, because `5.5` may be a slip for `5.50` or for `55`.
    fn from_str(text: &str) -> Result<Self, PenceError> {
        let refused = || PenceError::NotAnAmount(text.trim().to_owned());
        let amount = text.trim();
        let amount = amount.strip_prefix('£').unwrap_or(amount).trim_start();
        let (pounds, pence) = match amount.split_once('.') {
            None => (amount, 0),
            Some((pounds, pence)) if pence.len() == 2 && is_digits(pence) => (pounds, pence.parse::<i64>().map_err(|_| refused())?),
            Some(_) => return Err(refused()),
        };
        let mut groups = pounds.split(',');
        let first = groups.next().unwrap_or_default();
        let has_groups = pounds.contains(',');
        let first_fits = is_digits(first) && (!has_groups || first.len() <= 3);
        if !first_fits || !groups.all(|group| group.len() == 3 && is_digits(group)) {
            return Err(refused());
        }
        let pounds: i64 = pounds.replace(',', "").parse().map_err(|_| PenceError::TooLarge)?;
        pounds.checked_mul(100).and_then(|whole| whole.checked_add(pence)).map(Self).ok_or(PenceError::TooLarge)
    }
}

/// At least one digit and nothing else.
fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// A price per week of seven days, excluding VAT: how the field quotes the cost of a home.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct WeeklyRate(pub Pence);

impl WeeklyRate {
    /// Days in the year that a yearly cost is quoted for.
    pub const DAYS_A_YEAR: u32 = 365;

    /// The cost of `days` days: a seventh of the week for each, rounded once at the end.
    /// £5,635.25 for 10 days is £8,050.36.
    ///
    /// # Errors
    /// [`PenceError::TooLarge`] when it does not fit.
    pub fn for_days(self, days: u32, rounding: Rounding) -> Result<Pence, PenceError> {
        rounding.divide(i128::from(self.0.0) * i128::from(days), 7)
    }

    /// The cost of a year of 365 days. Fifty-two weeks would leave out a day, so they are not used.
    ///
    /// # Errors
    /// [`PenceError::TooLarge`] when it does not fit.
    pub fn per_year(self) -> Result<Pence, PenceError> {
        self.for_days(Self::DAYS_A_YEAR, Rounding::HalfUpAtEnd)
    }
}

impl fmt::Display for WeeklyRate {
    /// `£5,635.25 a week`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} a week", self.0)
    }
}

/// A percentage in hundredths of one per cent: 150 is 1.5 %. Below zero when prices fell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default)]
#[serde(transparent)]
pub struct BasisPoints(pub i32);

impl BasisPoints {
    /// 100 %.
    pub const WHOLE: Self = Self(10_000);

    /// This percentage of an amount, rounded half up.
    ///
    /// # Errors
    /// [`PenceError::TooLarge`] when it does not fit.
    pub fn of(self, amount: Pence) -> Result<Pence, PenceError> {
        Rounding::HalfUpAtEnd.divide(i128::from(amount.0) * i128::from(self.0), i128::from(Self::WHOLE.0))
    }

    /// The amount raised by this percentage, rounded half up.
    ///
    /// # Errors
    /// [`PenceError::TooLarge`] when it does not fit.
    pub fn added_to(self, amount: Pence) -> Result<Pence, PenceError> {
        amount.plus(self.of(amount)?)
    }

    /// What `part` is of `whole`, rounded down, so that 99.999 % is never shown as 100 %. `None` when `whole` is not
    /// above zero or the answer does not fit.
    #[must_use]
    pub fn share(part: Pence, whole: Pence) -> Option<Self> {
        if whole.0 <= 0 {
            return None;
        }
        let scaled = i128::from(part.0) * i128::from(Self::WHOLE.0);
        i32::try_from(scaled.div_euclid(i128::from(whole.0))).ok().map(Self)
    }
}

impl fmt::Display for BasisPoints {
    /// `1.5%`, `100%`, `-0.3%`, `33.33%`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let magnitude = self.0.unsigned_abs();
        let (whole, hundredths) = (magnitude / 100, magnitude % 100);
        let sign = if self.0 < 0 { "-" } else { "" };
        if hundredths == 0 {
            write!(f, "{sign}{whole}%")
        } else if hundredths.is_multiple_of(10) {
            write!(f, "{sign}{whole}.{}%", hundredths / 10)
        } else {
            write!(f, "{sign}{whole}.{hundredths:02}%")
        }
    }
}

impl FromStr for BasisPoints {
    type Err = PenceError;

    /// Reads `1.5`, `1.50 %`, `4`, `-0.3`: at most two decimals.
    fn from_str(text: &str) -> Result<Self, PenceError> {
        let refused = || PenceError::NotAPercentage(text.trim().to_owned());
        let number = text.trim();
        let number = number.strip_suffix('%').unwrap_or(number).trim_end();
        let (sign, number) = number.strip_prefix('-').map_or((1, number), |n| (-1, n));
        let (whole, decimals) = number.split_once('.').unwrap_or((number, "0"));
        if !is_digits(whole) || !is_digits(decimals) || decimals.len() > 2 {
            return Err(refused());
        }
        let whole: i32 = whole.parse().map_err(|_| refused())?;
        let hundredths: i32 = format!("{decimals:0<2}").parse().map_err(|_| refused())?;
        whole.checked_mul(100).and_then(|points| points.checked_add(hundredths)).map(|points| Self(points * sign)).ok_or_else(refused)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn amounts_are_read_as_people_write_them() {
        for (text, pence) in
            [("5,635.25", 563_525), ("£5635.25", 563_525), (" £ 5635 ", 563_500), ("0.01", 1), ("1,234,567.00", 123_456_700)]
        {
            assert_eq!(text.parse(), Ok(Pence(pence)), "{text}");
        }
        for text in ["", "£", "-5", "5.5", "5.555", "1,00", "1234,567", ",100", "5 000", "1e3", "5."] {
            assert_eq!(text.parse::<Pence>(), Err(PenceError::NotAnAmount(text.to_owned())));
        }
        assert_eq!("99999999999999999999".parse::<Pence>(), Err(PenceError::TooLarge));
    }

    #[test]
    fn amounts_are_shown_with_commas_and_two_digits_of_pence() {
        assert_eq!(Pence(563_525).to_string(), "£5,635.25");
        assert_eq!(Pence(99).to_string(), "£0.99");
        assert_eq!(Pence(12_345_678_900).to_string(), "£123,456,789.00");
        assert_eq!(Pence(-500).to_string(), "-£5.00");
    }

    #[test]
    fn ten_days_of_a_weekly_price_are_rounded_once_at_the_end() {
        let weekly = WeeklyRate(Pence(563_525));
        assert_eq!(weekly.for_days(10, Rounding::HalfUpAtEnd), Ok(Pence(805_036)));
        assert_eq!(weekly.for_days(7, Rounding::HalfUpAtEnd), Ok(Pence(563_525)));
        assert_eq!(weekly.per_year(), Ok(Pence(29_383_804)));
        assert_eq!(WeeklyRate(Pence(i64::MAX)).for_days(8, Rounding::HalfUpAtEnd), Err(PenceError::TooLarge));
    }

    #[test]
    fn percentages_are_whole_basis_points() {
        assert_eq!("1.5".parse(), Ok(BasisPoints(150)));
        assert_eq!("4.25 %".parse(), Ok(BasisPoints(425)));
        assert_eq!("-0.3%".parse(), Ok(BasisPoints(-30)));
        assert!("1.555".parse::<BasisPoints>().is_err());
        assert_eq!(BasisPoints(150).to_string(), "1.5%");
        assert_eq!(BasisPoints(-3).to_string(), "-0.03%");
        assert_eq!(BasisPoints(150).added_to(Pence(100_000)), Ok(Pence(101_500)));
        assert_eq!(BasisPoints(50).of(Pence(100)), Ok(Pence(1)));
        assert_eq!(BasisPoints::share(Pence(79_999), Pence(80_000)), Some(BasisPoints(9_999)));
        assert_eq!(BasisPoints::share(Pence(1), Pence::ZERO), None);
    }

    #[test]
    fn shares_that_are_not_a_whole_are_refused() {
        let thirds = [BasisPoints(3_333), BasisPoints(3_333), BasisPoints(3_333)];
        assert_eq!(Pence(100).split_by_shares(&thirds), Err(PenceError::SharesNotWhole(BasisPoints(9_999))));
        let below = [BasisPoints(-1), BasisPoints(10_001)];
        assert_eq!(Pence(100).split_by_shares(&below), Err(PenceError::NegativeShare));
        assert_eq!(Pence(100).split(&[0, 0]), Err(PenceError::NothingToSplitBy));
    }

    #[test]
    fn the_odd_penny_goes_to_the_largest_remainder_then_to_the_first() {
        assert_eq!(Pence(100).split(&[1, 1, 1]).unwrap(), [Pence(34), Pence(33), Pence(33)]);
        assert_eq!(Pence(10).split(&[1, 5]).unwrap(), [Pence(2), Pence(8)]);
    }

    proptest! {
        #[test]
        fn every_amount_is_read_back_as_it_is_shown(pence in 0_i64..=i64::MAX) {
            prop_assert_eq!(Pence(pence).to_string().parse(), Ok(Pence(pence)));
        }

        #[test]
        fn parts_sum_to_the_whole_to_the_penny(
            pence in -1_000_000_000_000_i64..1_000_000_000_000,
            weights in proptest::collection::vec(0_u32..10_000, 1..9),
        ) {
            prop_assume!(weights.iter().any(|&weight| weight > 0));
            let parts = Pence(pence).split(&weights).unwrap();
            prop_assert_eq!(Pence::sum(parts.iter().copied()).unwrap(), Pence(pence));
            for (part, weight) in parts.iter().zip(&weights) {
                prop_assert!(*weight > 0 || *part == Pence::ZERO);
            }
        }

        #[test]
        fn days_of_a_week_cost_within_half_a_penny_of_their_sevenths(
            weekly in 0_i64..100_000_000, days in 0_u32..4_000,
        ) {
            let cost = WeeklyRate(Pence(weekly)).for_days(days, Rounding::HalfUpAtEnd).unwrap();
            prop_assert!((cost.0 * 7 - weekly * i64::from(days)).abs() * 2 <= 7);
        }
    }
}
