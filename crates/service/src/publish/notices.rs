//! The notices of a procurement: what is due, what is missing in it, and its publication as a release that never changes again.

use std::collections::BTreeSet;

use domain::access::{Action, Relation};
use domain::calendar::{Day, Instant};
use domain::consortium::{Consortium, CouncilCode, Publication};
use domain::ids::{MarketEngagementId, OrganisationId, PublicSupplierId, PublishedReleaseId, TenderId};
use domain::people::{Caller, OrganisationKind};
use domain::procurement::notice::{Due, Missing, Notice, NoticeRule};
use domain::procurement::ocds::build::{Telling, release};
use domain::procurement::ocds::check::check;
use domain::procurement::ocds::json::Json;
use domain::procurement::ocds::package::{NoRecord, Publisher, record_package, release_package, versioned_record};
use domain::procurement::ocds::public_text::points_at_a_child;
use domain::procurement::public_facts::{PublicFacts, RegisterNumber, Supplier};
use domain::procurement::tender::Phase;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::people::organisation::Organisation;
use store::procurement::publication::{self, MarketEngagement, PublicSupplier, PublishedRelease};
use store::procurement::tender::Tender;
use store::{Fault, ReadTx, Reads, Threshold, Tx};

use super::public_facts::facts;
use crate::governance::decision::stands_to;
use crate::{Command, Failure, FieldProblem, Query};

/// Publishes what is due of a procurement.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct PublishNotice {
    /// Of which tender.
    pub tender: TenderId,
    /// What is told.
    pub telling: Telling,
}

impl Command for PublishNotice {
    const ACTION: Action = Action::PublishNotice;
    type Answer = PublishedReleaseId;

    async fn relation(&self, threshold: &mut Threshold, caller: &Caller) -> Result<Option<Relation>, Failure> {
        Ok(threshold.find::<Tender>(self.tender).await?.and_then(|tender| stands_to(caller, tender.org_id)))
    }

    async fn run(&self, tx: &mut Tx) -> Result<PublishedReleaseId, Failure> {
        let tender: Tender = tx.get(self.tender).await?;
        let consortium = store::governance::consortium::in_force(tx).await?;
        let rule = publication(&consortium)?.notices;
        let facts = facts(tx, &tender, &consortium).await?;
        if !facts.is_under_the_act() {
            return Err(Failure::refused("the Procurement Act 2023 asks for no notices of this framework"));
        }
        let missing = self.telling.notice().missing(&facts);
        if !missing.is_empty() {
            let why: Vec<String> = missing.into_iter().map(|missing| missing.why).collect();
            return Err(Failure::refused(format!("the notice is not complete. {}", why.join(". "))));
        }
        let earlier = publication::releases_of(tx, tender.id).await?;
        let number = earlier.last().map_or(1, |last| last.number + 1);
        let told = release(&facts, &rule, self.telling, number, tx.at()).map_err(Failure::refused)?;
        without_fault(&earlier, &told, &facts)?;
        let row = PublishedRelease {
            id: PublishedReleaseId(tx.new_id()),
            version: 1,
            org_id: tender.org_id,
            tender_id: tender.id,
            number,
            telling: self.telling,
            body: told.to_string(),
            at: tx.at(),
        };
        tx.create(&row, &json!({ "shape": 1, "number": number, "telling": self.telling })).await?;
        Ok(row.id)
    }
}

fn publication(consortium: &Consortium) -> Result<&Publication, Failure> {
    consortium.publication.as_ref().ok_or_else(|| Failure::refused("the configuration does not say how the councils publish"))
}

/// Whatever our own checker finds must be mended before anybody reads it.
fn without_fault(earlier: &[PublishedRelease], told: &Value, facts: &PublicFacts) -> Result<(), Failure> {
    let texts: Vec<String> = earlier.iter().map(|row| row.body.clone()).chain([told.to_string()]).collect();
    let read = texts.iter().map(|text| Json::read(text)).collect::<Result<Vec<_>, _>>();
    let read = read.map_err(|error| Fault::inconsistent("published_release.body", error))?;
    let faults = check(&read, &facts.renews.iter().cloned().collect::<BTreeSet<_>>());
    match faults.first() {
        None => Ok(()),
        Some(first) => Err(Failure::refused(format!("what would be published is not sound: {first}"))),
    }
}

