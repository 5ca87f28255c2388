//! A referral from its first page to the providers.

use domain::access::Denied;
use domain::ids::ReferralId;
use domain::people::{Caller, Role};
use domain::purchasing::fields::FieldKind;
use domain::purchasing::questions::questions;
use domain::purchasing::referral::{InHouseResult, ReferralAct, ReferralState, Urgency, WithdrawReason};
use domain::purchasing::referral_form::SECTIONS;
use domain::registration::{Rating, ServiceKind};
use service::purchasing::additions::{GetAdditions, SendAdditions};
use service::purchasing::board::{Board, GetReferral, ReferralsPage};
use service::purchasing::referral::{ChildEntry, SavePage, Saved, WriteReferral, Written};
use service::purchasing::release::{PreviewProfile, ReleaseReferral};
use service::purchasing::search::{
    AcceptReferral, AuthoriseSearch, EndSearch, RecordInHouseSearch, ReturnReferral, SubmitReferral, WithdrawReferral,
};
use service::{Failure, ask, perform};
use store::Reads as _;
use store::purchasing::referral::Referral;
use store::purchasing::release::Release;
use testkit::world::{FOSTERING_CATEGORY, HAZEL_BANK, HOME_CATEGORY, service_file, undecided_world};
use testkit::{World, both, world};
use uuid::Uuid;

fn entry(case_number: &str) -> ChildEntry {
    ChildEntry {
        case_number: case_number.to_owned(),
        given_name: "Zephyrine".to_owned(),
        family_name: "Quillfeather".to_owned(),
        born_on: "2013-05-03".parse().unwrap(),
        home_postcode: Some("NG7 2QB".to_owned()),
        is_synthetic: true,
    }
}

async fn write(world: &World, case_number: &str, urgency: Urgency) -> Result<Written, Failure> {
    let command = WriteReferral { child: entry(case_number), urgency, even_though_open: false };
    perform(&world.nearhome, &world.as_role(Role::SocialWorker), world.key(), &command).await
}

async fn stored(world: &World, id: ReferralId) -> Referral {
    world.as_worker().await.get::<Referral>(id).await.unwrap()
}

/// Sends these pairs to a page, at the referral's version.
async fn save(world: &World, id: ReferralId, section: &str, pairs: &[(&str, &str)]) -> Result<Saved, Failure> {
    let version = stored(world, id).await.version;
    let pairs = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let command = SavePage { referral: id, version, section: section.to_owned(), pairs };
    perform(&world.nearhome, &world.as_role(Role::SocialWorker), world.key(), &command).await
}

const IDENTITY: &[(&str, &str)] = &[
    ("given_name", "Zephyrine"),
    ("family_name", "Quillfeather"),
    ("case_number", "NC-1"),
    ("home_postcode", "NG7 2QB"),
    ("school_name", "Saint Wendreda Primary School"),
    ("date_of_birth-day", "3"),
    ("date_of_birth-month", "5"),
    ("date_of_birth-year", "2013"),
    ("needed_by-day", "18"),
    ("needed_by-month", "12"),
    ("needed_by-year", "2026"),
    ("social_worker", "Odalys Thornbury"),
    ("manager", "Peregrine Ashdown"),
    ("reviewing_officer", "Isolde Fenwick"),
];

/// Answers every question of every page.
async fn fill(world: &World, id: ReferralId) {
    fill_in(world, id, IDENTITY).await;
}

/// Answers every question: these as given, the others somehow.
async fn fill_in(world: &World, id: ReferralId, known: &[(&str, &str)]) {
    for section in SECTIONS {
        let mut pairs: Vec<(&str, &str)> = Vec::new();
        for field in section.fields() {
            let given = known.iter().filter(|(name, _)| name.split('-').next() == Some(field.key));
            let before = pairs.len();
            pairs.extend(given);
            if pairs.len() > before {
                continue;
            }
            match field.kind {
                FieldKind::Text | FieldKind::LongText => pairs.push((field.key, "as discussed")),
                FieldKind::Number | FieldKind::Money => pairs.push((field.key, "1")),
                FieldKind::YesNo => pairs.push((field.key, "no")),
                FieldKind::OneOf | FieldKind::ManyOf => pairs.push((field.key, field.options[0].code)),
                FieldKind::Postcode => pairs.push((field.key, "NG1 5FS")),
                FieldKind::Date => {}
            }
        }
        let saved = save(world, id, section.slug, &pairs).await.unwrap();
        assert_eq!(saved.problems, [], "{}", section.slug);
    }
}

