//! Opening officers' keys, and the opening itself: officers of enough councils each put in their council's share, and when the last
//! of them has, the envelopes are opened in that same transaction. Every attempt is on record, the refused ones too.

use domain::access::{Action, Relation};
use domain::calendar::{Day, Instant};
use domain::ids::{OpenedBidId, OpeningAttemptId, OpeningKeyId, OrganisationId, TenderId};
use domain::people::Caller;
use domain::procurement::bid::{Envelope, PriceEnvelope, QualityEnvelope};
use domain::procurement::opening::{AttemptOutcome, Ceremony, Contribution, ceremony, refused};
use domain::procurement::plan::OpeningRule;
use domain::procurement::sharing::Share;
use domain::procurement::tender::TenderRefusal;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::people::organisation::{Organisation, Person};
use store::procurement::bid::{OpenedBid, Submission, opened, standing};
use store::procurement::opening::{OpeningAttempt, OpeningKey, attempts_of, keys, shares_of};
use store::procurement::tender::Tender;
use store::{Fault, ReadTx, Reads, Threshold, Tx};
use uuid::Uuid;

use super::sealing::{self, CannotOpen, Identity, Passphrase, Recipient, TenderKey};
use crate::people::sealing::{Purpose, Sealed, SecretsKeys};
use crate::people::secrets::weakness;
use crate::{Command, Failure, Nearhome, Query, ask, perform};

/// Makes an opening key for the caller, which takes the place of one that they had: shares of later tenders are sealed to it. What was
/// sealed to the earlier one still opens with the earlier passphrase only.
///
/// # Errors
/// [`Failure::Invalid`] when the passphrase is easily guessed.
pub async fn make_key(nearhome: &Nearhome, caller: &Caller, key: Uuid, passphrase: String) -> Result<OpeningKeyId, Failure> {
    // Whoever may not have a key makes the machine work for nothing otherwise.
    ask(nearhome, caller, &MyOpeningKeys).await?;
    if let Some(why) = weakness(&passphrase, &[]) {
        return Err(Failure::invalid("passphrase", why.replace("Password", "Passphrase").replace("password", "passphrase")));
    }
    let made = sealing::officer_key(&Passphrase::new(passphrase), nearhome.passphrase_work()).await?;
    perform(nearhome, caller, key, &KeepOpeningKey { recipient: made.recipient.to_string(), wrapped: made.wrapped }).await
}

/// Keeps a new opening key of the caller.
#[derive(Debug, Clone, Serialize)]
struct KeepOpeningKey {
    // Each key is made anew, so a form that was sent twice would look like two: neither counts for the request.
    #[serde(skip)]
    recipient: String,
    #[serde(skip)]
    wrapped: Vec<u8>,
}

impl Command for KeepOpeningKey {
    const ACTION: Action = Action::KeepOpeningKey;
    type Answer = OpeningKeyId;

    async fn relation(&self, _: &mut Threshold, _: &Caller) -> Result<Option<Relation>, Failure> {
        Ok(Some(Relation::Own))
    }

    async fn run(&self, tx: &mut Tx) -> Result<OpeningKeyId, Failure> {
        let caller = tx.caller().clone();
        let today = Day::in_uk(tx.at());
        for mut earlier in keys(tx).await?.into_iter().filter(|key| key.person_id == caller.person && key.org_id == caller.organisation) {
            earlier.ended_on = Some(today);
            tx.update(&mut earlier, &json!({ "shape": 1, "ended": true })).await?;
        }
        let key = OpeningKey {
            id: OpeningKeyId(tx.new_id()),
            version: 1,
            org_id: caller.organisation,
            person_id: caller.person,
            recipient: self.recipient.clone(),
            wrapped: self.wrapped.clone(),
            ended_on: None,
        };
        tx.create(&key, &json!({ "shape": 1, "recipient": key.recipient })).await?;
        Ok(key.id)
    }
}

/// The caller's opening keys, the present one last.
#[derive(Debug, Clone, Copy)]
pub struct MyOpeningKeys;

impl Query for MyOpeningKeys {
    const ACTION: Action = Action::KeepOpeningKey;
    type Answer = Vec<OpeningKey>;

