//! Children and their referrals: read by their own council only.

use domain::calendar::{Day, Instant};
use domain::ids::{ChildId, OfferId, OrganisationId, PersonId, ReferralId};
use domain::purchasing::fields::Answers;
use domain::purchasing::referral::{InHouseResult, ReferralState, Urgency};

use crate::{Fault, Reads, Slice};

record! {
    /// A child, with the little that identifies them. Never leaves the council but by a recorded disclosure.
    pub struct Child in "child" owner org_id {
        id: ChildId, version: i64,
        org_id: OrganisationId,
        /// The council's own case number.
        case_number: String, given_name: String, family_name: String, born_on: Option<Day>, home_postcode: Option<String>,
        is_synthetic: bool,
    }
}

record! {
    /// A child's need for a placement.
    pub struct Referral in "referral" owner org_id {
        id: ReferralId, version: i64,
        org_id: OrganisationId, child_id: ChildId,
        /// Counts within the council, such as `R-2026-0007`.
        number: String,
        state: ReferralState, urgency: Urgency,
        framework: Option<String>, lot: Option<String>, category: Option<String>,
        needed_by: Option<Day>,
        /// All answers as JSON.
        answers: String,
        written_by: PersonId, written_at: Instant, submitted_at: Option<Instant>, authorised_by: Option<PersonId>,
        released_at: Option<Instant>, closes_at: Option<Instant>,
        preferred_offer: Option<OfferId>, preferred_by: Option<PersonId>, preferred_reason: Option<String>,
        /// Why the move disrupts nothing at school, as whoever chose says of a child in years 10 or 11.
        undisturbed_because: Option<String>,
        /// What was last said to the other side of the desk: questions when returned, reasons when the search went on or ended.
        note: Option<String>,
        /// What the council's own search found.
        in_house: Option<InHouseResult>,
    }
}

impl Referral {
    /// The answers given so far.
    ///
    /// # Errors
    /// [`Fault::Inconsistent`] when the stored JSON is not what the form would have written.
    pub fn answers(&self) -> Result<Answers, Fault> {
        serde_json::from_str(&self.answers).map_err(|error| Fault::inconsistent("referral.answers", error))
    }

    /// Takes these answers over.
    ///
    /// # Errors
    /// [`Fault::Inconsistent`] when they cannot be written as JSON.
    pub fn set_answers(&mut self, answers: &Answers) -> Result<(), Fault> {
        self.answers = serde_json::to_string(answers).map_err(|error| Fault::inconsistent("referral.answers", error))?;
        Ok(())
    }
}

/// One line of the board.
#[derive(Debug, Clone)]
pub struct BoardLine {
    /// The referral.
    pub id: ReferralId,
    /// Its number.
    pub number: String,
    /// Where it stands.
    pub state: ReferralState,
    /// How soon a place is needed.
    pub urgency: Urgency,
    /// The day by which it is needed.
    pub needed_by: Option<Day>,
    /// The category asked for.
    pub category: Option<String>,
    /// Until when offers are awaited.
    pub closes_at: Option<Instant>,
    /// How many services were asked.
    pub asked: i64,
    /// How many offered.
    pub offered: i64,
    /// How many declined.
    pub declined: i64,
    /// How many of its tasks are open and late.
    pub overdue: i64,
}

