//! Exercises under a framework: who may bid, what an award puts in force, and the award without a competition.

use domain::calendar::Day;
use domain::consortium::CouncilCode;
use domain::consortium::framework::ScoreMethod;
use domain::governance::decision::Ruling;
use domain::ids::{OrganisationId, PersonId, ServiceId, TenderId};
use domain::pence::Pence;
use domain::people::{Caller, Role};
use domain::place::Point;
use domain::procurement::bid::Envelope;
use domain::procurement::contract::Standing;
use domain::procurement::exercise::{Direct, DirectGround, Exercise, Lies, Radius, RadiusFrom, Share};
use domain::procurement::opening::AttemptOutcome;
use service::Failure;
use service::governance::consortium::{ChangeConsortium, ConsortiumInForce};
use service::governance::decision::RecordDecision;
use service::procurement::award::{AwardFramework, GetAward, RecordAwardNotice};
use service::procurement::contract::TerminateFramework;
use service::procurement::evaluation::GetEvaluation;
use service::procurement::exercise::{AwardDirectly, Chosen, GetAvailable};
use service::procurement::framework::GetFramework;
use service::procurement::opening::take_part;
use service::procurement::outcome::RecordOutcomes;
use service::procurement::questions::AskAboutTender;
use service::procurement::result::{GetResult, SendSummaries};
use service::procurement::signature::{CountersignFramework, SignFrameworkForProvider};
use service::procurement::submission::submit;
use service::procurement::tender::{DraftTender, GetTender, ListTenders, PublishTender, TenderDraft};
use store::Reads as _;
use store::market::service::Service;
use testkit::awarding::{consulted_about, director};
use testkit::bidding::{Typed, submitted, written};
use testkit::both;
use testkit::case::{does, sees};
use testkit::evaluating::{judged, opens};
use testkit::tendering::{draft, opening_officers, passphrase};
use testkit::world::{DECISION, HOME_CATEGORY, World, world};

use crate::awarding::{ready, refused, view};
use crate::in_force::{awarded, signed};

const BLOCK: &str = "CCS072-B1";

/// Two homes for two children each, for two of the councils, under the framework for homes.
async fn block(world: &World, direct: Option<Direct>) -> TenderDraft {
    let mut draft = draft(world).await;
    let plan = &mut draft.plan;
    let scored = plan.framework.criteria.iter().find(|one| one.how == ScoreMethod::Scored).unwrap().code.clone();
    for question in &mut plan.questions {
        question.refines = Some(scored.clone());
    }
    BLOCK.clone_into(&mut plan.framework.reference);
    plan.framework.starts_on = "2027-04-01".parse().unwrap();
    plan.framework.lots.retain(|lot| lot.code == HOME_CATEGORY[1]);
    plan.framework.users = ["E06000018", "E06000015"].map(|code| CouncilCode(code.to_owned())).into();
    plan.exercise = Some(Exercise {
        under: HOME_CATEGORY[0].to_owned(),
        need: "Twelve synthetic children live far away for want of a home here.".to_owned(),
        beds: 4,
        shares: vec![
            Share { council: Some(CouncilCode("E06000018".to_owned())), other: None, percent: 70 },
            Share { council: None, other: Some("Sample care board".to_owned()), percent: 30 },
        ],
        radius: None,
        years: vec![5, 2, 2],
        guaranteed_pence: Pence(1_126_200_000),
        at_most_pence: Pence(1_872_000_000),
        ramp_up: Vec::new(),
        open_book: None,
        direct,
    });
    draft
}

/// A decision of its own, as the seed's but about the exercise.
async fn decided(world: &World) {
    let mut decision = service::governance::decision::read(DECISION).unwrap();
    "A block of homes under the framework".clone_into(&mut decision.title);
    "6".clone_into(&mut decision.item);
    for resolution in &mut decision.resolutions {
        if let Ruling::ApproveToProcure(approval) = &mut resolution.ruling {
            approval.frameworks = vec![BLOCK.to_owned(), "CCS072-B2".to_owned()];
        }
    }
    does(world, &domain::access::worker(), &RecordDecision { decision }).await.unwrap();
}