    async fn relation(&self, _: &mut ReadTx, _: &Caller) -> Result<Option<Relation>, Failure> {
        Ok(Some(Relation::Own))
    }

    async fn run(&self, reads: &mut ReadTx, caller: &Caller) -> Result<Vec<OpeningKey>, Failure> {
        let all = store::procurement::opening::keys_of(reads, caller.person).await?;
        Ok(all.into_iter().filter(|key| key.org_id == caller.organisation).collect())
    }
}

/// Makes the key to one envelope and splits it among the councils, in their order.
pub(super) fn sealed_key(rule: OpeningRule, holders: &[(OrganisationId, Vec<OpeningKey>)]) -> Result<TenderKey, Failure> {
    let recipient =
        |key: &OpeningKey| key.recipient.parse::<Recipient>().map_err(|error| Fault::inconsistent("opening_key.recipient", error));
    let councils: Vec<Vec<Recipient>> =
        holders.iter().map(|(_, officers)| officers.iter().map(recipient).collect()).collect::<Result<_, Fault>>()?;
    let needed = usize::try_from(rule.councils_at_least).map_err(|error| Fault::inconsistent("tender.plan", error))?;
    sealing::tender_key(&councils, needed)?.map_err(Failure::refused)
}

/// What taking part came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TookPart {
    /// What the attempt came to.
    pub outcome: AttemptOutcome,
    /// So many councils more must take part.
    pub wanting: u32,
    /// So many envelopes were opened.
    pub opened: usize,
}

/// Takes part in an opening with the share of the caller's council.
///
/// # Errors
/// [`Failure::Refused`] when the envelopes are open already or the tender was given up; an attempt that fails is an answer, since it
/// is kept.
pub async fn take_part(
    nearhome: &Nearhome,
    caller: &Caller,
    key: Uuid,
    tender: TenderId,
    envelope: Envelope,
    passphrase: String,
) -> Result<TookPart, Failure> {
    let passphrase = Passphrase::new(passphrase);
    let mut identity = None;
    // The present key first; an earlier one only opens what was sealed to it.
    for mine in ask(nearhome, caller, &MyOpeningKeys).await?.iter().rev() {
        match sealing::unwrap(&mine.wrapped, &passphrase).await? {
            Ok(opened) => identity = Some(opened),
            Err(CannotOpen::Passphrase) => continue,
            Err(other) => return Err(Fault::inconsistent("opening_key.wrapped", other).into()),
        }
        break;
    }
    let keys = nearhome.secrets()?.clone();
    perform(nearhome, caller, key, &TakePart { tender, envelope, identity, keys }).await
}

/// Puts in a share. The passphrase has been tried already; a wrong one is put on record here.
#[derive(Debug, Clone, Serialize)]
struct TakePart {
    tender: TenderId,
    envelope: Envelope,
    #[serde(skip)]
    identity: Option<Identity>,
    #[serde(skip)]
    keys: SecretsKeys,
}

impl Command for TakePart {
    const ACTION: Action = Action::OpenBids;
    type Answer = TookPart;
    const IS_TIMED_BY_DATABASE: bool = true;

    async fn relation(&self, threshold: &mut Threshold, _: &Caller) -> Result<Option<Relation>, Failure> {
        let found = threshold.find::<Tender>(self.tender).await?;
        Ok(found.filter(|tender| tender.published_at.is_some()).map(|_| Relation::Shared))
    }

    async fn run(&self, tx: &mut Tx) -> Result<TookPart, Failure> {
        let tender: Tender = tx.get(self.tender).await?;
        let rule = tender.plan()?.opening;
        if tender.is_cancelled() {
            return Err(Failure::refused(TenderRefusal::Cancelled));
        }
        let bids = opened(tx, tender.id).await?;
        let attempts = attempts_of(tx, tender.id).await?;
        if was_opened(&attempts, self.envelope) {
            return Err(Failure::refused("these envelopes are open already"));
        }
        let share = match self.share(tx, &tender).await? {
            Ok(share) => share,
            Err(outcome) => {
                self.keep(tx, outcome, None).await?;
                let wanting = ceremony(rule, &contributions(&attempts, self.envelope), tx.at()).wanting;
                return Ok(TookPart { outcome, wanting, opened: 0 });
            }
        };
        let caller = tx.caller().clone();
        let mut came = contributions(&attempts, self.envelope);
        came.push(Contribution { council: caller.organisation, person: caller.person, at: tx.at() });
        let ceremony = ceremony(rule, &came, tx.at());
        if ceremony.wanting > 0 {
            self.keep(tx, AttemptOutcome::Contributed, Some(&share)).await?;
            return Ok(TookPart { outcome: AttemptOutcome::Contributed, wanting: ceremony.wanting, opened: 0 });
        }
        let mut shares = self.shares_of(&ceremony, &attempts, &caller)?;
        shares.push(share);
        let opened = self.open(tx, &tender, &shares, bids).await?;
        self.keep(tx, AttemptOutcome::Opened, None).await?;
        forget(tx, attempts, self.envelope).await?;
        Ok(TookPart { outcome: AttemptOutcome::Opened, wanting: 0, opened })
    }
}

