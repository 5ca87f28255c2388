//! What other bodies publish, taken into a register of the market.

use std::collections::BTreeSet;

use domain::access::{Action, Relation};
use domain::calendar::Instant;
use domain::ids::OutsideReleaseId;
use domain::pence::Pence;
use domain::people::Caller;
use domain::procurement::ocds::check::{Fault, check};
use domain::procurement::ocds::json::{Json, Syntax};
use domain::procurement::ocds::tape::{Spot, Tape};
use domain::record::Digest;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::market::outside::{self, OutsideRelease};
use store::{ReadTx, Threshold, Tx};
use uuid::Uuid;

use super::ocds::collect;
use crate::{Command, Failure, Nearhome, Query, perform};

/// So many releases are written at a time.
const PORTION: usize = 200;

/// One release of another body as it was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadRelease {
    /// Who published it.
    pub publisher: String,
    /// Its process.
    pub ocid: String,
    /// Its id within the process.
    pub id: String,
    /// When it says that it was published.
    pub published_at: Option<Instant>,
    /// Its tags.
    pub tags: Vec<String>,
    /// The title of the tender.
    pub title: Option<String>,
    /// Who buys.
    pub buyer: Option<String>,
    /// Who was awarded something, each once.
    pub suppliers: Vec<String>,
    /// What it says is spent, in pounds.
    pub value: Option<Pence>,
    /// How many faults were found in it.
    pub faults: usize,
    /// Its text.
    pub body: String,
}

/// A file as it was read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReadFile {
    /// What can be kept.
    pub releases: Vec<ReadRelease>,
    /// What is wrong, each with the path of the field, the publisher before it where there are several.
    pub faults: Vec<Fault>,
    /// Paths of releases that cannot be kept, since they lack a publisher, an ocid or an id.
    pub refused: Vec<String>,
}

/// Reads packages, lists of releases or releases one after the other. `publisher` is whose they are where the file does not say.
///
/// # Errors
/// [`Syntax`] when the text is no JSON.
pub fn read(text: &str, publisher: Option<&str>) -> Result<ReadFile, Syntax> {
    let mut owners: Vec<(String, Vec<Json<'_>>)> = Vec::new();
    let mut tape = Tape::default();
    tape.read_all(text)?;
    for value in tape.spots().map(Spot::tree) {
        let said = value.member("publisher").and_then(|publisher| text_of(publisher, "name"));
        let owner = said.or_else(|| publisher.map(str::to_owned)).unwrap_or_default();
        let mut releases = Vec::new();
        collect(value, &mut releases);
        match owners.iter_mut().find(|(name, _)| *name == owner) {
            Some((_, known)) => known.append(&mut releases),
            None => owners.push((owner, releases)),
        }
    }
    let mut file = ReadFile::default();
    let is_alone = owners.len() == 1;
    for (publisher, releases) in &owners {
        let named = |path: String| if is_alone { path } else { format!("{publisher}: {path}") };
        // What a process refers to may be published anywhere.
        let elsewhere: BTreeSet<String> = releases.iter().flat_map(related).collect();
        let faults = check(releases, &elsewhere);
        for (number, release) in releases.iter().enumerate() {
            let path = format!("/releases/{number}");
            let inside = format!("{path}/");
            let found = faults.iter().filter(|fault| fault.path == path || fault.path.starts_with(&inside)).count();
            match one(publisher, release, found) {
                Some(release) => file.releases.push(release),
                None => file.refused.push(named(path)),
            }
        }
        file.faults.extend(faults.into_iter().map(|fault| Fault { path: named(fault.path), ..fault }));
    }
    Ok(file)
}

fn text_of(value: &Json<'_>, name: &str) -> Option<String> {
    value.member(name).and_then(Json::as_text).map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
}

fn items<'j, 'a>(value: &'j Json<'a>, name: &str) -> &'j [Json<'a>] {
    if let Some(Json::List(items)) = value.member(name) { items } else { &[] }
}

fn related(release: &Json<'_>) -> Vec<String> {
    items(release, "relatedProcesses").iter().filter_map(|process| text_of(process, "identifier")).collect()
}

