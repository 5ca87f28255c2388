//! What people must be told on a screen: questions, tasks, what is approved, and where a long list goes on.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use domain::Code as _;
use domain::ids::ReferralId;
use domain::people::{Caller, Role};
use domain::purchasing::referral::{InHouseResult, ReferralState};
use service::governance::approval::{DecideApproval, GetApproval};
use service::purchasing::board::GetReferral;
use service::purchasing::evaluation::CompareOffers;
use service::purchasing::search::{PANEL_REVIEW, RecordInHouseSearch, ReturnReferral};
use testkit::case::{does, offered, open_task, preferred, put_in, ready, referral, scored_and_shortlisted, sees};
use testkit::world::HOME_CATEGORY;
use testkit::{World, signed_in, world};
use web::server::{WebSettings, app};

use crate::browser::Browser;
use crate::kernel::send;
use crate::markup::faults;

const QUESTIONS: &str = "Which school does she go to, and who drives her?";
const FOUND: &str = "One bed in Beeston, for boys only";

/// The page as this role gets it, well made.
async fn page(world: &World, caller: &Caller, path: &str) -> String {
    let answer = Browser::of(world, caller).await.get(path).await;
    assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.body);
    assert_eq!(faults(&answer.body), Vec::<String>::new(), "{path}");
    answer.body.replace("&#x2f;", "/")
}

async fn version(world: &World, referral: ReferralId) -> i64 {
    sees(world, &world.as_role(Role::PlacementOfficer), &GetReferral { referral }).await.unwrap().referral.version
}

