//! A home is suspended: for every council at once, in one transaction, and nobody learns of another council's children by it.

use domain::access::worker;
use domain::ids::{AgreementId, OfferId, OrganisationId, ReferralId, ServiceId};
use domain::people::Role;
use domain::purchasing::fields::LONG_CHARS;
use domain::purchasing::offer::{NotSelectedReason, OfferState};
use domain::purchasing::service::ServiceStanding;
use domain::purchasing::suspension::{StandingAct, SuspensionTask, Trigger};
use domain::registration::{Rating, ServiceKind};
use service::market::provider_file::Judgement;
use service::market::suspension::{ChangeStanding, RecordAssurance, SignLift};
use service::purchasing::agreement::{SignForCouncil, SignForProvider};
use service::purchasing::choice::{PreferOffer, ShortlistOffer};
use service::purchasing::placement::{OpenTasks, StartPlacement};
use service::purchasing::tasks::CompleteTask;
use service::{Failure, FieldProblem};
use store::market::service::Service;
use store::market::suspension::{OfferFreeze, freezes_of, in_force};
use store::purchasing::offer::Offer;
use store::purchasing::placement::Task;
use store::{Reads as _, Statement};
use testkit::both;
use testkit::case::{approved, day, does, issued, offered, preferred, ready, referral, scored_and_shortlisted, sees};
use testkit::placed::{Placed, placed};
use testkit::world::{HAZEL_BANK, HOME_CATEGORY, World, service_file, world};

pub fn suspend(service: ServiceId) -> ChangeStanding {
    ChangeStanding { service, act: StandingAct::Suspend, cause: Some(Trigger::Safeguarding), reason: "staff left at night".to_owned() }
}

pub fn prefer(offer: OfferId) -> PreferOffer {
    PreferOffer { offer, reason: "near her school".to_owned(), disrupts_key_stage_4: false, undisturbed_because: String::new() }
}

pub async fn everything<R: store::Record>(world: &World) -> Vec<R> {
    let mut reads = world.database.db.begin_read(&worker()).await.unwrap();
    reads.records(R::sql().page, &[uuid::Uuid::nil().into()]).await.unwrap()
}

async fn found<R: store::Record>(world: &World, id: impl Into<uuid::Uuid> + Send) -> R {
    world.database.db.begin_read(&worker()).await.unwrap().get(id).await.unwrap()
}

/// The tasks that suspensions set: whose, about what, which, by when.
async fn set(world: &World) -> Vec<(OrganisationId, uuid::Uuid, SuspensionTask, String)> {
    let tasks = everything::<Task>(world).await;
    let mut set: Vec<_> = tasks
        .into_iter()
        .filter_map(|task| Some((task.org_id, task.subject_id, SuspensionTask::of_kind(&task.kind)?, task.due_on.iso())))
        .collect();
    set.sort();
    set
}

/// Every letter that waits: the whole text of its job.
async fn letters(world: &World) -> Vec<String> {
    let mut reads = world.database.db.begin_read(&worker()).await.unwrap();
    let sql = "SELECT body FROM job WHERE finished_at IS NULL AND kind = 'mail' ORDER BY id";
    let rows = reads.all(Statement { name: "letters", sql }, &[]).await.unwrap();
    rows.iter().map(|row| row.get("body").unwrap()).collect()
}

async fn silence(world: &World) {
    let mut tx = world.as_worker().await;
    tx.execute(Statement { name: "silence", sql: "UPDATE job SET finished_at = due_at" }, &[]).await.unwrap();
    tx.commit().await.unwrap();
}

/// Two councils with a child each in the home, and an offer of it for two more children of the first.
struct Home {
    world: World,
    ours: Placed,
    theirs: Placed,
    shortlisted: (ReferralId, OfferId),
    submitted: OfferId,
}

async fn home(database: testkit::TestDatabase) -> Home {
    let mut world = world(database).await;
    let (_, second) = world.add_provider("Larch Row Care", "1234570", HOME_CATEGORY).await;
    let homes = [world.home, second];
    let ours = placed(&world, world.council, homes, "ours", ["5,123.11", "5,234.22"]).await;
    let theirs = placed(&world, world.other_council, homes, "theirs", ["5,345.33", "5,456.44"]).await;
    let (first, releases) = referral(&world, 801, &[world.home], HOME_CATEGORY).await;
    let shortlisted = offered(&world, releases[0], "5,000").await;
    scored_and_shortlisted(&world, shortlisted).await;
    let (_, releases) = referral(&world, 802, &[world.home], HOME_CATEGORY).await;
    let submitted = offered(&world, releases[0], "5,000").await;
    silence(&world).await;
    Home { world, ours, theirs, shortlisted: (first, shortlisted), submitted }
}

