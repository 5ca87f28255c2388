//! A procurement by JSON, from opened bids to a framework in force, and an exercise that is awarded to one provider. Opening stays with
//! people: here the officers' passphrases are given at the use case.

use axum::http::StatusCode;
use domain::governance::decision::Ruling;
use domain::people::{Caller, Role};
use domain::procurement::bid::Envelope;
use serde_json::{Value, json};
use testkit::TestDatabase;
use testkit::awarding::director;
use testkit::bidding::{Typed, submitted};
use testkit::evaluating::{email, opens};
use testkit::tendering::{draft, opening_officers, published};
use testkit::world::{DECISION, HAZEL_BANK, HOME_CATEGORY};
use uuid::Uuid;

use crate::api::{By, Software, problem};

const RIVAL: &str = "Larch Row Care";
const STAYS: &str = "Elm Corner Care";
const PORTFOLIO_HOLDER: &str = "Portfolio Holder for Early Intervention and Early Years";

impl Software {
    /// The problem with which something is refused.
    async fn refuses(&self, by: &By, path: &str, body: Value) -> Value {
        problem(&self.post_with(by, path, self.world.key(), &body).await, StatusCode::UNPROCESSABLE_ENTITY)
    }

    /// The field at which it is refused.
    async fn refuses_at(&self, by: &By, path: &str, body: Value) -> String {
        self.refuses(by, path, body).await["errors"][0]["field"].as_str().unwrap().to_owned()
    }

    async fn pdf(&self, by: &By, path: &str) {
        let answer = self.get(by, path).await;
        assert!(answer.status == StatusCode::OK && answer.body.starts_with("%PDF-"), "{path}: {}", answer.status);
    }

    /// What the decision about a framework or exercise asks for before an award: one is consulted, three councils agree.
    async fn consulted(&self, officer: &By, councils: &[Caller], about: &str, said_on: &str) {
        let decisions = self.read(officer, "/decisions").await;
        let is_about = |one: &&Value| one["decision"]["resolutions"].to_string().contains(&format!("\"{about}\""));
        let decision = decisions.as_array().unwrap().iter().find(is_about).unwrap()["id"].as_str().unwrap();
        let said = json!({ "about": about, "who": PORTFOLIO_HOLDER, "said": "Agrees with the outcome", "said_on": said_on });
        self.does(officer, &format!("/decisions/{decision}/consultations"), said).await;
        for council in councils {
            let partner = self.token(council).await;
            let said = json!({ "about": about, "said": "Agrees", "said_on": said_on });
            self.does(&partner, &format!("/decisions/{decision}/agree"), said).await;
        }
    }
}

/// A tender of the four councils with two opened bids, the third provider of the lot having made none.
struct Opened {
    at: Software,
    tender: String,
    /// The contract officers of the three other councils.
    partners: [Caller; 3],
}

impl Opened {
    async fn on(database: TestDatabase) -> Self {
        let mut at = Software::on(database).await;
        at.world.add_provider(STAYS, "1234571", HOME_CATEGORY).await;
        let tender = published(&mut at.world).await;
        let world = &at.world;
        submitted(world, world.provider, tender, "R1", &Typed::at("4,750.00")).await;
        submitted(world, at.rival, tender, "R1", &Typed { name: RIVAL.to_owned(), ..Typed::at("4,900.00") }).await;
        world.clock.set("2027-02-26T12:30:00Z");
        opens(world, tender, Envelope::Quality).await;
        let partners = partners(&at);
        Self { at, tender: tender.to_string(), partners }
    }

    fn path(&self, rest: &str) -> String {
        format!("/tenders/{}{rest}", self.tender)
    }

    async fn officer(&self) -> By {
        self.at.person(&self.at.world.as_role(Role::ContractOfficer)).await
    }

