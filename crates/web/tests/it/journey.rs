//! A referral written in a browser without script: begun, answered page by page, refused with everything given back.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use domain::people::Role;
use testkit::{signed_in, world};
use web::server::{WebSettings, app};

use crate::kernel::{Answer, send};

struct Browser {
    app: axum::Router,
    cookie: String,
}

impl Browser {
    async fn get(&self, path: &str) -> Answer {
        send(&self.app, Request::get(path).header("cookie", &self.cookie).body(Body::empty()).unwrap()).await
    }

    async fn post(&self, path: &str, body: String) -> Answer {
        let form = Request::post(path).header("cookie", &self.cookie).header("sec-fetch-site", "same-origin");
        let form = form.header("content-type", "application/x-www-form-urlencoded");
        send(&self.app, form.body(Body::from(body)).unwrap()).await
    }
}

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
        let token = signed_in(&world.nearhome, &world.as_role(Role::SocialWorker)).await;
        let browser = Browser { app: app(world.nearhome.clone(), WebSettings::default()), cookie: format!("nearhome_session={}", token.reveal()) };

        let first = browser.get("/referrals/new").await;
        let body = format!("idempotency_key={}&{CHILD}", hidden(&first.body, "idempotency_key"));
        let begun = browser.post("/referrals/new", body.clone()).await;
        assert_eq!(begun.status, StatusCode::SEE_OTHER, "{}", begun.body);
        let again = browser.post("/referrals/new", body).await;
        assert_eq!(again.header("location"), begun.header("location"), "a double click made two referrals");

        let referral = browser.get(begun.header("location")).await;
        assert_eq!(referral.status, StatusCode::OK, "{}", referral.body);
        assert!(referral.body.contains("Robin Example"), "the page does not name the child");
        let board = browser.get("/board").await;
        assert!(board.body.contains("R-2026-0001") && !board.body.contains("Robin"), "{}", board.body);
    }

    async fn a_form_with_errors_gives_back_what_was_typed(database) {
        let world = world(database).await;
        let token = signed_in(&world.nearhome, &world.as_role(Role::SocialWorker)).await;
        let browser = Browser { app: app(world.nearhome.clone(), WebSettings::default()), cookie: format!("nearhome_session={}", token.reveal()) };
        let refused = browser.post("/referrals/new", CHILD.replace("date_of_birth-day=6", "date_of_birth-day=45")).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.body.contains("value=\"45\"") && refused.body.contains("value=\"Robin\""), "{}", refused.body);
        assert!(refused.body.contains("href=\"#date_of_birth-day\""), "the summary does not lead to the field");
        assert!(refused.body.contains("<title>Error: "), "the title does not say that there is an error");
    }

    async fn two_who_change_the_same_page_do_not_overwrite_each_other(database) {
        let world = world(database).await;
        let token = signed_in(&world.nearhome, &world.as_role(Role::SocialWorker)).await;
        let browser = Browser { app: app(world.nearhome.clone(), WebSettings::default()), cookie: format!("nearhome_session={}", token.reveal()) };
        let begun = browser.post("/referrals/new", CHILD.to_owned()).await;
        let section = domain::purchasing::referral_form::SECTIONS[0].slug;
        let path = format!("{}/section/{section}", begun.header("location"));
        let version = hidden(&browser.get(&path).await.body, "version");
        let typed = |name: &str| format!("version={version}&{}", CHILD.replace("Robin", name));
        let first = browser.post(&path, typed("Robyn")).await;
        assert_eq!(first.status, StatusCode::SEE_OTHER, "{}", first.body);
        let second = browser.post(&path, typed("Rowan")).await;
        assert_eq!(second.status, StatusCode::CONFLICT, "{}", second.body);
        assert!(second.body.contains("value=\"Rowan\""), "what the second typed was lost");
    }
}
