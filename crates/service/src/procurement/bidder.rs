//! A bidder's own papers: the key under which they stand, what it says about itself in every bid, and its files.
//!
//! Nothing of it is in the clear in the database, in an event or in the digest of a repeated command: whoever writes here brings the
//! content beside the command, and commands are not kept by their content.

use domain::Code as _;
use domain::access::{Action, Relation};
use domain::calendar::Instant;
use domain::ids::{BidderFileId, BidderKeyId, BidderProfileId, OrganisationId};
use domain::people::{Caller, OrganisationKind};
use domain::procurement::bid::BidFile;
use domain::procurement::bid_draft::Profile;
use domain::procurement::bid_file::{FileRefusal, inspect};
use domain::record::Digest;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::procurement::bid::{self as bids, BidderFile, BidderKey, BidderProfile};
use store::{Fault, ReadTx, Reads, Threshold, Tx};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::organisation_key::{OrganisationKey, Place};
use crate::people::sealing::{Sealed, SecretsKeys};
use crate::{Command, Failure, Nearhome, Query, ask, perform};

/// So many files a bidder keeps at the most.
const FILES_AT_MOST: usize = 200;
/// So many letters the name of a file has at the most.
const NAME_LETTERS_AT_MOST: usize = 200;

/// What is known of a file without reading it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptFile {
    /// What it is.
    #[serde(flatten)]
    pub file: BidFile,
    /// When it was uploaded.
    pub uploaded_at: Instant,
}

/// A bidder's papers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Papers {
    /// What it says about itself; blank at first.
    pub profile: Profile,
    /// Its files, by name.
    pub files: Vec<(BidderFileId, KeptFile)>,
}

/// Writes something as JSON in memory that is overwritten when let go.
pub(super) fn plain<T: Serialize>(content: &T) -> Result<Zeroizing<Vec<u8>>, Fault> {
    serde_json::to_vec(content).map(Zeroizing::new).map_err(|_| Fault::inconsistent("bidder", "this cannot be written as JSON"))
}

/// Reads what [`plain`] wrote. The reason of a failure would quote the content, so it is left out.
pub(super) fn read<T: DeserializeOwned>(opened: &[u8], what: &'static str) -> Result<T, Fault> {
    serde_json::from_slice(opened).map_err(|_| Fault::inconsistent(what, "what was opened cannot be read"))
}

/// The key of a bidder, if it has written anything yet.
pub(super) async fn key_of(reads: &mut impl Reads, keys: &SecretsKeys, bidder: OrganisationId) -> Result<Option<OrganisationKey>, Fault> {
    let Some(row) = bids::key_of(reads, bidder).await? else { return Ok(None) };
    OrganisationKey::open(keys, bidder, &Sealed { key: row.key, bytes: row.sealed }).map(Some)
}

/// The same where something will be written: the first time, it is made. One under an older key is sealed with the key of today.
pub(super) async fn key_in(tx: &mut Tx, keys: &SecretsKeys) -> Result<OrganisationKey, Fault> {
    let bidder = tx.caller().organisation;
    let Some(mut row) = bids::key_of(tx, bidder).await? else {
        let (key, sealed) = OrganisationKey::create(keys, bidder)?;
        let id = BidderKeyId(tx.new_id());
        let row = BidderKey { id, version: 1, org_id: bidder, key: sealed.key, sealed: sealed.bytes };
        tx.create(&row, &json!({ "shape": 1 })).await?;
        return Ok(key);
    };
    let sealed = Sealed { key: row.key.clone(), bytes: row.sealed.clone() };
    let key = OrganisationKey::open(keys, bidder, &sealed)?;
    if !keys.is_current(&sealed) {
        let again = OrganisationKey::seal_again(keys, bidder, &sealed)?;
        (row.key, row.sealed) = (again.key, again.bytes);
        tx.update(&mut row, &json!({ "shape": 1, "changed": ["key"] })).await?;
    }
    Ok(key)
}

/// What a bidder says about itself.
pub(super) async fn profile_of(reads: &mut impl Reads, key: &OrganisationKey, bidder: OrganisationId) -> Result<Profile, Fault> {
    let Some(row) = bids::profile_of(reads, bidder).await? else { return Ok(Profile::default()) };
    read(&key.unseal(Place::Profile, row.id.0, &row.content)?, "bidder_profile.content")
}