fn one(publisher: &str, release: &Json<'_>, faults: usize) -> Option<ReadRelease> {
    let mut body = Vec::new();
    release.write(&mut body);
    let body = String::from_utf8(body).ok()?;
    let tender = release.member("tender");
    let parties = items(release, "parties");
    let mut suppliers = BTreeSet::new();
    for supplier in items(release, "awards").iter().flat_map(|award| items(award, "suppliers")) {
        let id = text_of(supplier, "id");
        let party = parties.iter().find(|party| id.is_some() && text_of(party, "id") == id);
        suppliers.extend(text_of(supplier, "name").or_else(|| party.and_then(|party| text_of(party, "name"))));
    }
    let date = text_of(release, "date").and_then(|date| chrono::DateTime::parse_from_rfc3339(&date).ok());
    let of_awards = items(release, "awards").iter().find_map(|award| pounds(award.member("value")?));
    Some(ReadRelease {
        publisher: Some(publisher).filter(|publisher| !publisher.is_empty())?.to_owned(),
        ocid: text_of(release, "ocid")?,
        id: text_of(release, "id")?,
        published_at: date.map(|date| Instant::new(date.to_utc())),
        tags: items(release, "tag").iter().filter_map(Json::as_text).map(str::to_owned).collect(),
        title: tender.and_then(|tender| text_of(tender, "title")),
        buyer: release.member("buyer").and_then(|buyer| text_of(buyer, "name")),
        suppliers: suppliers.into_iter().collect(),
        value: tender.and_then(|tender| pounds(tender.member("value")?)).or(of_awards),
        faults,
        body,
    })
}

/// An amount in pounds, with as many decimals as its publisher cared for.
fn pounds(value: &Json<'_>) -> Option<Pence> {
    if text_of(value, "currency")? != "GBP" {
        return None;
    }
    let Some(Json::Number(digits)) = value.member("amount") else { return None };
    let (whole, decimals) = digits.split_once('.').unwrap_or((digits, ""));
    let decimals: String = decimals.chars().chain("00".chars()).take(2).collect();
    format!("{whole}.{decimals}").parse().ok()
}

/// What became of releases.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TakenIn {
    /// Not known before.
    pub new: usize,
    /// Known as they are.
    pub known: usize,
    /// Known under the same ids with other content: both are kept.
    pub differing: usize,
}

/// Takes releases in.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ImportReleases {
    /// Which.
    pub releases: Vec<ReadRelease>,
}

impl Command for ImportReleases {
    const ACTION: Action = Action::ImportReleases;
    type Answer = TakenIn;

    async fn relation(&self, _: &mut Threshold, _: &Caller) -> Result<Option<Relation>, Failure> {
        Ok(Some(Relation::Shared))
    }

    async fn run(&self, tx: &mut Tx) -> Result<TakenIn, Failure> {
        let mut taken = TakenIn::default();
        for release in &self.releases {
            let digest = Digest::of(release.body.as_bytes()).to_string();
            let same = outside::same(tx, &release.publisher, &release.ocid, &release.id).await?;
            if same.iter().any(|row| row.digest == digest) {
                taken.known += 1;
                continue;
            }
            if same.is_empty() {
                taken.new += 1;
            } else {
                taken.differing += 1;
            }
            let row = OutsideRelease {
                id: OutsideReleaseId(tx.new_id()),
                version: 1,
                publisher: release.publisher.clone(),
                ocid: release.ocid.clone(),
                release_id: release.id.clone(),
                digest,
                published_at: release.published_at,
                tags: release.tags.join(", "),
                title: release.title.clone(),
                buyer: release.buyer.clone(),
                suppliers: release.suppliers.join("; "),
                value_pence: release.value,
                faults: i64::try_from(release.faults).unwrap_or(i64::MAX),
                body: release.body.clone(),
            };
            tx.create(&row, &json!({ "shape": 1, "faults": row.faults })).await?;
        }
        Ok(taken)
    }
}

/// Takes a file in, portion by portion. An import that broke is simply begun again.
///
/// # Errors
/// [`Failure`] when the database fails.
pub async fn import(nearhome: &Nearhome, caller: &Caller, file: &ReadFile) -> Result<TakenIn, Failure> {
    let mut taken = TakenIn::default();
    for portion in file.releases.chunks(PORTION) {
        let command = ImportReleases { releases: portion.to_vec() };
        let one = perform(nearhome, caller, Uuid::from_u128(nearhome.random()), &command).await?;
        (taken.new, taken.known, taken.differing) = (taken.new + one.new, taken.known + one.known, taken.differing + one.differing);
    }
    Ok(taken)
}

/// What others published last.
#[derive(Debug, Clone, Copy)]
pub struct ListOutside {
    /// At most so many.
    pub limit: u32,
}

impl Query for ListOutside {
    const ACTION: Action = Action::SeeMarket;
    type Answer = Vec<OutsideRelease>;

    async fn relation(&self, _: &mut ReadTx, _: &Caller) -> Result<Option<Relation>, Failure> {
        Ok(Some(Relation::Shared))
    }

    async fn run(&self, reads: &mut ReadTx, _: &Caller) -> Result<Vec<OutsideRelease>, Failure> {
        Ok(outside::newest(reads, self.limit.clamp(1, 500).into()).await?)
    }
}