testkit::both! {
    async fn whoever_wrote_a_referral_reads_the_questions_with_which_it_came_back(database) {
        let world = world(database).await;
        let (referral, _) = referral(&world, 1, &[world.home], HOME_CATEGORY).await;
        put_in(&world, referral, ReferralState::Submitted).await;
        let asks = ReturnReferral { referral, version: version(&world, referral).await, questions: QUESTIONS.to_owned() };
        does(&world, &world.as_role(Role::PlacementOfficer), &asks).await.unwrap();

        let seen = page(&world, &world.as_role(Role::SocialWorker), &format!("/referrals/{referral}")).await;
        let (top, history) = seen.split_once("History").unwrap();
        assert!(top.contains("returned with questions") && top.contains("Asked by") && top.contains(QUESTIONS), "{top}");
        assert!(history.contains(QUESTIONS), "{history}");
        let told = page_of_api(&world, &world.as_role(Role::SocialWorker), referral).await;
        assert_eq!(told["questions"]["questions"], QUESTIONS);
    }

    async fn whoever_authorises_a_search_reads_what_the_search_in_house_found(database) {
        let world = world(database).await;
        let (referral, _) = referral(&world, 1, &[world.home], HOME_CATEGORY).await;
        put_in(&world, referral, ReferralState::InternalSearch).await;
        let result = InHouseResult::NotWithResidents;
        let search = RecordInHouseSearch { referral, version: version(&world, referral).await, result, reason: FOUND.to_owned() };
        does(&world, &world.as_role(Role::PlacementOfficer), &search).await.unwrap();
        for path in ["", "/authorise"] {
            let seen = page(&world, &world.as_role(Role::TeamManager), &format!("/referrals/{referral}{path}")).await;
            assert!(seen.contains(FOUND) && seen.contains("No match with children already there"), "{seen}");
        }
        let told = page_of_api(&world, &world.as_role(Role::TeamManager), referral).await;
        assert_eq!((&told["in_house"]["result"], &told["in_house"]["reason"]), (&result.code().into(), &FOUND.into()));
    }

    async fn tasks_are_listed_with_what_is_overdue_first_and_the_panels_is_closed_in_words(database) {
        let world = world(database).await;
        let (referral, _) = referral(&world, 1, &[world.home], HOME_CATEGORY).await;
        open_task(&world, referral, "COMPLETE_REFERRAL", "2099-01-04").await;
        open_task(&world, referral, PANEL_REVIEW, "2020-01-06").await;
        let officer = world.as_role(Role::PlacementOfficer);
        let seen = page(&world, &officer, "/tasks").await;
        let (first, second) = (seen.find("Record what the panel says").unwrap(), seen.find("Complete the referral").unwrap());
        assert!(first < second && seen.contains("Overdue") && seen.contains("R-2026-0001") && !seen.contains(PANEL_REVIEW), "{seen}");

        let board = page(&world, &officer, "/board").await;
        assert!(board.contains("1 overdue"), "{board}");

        let mut browser = Browser::of(&world, &officer).await;
        let path = format!("/referrals/{referral}/panel");
        assert_eq!(browser.post(&path, "note=").await.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(browser.post(&path, "note=The+search+was+right").await.status, StatusCode::SEE_OTHER);
        assert!(!page(&world, &officer, "/tasks").await.contains("Record what the panel says"));
        let history = page(&world, &officer, &format!("/referrals/{referral}")).await;
        assert!(history.contains("The search was right"), "{history}");
        let provider = Browser::of(&world, &world.as_role(Role::ReferralsManager)).await.get("/tasks").await;
        assert!(provider.status != StatusCode::OK, "{}", provider.body);
    }

    async fn a_long_list_goes_on_and_loses_no_row(database) {
        let world = world(database).await;
        for number in 1..=53 {
            let (referral, _) = referral(&world, number, &[world.home], HOME_CATEGORY).await;
            open_task(&world, referral, PANEL_REVIEW, "2026-01-06").await;
        }
        for (path, caller) in [("/tasks", Role::PlacementOfficer), ("/inbox", Role::ReferralsManager)] {
            let caller = world.as_role(caller);
            let first = page(&world, &caller, path).await;
            let next = first.split(&format!("href=\"{path}?after=")).nth(1).unwrap().split('"').next().unwrap().replace("&amp;", "&");
            let second = page(&world, &caller, &format!("{path}?after={next}")).await;
            let found = (1..=53).filter(|number| {
                let number = format!("R-2026-{number:04}");
                first.contains(&number) || second.contains(&number)
            });
            assert_eq!(found.count(), 53, "{path}");
            assert!(first.contains("1 to 50") && second.contains("51 to 53") && !second.contains("Next page"), "{path}");
        }
    }

    async fn the_approver_sees_what_is_decided_and_who_approves_prices_reads_nothing_of_the_child(database) {
        let world = world(database).await;
        ready(&world, 10_000_000_000).await;
        let (referral, releases) = referral(&world, 1, &[world.home], HOME_CATEGORY).await;
        let offer = offered(&world, releases[0], "5,000").await;
        scored_and_shortlisted(&world, offer).await;
        let approvals = preferred(&world, offer).await;
        let director = world.as_role(Role::Director);
        let view = sees(&world, &director, &GetApproval { approval: approvals[0], today: world.today() }).await.unwrap();

        let seen = page(&world, &director, &format!("/approvals/{}", view.id)).await;
        for part in ["What is to be approved", "Council of the area", "5,000.00 a week", "a year", "miles", "1 of 1", "It ranks first"] {
            assert!(seen.contains(part), "{part}: {seen}");
        }
        let compared = page(&world, &director, &format!("/referrals/{referral}/offers")).await;
        for part in ["Within 20 miles", "By the regulations", "A year", "How the points add up", "Total, of 100"] {
            assert!(compared.contains(part), "{part}: {compared}");
        }
        let officer = page(&world, &world.as_role(Role::PlacementOfficer), &format!("/referrals/{referral}")).await;
        assert!(officer.contains("Compare offers"), "{officer}");

        let approver = world.as_role(view.checks.decided_by[0]);
        let answers = view.checks.checks.iter().map(|one| (one.check, "her wish is to stay near Gran".to_owned())).collect();
        does(&world, &approver, &DecideApproval { approval: view.id, answers, approve: true, reason: "Gran agrees".to_owned() }).await.unwrap();
        let (of_prices, path) = (world.as_role(Role::HeadOfContracting), format!("/approvals/{}", view.id));
        assert!(page(&world, &director, &path).await.contains("Gran agrees"));
        let seen = page(&world, &of_prices, &path).await;
        assert!(seen.contains("5,000.00") && !seen.contains("Gran"), "{seen}");

        let read = sees(&world, &of_prices, &CompareOffers { referral, today: world.today() }).await.unwrap();
        let answers = &read.offers[0].answers;
        assert!(answers.get("needs_met").is_none() && answers.get("wishes_met").is_none() && answers.get("core_weekly").is_some());
        assert!(read.offers[0].scores.iter().all(|score| score.reason.is_empty()) && read.home_outward.is_none());
        let all = sees(&world, &director, &CompareOffers { referral, today: world.today() }).await.unwrap();
        assert!(all.offers[0].answers.get("needs_met").is_some());
    }
}

async fn page_of_api(world: &World, caller: &Caller, referral: ReferralId) -> serde_json::Value {
    let token = signed_in(&world.nearhome, caller).await;
    let request = Request::get(format!("/api/v1/referrals/{referral}")).header("authorization", format!("Bearer {}", token.reveal()));
    let app = app(world.nearhome.clone(), WebSettings::default());
    serde_json::from_str(&send(&app, request.body(Body::empty()).unwrap()).await.body).unwrap()
}