    /// Two evaluators declare, each scores every answer of every bid alone, and what they agree on is locked; then prices open.
    async fn judged(&self) {
        let (at, world) = (&self.at, &self.at.world);
        let software = at.token(&world.as_role(Role::ContractOfficer)).await;
        let officer = self.officer().await;
        let declaration = self.path("/evaluation/declaration");
        let first = world.as_role(Role::PlacementOfficer);
        let second = world.of_other_council(Role::HeadOfService);
        for evaluator in [&first, &second] {
            let email = email(world, evaluator).await;
            at.does(&software, &self.path("/evaluators"), json!({ "email": email })).await;
        }
        // What conflicts is told by the person; what they think of an answer may come from software that they answer for.
        let firsts = at.token(&first).await;
        let why = at.refuses(&firsts, &declaration, json!({ "has_conflict": false })).await;
        assert!(why["detail"].as_str().unwrap().contains("declared by the person"), "{why}");
        let (in_person, seconds) = (at.person(&first).await, at.person(&second).await);
        assert_eq!(at.refuses_at(&in_person, &declaration, json!({ "has_conflict": true })).await, "words");
        let before = at.read(&firsts, &self.path("/evaluation")).await;
        assert_eq!((&before["bids"], &before["scores"]), (&json!([]), &json!(true)));
        assert!(before["hidden_because"].as_str().unwrap().contains("declare first"), "{before}");
        for person in [&in_person, &seconds, &officer] {
            at.does(person, &declaration, json!({ "has_conflict": false })).await;
        }
        let seen = at.read(&officer, &self.path("/evaluation")).await;
        let bids: Vec<&str> = seen["bids"].as_array().unwrap().iter().map(|bid| bid["id"].as_str().unwrap()).collect();
        assert_eq!((bids.len(), &seen["manages"], &seen["still_to_agree"]), (2, &json!(true), &json!(6)));
        for (bid, score) in bids.iter().zip([5, 3]) {
            self.scored(bid, score, [&firsts, &seconds], &officer).await;
        }
        let early = at.refuses(&officer, &self.path("/evaluation/outcomes"), json!({ "rejected": [] })).await;
        assert!(early["detail"].as_str().unwrap().contains("not open yet"), "{early}");
        at.does(&officer, &self.path("/evaluation/lock"), json!({})).await;
        opens(world, self.tender.parse().unwrap(), Envelope::Price).await;
        let opening = at.read(&software, &self.path("/opening")).await;
        assert_eq!((&opening["open"], &opening["waiting"]), (&json!(["QUALITY", "PRICE"]), &json!([])));
    }

    async fn scored(&self, bid: &str, score: u32, evaluators: [&By; 2], officer: &By) {
        let at = &self.at;
        let path = self.path(&format!("/evaluation/bids/{bid}"));
        let (score_at, agree_at) = (format!("{path}/score"), format!("{path}/agree"));
        for (place, evaluator) in evaluators.into_iter().enumerate() {
            let seen = at.read(evaluator, &path).await;
            assert!(!seen.to_string().contains("pence\":475000"), "a price is part of no bid that is judged: {seen}");
            for answer in seen["answers"].as_array().unwrap() {
                assert_eq!(
                    (&answer["given"], &answer["all"], &answer["mine"]),
                    (&json!(place), &Value::Null, &Value::Null),
                    "each scores alone"
                );
                let wrong = json!({ "question": answer["question"], "score": 9, "reason": "More than there is" });
                assert_eq!(at.refuses_at(evaluator, &score_at, wrong).await, "score");
                let wrong = json!({ "question": answer["question"], "score": score, "reason": " " });
                assert_eq!(at.refuses_at(evaluator, &score_at, wrong).await, "reason");
                let body = json!({ "question": answer["question"], "score": score, "reason": "Read with the synthetic plan" });
                at.does(evaluator, &score_at, body).await;
            }
        }
        let compared = at.read(officer, &path).await;
        for answer in compared["answers"].as_array().unwrap() {
            assert_eq!(answer["all"].as_array().unwrap().len(), 2, "both have scored: they are compared");
            let wrong = json!({ "question": answer["question"], "agreed": 9, "reason": "Both say so" });
            assert_eq!(at.refuses_at(officer, &agree_at, wrong).await, "agreed");
            let body = json!({ "question": answer["question"], "agreed": score, "reason": "Both say so" });
            at.does(officer, &agree_at, body).await;
        }
    }

