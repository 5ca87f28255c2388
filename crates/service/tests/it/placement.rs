//! From a released referral to a child who has moved in, and what must never happen on the way.

use domain::ids::{AgreementId, ApprovalId, OfferId, OrganisationId, ReferralId, ReleaseId};
use domain::pence::Pence;
use domain::people::{Caller, Role};
use domain::purchasing::agreement::AgreementState;
use domain::purchasing::fields::{Answer, Answers};
use domain::purchasing::offer::{DeclineReason, NotSelectedReason, OfferState};
use domain::purchasing::placement::StartTask;
use domain::purchasing::referral::ReferralState;
use serde_json::json;
use service::Failure;
use service::governance::approval::{ApprovalsWaiting, Checks};
use service::money::ledger::Commitments;
use service::purchasing::agreement::{GetAgreement, SignForCouncil, SignForProvider};
use service::purchasing::agreement_document::agreement_pdf;
use service::purchasing::choice::PreferOffer;
use service::purchasing::evaluation::CompareOffers;
use service::purchasing::offer::{DeclineRelease, GetRelease, Inbox, SaveOffer, SubmitOffer};
use service::purchasing::placement::{GetPlacement, StartPlacement};
use service::purchasing::tasks::CompleteTask;
use store::Reads as _;
use store::governance::approval::{Approval, ApprovalState};
use store::market::service::Service;
use store::purchasing::agreement::Agreement;
use store::purchasing::offer::Offer;
use store::purchasing::referral::Referral;
use testkit::case::{approve, day, does, home_pairs, issued, offered, preferred, ready, referral, scored_and_shortlisted, sees};
use testkit::world::{HOME_CATEGORY, World, world};
use testkit::{both, proof};

/// Somebody else's people: another council, and a provider that was not asked.
fn strangers(world: &World, role: Role) -> [Caller; 1] {
    [world.of_other_council(role)]
}