macro_rules! act {
    ($world:expr, $role:ident, $command:expr) => {
        perform(&$world.nearhome, &$world.as_role(Role::$role), $world.key(), &$command).await
    };
}

async fn submitted(world: &World) -> (ReferralId, i64) {
    let referral = write(world, "NC-1", Urgency::Planned).await.unwrap().id;
    fill(world, referral).await;
    (referral, submit(world, referral).await)
}

async fn submit(world: &World, referral: ReferralId) -> i64 {
    let version = stored(world, referral).await.version;
    act!(world, SocialWorker, SubmitReferral { referral, version }).unwrap().version
}

async fn authorised(world: &World) -> (ReferralId, i64) {
    let (referral, version) = submitted(world).await;
    (referral, authorise(world, referral, version).await)
}

/// From submitted to authorised.
async fn authorise(world: &World, referral: ReferralId, version: i64) -> i64 {
    let version = act!(world, PlacementOfficer, AcceptReferral { referral, version }).unwrap().version;
    let search = RecordInHouseSearch { referral, version, result: InHouseResult::NoVacancy, reason: "no bed is free".to_owned() };
    let version = act!(world, PlacementOfficer, search).unwrap().version;
    act!(world, TeamManager, AuthoriseSearch { referral, version }).unwrap().version
}

/// What an emergency says more since it was released reaches who was asked: the risks among it, the child not.
async fn send_what_was_added(world: &World, referral: ReferralId) {
    let on = "2026-12-14".parse().unwrap();
    let known = ask(&world.nearhome, &world.as_role(Role::PlacementOfficer), &GetAdditions { referral, on }).await.unwrap();
    assert_eq!(known.services, 1);
    assert!(known.labels.iter().any(|label| label.starts_with("Fire-setting")), "{:?}", known.labels);
    let profile = async || {
        let mut reads = world.database.db.begin_read(&world.as_role(Role::ReferralsManager)).await.unwrap();
        let inbox = store::purchasing::release::inbox(&mut reads, world.provider, &service::Slice::first(200)).await.unwrap();
        reads.get::<Release>(inbox[0].id).await.unwrap()
    };
    assert!(!profile().await.profile.contains("fire_story"), "not before it is sent");
    let version = stored(world, referral).await.version;
    let more = SendAdditions { referral, version, warnings_read: false };
    let theirs = perform(&world.nearhome, &world.of_other_council(Role::PlacementOfficer), world.key(), &more).await.unwrap_err();
    assert!(matches!(theirs, Failure::Denied(Denied::NotVisible)), "{theirs:?}");
    let letters = store::outbox::waiting(&mut world.as_worker().await).await.unwrap();
    assert_eq!(act!(world, PlacementOfficer, more).unwrap(), 1);
    assert_eq!(store::outbox::waiting(&mut world.as_worker().await).await.unwrap(), letters + 1);
    let sent = profile().await;
    assert!(sent.profile.contains("fire_story") && sent.added_to_at == Some(world.nearhome.now()));
    for secret in ["Zephyrine", "Quillfeather", "NC-1", "2QB", "2013-05-03", "Wendreda", "Thornbury"] {
        assert!(!sent.profile.contains(secret), "{secret} in {}", sent.profile);
    }
}

fn release(referral: ReferralId, version: i64, category: [&str; 3]) -> ReleaseReferral {
    let [framework, lot, category] = category.map(str::to_owned);
    ReleaseReferral { referral, version, framework, lot, category, closes_at: None, warnings_read: false }
}