/// Records the talks with providers before a tender.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RecordEngagement {
    /// Before which tender.
    pub tender: TenderId,
    /// Their first day.
    pub first_on: Day,
    /// Their last day.
    pub last_on: Day,
    /// What was talked about and how providers could take part, for the public.
    pub about: String,
    /// Why no notice of them goes out; empty when one does.
    pub no_notice_because: String,
}

impl Command for RecordEngagement {
    const ACTION: Action = Action::PublishNotice;
    type Answer = MarketEngagementId;

    async fn relation(&self, threshold: &mut Threshold, caller: &Caller) -> Result<Option<Relation>, Failure> {
        Ok(threshold.find::<Tender>(self.tender).await?.and_then(|tender| stands_to(caller, tender.org_id)))
    }

    async fn run(&self, tx: &mut Tx) -> Result<MarketEngagementId, Failure> {
        let tender: Tender = tx.get(self.tender).await?;
        if tender.phase(tx.at()) != Phase::Draft {
            return Err(Failure::refused("the tender is published: talks with providers come before it"));
        }
        let mut wrong = Vec::new();
        if self.last_on < self.first_on {
            wrong.push(FieldProblem::at("last_on", "The talks end before they begin"));
        }
        if self.about.trim().is_empty() {
            wrong.push(FieldProblem::at("about", "Enter what is talked about and how providers can take part"));
        }
        for (field, text) in [("about", &self.about), ("no_notice_because", &self.no_notice_because)] {
            wrong.extend(points_at_a_child(text).map(|found| FieldProblem::at(field, format!("The public reads this: {found}"))));
        }
        if !wrong.is_empty() {
            return Err(Failure::Invalid(wrong));
        }
        let reason = Some(self.no_notice_because.trim().to_owned()).filter(|reason| !reason.is_empty());
        let about = self.about.trim().to_owned();
        let told = json!({ "shape": 1, "has_notice": reason.is_none() });
        if let Some(mut row) = publication::engagement_of(tx, tender.id).await? {
            (row.first_on, row.last_on, row.about, row.no_notice_because) = (self.first_on, self.last_on, about, reason);
            tx.update(&mut row, &told).await?;
            return Ok(row.id);
        }
        let row = MarketEngagement {
            id: MarketEngagementId(tx.new_id()),
            version: 1,
            org_id: tender.org_id,
            tender_id: tender.id,
            first_on: self.first_on,
            last_on: self.last_on,
            about,
            no_notice_because: reason,
        };
        tx.create(&row, &told).await?;
        Ok(row.id)
    }
}

/// Enters what public registers say about a supplier; every council that procures keeps its own entries.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct KeepSupplier {
    /// Which provider.
    pub supplier: OrganisationId,
    /// Its number at Companies House or in the register of charities.
    pub register_number: String,
    /// Its number in the register of charities, where it is a company too; empty when it has none.
    pub charity_number: String,
    /// Whether it is a small or medium enterprise.
    pub is_small: bool,
    /// Whether it is a voluntary or community organisation or a social enterprise.
    pub is_voluntary: bool,
}

impl Command for KeepSupplier {
    const ACTION: Action = Action::PublishNotice;
    type Answer = PublicSupplierId;

    async fn relation(&self, threshold: &mut Threshold, _: &Caller) -> Result<Option<Relation>, Failure> {
        let found = threshold.find::<Organisation>(self.supplier).await?;
        Ok(found.filter(|one| one.kind == OrganisationKind::Provider).map(|_| Relation::Own))
    }