both! {
    async fn a_referral_becomes_a_placement_and_everybody_hears(database) {
        let world = world(database).await;
        ready(&world, 10_000_000_000).await;
        let (referral, releases) = referral(&world, 1, &[world.home, world.branch], HOME_CATEGORY).await;
        let manager = world.as_role(Role::ReferralsManager);
        assert_eq!(sees(&world, &manager, &Inbox(service::Slice::first(200))).await.unwrap().len(), 2);
        let seen = sees(&world, &manager, &GetRelease { release: releases[0], today: day("2026-12-14") }).await.unwrap();
        assert_eq!(seen.maximum.unwrap().tendered.unwrap().0, Pence(600_000));
        let offer = offered(&world, releases[0], "5,635.25").await;
        let no = DeclineRelease { release: releases[1], reason: DeclineReason::NoVacancy, note: String::new() };
        assert_eq!(does(&world, &manager, &no).await.unwrap().state, OfferState::Declined);
        assert_eq!(scored_and_shortlisted(&world, offer).await, []);
        let officer = world.as_role(Role::PlacementOfficer);
        let comparison = sees(&world, &officer, &CompareOffers { referral, today: world.today() }).await.unwrap();
        assert_eq!((comparison.offers.len(), comparison.declines.len(), comparison.ranking.ranked.len()), (1, 1, 1));
        for stranger in strangers(&world, Role::PlacementOfficer) {
            assert!(matches!(sees(&world, &stranger, &CompareOffers { referral, today: world.today() }).await, Err(Failure::Denied(_))));
        }
        let approvals = preferred(&world, offer).await;
        assert_eq!(sees(&world, &world.as_role(Role::Director), &ApprovalsWaiting(service::Slice::first(200))).await.unwrap().len(), approvals.len());
        for approval in approvals {
            approve(&world, approval).await;
        }
        let agreement = issued(&world, referral).await.agreement;
        does(&world, &world.as_role(Role::ProviderSignatory), &SignForProvider { agreement }).await.unwrap();
        let stranger = world.of_other_council(Role::HeadOfContracting);
        assert!(matches!(does(&world, &stranger, &SignForCouncil { agreement }).await, Err(Failure::Denied(_))));
        let signed = does(&world, &world.as_role(Role::HeadOfContracting), &SignForCouncil { agreement }).await.unwrap();
        assert_eq!(signed.state, AgreementState::CouncilSigned);
        let ledger = sees(&world, &world.as_role(Role::FinanceOfficer), &Commitments).await.unwrap();
        // 39 weeks of £5,635.25.
        assert_eq!((ledger.movements.len(), ledger.ceilings[0].committed), (1, Pence(563_525 * 39)));
        let view = sees(&world, &officer, &GetAgreement { agreement }).await.unwrap();
        assert!(agreement_pdf(&view).unwrap().starts_with(b"%PDF"));
        let mut start = StartPlacement {
            agreement,
            started_on: day("2026-12-14"),
            is_emergency: false,
            emergency_reason: String::new(),
            done: Vec::new(),
            others_because: NotSelectedReason::BetterMatch,
            others_note: String::new(),
        };
        assert!(matches!(does(&world, &officer, &start).await, Err(Failure::Refused(_))), "a planned start waits for its pack");
        start.done = vec![StartTask::RegistrationChecked, StartTask::Regulation13Notices, StartTask::PlacementPlan];
        testkit::case::completed(&world, referral).await;
        let started = does(&world, &officer, &start).await.unwrap();
        assert_eq!((started.referral, started.told, started.open.len()), (ReferralState::Placed, 1, 0));
        let placement = sees(&world, &manager, &GetPlacement { placement: started.placement, today: day("2027-01-04") }).await.unwrap();
        assert_eq!((placement.charges.len(), placement.tasks.len()), (3, 0));
        let told = sees(&world, &manager, &GetRelease { release: releases[1], today: day("2027-01-04") }).await.unwrap();
        assert_eq!(told.outcome, Some(("DECLINED".to_owned(), Some("a home was found".to_owned()))));
        let mut reads = world.database.db.begin_read(&domain::access::worker()).await.unwrap();
        assert_eq!(store::outbox::waiting(&mut reads).await.unwrap(), 2);
        assert_eq!(reads.get::<Service>(world.home).await.unwrap().places_taken, 1);
        let task = domain::ids::TaskId(uuid::Uuid::from_u128(5));
        assert!(matches!(does(&world, &officer, &CompleteTask { task, note: String::new() }).await, Err(Failure::Denied(_))));
    }

    async fn a_price_above_the_maximum_waits_for_its_own_approval(database) {
        let world = world(database).await;
        ready(&world, 10_000_000_000).await;
        let (_, releases) = referral(&world, 1, &[world.home], HOME_CATEGORY).await;
        let offer = offered(&world, releases[0], "6,000.01").await;
        let asked = scored_and_shortlisted(&world, offer).await;
        assert_eq!(asked.len(), 1);
        let prefer = PreferOffer { offer, reason: String::new(), disrupts_key_stage_4: false, undisturbed_because: String::new() };
        let officer = world.as_role(Role::PlacementOfficer);
        let Err(Failure::Refused(why)) = does(&world, &officer, &prefer).await else { panic!("preferred above the maximum") };
        assert!(why.contains("above the maximum"), "{why}");
        approve(&world, asked[0]).await;
        assert!(preferred(&world, offer).await.len() > 1);
    }

    async fn a_late_offer_and_a_suspended_service_are_refused(database) {
        let world = world(database).await;
        ready(&world, 10_000_000_000).await;
        let (_, releases) = referral(&world, 1, &[world.home], HOME_CATEGORY).await;
        let release = releases[0];
        let manager = world.as_role(Role::ReferralsManager);
        let mut pairs = home_pairs("500");
        pairs[0].1 = "many".to_owned();
        let saved = does(&world, &manager, &SaveOffer { release, version: None, page: None, pairs }).await.unwrap();
        assert_eq!(saved.problems.len(), 1);
        assert!(matches!(does(&world, &manager, &SubmitOffer { release }).await, Err(Failure::Invalid(problems)) if problems.len() == 1));
        let again = SaveOffer { release, version: Some(saved.version), page: Some("home".to_owned()), pairs: home_pairs("500") };
        does(&world, &manager, &again).await.unwrap();
        let mut tx = world.as_worker().await;
        let mut home: Service = tx.get(world.home).await.unwrap();
        home.status = domain::purchasing::service::ServiceStanding::Suspended;
        tx.update(&mut home, &json!({ "shape": 1 })).await.unwrap();
        tx.commit().await.unwrap();
        assert!(matches!(does(&world, &manager, &SubmitOffer { release }).await, Err(Failure::Refused(why)) if why.contains("suspended")));
        let mut tx = world.as_worker().await;
        home.status = domain::purchasing::service::ServiceStanding::Active;
        tx.update(&mut home, &json!({ "shape": 1 })).await.unwrap();
        tx.commit().await.unwrap();
        world.clock.forward(chrono::Duration::hours(49));
        assert!(matches!(does(&world, &manager, &SubmitOffer { release }).await, Err(Failure::Refused(why)) if why.contains("closed on")));
    }
}

