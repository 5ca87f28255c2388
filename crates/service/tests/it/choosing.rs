//! What follows a choice, and how it is taken back: approvals that fall away, who pays, and an agreement that leads nowhere.

use domain::governance::approval::ApprovalKind;
use domain::ids::{ApprovalId, OfferId, ReferralId};
use domain::people::Role;
use domain::purchasing::agreement::AgreementState;
use domain::purchasing::fields::Answer;
use domain::purchasing::offer::OfferState;
use domain::purchasing::referral::ReferralState;
use serde_json::json;
use service::Failure;
use service::governance::approval::{DecideApproval, GetApproval};
use service::purchasing::agreement::{GetAgreement, SignForCouncil, SignForProvider};
use service::purchasing::choice::PreferOffer;
use service::purchasing::offer::{SaveOffer, SubmitOffer, WithdrawOffer};
use service::purchasing::take_back::TakeBackAgreement;
use store::Reads as _;
use store::market::service::Service;
use store::purchasing::offer::Offer;
use store::purchasing::referral::Referral;
use testkit::case::{approve, does, home_pairs, issued, offered, preferred, ready, referral, scored_and_shortlisted, sees};
use testkit::world::HOME_CATEGORY;
use testkit::{World, both, world};

async fn answer(world: &World, referral: ReferralId, given: &[(&'static str, u32)]) {
    let mut tx = world.as_worker().await;
    let mut row: Referral = tx.get(referral).await.unwrap();
    let mut answers = row.answers().unwrap();
    for (key, number) in given {
        answers.set(key, Some(Answer::Number(*number)));
    }
    row.set_answers(&answers).unwrap();
    tx.update(&mut row, &json!({ "shape": 1 })).await.unwrap();
    tx.commit().await.unwrap();
}

async fn prefer(world: &World, offer: OfferId, disrupts_key_stage_4: bool, because: &str) -> Vec<ApprovalId> {
    let prefer = PreferOffer { offer, reason: String::new(), disrupts_key_stage_4, undisturbed_because: because.to_owned() };
    does(world, &world.as_role(Role::PlacementOfficer), &prefer).await.unwrap().approvals
}

async fn of_key_stage_4(world: &World, approvals: &[ApprovalId]) -> Option<ApprovalId> {
    for approval in approvals {
        let view = sees(world, &world.as_role(Role::Director), &GetApproval { approval: *approval, today: world.today() }).await.unwrap();
        if view.kind == ApprovalKind::KeyStage4Move {
            return Some(*approval);
        }
    }
    None
}

both! {
    async fn an_approval_that_is_not_needed_any_more_falls_away_and_blocks_nothing(database) {
        let world = world(database).await;
        ready(&world, 10_000_000_000).await;
        let (referral, releases) = referral(&world, 1, &[world.home], HOME_CATEGORY).await;
        let offer = offered(&world, releases[0], "5,000").await;
        scored_and_shortlisted(&world, offer).await;
        let approvals = prefer(&world, offer, true, "").await;
        let key_stage_4 = of_key_stage_4(&world, &approvals).await.unwrap();
        for approval in approvals.iter().take_while(|approval| **approval != key_stage_4) {
            approve(&world, *approval).await;
        }
        let view = sees(&world, &world.as_role(Role::Director), &GetApproval { approval: key_stage_4, today: world.today() }).await.unwrap();
        let approver = world.as_role(view.checks.decided_by[0]);
        let no = DecideApproval { approval: key_stage_4, answers: Vec::new(), approve: false, reason: "exams in May".to_owned() };
        does(&world, &approver, &no).await.unwrap();

        let again = prefer(&world, offer, false, "").await;
        assert_eq!(of_key_stage_4(&world, &again).await, None);
        for approval in again {
            approve(&world, approval).await;
        }
        let fallen = sees(&world, &world.as_role(Role::Director), &GetApproval { approval: key_stage_4, today: world.today() }).await.unwrap();
        assert!(fallen.fell_away_at.is_some() && fallen.reason.as_deref() == Some("exams in May"), "what was said stays");
        assert_eq!(issued(&world, referral).await.state, AgreementState::Issued);
    }

    async fn in_years_10_and_11_a_bare_no_asks_for_the_approval_of_regulation_10(database) {
        let world = world(database).await;
        ready(&world, 10_000_000_000).await;
        let (referral, releases) = referral(&world, 1, &[world.home], HOME_CATEGORY).await;
        answer(&world, referral, &[("year_group", 10)]).await;
        let offer = offered(&world, releases[0], "5,000").await;
        scored_and_shortlisted(&world, offer).await;
        let asked = prefer(&world, offer, false, " ").await;
        assert!(of_key_stage_4(&world, &asked).await.is_some());
        let aside = service::purchasing::choice::SetAsideOffer { referral, reason: "the school was asked".to_owned() };
        does(&world, &world.as_role(Role::PlacementOfficer), &aside).await.unwrap();
        let asked = prefer(&world, offer, false, "she stays at her school").await;
        assert!(of_key_stage_4(&world, &asked).await.is_none());
        let row: Referral = world.as_worker().await.get(referral).await.unwrap();
        assert_eq!(row.undisturbed_because.as_deref(), Some("she stays at her school"));
    }

    async fn who_pays_comes_from_the_referral_and_adds_up(database) {
        let world = world(database).await;
        ready(&world, 10_000_000_000).await;
        let (referral, releases) = referral(&world, 1, &[world.home], HOME_CATEGORY).await;
        answer(&world, referral, &[("education_percent", 25), ("health_percent", 15)]).await;
        let offer = offered(&world, releases[0], "5,000").await;
        scored_and_shortlisted(&world, offer).await;
        for approval in preferred(&world, offer).await {
            approve(&world, approval).await;
        }
        let agreement = issued(&world, referral).await.agreement;
        let view = sees(&world, &world.as_role(Role::PlacementOfficer), &GetAgreement { agreement }).await.unwrap();
        let shares: Vec<_> = view.content.funding.iter().map(|one| (one.funder.as_str(), one.share.0)).collect();
        assert_eq!(shares, [("Children's social care", 6_000), ("Education", 2_500), ("Integrated care board", 1_500)]);
    }

    async fn an_agreement_is_taken_back_before_both_have_signed_and_the_search_goes_on(database) {
        let mut world = world(database).await;
        let (second_provider, second) = world.add_provider("Larch Row Care", "1234570", HOME_CATEGORY).await;
        ready(&world, 10_000_000_000).await;
        let mut tx = world.as_worker().await;
        let (known, mut other): (Service, Service) = (tx.get(world.home).await.unwrap(), tx.get(second).await.unwrap());
        (other.easting, other.northing, other.council_code) = (known.easting, known.northing, known.council_code);
        tx.update(&mut other, &json!({ "shape": 1 })).await.unwrap();
        tx.commit().await.unwrap();
        let (referral, releases) = referral(&world, 1, &[world.home, second], HOME_CATEGORY).await;
        let offer = offered(&world, releases[0], "5,000").await;
        let rivals = world.of(second_provider, Role::ReferralsManager);
        let save = SaveOffer { release: releases[1], version: None, page: None, pairs: home_pairs("5,000") };
        does(&world, &rivals, &save).await.unwrap();
        let rival = does(&world, &rivals, &SubmitOffer { release: releases[1] }).await.unwrap().offer;
        for one in [offer, rival] {
            scored_and_shortlisted(&world, one).await;
        }
        for approval in preferred(&world, offer).await {
            approve(&world, approval).await;
        }
        let first = issued(&world, referral).await;
        let agreement = first.agreement;
        does(&world, &world.as_role(Role::ProviderSignatory), &SignForProvider { agreement }).await.unwrap();
        let withdraw = WithdrawOffer { release: releases[0], reason: "the bed is taken".to_owned() };
        does(&world, &world.as_role(Role::ReferralsManager), &withdraw).await.unwrap();

        let officer = world.as_role(Role::PlacementOfficer);
        let back = |reason: &str| TakeBackAgreement { agreement, reason: reason.to_owned() };
        assert!(matches!(does(&world, &officer, &back(" ")).await, Err(Failure::Invalid(_))), "not without a reason");
        for stranger in [world.as_role(Role::ProviderSignatory), world.of_other_council(Role::PlacementOfficer)] {
            assert!(matches!(does(&world, &stranger, &back("no")).await, Err(Failure::Denied(_))));
        }
        let letters = async || store::outbox::waiting(&mut world.as_worker().await).await.unwrap();
        let before = letters().await;
        let taken = does(&world, &officer, &back("the provider withdrew")).await.unwrap();
        assert_eq!((taken.agreement, taken.referral), (AgreementState::Draft, ReferralState::Shortlisting));
        assert!(letters().await > before, "the provider hears of it");
        let view = sees(&world, &world.as_role(Role::ProviderSignatory), &GetAgreement { agreement }).await.unwrap();
        assert_eq!((view.taken_back_reason.as_deref(), view.provider_signed), (Some("the provider withdrew"), None));
        assert_eq!(world.as_worker().await.get::<Offer>(offer).await.unwrap().state, OfferState::Withdrawn);
        assert!(matches!(does(&world, &officer, &back("again")).await, Err(Failure::Refused(_))));

        for approval in preferred(&world, rival).await {
            approve(&world, approval).await;
        }
        let second = issued(&world, referral).await;
        assert_eq!((second.agreement, second.number), (agreement, format!("{}-V1", first.number)));
        let gone = sees(&world, &world.as_role(Role::ProviderSignatory), &GetAgreement { agreement }).await;
        assert!(matches!(gone, Err(Failure::Denied(_))), "it is another provider's now");
        does(&world, &world.of(second_provider, Role::ProviderSignatory), &SignForProvider { agreement }).await.unwrap();
        does(&world, &world.as_role(Role::HeadOfContracting), &SignForCouncil { agreement }).await.unwrap();
        assert!(matches!(does(&world, &officer, &back("too late")).await, Err(Failure::Refused(_))), "both are bound");
    }
}
