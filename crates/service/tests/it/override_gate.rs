//! A red check let pass: by whom, in words, and never against the law.

use domain::people::Role;
use domain::purchasing::gates::GateCode;
use domain::purchasing::service::ServiceStanding;
use domain::registration::Rating;
use serde_json::json;
use service::purchasing::choice::ShortlistOffer;
use service::purchasing::evaluation::CompareOffers;
use service::purchasing::gate_override::OverrideGate;
use service::{Failure, FieldProblem};
use store::Reads as _;
use store::market::service::Service;
use testkit::case::{does, offered, offered_by_carer, ready, referral, sees};
use testkit::world::{FOSTERING_CATEGORY, HOME_CATEGORY};
use testkit::{World, both, world};

async fn home_becomes(world: &World, change: impl Fn(&mut Service)) {
    let mut tx = world.as_worker().await;
    let mut home: Service = tx.get(world.home).await.unwrap();
    change(&mut home);
    tx.update(&mut home, &json!({ "shape": 1 })).await.unwrap();
    tx.commit().await.unwrap();
}

both! {
    async fn a_red_check_passes_by_a_named_senior_manager_in_words_and_by_nobody_else(database) {
        let world = world(database).await;
        ready(&world, 10_000_000_000).await;
        let (referral, releases) = referral(&world, 1, &[world.home], HOME_CATEGORY).await;
        let offer = offered(&world, releases[0], "5,000").await;
        home_becomes(&world, |home| home.rating = Rating::Inadequate).await;
        let officer = world.as_role(Role::PlacementOfficer);
        assert!(matches!(does(&world, &officer, &ShortlistOffer { offer }).await, Err(Failure::Refused(_))), "red and shortlisted");

        let because = |reason: &str| OverrideGate { offer, code: GateCode::Rating, reason: reason.to_owned() };
        for role in [Role::PlacementOfficer, Role::SocialWorker, Role::TeamManager, Role::HeadOfContracting, Role::FinanceOfficer] {
            let refused = does(&world, &world.as_role(role), &because("we must")).await;
            assert!(matches!(refused, Err(Failure::Denied(_))), "{role}: {refused:?}");
        }
        let stranger = world.of_other_council(Role::HeadOfService);
        assert!(matches!(does(&world, &stranger, &because("we must")).await, Err(Failure::Denied(_))));
        let head = world.as_role(Role::HeadOfService);
        let silent = does(&world, &head, &because("  ")).await;
        assert!(matches!(silent, Err(Failure::Invalid(problems)) if matches!(&problems[..], [FieldProblem { field, .. }] if field == "reason")));
        let not_red = OverrideGate { code: GateCode::Age, ..because("we must") };
        assert!(matches!(does(&world, &head, &not_red).await, Err(Failure::Refused(why)) if why.contains("nothing to override")));
        let price = OverrideGate { code: GateCode::Price, ..because("we must") };
        assert!(matches!(does(&world, &head, &price).await, Err(Failure::Refused(why)) if why.contains("price exception")));

        assert_eq!(does(&world, &head, &because("stays with her sister")).await.unwrap(), []);
        let shown = sees(&world, &officer, &CompareOffers { referral, today: world.today() }).await.unwrap();
        let kept = &shown.offers[0].overrides[..];
        assert!(matches!(kept, [one] if one.by == Role::HeadOfService && one.reason == "stays with her sister"), "{kept:?}");
        does(&world, &officer, &ShortlistOffer { offer }).await.unwrap();
    }

    async fn what_the_law_forbids_passes_by_nobody(database) {
        let world = world(database).await;
        ready(&world, 10_000_000_000).await;
        let (_, releases) = referral(&world, 1, &[world.branch], FOSTERING_CATEGORY).await;
        // A fourth child in the household, neither a sibling nor exempted.
        let offer = offered_by_carer(&world, releases[0], "500", 3).await;
        let officer = world.as_role(Role::PlacementOfficer);
        assert!(matches!(does(&world, &officer, &ShortlistOffer { offer }).await, Err(Failure::Refused(_))), "unlawful and shortlisted");
        for role in [Role::HeadOfService, Role::Director] {
            let please = OverrideGate { offer, code: GateCode::FosterLimit, reason: "we must".to_owned() };
            let refused = does(&world, &world.as_role(role), &please).await;
            assert!(matches!(&refused, Err(Failure::Refused(why)) if why.contains("the law forbids")), "{role}: {refused:?}");
        }
    }

    async fn a_suspension_that_comes_later_needs_its_own_words(database) {
        let world = world(database).await;
        ready(&world, 10_000_000_000).await;
        let (_, releases) = referral(&world, 1, &[world.home], HOME_CATEGORY).await;
        let offer = offered(&world, releases[0], "5,000").await;
        home_becomes(&world, |home| home.rating = Rating::Inadequate).await;
        let head = world.as_role(Role::HeadOfService);
        let pass = OverrideGate { offer, code: GateCode::Rating, reason: "stays with her sister".to_owned() };
        does(&world, &head, &pass).await.unwrap();
        home_becomes(&world, |home| home.status = ServiceStanding::Suspended).await;
        let shortlisted = does(&world, &world.as_role(Role::PlacementOfficer), &ShortlistOffer { offer }).await;
        assert!(matches!(shortlisted, Err(Failure::Refused(_))), "{shortlisted:?}");
    }
}