/// Whether an envelope of the tender was opened.
fn was_opened(attempts: &[OpeningAttempt], envelope: Envelope) -> bool {
    attempts.iter().any(|attempt| attempt.envelope == envelope && attempt.outcome == AttemptOutcome::Opened)
}

/// The shares that were put in for an envelope, in order.
fn contributions(attempts: &[OpeningAttempt], envelope: Envelope) -> Vec<Contribution> {
    let put_in = attempts.iter().filter(|attempt| attempt.envelope == envelope && attempt.outcome == AttemptOutcome::Contributed);
    put_in.map(|attempt| Contribution { council: attempt.org_id, person: attempt.person_id, at: attempt.at }).collect()
}

/// Shares that were waiting are of no use any more, so they go; that they were put in stays on record.
async fn forget(tx: &mut Tx, attempts: Vec<OpeningAttempt>, envelope: Envelope) -> Result<(), Failure> {
    for mut attempt in attempts.into_iter().filter(|attempt| attempt.envelope == envelope && attempt.share_sealed.is_some()) {
        (attempt.share_key, attempt.share_sealed) = (None, None);
        tx.update(&mut attempt, &json!({ "shape": 1, "share": "forgotten" })).await?;
    }
    Ok(())
}

impl TakePart {
    /// The share of the caller's council, or why there is none.
    async fn share(&self, tx: &mut Tx, tender: &Tender) -> Result<Result<Share, AttemptOutcome>, Failure> {
        if let Some(outcome) = refused(self.envelope, tender.deadline, tender.quality_locked_at.is_some(), tx.at()) {
            return Ok(Err(outcome));
        }
        let Some(identity) = &self.identity else { return Ok(Err(AttemptOutcome::WrongPassphrase)) };
        let council = tx.caller().organisation;
        let held = shares_of(tx, tender.id).await?.into_iter().find(|share| share.council_id == council && share.envelope == self.envelope);
        let Some(held) = held else { return Ok(Err(AttemptOutcome::NoShare)) };
        match sealing::take_share(identity, &held.sealed) {
            Ok(share) => Ok(Ok(share)),
            Err(CannotOpen::OtherKey) => Ok(Err(AttemptOutcome::NoShare)),
            Err(other) => Err(Fault::inconsistent("tender_share.sealed", other).into()),
        }
    }

    /// Puts the attempt on record; a share that has to wait is kept with it, sealed.
    async fn keep(&self, tx: &mut Tx, outcome: AttemptOutcome, share: Option<&Share>) -> Result<(), Failure> {
        let caller = tx.caller().clone();
        let id = OpeningAttemptId(tx.new_id());
        let nonce = tx.new_id().into_bytes();
        let sealed = share.map(|share| self.keys.seal_for(Purpose::OpeningShare, id.0, nonce, &share.to_bytes())).transpose()?;
        let (share_key, share_sealed) = sealed.map(|sealed| (sealed.key, sealed.bytes)).unzip();
        let attempt = OpeningAttempt {
            id,
            version: 1,
            org_id: caller.organisation,
            tender_id: self.tender,
            envelope: self.envelope,
            person_id: caller.person,
            at: tx.at(),
            outcome,
            share_key,
            share_sealed,
        };
        tx.create(&attempt, &json!({ "shape": 1, "envelope": self.envelope, "outcome": outcome })).await?;
        Ok(())
    }

