//! The itemised weekly price of one placement: a core price and every extra on a line of its own.

use serde::{Deserialize, Serialize};

use super::price::PriceError;
use crate::pence::{Pence, WeeklyRate};

codes! {
    /// What a line of a weekly price pays for. Extras are never hidden in the core price.
    pub enum PriceLineKind("kind of price line") {
        /// The home and its care: the only part that the maximum prices bind.
        Core = "CORE", "Core";
        /// Registered education or tutoring by the provider.
        Education = "EDUCATION", "Education";
        /// Therapy and clinical support.
        Therapy = "THERAPY", "Therapy";
        /// Extra staff for this child alone.
        OneToOne = "ONE_TO_ONE", "One-to-one support";
        /// Journeys to school and family time.
        Transport = "TRANSPORT", "Transport";
        /// Anything else, in words.
        Other = "OTHER", "Other";
    }
}

/// One line of a weekly price.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PriceLine {
    /// What it pays for.
    pub kind: PriceLineKind,
    /// The same in words: hours, ratio, who gives it. Needed for every extra.
    #[serde(default)]
    pub description: String,
    /// The price per week, excluding VAT.
    #[serde(rename = "weekly_pence")]
    pub weekly: WeeklyRate,
}

/// An itemised weekly price: one core line, and a line for every extra.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<PriceLine>", into = "Vec<PriceLine>")]
pub struct ItemisedPrice {
    lines: Vec<PriceLine>,
    core: WeeklyRate,
    total: WeeklyRate,
}

impl ItemisedPrice {
    /// The most lines that a price may have.
    pub const MAX_LINES: usize = 20;

    /// Checks and sums the lines.
    ///
    /// # Errors
    /// [`PriceError::TooManyLines`], [`PriceError::CoreLines`], [`PriceError::NotAboveZero`] and
    /// [`PriceError::NoDescription`].
    pub fn new(lines: Vec<PriceLine>) -> Result<Self, PriceError> {
        if lines.len() > Self::MAX_LINES {
            return Err(PriceError::TooManyLines(Self::MAX_LINES));
        }
        for line in &lines {
            if line.weekly.0 <= Pence::ZERO {
                return Err(PriceError::NotAboveZero);
            }
            if line.kind != PriceLineKind::Core && line.description.trim().is_empty() {
                return Err(PriceError::NoDescription(line.kind));
            }
        }
        let cores: Vec<WeeklyRate> = lines.iter().filter(|line| line.kind == PriceLineKind::Core).map(|line| line.weekly).collect();
        let &[core] = cores.as_slice() else {
            return Err(PriceError::CoreLines(cores.len()));
        };
        let total = WeeklyRate(Pence::sum(lines.iter().map(|line| line.weekly.0))?);
        Ok(Self { lines, core, total })
    }

    /// The core price, which the maximum prices bind.
    #[must_use]
    pub fn core(&self) -> WeeklyRate {
        self.core
    }

    /// Core and extras: what the placement costs a week.
    #[must_use]
    pub fn total(&self) -> WeeklyRate {
        self.total
    }

    /// Every line, as it was given.
    #[must_use]
    pub fn lines(&self) -> &[PriceLine] {
        &self.lines
    }
}

impl TryFrom<Vec<PriceLine>> for ItemisedPrice {
    type Error = PriceError;

    fn try_from(lines: Vec<PriceLine>) -> Result<Self, PriceError> {
        Self::new(lines)
    }
}

impl From<ItemisedPrice> for Vec<PriceLine> {
    fn from(price: ItemisedPrice) -> Self {
        price.lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weekly(text: &str) -> WeeklyRate {
        WeeklyRate(text.parse().unwrap())
    }

    #[test]
    fn a_price_has_one_core_line_and_words_for_every_extra() {
        let line = |kind, description: &str, pounds: &str| PriceLine { kind, description: description.to_owned(), weekly: weekly(pounds) };
        let core = line(PriceLineKind::Core, "", "5,200");
        let therapy = line(PriceLineKind::Therapy, "weekly psychotherapy", "435.25");
        let price = ItemisedPrice::new(vec![core.clone(), therapy.clone()]).unwrap();
        assert_eq!((price.core(), price.total()), (weekly("5,200"), weekly("5,635.25")));
        assert_eq!(ItemisedPrice::new(vec![therapy]), Err(PriceError::CoreLines(0)));
        assert_eq!(ItemisedPrice::new(vec![core.clone(), core.clone()]), Err(PriceError::CoreLines(2)));
        let silent = line(PriceLineKind::Other, " ", "10");
        assert_eq!(ItemisedPrice::new(vec![core, silent]), Err(PriceError::NoDescription(PriceLineKind::Other)));
    }
}
