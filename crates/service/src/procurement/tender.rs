//! A tender's life until its bids are opened: drafted, published under a decision, extended, given up.

use domain::access::{Action, Relation};
use domain::calendar::{Day, Instant};
use domain::consortium::{Consortium, CouncilCode};
use domain::governance::delegation::{StandingDecision, may_procure};
use domain::ids::{OrganisationId, TenderId, TenderShareId};
use domain::people::{Caller, OrganisationKind, Role};
use domain::procurement::bid::Envelope;
use domain::procurement::exercise::Exercise;
use domain::procurement::plan::TenderPlan;
use domain::procurement::reopening::{Reopening, in_force, reaward_problems};
use domain::procurement::tender::{Phase, TenderRefusal};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::people::organisation::{Organisation, colleagues, council_by_code, organisations};
use store::procurement::award::contracts_of;
use store::procurement::opening::{OpeningKey, TenderShare, keys};
use store::procurement::tender as tenders;
pub use store::procurement::tender::{Addendum, AddendumKind, Tender};
use store::{Fault, ReadTx, Reads, Threshold, Tx};

use super::exercise::{may_bid, may_go_on};
use super::opening::sealed_key;
use crate::governance::decision::stands_to;
use crate::jobs::mail::{Mail, enqueue};
use crate::{Command, Failure, FieldProblem, Query};

/// A tender as it is written, before anybody else sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TenderDraft {
    /// The council that procures.
    pub council: CouncilCode,
    /// What people call it.
    pub title: String,
    /// The last moment for questions.
    pub questions_until: Instant,
    /// The day by which they are answered.
    pub answers_by: Day,
    /// The last moment for bids.
    pub deadline: Instant,
    /// What it says.
    pub plan: TenderPlan,
}

/// Reads a tender's file. Its framework is told as the difference to one that is configured: `like` names that one, and every other
/// field of the table takes the place of its own. What is wrong with the content is found when the tender is published.
///
/// # Errors
/// [`Failure::Invalid`] when it is no such file, or there is no framework that is like it.
pub fn read(toml: &str, consortium: &Consortium) -> Result<TenderDraft, Failure> {
    let mut file: toml::Table = toml::from_str(toml).map_err(|error| Failure::invalid("", error.to_string()))?;
    let Some(toml::Value::Table(mut wanted)) = file.remove("framework") else {
        return Err(Failure::invalid("framework", "The file has no table `framework`"));
    };
    let like = wanted.remove("like").and_then(|like| like.as_str().and_then(|like| consortium.framework(like)).cloned());
    let Some(like) = like else { return Err(Failure::invalid("framework.like", "This must be the reference of a framework")) };
    let mut framework = toml::Table::try_from(like).map_err(|error| Failure::invalid("framework.like", error.to_string()))?;
    framework.extend(wanted);
    match file.get_mut("plan") {
        Some(toml::Value::Table(plan)) => drop(plan.insert("framework".to_owned(), toml::Value::Table(framework))),
        Some(_) | None => return Err(Failure::invalid("plan", "The file has no table `plan`")),
    }
    toml::Value::Table(file).try_into().map_err(|error: toml::de::Error| Failure::invalid("", error.to_string()))
}

/// Keeps a draft: a new one, or the next state of one that is not published.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DraftTender {
    /// Which, and in which version it was read; a new one when absent.
    pub tender: Option<(TenderId, i64)>,
    /// All of it.
    pub draft: TenderDraft,
}

impl Command for DraftTender {
    const ACTION: Action = Action::BuildTender;
    type Answer = TenderId;

    async fn relation(&self, threshold: &mut Threshold, caller: &Caller) -> Result<Option<Relation>, Failure> {
        let owner = match self.tender {
            Some((tender, _)) => threshold.find::<Tender>(tender).await?.map(|tender| tender.org_id),
            None => council_by_code(threshold, &self.draft.council.0).await?.map(|council| council.id),
        };
        Ok(owner.and_then(|owner| stands_to(caller, owner)))
    }

