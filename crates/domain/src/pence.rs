//! Money in whole pence.

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// An amount of pounds sterling in whole pence. Never a float; addition is checked.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default,
)]
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
}
