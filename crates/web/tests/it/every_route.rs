//! Every row of the route table, asked by everybody at the addresses of real rows.
//!
//! The world has two councils with a child placed each, two providers that both offered for both children, and a provider
//! that nobody asked ([`crate::addresses`]). What must come back is worked out from three things that the program did not
//! compute: the matrix as it was reviewed ([`testkit::reviewed`]), who is a party to the thing, and who may read which mark.
//!
//! Removing any one line of the policy that a page needs fails here: the matrix still has the line, so what it allows is
//! expected, and each such line is met by at least one allowed request. Lines that no page needs are met in the same way by
//! the use cases themselves (`service`, test `access`). That each line decides something that no other line decides is shown
//! over all lines, by taking them out one by one, in `domain` (test `access`).

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use domain::Code as _;
use domain::access::{Action, Relation};
use domain::people::{Caller, OrganisationKind, Role};
use testkit::reviewed::{Codes, Line, Matrix, WITHOUT_PAGE, codes};
use testkit::{TestDatabase, signed_in};
use uuid::Uuid;
use web::routes::{Access, Route, Verb, table};
use web::server::{WebSettings, app};

use crate::addresses::{Address, NOBODYS, Places};
use crate::api::Document;
use crate::kernel::{Answer, send};
use crate::markup::faults;

/// Somebody who asks, with their session.
struct Asker {
    caller: Caller,
    token: String,
}

/// What the answer must be.
enum Expected {
    /// By these lines.
    Allowed(Vec<Line>),
    /// Told that the role may not, whatever the thing.
    Forbidden,
    /// Like nothing.
    Absent,
}

struct Site {
    places: Places,
    app: axum::Router,
    askers: Vec<Asker>,
    matrix: Matrix,
    document: Document,
}

impl Site {
    async fn on(database: TestDatabase) -> Self {
        let places = Places::on(database).await;
        let app = app(places.world.nearhome.clone(), WebSettings::default());
        let mut askers = Vec::new();
        for caller in places.world.everybody() {
            let token = signed_in(&places.world.nearhome, caller).await.reveal().to_owned();
            askers.push(Asker { caller: caller.clone(), token });
        }
        let document = Document::of(&app).await;
        Self { places, app, askers, matrix: Matrix::read(), document }
    }

    async fn ask(&self, route: &Route, path: &str, asker: Option<&Asker>) -> Answer {
        let answer = send(&self.app, self.request(route, path, asker)).await;
        let leaks = self.places.leaks(asker.map(|asker| &asker.caller), &seen(&answer));
        assert_eq!(leaks, Vec::<String>::new(), "{route:?} {path} to {}", asker.map_or("nobody".to_owned(), Asker::name));
        assert!(!answer.status.is_server_error(), "{route:?} {path}: {}", answer.body);
        answer
    }

    /// A form without answers, or the shortest body that has the shape of the document.
    fn request(&self, route: &Route, path: &str, asker: Option<&Asker>) -> Request<Body> {
        let is_software = matches!(route.access, Access::Token(_));
        let (request, body) = match (route.verb, is_software) {
            (Verb::Get, _) => (Request::get(path), Body::empty()),
            (Verb::Post, false) => {
                let form = Request::post(path).header("content-type", "application/x-www-form-urlencoded");
                (form.header("sec-fetch-site", "same-origin"), Body::empty())
            }
            (Verb::Post, true) => {
                let key = self.places.world.key().to_string();
                let json = Request::post(path).header("content-type", "application/json").header("idempotency-key", key);
                (json, Body::from(self.document.shortest_body(route.path)))
            }
        };
        let request = match asker {
            Some(asker) if is_software => request.header("authorization", format!("Bearer {}", asker.token)),
            Some(asker) => request.header("cookie", format!("nearhome_session={}", asker.token)),
            None => request,
        };
        request.body(body).unwrap()
    }