async fn assured(world: &World, service: ServiceId) {
    let record = RecordAssurance {
        service,
        looked_by: "Sample visitor, quality officer".to_owned(),
        looked_on: domain::calendar::Day::in_uk(world.nearhome.now()),
        findings: "two awake at night, rotas seen".to_owned(),
        changed: "a new manager, four new staff".to_owned(),
    };
    does(world, &world.as_role(Role::ContractOfficer), &record).await.unwrap();
}

both! {
    async fn one_act_freezes_every_offer_and_sets_a_review_for_every_child_of_every_council(database) {
        let Home { world, ours, theirs, shortlisted, submitted } = home(database).await;
        let officer = world.as_role(Role::ContractOfficer);
        let blank = ChangeStanding { reason: " ".to_owned(), ..suspend(world.home) };
        assert!(matches!(does(&world, &officer, &blank).await, Err(Failure::Invalid(problems)) if problems[0].field == "reason"));
        let long = ChangeStanding { reason: "é".repeat(LONG_CHARS + 1), ..suspend(world.home) };
        let told = does(&world, &officer, &long).await.unwrap_err();
        assert!(matches!(&told, Failure::Invalid(problems) if problems[0] == FieldProblem::at("reason", "Use 5000 characters or fewer")), "{told:?}");
        let causeless = ChangeStanding { cause: None, ..suspend(world.home) };
        assert!(matches!(does(&world, &officer, &causeless).await, Err(Failure::Invalid(problems)) if problems[0].field == "cause"));
        for role in [Role::PlacementOfficer, Role::Director, Role::ReferralsManager] {
            assert!(matches!(does(&world, &world.as_role(role), &suspend(world.home)).await, Err(Failure::Denied(_))), "{role}");
        }
        let at_length = format!("staff left at night{}", "é".repeat(LONG_CHARS - "staff left at night".len()));
        let at_length = ChangeStanding { reason: at_length, ..suspend(world.home) };
        let stands = does(&world, &officer, &at_length).await.unwrap();
        assert_eq!(stands.standing, ServiceStanding::Suspended);
        assert!(matches!(does(&world, &officer, &suspend(world.home)).await, Err(Failure::Refused(why)) if why.contains("cannot be done")));
        // Both accepted offers have become placements, so the two open ones are what is frozen.
        let mut frozen: Vec<_> = everything::<OfferFreeze>(&world).await.into_iter().map(|freeze| (freeze.offer_id, freeze.state_then)).collect();
        frozen.sort();
        let mut expected = vec![(shortlisted.1, OfferState::Shortlisted), (submitted, OfferState::Submitted)];
        expected.sort();
        assert_eq!(frozen, expected);
        // A Monday: one working day later is Tuesday.
        let due = "2026-12-15".to_owned();
        let mut expected = vec![
            (world.council, ours.placement.0, SuspensionTask::RiskReview, due.clone()),
            (world.other_council, theirs.placement.0, SuspensionTask::RiskReview, due.clone()),
            (world.council, shortlisted.0.0, SuspensionTask::OfferFrozen, due),
        ];
        expected.sort();
        assert_eq!(set(&world).await, expected);
        // What was frozen cannot go on, whoever lets whatever check pass.
        let placement = world.as_role(Role::PlacementOfficer);
        assert!(matches!(does(&world, &placement, &prefer(shortlisted.1)).await, Err(Failure::Refused(why)) if why.contains("frozen")));
        assert!(matches!(does(&world, &placement, &ShortlistOffer { offer: submitted }).await, Err(Failure::Refused(why)) if why.contains("frozen")));
    }

    async fn a_letter_goes_to_every_council_and_names_no_child(database) {
        let Home { world, ours, theirs, .. } = home(database).await;
        does(&world, &world.of_other_council(Role::HeadOfContracting), &suspend(world.home)).await.unwrap();
        let letters = letters(&world).await;
        for council in [world.council, world.other_council] {
            for role in [Role::PlacementOfficer, Role::ContractOfficer, Role::HeadOfContracting] {
                let to = format!("{}@{}.example", domain::Code::code(role).to_lowercase(), council.0.simple());
                assert_eq!(letters.iter().filter(|letter| letter.contains(&to)).count(), 1, "{to}");
            }
        }
        // Three officers of two councils, two people of the provider, and nobody else.
        assert_eq!(letters.len(), 8);
        for letter in &letters {
            for mark in [&ours.marks, &theirs.marks] {
                for word in [&mark.given_name, &mark.family_name, &mark.case_number, &mark.notes, &mark.profile] {
                    assert!(!letter.contains(word.as_str()), "{letter}");
                }
            }
            assert!(!letter.contains("staff left at night"), "words that somebody typed may name a child: {letter}");
        }
    }

    async fn whoever_suspends_sees_no_more_of_other_councils_than_before(database) {
        let Home { world, ours, .. } = home(database).await;
        let theirs = world.of_other_council(Role::ContractOfficer);
        does(&world, &theirs, &suspend(world.home)).await.unwrap();
        let mut reads = world.database.db.begin_read(&theirs).await.unwrap();
        let suspension = in_force(&mut reads, world.home).await.unwrap().unwrap();
        if world.database.db.engine() == store::dialect::Engine::Postgres {
            assert_eq!(freezes_of(&mut reads, suspension.id).await.unwrap(), [], "freezes of another council were read");
            assert_eq!(reads.find::<store::purchasing::placement::Placement>(ours.placement).await.unwrap(), None);
        }
        drop(reads);
        // Each council finds its own tasks, and no other's.
        let today = day("2026-12-14");
        for council in [world.council, world.other_council] {
            let (open, _) = sees(&world, &world.of(council, Role::PlacementOfficer), &OpenTasks { today, slice: service::Slice::first(200) }).await.unwrap();
            assert!(open.iter().any(|open| open.task.label.contains("Review the risk")), "{open:?}");
        }
        service_is_verified(&world).await;
    }

    async fn a_child_who_was_agreed_for_but_has_not_come_does_not_move_in(database) {
        let world = world(database).await;
        ready(&world, 10_000_000_000).await;
        let (referral, agreement) = agreed(&world, 1).await;
        does(&world, &world.as_role(Role::ContractOfficer), &suspend(world.home)).await.unwrap();
        testkit::case::completed(&world, referral).await;
        let start = to_start(agreement);
        let officer = world.as_role(Role::PlacementOfficer);
        assert!(matches!(does(&world, &officer, &start).await, Err(Failure::Refused(why)) if why.contains("suspended")));
        assert_eq!(set(&world).await.iter().map(|one| one.2).collect::<Vec<_>>(), [SuspensionTask::OfferFrozen]);
    }

    async fn only_assurance_and_two_people_of_two_posts_lift_it_and_offers_go_on(database) {
        let Home { world, shortlisted, .. } = home(database).await;
        let (officer, head) = (world.as_role(Role::ContractOfficer), world.as_role(Role::HeadOfContracting));
        let sign = SignLift { service: world.home };
        assert!(matches!(does(&world, &officer, &sign).await, Err(Failure::Refused(_))), "nothing is suspended");
        does(&world, &officer, &suspend(world.home)).await.unwrap();
        let lift = ChangeStanding { act: StandingAct::Lift, ..suspend(world.home) };
        assert!(matches!(does(&world, &officer, &lift).await, Err(Failure::Refused(why)) if why.contains("two people")));
        assert!(matches!(does(&world, &officer, &sign).await, Err(Failure::Refused(why)) if why.contains("look first")));
        let early = RecordAssurance {
            service: world.home,
            looked_by: "Sample visitor".to_owned(),
            looked_on: day("2026-12-13"),
            findings: "fine".to_owned(),
            changed: "all".to_owned(),
        };
        assert!(matches!(does(&world, &officer, &early).await, Err(Failure::Invalid(problems)) if problems[0].field == "looked_on"));
        assured(&world, world.home).await;
        assert_eq!(does(&world, &officer, &sign).await.unwrap().signatures, 1);
        assert!(matches!(does(&world, &officer, &sign).await, Err(Failure::Refused(why)) if why.contains("signed already")));
        // Another person, of another council, in the same post.
        let same_post = world.of_other_council(Role::ContractOfficer);
        assert!(matches!(does(&world, &same_post, &sign).await, Err(Failure::Refused(why)) if why.contains("another post")));
        // What is found later is signed anew.
        world.clock.forward(chrono::Duration::minutes(1));
        assured(&world, world.home).await;
        assert_eq!(does(&world, &officer, &sign).await.unwrap(), service::market::suspension::Stands { service: world.home, standing: ServiceStanding::Suspended, signatures: 1 });
        silence(&world).await;
        assert_eq!(does(&world, &head, &sign).await.unwrap().standing, ServiceStanding::Active);
        assert_eq!(letters(&world).await.len(), 8, "everybody who heard of the suspension hears of its end");
        let thawed: Vec<_> = set(&world).await.into_iter().filter(|one| one.2 == SuspensionTask::OfferThawed).collect();
        assert_eq!(thawed.len(), 2, "one for each search whose offer was frozen");
        assert_eq!(found::<Offer>(&world, shortlisted.1).await.state, OfferState::Shortlisted, "as it stood");
        preferred(&world, shortlisted.1).await;
    }

    async fn an_offer_that_ran_out_while_it_was_frozen_stays_unchosen_and_its_officer_is_told(database) {
        let Home { world, shortlisted, .. } = home(database).await;
        does(&world, &world.as_role(Role::ContractOfficer), &suspend(world.home)).await.unwrap();
        // Offers bind until 31 March 2027.
        world.clock.forward(chrono::Duration::days(120));
        assured(&world, world.home).await;
        for role in [Role::ContractOfficer, Role::Director] {
            does(&world, &world.as_role(role), &SignLift { service: world.home }).await.unwrap();
        }
        assert!(set(&world).await.iter().any(|one| one.2 == SuspensionTask::OfferRanOut), "nobody was told");
        assert!(set(&world).await.iter().all(|one| one.2 != SuspensionTask::OfferThawed));
        let refused = does(&world, &world.as_role(Role::PlacementOfficer), &prefer(shortlisted.1)).await;
        assert!(matches!(refused, Err(Failure::Refused(why)) if why.contains("valid until")));
    }

    async fn a_review_of_the_risk_is_closed_with_words_only(database) {
        let Home { world, ours, .. } = home(database).await;
        does(&world, &world.as_role(Role::ContractOfficer), &suspend(world.home)).await.unwrap();
        let review = everything::<Task>(&world).await.into_iter().find(|task| task.subject_id == ours.placement.0 && SuspensionTask::of_kind(&task.kind).is_some());
        let task = review.unwrap().id;
        let worker = world.as_role(Role::SocialWorker);
        let silent = CompleteTask { task, note: " ".to_owned() };
        assert!(matches!(does(&world, &worker, &silent).await, Err(Failure::Invalid(_))));
        does(&world, &worker, &CompleteTask { task, note: "seen today, safe, stays".to_owned() }).await.unwrap();
        let stranger = world.of_other_council(Role::SocialWorker);
        assert!(matches!(does(&world, &stranger, &CompleteTask { task, note: "x".to_owned() }).await, Err(Failure::Denied(_))));
    }

    async fn a_restriction_freezes_nothing_and_a_removed_home_does_not_come_back_by_a_list(database) {
        let Home { world, shortlisted, .. } = home(database).await;
        let officer = world.as_role(Role::ContractOfficer);
        let act = |act, cause| ChangeStanding { service: world.home, act, cause, reason: "one child at a time".to_owned() };
        does(&world, &officer, &act(StandingAct::Restrict, Some(Trigger::Breach))).await.unwrap();
        assert_eq!(set(&world).await, []);
        preferred(&world, shortlisted.1).await;
        does(&world, &officer, &act(StandingAct::Suspend, Some(Trigger::Breach))).await.unwrap();
        does(&world, &officer, &act(StandingAct::Remove, None)).await.unwrap();
        let list = service_file(HAZEL_BANK, ServiceKind::Home, "1234567");
        does(&world, &worker(), &list).await.unwrap();
        assert_eq!(found::<Service>(&world, world.home).await.status, ServiceStanding::Removed);
        assert!(matches!(does(&world, &officer, &act(StandingAct::Suspend, Some(Trigger::Breach))).await, Err(Failure::Refused(_))));
    }

    async fn a_list_that_brings_a_home_to_inadequate_suspends_it_and_says_so_once(database) {
        let Home { world, .. } = home(database).await;
        let judged = |rating, on: &str| {
            let judgement = Judgement { rating, inspected_on: day(on), published_on: None, event_number: None };
            service::market::provider_file::KeepService { judgements: vec![judgement], ..service_file(HAZEL_BANK, ServiceKind::Home, "1234567") }
        };
        let standing = async || found::<Service>(&world, world.home).await.status;
        does(&world, &worker(), &judged(Rating::RequiresImprovement, "2026-09-01")).await.unwrap();
        assert_eq!((standing().await, set(&world).await.len()), (ServiceStanding::Active, 0), "amber, no suspension");
        assert_eq!(letters(&world).await.iter().filter(|letter| letter.contains("action plan")).count(), 6);
        silence(&world).await;
        let older = judged(Rating::Inadequate, "2026-02-01");
        does(&world, &worker(), &older).await.unwrap();
        assert_eq!((standing().await, letters(&world).await.len()), (ServiceStanding::Active, 0), "a judgement of the past");
        let list = judged(Rating::Inadequate, "2026-12-01");
        does(&world, &worker(), &list).await.unwrap();
        assert_eq!((standing().await, set(&world).await.len(), letters(&world).await.len()), (ServiceStanding::Suspended, 3, 8));
        let mut reads = world.database.db.begin_read(&worker()).await.unwrap();
        assert_eq!(in_force(&mut reads, world.home).await.unwrap().unwrap().cause, Trigger::RatedInadequate);
        drop(reads);
        let events = world.events().await;
        does(&world, &worker(), &list).await.unwrap();
        assert_eq!(world.events().await, events, "the same list again");
    }

    async fn a_list_on_which_a_home_is_registered_no_more_suspends_it(database) {
        let Home { world, .. } = home(database).await;
        let closed = service::market::provider_file::KeepService { is_active: false, ..service_file(HAZEL_BANK, ServiceKind::Home, "1234567") };
        // By hand, not by the import: the same rule, under the officer's own wall.
        does(&world, &world.of_other_council(Role::ContractOfficer), &closed).await.unwrap();
        assert_eq!(found::<Service>(&world, world.home).await.status, ServiceStanding::Suspended);
        assert_eq!(set(&world).await.len(), 3);
    }
}

