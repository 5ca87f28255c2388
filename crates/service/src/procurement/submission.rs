//! Submitting a bid: both envelopes sealed to the tender, a receipt, a copy for its bidder. And withdrawing it.
//!
//! The serving process sees a bid while it is submitted, in memory that is overwritten. What it leaves in the database opens only
//! with the tender's keys, which no one holds, or with the bidder's own.

use domain::access::{Action, Relation};
use domain::calendar::Day;
use domain::ids::{BidderFileId, OrganisationId, SubmissionId, SubmittedFileId, TenderId};
use domain::people::Caller;
use domain::procurement::bid::{BidFile, PriceEnvelope, QualityEnvelope, SealedContent};
use domain::procurement::bid_draft::{complete, complete_but_prices};
use domain::procurement::receipt::Receipt;
use domain::record::Digest;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::procurement::bid::{self as bids, BidderFile, Submission, SubmittedFile};
use store::procurement::tender::Tender;
use store::{Fault, ReadTx, Reads, Threshold, Tx};
use uuid::Uuid;

use super::bid::{Written, stands_to_bids};
use super::bidder::{content_of, key_in, key_of, plain, read};
use super::exercise::may_go_on;
use super::organisation_key::{FileKey, OrganisationKey, Place, unpredictable};
use super::sealing::{Recipient, seal, sealed_elsewhere};
use crate::people::sealing::SecretsKeys;
use crate::{Command, Failure, FieldProblem, Nearhome, Query, ask, perform};

/// An envelope is filled up to a multiple of this many bytes, so that its length tells nothing of a price.
const FILLED_TO: usize = 4096;
/// Prices that a bidder sealed itself are at most so long.
const OWN_PRICE_BYTES_AT_MOST: usize = 256 * 1024;

/// What a bidder keeps of a submitted bid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnCopy {
    /// Everything but the prices.
    pub quality: QualityEnvelope,
    /// The prices; none when the bidder sealed them itself.
    pub price: Option<PriceEnvelope>,
    /// The receipt, as text.
    pub receipt: String,
}

/// Submits the caller's bid for a lot as it is written now. It takes the place of an earlier one as a whole.
///
/// # Errors
/// [`Failure::Refused`] when the deadline has passed; [`Failure::Invalid`] with everything that is missing.
pub async fn submit(nearhome: &Nearhome, caller: &Caller, key: Uuid, tender: TenderId, lot: &str) -> Result<SubmissionId, Failure> {
    let keys = nearhome.secrets()?.clone();
    perform(nearhome, caller, key, &SubmitBid { tender, lot: lot.to_owned(), price: None, keys }).await
}

/// The same with prices that the bidder sealed itself with age (armoured text) to the tender's key of price, so that nobody here sees
/// them before they are opened: a JSON object like [`PriceEnvelope`]. They are judged when they are opened, too late to be mended.
///
/// # Errors
/// As [`submit`]; [`Failure::Invalid`] at `sealed_price` when this is nothing that was sealed.
pub async fn submit_with_own_price(
    nearhome: &Nearhome,
    caller: &Caller,
    key: Uuid,
    (tender, lot): (TenderId, &str),
    price: String,
) -> Result<SubmissionId, Failure> {
    let keys = nearhome.secrets()?.clone();
    perform(nearhome, caller, key, &SubmitBid { tender, lot: lot.to_owned(), price: Some(price), keys }).await
}

#[derive(Serialize)]
struct SubmitBid {
    tender: TenderId,
    lot: String,
    /// What the bidder sealed itself.
    price: Option<String>,
    #[serde(skip)]
    keys: SecretsKeys,
}

