//! A home on pages, without script: suspended for every council, looked at, and open again by two signatures.

use axum::http::StatusCode;
use domain::people::Role;
use domain::purchasing::suspension::{StandingAct, SuspensionTask, Trigger};
use serde_json::json;
use service::market::suspension::ChangeStanding;
use service::purchasing::board::GetReferral;
use testkit::case::{does, offered, ready, referral, scored_and_shortlisted, sees};
use testkit::world;
use testkit::world::HOME_CATEGORY;

use crate::api::{Software, problem};
use crate::browser::Browser;
use crate::markup::faults;

testkit::both! {
    async fn a_home_is_suspended_looked_at_and_opened_again_by_two_people(database) {
        let world = world(database).await;
        let home = format!("/services/{}", world.home);
        let mut officer = Browser::of(&world, &world.as_role(Role::ContractOfficer)).await;
        let list = officer.get("/services").await;
        assert!(list.body.contains(&world.home.to_string()) && faults(&list.body).is_empty(), "{}", list.body);
        let asked = officer.get(&format!("{home}/standing")).await;
        assert!(asked.body.contains("for every council at once") && faults(&asked.body).is_empty(), "{}", asked.body);
        for (typed, message) in [
            ("", "Select what you do"),
            ("act=SUSPEND&reason=Nobody+was+awake", "Select what set it off"),
            ("act=SUSPEND&cause=SAFEGUARDING&reason=+", "Enter why"),
        ] {
            let refused = officer.post(&format!("{home}/standing"), typed).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{typed}");
            assert!(refused.body.contains(message) && faults(&refused.body).is_empty(), "{message}: {}", refused.body);
        }
        let said = "act=SUSPEND&cause=SAFEGUARDING&reason=Nobody+was+awake";
        let suspended = officer.post(&format!("{home}/standing"), said).await;
        assert_eq!((suspended.status, suspended.header("location").starts_with(&home)), (StatusCode::SEE_OTHER, true), "{}", suspended.body);

        // Another council reads it, and why; so does the provider, which does nothing about it.
        let mut derby = Browser::of(&world, &world.of_other_council(Role::HeadOfContracting)).await;
        let provider = Browser::of(&world, &world.as_role(Role::ReferralsManager)).await;
        for reader in [&derby, &provider] {
            let page = reader.get(&home).await;
            assert!(page.body.contains("Suspended") && page.body.contains("Nobody was awake") && faults(&page.body).is_empty(), "{}", page.body);
        }
        assert!(!provider.get(&home).await.body.contains("Sign the end of the suspension"), "a provider signs no end of its suspension");

        // Nobody signs before somebody has looked, and nobody has looked tomorrow.
        let early = derby.post(&format!("{home}/sign"), "").await;
        assert!(early.status == StatusCode::UNPROCESSABLE_ENTITY && early.body.contains("look first"), "{}", early.body);
        let looked = |day: u32| {
            format!("looked_by=Sample+visitor&looked_on-day={day}&looked_on-month=12&looked_on-year=2026&findings=Two+awake&changed=The+rota")
        };
        let future = officer.post(&format!("{home}/assure"), &looked(15)).await;
        assert!(future.status == StatusCode::UNPROCESSABLE_ENTITY && future.body.contains("href=\"#looked_on-day\""), "{}", future.body);
        assert!(future.body.contains("Two awake"), "what was typed stays");
        assert_eq!(officer.post(&format!("{home}/assure"), &looked(14)).await.status, StatusCode::SEE_OTHER);
        let page = derby.get(&format!("{home}/sign")).await;
        assert!(page.body.contains("Two awake") && faults(&page.body).is_empty(), "whoever signs reads on what: {}", page.body);
        assert_eq!(officer.post(&format!("{home}/sign"), "").await.status, StatusCode::SEE_OTHER);
        assert!(officer.get(&home).await.body.contains("No new placements since"), "one signature opens nothing");
        assert_eq!(derby.post(&format!("{home}/sign"), "").await.status, StatusCode::SEE_OTHER);
        let page = officer.get(&home).await;
        assert!(page.body.contains("Found safe again on") && page.body.contains("Suspended (over)"), "{}", page.body);
    }
    async fn an_offer_that_is_frozen_waits_for_its_officer_on_a_page_of_its_own(database) {
        let world = world(database).await;
        ready(&world, 10_000_000_000).await;
        let (referral, releases) = referral(&world, 1, &[world.home], HOME_CATEGORY).await;
        scored_and_shortlisted(&world, offered(&world, releases[0], "5,000").await).await;
        let reason = "Nobody was awake".to_owned();
        let suspend = ChangeStanding { service: world.home, act: StandingAct::Suspend, cause: Some(Trigger::Safeguarding), reason };
        does(&world, &world.as_role(Role::ContractOfficer), &suspend).await.unwrap();
        let mut officer = Browser::of(&world, &world.as_role(Role::PlacementOfficer)).await;
        let tasks = officer.get("/tasks").await;
        assert!(tasks.body.contains("An offer on the shortlist is frozen"), "{}", tasks.body);
        let seen = sees(&world, &world.as_role(Role::PlacementOfficer), &GetReferral { referral }).await.unwrap();
        let task = seen.tasks.iter().find(|task| SuspensionTask::of_kind(&task.kind).is_some()).unwrap().id;
        let here = format!("/referrals/{referral}/frozen/{task}");
        let page = officer.get(&here).await;
        assert!(page.body.contains("Set it aside") && faults(&page.body).is_empty(), "{}", page.body);
        let silent = officer.post(&here, "note=+").await;
        assert!(silent.status == StatusCode::UNPROCESSABLE_ENTITY && silent.body.contains("#note"), "{}", silent.body);
        assert_eq!(officer.post(&here, "note=Set+aside").await.status, StatusCode::SEE_OTHER);
        let page = officer.get(&here).await;
        assert!(page.body.contains("Done on 14 December 2026") && !page.body.contains("Record that it is done"), "{}", page.body);
    }

    async fn software_suspends_a_home_and_reads_how_it_stands(database) {
        let at = Software::on(database).await;
        let (world, home) = (&at.world, format!("/services/{}", at.world.home));
        let software = at.token(&world.as_role(Role::ContractOfficer)).await;
        assert_eq!(at.read(&software, &home).await["standing"], "ACTIVE");
        let causeless = json!({ "act": "SUSPEND", "reason": "Nobody was awake" });
        let refused = at.post_with(&software, &format!("{home}/standing"), world.key(), &causeless).await;
        assert_eq!(problem(&refused, StatusCode::UNPROCESSABLE_ENTITY)["errors"][0]["field"], "cause");
        let said = json!({ "act": "SUSPEND", "cause": "SAFEGUARDING", "reason": "Nobody was awake" });
        assert_eq!(at.does(&software, &format!("{home}/standing"), said).await["standing"], "SUSPENDED");
        let looked = json!({ "looked_by": "Sample visitor", "looked_on": "2026-12-14", "findings": "Two awake", "changed": "The rota" });
        at.does(&software, &format!("{home}/assurances"), looked).await;
        // A signature is somebody's in a post: software has none.
        let sign = format!("{home}/sign");
        let unsigned = at.post_with(&software, &sign, world.key(), &json!({})).await;
        assert!(problem(&unsigned, StatusCode::UNPROCESSABLE_ENTITY)["detail"].as_str().unwrap().contains("post is not on record"));
        let officer = at.person(&world.as_role(Role::ContractOfficer)).await;
        let signed = at.does(&officer, &sign, json!({})).await;
        assert_eq!((&signed["standing"], &signed["signatures"]), (&json!("SUSPENDED"), &json!(1)));
        let head = at.person(&world.of_other_council(Role::HeadOfContracting)).await;
        assert_eq!(at.does(&head, &sign, json!({})).await["standing"], "ACTIVE");
        let seen = at.read(&software, &home).await;
        assert_eq!((&seen["suspensions"][0]["cause"], &seen["suspensions"][0]["ended_on"]), (&json!("SAFEGUARDING"), &json!("2026-12-14")));
    }
}