    /// From open prices to the day after the standstill: nobody has signed.
    async fn awarded(&self) {
        let (at, world) = (&self.at, &self.at.world);
        let (software, officer) = (at.token(&world.as_role(Role::ContractOfficer)).await, self.officer().await);
        let director = at.person(&director(world).await).await;
        let decided = at.does(&officer, &self.path("/evaluation/outcomes"), json!({ "rejected": [] })).await;
        assert_eq!(decided["admitted"], json!(2));
        let waits = at.read(&director, &self.path("/award")).await;
        assert!(waits["blocks_award"].to_string().contains("has not been consulted"), "{waits}");
        at.consulted(&software, &self.partners, "CCS072", "2027-02-26").await;
        let ready = at.read(&director, &self.path("/award")).await;
        assert_eq!((&ready["blocks_award"], &ready["award"]), (&json!([]), &Value::Null));
        at.does(&director, &self.path("/award"), json!({})).await;
        assert_eq!(at.does(&software, &self.path("/award/summaries"), json!({})).await["summaries"], json!(2));
        at.does(&software, &self.path("/award/notice"), json!({})).await;
        // Friday 26 February is the first of eight working days.
        let held = at.read(&software, &self.path("/award")).await;
        assert_eq!(held["award"]["standstill_until"], json!("2027-03-09"));
        assert!(held["blocks_signature"].as_str().unwrap().contains("standstill"), "{held}");
        let signatory = at.person(&world.as_role(Role::ProviderSignatory)).await;
        let early = at.refuses(&signatory, &self.path("/result/sign"), json!({})).await;
        assert!(early["detail"].as_str().unwrap().contains("standstill"), "{early}");
        world.clock.set("2027-03-10T09:00:00Z");
    }

    /// The agreement of a provider, as the award lists it.
    async fn agreement(&self, by: &By, provider: &str) -> Value {
        let award = self.at.read(by, &self.path("/award")).await;
        let found = award["agreements"].as_array().unwrap().iter().find(|one| one["provider"] == json!(provider));
        found.unwrap().clone()
    }

    /// Both sides sign the agreement with the first provider; gives the address of the agreement.
    async fn signed(&self, head: &By) -> String {
        let at = &self.at;
        let prepared = self.agreement(head, HAZEL_BANK).await;
        let path = self.path(&format!("/framework-agreements/{}", prepared["id"].as_str().unwrap()));
        let why = at.refuses(head, &format!("{path}/countersign"), json!({})).await;
        assert!(why["detail"].as_str().unwrap().contains("provider signs first"), "{why}");
        let signatory = at.person(&at.world.as_role(Role::ProviderSignatory)).await;
        at.does(&signatory, &self.path("/result/sign"), json!({})).await;
        at.does(head, &format!("{path}/countersign"), json!({})).await;
        path
    }

    async fn head(&self) -> By {
        self.at.person(&self.at.world.as_role(Role::HeadOfContracting)).await
    }
}

fn partners(at: &Software) -> [Caller; 3] {
    let world = &at.world;
    let officers = world.everybody().iter().filter(|one| one.role == Role::ContractOfficer && one.organisation != world.council);
    officers.cloned().collect::<Vec<_>>().try_into().unwrap()
}