    async fn run(&self, tx: &mut Tx) -> Result<TenderId, Failure> {
        let draft = &self.draft;
        let plan = again(&store::governance::consortium::in_force(tx).await?, &draft.plan);
        let framework = plan.framework.reference.trim();
        if framework.is_empty() {
            return Err(Failure::invalid("reference", "Enter the reference of the framework"));
        }
        if draft.title.trim().is_empty() {
            return Err(Failure::invalid("title", "Enter a title"));
        }
        let plan = serde_json::to_string(&plan).map_err(|error| Fault::inconsistent("tender.plan", error))?;
        let told = json!({ "shape": 1, "framework": framework, "questions": draft.plan.questions.len() });
        if let Some((id, version)) = self.tender {
            let mut row: Tender = tx.get(id).await?;
            if row.phase(tx.at()) != Phase::Draft {
                return Err(Failure::refused("this tender is not a draft any more: bidders are told of a change by an addendum"));
            }
            if row.version != version {
                return Err(Failure::Conflict(
                    "somebody changed this tender since you opened it; look at what changed and try again".to_owned(),
                ));
            }
            if row.framework != framework {
                return Err(Failure::invalid("reference", format!("This tender is for {}: start another one", row.framework)));
            }
            (row.title, row.plan) = (draft.title.trim().to_owned(), plan);
            (row.questions_until, row.answers_by, row.deadline) = (draft.questions_until, draft.answers_by, draft.deadline);
            tx.update(&mut row, &told).await?;
            return Ok(row.id);
        }
        let earlier = tenders::of_framework(tx, framework).await?;
        if earlier.iter().any(|tender| !matches!(tender.phase(tx.at()), Phase::Closed | Phase::Cancelled)) {
            return Err(Failure::invalid("reference", format!("There is a tender for {framework} already")));
        }
        let council = council_by_code(tx, &draft.council.0).await?.ok_or_else(Failure::absent)?;
        if earlier.iter().any(|tender| !tender.is_cancelled() && tender.org_id != council.id) {
            return Err(Failure::invalid("reference", format!("Another council procures {framework}")));
        }
        let row = Tender {
            id: TenderId(tx.new_id()),
            version: 1,
            org_id: council.id,
            framework: framework.to_owned(),
            round: earlier.last().map_or(1, |tender| tender.round + 1),
            title: draft.title.trim().to_owned(),
            plan,
            questions_until: draft.questions_until,
            answers_by: draft.answers_by,
            deadline: draft.deadline,
            published_at: None,
            cancelled_at: None,
            cancelled_reason: None,
            quality_recipient: None,
            price_recipient: None,
            quality_locked_at: None,
        };
        tx.create(&row, &told).await?;
        Ok(row.id)
    }
}

/// The plan with what follows from it: of a framework that is in force, the next award of it, from the day that was meant as its first;
/// of an exercise, its last day and its ceiling.
fn again(consortium: &Consortium, plan: &TenderPlan) -> TenderPlan {
    let mut plan = plan.clone();
    // The framework that it is like may have been awarded again, or ended: this one was not.
    (plan.framework.terminated_on, plan.framework.reawarded_on) = (None, Vec::new());
    if let Some(exercise) = &mut plan.exercise {
        if let Some(radius) = exercise.radius.as_mut().filter(|radius| radius.name == consortium.local.reference_point) {
            radius.point = radius.point.or_else(|| consortium.local.point());
        }
        // What follows from the exercise and its framework is not typed a second time.
        plan.framework.ends_on = exercise.last_day(plan.framework.starts_on);
        plan.framework.value_ceiling_pence = Some(exercise.at_most_pence);
        let under = consortium.framework(&exercise.under);
        plan.framework.continue_on_expiry = under.is_some_and(|under| under.continue_on_expiry);
        if plan.opened_by.is_empty() && exercise.direct.is_none() {
            plan.opened_by = under.map(|under| under.users.clone()).unwrap_or_default();
        }
        plan.reopening = None;
        return plan;
    }
    let standing = consortium.framework(plan.framework.reference.trim());
    plan.reopening = standing.map(|_| Reopening { begins_on: plan.begins_on() });
    if let Some(standing) = standing {
        plan.framework.starts_on = standing.starts_on;
    }
    plan
}