    fn expected(&self, asker: &Asker, action: Action, address: &Address) -> Expected {
        let role = asker.caller.role;
        // A list holds whatever stands to the caller in any way: what must not be on it is known by its marks.
        let stands = address.thing.as_ref().map_or_else(|| Relation::ALL.to_vec(), |thing| thing.stands(&asker.caller));
        let lines = self.matrix.allows(action, role, &stands);
        if !lines.is_empty() {
            Expected::Allowed(lines)
        } else if self.matrix.could(action, role) {
            Expected::Absent
        } else {
            Expected::Forbidden
        }
    }

    /// Asks everything of one verb as one person; gives the lines that allowed something, and counts the requests.
    async fn walk(&self, verb: Verb, asker: &Asker, is_allowed: bool, seen: &mut Seen) {
        for (route, action) in signed_rows().filter(|(route, _)| route.verb == verb) {
            for address in self.places.addresses(route) {
                let case = || format!("{} asks {:?} {}", asker.name(), verb, address.real);
                match (self.expected(asker, action, &address), is_allowed) {
                    (Expected::Allowed(lines), true) => {
                        let answer = self.ask(route, &address.real, Some(asker)).await;
                        seen.requests += 1;
                        assert!(is_given(&answer), "{}: {}", case(), answer.status);
                        seen.lines.extend(lines.into_iter().map(codes));
                        self.compare(route, &address.absent, asker, StatusCode::NOT_FOUND, None, seen).await;
                    }
                    (Expected::Forbidden, false) => {
                        let answer = self.ask(route, &address.real, Some(asker)).await;
                        seen.requests += 1;
                        assert!(answer.body.contains("You may not do this"), "{}", case());
                        self.compare(route, &address.absent, asker, StatusCode::FORBIDDEN, Some(answer), seen).await;
                    }
                    (Expected::Absent, false) => {
                        let answer = self.ask(route, &address.real, Some(asker)).await;
                        seen.requests += 1;
                        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{}", case());
                        self.compare(route, &address.absent, asker, StatusCode::NOT_FOUND, Some(answer), seen).await;
                    }
                    (Expected::Allowed(_), false) | (Expected::Forbidden | Expected::Absent, true) => {}
                }
            }
        }
    }

    /// What names nothing gets this status and, byte for byte, this answer.
    async fn compare(&self, route: &Route, absent: &[String], asker: &Asker, status: StatusCode, like: Option<Answer>, seen: &mut Seen) {
        let like = like.map(|answer| bytes(&answer));
        for path in absent {
            let answer = self.ask(route, path, Some(asker)).await;
            seen.requests += 1;
            assert_eq!(answer.status, status, "{} asks {route:?} {path}", asker.name());
            if let Some(like) = &like {
                assert_eq!(&bytes(&answer), like, "{} can tell {path} from what is kept from them", asker.name());
            }
        }
    }
}

impl Asker {
    fn name(&self) -> String {
        format!("{} of {}", self.caller.role, self.caller.organisation)
    }
}

/// What a walk met.
#[derive(Default)]
struct Seen {
    requests: usize,
    lines: BTreeSet<Codes>,
}

/// The rows that need somebody signed in, with what they need.
fn signed_rows() -> impl Iterator<Item = (&'static Route, Action)> {
    table().iter().filter_map(|route| match route.access {
        Access::Signed(action) | Access::Token(action) => Some((route, action)),
        Access::Open | Access::Public => None,
    })
}

/// It was not refused for who asked: shown, done, or sent back with what is wrong with the form or the moment.
fn is_given(answer: &Answer) -> bool {
    matches!(
        answer.status,
        StatusCode::OK | StatusCode::CREATED | StatusCode::SEE_OTHER | StatusCode::UNPROCESSABLE_ENTITY | StatusCode::CONFLICT
    )
}