/// The ranking adds up from its parts, says from what it was worked out, and where it would change.
fn explained(lot: &Value) {
    let category = lot["categories"].as_array().unwrap().iter().find(|one| one["category"] == json!(HOME_CATEGORY[2])).unwrap();
    let ranked = category["ranked"].as_array().unwrap();
    assert_eq!(ranked.len(), 2);
    for row in ranked {
        let parts: u64 = row["parts"].as_array().unwrap().iter().map(|part| part["points"].as_u64().unwrap()).sum();
        assert_eq!(json!(parts), row["total"], "the parts add up");
        let inputs = lot["inputs"]["bids"].as_array().unwrap().iter().find(|bid| bid["bid"] == row["bid"]).unwrap();
        assert_eq!(inputs["lines"][0]["weekly_pence"], row["weekly_pence"]);
        assert_eq!(
            inputs["agreed"].as_object().unwrap().len() + 1,
            row["parts"].as_array().unwrap().len(),
            "one for each question and the price"
        );
    }
    let moves = category["sensitivity"].as_array().unwrap();
    assert_eq!(moves.iter().map(|one| &one["weight_percent"]).filter_map(Value::as_u64).sum::<u64>(), 100);
    let price = moves.last().unwrap();
    assert_eq!(price["code"], json!("PRICE"));
    let (first, last) = (&price["leaders"][0], price["leaders"].as_array().unwrap().last().unwrap());
    assert_eq!((&first["from"]["part"], &last["to"]["percent"]), (&json!(0), &json!("100.00%")));
}

