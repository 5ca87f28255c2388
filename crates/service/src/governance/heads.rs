//! The signed heads of the record, for whoever keeps them elsewhere: a log that is rolled back or rewritten later shows against
//! them (`nearhome verify --heads`). They hold hashes and moments, nothing of anybody.

use domain::access::{Action, Relation};
use domain::people::{Caller, OrganisationKind};
use domain::record::SignedHead;
use store::ReadTx;

use crate::jobs::sealer::read_head;
use crate::{Failure, Query};

/// All signed heads, the first one first.
#[derive(Debug, Clone, Copy)]
pub struct SignedHeads;

impl Query for SignedHeads {
    const ACTION: Action = Action::SeeRecord;
    type Answer = Vec<SignedHead>;

    async fn relation(&self, _: &mut ReadTx, caller: &Caller) -> Result<Option<Relation>, Failure> {
        Ok(match caller.kind {
            OrganisationKind::Council => Some(Relation::Own),
            OrganisationKind::System => Some(Relation::Shared),
            OrganisationKind::Provider => None,
        })
    }

    async fn run(&self, reads: &mut ReadTx, _: &Caller) -> Result<Vec<SignedHead>, Failure> {
        let stored = store::record::checkpoints(reads).await?;
        Ok(stored.iter().map(read_head).collect::<Result<_, _>>()?)
    }
}
