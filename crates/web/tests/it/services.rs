//! A home on pages, without script: suspended for every council, looked at, and open again by two signatures.

use axum::http::StatusCode;
use domain::people::Role;
use testkit::world;

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
}
