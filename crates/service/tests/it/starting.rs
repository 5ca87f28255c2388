//! How a placement begins: what is seen is not taken on anybody's word, and nothing is recorded before it has happened.

use domain::Code as _;
use domain::ids::{AgreementId, ReferralId};
use domain::pence::Pence;
use domain::people::Role;
use domain::purchasing::offer::NotSelectedReason;
use domain::purchasing::placement::StartTask;
use domain::purchasing::referral::Urgency;
use serde_json::json;
use service::Failure;
use service::governance::approval::{CompleteChecks, DecideApproval, GetApproval};
use service::money::ledger::Commitments;
use service::purchasing::agreement::{SignForCouncil, SignForProvider};
use service::purchasing::placement::{GetPlacement, PlacementView, StartPlacement};
use service::purchasing::tasks::CompleteTask;
use store::Reads as _;
use store::market::service::Service;
use store::money::ledger::CommitmentKind;
use store::purchasing::agreement::Agreement;
use store::purchasing::referral::Referral;
use testkit::case::{approve, completed, day, does, issued, offered, preferred, ready, referral, scored_and_shortlisted, sees};
use testkit::world::HOME_CATEGORY;
use testkit::{World, both, world};

/// The day on which every one of these worlds begins.
const TODAY: &str = "2026-12-14";

async fn change_referral(world: &World, referral: ReferralId, change: impl FnOnce(&mut Referral)) {
    let mut tx = world.as_worker().await;
    let mut row: Referral = tx.get(referral).await.unwrap();
    change(&mut row);
    tx.update(&mut row, &json!({ "shape": 1 })).await.unwrap();
    tx.commit().await.unwrap();
}

/// An agreement of an approved choice, issued and not signed.
async fn agreed(world: &World, urgency: Urgency) -> (ReferralId, AgreementId) {
    ready(world, 10_000_000_000).await;
    let (referral, releases) = referral(world, 1, &[world.home], HOME_CATEGORY).await;
    change_referral(world, referral, |row| row.urgency = urgency).await;
    let offer = offered(world, releases[0], "5,000").await;
    scored_and_shortlisted(world, offer).await;
    for approval in preferred(world, offer).await {
        approve(world, approval).await;
    }
    (referral, issued(world, referral).await.agreement)
}

async fn signed(world: &World, agreement: AgreementId) {
    does(world, &world.as_role(Role::ProviderSignatory), &SignForProvider { agreement }).await.unwrap();
    does(world, &world.as_role(Role::HeadOfContracting), &SignForCouncil { agreement }).await.unwrap();
}

fn start(agreement: AgreementId) -> StartPlacement {
    StartPlacement {
        agreement,
        started_on: day(TODAY),
        is_emergency: false,
        emergency_reason: String::new(),
        done: vec![StartTask::RegistrationChecked, StartTask::Regulation13Notices, StartTask::PlacementPlan],
        others_because: NotSelectedReason::BetterMatch,
        others_note: String::new(),
    }
}

async fn placement(world: &World, role: Role, placement: domain::ids::PlacementId) -> PlacementView {
    sees(world, &world.as_role(role), &GetPlacement { placement, today: day(TODAY) }).await.unwrap()
}

fn invalid<T: std::fmt::Debug>(tried: Result<T, Failure>) -> String {
    let Err(Failure::Invalid(problems)) = tried else { panic!("not refused at a field: {tried:?}") };
    problems[0].field.clone()
}