/// What keeps a plan from being published: in itself, and as a framework among the others of the consortium.
pub(super) fn problems(plan: &TenderPlan, consortium: &Consortium) -> Vec<FieldProblem> {
    let mut found: Vec<_> = plan.problems().into_iter().map(|problem| FieldProblem::at(problem.path, problem.reason)).collect();
    let reference = &plan.framework.reference;
    if let Some(exercise) = &plan.exercise {
        found.extend(problems_of_exercise(plan, exercise, consortium));
        return found;
    }
    let mut with = consortium.clone();
    with.frameworks.retain(|framework| framework.reference != *reference);
    let standing = consortium.framework(reference);
    if let (Some(standing), Some(reopening)) = (standing, plan.reopening) {
        let refusals = reaward_problems(standing, &plan.framework, reopening.begins_on).into_iter();
        found.extend(refusals.map(|refusal| FieldProblem::at("framework.starts_on", refusal.to_string())));
    }
    with.frameworks.push(in_force(standing, plan));
    let path = format!("frameworks[{reference}]");
    let of_framework = with.problems().into_iter().filter_map(|problem| {
        let field = problem.path.strip_prefix(&path)?.trim_start_matches('.').to_owned();
        Some(FieldProblem::at(if field.is_empty() { "framework".to_owned() } else { format!("framework.{field}") }, problem.reason))
    });
    found.extend(of_framework);
    found
}

/// What keeps an exercise from its framework.
fn problems_of_exercise(plan: &TenderPlan, exercise: &Exercise, consortium: &Consortium) -> Vec<FieldProblem> {
    if consortium.framework(&plan.framework.reference).is_some() {
        return vec![FieldProblem::at("framework", "An exercise has a reference of its own")];
    }
    let Some(framework) = consortium.framework(&exercise.under) else {
        return vec![FieldProblem::at("exercise.under", "Select the framework under which this is bought")];
    };
    exercise.problems(plan, framework).into_iter().map(|problem| FieldProblem::at(problem.path, problem.reason)).collect()
}

/// The resolution by which the council may procure today.
pub(super) async fn may_be_procured(tx: &mut Tx, tender: &Tender) -> Result<u32, Failure> {
    let council: Organisation = tx.get(tender.org_id).await?;
    let code = CouncilCode(council.council_code.unwrap_or_default());
    let decisions = standing(tx, tender.org_id).await?;
    Ok(may_procure(&tender.framework, &code, &decisions, Day::in_uk(tx.at())).map_err(Failure::refused)?.1)
}

/// The decisions of a council as the rules weigh them.
async fn standing(reads: &mut impl Reads, council: OrganisationId) -> Result<Vec<StandingDecision>, Failure> {
    let rows = store::governance::decision::of_council(reads, council).await?;
    let read = |row: &store::governance::decision::DecisionRow| {
        Ok(StandingDecision { id: row.id, decision: row.decision()?, ended_on: row.ended_on })
    };
    rows.iter().map(read).collect()
}

/// Publishes a tender: from now on it takes questions and bids, until its clock says otherwise. The keys to its envelopes are made here,
/// split among the councils, and forgotten.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PublishTender {
    /// Which.
    pub tender: TenderId,
    /// A planned procurement notice went out early enough for the shorter period.
    pub had_planned_notice: bool,
}

impl Command for PublishTender {
    const ACTION: Action = Action::BuildTender;
    type Answer = TenderId;

    async fn relation(&self, threshold: &mut Threshold, caller: &Caller) -> Result<Option<Relation>, Failure> {
        Ok(threshold.find::<Tender>(self.tender).await?.and_then(|tender| stands_to(caller, tender.org_id)))
    }