    async fn run(&self, tx: &mut Tx) -> Result<PublicSupplierId, Failure> {
        let mut wrong = Vec::new();
        let number = |number: &str| {
            let (name, number) = (String::new(), number.to_owned());
            Supplier { id: self.supplier, name, number, is_small: None, is_voluntary: None }.register_number()
        };
        if number(&self.register_number).is_none() {
            let why = "Enter a number of Companies House, like 01234567, or of the register of charities, like 1012345";
            wrong.push(FieldProblem::at("register_number", why));
        }
        let charity = Some(self.charity_number.trim().to_owned()).filter(|number| !number.is_empty());
        if charity.as_ref().is_some_and(|charity| !matches!(number(charity), Some(RegisterNumber::Charity(_)))) {
            wrong.push(FieldProblem::at("charity_number", "Enter a number of the register of charities, like 1012345, or nothing"));
        }
        if !wrong.is_empty() {
            return Err(Failure::Invalid(wrong));
        }
        let own = tx.caller().organisation;
        let told = json!({ "shape": 1, "supplier": self.supplier });
        let known = publication::suppliers_of(tx, own).await?.into_iter().find(|row| row.supplier_id == self.supplier);
        let register_number = self.register_number.trim().to_owned();
        if let Some(mut row) = known {
            (row.register_number, row.charity_number) = (register_number, charity);
            (row.is_small, row.is_voluntary) = (self.is_small, self.is_voluntary);
            tx.update(&mut row, &told).await?;
            return Ok(row.id);
        }
        let row = PublicSupplier {
            id: PublicSupplierId(tx.new_id()),
            version: 1,
            org_id: own,
            supplier_id: self.supplier,
            register_number,
            charity_number: charity,
            is_small: self.is_small,
            is_voluntary: self.is_voluntary,
        };
        tx.create(&row, &told).await?;
        Ok(row.id)
    }
}

/// One notice as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeLine {
    /// Which.
    pub notice: Notice,
    /// Whether and by when it is due.
    pub due: Due,
    /// What it lacks, where it is due or could be published.
    pub missing: Vec<Missing>,
    /// What would publish it now, if it is its turn and nothing is missing.
    pub telling: Option<Telling>,
}

/// A release that went out, without its body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Its number.
    pub number: i64,
    /// What it told.
    pub telling: Telling,
    /// When.
    pub at: Instant,
}

/// The notices of a procurement.
#[derive(Debug, Clone, PartialEq)]
pub struct NoticesView {
    /// The tender.
    pub tender: Tender,
    /// The id of the contracting process.
    pub ocid: String,
    /// Every notice of the Act, in its order.
    pub lines: Vec<NoticeLine>,
    /// What went out.
    pub told: Vec<Told>,
    /// The talks with providers.
    pub engagement: Option<MarketEngagement>,
    /// The suppliers that the award names, as the public knows them.
    pub suppliers: Vec<Supplier>,
}

/// The notices of a procurement.
#[derive(Debug, Clone, Copy)]
pub struct GetNotices {
    /// Of which tender.
    pub tender: TenderId,
    /// By whose clock.
    pub now: Instant,
}

impl Query for GetNotices {
    const ACTION: Action = Action::SeeNotices;
    type Answer = NoticesView;

    async fn relation(&self, reads: &mut ReadTx, _: &Caller) -> Result<Option<Relation>, Failure> {
        Ok(reads.find::<Tender>(self.tender).await?.map(|_| Relation::Shared))
    }

    async fn run(&self, reads: &mut ReadTx, _: &Caller) -> Result<NoticesView, Failure> {
        let tender: Tender = reads.get(self.tender).await?;
        let consortium = store::governance::consortium::in_force(reads).await?;
        let facts = facts(reads, &tender, &consortium).await?;
        let rule = consortium.publication.as_ref().map_or_else(NoticeRule::default, |publication| publication.notices);
        let lines = <Notice as domain::Code>::ALL.iter().map(|notice| line(*notice, &facts, &rule, self.now)).collect();
        let rows = publication::releases_of(reads, tender.id).await?;
        let told = rows.into_iter().map(|row| Told { number: row.number, telling: row.telling, at: row.at }).collect();
        let engagement = publication::engagement_of(reads, tender.id).await?;
        let suppliers = facts.suppliers().cloned().collect();
        Ok(NoticesView { ocid: facts.ocid, tender, lines, told, engagement, suppliers })
    }
}