impl SubmitBid {
    /// What is written, if nothing is missing: everything but the prices, and the prices unless the bidder sealed them itself.
    fn envelopes(&self, written: &Written, on: Day) -> Result<(QualityEnvelope, Option<PriceEnvelope>), Failure> {
        let weighed = match &self.price {
            None => written.weighed(&self.lot, on, complete)?.map(|(quality, price)| (quality, Some(price))),
            Some(_) => written.weighed(&self.lot, on, complete_but_prices)?.map(|quality| (quality, None)),
        };
        weighed.map_err(|missing| {
            Failure::Invalid(missing.iter().map(|one| FieldProblem::at(one.field.clone(), one.reason.clone())).collect())
        })
    }

    /// The sealed prices.
    fn sealed_price(&self, recipient: Option<&str>, price: Option<&PriceEnvelope>) -> Result<Vec<u8>, Failure> {
        let Some(own) = &self.price else { return envelope(recipient, &price) };
        let sealed = Some(own).filter(|own| own.len() <= OWN_PRICE_BYTES_AT_MOST).and_then(|own| sealed_elsewhere(own));
        sealed.ok_or_else(|| {
            Failure::invalid("sealed_price", "Paste all of the text that age made, from -----BEGIN to -----END, at most 256 KB")
        })
    }
}

impl Command for SubmitBid {
    const ACTION: Action = Action::SubmitBid;
    const IS_TIMED_BY_DATABASE: bool = true;
    type Answer = SubmissionId;

    async fn relation(&self, threshold: &mut Threshold, caller: &Caller) -> Result<Option<Relation>, Failure> {
        stands_to_bids(threshold, caller, self.tender).await
    }

    async fn run(&self, tx: &mut Tx) -> Result<SubmissionId, Failure> {
        let tender: Tender = tx.get(self.tender).await?;
        tender.timetable().takes_bids(tender.is_cancelled(), tx.at()).map_err(Failure::refused)?;
        may_go_on(tx, &tender, &tender.plan()?, Day::in_uk(tx.at())).await?;
        let bidder = tx.caller().organisation;
        let key = key_in(tx, &self.keys).await?;
        let bid = bids::of_lot(tx, bidder, tender.id, &self.lot).await?;
        let written = Written::read(tx, Some(&key), bidder, &tender, bid.as_ref()).await?;
        let (mut quality, price) = self.envelopes(&written, Day::in_uk(tx.at()))?;
        let id = SubmissionId(tx.new_id());
        let files = seal_files(tx, &key, &mut quality.files, &written, (&tender, bidder, id)).await?;
        let number = bids::last_number(tx, bidder, tender.id, &self.lot).await? + 1;
        let quality_sealed = envelope(tender.quality_recipient.as_deref(), &quality)?;
        let price_sealed = self.sealed_price(tender.price_recipient.as_deref(), price.as_ref())?;
        let of = |name, bytes: &[u8]| (name, bytes.len(), Digest::of(bytes));
        let receipt = Receipt {
            tender: tender.id,
            title: &tender.title,
            lot: &self.lot,
            bidder: &quality.provider_name,
            submission: id,
            number,
            at: tx.at(),
            deadline: tender.deadline,
            envelopes: &[of("quality", &quality_sealed), of("price", &price_sealed)],
            files: &quality.files,
            seal: &unpredictable()?,
        };
        let (text, digest) = (receipt.to_string(), receipt.digest());
        let own_copy = key.seal(Place::OwnCopy, id.0, &plain(&OwnCopy { quality, price, receipt: text })?)?;
        let submission = Submission {
            id,
            version: 1,
            org_id: tender.org_id,
            provider_id: bidder,
            tender_id: tender.id,
            lot: self.lot.clone(),
            number,
            quality: quality_sealed,
            price: price_sealed,
            price_by_bidder: self.price.is_some(),
            own_copy,
            receipt: digest.to_string(),
            submitted_at: tx.at(),
            withdrawn_at: None,
        };
        tx.create(&submission, &json!({ "shape": 1, "lot": self.lot, "number": number, "receipt": digest })).await?;
        for file in &files {
            tx.create(file, &json!({ "shape": 1 })).await?;
        }
        if let Some(mut bid) = bid.filter(|bid| bid.withdrawn_at.is_some()) {
            bid.withdrawn_at = None;
            tx.update(&mut bid, &json!({ "shape": 1, "withdrawn": false })).await?;
        }
        Ok(id)
    }
}