/// What an agreement that waits for the council's signature stands on.
async fn provider_signed(world: &World, number: u32, content: &str) -> AgreementId {
    let (referral, releases) = referral(world, number, &[world.home], HOME_CATEGORY).await;
    let mut tx = world.as_worker().await;
    let now = tx.at();
    let signatory = world.as_role(Role::ProviderSignatory).person;
    let officer = world.as_role(Role::PlacementOfficer).person;
    let offer = waiting_offer(&mut tx, world, referral, releases[0]);
    tx.create(&offer, &json!({ "shape": 1 })).await.unwrap();
    let approval = Approval {
        id: ApprovalId(tx.new_id()),
        version: 1,
        org_id: world.council,
        referral_id: referral,
        offer_id: offer.id,
        kind: domain::governance::approval::ApprovalKind::ResidentialPlacement,
        position: 1,
        why: "sample".to_owned(),
        checks: serde_json::to_string(&Checks { decided_by: vec![Role::Director], checks: Vec::new() }).unwrap(),
        state: ApprovalState::Approved,
        decided_by: Some(world.as_role(Role::Director).person),
        decided_at: Some(now),
        reason: None,
        fell_away_at: None,
    };
    tx.create(&approval, &json!({ "shape": 1 })).await.unwrap();
    let mut row: Referral = tx.get(referral).await.unwrap();
    (row.state, row.preferred_offer, row.preferred_by) = (ReferralState::AwaitingApproval, Some(offer.id), Some(officer));
    tx.update(&mut row, &json!({ "shape": 1 })).await.unwrap();
    let agreement = Agreement {
        id: AgreementId(tx.new_id()),
        version: 1,
        org_id: world.council,
        provider_id: world.provider_of_home(),
        referral_id: referral,
        offer_id: offer.id,
        service_id: world.home,
        number: format!("IPA-{number}"),
        state: AgreementState::ProviderSigned,
        starts_on: day("2027-01-04"),
        weekly_pence: Pence(100_000),
        content: content.to_owned(),
        issued_at: now,
        provider_signed_by: Some(signatory),
        provider_signed_at: Some(now),
        council_signed_by: None,
        council_signed_at: None,
        taken_back_reason: None,
    };
    tx.create(&agreement, &json!({ "shape": 1 })).await.unwrap();
    tx.commit().await.unwrap();
    agreement.id
}

fn waiting_offer(tx: &mut store::Tx, world: &World, referral: ReferralId, release: ReleaseId) -> Offer {
    let mut answers = Answers::default();
    answers.set("impact", Some(Answer::One("EMPTY".to_owned())));
    Offer {
        id: OfferId(tx.new_id()),
        version: 1,
        org_id: world.council,
        provider_id: world.provider_of_home(),
        referral_id: referral,
        release_id: release,
        service_id: world.home,
        state: OfferState::Preferred,
        answers: serde_json::to_string(&answers).unwrap(),
        core_weekly_pence: Some(Pence(100_000)),
        extras_weekly_pence: Some(Pence(0)),
        decline_reason: None,
        submitted_at: Some(tx.at()),
        submitted_by: None,
        is_price_exception: false,
        overrides: "[]".to_owned(),
        outcome_reason: None,
    }
}

trait Home {
    fn provider_of_home(&self) -> OrganisationId;
}

impl Home for World {
    fn provider_of_home(&self) -> OrganisationId {
        self.provider
    }
}

