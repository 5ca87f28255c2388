//! A referral written in a browser without script: begun, answered page by page, refused with everything given back.

use axum::http::StatusCode;
use domain::people::Role;
use testkit::world;

use crate::browser::Browser;

/// The value of a hidden input.
fn hidden(page: &str, name: &str) -> String {
    let (_, rest) = page.split_once(&format!("name=\"{name}\" value=\"")).unwrap();
    rest.split('"').next().unwrap().to_owned()
}

const CHILD: &str = "case_number=N-7&given_name=Robin&family_name=Example&date_of_birth-day=6&date_of_birth-month=5&\
                     date_of_birth-year=2012&home_postcode=&urgency=PLANNED&even_though_open=no";

testkit::both! {
    async fn a_referral_is_begun_once_however_often_its_form_is_sent(database) {
        let world = world(database).await;
        let mut browser = Browser::of(&world, &world.as_role(Role::SocialWorker)).await;

        let first = browser.get("/referrals/new").await;
        let body = format!("idempotency_key={}&{CHILD}", hidden(&first.body, "idempotency_key"));
        let begun = browser.post("/referrals/new", &body).await;
        assert_eq!(begun.status, StatusCode::SEE_OTHER, "{}", begun.body);
        let again = browser.post("/referrals/new", &body).await;
        assert_eq!(again.header("location"), begun.header("location"), "a double click made two referrals");

        let referral = browser.get(begun.header("location")).await;
        assert_eq!(referral.status, StatusCode::OK, "{}", referral.body);
        assert!(referral.body.contains("Robin Example"), "the page does not name the child");
        let board = browser.get("/board").await;
        assert!(board.body.contains("R-2026-0001") && !board.body.contains("Robin"), "{}", board.body);
    }

    async fn a_form_with_errors_gives_back_what_was_typed(database) {
        let world = world(database).await;
        let mut browser = Browser::of(&world, &world.as_role(Role::SocialWorker)).await;
        let refused = browser.post("/referrals/new", &CHILD.replace("date_of_birth-day=6", "date_of_birth-day=45")).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.body.contains("value=\"45\"") && refused.body.contains("value=\"Robin\""), "{}", refused.body);
        assert!(refused.body.contains("href=\"#date_of_birth-day\""), "the summary does not lead to the field");
        assert!(refused.body.contains("<title>Error: "), "the title does not say that there is an error");
    }

    async fn two_who_change_the_same_page_do_not_overwrite_each_other(database) {
        let world = world(database).await;
        let mut browser = Browser::of(&world, &world.as_role(Role::SocialWorker)).await;
        let begun = browser.post("/referrals/new", CHILD).await;
        let section = domain::purchasing::referral_form::SECTIONS[0].slug;
        let path = format!("{}/section/{section}", begun.header("location"));
        let version = hidden(&browser.get(&path).await.body, "version");
        let typed = |name: &str| format!("version={version}&{}", CHILD.replace("Robin", name));
        let first = browser.post(&path, &typed("Robyn")).await;
        assert_eq!(first.status, StatusCode::SEE_OTHER, "{}", first.body);
        let second = browser.post(&path, &typed("Rowan")).await;
        assert_eq!(second.status, StatusCode::CONFLICT, "{}", second.body);
        assert!(second.body.contains("value=\"Rowan\""), "what the second typed was lost");
        for part in ["What others saved meanwhile", "<span>Robyn</span>", "<span>Rowan</span>"] {
            assert!(second.body.contains(part), "{part}: {}", second.body);
        }
        assert!(!second.body.contains("<span>Example</span>"), "an answer that both gave is shown as a difference");
        let after_reading = format!("version={}&{}", hidden(&second.body, "version"), CHILD.replace("Robin", "Rowan"));
        assert_eq!(browser.post(&path, &after_reading).await.status, StatusCode::SEE_OTHER);
    }
}
