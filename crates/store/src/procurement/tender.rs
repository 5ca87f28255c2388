//! Tenders, and what bidders ask and are told about them.

use domain::calendar::{Day, Instant};
use domain::ids::{AddendumId, OrganisationId, TenderId, TenderQuestionId};
use domain::procurement::plan::TenderPlan;
use domain::procurement::tender::{Phase, Timetable};

use crate::{Fault, Reads};

domain::codes! {
    /// What bidders are told after the tender was published.
    pub enum AddendumKind("kind of addendum") {
        /// An answer to a question that somebody asked.
        Answer = "ANSWER", "Answer to a question";
        /// A change of what the tender says, which bidders must acknowledge.
        Addendum = "ADDENDUM", "Change";
        /// A later deadline.
        Deadline = "DEADLINE", "Later deadline";
    }
}

record! {
    /// A tender.
    pub struct Tender in "tender" owner org_id {
        id: TenderId, version: i64,
        /// The council that procures.
        org_id: OrganisationId,
        /// The reference of the framework, and the how-manieth tender for it this is.
        framework: String, round: i64,
        title: String,
        /// What it says, as JSON: see [`Tender::plan`].
        plan: String,
        questions_until: Instant, answers_by: Day, deadline: Instant,
        published_at: Option<Instant>, cancelled_at: Option<Instant>, cancelled_reason: Option<String>,
        /// To whom the envelopes of a bid are sealed; there is a key for each from the publication on.
        quality_recipient: Option<String>, price_recipient: Option<String>,
        quality_locked_at: Option<Instant>,
    }
}

impl Tender {
    /// What the tender says.
    ///
    /// # Errors
    /// [`Fault::Inconsistent`] when it cannot be read.
    pub fn plan(&self) -> Result<TenderPlan, Fault> {
        serde_json::from_str(&self.plan).map_err(|error| Fault::inconsistent("tender.plan", error))
    }

    /// Its timetable.
    #[must_use]
    pub fn timetable(&self) -> Timetable {
        Timetable {
            published_at: self.published_at,
            questions_until: self.questions_until,
            answers_by: self.answers_by,
            deadline: self.deadline,
        }
    }

    /// Whether it was given up.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.cancelled_at.is_some()
    }

    /// Where it stands at a moment.
    #[must_use]
    pub fn phase(&self, now: Instant) -> Phase {
        self.timetable().phase(self.is_cancelled(), now)
    }
}

record! {
    /// Something that every bidder is told: an answer, a change, a later deadline.
    pub struct Addendum in "tender_addendum" owner org_id {
        id: AddendumId, version: i64,
        org_id: OrganisationId, tender_id: TenderId,
        /// From 1, without gaps.
        number: i64, kind: AddendumKind,
        /// The question that it answers, without a word about who asked.
        question: Option<String>,
        text: String, at: Instant,
    }
}

record! {
    /// A bidder's question, as it was asked.
    pub struct Question in "tender_question" owner org_id other provider_id {
        id: TenderQuestionId, version: i64,
        org_id: OrganisationId, provider_id: OrganisationId, tender_id: TenderId,
        asked_at: Instant, text: String, answer_id: Option<AddendumId>,
    }
}

statements! {
    ALL = rows!(Tender, "ORDER BY deadline DESC, id LIMIT 500");
    OF_FRAMEWORK = rows!(Tender, "WHERE framework = $1 ORDER BY round LIMIT 500");
    ADDENDA_OF = rows!(Addendum, "WHERE tender_id = $1 ORDER BY number LIMIT 1000");
    QUESTIONS_OF = rows!(Question, "WHERE tender_id = $1 ORDER BY asked_at, id LIMIT 1000");
}

/// Every tender that the caller may read, the latest deadline first.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn all(reads: &mut impl Reads) -> Result<Vec<Tender>, Fault> {
    reads.records(ALL, &[]).await
}

/// The tenders for a framework, the first round first.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn of_framework(reads: &mut impl Reads, framework: &str) -> Result<Vec<Tender>, Fault> {
    reads.records(OF_FRAMEWORK, &[framework.into()]).await
}

/// What bidders were told, in order.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn addenda_of(reads: &mut impl Reads, tender: TenderId) -> Result<Vec<Addendum>, Fault> {
    reads.records(ADDENDA_OF, &[tender.into()]).await
}

/// What bidders asked, in order. On PostgreSQL a provider gets its own only; elsewhere whoever calls this leaves out the others'.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn questions_of(reads: &mut impl Reads, tender: TenderId) -> Result<Vec<Question>, Fault> {
    reads.records(QUESTIONS_OF, &[tender.into()]).await
}
