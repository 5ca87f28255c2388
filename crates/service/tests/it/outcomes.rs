//! What becomes of offers that lead nowhere, and of cases that turn: each side hears of it, and nobody stays bound.

use domain::governance::approval::ApprovalKind;
use domain::people::Role;
use domain::purchasing::agreement::AgreementState;
use domain::purchasing::offer::{NotSelectedReason, OfferState};
use domain::purchasing::placement::StartTask;
use domain::purchasing::referral::{ReferralState, Urgency, WithdrawReason};
use serde_json::json;
use service::governance::approval::{ApprovalsWaiting, DecideApproval, GetApproval};
use service::purchasing::agreement::SignForProvider;
use service::purchasing::choice::{SetAsideOffer, ShortlistOffer};
use service::purchasing::evaluation::{CompareOffers, RankReferral};
use service::purchasing::offer::{GetRelease, WithdrawOffer};
use service::purchasing::placement::{GetPlacement, StartPlacement};
use service::purchasing::scoring::ScoreOffer;
use service::purchasing::search::{EndSearch, WithdrawReferral};
use service::{Failure, Slice};
use store::Reads as _;
use store::market::service::Service;
use store::purchasing::offer::Offer;
use store::purchasing::referral::Referral;
use testkit::case::{approve, day, does, issued, offered, offered_by_carer, preferred, ready, referral, scored_and_shortlisted, sees};
use testkit::world::{FOSTERING_CATEGORY, HOME_CATEGORY};
use testkit::{World, both, world};

async fn offer_now(world: &World, offer: domain::ids::OfferId) -> Offer {
    let mut reads = world.database.db.begin_read(&domain::access::worker()).await.unwrap();
    reads.get(offer).await.unwrap()
}

async fn letters(world: &World) -> i64 {
    let mut reads = world.database.db.begin_read(&domain::access::worker()).await.unwrap();
    store::outbox::waiting(&mut reads).await.unwrap()
}

async fn version(world: &World, referral: domain::ids::ReferralId) -> i64 {
    let mut reads = world.database.db.begin_read(&domain::access::worker()).await.unwrap();
    reads.get::<Referral>(referral).await.unwrap().version
}