/// A bidder's files, by name.
pub(super) async fn files_of(
    reads: &mut impl Reads,
    key: &OrganisationKey,
    bidder: OrganisationId,
) -> Result<Vec<(BidderFileId, KeptFile)>, Fault> {
    let mut files = Vec::new();
    for (id, about) in bids::files_of(reads, bidder).await? {
        let about: KeptFile = read(&key.unseal(Place::FileName, id.0, &about)?, "bidder_file.about")?;
        files.push((id, about));
    }
    files.sort_by(|(_, one), (_, other)| one.file.name.cmp(&other.file.name));
    Ok(files)
}

/// The content of a file.
pub(super) fn content_of(key: &OrganisationKey, row: &BidderFile) -> Result<Zeroizing<Vec<u8>>, Fault> {
    key.unseal(Place::File, row.id.0, &row.content)
}

/// Own, for whoever bids; nothing for a council.
pub(super) fn as_bidder(caller: &Caller) -> Option<Relation> {
    (caller.kind == OrganisationKind::Provider).then_some(Relation::Own)
}

/// The caller's own papers.
///
/// # Errors
/// [`Failure`] of access or the database.
pub async fn papers(nearhome: &Nearhome, caller: &Caller) -> Result<Papers, Failure> {
    ask(nearhome, caller, &SeePapers { keys: nearhome.secrets()?.clone() }).await
}

struct SeePapers {
    keys: SecretsKeys,
}

impl Query for SeePapers {
    const ACTION: Action = Action::SeeOwnBids;
    type Answer = Papers;

    async fn relation(&self, _: &mut ReadTx, caller: &Caller) -> Result<Option<Relation>, Failure> {
        Ok(as_bidder(caller))
    }

    async fn run(&self, reads: &mut ReadTx, caller: &Caller) -> Result<Papers, Failure> {
        let bidder = caller.organisation;
        let Some(key) = key_of(reads, &self.keys, bidder).await? else {
            return Ok(Papers { profile: Profile::default(), files: Vec::new() });
        };
        Ok(Papers { profile: profile_of(reads, &key, bidder).await?, files: files_of(reads, &key, bidder).await? })
    }
}

/// Keeps what the caller's organisation says about itself, as typed, in place of what it said before.
///
/// # Errors
/// [`Failure`] of access or the database.
pub async fn save_profile(nearhome: &Nearhome, caller: &Caller, profile: Profile) -> Result<(), Failure> {
    perform(nearhome, caller, Uuid::nil(), &SaveProfile { profile, keys: nearhome.secrets()?.clone() }).await
}

#[derive(Serialize)]
struct SaveProfile {
    #[serde(skip)]
    profile: Profile,
    #[serde(skip)]
    keys: SecretsKeys,
}

impl Command for SaveProfile {
    const ACTION: Action = Action::WriteBid;
    const IS_REPEATABLE: bool = false;
    type Answer = ();

    async fn relation(&self, _: &mut Threshold, caller: &Caller) -> Result<Option<Relation>, Failure> {
        Ok(as_bidder(caller))
    }

    async fn run(&self, tx: &mut Tx) -> Result<(), Failure> {
        let key = key_in(tx, &self.keys).await?;
        let org_id = tx.caller().organisation;
        let told = json!({ "shape": 1, "insurances": self.profile.insurances.len(), "papers": self.profile.papers.len() });
        let content = plain(&self.profile)?;
        if let Some(mut row) = bids::profile_of(tx, org_id).await? {
            row.content = key.seal(Place::Profile, row.id.0, &content)?;
            return Ok(tx.update(&mut row, &told).await?);
        }
        let id = BidderProfileId(tx.new_id());
        let content = key.seal(Place::Profile, id.0, &content)?;
        Ok(tx.create(&BidderProfile { id, version: 1, org_id, content }, &told).await?)
    }
}

/// Keeps a file, judged by its content.
///
/// # Errors
/// [`Failure::Invalid`] at the field `file` when nobody could read it, or it is there already.
pub async fn upload(nearhome: &Nearhome, caller: &Caller, name: &str, content: Vec<u8>) -> Result<BidderFileId, Failure> {
    let content = Zeroizing::new(content);
    let media_type = inspect(&content).map_err(|refusal| Failure::invalid("file", refusal.to_string()))?;
    let name: String = name.trim().chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
    if name.is_empty() || name.chars().count() > NAME_LETTERS_AT_MOST {
        return Err(Failure::invalid("file", format!("The file’s name must have 1 to {NAME_LETTERS_AT_MOST} letters")));
    }
    let size = u64::try_from(content.len()).map_err(|error| Fault::inconsistent("bidder_file", error))?;
    let sha256 = Digest::of(&content).to_string();
    let file = BidFile { name, media_type: media_type.code().to_owned(), size, sha256, content: None };
    perform(nearhome, caller, Uuid::nil(), &Upload { file, content, keys: nearhome.secrets()?.clone() }).await
}

