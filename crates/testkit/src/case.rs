//! A child's case at each of its steps, for tests that begin in the middle: released, offered, scored, approved, agreed.

use domain::calendar::Day;
use domain::governance::required::ApprovalCheck;
use domain::ids::{ApprovalId, ChildId, OfferId, ReferralId, ReleaseId, ServiceId, TaskId};
use domain::pence::Pence;
use domain::people::{Caller, Role};
use domain::purchasing::agreement::Contact;
use domain::purchasing::fields::{Answer, Answers, Field, FieldKind};
use domain::purchasing::profile::Profile;
use domain::purchasing::questions::questions;
use domain::purchasing::referral::{ReferralState, Urgency};
use serde_json::json;
use service::governance::approval::{DecideApproval, GetApproval};
use service::money::ledger::SetCeiling;
use service::purchasing::agreement::{AgreementKept, IssueAgreement};
use service::purchasing::choice::{PreferOffer, ShortlistOffer};
use service::purchasing::offer::{SaveOffer, SubmitOffer};
use service::purchasing::scoring::ScoreOffer;
use service::{Command, Failure, Query, ask, perform};
use store::Reads as _;
use store::governance::approval::ApprovalState;
use store::market::service::Service;
use store::purchasing::placement::Task;
use store::purchasing::referral::{Child, Referral};
use store::purchasing::release::Release;

use crate::World;

/// A date in ISO form.
#[must_use]
pub fn day(text: &str) -> Day {
    text.parse().unwrap()
}

/// Performs a command with a fresh key.
///
/// # Errors
/// What the command answers.
pub async fn does<C: Command>(world: &World, caller: &Caller, command: &C) -> Result<C::Answer, Failure> {
    perform(&world.nearhome, caller, world.key(), command).await
}

/// Asks a query.
///
/// # Errors
/// What the query answers.
pub async fn sees<Q: Query>(world: &World, caller: &Caller, query: &Q) -> Result<Q::Answer, Failure> {
    ask(&world.nearhome, caller, query).await
}

/// A synthetic child with a referral that is out to market, sent to these services.
pub async fn referral(world: &World, number: u32, to: &[ServiceId], category: [&str; 3]) -> (ReferralId, Vec<ReleaseId>) {
    let mut tx = world.as_worker().await;
    let child = Child {
        id: ChildId(tx.new_id()),
        version: 1,
        org_id: world.council,
        case_number: format!("SYN-{number}"),
        given_name: "Sample".to_owned(),
        family_name: "Child".to_owned(),
        born_on: Some(day("2013-05-04")),
        home_postcode: Some("NG7 2QB".to_owned()),
        is_synthetic: true,
    };
    tx.create(&child, &json!({ "shape": 1 })).await.unwrap();
    let mut answers = Answers::default();
    answers.set("gender", Some(Answer::One("FEMALE".to_owned())));
    answers.set("legal_status", Some(Answer::One("C2".to_owned())));
    let [framework, lot, category] = category.map(str::to_owned);
    let now = tx.at();
    let referral = Referral {
        id: ReferralId(tx.new_id()),
        version: 1,
        org_id: world.council,
        child_id: child.id,
        number: format!("R-2026-{number:04}"),
        state: ReferralState::OutToMarket,
        urgency: Urgency::Planned,
        framework: Some(framework.clone()),
        lot: Some(lot.clone()),
        category: Some(category.clone()),
        needed_by: Some(day("2027-01-04")),
        answers: serde_json::to_string(&answers).unwrap(),
        written_by: world.as_role(Role::ReviewingOfficer).person,
        written_at: now,
        submitted_at: Some(now),
        authorised_by: None,
        released_at: Some(now),
        closes_at: Some(now.plus_hours(48)),
        in_house: None,
        preferred_offer: None,
        preferred_by: None,
        preferred_reason: None,
        undisturbed_because: None,
        note: None,
    };
    tx.create(&referral, &json!({ "shape": 1 })).await.unwrap();
    let mut releases = Vec::new();
    for service in to {
        let service: Service = tx.get(*service).await.unwrap();
        let profile = Profile { age_years: 13, home_outward: None, answers: answers.clone() };
        let release = Release {
            id: ReleaseId(tx.new_id()),
            version: 1,
            org_id: world.council,
            provider_id: service.org_id,
            referral_id: referral.id,
            service_id: service.id,
            number: referral.number.clone(),
            framework: framework.clone(),
            lot: lot.clone(),
            category: category.clone(),
            wave: 1,
            released_at: now,
            closes_at: now.plus_hours(48),
            profile: serde_json::to_string(&profile).unwrap(),
            added_to_at: None,
            outcome: None,
            outcome_reason: None,
        };
        tx.create(&release, &json!({ "shape": 1 })).await.unwrap();
        releases.push(release.id);
    }
    tx.commit().await.unwrap();
    (referral.id, releases)
}