    async fn run(&self, tx: &mut Tx) -> Result<TenderId, Failure> {
        let mut row: Tender = tx.get(self.tender).await?;
        let consortium = store::governance::consortium::in_force(tx).await?;
        // The framework may have come into force since the draft was written.
        let plan = again(&consortium, &row.plan()?);
        row.plan = serde_json::to_string(&plan).map_err(|error| Fault::inconsistent("tender.plan", error))?;
        if row.is_cancelled() {
            return Err(Failure::refused(TenderRefusal::Cancelled));
        }
        let timetable = row.timetable().published(tx.at(), plan.tender_period, self.had_planned_notice).map_err(Failure::refused)?;
        let wrong = problems(&plan, &consortium);
        if !wrong.is_empty() {
            return Err(Failure::Invalid(wrong));
        }
        if plan.exercise.as_ref().is_some_and(|exercise| exercise.direct.is_some()) {
            return Err(Failure::refused("nobody competes for this: it is awarded, not published"));
        }
        may_go_on(tx, &row, &plan, Day::in_uk(tx.at())).await?;
        let resolution = may_be_procured(tx, &row).await?;
        row.published_at = timetable.published_at;
        let holders = holders(tx, &plan).await?;
        row.quality_recipient = Some(share_out(tx, &row, Envelope::Quality, &plan, &holders).await?);
        row.price_recipient = Some(share_out(tx, &row, Envelope::Price, &plan, &holders).await?);
        let told = json!({ "shape": 1, "published": true, "resolution": resolution, "deadline": row.deadline });
        tx.update(&mut row, &told).await?;
        let body = format!("{} is open for bids until {}. Sign in to Nearhome to read it.", row.title, row.deadline);
        tell_providers(tx, &row, "A tender is open", &body).await?;
        Ok(row.id)
    }
}

/// The councils that open the bids, each with the keys of its opening officers.
async fn holders(tx: &mut Tx, plan: &TenderPlan) -> Result<Vec<(OrganisationId, Vec<OpeningKey>)>, Failure> {
    let known = keys(tx).await?;
    let mut holders = Vec::new();
    for code in plan.openers() {
        let council = council_by_code(tx, &code.0).await?.ok_or_else(|| Failure::refused(format!("{code} is not registered")))?;
        let theirs: Vec<OpeningKey> = known.iter().filter(|key| key.org_id == council.id).cloned().collect();
        if theirs.is_empty() {
            let why = format!("{} has no opening officer yet: one of its people makes an opening key first", council.name);
            return Err(Failure::refused(why));
        }
        holders.push((council.id, theirs));
    }
    Ok(holders)
}

/// Makes the key to one envelope, keeps each council's share of it, and answers to whom bids are sealed.
async fn share_out(
    tx: &mut Tx,
    tender: &Tender,
    envelope: Envelope,
    plan: &TenderPlan,
    holders: &[(OrganisationId, Vec<OpeningKey>)],
) -> Result<String, Failure> {
    let made = sealed_key(plan.opening, holders)?;
    for ((council, _), (number, sealed)) in holders.iter().zip((1..).zip(made.shares)) {
        let id = TenderShareId(tx.new_id());
        let share =
            TenderShare { id, version: 1, org_id: tender.org_id, tender_id: tender.id, council_id: *council, envelope, number, sealed };
        tx.create(&share, &json!({ "shape": 1, "envelope": envelope, "number": number })).await?;
    }
    Ok(made.recipient.to_string())
}

/// Moves the deadline to a later time, while it lies ahead, and tells everybody.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ExtendDeadline {
    /// Which tender.
    pub tender: TenderId,
    /// The new deadline.
    pub to: Instant,
    /// Why, for bidders.
    pub reason: String,
}

impl Command for ExtendDeadline {
    const ACTION: Action = Action::BuildTender;
    type Answer = TenderId;
    const IS_TIMED_BY_DATABASE: bool = true;

    async fn relation(&self, threshold: &mut Threshold, caller: &Caller) -> Result<Option<Relation>, Failure> {
        Ok(threshold.find::<Tender>(self.tender).await?.and_then(|tender| stands_to(caller, tender.org_id)))
    }

