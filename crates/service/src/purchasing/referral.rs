//! A referral as it is written: the child is found or entered, and the form is saved page by page.

use domain::access::{Action, Relation};
use domain::calendar::Day;
use domain::ids::{ChildId, ReferralId};
use domain::people::Caller;
use domain::purchasing::fields::{Answer, Answers, FieldError};
use domain::purchasing::forms::{RawForm, parse_all};
use domain::purchasing::placement::StartTask;
use domain::purchasing::questions::{Completeness, question, section};
use domain::purchasing::referral::{ReferralState, Urgency};
use serde::{Deserialize, Serialize};
use store::purchasing::referral::{Child, Referral};
use store::{Reads, Threshold, Tx};

use crate::purchasing::tasks::close_seen;
use crate::{Command, Failure, FieldProblem};

/// The answers that the child's own row keeps, so that a second referral of the same child has them already.
const KEPT_WITH_CHILD: [&str; 5] = ["given_name", "family_name", "date_of_birth", "case_number", "home_postcode"];

/// Who the child is, as the writer of a referral enters it.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq)]
pub struct ChildEntry {
    /// The council's own case number: what makes two entries the same child.
    pub case_number: String,
    /// Given name, or what the child is called.
    pub given_name: String,
    /// Family name; empty when it is not known.
    pub family_name: String,
    /// Date of birth, or the best estimate.
    pub born_on: Day,
    /// Full home postcode.
    pub home_postcode: Option<String>,
    /// The child does not exist: made for trying out.
    pub is_synthetic: bool,
}

impl std::fmt::Debug for ChildEntry {
    /// Says nothing of the child, so that no log or error can.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ChildEntry(…)")
    }
}

/// Begins a referral as a draft, of a child who is found by case number or entered.
#[derive(Serialize, Deserialize, Debug, Clone)]
pub struct WriteReferral {
    /// Whose need it is.
    pub child: ChildEntry,
    /// How soon the home is needed.
    pub urgency: Urgency,
    /// The writer knows that another referral of this child is open.
    pub even_though_open: bool,
}

/// A referral that was begun.
#[derive(Serialize, Deserialize, Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The referral.
    pub id: ReferralId,
    /// Its number, such as `R-2026-0007`.
    pub number: String,
}

impl Command for WriteReferral {
    const ACTION: Action = Action::WriteReferral;
    type Answer = Written;

    async fn relation(&self, _: &mut Threshold, _: &Caller) -> Result<Option<Relation>, Failure> {
        // A new thing belongs to the council of whoever writes it.
        Ok(Some(Relation::Own))
    }

    async fn run(&self, tx: &mut Tx) -> Result<Written, Failure> {
        let council = tx.caller().organisation;
        let child = find_or_enter(tx, &self.child).await?;
        let open = store::purchasing::referral::open_of_child(tx, council, child).await?;
        if let Some(number) = open.filter(|_| !self.even_though_open) {
            return Err(Failure::refused(format!(
                "referral {number} of this child is open: continue with it, or say that the child needs a second one"
            )));
        }
        let (year, ..) = Day::in_uk(tx.at()).parts();
        let count = store::purchasing::referral::how_many_in(tx, council, year).await?;
        let referral = draft(tx, child, format!("R-{year}-{:04}", count + 1), self.urgency);
        tx.create(&referral, &serde_json::json!({ "shape": 1, "urgency": self.urgency })).await?;
        Ok(Written { id: referral.id, number: referral.number })
    }
}

fn draft(tx: &mut Tx, child_id: ChildId, number: String, urgency: Urgency) -> Referral {
    Referral {
        id: ReferralId(tx.new_id()),
        version: 1,
        org_id: tx.caller().organisation,
        child_id,
        number,
        state: ReferralState::Draft,
        urgency,
        framework: None,
        lot: None,
        category: None,
        needed_by: None,
        answers: "{}".to_owned(),
        written_by: tx.caller().person,
        written_at: tx.at(),
        submitted_at: None,
        authorised_by: None,
        released_at: None,
        closes_at: None,
        preferred_offer: None,
        preferred_by: None,
        preferred_reason: None,
        undisturbed_because: None,
        note: None,
        in_house: None,
    }
}

async fn find_or_enter(tx: &mut Tx, entry: &ChildEntry) -> Result<ChildId, Failure> {
    let entry = checked(entry, Day::in_uk(tx.at()))?;
    let council = tx.caller().organisation;
    if let Some(known) = store::purchasing::referral::child_by_case(tx, council, &entry.case_number).await? {
        // A mistyped case number would put one child's need on another child's file.
        if known.born_on.is_some_and(|born_on| born_on != entry.born_on) {
            return Err(Failure::invalid("case_number", "This case number belongs to a child with another date of birth. Check both"));
        }
        return Ok(known.id);
    }
    let child = Child {
        id: ChildId(tx.new_id()),
        version: 1,
        org_id: council,
        case_number: entry.case_number,
        given_name: entry.given_name,
        family_name: entry.family_name,
        born_on: Some(entry.born_on),
        home_postcode: entry.home_postcode,
        is_synthetic: entry.is_synthetic,
    };
    tx.create(&child, &serde_json::json!({ "shape": 1 })).await?;
    Ok(child.id)
}