both! {
    async fn the_providers_of_the_lot_compete_and_nobody_else_reads_of_it(database) {
        let mut world = world(database).await;
        opening_officers(&mut world).await;
        let (rowan, rowans) = world.add_provider("Rowan Homes", "1234570", HOME_CATEGORY).await;
        let (elsewhere, _) = world.add_provider("Elsewhere Care", "1234571", ["CCS072", "R2", "R-THE"]).await;
        let officer = world.as_role(Role::ContractOfficer);
        let before = sees(&world, &officer, &ConsortiumInForce).await.unwrap();
        let draft = block(&world, None).await;
        let tender = does(&world, &officer, &DraftTender { tender: None, draft }).await.unwrap();
        let publish = PublishTender { tender, had_planned_notice: false };
        let undecided = refused(does(&world, &officer, &publish).await);
        assert!(undecided.contains("no decision of this council approves to procure CCS072-B1"), "{undecided}");
        decided(&world).await;
        does(&world, &officer, &publish).await.unwrap();

        // Only those on the lot read, ask and bid.
        let now = world.nearhome.now();
        let stranger = world.of(elsewhere, Role::ReferralsManager);
        assert!(sees(&world, &stranger, &GetTender { tender, now }).await.is_err());
        assert!(sees(&world, &stranger, &ListTenders { now }).await.unwrap().iter().all(|line| line.tender.id != tender));
        let question = AskAboutTender { tender, text: "How many homes?".to_owned() };
        assert!(matches!(does(&world, &stranger, &question).await, Err(Failure::Denied(_))));
        assert!(sees(&world, &world.of(rowan, Role::ReferralsManager), &GetTender { tender, now }).await.is_ok());
        submitted(&world, world.provider, tender, "R1", &Typed::at("4,750.00")).await;
        submitted(&world, rowan, tender, "R1", &Typed { name: "Rowan Homes".to_owned(), ..Typed::at("4,900.00") }).await;
        world.clock.set("2027-02-26T12:30:00Z");
        opens(&world, tender, Envelope::Quality).await;
        judged(&world, tender, 4).await;
        let outcomes = RecordOutcomes { tender, rejected: vec![] };
        does(&world, &officer, &outcomes).await.unwrap();
        let director = director(&world).await;
        assert!(refused(does(&world, &director, &AwardFramework { tender }).await).contains("has not been consulted"));
        consulted_about(&world, BLOCK).await;
        does(&world, &director, &AwardFramework { tender }).await.unwrap();
        does(&world, &officer, &SendSummaries { tender }).await.unwrap();
        does(&world, &officer, &RecordAwardNotice { tender }).await.unwrap();
        world.clock.set("2027-03-10T09:00:00Z");
        signs(&world, tender).await;
        let standing = view(&world, tender).await.contracts;
        assert!(standing.iter().any(|line| line.standing == Standing::InForce));
        assert_eq!(sees(&world, &officer, &ConsortiumInForce).await.unwrap(), before, "a block changes nothing about the framework");
        let mut reads = world.database.db.begin_read(&domain::access::worker()).await.unwrap();
        assert_eq!(store::market::service::admissions_of(&mut reads, rowans).await.unwrap().len(), 1);
        drop(reads);
        let wanted = GetFramework { reference: "CCS072".to_owned(), now: world.nearhome.now() };
        let seen = sees(&world, &officer, &wanted).await.unwrap();
        assert_eq!(seen.exercises.iter().map(|one| (one.tender.id, one.signed)).collect::<Vec<_>>(), [(tender, 1)]);
    }

    async fn one_council_alone_buys_and_others_of_the_framework_open_the_bids_with_it_or_without_it(database) {
        let mut world = world(database).await;
        let [own, derby, derbyshire, nottinghamshire] = opening_officers(&mut world).await;
        decided(&world).await;
        let officer = world.as_role(Role::ContractOfficer);
        let mut draft = block(&world, None).await;
        draft.plan.framework.users.truncate(1);
        let tender = does(&world, &officer, &DraftTender { tender: None, draft: draft.clone() }).await.unwrap();
        does(&world, &officer, &PublishTender { tender, had_planned_notice: false }).await.unwrap();
        let seen = sees(&world, &officer, &GetTender { tender, now: world.nearhome.now() }).await.unwrap();
        assert_eq!((seen.plan.framework.users.len(), seen.plan.openers().len()), (1, 4), "every council that uses the framework");
        submitted(&world, world.provider, tender, "R1", &Typed::at("4,750.00")).await;
        world.clock.set("2027-02-26T12:30:00Z");
        for (council, outcome) in [
            (own, AttemptOutcome::Contributed),
            (own, AttemptOutcome::Contributed),
        ] {
            assert_eq!(takes_part(&world, tender, council).await, outcome, "the council that buys opens nothing by itself");
            world.clock.forward(chrono::Duration::seconds(1));
        }
        // After its window it must come again; two witnesses do without it.
        world.clock.forward(chrono::Duration::hours(2));
        assert_eq!(takes_part(&world, tender, derbyshire).await, AttemptOutcome::Contributed);
        world.clock.forward(chrono::Duration::seconds(1));
        assert_eq!(takes_part(&world, tender, nottinghamshire).await, AttemptOutcome::Opened);

        // Named ones only: a council without a share takes no part.
        world.clock.set("2026-12-15T10:00:00Z");
        "CCS072-B2".clone_into(&mut draft.plan.framework.reference);
        draft.plan.opened_by = ["E06000018", "E06000015"].map(|code| CouncilCode(code.to_owned())).into();
        let tender = does(&world, &officer, &DraftTender { tender: None, draft }).await.unwrap();
        does(&world, &officer, &PublishTender { tender, had_planned_notice: false }).await.unwrap();
        submitted(&world, world.provider, tender, "R1", &Typed::at("4,750.00")).await;
        world.clock.set("2027-02-26T12:30:00Z");
        assert_eq!(takes_part(&world, tender, derbyshire).await, AttemptOutcome::NoShare);
        assert_eq!(takes_part(&world, tender, derby).await, AttemptOutcome::Contributed);
        world.clock.forward(chrono::Duration::seconds(1));
        assert_eq!(takes_part(&world, tender, own).await, AttemptOutcome::Opened);
    }

    async fn a_home_outside_the_radius_does_not_go_on_and_what_cannot_be_measured_is_left_to_people(database) {
        let mut world = world(database).await;
        opening_officers(&mut world).await;
        let (rowan, rowans) = world.add_provider("Rowan Homes", "1234570", HOME_CATEGORY).await;
        let (larch, _) = world.add_provider("Larch Row Care", "1234580", HOME_CATEGORY).await;
        // Four miles of the middle are 6437.376 metres.
        lies(&world, world.home, Point { easting: 457_200 + 6_437, northing: 339_900 }).await;
        lies(&world, rowans, Point { easting: 457_200 + 6_438, northing: 339_900 }).await;
        decided(&world).await;
        let officer = world.as_role(Role::ContractOfficer);
        let mut draft = block(&world, None).await;
        draft.plan.exercise.as_mut().unwrap().radius = Some(four_miles(RadiusFrom::Point));
        let tender = does(&world, &officer, &DraftTender { tender: None, draft }).await.unwrap();
        does(&world, &officer, &PublishTender { tender, had_planned_notice: false }).await.unwrap();
        for (provider, name) in [(world.provider, "Hazel Bank Care"), (rowan, "Rowan Homes"), (larch, "Larch Row Care")] {
            submitted(&world, provider, tender, "R1", &Typed { name: name.to_owned(), ..Typed::at("4,750.00") }).await;
        }
        world.clock.set("2027-02-26T12:30:00Z");
        opens(&world, tender, Envelope::Quality).await;
        judged(&world, tender, 4).await;
        let seen = sees(&world, &world.as_role(Role::PlacementOfficer), &GetEvaluation { tender }).await.unwrap();
        let line = |name: &str| seen.bids.iter().find(|bid| bid.provider == name).unwrap();
        let place = |name: &str| line(name).services[0].place.clone().unwrap();
        assert_eq!((line("Hazel Bank Care").goes_on(), place("Hazel Bank Care").0), (true, Lies::Within));
        let (outside, missing) = (line("Rowan Homes"), &line("Rowan Homes").services[0].faults);
        assert!(!outside.goes_on() && missing == "the home does not lie within 4 miles of Nottingham city centre", "{missing}");
        let (lies, words) = place("Larch Row Care");
        assert!(line("Larch Row Care").goes_on() && matches!(lies, Lies::ForPeople(_)), "{words}");
        assert!(words.contains("to be judged by people") && words.contains("the place of the home is not on record"), "{words}");
        assert_eq!(does(&world, &officer, &RecordOutcomes { tender, rejected: vec![] }).await.unwrap(), 2, "one is not admitted");
    }

    async fn a_home_outside_the_radius_is_not_chosen_without_a_competition(database) {
        let mut world = world(database).await;
        opening_officers(&mut world).await;
        decided(&world).await;
        let director = director(&world).await;
        consulted_about(&world, BLOCK).await;
        lies(&world, world.home, Point { easting: 457_200, northing: 339_900 + 6_438 }).await;
        let direct = Direct { ground: DirectGround::OnlyOne, reason: "Nobody else has homes with two beds".to_owned() };
        let mut draft = block(&world, Some(direct)).await;
        draft.plan.exercise.as_mut().unwrap().radius = Some(four_miles(RadiusFrom::Point));
        let officer = world.as_role(Role::ContractOfficer);
        let tender = does(&world, &officer, &DraftTender { tender: None, draft: draft.clone() }).await.unwrap();
        let (row, available) = sees(&world, &director, &GetAvailable { tender, today: world.today() }).await.unwrap();
        let place = &available.iter().find(|one| one.provider == world.provider).unwrap();
        assert_eq!(place.place.as_ref().unwrap().0, Lies::Outside);
        let chosen = vec![Chosen { service: place.service.service, category: place.service.category.clone(), weekly: place.service.weekly }];
        let award = AwardDirectly { tender, provider: world.provider, chosen };
        let why = does(&world, &director, &award).await;
        let Err(Failure::Invalid(problems)) = &why else { panic!("{why:?}") };
        assert!(problems[0].field.starts_with("price-"), "{problems:?}");
        assert!(problems[0].message.contains("does not lie within 4 miles of Nottingham city centre, as the exercise asks"), "{problems:?}");
        // From a border people judge it: nothing is refused for where it lies.
        draft.plan.exercise.as_mut().unwrap().radius = Some(four_miles(RadiusFrom::CityBorder));
        does(&world, &officer, &DraftTender { tender: Some((tender, row.version)), draft }).await.unwrap();
        does(&world, &director, &award).await.unwrap();
    }

    async fn a_competition_finishes_after_its_framework_is_superseded_only_where_that_said_so_when_it_began(database) {
        let mut world = world(database).await;
        let (larch, _) = world.add_provider("Larch Row Care", "1234580", HOME_CATEGORY).await;
        let reaward = ready(&mut world).await;
        decided(&world).await;
        let officer = world.as_role(Role::ContractOfficer);
        let mut running = Vec::new();
        for (reference, may_finish) in [(BLOCK, true), ("CCS072-B2", false)] {
            says_that_competitions_may_finish(&world, may_finish).await;
            let mut draft = block(&world, None).await;
            reference.clone_into(&mut draft.plan.framework.reference);
            // Whatever is typed, it goes by what the framework says.
            draft.plan.framework.continue_on_expiry = !may_finish;
            draft.plan.framework.starts_on = "2027-07-01".parse().unwrap();
            draft.deadline = domain::calendar::Instant::new("2027-04-20T12:00:00Z".parse().unwrap());
            draft.questions_until = domain::calendar::Instant::new("2027-03-20T12:00:00Z".parse().unwrap());
            draft.answers_by = "2027-03-25".parse().unwrap();
            let tender = does(&world, &officer, &DraftTender { tender: None, draft }).await.unwrap();
            does(&world, &officer, &PublishTender { tender, had_planned_notice: false }).await.unwrap();
            running.push(tender);
        }
        let [finishing, ending] = running[..] else { panic!("two competitions") };
        for tender in [finishing, ending] {
            written(&world, larch, tender, "R1", &Typed { name: "Larch Row".to_owned(), ..Typed::at("4,800.00") }).await;
        }
        // Until the last day of the award that stands nothing is different.
        awarded(&mut world, reaward).await;
        signed(&world, reaward, world.provider).await;
        world.clock.set("2027-03-31T23:59:00+01:00");
        submitted(&world, larch, ending, "R1", &Typed { name: "Larch Row".to_owned(), ..Typed::at("4,800.00") }).await;

        world.clock.set("2027-04-02T09:00:00+01:00");
        let signatory = world.of(larch, Role::ProviderSignatory);
        let late = refused(submit(&world.nearhome, &signatory, world.key(), ending, "R1").await);
        assert!(late.contains("CCS072 is over since 1 April 2027 (superseded)") && late.contains("may finish"), "{late}");
        submit(&world.nearhome, &signatory, world.key(), finishing, "R1").await.unwrap();

        world.clock.set("2027-04-20T13:30:00Z");
        let director = Caller { person: director_of(&world).await, ..world.as_role(Role::Director) };
        for (tender, may_finish) in [(finishing, true), (ending, false)] {
            opens(&world, tender, Envelope::Quality).await;
            judged(&world, tender, 4).await;
            does(&world, &officer, &RecordOutcomes { tender, rejected: vec![] }).await.unwrap();
            let about = view(&world, tender).await.tender.framework;
            consulted_about(&world, &about).await;
            let blocks = sees(&world, &director, &GetAward { tender, today: world.today() }).await.unwrap().blocks_award;
            let outcome = does(&world, &director, &AwardFramework { tender }).await;
            assert_eq!((outcome.is_ok(), blocks.is_empty()), (may_finish, may_finish), "{outcome:?} {blocks:?}");
        }
    }

    async fn nothing_goes_on_under_a_framework_that_was_ended_and_nothing_is_begun_under_one_that_is_over(database) {
        let mut world = world(database).await;
        let reaward = ready(&mut world).await;
        awarded(&mut world, reaward).await;
        signed(&world, reaward, world.provider).await;
        decided(&world).await;
        let officer = world.as_role(Role::ContractOfficer);
        world.clock.set("2027-04-05T09:00:00+01:00");
        let mut draft = block(&world, None).await;
        draft.plan.framework.starts_on = "2027-05-10".parse().unwrap();
        draft.deadline = domain::calendar::Instant::new("2027-06-20T12:00:00Z".parse().unwrap());
        draft.questions_until = domain::calendar::Instant::new("2027-05-20T12:00:00Z".parse().unwrap());
        draft.answers_by = "2027-05-25".parse().unwrap();
        let tender = does(&world, &officer, &DraftTender { tender: None, draft: draft.clone() }).await.unwrap();
        does(&world, &officer, &PublishTender { tender, had_planned_notice: false }).await.unwrap();
        written(&world, world.provider, tender, "R1", &Typed::at("4,700.00")).await;
        "CCS072-B2".clone_into(&mut draft.plan.framework.reference);
        let later = does(&world, &officer, &DraftTender { tender: None, draft }).await.unwrap();
        let terminate = TerminateFramework { tender: reaward, on: "2027-05-15".parse().unwrap(), reason: "The councils part".to_owned() };
        does(&world, &world.as_role(Role::HeadOfContracting), &terminate).await.unwrap();
        world.clock.set("2027-05-15T09:00:00+01:00");
        let signatory = world.as_role(Role::ProviderSignatory);
        let stopped = refused(submit(&world.nearhome, &signatory, world.key(), tender, "R1").await);
        assert!(stopped.contains("CCS072 is over since 15 May 2027 (terminated)"), "{stopped}");
        let begun = refused(does(&world, &officer, &PublishTender { tender: later, had_planned_notice: false }).await);
        assert!(begun.contains("nothing is begun under it any more"), "{begun}");
    }

    async fn one_provider_is_awarded_a_block_on_a_recorded_ground_at_no_more_than_it_tendered(database) {
        let mut world = world(database).await;
        opening_officers(&mut world).await;
        decided(&world).await;
        let (officer, director) = (world.as_role(Role::ContractOfficer), director(&world).await);
        let direct = Direct { ground: DirectGround::OnlyOne, reason: "Nobody else has homes with two beds".to_owned() };
        let draft = block(&world, Some(direct)).await;
        let tender = does(&world, &officer, &DraftTender { tender: None, draft }).await.unwrap();
        let publish = PublishTender { tender, had_planned_notice: false };
        assert!(refused(does(&world, &officer, &publish).await).contains("nobody competes"));
        let (_, available) = sees(&world, &director, &GetAvailable { tender, today: Day::in_uk(world.nearhome.now()) }).await.unwrap();
        let place = available.iter().find(|one| one.provider == world.provider).unwrap().service.clone();
        let award = |weekly: Pence| AwardDirectly {
            tender,
            provider: world.provider,
            chosen: vec![Chosen { service: place.service, category: place.category.clone(), weekly }],
        };
        assert!(matches!(does(&world, &officer, &award(place.weekly)).await, Err(Failure::Denied(_))), "not for the officer");
        assert!(refused(does(&world, &director, &award(place.weekly)).await).contains("has not been consulted"));
        consulted_about(&world, BLOCK).await;
        let dearer = does(&world, &director, &award(Pence(place.weekly.0 + 1))).await.unwrap_err();
        assert!(format!("{dearer:?}").contains("enter that or less"), "{dearer:?}");
        let mut twice = award(place.weekly);
        twice.chosen.push(Chosen { weekly: Pence(place.weekly.0 - 1), ..twice.chosen[0].clone() });
        let twice = does(&world, &director, &twice).await.unwrap_err();
        assert!(format!("{twice:?}").contains("chosen twice"), "{twice:?}");
        let nobody = AwardDirectly { tender, provider: world.provider, chosen: Vec::new() };
        assert!(does(&world, &director, &nobody).await.is_err());
        does(&world, &director, &award(place.weekly)).await.unwrap();
        assert!(refused(does(&world, &director, &award(place.weekly)).await).contains("not a draft"));
        // The public hears, the standstill runs, and both sign.
        world.clock.forward(chrono::Duration::seconds(1));
        does(&world, &officer, &RecordAwardNotice { tender }).await.unwrap();
        let early = does(&world, &world.as_role(Role::ProviderSignatory), &SignFrameworkForProvider { tender }).await;
        assert!(refused(early).contains("the standstill lasts until"));
        world.clock.forward(chrono::Duration::days(21));
        // The provider made no bid and still finds what it signs.
        let signatory = world.as_role(Role::ProviderSignatory);
        let result = sees(&world, &signatory, &GetResult { tender, today: Day::in_uk(world.nearhome.now()) }).await.unwrap();
        assert!(result.summaries.is_empty() && result.contract.is_some());
        assert!(sees(&world, &signatory, &GetTender { tender, now: world.nearhome.now() }).await.is_ok());
        signs(&world, tender).await;
        let lines = view(&world, tender).await.contracts;
        assert_eq!((lines.len(), lines[0].standing, lines[0].services.len()), (1, Standing::InForce, 1));
    }
}

