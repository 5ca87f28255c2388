//! The accounts of a sample database, which anybody may use: their password and authenticator secret are public.

use domain::access::{Action, Relation};
use domain::people::{Caller, Role};
use domain::record::Digest;
use serde::Serialize;
use store::ReadTx;

use super::secrets;
use crate::{Failure, Nearhome, Query};

/// The password of every sample account. It opens nothing else: such accounts exist only in sample databases.
pub const PASSWORD: &str = "near home, for trying out";

/// One account that can be tried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SampleAccount {
    /// In which role it acts.
    pub role: Role,
    /// For which organisation.
    pub organisation: String,
    /// With which it signs in.
    pub email: String,
}

/// All sample accounts; none in a database that is not a sample.
#[derive(Debug, Clone, Copy)]
pub struct SampleAccounts;

impl Query for SampleAccounts {
    const ACTION: Action = Action::SeePeople;
    type Answer = Vec<SampleAccount>;

    async fn relation(&self, _: &mut ReadTx, _: &Caller) -> Result<Option<Relation>, Failure> {
        Ok(Some(Relation::Shared))
    }

    async fn run(&self, reads: &mut ReadTx, _: &Caller) -> Result<Vec<SampleAccount>, Failure> {
        let found = store::people::organisation::sample_accounts(reads).await?;
        Ok(found.into_iter().map(|(email, role, organisation)| SampleAccount { role, organisation, email }).collect())
    }
}

/// The authenticator secret of a sample account: anybody can compute it, which is why it is for sample accounts only.
#[must_use]
pub fn secret(email: &str) -> Vec<u8> {
    Digest::of(format!("nearhome sample account {email}").as_bytes()).0.iter().take(20).copied().collect()
}

/// The code that a sample account's authenticator would show now.
///
/// # Errors
/// [`Failure`] when no code can be made.
pub fn code(nearhome: &Nearhome, email: &str) -> Result<String, Failure> {
    Ok(secrets::code_at(&secret(email), email, nearhome.now())?)
}
