//! How a caller stands to a tender that is published, and whether the tender itself still stands.

use domain::access::Relation;
use domain::ids::TenderId;
use domain::people::Caller;
use domain::procurement::tender::TenderRefusal;
use store::procurement::tender::Tender;
use store::{Reads, Tx};

use crate::Failure;
use crate::governance::decision::stands_to;

/// A published tender is shared by all who buy it and all who bid for it.
pub(super) async fn of_everybody(reads: &mut impl Reads, tender: TenderId) -> Result<Option<Relation>, Failure> {
    let found = reads.find::<Tender>(tender).await?;
    Ok(found.filter(|tender| tender.published_at.is_some()).map(|_| Relation::Shared))
}

pub(super) async fn of_procurer(reads: &mut impl Reads, caller: &Caller, tender: TenderId) -> Result<Option<Relation>, Failure> {
    let found = reads.find::<Tender>(tender).await?.filter(|tender| tender.published_at.is_some());
    Ok(found.and_then(|tender| stands_to(caller, tender.org_id)))
}

/// The tender for whoever changes something about it: of one that was given up nothing is judged, awarded or signed any more.
pub(super) async fn not_given_up(tx: &mut Tx, tender: TenderId) -> Result<Tender, Failure> {
    let tender: Tender = tx.get(tender).await?;
    if tender.is_cancelled() { Err(Failure::refused(TenderRefusal::Cancelled)) } else { Ok(tender) }
}