both! {
    async fn a_withdrawn_referral_frees_who_offered_and_everybody_hears_once(database) {
        let world = world(database).await;
        ready(&world, 10_000_000_000).await;
        let (referral, releases) = referral(&world, 1, &[world.home, world.branch], HOME_CATEGORY).await;
        // Above the maximum, so that a price exception waits for the head of contracting.
        let offer = offered(&world, releases[0], "6,000.01").await;
        assert_eq!(scored_and_shortlisted(&world, offer).await.len(), 1);
        let contracting = world.as_role(Role::HeadOfContracting);
        assert_eq!(sees(&world, &contracting, &ApprovalsWaiting(Slice::first(9))).await.unwrap().len(), 1);

        let version = version(&world, referral).await;
        let withdraw = WithdrawReferral { referral, version, reason: WithdrawReason::Other, words: "stays with an aunt".to_owned() };
        assert_eq!(does(&world, &world.as_role(Role::SocialWorker), &withdraw).await.unwrap().state, ReferralState::Withdrawn);
        assert_eq!(offer_now(&world, offer).await.state, OfferState::Expired);
        assert_eq!(letters(&world).await, 2, "one for each profile that was sent");
        assert_eq!(sees(&world, &contracting, &ApprovalsWaiting(Slice::first(9))).await.unwrap().len(), 0, "nobody decides a price of nothing");
        let manager = world.as_role(Role::ReferralsManager);
        for release in releases {
            let told = sees(&world, &manager, &GetRelease { release, today: day("2026-12-14") }).await.unwrap().outcome;
            let (outcome, why) = told.unwrap();
            assert_eq!((outcome.as_str(), why.as_deref()), ("EXPIRED", Some("the council withdrew the referral")), "no word of the aunt");
        }
    }

    async fn an_ended_search_frees_who_offered_and_keeps_what_was_said_before(database) {
        let world = world(database).await;
        ready(&world, 10_000_000_000).await;
        let (referral, releases) = referral(&world, 1, &[world.home, world.branch], HOME_CATEGORY).await;
        let offer = offered(&world, releases[0], "5,000").await;
        let taken_back = offered_by_carer(&world, releases[1], "900", 0).await;
        let manager = world.as_role(Role::ReferralsManager);
        let silent = WithdrawOffer { release: releases[1], reason: " ".to_owned() };
        assert!(does(&world, &manager, &silent).await.is_err(), "an offer is not taken back without a reason");
        let withdraw = WithdrawOffer { release: releases[1], reason: "the carer fell ill".to_owned() };
        assert_eq!(does(&world, &manager, &withdraw).await.unwrap().state, OfferState::Withdrawn);
        let stranger = world.of_other_council(Role::PlacementOfficer);
        assert!(matches!(does(&world, &stranger, &withdraw).await, Err(Failure::Denied(_))));

        let end = EndSearch { referral, version: version(&world, referral).await, reason: "nothing near school".to_owned() };
        does(&world, &world.as_role(Role::PlacementOfficer), &end).await.unwrap();
        assert_eq!(offer_now(&world, offer).await.state, OfferState::Expired);
        let kept = offer_now(&world, taken_back).await;
        assert_eq!((kept.state, kept.outcome_reason.as_deref()), (OfferState::Withdrawn, Some("the carer fell ill")));
        let again = WithdrawOffer { release: releases[0], reason: "taken".to_owned() };
        assert!(matches!(does(&world, &manager, &again).await, Err(Failure::Refused(_))), "there is nothing left to take back");
    }

    async fn two_people_score_apart_and_the_mean_counts(database) {
        let world = world(database).await;
        ready(&world, 10_000_000_000).await;
        let (referral, releases) = referral(&world, 1, &[world.home], HOME_CATEGORY).await;
        let offer = offered(&world, releases[0], "5,000").await;
        let score = |tenths| ScoreOffer { offer, criterion: "MATCH".to_owned(), tenths, reason: "fits".to_owned() };
        let [worker, officer] = [Role::SocialWorker, Role::PlacementOfficer].map(|role| world.as_role(role));
        let first = does(&world, &worker, &score(50)).await.unwrap();
        let second = does(&world, &officer, &score(20)).await.unwrap();
        assert_eq!(does(&world, &officer, &score(30)).await.unwrap(), second, "one's own is changed");
        assert_ne!(first, second);
        let stability = ScoreOffer { criterion: "STABILITY".to_owned(), ..score(40) };
        does(&world, &officer, &stability).await.unwrap();
        let compared = sees(&world, &officer, &CompareOffers { referral, today: world.today() }).await.unwrap();
        let part = compared.ranking.ranked[0].parts.iter().find(|part| part.code == "MATCH").unwrap();
        assert!(part.sentence.contains("mean of the scores 5.0, 3.0 of 5"), "{}", part.sentence);
    }

    async fn a_choice_that_is_set_aside_or_refused_goes_back_to_the_shortlist(database) {
        let world = world(database).await;
        ready(&world, 10_000_000_000).await;
        let (referral, releases) = referral(&world, 1, &[world.home], HOME_CATEGORY).await;
        let offer = offered(&world, releases[0], "5,000").await;
        scored_and_shortlisted(&world, offer).await;
        preferred(&world, offer).await;
        let officer = world.as_role(Role::PlacementOfficer);
        let silent = SetAsideOffer { referral, reason: String::new() };
        assert!(matches!(does(&world, &officer, &silent).await, Err(Failure::Refused(_))));
        let aside = SetAsideOffer { referral, reason: "the bed is taken".to_owned() };
        assert!(matches!(does(&world, &world.as_role(Role::SocialWorker), &aside).await, Err(Failure::Denied(_))));
        assert_eq!(does(&world, &officer, &aside).await.unwrap(), ReferralState::Shortlisting);
        assert_eq!(offer_now(&world, offer).await.state, OfferState::Shortlisted);

        let approvals = preferred(&world, offer).await;
        let view = sees(&world, &world.as_role(Role::Director), &GetApproval { approval: approvals[0], today: world.today() }).await.unwrap();
        let approver = world.as_role(view.checks.decided_by[0]);
        let no = |reason: &str| DecideApproval { approval: approvals[0], answers: Vec::new(), approve: false, reason: reason.to_owned() };
        assert!(does(&world, &approver, &no(" ")).await.is_err(), "refused without a reason");
        does(&world, &approver, &no("too far from her brother")).await.unwrap();
        let after = sees(&world, &officer, &CompareOffers { referral, today: world.today() }).await.unwrap();
        assert_eq!((after.state, after.preferred), (ReferralState::Shortlisting, None));
        assert_eq!(offer_now(&world, offer).await.state, OfferState::Shortlisted);
        let asked_again = preferred(&world, offer).await;
        assert_eq!(asked_again, approvals, "the same approvals are asked for again, from the first on");
    }

    async fn an_emergency_begins_before_its_signatures_and_the_rival_hears_why_not(database) {
        let world = world(database).await;
        ready(&world, 10_000_000_000).await;
        let (referral, releases) = referral(&world, 1, &[world.home, world.branch], HOME_CATEGORY).await;
        let mut tx = world.as_worker().await;
        let mut row: Referral = tx.get(referral).await.unwrap();
        row.urgency = Urgency::Emergency;
        tx.update(&mut row, &json!({ "shape": 1 })).await.unwrap();
        tx.commit().await.unwrap();
        let offer = offered(&world, releases[0], "5,000").await;
        let rival = offered_by_carer(&world, releases[1], "900", 0).await;
        scored_and_shortlisted(&world, offer).await;
        for approval in preferred(&world, offer).await {
            approve(&world, approval).await;
        }
        let agreement = issued(&world, referral).await.agreement;
        let start = StartPlacement {
            agreement,
            started_on: day("2026-12-14"),
            is_emergency: true,
            emergency_reason: String::new(),
            done: vec![StartTask::RegistrationChecked],
            others_because: NotSelectedReason::BetterMatch,
            others_note: "nearer to school".to_owned(),
        };
        let officer = world.as_role(Role::PlacementOfficer);
        for refused in [StartPlacement { is_emergency: false, ..start.clone() }, StartPlacement { done: Vec::new(), ..start.clone() }] {
            let tried = does(&world, &officer, &refused).await;
            assert!(matches!(tried, Err(Failure::Refused(_))), "neither calmly nor without a look at the register: {tried:?}");
        }
        let started = does(&world, &officer, &start).await.unwrap();
        assert_eq!((started.referral, started.told), (ReferralState::Placed, 1));
        let view = sees(&world, &officer, &GetPlacement { placement: started.placement, today: day("2026-12-14") }).await.unwrap();
        let open: Vec<_> = view.tasks.iter().filter(|task| task.done_on.is_none()).collect();
        assert!(view.placement.is_emergency && open.len() == started.open.len() && open.len() > 2, "{:?}", view.tasks);
        // Five working days from Monday 14 December.
        assert!(open.iter().all(|task| task.due_on <= day("2026-12-21")), "{open:?}");
        let mut reads = world.database.db.begin_read(&domain::access::worker()).await.unwrap();
        assert_eq!(reads.get::<Service>(world.home).await.unwrap().places_taken, 1);
        drop(reads);

        assert_eq!(offer_now(&world, rival).await.state, OfferState::NotSelected);
        let manager = world.as_role(Role::ReferralsManager);
        let told = sees(&world, &manager, &GetRelease { release: releases[1], today: day("2026-12-14") }).await.unwrap();
        let (outcome, why) = told.outcome.unwrap();
        assert!(outcome == "NOT_SELECTED" && why.as_deref().is_some_and(|why| why.ends_with(": nearer to school")), "{why:?}");
        let signed = does(&world, &world.as_role(Role::ProviderSignatory), &SignForProvider { agreement }).await;
        assert!(signed.is_ok_and(|signed| signed.state != AgreementState::Issued), "the signatures follow");
    }

    async fn a_carer_of_a_fostering_branch_is_offered_and_taken_without_an_impact_assessment(database) {
        let world = world(database).await;
        ready(&world, 10_000_000_000).await;
        let (referral, releases) = referral(&world, 1, &[world.branch], FOSTERING_CATEGORY).await;
        let offer = offered_by_carer(&world, releases[0], "950.50", 2).await;
        scored_and_shortlisted(&world, offer).await;
        let officer = world.as_role(Role::PlacementOfficer);
        let shown = sees(&world, &officer, &CompareOffers { referral, today: world.today() }).await.unwrap();
        let gates: Vec<_> = shown.offers[0].gates.iter().map(|gate| domain::Code::code(gate.code)).collect();
        assert!(gates.contains(&"FOSTER_LIMIT") && !gates.contains(&"IMPACT"), "{gates:?}");
        let approvals = preferred(&world, offer).await;
        let mut kinds = Vec::new();
        for approval in &approvals {
            kinds.push(sees(&world, &world.as_role(Role::Director), &GetApproval { approval: *approval, today: world.today() }).await.unwrap().kind);
            approve(&world, *approval).await;
        }
        assert!(!kinds.is_empty() && !kinds.contains(&ApprovalKind::PriceException), "{kinds:?}");
        issued(&world, referral).await;
        let twice = does(&world, &officer, &ShortlistOffer { offer }).await;
        assert!(matches!(twice, Err(Failure::Refused(_))), "{twice:?}");
    }

    async fn the_command_line_ranks_by_number_and_a_council_only_its_own(database) {
        let world = world(database).await;
        ready(&world, 10_000_000_000).await;
        let (_, releases) = referral(&world, 1, &[world.home], HOME_CATEGORY).await;
        let offer = offered(&world, releases[0], "5,000").await;
        scored_and_shortlisted(&world, offer).await;
        let rank = |number: &str, council: Option<&str>| RankReferral { number: number.to_owned(), council: council.map(str::to_owned), today: world.today() };
        let found = sees(&world, &domain::access::worker(), &rank("R-2026-0001", Some("E06000018"))).await.unwrap();
        assert_eq!((found.ranking.ranked.len(), found.home_outward), (1, None), "the terminal learns nothing of the child");
        for absent in [rank("R-2026-0002", None), rank("R-2026-0001", Some("E06000015"))] {
            assert!(matches!(sees(&world, &domain::access::worker(), &absent).await, Err(Failure::Denied(_))));
        }
        let officer = world.as_role(Role::PlacementOfficer);
        assert!(sees(&world, &officer, &rank("R-2026-0001", None)).await.is_ok());
        let stranger = world.of_other_council(Role::PlacementOfficer);
        assert!(matches!(sees(&world, &stranger, &rank("R-2026-0001", None)).await, Err(Failure::Denied(_))));
    }
}