/// Answers every question of a referral that is still open, somehow, as a council does before a planned search.
pub async fn completed(world: &World, referral: ReferralId) {
    let mut tx = world.as_worker().await;
    let mut row: Referral = tx.get(referral).await.unwrap();
    let mut answers = row.answers().unwrap();
    for field in questions().map(|question| &question.field) {
        if answers.get(field.key).is_none() {
            answers.set(field.key, somehow(field));
        }
    }
    row.set_answers(&answers).unwrap();
    tx.update(&mut row, &json!({ "shape": 1 })).await.unwrap();
    tx.commit().await.unwrap();
}

fn somehow(field: &Field) -> Option<Answer> {
    let first = || field.options.first().map(|option| option.code.to_owned());
    match field.kind {
        FieldKind::Text | FieldKind::LongText => Some(Answer::Text("as discussed".to_owned())),
        FieldKind::Number => Some(Answer::Number(1)),
        FieldKind::Money => Some(Answer::Pence(Pence(1))),
        FieldKind::Date => Some(Answer::Day(day("2027-01-04"))),
        FieldKind::YesNo => Some(Answer::Yes(false)),
        FieldKind::OneOf => first().map(Answer::One),
        FieldKind::ManyOf => first().map(|code| Answer::Many(vec![code])),
        FieldKind::Postcode => Some(Answer::Postcode("NG1 5FS".to_owned())),
    }
}

/// Puts both services on the map, in the middle of Nottingham, and lets the council spend.
pub async fn ready(world: &World, limit: i64) {
    let mut tx = world.as_worker().await;
    for id in [world.home, world.branch] {
        let mut service: Service = tx.get(id).await.unwrap();
        (service.easting, service.northing) = (Some(457_200), Some(339_900));
        service.council_code = Some("E06000018".to_owned());
        tx.update(&mut service, &json!({ "shape": 1 })).await.unwrap();
    }
    tx.commit().await.unwrap();
    let ceiling = SetCeiling {
        council: world.council,
        framework: "CCS072".to_owned(),
        decision: "Sample decision".to_owned(),
        price_base_year: "2025/26".to_owned(),
        limit: Pence(limit),
        is_example: true,
    };
    does(world, &world.as_role(Role::FinanceOfficer), &ceiling).await.unwrap();
}

