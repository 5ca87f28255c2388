//! The JSON side: one child placed by it, its document, its lists, its keys, and how it says no.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use domain::ids::{OrganisationId, ServiceId};
use domain::people::{Caller, Role};
use domain::purchasing::fields::{Field, FieldKind};
use domain::purchasing::offer_form;
use domain::purchasing::questions::Section;
use domain::purchasing::referral_form::SECTIONS;
use domain::reach::reaches_children;
use domain::registration::ServiceKind;
use serde_json::{Map, Value, json};
use service::people::organisation::{IssueToken, issue_token};
use testkit::placed::prepare;
use testkit::{Engine, TestDatabase, World, signed_in, world};
use uuid::Uuid;
use web::routes::{Access, Verb, table};
use web::server::{WebSettings, app};

use crate::addresses::NOBODYS;
use crate::kernel::{Answer, send};

/// The `OpenAPI` document as it is served.
pub struct Document(pub Value);

impl Document {
    pub async fn of(app: &axum::Router) -> Self {
        let answer = send(app, Request::get("/api/v1/openapi.json").body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, StatusCode::OK);
        Self(serde_json::from_str(&answer.body).unwrap())
    }

    /// The shortest body that has the shape which the document states for a post to this path.
    ///
    /// # Panics
    /// When the document states none.
    pub fn shortest_body(&self, path: &str) -> String {
        let schema = &self.0["paths"][path]["post"]["requestBody"]["content"]["application/json"]["schema"];
        assert!(!schema.is_null(), "{path} has no body in the document");
        self.example(schema).to_string()
    }

    fn example(&self, schema: &Value) -> Value {
        if let Some(name) = schema["$ref"].as_str() {
            return self.example(self.0.pointer(name.trim_start_matches('#')).unwrap());
        }
        if let Some(code) = schema["enum"].get(0) {
            return code.clone();
        }
        match schema["type"].as_str().unwrap_or_default() {
            "object" => {
                let needed = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
                let members = needed.map(|name| (name.to_owned(), self.example(&schema["properties"][name])));
                Value::Object(members.collect())
            }
            "array" => json!([]),
            "integer" => json!(1),
            "boolean" => json!(true),
            "string" if schema["format"] == "uuid" => json!(NOBODYS),
            "string" if schema["format"] == "date" => json!("2027-01-04"),
            "string" if schema["format"] == "date-time" => json!("2027-01-04T12:00:00Z"),
            "string" => json!("x"),
            other => panic!("no example for {other:?} in {schema}"),
        }
    }
}

pub(crate) struct Software {
    pub(crate) world: World,
    pub(crate) rival: OrganisationId,
    homes: [ServiceId; 2],
    app: axum::Router,
}

/// Somebody with what they show.
pub(crate) struct By(String);

impl Software {
    pub(crate) async fn on(database: TestDatabase) -> Self {
        let mut world = world(database).await;
        let (rival, home) = world.add_provider("Larch Row Care", "1234570", testkit::world::HOME_CATEGORY).await;
        let app = app(world.nearhome.clone(), WebSettings::default());
        Self { homes: [world.home, home], world, rival, app }
    }

    /// An organisation's software in one of the roles that software may have.
    pub(crate) async fn token(&self, caller: &Caller) -> By {
        // What reaches children is issued by whoever holds the role, the rest by whoever keeps the connections.
        let keeper = if reaches_children(caller.role) { caller.role } else { Role::Administrator };
        let keeper = self.world.of(caller.organisation, keeper);
        let wanted = IssueToken { name: "Case system".to_owned(), role: caller.role, days: 30 };
        let (_, token) = issue_token(&self.world.nearhome, &keeper, self.world.key(), &wanted).await.unwrap();
        By(token.reveal().to_owned())
    }

    /// A person who signed in.
    pub(crate) async fn person(&self, caller: &Caller) -> By {
        By(signed_in(&self.world.nearhome, caller).await.reveal().to_owned())
    }