statements! {
    CHILD_BY_CASE = rows!(Child, "WHERE org_id = $1 AND case_number = $2");
    OPEN_OF_CHILD = "SELECT number FROM referral WHERE org_id = $1 AND child_id = $2 \
                     AND state NOT IN ('PLACED', 'WITHDRAWN', 'NO_PLACEMENT') ORDER BY number DESC LIMIT 1";
    HOW_MANY = "SELECT CAST(count(*) AS BIGINT) AS referrals FROM referral WHERE org_id = $1 AND number LIKE $2";
    /// One statement for the whole board: open referrals by urgency and deadline, with what came in and how many there are.
    BOARD = "SELECT referral.id AS id, referral.number AS number, referral.state AS state, referral.urgency AS urgency, \
             referral.needed_by AS needed_by, referral.category AS category, referral.closes_at AS closes_at, \
             (SELECT CAST(count(*) AS BIGINT) FROM release WHERE release.referral_id = referral.id) AS asked, \
             (SELECT CAST(count(*) AS BIGINT) FROM offer WHERE offer.referral_id = referral.id AND offer.state NOT IN ('DRAFT', 'DECLINED')) AS offered, \
             (SELECT CAST(count(*) AS BIGINT) FROM offer WHERE offer.referral_id = referral.id AND offer.state = 'DECLINED') AS declined, \
             (SELECT CAST(count(*) AS BIGINT) FROM task WHERE task.subject_id = referral.id AND task.done_on IS NULL \
             AND task.due_on < $5) AS overdue, \
             CAST(count(*) OVER () AS BIGINT) AS referrals \
             FROM referral WHERE referral.org_id = $1 \
             AND (CASE WHEN $2 THEN referral.state NOT IN ('PLACED', 'WITHDRAWN', 'NO_PLACEMENT') ELSE TRUE END) \
             ORDER BY CASE referral.urgency WHEN 'EMERGENCY' THEN 1 WHEN 'URGENT' THEN 2 WHEN 'PLANNED' THEN 3 ELSE 4 END, \
             referral.needed_by NULLS LAST, referral.number LIMIT $3 OFFSET $4";
    /// For a page past the end, which has no line to carry the number.
    ON_BOARD = "SELECT CAST(count(*) AS BIGINT) AS referrals FROM referral WHERE org_id = $1 \
                AND (CASE WHEN $2 THEN state NOT IN ('PLACED', 'WITHDRAWN', 'NO_PLACEMENT') ELSE TRUE END)";
    PAGE = rows!(Referral, "WHERE org_id = $1 AND number > $2 ORDER BY number LIMIT $3");
    /// One of each council at the most, since a council gives a number once.
    BY_NUMBER = rows!(Referral, "WHERE number = $1 ORDER BY id");
}

/// A council's child by case number.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn child_by_case(reads: &mut impl Reads, council: OrganisationId, case_number: &str) -> Result<Option<Child>, Fault> {
    Ok(reads.records(CHILD_BY_CASE, &[council.into(), case_number.into()]).await?.pop())
}

/// The number of the child's latest open referral.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn open_of_child(reads: &mut impl Reads, council: OrganisationId, child: ChildId) -> Result<Option<String>, Fault> {
    reads.optional(OPEN_OF_CHILD, &[council.into(), child.into()]).await?.map(|row| row.get("number")).transpose()
}

/// How many referrals the council numbered in a year.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn how_many_in(reads: &mut impl Reads, council: OrganisationId, year: i32) -> Result<i64, Fault> {
    reads.one(HOW_MANY, &[council.into(), format!("R-{year}-%").into()]).await?.get("referrals")
}

/// A page of the board, by urgency, then by the day the place is needed; and how many there are on all pages.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn board(
    reads: &mut impl Reads,
    council: OrganisationId,
    only_open: bool,
    limit: i64,
    offset: i64,
    today: Day,
) -> Result<(Vec<BoardLine>, i64), Fault> {
    let rows = reads.all(BOARD, &[council.into(), only_open.into(), limit.into(), offset.into(), today.into()]).await?;
    let total = match rows.first() {
        Some(row) => row.get("referrals")?,
        None => reads.one(ON_BOARD, &[council.into(), only_open.into()]).await?.get("referrals")?,
    };
    let lines = rows
        .iter()
        .map(|row| {
            Ok(BoardLine {
                id: row.get("id")?,
                number: row.get("number")?,
                state: row.get("state")?,
                urgency: row.get("urgency")?,
                needed_by: row.get("needed_by")?,
                category: row.get("category")?,
                closes_at: row.get("closes_at")?,
                asked: row.get("asked")?,
                offered: row.get("offered")?,
                declined: row.get("declined")?,
                overdue: row.get("overdue")?,
            })
        })
        .collect::<Result<_, Fault>>()?;
    Ok((lines, total))
}

/// A part of a council's referrals, in the order of their numbers.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn page(reads: &mut impl Reads, council: OrganisationId, slice: &Slice<String>) -> Result<Vec<Referral>, Fault> {
    let after = slice.after.as_deref().unwrap_or_default();
    reads.records(PAGE, &[council.into(), after.into(), i64::from(slice.limit).into()]).await
}

/// Referrals with this number; each council counts for itself.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn by_number(reads: &mut impl Reads, number: &str) -> Result<Vec<Referral>, Fault> {
    reads.records(BY_NUMBER, &[number.into()]).await
}