fn content() -> String {
    json!({
        "number": { "council": "NOTTINGHAM", "year": 2026, "sequence": 1, "variation": 0 },
        "council": { "name": "Sample council", "address": "", "contacts": [] },
        "provider": { "name": "Sample provider", "address": "", "contacts": [] },
        "child": { "case_number": "SYN-1", "name": "Sample Child", "date_of_birth": "2013-05-04", "gender": "", "legal_status": "",
            "disability": "", "special_educational_needs": "" },
        "service": { "name": "Sample home", "urn": "1234567", "address": "", "registered_manager": "" },
        "terms": "CCS072-1", "framework": "CCS072", "category": "", "starts_on": "2027-01-04", "expected_end_on": null,
        "price": [{ "kind": "CORE", "weekly_pence": 100_000 }], "extras_reviewed_on": {}, "funding": [], "discounts": [],
        "notice_days": 28, "initial_notice_days": 7, "initial_period_days": 28, "reviews_on": [], "plan_reference": null,
        "outcomes": "", "conditions": [], "supersedes": null
    })
    .to_string()
}

async fn places(world: &World, registered: impl Fn(&Service) -> i64) {
    let mut tx = world.as_worker().await;
    let mut home: Service = tx.get(world.home).await.unwrap();
    home.places_registered = registered(&home);
    tx.update(&mut home, &json!({ "shape": 1 })).await.unwrap();
    tx.commit().await.unwrap();
}

const RACERS: usize = 50;

mod last_place {
    use super::*;

    both! {
        async fn of_fifty_signatures_for_the_last_place_one_wins_in_every_round(database) {
            let world = std::sync::Arc::new(world(database).await);
            ready(&world, 10_000_000_000).await;
            let content = content();
            let mut waiting = Vec::new();
            let rounds = proof::rounds(20, 1_000);
            for number in 0..u32::try_from(RACERS).unwrap() {
                waiting.push(provider_signed(&world, number, &content).await);
            }
            let signatory = world.as_role(Role::HeadOfContracting);
            for round in 0..rounds {
                places(&world, |home| home.places_taken + 1).await;
                let racers: Vec<AgreementId> = waiting.iter().copied().take(RACERS).collect();
                let races = racers.into_iter().map(|agreement| {
                    let (world, signatory) = (world.clone(), signatory.clone());
                    tokio::spawn(async move { (agreement, does(&world, &signatory, &SignForCouncil { agreement }).await) })
                });
                let mut winners = Vec::new();
                for race in races.collect::<Vec<_>>() {
                    match race.await.unwrap() {
                        (agreement, Ok(_)) => winners.push(agreement),
                        (_, Err(Failure::Refused(why))) => assert!(why.contains("the last place was taken"), "{why}"),
                        (_, Err(other)) => panic!("round {round}: {other:?}"),
                    }
                }
                assert_eq!(winners.len(), 1, "round {round}");
                waiting.retain(|agreement| !winners.contains(agreement));
                waiting.push(provider_signed(&world, u32::try_from(RACERS + round).unwrap(), &content).await);
                proof::progress("races for the last place", round + 1, rounds);
            }
            let ledger = sees(&world, &world.as_role(Role::FinanceOfficer), &Commitments).await.unwrap();
            let committed = Pence(100_000 * 39 * i64::try_from(rounds).unwrap());
            assert_eq!((ledger.movements.len(), ledger.ceilings[0].committed), (rounds, committed));
        }

        async fn a_signature_that_would_pass_the_ceiling_is_refused_and_takes_no_place(database) {
            let world = world(database).await;
            ready(&world, 3_900_000).await;
            let content = content();
            let signatory = world.as_role(Role::HeadOfContracting);
            let (first, second) = (provider_signed(&world, 1, &content).await, provider_signed(&world, 2, &content).await);
            does(&world, &signatory, &SignForCouncil { agreement: first }).await.unwrap();
            let Err(Failure::Refused(why)) = does(&world, &signatory, &SignForCouncil { agreement: second }).await else {
                panic!("the ceiling was passed")
            };
            assert!(why.contains("£0.00 is left"), "{why}");
            let mut reads = world.database.db.begin_read(&domain::access::worker()).await.unwrap();
            assert_eq!(reads.get::<Service>(world.home).await.unwrap().places_taken, 1);
            assert_eq!(reads.get::<Agreement>(second).await.unwrap().state, AgreementState::ProviderSigned);
        }
    }
}