fn line(notice: Notice, facts: &PublicFacts, rule: &NoticeRule, now: Instant) -> NoticeLine {
    let due = notice.due(facts, rule, Day::in_uk(now));
    // A published tender is told again when something changed.
    let tellings = <Telling as domain::Code>::ALL.iter().copied().filter(|telling| telling.notice() == notice);
    let number = i64::try_from(facts.published.len()).unwrap_or(i64::MAX).saturating_add(1);
    let turn = tellings.into_iter().find(|telling| facts.is_under_the_act() && release(facts, rule, *telling, number, now).is_ok());
    let is_wanted = turn.is_some() || due.is_open();
    let missing = if is_wanted { notice.missing(facts) } else { Vec::new() };
    NoticeLine { notice, due, telling: turn.filter(|_| missing.is_empty()), missing }
}

/// What was published of a procurement, as a package.
#[derive(Debug, Clone, Copy)]
pub struct GetReleases {
    /// Of which tender.
    pub tender: TenderId,
    /// The moment that the package names as its own.
    pub now: Instant,
}

impl Query for GetReleases {
    const ACTION: Action = Action::SeeNotices;
    type Answer = Value;

    async fn relation(&self, reads: &mut ReadTx, _: &Caller) -> Result<Option<Relation>, Failure> {
        Ok(reads.find::<Tender>(self.tender).await?.map(|_| Relation::Shared))
    }

    async fn run(&self, reads: &mut ReadTx, _: &Caller) -> Result<Value, Failure> {
        let consortium = store::governance::consortium::in_force(reads).await?;
        let publication = publication(&consortium)?;
        let releases = publication::releases_of(reads, self.tender).await?.iter().map(body).collect::<Result<_, _>>()?;
        let uri = format!("{}/api/v1/tenders/{}/releases", publication.site, self.tender);
        Ok(release_package(&Publisher { name: publication.publisher.clone(), uri }, self.now, releases))
    }
}

/// A release as it went out.
fn body(row: &PublishedRelease) -> Result<Value, Failure> {
    Ok(serde_json::from_str(&row.body).map_err(|error| Fault::inconsistent("published_release.body", error))?)
}

/// Everything that was published, process by process, with the councils' words about themselves.
#[derive(Debug, Clone, Copy)]
pub struct ExportReleases;

/// What is handed over.
#[derive(Debug, Clone, PartialEq)]
pub struct Publications {
    /// Who publishes, and where.
    pub publication: Publication,
    /// For each process its releases, in order.
    pub processes: Vec<Vec<Value>>,
}

impl Query for ExportReleases {
    const ACTION: Action = Action::ExportPublications;
    type Answer = Publications;

    async fn relation(&self, _: &mut ReadTx, _: &Caller) -> Result<Option<Relation>, Failure> {
        Ok(Some(Relation::Shared))
    }

    async fn run(&self, reads: &mut ReadTx, _: &Caller) -> Result<Publications, Failure> {
        let consortium = store::governance::consortium::in_force(reads).await?;
        let publication = publication(&consortium)?.clone();
        let rows = publication::releases(reads).await?;
        let by_tender = rows.chunk_by(|one, next| one.tender_id == next.tender_id);
        let processes = by_tender.map(|rows| rows.iter().map(body).collect::<Result<_, _>>()).collect::<Result<_, _>>()?;
        Ok(Publications { publication, processes })
    }
}

impl Publications {
    /// The files to hand over, each with its name: every release, every process as it stands, and line by line every process with all
    /// that its fields ever said.
    ///
    /// # Errors
    /// [`NoRecord`] when releases cannot be merged.
    pub fn files(&self, now: Instant) -> Result<[(&'static str, String); 3], NoRecord> {
        let at = |file: &str| Publisher { name: self.publication.publisher.clone(), uri: format!("{}/ocds/{file}", self.publication.site) };
        let (releases, records) = ("releases.json", "records.json");
        let versioned =
            self.processes.iter().map(|process| Ok(format!("{}\n", versioned_record(process)?))).collect::<Result<_, NoRecord>>();
        Ok([
            (releases, release_package(&at(releases), now, self.processes.concat()).to_string()),
            (records, record_package(&at(records), now, &self.processes)?.to_string()),
            ("versioned.jsonl", versioned?),
        ])
    }
}

/// The code of a council, as far as it has one.
pub(super) fn code_of(council: &Organisation) -> CouncilCode {
    CouncilCode(council.council_code.clone().unwrap_or_default())
}
