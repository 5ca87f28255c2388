//! Every table, its tenancy class, and every statement: what the prepare, catalogue and verification tests walk.

use uuid::Uuid;

use crate::statement::{Record, RecordSql, Statement};
use crate::{Fault, Reads, Value, governance, market, money, people, procurement, purchasing};

/// Who may see the rows of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tenancy {
    /// One organisation's own.
    Owned,
    /// A council's and one provider's.
    TwoParty,
    /// Everybody's in the consortium.
    Shared,
    /// Read by every council, written by its own.
    Councils,
    /// Read by every council, and by providers once it is published; written by its council.
    Published,
    /// Read by every council and by one provider; written by the council that procures and that provider.
    Tendered,
    /// Read and written by every council.
    Joint,
    /// The system's: reached before anybody is known, or by the worker.
    System,
}

/// A row of a recorded table, as verification needs it.
#[derive(Debug, Clone)]
pub struct Standing {
    /// The record.
    pub id: Uuid,
    /// Its version.
    pub version: i64,
    /// Who owns it.
    pub owner: Uuid,
    /// Who else may read it.
    pub other: Option<Uuid>,
    /// The digest of the row as it stands.
    pub digest: domain::record::Digest,
    values: Vec<Value>,
}

fn standing<R: Record>(row: &crate::Row) -> Result<Standing, Fault> {
    let record = R::read(row)?;
    Ok(Standing {
        id: record.id(),
        version: record.version(),
        owner: record.owner(),
        other: record.counterparty(),
        digest: crate::record::state_digest(&record),
        values: record.values(),
    })
}

/// A recorded table.
#[derive(Debug, Clone, Copy)]
pub struct RecordedTable {
    /// Its name, which is also the kind of its streams.
    pub table: &'static str,
    /// Who may see it.
    pub tenancy: Tenancy,
    /// Its columns.
    pub columns: &'static [&'static str],
    /// Its statements.
    pub sql: fn() -> &'static RecordSql,
    read: fn(&crate::Row) -> Result<Standing, Fault>,
}

impl RecordedTable {
    /// The digest that a row would have at another version: tells an altered version from altered content.
    #[must_use]
    pub fn digest_at(&self, standing: &Standing, version: i64) -> domain::record::Digest {
        let version = Value::from(version);
        let columns = self.columns.iter().copied().zip(&standing.values);
        let columns = columns.map(|(column, value)| (column, if column == "version" { &version } else { value }));
        crate::record::digest_of(self.table, columns)
    }

    /// The next page of rows after an id, each with its id; nothing before the first page. A row that cannot be read is a
    /// finding, not an end.
    ///
    /// # Errors
    /// [`Fault`] of the driver.
    pub async fn standings_after(&self, reads: &mut impl Reads, id: Option<Uuid>) -> Result<Vec<(Uuid, Result<Standing, Fault>)>, Fault> {
        let sql = (self.sql)();
        let mut rows = reads.all(sql.page, &[id.unwrap_or_default().into()]).await?;
        if id.is_none() {
            // No row of ours has the nil id, so one that has was slipped in: before the start of the first page.
            rows.splice(..0, reads.optional(sql.by_id, &[Uuid::nil().into()]).await?);
        }
        rows.iter().map(|row| Ok((row.get("id")?, (self.read)(row)))).collect()
    }
}

macro_rules! recorded {
    ($($record:ty: $tenancy:ident),+ $(,)?) => {
        &[$(RecordedTable {
            table: <$record>::TABLE, tenancy: Tenancy::$tenancy, columns: <$record>::COLUMNS, sql: <$record as Record>::sql, read: standing::<$record>,
        },)+]
    };
}