pub fn to_start(agreement: AgreementId) -> StartPlacement {
    StartPlacement {
        agreement,
        started_on: day("2026-12-14"),
        is_emergency: false,
        emergency_reason: String::new(),
        done: vec![
            domain::purchasing::placement::StartTask::RegistrationChecked,
            domain::purchasing::placement::StartTask::Regulation13Notices,
            domain::purchasing::placement::StartTask::PlacementPlan,
        ],
        others_because: NotSelectedReason::BetterMatch,
        others_note: String::new(),
    }
}

/// An agreement that both signed: the offer is accepted, and the child has not moved in.
async fn agreed(world: &World, number: u32) -> (ReferralId, AgreementId) {
    let (referral, agreement) = half_agreed(world, number).await;
    does(world, &world.as_role(Role::HeadOfContracting), &SignForCouncil { agreement }).await.unwrap();
    (referral, agreement)
}

/// The same before the council signs, by which the offer is accepted.
async fn half_agreed(world: &World, number: u32) -> (ReferralId, AgreementId) {
    let referral = approved(world, number, "5,000").await;
    let agreement = issued(world, referral).await.agreement;
    does(world, &world.as_role(Role::ProviderSignatory), &SignForProvider { agreement }).await.unwrap();
    (referral, agreement)
}

async fn service_is_verified(world: &World) {
    let mut reads = world.database.db.begin_read(&worker()).await.unwrap();
    let mut chained = 0;
    let suspension = in_force(&mut reads, world.home).await.unwrap().unwrap();
    for freeze in freezes_of(&mut reads, suspension.id).await.unwrap() {
        let events = store::record::stream(&mut reads, freeze.id.0).await.unwrap();
        assert_eq!(events.len(), 1);
        assert_eq!(events[0].entry.facts.state_digest, store::record::state_digest(&freeze));
        chained += 1;
    }
    assert!(chained > 0);
}