#[derive(Serialize)]
struct Upload {
    #[serde(skip)]
    file: BidFile,
    #[serde(skip)]
    content: Zeroizing<Vec<u8>>,
    #[serde(skip)]
    keys: SecretsKeys,
}

impl Command for Upload {
    const ACTION: Action = Action::WriteBid;
    const IS_REPEATABLE: bool = false;
    type Answer = BidderFileId;

    async fn relation(&self, _: &mut Threshold, caller: &Caller) -> Result<Option<Relation>, Failure> {
        Ok(as_bidder(caller))
    }

    async fn run(&self, tx: &mut Tx) -> Result<BidderFileId, Failure> {
        let key = key_in(tx, &self.keys).await?;
        let org_id = tx.caller().organisation;
        let known = files_of(tx, &key, org_id).await?;
        if let Some((_, same)) = known.iter().find(|(_, known)| known.file.sha256 == self.file.sha256) {
            return Err(Failure::invalid("file", FileRefusal::Duplicate(same.file.name.clone()).to_string()));
        }
        if known.len() >= FILES_AT_MOST {
            return Err(Failure::invalid("file", format!("You have {FILES_AT_MOST} files: remove one that no bid needs")));
        }
        let id = BidderFileId(tx.new_id());
        let about = plain(&KeptFile { file: self.file.clone(), uploaded_at: tx.at() })?;
        let about = key.seal(Place::FileName, id.0, &about)?;
        let content = key.seal(Place::File, id.0, &self.content)?;
        tx.create(&BidderFile { id, version: 1, org_id, about, content, removed_at: None }, &json!({ "shape": 1 })).await?;
        Ok(id)
    }
}

/// Removes a file from the caller's papers. What was submitted with it keeps it.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct RemoveFile {
    /// Which.
    pub file: BidderFileId,
}

impl Command for RemoveFile {
    const ACTION: Action = Action::WriteBid;
    type Answer = ();

    async fn relation(&self, threshold: &mut Threshold, caller: &Caller) -> Result<Option<Relation>, Failure> {
        let found = threshold.find::<BidderFile>(self.file).await?;
        Ok(found.filter(|file| file.org_id == caller.organisation).map(|_| Relation::Own))
    }

    async fn run(&self, tx: &mut Tx) -> Result<(), Failure> {
        let mut row: BidderFile = tx.get(self.file).await?;
        if row.removed_at.is_some() {
            return Ok(());
        }
        (row.content, row.removed_at) = (Vec::new(), Some(tx.at()));
        Ok(tx.update(&mut row, &json!({ "shape": 1, "removed": true })).await?)
    }
}

/// One of the caller's own files.
///
/// # Errors
/// [`Failure::absent`] when it is not theirs or was removed.
pub async fn file(nearhome: &Nearhome, caller: &Caller, file: BidderFileId) -> Result<(BidFile, Zeroizing<Vec<u8>>), Failure> {
    ask(nearhome, caller, &SeeFile { file, keys: nearhome.secrets()?.clone() }).await
}

struct SeeFile {
    file: BidderFileId,
    keys: SecretsKeys,
}

impl Query for SeeFile {
    const ACTION: Action = Action::SeeOwnBids;
    type Answer = (BidFile, Zeroizing<Vec<u8>>);

    async fn relation(&self, reads: &mut ReadTx, caller: &Caller) -> Result<Option<Relation>, Failure> {
        let found = reads.find::<BidderFile>(self.file).await?;
        Ok(found.filter(|file| file.org_id == caller.organisation && file.removed_at.is_none()).map(|_| Relation::Own))
    }

    async fn run(&self, reads: &mut ReadTx, caller: &Caller) -> Result<Self::Answer, Failure> {
        let row: BidderFile = reads.get(self.file).await?;
        let key = key_of(reads, &self.keys, caller.organisation).await?;
        let key = key.ok_or_else(|| Fault::inconsistent("bidder_key", "there is a file but no key"))?;
        let about: KeptFile = read(&key.unseal(Place::FileName, row.id.0, &row.about)?, "bidder_file.about")?;
        Ok((about.file, content_of(&key, &row)?))
    }
}