both! {
    async fn a_complete_referral_starts_without_a_tick_and_no_tick_completes_one(database) {
        let world = world(database).await;
        let (referral, agreement) = agreed(&world, Urgency::Planned).await;
        signed(&world, agreement).await;
        let officer = world.as_role(Role::PlacementOfficer);
        let ticked = StartPlacement { done: StartTask::ALL.to_vec(), ..start(agreement) };
        let Err(Failure::Refused(why)) = does(&world, &officer, &ticked).await else { panic!("a tick completed the referral") };
        assert!(why.contains("Complete the referral") && !why.contains("Sign the placement agreement"), "{why}");
        completed(&world, referral).await;
        assert_eq!(does(&world, &officer, &start(agreement)).await.unwrap().open, []);
    }

    async fn a_start_in_the_future_is_refused_and_the_money_counts_from_the_actual_day(database) {
        let world = world(database).await;
        let (referral, agreement) = agreed(&world, Urgency::Planned).await;
        let mut tx = world.as_worker().await;
        let mut row: Agreement = tx.get(agreement).await.unwrap();
        let mut content = row.content().unwrap();
        content.expected_end_on = Some(day("2027-02-01"));
        row.content = serde_json::to_string(&content).unwrap();
        tx.update(&mut row, &json!({ "shape": 1 })).await.unwrap();
        tx.commit().await.unwrap();
        signed(&world, agreement).await;
        completed(&world, referral).await;
        let officer = world.as_role(Role::PlacementOfficer);
        let tomorrow = StartPlacement { started_on: day("2026-12-15"), ..start(agreement) };
        assert_eq!(invalid(does(&world, &officer, &tomorrow).await), "started_on-day");
        does(&world, &officer, &start(agreement)).await.unwrap();
        let ledger = sees(&world, &world.as_role(Role::FinanceOfficer), &Commitments).await.unwrap();
        let mut entries: Vec<_> = ledger.movements.iter().map(|one| (one.kind, one.pence)).collect();
        entries.sort();
        // Four weeks were signed for, from 4 January to 31 January; the child came three weeks earlier.
        let (signed, actual) = (Pence(500_000 * 4), Pence(500_000 * 7));
        assert_eq!(entries, [(CommitmentKind::Post, signed), (CommitmentKind::Post, actual), (CommitmentKind::Release, signed)]);
        assert_eq!(ledger.ceilings[0].committed, actual);
        let said: Vec<_> = ledger.movements.iter().map(|one| one.explanation.as_str()).collect();
        assert!(said.iter().any(|why| why.contains("from 14 December 2026 to")), "{said:?}");
    }

    async fn a_planned_referral_is_started_early_only_with_a_reason_that_the_council_reads(database) {
        let world = world(database).await;
        let (_, agreement) = agreed(&world, Urgency::Planned).await;
        let officer = world.as_role(Role::PlacementOfficer);
        let early = StartPlacement { is_emergency: true, emergency_reason: " ".to_owned(), ..start(agreement) };
        assert_eq!(invalid(does(&world, &officer, &early).await), "emergency_reason");
        let early = StartPlacement { emergency_reason: "her bed at the last home was lost".to_owned(), ..early };
        let started = does(&world, &officer, &early).await.unwrap().placement;
        let history = |view: &PlacementView| view.timeline.iter().map(|one| [one.what.as_str(), one.said.as_deref().unwrap_or("")].join(": ")).collect::<Vec<_>>().join("; ");
        let seen = history(&placement(&world, Role::PlacementOfficer, started).await);
        assert!(seen.contains("before everything was done: her bed at the last home was lost"), "{seen}");
        let provider = placement(&world, Role::ReferralsManager, started).await;
        let told = history(&provider);
        assert!(!told.contains("her bed") && provider.placement.emergency_reason.is_none(), "{told}");
    }

    async fn signing_and_answering_close_their_tasks_and_a_tick_does_not(database) {
        let world = world(database).await;
        let (referral, agreement) = agreed(&world, Urgency::Emergency).await;
        let officer = world.as_role(Role::PlacementOfficer);
        let started = does(&world, &officer, &StartPlacement { is_emergency: true, ..start(agreement) }).await.unwrap().placement;
        let view = placement(&world, Role::PlacementOfficer, started).await;
        let open: Vec<_> = view.tasks.iter().filter(|task| task.done_on.is_none()).collect();
        assert_eq!(open.len(), 2, "the referral and the signatures: {open:?}");
        for task in &open {
            let tick = CompleteTask { task: task.id, note: "done".to_owned() };
            assert!(matches!(does(&world, &officer, &tick).await, Err(Failure::Refused(why)) if why.contains("this closes")), "{}", task.label);
        }
        signed(&world, agreement).await;
        completed(&world, referral).await;
        let view = placement(&world, Role::PlacementOfficer, started).await;
        let open: Vec<_> = view.tasks.iter().filter(|task| task.done_on.is_none()).collect();
        assert_eq!((open.len(), open[0].label.as_str()), (1, "Complete the referral"), "the signatures closed their own task");
        // Answered, but not through the form: now the tick is the truth.
        does(&world, &officer, &CompleteTask { task: open[0].id, note: String::new() }).await.unwrap();
        let ledger = sees(&world, &world.as_role(Role::FinanceOfficer), &Commitments).await.unwrap();
        assert!(ledger.movements[0].explanation.contains("14 December 2026"), "{}", ledger.movements[0].explanation);
    }

    async fn checks_that_an_emergency_left_open_are_answered_within_five_working_days_of_the_approval(database) {
        let world = world(database).await;
        ready(&world, 10_000_000_000).await;
        let mut tx = world.as_worker().await;
        let mut home: Service = tx.get(world.home).await.unwrap();
        home.council_code = Some("E10000016".to_owned());
        tx.update(&mut home, &json!({ "shape": 1 })).await.unwrap();
        tx.commit().await.unwrap();
        let (referral, releases) = referral(&world, 1, &[world.home], HOME_CATEGORY).await;
        change_referral(&world, referral, |row| row.urgency = Urgency::Emergency).await;
        let offer = offered(&world, releases[0], "5,000").await;
        scored_and_shortlisted(&world, offer).await;
        let mut owing = None;
        for approval in preferred(&world, offer).await {
            let view = sees(&world, &world.as_role(Role::Director), &GetApproval { approval, today: world.today() }).await.unwrap();
            let first = view.checks.checks.iter().filter(|one| one.timing == domain::governance::required::CheckTiming::BeforeApproval);
            let answers = first.map(|one| (one.check, "case note".to_owned())).collect();
            let decide = DecideApproval { approval, answers, approve: true, reason: String::new() };
            let approver = world.as_role(view.checks.decided_by[0]);
            let decided = does(&world, &approver, &decide).await.unwrap();
            if !decided.open.is_empty() {
                owing = Some((approval, approver, decided.open));
            }
        }
        let (approval, approver, open) = owing.unwrap();
        let agreement = issued(&world, referral).await.agreement;
        // The child comes two days after the approval of Monday 14 December.
        world.clock.forward(chrono::Duration::days(2));
        let officer = world.as_role(Role::PlacementOfficer);
        let coming = StartPlacement { is_emergency: true, started_on: day("2026-12-16"), ..start(agreement) };
        let started = does(&world, &officer, &coming).await.unwrap().placement;
        let checks = async || {
            let view = placement(&world, Role::PlacementOfficer, started).await;
            view.tasks.into_iter().find(|task| task.label == "Complete the approval checks").unwrap()
        };
        let task = checks().await;
        assert_eq!((task.due_on, task.done_on), (day("2026-12-21"), None), "five working days of the approval, not of the start");
        let tick = CompleteTask { task: task.id, note: "done".to_owned() };
        assert!(matches!(does(&world, &officer, &tick).await, Err(Failure::Refused(_))), "a tick is no evidence");

        let say = |checks: &[domain::governance::required::ApprovalCheck]| CompleteChecks {
            approval,
            answers: checks.iter().map(|check| (*check, "telephone note".to_owned())).collect(),
        };
        assert!(matches!(does(&world, &officer, &say(&open)).await, Err(Failure::Denied(_))));
        let left = does(&world, &approver, &say(&open[..1])).await.unwrap();
        assert_eq!((left.as_slice(), checks().await.done_on), (&open[1..], None));
        assert!(matches!(does(&world, &approver, &say(&open[..1])).await, Err(Failure::Refused(_))), "what was said stays");
        assert_eq!(does(&world, &approver, &say(&open[1..])).await.unwrap(), []);
        assert_eq!(checks().await.done_on, Some(day("2026-12-16")));
        let view = sees(&world, &approver, &GetApproval { approval, today: world.today() }).await.unwrap();
        let said = |evidence: &str| -> Vec<bool> {
            let of = view.checks.checks.iter().filter(|one| one.evidence == evidence);
            of.map(|one| one.answered_later.is_some()).collect()
        };
        assert_eq!(said("case note"), [false, false], "the first answers stay as they were");
        assert_eq!(said("telephone note"), vec![true; open.len()]);
    }
}