/// The entry as the form's own questions would read it.
fn checked(entry: &ChildEntry, today: Day) -> Result<ChildEntry, Failure> {
    let texts = [
        ("given_name", Some(&entry.given_name)),
        ("family_name", Some(&entry.family_name)),
        ("case_number", Some(&entry.case_number)),
        ("home_postcode", entry.home_postcode.as_ref()),
    ];
    let raw = RawForm::from_pairs(texts.iter().filter_map(|(key, text)| Some(((*key).to_owned(), (*text)?.clone()))));
    let fields = texts.iter().filter_map(|(key, _)| question(key)).map(|question| &question.field);
    let mut answers = Answers::default();
    let mut problems = problems(parse_all(fields, &raw, &mut answers));
    let text = |key: &str| answers.text(key).unwrap_or_default().to_owned();
    for key in ["given_name", "case_number"] {
        if text(key).is_empty() {
            problems.extend(question(key).map(|question| FieldProblem::at(key, question.field.missing)));
        }
    }
    if entry.born_on > today || entry.born_on.age_on(today) >= 18 {
        problems.push(FieldProblem::at("date_of_birth", "Date of birth must be of a child, from birth to 17 years"));
    }
    if !problems.is_empty() {
        return Err(Failure::Invalid(problems));
    }
    Ok(ChildEntry {
        case_number: text("case_number"),
        given_name: text("given_name"),
        family_name: text("family_name"),
        born_on: entry.born_on,
        home_postcode: answers.text("home_postcode").map(str::to_owned),
        is_synthetic: entry.is_synthetic,
    })
}

fn problems(errors: Vec<FieldError>) -> Vec<FieldProblem> {
    errors.into_iter().map(|error| FieldProblem::at(error.input, error.message)).collect()
}

/// Saves one page of the form. What parses is kept even when something beside it does not, so that nothing typed is lost.
#[derive(Serialize, Deserialize, Clone)]
pub struct SavePage {
    /// Which referral.
    pub referral: ReferralId,
    /// Its version as it was opened.
    pub version: i64,
    /// The page's name.
    pub section: String,
    /// What the form sent.
    pub pairs: Vec<(String, String)>,
}

impl std::fmt::Debug for SavePage {
    /// Leaves out what was typed: it is about a child.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SavePage").field("referral", &self.referral).field("section", &self.section).finish_non_exhaustive()
    }
}

/// A page that was saved.
#[derive(Serialize, Deserialize, Debug, Clone, PartialEq, Eq)]
pub struct Saved {
    /// The referral's version now.
    pub version: i64,
    /// What could not be kept, each at its input.
    pub problems: Vec<FieldProblem>,
}

impl Command for SavePage {
    const ACTION: Action = Action::WriteReferral;
    type Answer = Saved;

    async fn relation(&self, threshold: &mut Threshold, caller: &Caller) -> Result<Option<Relation>, Failure> {
        own(threshold, caller, self.referral).await
    }

    async fn run(&self, tx: &mut Tx) -> Result<Saved, Failure> {
        let page = section(&self.section).ok_or_else(Failure::absent)?;
        let (mut referral, mut child) = load(tx, self.referral).await?;
        is_unchanged(&referral, self.version)?;
        if !is_editable(&referral, &child)? {
            return Err(Failure::refused(format!("a referral cannot be changed while it is `{}`: have it returned first", referral.state)));
        }
        let before = all_answers(&referral, &child)?;
        let mut answers = before.clone();
        let raw = RawForm::from_pairs(self.pairs.iter().cloned());
        let mut problems = problems(parse_all(page.fields(), &raw, &mut answers));
        problems.extend(keep_with_child(tx, &mut child, &mut answers).await?);
        let changed: Vec<&str> = page.fields().map(|field| field.key).filter(|key| before.get(key) != answers.get(key)).collect();
        if !changed.is_empty() {
            take_answers(&mut referral, answers)?;
            tx.update(&mut referral, &serde_json::json!({ "shape": 1, "page": page.slug, "answered": changed })).await?;
            close_owed(tx, &referral, &child).await?;
        }
        Ok(Saved { version: referral.version, problems })
    }
}

/// Drafts and returned referrals are open to their council; an emergency stays open until offers are compared, because the
/// rest of its answers is owed while the search is on already. What is owed then still is given once the child is placed.
pub(crate) fn is_editable(referral: &Referral, child: &Child) -> Result<bool, Failure> {
    use ReferralState as At;
    let is_emergency = referral.urgency == Urgency::Emergency;
    Ok(match referral.state {
        At::Draft | At::Returned => true,
        At::Submitted | At::Accepted | At::InternalSearch | At::Authorised | At::OutToMarket => is_emergency,
        At::Placed => is_emergency && !is_complete(referral, child)?,
        At::Shortlisting | At::Preferred | At::AwaitingApproval | At::Withdrawn | At::NoPlacement => false,
    })
}