/// Four miles of what the consortium calls its middle, whose place nobody types.
fn four_miles(from: RadiusFrom) -> Radius {
    Radius { miles: 4, from, name: "Nottingham city centre".to_owned(), point: None }
}

async fn lies(world: &World, home: ServiceId, point: Point) {
    let mut tx = world.as_worker().await;
    let mut row: Service = tx.get(home).await.unwrap();
    (row.easting, row.northing) = (Some(point.easting.into()), Some(point.northing.into()));
    tx.update(&mut row, &serde_json::json!({ "shape": 1 })).await.unwrap();
    tx.commit().await.unwrap();
}

/// An officer of a council puts its share in, if it holds one.
async fn takes_part(world: &World, tender: TenderId, council: OrganisationId) -> AttemptOutcome {
    let officer = world.of(council, Role::ContractOfficer);
    let took = take_part(&world.nearhome, &officer, world.key(), tender, Envelope::Quality, passphrase(council)).await;
    took.unwrap().outcome
}

/// What the framework says from now on.
async fn says_that_competitions_may_finish(world: &World, may_finish: bool) {
    let mut consortium = sees(world, &world.as_role(Role::ContractOfficer), &ConsortiumInForce).await.unwrap();
    let framework = consortium.frameworks.iter_mut().find(|framework| framework.reference == HOME_CATEGORY[0]).unwrap();
    framework.continue_on_expiry = may_finish;
    does(world, &domain::access::worker(), &ChangeConsortium { consortium, is_sample: true }).await.unwrap();
}

/// Whoever awarded the framework again.
async fn director_of(world: &World) -> PersonId {
    let mut reads = world.database.db.begin_read(&domain::access::worker()).await.unwrap();
    store::people::organisation::person_by_email(&mut reads, "integrated@nottingham.example").await.unwrap().unwrap().id
}

/// The first provider signs, and the council after it.
async fn signs(world: &World, tender: TenderId) {
    does(world, &world.as_role(Role::ProviderSignatory), &SignFrameworkForProvider { tender }).await.unwrap();
    let waiting = view(world, tender).await.contracts.into_iter().find(|line| line.standing == Standing::ProviderSigned);
    let countersign = CountersignFramework { tender, contract: waiting.unwrap().id };
    does(world, &world.as_role(Role::HeadOfContracting), &countersign).await.unwrap();
}
