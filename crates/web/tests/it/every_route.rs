//! Every row of the route table, asked as nobody, as a role that may not, and as another organisation.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use domain::Code as _;
use domain::access::could;
use domain::people::{Caller, OrganisationKind, Role};
use domain::purchasing::referral::Urgency;
use service::perform;
use service::purchasing::referral::{ChildEntry, WriteReferral};
use testkit::{World, signed_in, world};
use uuid::Uuid;
use web::routes::{Access, Route, Verb, table};
use web::server::{WebSettings, app};

use crate::kernel::{Answer, send};
use crate::markup::faults;

const NOBODYS: &str = "00000000-0000-4000-8000-0000000000aa";

/// The path of a row with this id in its first place and names that fit in the others.
fn path(route: &Route, id: &str) -> String {
    let mut is_first = true;
    let part = |part: &str| match part {
        "{section}" => "child".to_owned(),
        "{page}" => "home".to_owned(),
        named if named.starts_with('{') && std::mem::take(&mut is_first) => id.to_owned(),
        named if named.starts_with('{') => NOBODYS.to_owned(),
        plain => plain.to_owned(),
    };
    route.path.split('/').map(part).collect::<Vec<_>>().join("/")
}

fn request(route: &Route, path: &str, token: Option<&str>) -> Request<Body> {
    let request = match route.verb {
        Verb::Get => Request::get(path),
        Verb::Post => {
            Request::post(path).header("sec-fetch-site", "same-origin").header("content-type", "application/x-www-form-urlencoded")
        }
    };
    let request = match token {
        Some(token) => request.header("cookie", format!("nearhome_session={token}")),
        None => request,
    };
    request.body(Body::empty()).unwrap()
}

struct Site {
    world: World,
    app: axum::Router,
}

impl Site {
    async fn on(database: testkit::TestDatabase) -> Self {
        let world = world(database).await;
        let app = app(world.nearhome.clone(), WebSettings::default());
        Self { world, app }
    }

    async fn ask(&self, route: &Route, id: &str, token: Option<&str>) -> Answer {
        send(&self.app, request(route, &path(route, id), token)).await
    }

    async fn token(&self, caller: &Caller) -> String {
        signed_in(&self.world.nearhome, caller).await.reveal().to_owned()
    }

    async fn referral(&self) -> String {
        let child = ChildEntry {
            case_number: "N-1".to_owned(),
            given_name: "Robin".to_owned(),
            family_name: "Example".to_owned(),
            born_on: "2012-05-06".parse().unwrap(),
            home_postcode: None,
            is_synthetic: true,
        };
        let command = WriteReferral { child, urgency: Urgency::Planned, even_though_open: false };
        let writer = self.world.as_role(Role::SocialWorker);
        perform(&self.world.nearhome, &writer, self.world.key(), &command).await.unwrap().id.to_string()
    }
}

fn people() -> impl Iterator<Item = Role> {
    Role::ALL.iter().copied().filter(|role| role.held_in() != OrganisationKind::System)
}

testkit::both! {
    async fn nobody_gets_further_than_the_door(database) {
        let site = Site::on(database).await;
        for route in table() {
            let answer = site.ask(route, NOBODYS, None).await;
            match route.access {
                Access::Signed(_) => {
                    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{route:?}");
                    assert!(answer.header("location").starts_with("/sign-in"), "{route:?}");
                }
                Access::Open | Access::Public => assert_ne!(answer.status, StatusCode::INTERNAL_SERVER_ERROR, "{route:?}"),
            }
        }
    }

    async fn a_role_that_may_not_is_told_so_and_why(database) {
        let site = Site::on(database).await;
        for role in people() {
            let token = site.token(&site.world.as_role(role)).await;
            for route in table() {
                let Access::Signed(action) = route.access else { continue };
                if !could(role, action) {
                    let answer = site.ask(route, NOBODYS, Some(&token)).await;
                    assert_eq!(answer.status, StatusCode::FORBIDDEN, "{role} {route:?}");
                    assert!(answer.body.contains("You may not do this"), "{role} {route:?}");
                } else if route.path.contains('{') {
                    let answer = site.ask(route, NOBODYS, Some(&token)).await;
                    assert_eq!(answer.status, StatusCode::NOT_FOUND, "{role} {route:?}");
                }
            }
        }
    }

    async fn to_another_council_a_referral_is_not_there(database) {
        let site = Site::on(database).await;
        let referral = site.referral().await;
        let writer = Role::SocialWorker;
        for role in [writer, Role::PlacementOfficer, Role::TeamManager] {
            let stranger = site.token(&site.world.of_other_council(role)).await;
            for route in table().iter().filter(|route| route.path.starts_with("/referrals/{id}")) {
                let theirs = site.ask(route, &referral, Some(&stranger)).await;
                let nobodys = site.ask(route, NOBODYS, Some(&stranger)).await;
                assert!(!theirs.body.contains("Robin"), "{role} {route:?}");
                assert_eq!((theirs.status, theirs.body), (nobodys.status, nobodys.body), "{role} {route:?}");
            }
        }
    }

    async fn every_page_that_is_given_is_sound_markup(database) {
        let site = Site::on(database).await;
        let referral = site.referral().await;
        for role in people() {
            let token = site.token(&site.world.as_role(role)).await;
            for route in table().iter().filter(|route| route.verb == Verb::Get && route.access != Access::Open) {
                let answer = site.ask(route, &referral, Some(&token)).await;
                assert_ne!(answer.status, StatusCode::INTERNAL_SERVER_ERROR, "{role} {route:?}");
                if answer.body.starts_with("<!DOCTYPE") {
                    assert_eq!(faults(&answer.body), Vec::<String>::new(), "{role} {route:?}");
                    let title = answer.body.split("</title>").next().unwrap();
                    assert!(!title.contains("Robin"), "{role} {route:?}");
                }
            }
        }
    }
}

#[test]
fn no_row_stands_twice() {
    let mut rows: Vec<_> = table().iter().map(|route| (route.path, route.verb == Verb::Get)).collect();
    let before = rows.len();
    rows.sort_unstable();
    rows.dedup();
    assert_eq!(rows.len(), before);
    assert_ne!(Uuid::parse_str(NOBODYS).unwrap(), Uuid::nil());
}