    pub(crate) async fn get(&self, by: &By, path: &str) -> Answer {
        let request = Request::get(format!("/api/v1{path}")).header("authorization", format!("Bearer {}", by.0));
        send(&self.app, request.body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn post_with(&self, by: &By, path: &str, key: Uuid, body: &Value) -> Answer {
        let request = Request::post(format!("/api/v1{path}")).header("authorization", format!("Bearer {}", by.0));
        let request = request.header("content-type", "application/json").header("idempotency-key", key.to_string());
        send(&self.app, request.body(Body::from(body.to_string())).unwrap()).await
    }

    pub(crate) async fn read(&self, by: &By, path: &str) -> Value {
        let answer = self.get(by, path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.body);
        assert_eq!((answer.header("content-type"), answer.header("cache-control")), ("application/json", "no-store"));
        serde_json::from_str(&answer.body).unwrap()
    }

    pub(crate) async fn does(&self, by: &By, path: &str, body: Value) -> Value {
        let answer = self.post_with(by, path, self.world.key(), &body).await;
        assert!(answer.status.is_success(), "{path}: {} {}", answer.status, answer.body);
        serde_json::from_str(&answer.body).unwrap()
    }
}

pub(crate) fn problem(answer: &Answer, status: StatusCode) -> Value {
    assert_eq!((answer.status, answer.header("content-type")), (status, "application/problem+json"), "{}", answer.body);
    let problem: Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!((&problem["status"], &problem["type"]), (&json!(status.as_u16()), &json!("about:blank")));
    problem
}

/// What somebody answers, plainly synthetic, in the shapes of the document.
fn answers(fields: impl Iterator<Item = &'static Field>) -> Map<String, Value> {
    fields.filter_map(|field| Some((field.key.to_owned(), answer(field)?))).collect()
}

fn answer(field: &Field) -> Option<Value> {
    Some(match (field.key, field.kind) {
        ("given_name", _) => json!("Zephapi"),
        ("case_number", _) => json!("CASE-api"),
        ("date_of_birth", _) => json!("2013-05-03"),
        ("needed_by", _) => json!("2026-12-18"),
        ("available_from", _) => json!("2027-01-01"),
        ("valid_until", _) => json!("2027-03-31"),
        ("core_weekly", _) => json!(450_000),
        ("impact", _) => json!("EMPTY"),
        ("manager", _) => json!("REGISTERED"),
        ("within_purpose", _) => json!(true),
        ("contact_phone", _) => json!("0115 496 0000"),
        (_, FieldKind::Date | FieldKind::Money) => return None,
        (_, FieldKind::Text | FieldKind::LongText) => json!("As the synthetic plan says"),
        (_, FieldKind::Number) => json!(0),
        (_, FieldKind::YesNo) => json!(false),
        (_, FieldKind::OneOf) => json!(field.options[0].code),
        (_, FieldKind::ManyOf) => json!([field.options[0].code]),
        (_, FieldKind::Postcode) => json!("NG7 2QB"),
    })
}

impl Software {
    async fn new_referral(&self, writer: &By) -> String {
        let first = ["case_number", "given_name", "family_name", "date_of_birth", "home_postcode"];
        let mut child = answers(SECTIONS.iter().flat_map(Section::fields).filter(|field| first.contains(&field.key)));
        child.insert("case_number".to_owned(), json!(self.world.key().to_string()));
        let body = json!({ "answers": child, "urgency": "PLANNED" });
        self.does(writer, "/referrals", body).await["id"].as_str().unwrap().to_owned()
    }

    /// Written, completed, screened, authorised and released.
    async fn released(&self, writer: &By, officer: &By) -> String {
        let id = self.new_referral(writer).await;
        let at = format!("/referrals/{id}");
        let case = self.read(writer, &at).await["answers"]["case_number"].clone();
        for section in SECTIONS {
            let version = self.read(writer, &at).await["version"].clone();
            let mut body = answers(section.fields());
            body.entry("case_number").and_modify(|number| *number = case.clone());
            let kept = self.does(writer, &format!("{at}/sections/{}", section.slug), json!({ "version": version, "answers": body })).await;
            assert_eq!(kept["problems"], json!([]), "{}", section.slug);
        }
        let seen = self.read(writer, &at).await;
        assert_eq!((&seen["percent_complete"], &seen["answers"]["given_name"]), (&json!(100), &json!("Zephapi")), "{}", seen["missing"]);
        let manager = self.person(&self.world.as_role(Role::TeamManager)).await;
        let mut version = seen["version"].clone();
        let steps: [(&By, &str, Value); 4] = [
            (writer, "submit", json!({})),
            (officer, "accept", json!({})),
            (officer, "in-house", json!({ "result": "NO_VACANCY", "reason": "No home is free" })),
            (&manager, "authorise", json!({})),
        ];
        for (by, step, mut body) in steps {
            body["version"] = version;
            version = self.does(by, &format!("{at}/{step}"), body).await["version"].clone();
        }
        let [framework, lot, category] = testkit::world::HOME_CATEGORY;
        let body = json!({ "version": version, "framework": framework, "lot": lot, "category": category, "warnings_read": true });
        assert_eq!(self.does(officer, &format!("{at}/release"), body).await["services"], json!(2));
        id
    }

    /// The release of a referral in a provider's inbox.
    async fn received(&self, provider: &By) -> String {
        let inbox = self.read(provider, "/inbox").await;
        inbox["items"][0]["id"].as_str().unwrap().to_owned()
    }

    async fn offered(&self, provider: &By, core: i64) -> String {
        let release = self.received(provider).await;
        let mut body = answers(offer_form::fields(ServiceKind::Home));
        body.insert("core_weekly".to_owned(), json!(core));
        let kept = self.does(provider, &format!("/inbox/{release}/offer"), json!({ "answers": body })).await;
        assert_eq!(kept["problems"], json!([]));
        let sent = self.does(provider, &format!("/inbox/{release}/send"), json!({})).await;
        assert_eq!((&sent["state"], &sent["problems"]), (&json!("SUBMITTED"), &json!([])));
        sent["offer"].as_str().unwrap().to_owned()
    }

    /// Scored, ranked, chosen and approved.
    async fn chosen(&self, officer: &By, referral: &str, offers: [&str; 2]) {
        for (offer, tenths) in offers.into_iter().zip([45, 30]) {
            for criterion in ["MATCH", "STABILITY"] {
                let body = json!({ "criterion": criterion, "tenths": tenths, "reason": "Read with the synthetic plan" });
                self.does(officer, &format!("/referrals/{referral}/offers/{offer}/score"), body).await;
            }
        }
        let compared = self.read(officer, &format!("/referrals/{referral}/offers")).await;
        let first = &compared["ranked"][0];
        assert_eq!(first["offer"], json!(offers[0]));
        let parts: u64 = first["parts"].as_array().unwrap().iter().map(|part| part["points"].as_u64().unwrap()).sum();
        assert_eq!(json!(parts), first["total"]);
        self.does(officer, &format!("/referrals/{referral}/offers/{}/shortlist", offers[0]), json!({})).await;
        let reason = json!({ "reason": "First in the ranking", "disrupts_key_stage_4": false });
        let chosen = self.does(officer, &format!("/referrals/{referral}/offers/{}/prefer", offers[0]), reason).await;
        for approval in chosen["approvals"].as_array().unwrap() {
            let at = format!("/approvals/{}", approval.as_str().unwrap());
            let director = self.person(&self.world.as_role(Role::Director)).await;
            let view = self.read(&director, &at).await;
            let role: Role = domain::Code::from_code(view["decided_by"][0].as_str().unwrap()).unwrap();
            let checks = view["checks"].as_array().unwrap().iter();
            let evidence: Map<String, Value> = checks.map(|one| (one["code"].as_str().unwrap().to_owned(), json!("Seen"))).collect();
            let approver = self.person(&self.world.as_role(role)).await;
            let decided = self.does(&approver, &format!("{at}/decide"), json!({ "approve": true, "evidence": evidence })).await;
            assert_eq!(decided["state"], json!("APPROVED"));
        }
    }
}

testkit::both! {
    async fn a_child_is_placed_by_software_and_by_people_who_use_it(database) {
        let at = Software::on(database).await;
        let world = &at.world;
        let (first, second) = (world.of(world.provider, Role::ReferralsManager), world.of(at.rival, Role::ReferralsManager));
        let (writer, officer) = (at.token(&world.as_role(Role::SocialWorker)).await, at.token(&world.as_role(Role::PlacementOfficer)).await);
        let (manager, rival) = (at.token(&first).await, at.token(&second).await);
        prepare(world, world.council, at.homes).await;
        let referral = at.released(&writer, &officer).await;
        let release = at.received(&manager).await;
        let profile = at.get(&manager, &format!("/inbox/{release}")).await;
        assert!(!profile.body.contains("Zephapi") && profile.body.contains("As the synthetic plan says"));
        let offers = [at.offered(&manager, 450_000).await, at.offered(&rival, 470_000).await];
        // A token acts as whoever answers for it, and who asked for a placement does not judge the offers for it.
        let judge = at.person(&world.as_role(Role::PlacementOfficer)).await;
        at.chosen(&judge, &referral, [&offers[0], &offers[1]]).await;

        let terms = json!({
            "starts_on": "2027-01-04", "service_address": "1 Sample Row", "council_address": "1 Sample Square",
            "provider_address": "2 Sample Road", "contacts": [{ "post": "Social worker", "telephone": "0115 496 0001" }],
            "outcomes": "Back to school"
        });
        let issued = at.does(&officer, &format!("/referrals/{referral}/agreement"), terms).await;
        let agreement = format!("/agreements/{}", issued["agreement"].as_str().unwrap());
        let signatory = at.person(&world.of(world.provider, Role::ProviderSignatory)).await;
        at.does(&signatory, &format!("{agreement}/sign-provider"), json!({})).await;
        let head = at.person(&world.as_role(Role::HeadOfContracting)).await;
        assert_eq!(at.does(&head, &format!("{agreement}/sign-council"), json!({})).await["state"], json!("LA_SIGNED"));
        assert!(at.get(&officer, &format!("{agreement}/pdf")).await.body.starts_with("%PDF-"));
        let start = json!({ "started_on": "2026-12-14", "is_emergency": true, "emergency_reason": "her bed was lost", "done": ["REGISTRATION_CHECKED"], "others_because": "BETTER_MATCH" });
        let begun = at.does(&officer, &format!("{agreement}/start"), start).await;
        let placement = format!("/placements/{}", begun["placement"].as_str().unwrap());
        let placed = at.read(&officer, &placement).await;
        assert_eq!((&placed["state"], &placed["weekly_pence"], &begun["referral"]), (&json!("ACTIVE"), &json!(450_000), &json!("PLACED")));
        let plan = placed["tasks"].as_array().unwrap().iter().find(|one| one["label"] == json!("Sign the placement plan"));
        let task = plan.unwrap()["id"].as_str().unwrap();
        let after = at.does(&officer, &format!("{placement}/tasks/{task}"), json!({ "note": "Done" })).await;
        let done = after["tasks"].as_array().unwrap().iter().find(|one| one["id"] == json!(task)).unwrap();
        assert!(done["done_on"].is_string());
        let finance = at.token(&world.as_role(Role::FinanceOfficer)).await;
        assert!(at.read(&finance, "/commitments").await[0]["committed_pence"].as_i64().unwrap() > 0);

        // The other provider hears what became of it, and sees nothing of the child or of the other's price.
        let lost = at.received(&rival).await;
        let told = at.get(&rival, &format!("/inbox/{lost}")).await;
        assert!(told.body.contains("NOT_SELECTED") && !told.body.contains("Zephapi") && !told.body.contains("450000"), "{}", told.body);
        for path in [&agreement, &placement] {
            let theirs = at.get(&rival, path).await;
            let nothing = at.get(&rival, &format!("/{}/{}", path.split('/').nth(1).unwrap(), Uuid::nil())).await;
            problem(&theirs, StatusCode::NOT_FOUND);
            assert_eq!(theirs.body, nothing.body);
        }
    }

    async fn a_key_does_one_thing_once(database) {
        let at = Software::on(database).await;
        let writer = at.token(&at.world.as_role(Role::SocialWorker)).await;
        let child = json!({ "case_number": "C-1", "given_name": "Zeph", "date_of_birth": "2013-05-03" });
        let body = json!({ "answers": child, "urgency": "PLANNED" });
        let key = at.world.key();
        let first = at.post_with(&writer, "/referrals", key, &body).await;
        let again = at.post_with(&writer, "/referrals", key, &body).await;
        assert_eq!((first.status, &first.body), (StatusCode::CREATED, &again.body));
        assert!(first.header("location").starts_with("/api/v1/referrals/"));
        let other = json!({ "answers": child, "urgency": "URGENT" });
        problem(&at.post_with(&writer, "/referrals", key, &other).await, StatusCode::CONFLICT);
        assert_eq!(at.read(&writer, "/referrals").await["items"].as_array().unwrap().len(), 1);
        let request = Request::post("/api/v1/referrals").header("authorization", format!("Bearer {}", writer.0));
        let keyless = request.header("content-type", "application/json").body(Body::from(body.to_string())).unwrap();
        problem(&send(&at.app, keyless).await, StatusCode::BAD_REQUEST);
    }

    async fn a_list_is_walked_without_gap_or_repeat_while_it_grows(database) {
        let at = Software::on(database).await;
        let writer = at.token(&at.world.as_role(Role::SocialWorker)).await;
        let mut written = Vec::new();
        for _ in 0..7 {
            written.push(at.new_referral(&writer).await);
        }
        let (mut seen, mut next) = (Vec::new(), String::new());
        loop {
            let part = at.read(&writer, &format!("/referrals?limit=3{next}")).await;
            let items = part["items"].as_array().unwrap();
            assert!(items.len() <= 3);
            seen.extend(items.iter().map(|item| item["id"].as_str().unwrap().to_owned()));
            // A row that comes in between moves none of the others.
            if seen.len() == 3 {
                written.push(at.new_referral(&writer).await);
            }
            let Some(cursor) = part["next"].as_str() else { break };
            next = format!("&after={cursor}");
        }
        assert_eq!(seen, written);
        for wrong in ["limit=0", "limit=201", "after=what"] {
            let told = problem(&at.get(&writer, &format!("/referrals?{wrong}")).await, StatusCode::UNPROCESSABLE_ENTITY);
            assert_eq!(told["errors"][0]["field"], json!(wrong.split('=').next().unwrap()));
        }
        problem(&at.get(&writer, "/referrals?pages=3").await, StatusCode::BAD_REQUEST);
    }

    async fn what_is_wrong_is_said_at_its_field_and_nothing_is_lost(database) {
        let at = Software::on(database).await;
        let writer = at.token(&at.world.as_role(Role::SocialWorker)).await;
        let told = at.post_with(&writer, "/referrals", at.world.key(), &json!({ "answers": { "given_name": "Zeph", "surname": "X" }, "urgency": "PLANNED" })).await;
        assert_eq!(problem(&told, StatusCode::UNPROCESSABLE_ENTITY)["errors"][0]["field"], json!("surname"));
        let told = at.post_with(&writer, "/referrals", at.world.key(), &json!({ "answers": {}, "urgency": "PLANNED" })).await;
        let problems = problem(&told, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(problems["errors"].as_array().unwrap().iter().any(|one| one["field"] == "given_name"), "{problems}");
        for (body, why) in [("{", "EOF"), (r#"{"answers":{},"urgency":"SOON"}"#, "SOON"), (r#"{"answers":{},"urgency":"PLANNED","x":1}"#, "unknown field")] {
            let request = Request::post("/api/v1/referrals").header("authorization", format!("Bearer {}", writer.0)).header("content-type", "application/json");
            let request = request.header("idempotency-key", at.world.key().to_string()).body(Body::from(body)).unwrap();
            let told = problem(&send(&at.app, request).await, StatusCode::BAD_REQUEST);
            assert!(told["detail"].as_str().unwrap().contains(why), "{told}");
        }
        let id = at.new_referral(&writer).await;
        let section = SECTIONS.iter().find(|section| section.fields().any(|field| field.key == "needed_by")).unwrap();
        let version = at.read(&writer, &format!("/referrals/{id}")).await["version"].clone();
        let mut body = answers(section.fields());
        body.insert("needed_by".to_owned(), json!("2026-02-31"));
        let kept = at.does(&writer, &format!("/referrals/{id}/sections/{}", section.slug), json!({ "version": version, "answers": body })).await;
        assert!(kept["problems"][0]["field"].as_str().unwrap().starts_with("needed_by"), "{kept}");
        let stale = json!({ "version": version, "answers": body });
        problem(&at.post_with(&writer, &format!("/referrals/{id}/sections/{}", section.slug), at.world.key(), &stale).await, StatusCode::CONFLICT);
    }

    async fn a_cookie_opens_nothing_here_and_a_token_opens_no_page(database) {
        let at = Software::on(database).await;
        let officer = at.world.as_role(Role::PlacementOfficer);
        let session = at.person(&officer).await;
        let request = Request::get("/api/v1/referrals").header("cookie", format!("nearhome_session={}", session.0));
        problem(&send(&at.app, request.body(Body::empty()).unwrap()).await, StatusCode::UNAUTHORIZED);
        let token = at.token(&officer).await;
        let request = Request::get("/board").header("authorization", format!("Bearer {}", token.0));
        assert_eq!(send(&at.app, request.body(Body::empty()).unwrap()).await.status, StatusCode::SEE_OTHER);
        assert_eq!(at.read(&token, "/me").await["token"], json!("Case system"));
        let nowhere = problem(&at.get(&token, "/no/such/thing").await, StatusCode::NOT_FOUND);
        assert_eq!(nowhere["title"], json!("Page not found"));
        // Ending the session ends it for both sides.
        at.does(&session, "/sessions/end", json!({})).await;
        problem(&at.get(&session, "/me").await, StatusCode::UNAUTHORIZED);
    }
}

#[tokio::test]
async fn the_document_and_the_table_name_the_same_things() {
    let Some(database) = TestDatabase::fresh(Engine::Sqlite).await else { return };
    let world = world(database).await;
    let document = Document::of(&app(world.nearhome.clone(), WebSettings::default())).await;
    let said: std::collections::BTreeSet<String> = document.0["paths"]
        .as_object()
        .unwrap()
        .iter()
        .flat_map(|(path, item)| item.as_object().unwrap().keys().map(move |verb| format!("{verb} {path}")))
        .collect();
    let verb = |verb| if verb == Verb::Get { "get" } else { "post" };
    let served = table().iter().filter(|route| route.path.starts_with("/api/v1/") && route.path != "/api/v1/openapi.json");
    let served: std::collections::BTreeSet<String> = served.map(|route| format!("{} {}", verb(route.verb), route.path)).collect();
    assert_eq!(said, served);
    assert!(
        table()
            .iter()
            .filter(|route| route.path.starts_with("/api/"))
            .all(|route| !matches!(route.access, Access::Signed(_) | Access::Public))
    );
    assert_eq!(document.0["openapi"], json!("3.1.0"));
    insta::assert_json_snapshot!("openapi", document.0);
}

/// The document knows a shape by its name alone: two of one name would be one shape in it.
#[test]
fn no_two_shapes_have_one_name() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/api");
    let mut names = Vec::new();
    for file in std::fs::read_dir(folder).unwrap() {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        for shape in text.split("ToSchema)]").skip(1) {
            let name = shape.split("struct ").nth(1).unwrap().split([' ', '<', '{']).next().unwrap();
            names.push(name.to_owned());
        }
    }
    assert!(names.len() > 40);
    names.sort_unstable();
    let twice: Vec<_> = names.windows(2).filter(|pair| pair[0] == pair[1]).collect();
    assert!(twice.is_empty(), "{twice:?}");
}