testkit::both! {
    async fn a_framework_is_put_in_force_by_people_who_use_other_software(database) {
        let opened = Opened::on(database).await;
        let (at, world) = (&opened.at, &opened.at.world);
        opened.judged().await;

        // Whoever runs the evaluation sees the ranking, whoever scores sees no price.
        let officer = opened.officer().await;
        let seen = at.read(&officer, &opened.path("/evaluation")).await;
        let [lot] = seen["lots"].as_array().unwrap().as_slice() else { panic!("one lot has bids: {seen}") };
        explained(lot);
        let evaluator = at.token(&world.as_role(Role::PlacementOfficer)).await;
        let scores = at.read(&evaluator, &opened.path("/evaluation")).await;
        assert_eq!((&scores["lots"], scores["bids"].as_array().unwrap().len()), (&json!([]), 2));

        // Nothing is admitted because somebody mistook it, and nobody is turned down without a reason.
        let row = &lot["categories"][0]["ranked"][0];
        let reject = |service: &Value, reason: &str| json!({ "rejected": [
            { "bid": row["bid"], "service": service, "category": HOME_CATEGORY[2], "reason": reason },
        ] });
        let outcomes = opened.path("/evaluation/outcomes");
        assert_eq!(at.refuses_at(&officer, &outcomes, reject(&json!(world.branch), "It closes in May")).await, "rejected.0");
        assert_eq!(at.refuses_at(&officer, &outcomes, reject(&row["service"], " ")).await, "rejected.0.reason");
        assert_eq!(at.does(&officer, &outcomes, reject(&row["service"], "It closes in May")).await["admitted"], json!(1));

        let placement = at.token(&world.as_role(Role::PlacementOfficer)).await;
        let before = at.read(&placement, "/frameworks/CCS072").await;
        let due = |deadline: &Value| (deadline["deadline"].clone(), deadline["due_on"].clone());
        assert_eq!((&before["awards"][0]["state"], due(&before["deadlines"][0])), (&json!("EVALUATION"), (json!("NEXT_AWARD"), json!("2029-03-31"))));
        opened.awarded().await;
        let decided = at.read(&opened.officer().await, &opened.path("/evaluation")).await;
        assert!(decided["outcomes"].as_array().unwrap().iter().all(|one| one["outcome"] == json!("ADMIT")), "{decided}");

        // Each bidder reads its own result, the council what each of them was told; all of it prints.
        let signatory = at.person(&world.as_role(Role::ProviderSignatory)).await;
        let result = at.read(&signatory, &opened.path("/result")).await;
        let [summary] = result["summaries"].as_array().unwrap().as_slice() else { panic!("one bid, one summary: {result}") };
        assert_eq!((summary["answers"].as_array().unwrap().len(), &summary["services"][0]["is_admitted"]), (3, &json!(true)));
        assert!(!result.to_string().contains(RIVAL), "nobody reads of another's bid: {result}");
        let head = opened.head().await;
        let told = at.read(&head, &opened.path("/award/summaries")).await;
        assert_eq!(told.as_array().unwrap().len(), 2);
        at.pdf(&head, &opened.path(&format!("/letters/{}/pdf", told[0]["bidder"].as_str().unwrap()))).await;
        for paper in ["letter", "agreement"] {
            at.pdf(&signatory, &opened.path(&format!("/result/{paper}/pdf"))).await;
        }

        // A challenge stops the signatures until it is closed.
        let software = at.token(&world.as_role(Role::ContractOfficer)).await;
        let about = json!({ "kind": "CHALLENGE", "about": "Under the Act" });
        let challenge = at.does(&software, &opened.path("/challenges"), about).await["id"].clone();
        let why = at.refuses(&signatory, &opened.path("/result/sign"), json!({})).await;
        assert!(why["detail"].as_str().unwrap().contains("a challenge is open"), "{why}");
        let close = opened.path(&format!("/challenges/{}/close", challenge.as_str().unwrap()));
        assert_eq!(at.refuses_at(&software, &close, json!({ "outcome": "" })).await, "outcome");
        at.does(&software, &close, json!({ "outcome": "Withdrawn" })).await;
        let nothing = opened.path(&format!("/challenges/{}/close", Uuid::nil()));
        problem(&at.post_with(&software, &nothing, world.key(), &json!({ "outcome": "x" })).await, StatusCode::NOT_FOUND);

        let agreement = opened.signed(&head).await;
        at.pdf(&head, &format!("{agreement}/pdf")).await;
        let line = opened.agreement(&head, HAZEL_BANK).await;
        assert_eq!((&line["standing"], &line["council_signed"]["by"]), (&json!("IN_FORCE"), &json!("Head of Contracting and Procurement")));
        assert_eq!(opened.agreement(&head, RIVAL).await["standing"], json!("PREPARED"), "the other provider has still to sign");
        let after = at.read(&placement, "/frameworks/CCS072").await;
        assert_eq!((&before["framework"]["reawarded_on"], &after["framework"]["reawarded_on"]), (&Value::Null, &json!(["2027-04-01"])));
        assert_eq!((&after["awards"][0]["state"], &after["awards"][0]["signed"], &after["deadlines"][0]["due_on"]), (&json!("AWARDED"), &json!(1), &json!("2032-03-31")));
        world.clock.set("2027-04-01T09:00:00+01:00");
        let placement = at.person(&world.as_role(Role::PlacementOfficer)).await;
        assert_eq!(at.read(&placement, "/frameworks/CCS072").await["awards"][0]["state"], json!("LIVE"));
        problem(&at.get(&placement, "/frameworks/NONE-1").await, StatusCode::NOT_FOUND);
    }

    async fn an_agreement_is_changed_suspended_lifted_and_ended_and_a_provider_stays(database) {
        let opened = Opened::on(database).await;
        let (at, world) = (&opened.at, &opened.at.world);
        opened.judged().await;
        let software = at.token(&world.as_role(Role::ContractOfficer)).await;
        let stay = opened.path("/carry-over");
        let candidates = at.read(&software, &stay).await;
        let of = |name: &str| candidates.as_array().unwrap().iter().find(|one| one["name"] == json!(name)).unwrap();
        assert_eq!((&of(RIVAL)["has_tendered"], &of(STAYS)["has_tendered"], &of(STAYS)["ground"]), (&json!(true), &json!(false), &Value::Null));
        let on = |name: &str| json!({ "provider": of(name)["provider"], "ground": "STATUS", "reason": "It serves children well" });
        assert_eq!(at.refuses_at(&software, &stay, on(RIVAL)).await, "ground");
        at.does(&software, &stay, on(STAYS)).await;
        opened.awarded().await;
        let head = opened.head().await;
        let award = at.read(&head, &opened.path("/award")).await;
        assert_eq!((&award["admitted_providers"], &award["stay_on"][0]["ground"]), (&json!(3), &json!("STATUS")));
        let agreement = opened.signed(&head).await;

        let does = |act: &str| format!("{agreement}/{act}");
        assert_eq!(at.refuses_at(&head, &does("vary"), json!({ "from": "2027-04-01", "what": " " })).await, "what");
        at.does(&head, &does("vary"), json!({ "from": "2027-04-01", "what": "Reports come each month" })).await;
        let backwards = json!({ "from": "2027-04-10", "until": "2027-04-09", "reason": "A notice of Ofsted" });
        assert_eq!(at.refuses_at(&head, &does("suspend"), backwards).await, "until");
        at.does(&head, &does("suspend"), json!({ "from": "2027-03-10", "reason": "A notice of Ofsted" })).await;
        let line = opened.agreement(&head, HAZEL_BANK).await;
        assert_eq!((&line["standing"], &line["suspended"]["until"], &line["changes"][0]["number"]), (&json!("SUSPENDED"), &Value::Null, &json!(1)));
        at.does(&head, &does("lift"), json!({ "reason": "The notice was withdrawn" })).await;
        assert_eq!(opened.agreement(&head, HAZEL_BANK).await["standing"], json!("IN_FORCE"));
        at.does(&head, &does("end"), json!({ "on": "2027-06-01", "reason": "By agreement" })).await;
        assert_eq!(opened.agreement(&head, HAZEL_BANK).await["ended"], json!({ "on": "2027-06-01", "reason": "By agreement" }));
        let terminate = opened.path("/award/terminate");
        assert_eq!(at.refuses_at(&head, &terminate, json!({ "on": "2027-03-09", "reason": "The councils part" })).await, "on");
        at.does(&head, &terminate, json!({ "on": "2027-05-01", "reason": "The councils part" })).await;
        let stands = at.read(&head, "/frameworks/CCS072").await;
        let last = stands["deadlines"].as_array().unwrap().iter().find(|one| one["deadline"] == json!("END"));
        assert_eq!((last.map(|one| &one["due_on"]), &stands["awards"][0]["state"]), (Some(&json!("2027-04-30")), &json!("AWARDED")));
        // The officer keeps no agreements, and nobody keeps one that is not there.
        let officer = opened.officer().await;
        problem(&at.post_with(&officer, &does("lift"), world.key(), &json!({ "reason": "x" })).await, StatusCode::FORBIDDEN);
        let nothing = opened.path(&format!("/framework-agreements/{}/lift", Uuid::nil()));
        problem(&at.post_with(&head, &nothing, world.key(), &json!({ "reason": "x" })).await, StatusCode::NOT_FOUND);
    }

    async fn an_exercise_is_started_and_awarded_to_one_provider(database) {
        let mut at = Software::on(database).await;
        opening_officers(&mut at.world).await;
        let (world, partners) = (&at.world, partners(&at));
        let software = at.token(&world.as_role(Role::ContractOfficer)).await;
        let director = at.person(&director(world).await).await;
        let exercise = json!({
            "lot": HOME_CATEGORY[1], "reference": "CCS072-B1", "title": "A block of homes", "users": ["E06000018", "E06000015"],
            "starts_on": "2027-04-01", "need": "Twelve synthetic children live far away for want of a home here.", "beds": 4,
            "shares": [{ "council": "E06000018", "percent": 70 }, { "other": "Sample care board", "percent": 30 }],
            "years": [5, 2, 2], "guaranteed_pence": 1_126_200_000, "at_most_pence": 1_872_000_000,
            "direct": { "ground": "ONLY_ONE", "reason": "Nobody else has homes with two beds" },
        });
        let start = "/frameworks/CCS072/exercises";
        for (member, wrong) in [("lot", json!("R9")), ("users", json!([])), ("title", json!(" "))] {
            let mut body = exercise.clone();
            body[member] = wrong;
            assert_eq!(at.refuses_at(&software, start, body).await, member);
        }
        problem(&at.post_with(&software, "/frameworks/NONE-1/exercises", world.key(), &exercise).await, StatusCode::NOT_FOUND);
        let key = world.key();
        let started = at.post_with(&software, start, key, &exercise).await;
        assert_eq!(started.status, StatusCode::OK, "{}", started.body);
        world.clock.forward(chrono::Duration::minutes(1));
        assert_eq!(at.post_with(&software, start, key, &exercise).await.body, started.body, "sent again, it is not begun again");
        let id: Value = serde_json::from_str(&started.body).unwrap();
        let path = |rest: &str| format!("/tenders/{}{rest}", id["id"].as_str().unwrap());

        // The rest of the draft, and the decision that approves it.
        let begun = at.read(&software, &path("")).await;
        assert_eq!((&begun["phase"], &begun["plan"]["framework"]["ends_on"]), (&json!("DRAFT"), &json!("2036-03-31")));
        assert!(!begun["problems"].as_array().unwrap().is_empty(), "what is still to be written");
        let mut whole = serde_json::to_value(draft(world).await).unwrap();
        for taken in ["framework", "exercise"] {
            whole["plan"][taken] = begun["plan"][taken].clone();
        }
        whole["title"] = begun["title"].clone();
        at.does(&software, "/tenders", json!({ "of": { "id": id["id"], "version": begun["version"] }, "draft": whole })).await;
        assert_eq!(at.read(&software, &path("")).await["problems"], json!([]));
        let mut decision = service::governance::decision::read(DECISION).unwrap();
        "A block of homes under the framework".clone_into(&mut decision.title);
        "6".clone_into(&mut decision.item);
        for resolution in &mut decision.resolutions {
            if let Ruling::ApproveToProcure(approval) = &mut resolution.ruling {
                approval.frameworks = vec!["CCS072-B1".to_owned()];
            }
        }
        at.does(&software, "/decisions", json!({ "document": decision })).await;

        let available = at.read(&director, &path("/available")).await;
        let ours = available.as_array().unwrap().iter().find(|one| one["provider"] == json!(world.provider)).unwrap();
        let most = ours["place"]["weekly_pence"].as_i64().unwrap();
        let chosen = |weekly: i64| json!({ "service": ours["place"]["service"], "category": ours["place"]["category"], "weekly_pence": weekly });
        let award = |chosen: Value| json!({ "provider": ours["provider"], "chosen": chosen });
        let blocked = at.refuses(&director, &path("/direct"), award(json!([chosen(most)]))).await;
        assert!(blocked["detail"].as_str().unwrap().contains("has not been consulted"), "{blocked}");
        at.consulted(&software, &partners, "CCS072-B1", "2026-12-14").await;
        assert_eq!(at.refuses_at(&director, &path("/direct"), award(json!([chosen(most + 1)]))).await, "chosen.0.weekly_pence");
        assert_eq!(at.refuses_at(&director, &path("/direct"), award(json!([chosen(most), chosen(most - 1)]))).await, "chosen.0.weekly_pence");
        at.does(&director, &path("/direct"), award(json!([chosen(most)]))).await;
        at.does(&software, &path("/award/notice"), json!({})).await;
        world.clock.forward(chrono::Duration::days(21));

        // The provider made no bid and still finds what it signs.
        let signatory = at.person(&world.as_role(Role::ProviderSignatory)).await;
        let result = at.read(&signatory, &path("/result")).await;
        assert_eq!((&result["summaries"], &result["agreement"]["standing"]), (&json!([]), &json!("PREPARED")));
        problem(&at.get(&signatory, &path("/result/letter/pdf")).await, StatusCode::UNPROCESSABLE_ENTITY);
        at.does(&signatory, &path("/result/sign"), json!({})).await;
        let head = at.person(&world.as_role(Role::HeadOfContracting)).await;
        let agreement = result["agreement"]["id"].as_str().unwrap();
        at.does(&head, &path(&format!("/framework-agreements/{agreement}/countersign")), json!({})).await;
        let stands = at.read(&head, "/frameworks/CCS072").await;
        let [one] = stands["exercises"].as_array().unwrap().as_slice() else { panic!("one exercise: {stands}") };
        assert_eq!((&one["reference"], &one["signed"], &one["tender"]), (&json!("CCS072-B1"), &json!(1), &id["id"]));
        assert_eq!(at.read(&head, &path("/award")).await["agreements"][0]["standing"], json!("IN_FORCE"));
    }
}