/// A home's complete answer at this core price, which is typed text.
#[must_use]
pub fn home_pairs(core: &str) -> Vec<(String, String)> {
    [
        ("residents", "0"),
        ("impact", "EMPTY"),
        ("staff_day", "2 to 3"),
        ("staff_night", "1 waking"),
        ("manager", "REGISTERED"),
        ("within_purpose", "yes"),
        ("needs_met", "as the profile asks"),
        ("risks_met", "by the plan"),
        ("wishes_met", "near friends"),
        ("transition", "two visits"),
        ("core_weekly", core),
        ("available_from-day", "1"),
        ("available_from-month", "1"),
        ("available_from-year", "2027"),
        ("valid_until-day", "31"),
        ("valid_until-month", "3"),
        ("valid_until-year", "2027"),
        ("contact_name", "Sample Manager"),
        ("contact_phone", "0115 496 0000"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .to_vec()
}

/// A fostering branch's complete answer at this core price, for carers with so many foster children.
#[must_use]
pub fn carer_pairs(core: &str, foster_children: u32) -> Vec<(String, String)> {
    let of_carers = [
        ("carer_code", "C-17"),
        ("approved_number", "4"),
        ("approved_from_age", "8"),
        ("approved_to_age", "17"),
        ("foster_children", &foster_children.to_string()),
        ("exemption", if foster_children < 3 { "WITHIN" } else { "NEEDED" }),
        ("household", "one adult"),
        ("skills", "ten years of caring for teenagers"),
        ("reach", "by bus"),
    ];
    let own = of_carers.map(|(name, value)| (name.to_owned(), value.to_owned()));
    home_pairs(core).into_iter().chain(own).collect()
}

/// An offer of the fostering branch at this core price, sent.
pub async fn offered_by_carer(world: &World, release: ReleaseId, core: &str, foster_children: u32) -> OfferId {
    sent(world, release, carer_pairs(core, foster_children)).await
}

/// An offer of the home at this core price, sent.
pub async fn offered(world: &World, release: ReleaseId, core: &str) -> OfferId {
    sent(world, release, home_pairs(core)).await
}

/// An offer with these answers, sent.
pub async fn sent(world: &World, release: ReleaseId, pairs: Vec<(String, String)>) -> OfferId {
    let manager = world.as_role(Role::ReferralsManager);
    let saved = does(world, &manager, &SaveOffer { release, version: None, page: None, pairs }).await.unwrap();
    assert_eq!(saved.problems, []);
    does(world, &manager, &SubmitOffer { release }).await.unwrap().offer
}

/// Scores an offer and takes it onto the shortlist. Gives the approvals that were asked for.
pub async fn scored_and_shortlisted(world: &World, offer: OfferId) -> Vec<ApprovalId> {
    let worker = world.as_role(Role::SocialWorker);
    for criterion in ["MATCH", "STABILITY"] {
        let score = ScoreOffer { offer, criterion: criterion.to_owned(), tenths: 40, reason: "fits".to_owned() };
        does(world, &worker, &score).await.unwrap();
    }
    let officer = world.as_role(Role::PlacementOfficer);
    does(world, &officer, &ShortlistOffer { offer }).await.unwrap().approvals
}

/// Chooses an offer. Gives the approvals that were asked for.
pub async fn preferred(world: &World, offer: OfferId) -> Vec<ApprovalId> {
    let prefer = PreferOffer { offer, reason: String::new(), disrupts_key_stage_4: false, undisturbed_because: String::new() };
    does(world, &world.as_role(Role::PlacementOfficer), &prefer).await.unwrap().approvals
}

/// Approves with evidence, as the first role that may.
pub async fn approve(world: &World, approval: ApprovalId) {
    let view = sees(world, &world.as_role(Role::Director), &GetApproval { approval, today: world.today() }).await.unwrap();
    let approver = world.as_role(view.checks.decided_by[0]);
    let silent = DecideApproval { approval, answers: Vec::new(), approve: true, reason: String::new() };
    assert!(matches!(does(world, &approver, &silent).await, Err(Failure::Refused(_))), "no approval without evidence");
    let answers: Vec<(ApprovalCheck, String)> = view.checks.checks.iter().map(|one| (one.check, "case note".to_owned())).collect();
    let given = does(world, &approver, &DecideApproval { approval, answers, approve: true, reason: String::new() }).await.unwrap();
    assert_eq!(given.approval, ApprovalState::Approved);
}

/// A referral whose offer at this core price is chosen and approved: nothing is missing but the agreement.
pub async fn approved(world: &World, number: u32, core: &str) -> ReferralId {
    let (referral, releases) = referral(world, number, &[world.home], crate::world::HOME_CATEGORY).await;
    let offer = offered(world, releases[0], core).await;
    scored_and_shortlisted(world, offer).await;
    for approval in preferred(world, offer).await {
        approve(world, approval).await;
    }
    referral
}

/// Issues the agreement of the chosen offer.
pub async fn issued(world: &World, referral: ReferralId) -> AgreementKept {
    does(world, &world.as_role(Role::PlacementOfficer), &to_issue(referral)).await.unwrap()
}

/// The agreement of the chosen offer, as the officer fills it in.
#[must_use]
pub fn to_issue(referral: ReferralId) -> IssueAgreement {
    IssueAgreement {
        referral,
        starts_on: day("2027-01-04"),
        expected_end_on: None,
        service_address: "1 Sample Row, Nottingham".to_owned(),
        council_address: "1 Sample Square, Nottingham".to_owned(),
        provider_address: "2 Sample Road, Nottingham".to_owned(),
        council_contacts: vec![Contact {
            post: "Social worker".to_owned(),
            name: None,
            telephone: "0115 496 0001".to_owned(),
            email: String::new(),
        }],
        plan_reference: Some("CP-1".to_owned()),
        outcomes: "Back to school".to_owned(),
        conditions: Vec::new(),
        funding: Vec::new(),
        discounts: Vec::new(),
        reviews_on: Vec::new(),
    }
}

/// Puts a referral into a state, for tests that begin there.
pub async fn put_in(world: &World, referral: ReferralId, state: ReferralState) {
    let mut tx = world.as_worker().await;
    let mut row: Referral = tx.get(referral).await.unwrap();
    row.state = state;
    tx.update(&mut row, &json!({ "shape": 1 })).await.unwrap();
    tx.commit().await.unwrap();
}

/// Opens a task of this kind for a referral.
pub async fn open_task(world: &World, referral: ReferralId, kind: &str, due_on: &str) -> TaskId {
    let mut tx = world.as_worker().await;
    let about: Referral = tx.get(referral).await.unwrap();
    let task = Task {
        id: TaskId(tx.new_id()),
        version: 1,
        org_id: about.org_id,
        subject_id: referral.0,
        kind: kind.to_owned(),
        due_on: day(due_on),
        done_on: None,
        done_by: None,
        note: None,
    };
    tx.create(&task, &json!({ "shape": 1, "kind": kind })).await.unwrap();
    tx.commit().await.unwrap();
    task.id
}