both! {
    async fn a_referral_is_written_returned_and_authorised(database) {
        let world = world(database).await;
        let (referral, version) = submitted(&world).await;
        let returned = ReturnReferral { referral, version, questions: "Which school?".to_owned() };
        let version = act!(world, PlacementOfficer, returned).unwrap().version;
        assert_eq!(stored(&world, referral).await.note.as_deref(), Some("Which school?"));
        let version = act!(world, SocialWorker, SubmitReferral { referral, version }).unwrap().version;
        let version = act!(world, PlacementOfficer, AcceptReferral { referral, version }).unwrap().version;
        let early = act!(world, TeamManager, AuthoriseSearch { referral, version }).unwrap_err();
        assert!(early.to_string().contains("in-house search first"), "{early}");
        let writer = Caller { person: world.as_role(Role::SocialWorker).person, ..world.as_role(Role::TeamManager) };
        let own = perform(&world.nearhome, &writer, world.key(), &AuthoriseSearch { referral, version }).await.unwrap_err();
        assert!(own.to_string().contains("other than the writer"), "{own}");
        let search = RecordInHouseSearch { referral, version, result: InHouseResult::NoMatch, reason: "one bed, wrong age".to_owned() };
        let version = act!(world, PlacementOfficer, search).unwrap().version;
        let stands = act!(world, HeadOfService, AuthoriseSearch { referral, version }).unwrap();
        assert_eq!(stands.state, ReferralState::Authorised);
        let row = stored(&world, referral).await;
        assert_eq!(row.authorised_by, Some(world.as_role(Role::HeadOfService).person));
        assert_eq!(row.needed_by, "2026-12-18".parse().ok());
        assert!(!row.answers.contains("Zephyrine"), "the child's name stays in the child's row");
    }

    async fn a_thin_referral_is_refused_by_the_names_of_its_questions(database) {
        let world = world(database).await;
        let referral = write(&world, "NC-1", Urgency::Emergency).await.unwrap().id;
        let refused = act!(world, SocialWorker, SubmitReferral { referral, version: 1 }).unwrap_err().to_string();
        assert!(refused.contains("Legal status") && refused.contains("Main needs"), "{refused}");
        assert!(!refused.contains("Given name"), "the child's own row answers it: {refused}");
    }

    async fn an_emergency_is_authorised_on_the_short_set_and_owes_the_rest(database) {
        let world = world(database).await;
        let referral = write(&world, "NC-1", Urgency::Emergency).await.unwrap().id;
        let essentials: Vec<(&str, &str)> = SECTIONS[0].fields().filter(|field| !field.options.is_empty())
            .map(|field| (field.key, field.options[0].code)).chain(IDENTITY.iter().copied())
            .chain([("search_area", "Nottingham"), ("matching_exclusions", "nothing known")]).collect();
        let version = save(&world, referral, "essentials", &essentials).await.unwrap().version;
        let version = act!(world, SocialWorker, SubmitReferral { referral, version }).unwrap().version;
        let version = act!(world, PlacementOfficer, AcceptReferral { referral, version }).unwrap().version;
        let version = act!(world, TeamManager, AuthoriseSearch { referral, version }).unwrap().version;
        let tasks = store::purchasing::placement::tasks_of(&mut world.as_worker().await, world.council, referral.0).await.unwrap();
        let tasks: Vec<(String, String)> = tasks.into_iter().map(|task| (task.kind, task.due_on.iso())).collect();
        assert_eq!(tasks[0], ("COMPLETE_REFERRAL".to_owned(), "2026-12-15".to_owned()));
        assert_eq!(tasks[1].0, "PANEL_REVIEW");
        let released = act!(world, PlacementOfficer, release(referral, version, HOME_CATEGORY)).unwrap();
        assert_eq!(world.nearhome.now().minutes_until(released.closes_at), 4 * 60, "everybody is asked at once, for a few hours");
        let none = SendAdditions { referral, version: released.version, warnings_read: false };
        assert!(act!(world, PlacementOfficer, none).unwrap_err().to_string().contains("knows what this referral says"));
        fill(&world, referral).await;
        send_what_was_added(&world, referral).await;
        let tasks = store::purchasing::placement::tasks_of(&mut world.as_worker().await, world.council, referral.0).await.unwrap();
        assert_eq!(tasks.iter().map(|task| task.done_on.is_some()).collect::<Vec<_>>(), [true, false]);
    }

    async fn what_parses_is_kept_and_what_does_not_is_told(database) {
        let world = world(database).await;
        let referral = write(&world, "NC-1", Urgency::Planned).await.unwrap().id;
        let mut pairs = IDENTITY.to_vec();
        pairs.extend([("gender", "FEMALE"), ("legal_status", "no such"), ("search_area", "Sherwood")]);
        let saved = save(&world, referral, "essentials", &pairs).await.unwrap();
        assert_eq!(saved.problems.iter().map(|problem| problem.field.as_str()).collect::<Vec<_>>(), ["legal_status"]);
        let answers = stored(&world, referral).await.answers().unwrap();
        assert_eq!((answers.text("gender"), answers.text("search_area")), (Some("FEMALE"), Some("Sherwood")));
    }

    async fn the_same_page_twice_changes_nothing_and_an_old_one_overwrites_nothing(database) {
        let world = world(database).await;
        let referral = write(&world, "NC-1", Urgency::Planned).await.unwrap().id;
        let page = |area: &str| {
            let mut pairs: Vec<_> = IDENTITY.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
            pairs.push(("search_area".to_owned(), area.to_owned()));
            SavePage { referral, version: 1, section: "essentials".to_owned(), pairs }
        };
        let writer = world.as_role(Role::SocialWorker);
        let first = perform(&world.nearhome, &writer, Uuid::from_u128(5), &page("Sherwood")).await.unwrap();
        let again = perform(&world.nearhome, &writer, Uuid::from_u128(5), &page("Sherwood")).await.unwrap();
        assert_eq!((first.version, &first), (2, &again));
        let stale = perform(&world.nearhome, &writer, world.key(), &page("Elsewhere")).await.unwrap_err();
        assert!(matches!(stale, Failure::Conflict(_)), "{stale:?}");
        let other = perform(&world.nearhome, &writer, Uuid::from_u128(5), &page("Elsewhere")).await.unwrap_err();
        assert!(matches!(other, Failure::Conflict(_)), "{other:?}");
        let row = stored(&world, referral).await;
        assert_eq!((row.version, row.answers().unwrap().text("search_area")), (2, Some("Sherwood")));
    }

    async fn a_second_referral_of_a_child_is_refused_by_number_unless_meant(database) {
        let world = world(database).await;
        let first = write(&world, "NC-1", Urgency::Planned).await.unwrap();
        assert_eq!(first.number, "R-2026-0001");
        let refused = write(&world, "NC-1", Urgency::Urgent).await.unwrap_err();
        assert!(refused.to_string().contains("R-2026-0001"), "{refused}");
        let meant = WriteReferral { child: entry("NC-1"), urgency: Urgency::Urgent, even_though_open: true };
        let second = act!(world, SocialWorker, meant).unwrap();
        assert_eq!(second.number, "R-2026-0002");
        let rows = [stored(&world, first.id).await, stored(&world, second.id).await];
        assert_eq!(rows[0].child_id, rows[1].child_id);
        let mistyped = ChildEntry { born_on: "2014-05-03".parse().unwrap(), ..entry("NC-1") };
        let mistyped = WriteReferral { child: mistyped, urgency: Urgency::Urgent, even_though_open: true };
        assert!(matches!(act!(world, SocialWorker, mistyped).unwrap_err(), Failure::Invalid(_)));
    }

    async fn another_council_and_another_role_find_nothing_to_do(database) {
        let world = world(database).await;
        let (referral, version) = submitted(&world).await;
        let accept = AcceptReferral { referral, version };
        let theirs = perform(&world.nearhome, &world.of_other_council(Role::PlacementOfficer), world.key(), &accept).await.unwrap_err();
        assert!(matches!(theirs, Failure::Denied(Denied::NotVisible)), "{theirs:?}");
        let absent = AcceptReferral { referral: ReferralId(Uuid::from_u128(9)), version };
        let absent = act!(world, PlacementOfficer, absent).unwrap_err();
        assert_eq!(theirs.to_string(), absent.to_string());
        let role = act!(world, SocialWorker, accept).unwrap_err();
        assert!(matches!(role, Failure::Denied(Denied::NotAllowed { .. })), "{role:?}");
        assert_eq!(stored(&world, referral).await.state, ReferralState::Submitted);
    }

    async fn a_released_referral_reaches_the_admitted_service_without_the_child(database) {
        let world = world(database).await;
        let (referral, version) = authorised(&world).await;
        let command = release(referral, version, HOME_CATEGORY);
        let denied = act!(world, SocialWorker, command).unwrap_err();
        assert!(matches!(denied, Failure::Denied(Denied::NotAllowed { .. })), "{denied:?}");
        let released = act!(world, PlacementOfficer, command).unwrap();
        assert_eq!((released.state, released.wave, released.services), (ReferralState::OutToMarket, 1, 1));
        assert_eq!(world.nearhome.now().minutes_until(released.closes_at), 68 * 60);
        let mut reads = world.database.db.begin_read(&world.as_role(Role::ReferralsManager)).await.unwrap();
        let inbox = store::purchasing::release::inbox(&mut reads, world.provider, &service::Slice::first(200)).await.unwrap();
        assert_eq!(inbox.len(), 1);
        let sent: Release = reads.get(inbox[0].id).await.unwrap();
        assert_eq!((sent.service_id, sent.provider_id), (world.home, world.provider));
        for secret in ["Zephyrine", "Quillfeather", "NC-1", "2QB", "2013-05-03", "Wendreda"] {
            assert!(!sent.profile.contains(secret), "{secret} in {}", sent.profile);
        }
        assert!(sent.profile.contains("\"age_years\":13") && sent.profile.contains("NG7"), "{}", sent.profile);
        let again = ReleaseReferral { version: released.version, ..command };
        let again = act!(world, PlacementOfficer, again).unwrap_err();
        assert!(again.to_string().contains("asked already"), "{again}");
        assert_eq!(store::outbox::waiting(&mut world.as_worker().await).await.unwrap(), 1);
        let end = EndSearch { referral, version: released.version, reason: "the need changed".to_owned() };
        act!(world, PlacementOfficer, end).unwrap();
        let closed: Release = world.as_worker().await.get(sent.id).await.unwrap();
        assert_eq!(closed.outcome.as_deref(), Some("EXPIRED"));
    }

    async fn a_provider_reads_neither_referral_nor_child(database) {
        let world = world(database).await;
        let (referral, version) = authorised(&world).await;
        act!(world, PlacementOfficer, release(referral, version, HOME_CATEGORY)).unwrap();
        for role in [Role::ReferralsManager, Role::ProviderSignatory] {
            let seen = ask(&world.nearhome, &world.as_role(role), &GetReferral { referral }).await.unwrap_err();
            assert!(matches!(seen, Failure::Denied(Denied::NotVisible)), "{seen:?}");
            assert!(ask(&world.nearhome, &world.as_role(role), &Board { only_open: false, page: 1, today: domain::calendar::Day::FIRST }).await.is_err());
        }
        if world.database.db.engine() == store::dialect::Engine::Postgres {
            let mut reads = world.database.db.begin_read(&world.as_role(Role::ReferralsManager)).await.unwrap();
            assert!(reads.find::<Referral>(referral).await.unwrap().is_none(), "the second wall stands");
        }
        let derby = world.of_other_council(Role::PlacementOfficer);
        assert!(ask(&world.nearhome, &derby, &GetReferral { referral }).await.is_err());
        assert_eq!(ask(&world.nearhome, &derby, &Board { only_open: false, page: 1, today: domain::calendar::Day::FIRST }).await.unwrap().total, 0);
    }

    async fn a_name_in_a_free_text_is_read_before_it_is_sent(database) {
        let world = world(database).await;
        let referral = write(&world, "NC-1", Urgency::Planned).await.unwrap().id;
        fill(&world, referral).await;
        save(&world, referral, "family", &[("siblings", "NO_SIBLINGS"), ("contact", "Zephyrine sees her mother on Saturdays, with Ms Thornbury")]).await.unwrap();
        let on = "2026-12-14".parse().unwrap();
        let preview = ask(&world.nearhome, &world.as_role(Role::PlacementOfficer), &PreviewProfile { referral, on }).await.unwrap();
        let found: Vec<_> = preview.warnings.iter().map(|warning| (warning.key, warning.found.as_str())).collect();
        assert_eq!(found, [("contact", "zephyrine"), ("contact", "thornbury")]);
        let version = submit(&world, referral).await;
        let version = authorise(&world, referral, version).await;
        let command = release(referral, version, HOME_CATEGORY);
        let refused = act!(world, PlacementOfficer, command).unwrap_err().to_string();
        assert!(refused.contains("Time with family") && !refused.to_lowercase().contains("zephyrine"), "{refused}");
        act!(world, PlacementOfficer, ReleaseReferral { warnings_read: true, ..command }).unwrap();
    }

    async fn a_council_without_its_signature_does_not_go_to_the_market(database) {
        let world = undecided_world(database).await;
        let (referral, version) = authorised(&world).await;
        let refused = act!(world, PlacementOfficer, release(referral, version, HOME_CATEGORY)).unwrap_err().to_string();
        assert!(refused.contains("no agreement between the councils that is in force covers CCS072"), "{refused}");
        world.decide().await;
        world.sign_between_councils(world.other_council).await;
        let refused = act!(world, PlacementOfficer, release(referral, version, HOME_CATEGORY)).unwrap_err().to_string();
        assert!(refused.contains("signature on") && refused.contains("is not on file"), "{refused}");
        world.sign_between_councils(world.council).await;
        act!(world, PlacementOfficer, release(referral, version, HOME_CATEGORY)).unwrap();
    }

    async fn a_release_that_cannot_reach_anybody_is_refused(database) {
        let world = world(database).await;
        let (referral, version) = authorised(&world).await;
        let nobody = act!(world, PlacementOfficer, release(referral, version, ["CCS072", "R2", "R-THE"])).unwrap_err();
        assert!(nobody.to_string().contains("no service is admitted"), "{nobody}");
        let too_young = act!(world, PlacementOfficer, release(referral, version, ["CCS034", "F1", "F-STD-0-4"])).unwrap_err();
        assert!(too_young.to_string().contains("13 years"), "{too_young}");
        let unknown = act!(world, PlacementOfficer, release(referral, version, ["CCS072", "R2", "R-STD"])).unwrap_err();
        assert!(matches!(unknown, Failure::Invalid(_)), "{unknown:?}");
        let fostering = act!(world, PlacementOfficer, release(referral, version, FOSTERING_CATEGORY)).unwrap();
        assert_eq!(fostering.services, 1);
    }

    async fn a_home_for_short_breaks_is_asked_for_no_child_who_lives_there(database) {
        let world = world(database).await;
        let mut home = service_file(HAZEL_BANK, ServiceKind::Home, "1234567");
        home.is_short_break_only = Some(true);
        perform(&world.nearhome, &domain::access::worker(), world.key(), &home).await.unwrap();
        let (referral, version) = authorised(&world).await;
        let refused = act!(world, PlacementOfficer, release(referral, version, HOME_CATEGORY)).unwrap_err();
        assert!(refused.to_string().contains("short breaks only"), "{refused}");
        let breaks = write(&world, "NC-2", Urgency::Planned).await.unwrap().id;
        let known: Vec<_> = IDENTITY.iter().filter(|(name, _)| *name != "case_number").copied().collect();
        fill_in(&world, breaks, &[&known[..], &[("case_number", "NC-2"), ("legal_status", "V3")]].concat()).await;
        let version = submit(&world, breaks).await;
        let version = authorise(&world, breaks, version).await;
        assert_eq!(act!(world, PlacementOfficer, release(breaks, version, HOME_CATEGORY)).unwrap().services, 1);
    }

    async fn an_inadequate_home_is_told_of_no_child(database) {
        let world = world(database).await;
        let (referral, version) = authorised(&world).await;
        let mut home = service_file(HAZEL_BANK, ServiceKind::Home, "1234567");
        (home.judgements[0].rating, home.judgements[0].inspected_on) = (Rating::Inadequate, "2026-11-02".parse().unwrap());
        perform(&world.nearhome, &domain::access::worker(), world.key(), &home).await.unwrap();
        let refused = act!(world, PlacementOfficer, release(referral, version, HOME_CATEGORY)).unwrap_err();
        // The judgement suspends the home, so that it is not among those that are asked.
        assert!(refused.to_string().contains("no service is admitted"), "{refused}");
    }

    async fn who_let_the_deadline_pass_is_asked_again_until_the_officers_own(database) {
        let world = world(database).await;
        let (referral, version) = authorised(&world).await;
        let now = world.nearhome.now();
        let until = |closes_at, version| ReleaseReferral { closes_at: Some(closes_at), ..release(referral, version, HOME_CATEGORY) };
        let past = act!(world, PlacementOfficer, until(now, version)).unwrap_err();
        assert!(matches!(past, Failure::Invalid(ref at) if at[0].field == "closes_at"), "{past:?}");
        let first = act!(world, PlacementOfficer, until(now.plus_minutes(90), version)).unwrap();
        assert_eq!((first.closes_at, first.services), (now.plus_minutes(90), 1));
        let too_soon = act!(world, PlacementOfficer, until(now.plus_hours(5), first.version)).unwrap_err();
        assert!(too_soon.to_string().contains("asked already"), "{too_soon}");
        world.clock.forward(chrono::Duration::minutes(91));
        let second = act!(world, PlacementOfficer, until(now.plus_hours(5), first.version)).unwrap();
        assert_eq!((second.wave, second.services), (2, 1));
    }

    async fn the_board_the_view_and_the_ends_of_a_search(database) {
        let world = world(database).await;
        let (referral, version) = authorised(&world).await;
        let officer = world.as_role(Role::PlacementOfficer);
        let view = ask(&world.nearhome, &officer, &GetReferral { referral }).await.unwrap();
        assert_eq!(view.acts, [ReferralAct::Release, ReferralAct::Withdraw, ReferralAct::EndSearch]);
        assert!(view.completeness.may_be_authorised() && !view.is_editable);
        assert_eq!(view.timeline.last().map(|last| (last.who.as_str(), last.what.as_str())), Some(("Sample Team manager", "Authorise the search")));
        assert!(view.timeline.iter().any(|line| line.what.starts_with("About the child: ")), "{:?}", view.timeline);
        let page = ask(&world.nearhome, &officer, &Board { only_open: true, page: 1, today: domain::calendar::Day::FIRST }).await.unwrap();
        assert_eq!((page.total, page.lines[0].state), (1, ReferralState::Authorised));
        let ended = act!(world, PlacementOfficer, EndSearch { referral, version, reason: " ".to_owned() }).unwrap_err();
        assert!(ended.to_string().contains("reason"), "{ended}");
        let version = act!(world, PlacementOfficer, EndSearch { referral, version, reason: "no offer".to_owned() }).unwrap().version;
        let words = String::new();
        let withdrawn = act!(world, SocialWorker, WithdrawReferral { referral, version, reason: WithdrawReason::NotNeeded, words }).unwrap();
        assert_eq!(withdrawn.state, ReferralState::Withdrawn);
        assert_eq!(ask(&world.nearhome, &officer, &Board { only_open: true, page: 1, today: domain::calendar::Day::FIRST }).await.unwrap().total, 0);
        let all = ask(&world.nearhome, &officer, &ReferralsPage(service::Slice::first(10))).await.unwrap();
        assert_eq!(all.iter().map(|row| row.number.as_str()).collect::<Vec<_>>(), ["R-2026-0001"]);
    }
}

#[test]
fn the_pages_of_the_test_answer_what_the_form_asks() {
    assert!(IDENTITY.iter().all(|(name, _)| questions().any(|question| name.split('-').next() == Some(question.field.key))));
}