/// Every table whose rows are records.
pub const RECORDED: &[RecordedTable] = recorded! {
    people::organisation::Organisation: System,
    people::organisation::Person: System,
    people::organisation::Membership: System,
    people::organisation::Invitation: System,
    people::organisation::ApiToken: System,
    governance::consortium::ConsortiumRow: System,
    market::service::Service: Shared,
    market::service::RatingRow: Shared,
    market::service::Admission: Shared,
    market::suspension::Suspension: Joint,
    market::suspension::Assurance: Joint,
    market::suspension::SuspensionSignature: Joint,
    market::suspension::OfferFreeze: TwoParty,
    purchasing::referral::Child: Owned,
    purchasing::referral::Referral: Owned,
    purchasing::release::Release: TwoParty,
    purchasing::offer::Offer: TwoParty,
    purchasing::offer::Score: Owned,
    governance::approval::Approval: Owned,
    governance::decision::DecisionRow: Councils,
    governance::decision::Consultation: Councils,
    governance::decision::GovernedActRow: Councils,
    governance::inter_authority::AgreementRow: Councils,
    governance::inter_authority::Signature: Councils,
    purchasing::agreement::Agreement: TwoParty,
    purchasing::placement::Placement: TwoParty,
    purchasing::placement::Task: Owned,
    procurement::tender::Tender: Published,
    procurement::tender::Addendum: Published,
    procurement::tender::Question: Tendered,
    procurement::opening::OpeningKey: Councils,
    procurement::opening::TenderShare: Councils,
    procurement::opening::OpeningAttempt: Joint,
    procurement::bid::BidderKey: Owned,
    procurement::bid::BidderProfile: Owned,
    procurement::bid::BidderFile: Owned,
    procurement::bid::Bid: Owned,
    procurement::bid::Submission: Tendered,
    procurement::bid::SubmittedFile: Tendered,
    procurement::bid::OpenedBid: Joint,
    procurement::evaluation::Evaluator: Councils,
    procurement::evaluation::ConflictDeclaration: Councils,
    procurement::evaluation::ConflictSettlement: Councils,
    procurement::evaluation::BidScore: Councils,
    procurement::evaluation::BidModeration: Councils,
    procurement::evaluation::BidOutcome: Councils,
    procurement::award::Award: Councils,
    procurement::award::Challenge: Councils,
    procurement::award::FrameworkContract: Tendered,
    procurement::award::FrameworkVariation: Tendered,
    procurement::award::CarriedOver: Councils,
    procurement::award::AssessmentSummary: Tendered,
    procurement::reminder::FrameworkReminder: Councils,
    procurement::publication::PublishedRelease: Published,
    procurement::publication::MarketEngagement: Councils,
    procurement::publication::PublicSupplier: Councils,
    procurement::publication::PublishedRelease: Published,
    procurement::publication::MarketEngagement: Councils,
    procurement::publication::PublicSupplier: Councils,
    market::outside::OutsideRelease: Shared,
    money::ledger::Ceiling: Owned,
    money::ledger::Commitment: Owned,
};

/// The tables that are not records, all of the system's own.
pub const PLAIN: &[&str] =
    &["event", "leaf", "checkpoint", "job", "idempotency", "access_log", "session", "kept_form", "sign_in_attempt", "schema_migration"];

/// Every statement of this crate.
#[must_use]
pub fn statements() -> Vec<Statement> {
    let files = [
        crate::idempotency::STATEMENTS,
        crate::outbox::STATEMENTS,
        crate::record::STATEMENTS,
        crate::state::STATEMENTS,
        people::organisation::STATEMENTS,
        people::session::STATEMENTS,
        people::kept_form::STATEMENTS,
        governance::consortium::STATEMENTS,
        governance::approval::STATEMENTS,
        governance::decision::STATEMENTS,
        governance::inter_authority::STATEMENTS,
        market::service::STATEMENTS,
        market::suspension::STATEMENTS,
        market::outside::STATEMENTS,
        procurement::tender::STATEMENTS,
        procurement::opening::STATEMENTS,
        procurement::bid::STATEMENTS,
        procurement::evaluation::STATEMENTS,
        procurement::award::STATEMENTS,
        procurement::publication::STATEMENTS,
        procurement::reminder::STATEMENTS,
        purchasing::referral::STATEMENTS,
        purchasing::release::STATEMENTS,
        purchasing::offer::STATEMENTS,
        purchasing::agreement::STATEMENTS,
        purchasing::placement::STATEMENTS,
        money::ledger::STATEMENTS,
    ];
    let named = files.into_iter().flatten().copied();
    let records = RECORDED.iter().flat_map(|table| {
        let sql = (table.sql)();
        [sql.insert, sql.update, sql.by_id, sql.page]
    });
    named.chain(records).collect()
}