    /// The shares of those who are present, the caller's own excepted.
    fn shares_of(&self, ceremony: &Ceremony, attempts: &[OpeningAttempt], caller: &Caller) -> Result<Vec<Share>, Failure> {
        let waiting = ceremony.present.iter().filter(|present| present.council != caller.organisation);
        let share = |present: &Contribution| {
            let lost = || Fault::inconsistent("opening_attempt.share_sealed", "a share that was put in is not there");
            let is_this = |attempt: &&OpeningAttempt| {
                attempt.envelope == self.envelope
                    && attempt.outcome == AttemptOutcome::Contributed
                    && (attempt.org_id, attempt.at) == (present.council, present.at)
            };
            let attempt = attempts.iter().find(is_this).ok_or_else(lost)?;
            let (key, bytes) = attempt.share_key.clone().zip(attempt.share_sealed.clone()).ok_or_else(lost)?;
            let opened = self.keys.open_for(Purpose::OpeningShare, attempt.id.0, &Sealed { key, bytes })?;
            let opened = zeroize::Zeroizing::new(opened);
            Ok(Share::from_bytes(&opened).map_err(|error| Fault::inconsistent("opening_attempt.share_sealed", error))?)
        };
        waiting.map(share).collect()
    }

    /// Opens every envelope of the kind; answers how many.
    async fn open(&self, tx: &mut Tx, tender: &Tender, shares: &[Share], bids: Vec<OpenedBid>) -> Result<usize, Failure> {
        let recipient = match self.envelope {
            Envelope::Quality => tender.quality_recipient.as_deref(),
            Envelope::Price => tender.price_recipient.as_deref(),
        };
        let recipient = recipient.and_then(|text| text.parse::<Recipient>().ok());
        let recipient = recipient.ok_or_else(|| Fault::inconsistent("tender.recipient", "the tender has no key"))?;
        let identity = sealing::identity_from(&recipient, shares).map_err(|error| Fault::inconsistent("tender_share.sealed", error))?;
        match self.envelope {
            Envelope::Quality => open_quality(tx, tender, &identity).await,
            Envelope::Price => open_prices(tx, &identity, bids).await,
        }
    }
}

/// Reads an envelope. It was sealed by us, so one that does not open was changed since.
fn read<T: DeserializeOwned>(identity: &Identity, sealed: &[u8], submission: &Submission) -> Result<(T, String), Fault> {
    let broken = |error: &dyn std::fmt::Display| Fault::inconsistent("bid_submission", format!("{}: {error}", submission.id));
    let plain = sealing::open(identity, sealed).map_err(|error| broken(&error))?;
    let text = std::str::from_utf8(&plain).map_err(|error| broken(&error))?;
    // An envelope is filled up with blanks.
    let text = text.trim_end();
    Ok((serde_json::from_str(text).map_err(|error| broken(&error))?, text.to_owned()))
}

async fn open_quality(tx: &mut Tx, tender: &Tender, identity: &Identity) -> Result<usize, Failure> {
    let submissions = standing(tx, tender.id).await?;
    for submission in &submissions {
        let (_, quality) = read::<QualityEnvelope>(identity, &submission.quality, submission)?;
        let bid = OpenedBid {
            id: OpenedBidId(tx.new_id()),
            version: 1,
            org_id: tender.org_id,
            tender_id: tender.id,
            submission_id: submission.id,
            provider_id: submission.provider_id,
            lot: submission.lot.clone(),
            quality,
            price: None,
            opened_at: tx.at(),
            price_opened_at: None,
        };
        tx.create(&bid, &json!({ "shape": 1, "lot": bid.lot, "envelope": Envelope::Quality })).await?;
    }
    Ok(submissions.len())
}

/// A price envelope in which nothing stands.
const NO_PRICES: &str = r#"{"prices":[]}"#;

