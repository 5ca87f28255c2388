//! Decisions and the agreement between the councils, on pages, without script.

use axum::http::StatusCode;
use domain::people::Role;
use service::ask;
use service::governance::decision::ListDecisions;
use service::governance::inter_authority::ListCouncilsAgreements;
use testkit::world;
use testkit::world::undecided_world;

use crate::browser::Browser;
use crate::markup::faults;

testkit::both! {
    async fn the_record_of_a_decision_has_the_fields_that_councils_publish(database) {
        let world = world(database).await;
        let reader = Browser::of(&world, &world.of_other_council(Role::PlacementOfficer)).await;
        let list = reader.get("/decisions").await;
        assert!(list.body.contains("D2N2 children in care") && faults(&list.body).is_empty(), "{}", list.body);
        assert!(!list.body.contains("/decisions/new"), "a placement officer records no decision");
        let id = ask(&world.nearhome, &world.as_role(Role::ContractOfficer), &ListDecisions).await.unwrap()[0].id;
        let page = reader.get(&format!("/decisions/{id}")).await;
        assert_eq!(faults(&page.body), Vec::<String>::new());
        for words in [
            "Decision maker", "Commissioning and Procurement Executive Committee", "Is key decision?", "Is subject to call in?",
            "Yes, until 19 June 2019", "Reason for urgency", "Restriction", "Alternative options considered", "Interests declared",
            "Resolution 6: ceiling on expenditure", "In the prices of", "Example value: not published", "Director of Children’s Integrated Services",
        ] {
            assert!(page.body.contains(words), "{words}: {}", page.body);
        }
        let blocked = reader.get("/decisions").await;
        assert!(blocked.body.contains("Blocked") && !blocked.body.contains("Open to you"), "{}", blocked.body);
        let head = Browser::of(&world, &world.as_role(Role::HeadOfContracting)).await;
        assert!(head.get("/decisions").await.body.contains("Open to you"));
    }

    async fn a_decision_is_recorded_consulted_on_agreed_to_and_superseded(database) {
        let world = world(database).await;
        let mut officer = Browser::of(&world, &world.as_role(Role::ContractOfficer)).await;
        let asked = officer.get("/decisions/new").await;
        assert!(faults(&asked.body).is_empty() && asked.body.contains("Head of Contracting and Procurement"), "{:?}", faults(&asked.body));
        let nothing = officer.post("/decisions/new", "").await;
        assert_eq!(nothing.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(nothing.body.contains("href=\"#body\"") && nothing.body.contains("Enter the reasons"), "{}", nothing.body);
        let form = "body=Executive+Board&met_on-day=1&met_on-month=12&met_on-year=2026&item=7&title=More+homes&is_key=yes&reasons=Too+few\
                    &subject=Homes&frameworks=CCS072&lead=E06000018&partners=E06000018&partners=E06000015&consultees=Leader+of+the+Council\
                    &partners_agree=yes&award_to=Head+of+service&sign_to=Head+of+Contracting+and+Procurement\
                    &budget=Placements&amount=1%2C000.00&price_base_year=2026%2F27";
        let recorded = officer.post("/decisions/new", form).await;
        assert_eq!(recorded.status, StatusCode::SEE_OTHER, "{}", recorded.body);
        let path = recorded.header("location").split('?').next().unwrap().to_owned();
        let page = officer.get(&path).await;
        for words in ["Resolution 4: ceiling on expenditure", "£1,000.00", "Leader of the Council", "Derby City Council", "Only after"] {
            assert!(page.body.contains(words), "{words}: {}", page.body);
        }
        let said = "about=CCS072&said=Agreed&said_on-day=2&said_on-month=12&said_on-year=2026";
        let stranger = officer.post(&format!("{path}/consultation"), &format!("who=The+Mayor&{said}")).await;
        assert_eq!(stranger.status, StatusCode::UNPROCESSABLE_ENTITY, "the decision does not name the mayor");
        let consulted = officer.post(&format!("{path}/consultation"), &format!("who=Leader+of+the+Council&{said}")).await;
        assert_eq!(consulted.status, StatusCode::SEE_OTHER, "{}", consulted.body);
        let mut derby = Browser::of(&world, &world.of_other_council(Role::ContractOfficer)).await;
        assert_eq!(derby.get(&format!("{path}/consultation")).await.status, StatusCode::NOT_FOUND, "it is not theirs");
        let agreed = derby.post(&format!("{path}/agree"), said).await;
        assert_eq!(agreed.status, StatusCode::SEE_OTHER, "{}", agreed.body);
        let page = derby.get(&path).await;
        assert!(page.body.contains("Partner council agrees") && page.body.contains("Was consulted"), "{}", page.body);

        let page = officer.get(&format!("{path}/revoke")).await;
        assert!(page.body.contains("None: it is revoked") && faults(&page.body).is_empty(), "{}", page.body);
        let revoked = officer.post(&format!("{path}/revoke"), "version=1&followed_by=NONE&reason=Called+in").await;
        assert_eq!(revoked.status, StatusCode::SEE_OTHER, "{}", revoked.body);
        let page = officer.get(&path).await;
        assert!(page.body.contains("no longer stands") && !page.body.contains("/revoke"), "{}", page.body);
    }

    async fn the_agreement_between_the_councils_is_signed_by_the_delegated_post(database) {
        let world = undecided_world(database).await;
        world.decide().await;
        let officer = world.as_role(Role::ContractOfficer);
        let id = ask(&world.nearhome, &officer, &ListCouncilsAgreements).await.unwrap()[0].id;
        let path = format!("/between-councils/{id}");
        let director = world.as_role(Role::Director);
        let mut director = Browser::of(&world, &director).await;
        let refused = director.post(&format!("{path}/sign"), "signs=yes").await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.body.contains("This is for the Head of Contracting and Procurement"), "{}", refused.body);
        let mut head = Browser::of(&world, &world.as_role(Role::HeadOfContracting)).await;
        let unsure = head.post(&format!("{path}/sign"), "").await;
        assert!(unsure.body.contains("Confirm that you sign") && faults(&unsure.body).is_empty(), "{}", unsure.body);
        let signed = head.post(&format!("{path}/sign"), "signs=yes").await;
        assert_eq!(signed.status, StatusCode::SEE_OTHER, "{}", signed.body);
        let page = head.get(&path).await;
        assert!(page.body.contains("Head of Contracting and Procurement") && page.body.contains("It cannot call off"), "{}", page.body);
        let list = head.get("/between-councils").await;
        assert!(list.body.contains("1 of 4 signed") && faults(&list.body).is_empty(), "{}", list.body);
    }
}
