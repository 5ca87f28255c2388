//! What a bid says, in two envelopes that are sealed apart: quality first, price when the quality scores are locked.

use serde::{Deserialize, Serialize};

use crate::calendar::Day;
use crate::ids::{ServiceId, SubmittedFileId};
use crate::pence::{Pence, WeeklyRate};
use crate::registration::Rating;

codes! {
    /// A part of a bid that is sealed and opened by itself.
    pub enum Envelope("envelope") {
        /// Everything but the prices.
        Quality = "QUALITY", "Quality envelope";
        /// The prices.
        Price = "PRICE", "Price envelope";
    }
}

/// A home or branch with which a provider bids.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BidService {
    /// Which.
    pub service: ServiceId,
    /// Its registration number on the day of the bid.
    pub urn: String,
    /// Its name.
    pub name: String,
    /// Its rating as the provider states it.
    pub rating: Rating,
}

/// An insurance that a provider holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldInsurance {
    /// Against what, in the words of the tender.
    pub name: String,
    /// For how much, any one claim.
    pub amount_pence: Pence,
    /// The last day of cover.
    pub valid_until: Day,
}

/// An answer to one of the tender's questions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BidAnswer {
    /// The code of the question.
    pub question: String,
    /// The answer.
    pub text: String,
}

/// A file that belongs to a bid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BidFile {
    /// As the bidder called it.
    pub name: String,
    /// What it is, judged by its content.
    pub media_type: String,
    /// Bytes.
    pub size: u64,
    /// SHA-256 of its content, in hexadecimal digits.
    pub sha256: String,
    /// Where its content stands, sealed with a key of its own, which whoever opens the envelope finds here.
    pub content: Option<SealedContent>,
}

/// Where the content of a file stands, and the key to it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedContent {
    /// Where.
    pub file: SubmittedFileId,
    /// The key, in hexadecimal digits.
    pub key: String,
}

impl std::fmt::Debug for SealedContent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SealedContent({})", self.file)
    }
}

/// Everything of a bid but its prices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QualityEnvelope {
    /// Who bids.
    pub provider_name: String,
    /// Its number at Companies House or in the register of charities.
    pub company_number: String,
    /// With which homes or branches.
    pub services: Vec<BidService>,
    /// Whether each declaration of the tender is made, in their order.
    pub declared: Vec<bool>,
    /// The insurances that it holds.
    pub insurances: Vec<HeldInsurance>,
    /// The number of the last addendum that it has read; 0 when there was none.
    pub addenda_read: u32,
    /// Its answers.
    pub answers: Vec<BidAnswer>,
    /// Its files.
    pub files: Vec<BidFile>,
}

/// The most that one service would ask for a week in one category.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BidPrice {
    /// Which service.
    pub service: ServiceId,
    /// The code of the category.
    pub category: String,
    /// The tendered maximum, excluding VAT.
    pub weekly: WeeklyRate,
}

/// The prices of a bid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceEnvelope {
    /// One for each service and category.
    pub prices: Vec<BidPrice>,
}