    async fn run(&self, tx: &mut Tx) -> Result<TenderId, Failure> {
        let mut row: Tender = tx.get(self.tender).await?;
        let reason = self.reason.trim();
        if reason.is_empty() {
            return Err(Failure::invalid("reason", "Enter why bidders have more time"));
        }
        row.deadline = row.timetable().extended(row.is_cancelled(), self.to, tx.at()).map_err(Failure::refused)?.deadline;
        let told = json!({ "shape": 1, "deadline": row.deadline });
        tx.update(&mut row, &told).await?;
        add(tx, &row, AddendumKind::Deadline, None, format!("The deadline is now {}. {reason}", row.deadline)).await?;
        Ok(row.id)
    }
}

/// Tells every bidder something about a tender: the next addendum, and a letter that there is one.
pub(crate) async fn add(
    tx: &mut Tx,
    tender: &Tender,
    kind: AddendumKind,
    question: Option<String>,
    text: String,
) -> Result<Addendum, Failure> {
    let number = tenders::addenda_of(tx, tender.id).await?.last().map_or(1, |last| last.number + 1);
    let id = domain::ids::AddendumId(tx.new_id());
    let addendum = Addendum { id, version: 1, org_id: tender.org_id, tender_id: tender.id, number, kind, question, text, at: tx.at() };
    tx.create(&addendum, &json!({ "shape": 1, "number": number, "kind": kind })).await?;
    let body = format!(
        "There is something new about {}: {}. Sign in to Nearhome to read it.",
        tender.title,
        domain::Code::label(kind).to_lowercase()
    );
    tell_providers(tx, tender, "News of a tender", &body).await?;
    Ok(addendum)
}

/// A letter to everybody who may bid.
async fn tell_providers(tx: &mut Tx, tender: &Tender, subject: &str, body: &str) -> Result<(), Failure> {
    for provider in organisations(tx, OrganisationKind::Provider).await? {
        if may_bid(tx, tender, provider.id).await? {
            tell_provider(tx, provider.id, subject, body).await?;
        }
    }
    Ok(())
}

/// A letter to everybody who bids and signs for one provider.
pub(super) async fn tell_provider(tx: &mut Tx, provider: OrganisationId, subject: &str, body: &str) -> Result<(), Failure> {
    for person in colleagues(tx, provider).await? {
        if matches!(person.role, Role::ReferralsManager | Role::ProviderSignatory) {
            enqueue(tx, &Mail::Notice { to: person.email, subject: subject.to_owned(), body: body.to_owned() }).await?;
        }
    }
    Ok(())
}

/// Gives a tender up, with or without bids.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CancelTender {
    /// Which.
    pub tender: TenderId,
    /// Why, for bidders and the notice.
    pub reason: String,
}

impl Command for CancelTender {
    const ACTION: Action = Action::BuildTender;
    type Answer = TenderId;

    async fn relation(&self, threshold: &mut Threshold, caller: &Caller) -> Result<Option<Relation>, Failure> {
        Ok(threshold.find::<Tender>(self.tender).await?.and_then(|tender| stands_to(caller, tender.org_id)))
    }

    async fn run(&self, tx: &mut Tx) -> Result<TenderId, Failure> {
        let mut row: Tender = tx.get(self.tender).await?;
        let reason = self.reason.trim();
        if reason.is_empty() {
            return Err(Failure::invalid("reason", "Enter why the tender is given up"));
        }
        if row.is_cancelled() {
            return Err(Failure::refused(TenderRefusal::Cancelled));
        }
        if store::procurement::award::of_tender(tx, row.id).await?.is_some() {
            return Err(Failure::refused("the framework is awarded: the award is withdrawn, not the tender"));
        }
        let was_published = row.published_at.is_some();
        (row.cancelled_at, row.cancelled_reason) = (Some(tx.at()), Some(reason.to_owned()));
        tx.update(&mut row, &json!({ "shape": 1, "cancelled": true })).await?;
        if was_published {
            add(tx, &row, AddendumKind::Addendum, None, format!("The tender is given up. {reason}")).await?;
        }
        Ok(row.id)
    }
}

/// One line of the list of tenders.
#[derive(Debug, Clone, PartialEq)]
pub struct TenderLine {
    /// The tender.
    pub tender: Tender,
    /// Who procures.
    pub council: String,
    /// Where it stands now.
    pub phase: Phase,
}

