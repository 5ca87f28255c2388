//! A session that ends while somebody writes: nothing typed is lost, nothing is done twice, and nobody else gets to read it.

use axum::http::StatusCode;
use chrono::Duration;
use domain::people::Role;
use testkit::world;

use crate::browser::Browser;

const TYPED: &str = "idempotency_key=00000000-0000-4000-8000-000000000077&case_number=N-7&given_name=Robin%20%26%20Co&\
                     family_name=Example&date_of_birth-day=45&date_of_birth-month=5&date_of_birth-year=2012&home_postcode=&\
                     urgency=PLANNED&even_though_open=no";

testkit::both! {
    async fn what_was_typed_while_the_session_ended_is_there_after_signing_in_and_is_done_once(database) {
        let world = world(database).await;
        let writer = world.as_role(Role::SocialWorker);
        let mut browser = Browser::new(&world);
        browser.signs_in(&world, &writer).await;
        world.clock.forward(Duration::minutes(61));
        let sent = browser.post("/referrals/new", &TYPED.replace("day=45", "day=6")).await;
        assert_eq!((sent.status, sent.header("location")), (StatusCode::SEE_OTHER, "/sign-in?return=/referrals/new"));
        assert!(browser.cookies.contains("nearhome_kept="), "{}", browser.cookies);

        browser.signs_in(&world, &writer).await;
        let board = browser.get("/board").await;
        assert!(!board.body.contains("R-2026-0001") && !board.body.contains("signed out"), "something was done, or shown elsewhere");
        for _ in 0..2 {
            let page = browser.get("/referrals/new").await;
            for part in ["value=\"Robin &amp; Co\"", "value=\"6\"", "00000000-0000-4000-8000-000000000077", "You were signed out"] {
                assert!(page.body.contains(part), "{part}: {}", page.body);
            }
        }
        let refused = browser.post("/referrals/new", TYPED).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(browser.cookies.contains("nearhome_kept="), "the kept form went before it was taken");
        let done = browser.post("/referrals/new", &TYPED.replace("day=45", "day=6")).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
        assert!(!browser.cookies.contains("nearhome_kept"), "{}", browser.cookies);
        let again = browser.post("/referrals/new", &TYPED.replace("day=45", "day=6")).await;
        assert_eq!(again.header("location"), done.header("location"), "a second referral");
        let fresh = browser.get("/referrals/new").await;
        assert!(!fresh.body.contains("Robin") && !fresh.body.contains("000000000077"), "an old form came back");
    }

    async fn nobody_else_reads_what_was_typed(database) {
        let world = world(database).await;
        let writer = world.as_role(Role::SocialWorker);
        let mut browser = Browser::new(&world);
        browser.signs_in(&world, &writer).await;
        world.clock.forward(Duration::minutes(61));
        browser.post("/referrals/new", TYPED).await;
        let held = browser.cookies.clone();

        // A colleague at the same browser, and one of another council.
        for other in [world.as_role(Role::PlacementOfficer), world.of_other_council(Role::SocialWorker)] {
            browser.signs_in(&world, &other).await;
            let page = browser.get("/referrals/new").await;
            assert!(page.status == StatusCode::OK && !page.body.contains("Robin"), "{}", page.body);
        }
        // The writer at another browser, without the key or with another.
        let mut elsewhere = Browser::new(&world);
        elsewhere.signs_in(&world, &writer).await;
        assert!(!elsewhere.get("/referrals/new").await.body.contains("Robin"));
        elsewhere.cookies = format!("{}; nearhome_kept=AAAA", elsewhere.cookies);
        assert!(!elsewhere.get("/referrals/new").await.body.contains("Robin"));
        // After an hour it is gone for its writer too.
        browser.cookies = held;
        browser.signs_in(&world, &writer).await;
        assert!(browser.get("/referrals/new").await.body.contains("Robin"));
        world.clock.forward(Duration::minutes(60));
        browser.signs_in(&world, &writer).await;
        assert!(!browser.get("/referrals/new").await.body.contains("Robin"));
    }

    async fn who_never_signed_in_leaves_nothing_behind(database) {
        let world = world(database).await;
        let mut browser = Browser::new(&world);
        browser.cookies = "nearhome_session=AAAA".to_owned();
        let sent = browser.post("/referrals/new", TYPED).await;
        assert!(sent.status == StatusCode::SEE_OTHER && !browser.cookies.contains("kept"), "{}", browser.cookies);
    }
}