async fn open_prices(tx: &mut Tx, identity: &Identity, bids: Vec<OpenedBid>) -> Result<usize, Failure> {
    let opened = bids.len();
    for mut bid in bids {
        let submission: Submission = tx.get(bid.submission_id).await?;
        let price = match read::<PriceEnvelope>(identity, &submission.price, &submission) {
            Ok((_, price)) => price,
            // Whoever seals for itself answers for it: what cannot be read holds no price, and does not keep the others shut.
            Err(_) if submission.price_by_bidder => NO_PRICES.to_owned(),
            Err(fault) => return Err(fault.into()),
        };
        (bid.price, bid.price_opened_at) = (Some(price), Some(tx.at()));
        tx.update(&mut bid, &json!({ "shape": 1, "envelope": Envelope::Price })).await?;
    }
    Ok(opened)
}

/// One attempt, as it is read aloud.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttemptLine {
    /// For which envelope.
    pub envelope: Envelope,
    /// Who.
    pub who: String,
    /// For which council.
    pub council: String,
    /// When.
    pub at: Instant,
    /// What it came to.
    pub outcome: AttemptOutcome,
}

/// One bid of the list that the opening makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenedLine {
    /// The bid.
    pub id: OpenedBidId,
    /// Who bids.
    pub provider: String,
    /// For which lot.
    pub lot: String,
    /// When it was submitted.
    pub submitted_at: Instant,
    /// With how many homes or branches.
    pub services: usize,
    /// Whether its prices are open.
    pub is_price_open: bool,
}

/// Where the opening of a tender stands.
#[derive(Debug, Clone, PartialEq)]
pub struct OpeningView {
    /// By which rule.
    pub rule: OpeningRule,
    /// The ceremony of each envelope, and whether it is over.
    pub envelopes: Vec<(Envelope, Ceremony, bool)>,
    /// How many sealed bids stand; told only after the deadline.
    pub sealed: Option<usize>,
    /// Every attempt, in order.
    pub attempts: Vec<AttemptLine>,
    /// The bids that are open.
    pub bids: Vec<OpenedLine>,
    /// The tender.
    pub tender: Tender,
}

/// Where the opening of a tender stands.
#[derive(Debug, Clone, Copy)]
pub struct GetOpening {
    /// Of which tender.
    pub tender: TenderId,
    /// By whose clock.
    pub now: Instant,
}

impl Query for GetOpening {
    const ACTION: Action = Action::SeeOpening;
    type Answer = OpeningView;

    async fn relation(&self, reads: &mut ReadTx, _: &Caller) -> Result<Option<Relation>, Failure> {
        let found = reads.find::<Tender>(self.tender).await?;
        Ok(found.filter(|tender| tender.published_at.is_some()).map(|_| Relation::Shared))
    }

    async fn run(&self, reads: &mut ReadTx, _: &Caller) -> Result<OpeningView, Failure> {
        let tender: Tender = reads.get(self.tender).await?;
        let rule = tender.plan()?.opening;
        let attempts = attempts_of(reads, tender.id).await?;
        let stands = |envelope| (envelope, ceremony(rule, &contributions(&attempts, envelope), self.now), was_opened(&attempts, envelope));
        let envelopes = vec![stands(Envelope::Quality), stands(Envelope::Price)];
        let submissions = standing(reads, tender.id).await?;
        let mut bids = Vec::new();
        for bid in opened(reads, tender.id).await? {
            let submitted_at = submissions.iter().find(|one| one.id == bid.submission_id).map_or(bid.opened_at, |one| one.submitted_at);
            let quality = bid.quality()?;
            bids.push(OpenedLine {
                id: bid.id,
                provider: quality.provider_name,
                lot: bid.lot,
                submitted_at,
                services: quality.services.len(),
                is_price_open: bid.price.is_some(),
            });
        }
        let sealed = (self.now > tender.deadline).then_some(submissions.len());
        let attempts = lines(reads, attempts).await?;
        Ok(OpeningView { rule, envelopes, sealed, attempts, bids, tender })
    }
}

/// The attempts with the names of those who made them.
async fn lines(reads: &mut ReadTx, attempts: Vec<OpeningAttempt>) -> Result<Vec<AttemptLine>, Failure> {
    let mut lines = Vec::new();
    for attempt in attempts {
        let person: Person = reads.get(attempt.person_id).await?;
        let council: Organisation = reads.get(attempt.org_id).await?;
        let (who, council) = (person.name, council.name);
        lines.push(AttemptLine { envelope: attempt.envelope, who, council, at: attempt.at, outcome: attempt.outcome });
    }
    Ok(lines)
}