/// Seals an envelope to the tender, filled up so that its length says little.
fn envelope<T: Serialize>(recipient: Option<&str>, content: &T) -> Result<Vec<u8>, Failure> {
    let recipient = recipient.and_then(|text| text.parse::<Recipient>().ok());
    let recipient = recipient.ok_or_else(|| Fault::inconsistent("tender.recipient", "the tender has no key"))?;
    let mut text = plain(content)?;
    let length = text.len().next_multiple_of(FILLED_TO);
    // Blanks after JSON mean nothing. A larger buffer is made first: one that grows would leave a copy behind.
    let mut filled = zeroize::Zeroizing::new(Vec::with_capacity(length));
    filled.append(&mut text);
    filled.resize(length, b' ');
    Ok(seal(&recipient, &filled)?)
}

/// Seals each file of a bid with a key of its own, and leaves the key in the envelope. Whoever opens the envelope can read the files
/// then, and nobody before.
async fn seal_files(
    tx: &mut Tx,
    key: &OrganisationKey,
    files: &mut [BidFile],
    written: &Written,
    (tender, provider_id, submission_id): (&Tender, OrganisationId, SubmissionId),
) -> Result<Vec<SubmittedFile>, Failure> {
    let mut sealed = Vec::new();
    for file in files {
        let kept = written.files.iter().find(|(_, kept)| kept.file.sha256 == file.sha256);
        let (id, _) = kept.ok_or_else(|| Fault::inconsistent("bidder_file", "a file of the bid is not there"))?;
        let content = content_of(key, &tx.get::<BidderFile>(BidderFileId(id.0)).await?)?;
        if Digest::of(&content).to_string() != file.sha256 {
            return Err(Fault::inconsistent("bidder_file.content", "it is another content than its hash says").into());
        }
        let id = SubmittedFileId(tx.new_id());
        let (content, secret) = FileKey::seal(id, &content)?;
        file.content = Some(SealedContent { file: id, key: secret });
        sealed.push(SubmittedFile { id, version: 1, org_id: tender.org_id, provider_id, submission_id, content });
    }
    Ok(sealed)
}

/// The content of a file of a bid, for whoever has the bid's envelope open before them.
///
/// # Errors
/// [`Fault::Inconsistent`] when it was changed since, or is not there.
pub async fn content(reads: &mut impl Reads, file: &BidFile) -> Result<zeroize::Zeroizing<Vec<u8>>, Fault> {
    let altered = |why: &'static str| Fault::inconsistent("submitted_file.content", why);
    let sealed = file.content.as_ref().ok_or_else(|| altered("the envelope names none"))?;
    let row: SubmittedFile = reads.get(sealed.file).await?;
    let content = FileKey::open(sealed.file, &sealed.key, &row.content)?;
    if Digest::of(&content).to_string() == file.sha256 { Ok(content) } else { Err(altered("it is another file than the envelope names")) }
}

/// Withdraws the bid that stands for a lot, while bids are taken. What was written stays.
#[derive(Debug, Clone, Serialize)]
pub struct WithdrawBid {
    /// Of which tender.
    pub tender: TenderId,
    /// For which lot.
    pub lot: String,
}

impl Command for WithdrawBid {
    const ACTION: Action = Action::SubmitBid;
    const IS_TIMED_BY_DATABASE: bool = true;
    type Answer = SubmissionId;

    async fn relation(&self, threshold: &mut Threshold, caller: &Caller) -> Result<Option<Relation>, Failure> {
        stands_to_bids(threshold, caller, self.tender).await
    }

