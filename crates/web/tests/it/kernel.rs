//! What holds for every answer: the headers, the gate, the doors that stand open.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use service::Nearhome;
use testkit::{MovedClock, Seeded, TestDatabase};
use tower::ServiceExt as _;
use web::server::{WebSettings, app};

/// An answer as a browser sees it.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl Answer {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }
}

pub async fn send(app: &axum::Router, request: Request<Body>) -> Answer {
    let response = app.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, 4_000_000).await.unwrap();
    Answer { status: parts.status, headers: parts.headers, body: String::from_utf8_lossy(&body).into_owned() }
}

fn site(database: &TestDatabase, is_secure: bool) -> axum::Router {
    let clock = Arc::new(MovedClock::at("2026-12-14T10:00:00Z"));
    let nearhome = Nearhome::new(database.db.clone(), clock, Arc::new(Seeded::new(1))).with_secrets(testkit::secrets_keys());
    app(nearhome, WebSettings { is_secure, ..WebSettings::default() })
}

fn get(path: &str) -> Request<Body> {
    Request::get(path).body(Body::empty()).unwrap()
}

fn post(path: &str, body: &'static str) -> Request<Body> {
    let form = Request::post(path).header("content-type", "application/x-www-form-urlencoded");
    form.header("sec-fetch-site", "same-origin").body(Body::from(body)).unwrap()
}

testkit::both! {
    async fn a_visitor_is_sent_to_the_door_and_back(database) {
        let app = site(&database, false);
        let sent = send(&app, get("/account?x=1&y=2")).await;
        assert_eq!((sent.status, sent.header("location")), (StatusCode::SEE_OTHER, "/sign-in?return=/account%3Fx%3D1%26y%3D2"));
        let door = send(&app, get("/sign-in?return=/account%3Fx%3D1%26y%3D2")).await;
        assert_eq!(door.status, StatusCode::OK);
        assert!(door.body.contains("account?x=1&amp;y=2\""), "{}", door.body);
        let elsewhere = send(&app, get("/sign-in?return=//evil.example")).await;
        assert!(!elsewhere.body.contains("evil"), "{}", elsewhere.body);
        let lost = send(&app, get("/no/such/page")).await;
        assert_eq!(lost.status, StatusCode::NOT_FOUND);
        assert!(lost.body.contains("Page not found"));
    }

    async fn a_wrong_password_is_refused_with_the_email_given_back(database) {
        let app = site(&database, false);
        let refused = send(&app, post("/sign-in", "email=nobody%40council.example&password=wrong")).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.body.contains("nobody@council.example") && refused.body.contains("is not right"), "{}", refused.body);
        assert!(!refused.body.contains("value=\"wrong\""), "the password was given back");
        assert_eq!(refused.header("set-cookie"), "");
    }

    async fn a_form_of_another_site_does_nothing(database) {
        let app = site(&database, false);
        let mut foreign = post("/sign-in", "email=a%40b.example&password=c");
        foreign.headers_mut().insert("sec-fetch-site", "cross-site".parse().unwrap());
        let refused = send(&app, foreign).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
        assert!(refused.body.contains("Nothing was done"), "{}", refused.body);
    }

    async fn every_answer_carries_the_headers_that_protect_it(database) {
        for (path, cache) in [("/sign-in", "no-store"), ("/nowhere", "no-store"), ("/health", "no-store"), ("/assets/nearhome.css", "no-cache")] {
            let answer = send(&site(&database, true), get(path)).await;
            assert!(answer.header("content-security-policy").starts_with("default-src 'none'"), "{path}");
            assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
            assert_eq!(answer.header("cache-control"), cache, "{path}");
            assert!(!answer.header("strict-transport-security").is_empty() && !answer.header("x-request-id").is_empty(), "{path}");
        }
        assert!(send(&site(&database, false), get("/sign-in")).await.header("strict-transport-security").is_empty());
    }

    async fn a_server_with_its_database_is_ready(database) {
        assert_eq!(send(&site(&database, false), get("/ready")).await.status, StatusCode::OK);
        database.db.close().await;
        assert_eq!(send(&site(&database, false), get("/ready")).await.status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(send(&site(&database, false), get("/health")).await.status, StatusCode::OK);
    }
}
