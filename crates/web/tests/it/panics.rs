//! A handler that panics: the reader gets our page with a reference, and everybody else is served on.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use domain::people::Role;
use service::{Nearhome, Randomness};
use testkit::{MovedClock, signed_in, world};
use web::server::{WebSettings, app};

use crate::kernel::send;

/// The page with a form asks it for a key.
struct Exhausted;

impl Randomness for Exhausted {
    fn random(&self) -> u128 {
        panic!("there is no randomness left");
    }
}

testkit::both! {
    async fn a_panic_is_a_page_with_a_reference(database) {
        let world = world(database).await;
        let token = signed_in(&world.nearhome, &world.as_role(Role::SocialWorker)).await;
        let clock = Arc::new(MovedClock::at(testkit::world::BEGINS));
        let app = app(Nearhome::new(world.database.db.clone(), clock, Arc::new(Exhausted)), WebSettings::default());
        let ask = |path: &str| {
            let cookie = format!("nearhome_session={}", token.reveal());
            send(&app, Request::get(path).header("cookie", cookie).body(Body::empty()).unwrap())
        };
        let answer = ask("/referrals/new").await;
        assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
        assert!(answer.body.contains("Sorry, there is a problem") && answer.body.contains("Sign out"), "{}", answer.body);
        assert!(answer.body.contains(answer.header("x-request-id")) && !answer.header("x-request-id").is_empty(), "{}", answer.body);
        assert!(!answer.body.contains("randomness"), "the page tells what the panic said");
        assert!(answer.header("content-security-policy").starts_with("default-src 'none'"), "the headers are missing");
        assert_eq!(ask("/health").await.status, StatusCode::OK);
    }
}
