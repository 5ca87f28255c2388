//! What Ofsted registers and judges: unique reference numbers, kinds of service, sectors, ratings.

use serde::{Deserialize, Serialize};
use thiserror::Error;

codes! {
    /// The kind of service that a framework buys.
    pub enum ServiceKind("kind of service") {
        /// A registered children's home.
        Home = "HOME", "Children's home";
        /// A branch of an independent fostering agency.
        Fostering = "FOSTERING", "Fostering branch";
    }
}

codes! {
    /// Who runs a service (the provider codes of the SSDA903 return build on it).
    pub enum Sector("sector") {
        /// A local authority.
        LocalAuthority = "LOCAL_AUTHORITY", "Local authority";
        /// A company or a person.
        Private = "PRIVATE", "Private";
        /// A charity.
        Voluntary = "VOLUNTARY", "Voluntary";
        /// A health body.
        Health = "HEALTH", "Health authority";
    }
}

codes! {
    /// Ofsted's judgement of the overall experiences and progress of children, best first.
    pub enum Rating("rating") {
        /// The best judgement.
        Outstanding = "OUTSTANDING", "Outstanding";
        /// Meets what is asked.
        Good = "GOOD", "Good";
        /// Requires improvement to be good.
        RequiresImprovement = "RI", "Requires improvement";
        /// Fails children: no new placements until assured again.
        Inadequate = "INADEQUATE", "Inadequate";
        /// Registered, not inspected yet.
        NotYetInspected = "NOT_YET_INSPECTED", "Not yet inspected";
    }
}

/// Ofsted's unique reference number: seven digits, or `SC` and six.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Urn(String);

/// Text that is no unique reference number.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` is not an Ofsted URN: seven digits, or SC and six digits")]
pub struct NotAUrn(pub String);

impl Urn {
    /// Reads a number; spaces around it and lower case are accepted.
    ///
    /// # Errors
    /// [`NotAUrn`] when it has another form.
    pub fn parse(text: &str) -> Result<Self, NotAUrn> {
        let urn = text.trim().to_ascii_uppercase();
        let (digits, length) = urn.strip_prefix("SC").map_or((urn.as_str(), 7), |digits| (digits, 6));
        if digits.len() == length && digits.bytes().all(|byte| byte.is_ascii_digit()) {
            Ok(Self(urn))
        } else {
            Err(NotAUrn(text.to_owned()))
        }
    }

    /// The number in its stored form.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for Urn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Urn {
    type Error = NotAUrn;
    fn try_from(text: String) -> Result<Self, NotAUrn> {
        Self::parse(&text)
    }
}

impl From<Urn> for String {
    fn from(urn: Urn) -> Self {
        urn.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_urn_has_seven_digits_or_sc_and_six() {
        assert_eq!(Urn::parse(" sc482913 ").unwrap().as_str(), "SC482913");
        assert_eq!(Urn::parse("1234567").unwrap().to_string(), "1234567");
        for wrong in ["", "SC1234567", "123456", "12345678", "XXXXXXX", "SC12345O"] {
            assert!(Urn::parse(wrong).is_err(), "{wrong}");
        }
    }
}