/// All of an answer, without what differs from one request to the next by intent.
fn bytes(answer: &Answer) -> (StatusCode, Vec<(String, String)>, String) {
    let headers = answer.headers.iter().filter(|(name, _)| *name != "x-request-id" && *name != "date");
    let headers = headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
    (answer.status, headers, answer.body.clone())
}

/// Everything in an answer that can be read.
fn seen(answer: &Answer) -> String {
    format!("{:?}\n{}", answer.headers, answer.body)
}

testkit::both! {
    async fn nobody_gets_further_than_the_door(database) {
        let site = Site::on(database).await;
        for route in table() {
            for address in site.places.addresses(route) {
                let answer = site.ask(route, &address.real, None).await;
                match route.access {
                    Access::Signed(_) => {
                        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{route:?}");
                        assert!(answer.header("location").starts_with("/sign-in"), "{route:?}");
                        assert_eq!(answer.body, "", "{route:?}");
                    }
                    Access::Token(_) => {
                        assert_eq!((answer.status, answer.header("www-authenticate")), (StatusCode::UNAUTHORIZED, "Bearer"), "{route:?}");
                    }
                    Access::Open | Access::Public => {}
                }
                for absent in &address.absent {
                    // The way back may be a page above this one: ids are put in each other's place, not whole addresses.
                    let mut answer = bytes(&answer);
                    for (real, other) in address.real.split('/').zip(absent.split('/')).filter(|(real, other)| real != other) {
                        answer.1.iter_mut().for_each(|header| header.1 = header.1.replace(real, other));
                    }
                    assert_eq!(bytes(&site.ask(route, absent, None).await), answer, "{route:?}");
                }
            }
        }
    }

    async fn everybody_gets_what_is_theirs_and_cannot_tell_the_rest_from_nothing(database) {
        let site = Site::on(database).await;
        let (mut refused, mut given) = (Seen::default(), Seen::default());
        let before = site.places.world.events().await;
        for asker in &site.askers {
            site.walk(Verb::Get, asker, false, &mut refused).await;
            site.walk(Verb::Post, asker, false, &mut refused).await;
        }
        assert_eq!(site.places.world.events().await, before, "a refused request changed something");
        for verb in [Verb::Get, Verb::Post] {
            for asker in &site.askers {
                site.walk(verb, asker, true, &mut given).await;
            }
        }
        println!("{} requests refused, {} about what was given, {} lines met", refused.requests, given.requests, given.lines.len());
        let signs_in = |role: Role| role.held_in() != OrganisationKind::System;
        let needed = |(action, _, role): &Line| signs_in(*role) && !WITHOUT_PAGE.contains(action);
        let missed: Vec<_> = site.matrix.all().filter(needed).map(codes).filter(|line| !given.lines.contains(line)).collect();
        assert_eq!(missed, [], "lines of the matrix that no request of this walk needs");
    }

    async fn every_page_that_is_given_is_sound_markup(database) {
        let site = Site::on(database).await;
        for asker in &site.askers {
            for route in table().iter().filter(|route| route.verb == Verb::Get && route.access != Access::Open) {
                for address in site.places.addresses(route) {
                    let answer = site.ask(route, &address.real, Some(asker)).await;
                    if answer.body.starts_with("<!DOCTYPE") {
                        assert_eq!(faults(&answer.body), Vec::<String>::new(), "{} {route:?}", asker.name());
                        let title = answer.body.split("</title>").next().unwrap();
                        assert!(!title.contains(&site.places.ours.marks.given_name), "{} {route:?}", asker.name());
                    }
                }
            }
        }
    }
}

#[test]
fn every_action_has_a_page_or_is_met_without_one() {
    let has_page = |action: &Action| signed_rows().any(|(_, needs)| needs == *action);
    let nowhere: Vec<_> = Action::ALL.iter().filter(|action| !has_page(action) && !WITHOUT_PAGE.contains(action)).collect();
    assert_eq!(nowhere, Vec::<&Action>::new());
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