    async fn run(&self, tx: &mut Tx) -> Result<SubmissionId, Failure> {
        let tender: Tender = tx.get(self.tender).await?;
        tender.timetable().takes_bids(tender.is_cancelled(), tx.at()).map_err(Failure::refused)?;
        let bidder = tx.caller().organisation;
        let submitted = bids::submitted_by(tx, bidder, tender.id).await?;
        let last = submitted.into_iter().rfind(|one| one.lot == self.lot).filter(|last| last.withdrawn_at.is_none());
        let mut last = last.ok_or_else(|| Failure::refused("no bid of yours stands for this lot"))?;
        last.withdrawn_at = Some(tx.at());
        tx.update(&mut last, &json!({ "shape": 1, "withdrawn": true })).await?;
        if let Some(mut bid) = bids::of_lot(tx, bidder, tender.id, &self.lot).await? {
            bid.withdrawn_at = Some(tx.at());
            tx.update(&mut bid, &json!({ "shape": 1, "withdrawn": true })).await?;
        }
        Ok(last.id)
    }
}

/// A bidder's own copy of a bid, with where it stands.
#[derive(Debug, Clone)]
pub struct SubmittedView {
    /// What was sealed, and the receipt.
    pub copy: OwnCopy,
    /// Of which tender.
    pub tender: Tender,
    /// For which lot.
    pub lot: String,
    /// Its number.
    pub number: i64,
    /// When it was taken.
    pub at: domain::calendar::Instant,
    /// When it was withdrawn.
    pub withdrawn_at: Option<domain::calendar::Instant>,
    /// The later bid for the same lot that takes its place.
    pub replaced_by: Option<SubmissionId>,
    /// The digest of the receipt, as the record has it.
    pub receipt_digest: String,
}

/// The caller's own copy of a bid, at any time, with its receipt.
///
/// # Errors
/// [`Failure::absent`] for another's.
pub async fn own_copy(nearhome: &Nearhome, caller: &Caller, submission: SubmissionId) -> Result<SubmittedView, Failure> {
    ask(nearhome, caller, &SeeOwnCopy { submission, keys: nearhome.secrets()?.clone() }).await
}

struct SeeOwnCopy {
    submission: SubmissionId,
    keys: SecretsKeys,
}

impl Query for SeeOwnCopy {
    const ACTION: Action = Action::SeeOwnBids;
    type Answer = SubmittedView;

    async fn relation(&self, reads: &mut ReadTx, caller: &Caller) -> Result<Option<Relation>, Failure> {
        let found = reads.find::<Submission>(self.submission).await?;
        Ok(found.filter(|one| one.provider_id == caller.organisation).map(|_| Relation::Own))
    }

    async fn run(&self, reads: &mut ReadTx, caller: &Caller) -> Result<SubmittedView, Failure> {
        let row: Submission = reads.get(self.submission).await?;
        let key = key_of(reads, &self.keys, caller.organisation).await?;
        let key = key.ok_or_else(|| Fault::inconsistent("bidder_key", "there is a bid but no key"))?;
        let copy: OwnCopy = read(&key.unseal(Place::OwnCopy, row.id.0, &row.own_copy)?, "bid_submission.own_copy")?;
        if Digest::of(copy.receipt.as_bytes()).to_string() != row.receipt {
            return Err(Fault::inconsistent("bid_submission.receipt", "the record has another receipt").into());
        }
        let all = bids::submitted_by(reads, caller.organisation, row.tender_id).await?;
        let replaced_by = all.iter().find(|one| one.lot == row.lot && one.number > row.number).map(|one| one.id);
        Ok(SubmittedView {
            copy,
            replaced_by,
            tender: reads.get(row.tender_id).await?,
            lot: row.lot,
            number: row.number,
            at: row.submitted_at,
            withdrawn_at: row.withdrawn_at,
            receipt_digest: row.receipt,
        })
    }
}