/// Whether every answer is given, those among them that an emergency may leave open for a working day.
pub(crate) fn is_complete(referral: &Referral, child: &Child) -> Result<bool, Failure> {
    let completeness = Completeness::of(referral.urgency, &all_answers(referral, child)?);
    Ok(completeness.gaps.is_empty() && completeness.owed.is_empty())
}

/// Writes what identifies the child to the child's own row. Without a name or case number nobody could be found again, so
/// a blank leaves the former one and says so.
async fn keep_with_child(tx: &mut Tx, child: &mut Child, answers: &mut Answers) -> Result<Vec<FieldProblem>, Failure> {
    let before = child.clone();
    let mut problems = Vec::new();
    let text = |key: &str| answers.text(key).map(str::to_owned);
    match text("given_name") {
        Some(name) => child.given_name = name,
        None => problems.extend(question("given_name").map(|question| FieldProblem::at("given_name", question.field.missing))),
    }
    match text("case_number") {
        Some(number) if number != child.case_number => {
            if store::purchasing::referral::child_by_case(tx, child.org_id, &number).await?.is_some() {
                problems.push(FieldProblem::at("case_number", "Case number belongs to another child: write the referral for that child"));
            } else {
                child.case_number = number;
            }
        }
        Some(_) => {}
        None => problems.extend(question("case_number").map(|question| FieldProblem::at("case_number", question.field.missing))),
    }
    child.family_name = text("family_name").unwrap_or_default();
    child.home_postcode = text("home_postcode");
    match answers.day("date_of_birth") {
        Some(born_on) if born_on > Day::in_uk(tx.at()) => {
            problems.push(FieldProblem::at("date_of_birth-day", "Date of birth must be in the past"));
        }
        born_on => child.born_on = born_on,
    }
    if *child != before {
        tx.update(child, &serde_json::json!({ "shape": 1 })).await?;
    }
    for key in KEPT_WITH_CHILD {
        answers.set(key, identity_answers(child).get(key).cloned());
    }
    Ok(problems)
}

fn take_answers(referral: &mut Referral, mut answers: Answers) -> Result<(), Failure> {
    // The board sorts and the rules ask by this day, so it stands in a column too.
    referral.needed_by = answers.day("needed_by");
    for key in KEPT_WITH_CHILD {
        answers.set(key, None);
    }
    Ok(referral.set_answers(&answers)?)
}

/// Ends the task for what an emergency owed, once nothing is owed any more.
async fn close_owed(tx: &mut Tx, referral: &Referral, child: &Child) -> Result<(), Failure> {
    if !is_complete(referral, child)? {
        return Ok(());
    }
    let placement = store::purchasing::placement::of_referral(tx, referral.id).await?;
    for subject in placement.map(|placement| placement.id.0).into_iter().chain([referral.id.0]) {
        close_seen(tx, referral.org_id, subject, StartTask::CompleteReferral).await?;
    }
    Ok(())
}

/// A referral is its council's own; to everybody else it is not there.
pub(crate) async fn own(reads: &mut impl Reads, caller: &Caller, referral: ReferralId) -> Result<Option<Relation>, Failure> {
    let referral = reads.find::<Referral>(referral).await?;
    Ok(referral.filter(|referral| referral.org_id == caller.organisation).map(|_| Relation::Own))
}

/// The referral with its child.
pub(crate) async fn load(reads: &mut impl Reads, id: ReferralId) -> Result<(Referral, Child), Failure> {
    let referral: Referral = reads.get(id).await?;
    let child = reads.get(referral.child_id).await?;
    Ok((referral, child))
}

/// Who opened an older version is told before anything is overwritten.
pub(crate) fn is_unchanged(referral: &Referral, version: i64) -> Result<(), Failure> {
    if referral.version == version {
        return Ok(());
    }
    Err(Failure::Conflict("somebody changed this referral since you opened it; look at what changed and try again".to_owned()))
}

fn identity_answers(child: &Child) -> Answers {
    let mut answers = Answers::default();
    let text = |text: &str| (!text.is_empty()).then(|| Answer::Text(text.to_owned()));
    answers.set("given_name", text(&child.given_name));
    answers.set("family_name", text(&child.family_name));
    answers.set("case_number", text(&child.case_number));
    answers.set("date_of_birth", child.born_on.map(Answer::Day));
    answers.set("home_postcode", child.home_postcode.clone().map(Answer::Postcode));
    answers
}

/// The whole form: the referral's answers with those that the child's row keeps.
pub(crate) fn all_answers(referral: &Referral, child: &Child) -> Result<Answers, Failure> {
    let mut answers = referral.answers()?;
    answers.0.extend(identity_answers(child).0);
    Ok(answers)
}