/// The tenders that the caller may read: for providers those that are published.
#[derive(Debug, Clone, Copy)]
pub struct ListTenders {
    /// By whose clock they are open or closed.
    pub now: Instant,
}

/// Whether somebody may read a tender: providers once it is published, an exercise only those who may bid for it
/// or have an agreement under it.
pub(crate) async fn may_read(reads: &mut impl Reads, tender: &Tender, caller: &Caller) -> Result<bool, Failure> {
    match caller.kind {
        OrganisationKind::Provider if tender.published_at.is_none() => Ok(false),
        OrganisationKind::Provider if may_bid(reads, tender, caller.organisation).await? => Ok(true),
        // Whoever was chosen without a competition reads what it signs.
        OrganisationKind::Provider => Ok(contracts_of(reads, tender.id).await?.iter().any(|one| one.provider_id == caller.organisation)),
        OrganisationKind::Council | OrganisationKind::System => Ok(true),
    }
}

/// The tender, if the caller may read it.
pub(crate) async fn readable(reads: &mut impl Reads, tender: TenderId, caller: &Caller) -> Result<Option<Tender>, Failure> {
    match reads.find::<Tender>(tender).await? {
        Some(found) if may_read(reads, &found, caller).await? => Ok(Some(found)),
        Some(_) | None => Ok(None),
    }
}

impl Query for ListTenders {
    const ACTION: Action = Action::SeeTenders;
    type Answer = Vec<TenderLine>;

    async fn relation(&self, _: &mut ReadTx, _: &Caller) -> Result<Option<Relation>, Failure> {
        Ok(Some(Relation::Shared))
    }

    async fn run(&self, reads: &mut ReadTx, caller: &Caller) -> Result<Vec<TenderLine>, Failure> {
        let councils = organisations(reads, OrganisationKind::Council).await?;
        let name = |id| councils.iter().find(|council| council.id == id).map_or_else(String::new, |council| council.name.clone());
        let mut lines = Vec::new();
        for tender in tenders::all(reads).await? {
            if may_read(reads, &tender, caller).await? {
                lines.push(TenderLine { council: name(tender.org_id), phase: tender.phase(self.now), tender });
            }
        }
        Ok(lines)
    }
}

/// A tender with all that bidders were told.
#[derive(Debug, Clone, PartialEq)]
pub struct TenderView {
    /// The tender.
    pub tender: Tender,
    /// What it says.
    pub plan: TenderPlan,
    /// Who procures.
    pub council: String,
    /// That council's code.
    pub council_code: CouncilCode,
    /// Where it stands now.
    pub phase: Phase,
    /// What bidders were told since.
    pub addenda: Vec<Addendum>,
    /// What keeps it from being published, while it is a draft and the caller writes it.
    pub problems: Vec<FieldProblem>,
}

/// One tender.
#[derive(Debug, Clone, Copy)]
pub struct GetTender {
    /// Which.
    pub tender: TenderId,
    /// By whose clock.
    pub now: Instant,
}

impl Query for GetTender {
    const ACTION: Action = Action::SeeTenders;
    type Answer = TenderView;

    async fn relation(&self, reads: &mut ReadTx, caller: &Caller) -> Result<Option<Relation>, Failure> {
        Ok(readable(reads, self.tender, caller).await?.map(|_| Relation::Shared))
    }

    async fn run(&self, reads: &mut ReadTx, _: &Caller) -> Result<TenderView, Failure> {
        let tender: Tender = reads.get(self.tender).await?;
        let plan = tender.plan()?;
        let council: Organisation = reads.get(tender.org_id).await?;
        let phase = tender.phase(self.now);
        let problems = match phase {
            Phase::Draft => problems(&plan, &store::governance::consortium::in_force(reads).await?),
            Phase::Open | Phase::QuestionsClosed | Phase::Closed | Phase::Cancelled => Vec::new(),
        };
        Ok(TenderView {
            addenda: tenders::addenda_of(reads, tender.id).await?,
            council_code: CouncilCode(council.council_code.unwrap_or_default()),
            council: council.name,
            plan,
            phase,
            problems,
            tender,
        })
    }
}
