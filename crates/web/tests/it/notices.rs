//! Questions about a tender and its notices, on pages without script and in JSON.

use axum::http::StatusCode;
use domain::people::Role;
use testkit::tendering::{draft, published};
use testkit::world::{HAZEL_BANK, HOME_CATEGORY, world};

use crate::browser::Browser;
use crate::markup::faults;

testkit::both! {
    async fn a_bidder_asks_the_council_answers_and_the_other_bidder_reads_no_name(database) {
        let mut world = world(database).await;
        let tender = published(&mut world).await;
        let (larch, _) = world.add_provider("Larch Row Care", "1234570", HOME_CATEGORY).await;
        let path = format!("/tenders/{tender}/questions");
        let mut asker = Browser::of(&world, &world.as_role(Role::ReferralsManager)).await;
        let form = asker.get(&format!("{path}/ask")).await;
        assert!(form.body.contains("tells nobody that it is yours") && faults(&form.body).is_empty(), "{:?}", faults(&form.body));
        let nothing = asker.post(&format!("{path}/ask"), "text=+").await;
        assert_eq!(nothing.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(nothing.body.contains("href=\"#text\"") && nothing.body.contains("Enter your question"), "{}", nothing.body);
        let asked = asker.post(&format!("{path}/ask"), "text=May+Hazel+Bank+Care+open+a+home+later%3F").await;
        assert_eq!(asked.status, StatusCode::SEE_OTHER, "{}", asked.body);
        assert!(asker.get(&path).await.body.contains("Waits for an answer"));
        let other = Browser::of(&world, &world.of(larch, Role::ProviderSignatory)).await;
        assert!(!other.get(&path).await.body.contains("open a home later"), "a question is its asker’s and the council’s");
        assert_eq!(other.get(&format!("{path}/answer")).await.status, StatusCode::FORBIDDEN);

        let mut officer = Browser::of(&world, &world.as_role(Role::ContractOfficer)).await;
        let form = officer.get(&format!("{path}/answer")).await;
        assert!(form.body.contains("May Hazel Bank Care open a home later?") && faults(&form.body).is_empty(), "{}", form.body);
        let question = form.body.split("name=\"questions\" type=\"checkbox\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        let named = officer.post(&format!("{path}/answer"), &format!("questions={question}&question=May+Hazel+Bank+Care%3F&text=Yes")).await;
        assert_eq!(named.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(named.body.contains("nobody can tell who asked") && named.body.contains("href=\"#question\""), "{}", named.body);
        let answer = format!("questions={question}&question=May+a+home+open+later%3F&text=Yes%2C+by+a+call-off");
        let answered = officer.post(&format!("{path}/answer"), &answer).await;
        assert_eq!(answered.status, StatusCode::SEE_OTHER, "{}", answered.body);
        let told = officer.post(&format!("{path}/change"), "text=Annex+B+has+a+new+table").await;
        assert_eq!(told.status, StatusCode::SEE_OTHER, "{}", told.body);
        let read = other.get(&path).await;
        assert!(faults(&read.body).is_empty(), "{:?}", faults(&read.body));
        for words in ["May a home open later?", "Yes, by a call-off", "Annex B has a new table", "Ask a question"] {
            assert!(read.body.contains(words), "{words}: {}", read.body);
        }
        assert!(!read.body.contains(HAZEL_BANK));
        assert!(asker.get(&path).await.body.contains("Answered, number 1"));
        let derby = Browser::of(&world, &world.of_other_council(Role::ContractOfficer)).await;
        assert_eq!(derby.get(&format!("{path}/answer")).await.status, StatusCode::NOT_FOUND, "it is not theirs to answer");
        world.clock.set("2027-01-22T17:00:01Z");
        let mut other = Browser::of(&world, &world.of(larch, Role::ProviderSignatory)).await;
        let late = other.post(&format!("{path}/ask"), "text=And+now%3F").await;
        assert_eq!(late.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(late.body.contains("Questions could be asked until"), "{}", late.body);
    }

    async fn officers_see_what_others_buy_and_bidders_do_not(database) {
        let world = world(database).await;
        let officer = Browser::of(&world, &world.as_role(Role::ContractOfficer)).await;
        let list = officer.get("/tenders").await.body;
        assert!(list.contains("What others buy"), "{list}");
        assert!(officer.get("/tenders/elsewhere").await.body.contains("Nothing is taken in yet"));
        let release = r#"{"ocid":"o-1","id":"1","date":"2026-01-30T15:27:00Z","tag":["tender"],"tender":{"title":"Homes <b>for</b> children",
            "value":{"amount":1250,"currency":"GBP"}}}"#;
        let read = service::publish::outside::read(release, Some("Synthetic Council")).unwrap();
        service::publish::outside::import(&world.nearhome, &domain::access::worker(), &read).await.unwrap();
        let page = officer.get("/tenders/elsewhere").await;
        assert!(faults(&page.body).is_empty(), "{:?}", faults(&page.body));
        for words in ["30 January 2026", "Homes &lt;b&gt;for&lt;&#x2f;b&gt; children", "Synthetic Council", "£1,250.00", "faults"] {
            assert!(page.body.contains(words), "{words}: {}", page.body);
        }
        let bidder = Browser::of(&world, &world.as_role(Role::ReferralsManager)).await;
        assert_eq!(bidder.get("/tenders/elsewhere").await.status, StatusCode::FORBIDDEN);
    }

    async fn the_page_of_notices_says_what_is_due_and_missing_and_publishes_it(database) {
        let world = world(database).await;
        let officer = world.as_role(Role::ContractOfficer);
        let plan = draft(&world).await;
        let start = service::procurement::tender::DraftTender { tender: None, draft: plan };
        let tender = service::perform(&world.nearhome, &officer, world.key(), &start).await.unwrap();
        let path = format!("/tenders/{tender}/notices");
        let mut browser = Browser::of(&world, &officer).await;
        let page = browser.get(&path).await;
        assert!(faults(&page.body).is_empty(), "{:?}", faults(&page.body));
        for words in ["UK1, Pipeline notice", "UK17, Payments compliance notice", "Due by 26 May 2027", "A framework is no dynamic market."] {
            assert!(page.body.contains(words), "{words}: {}", page.body);
        }
        let form = browser.get(&format!("{path}/talks")).await;
        assert!(form.body.contains("The public reads this") && faults(&form.body).is_empty(), "{}", form.body);
        let days = "first_on-day=2&first_on-month=11&first_on-year=2026&last_on-day=1&last_on-month=11&last_on-year=2026";
        let wrong = browser.post(&format!("{path}/talks"), &format!("{days}&about=Two+mornings&no_notice_because=")).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(wrong.body.contains("The talks end before they begin") && wrong.body.contains("href=\"#last_on-day\""), "{}", wrong.body);
        let days = days.replace("last_on-day=1&", "last_on-day=13&");
        let kept = browser.post(&format!("{path}/talks"), &format!("{days}&about=Two+mornings&no_notice_because=")).await;
        assert_eq!(kept.status, StatusCode::SEE_OTHER, "{}", kept.body);
        assert!(browser.get(&path).await.body.contains("Due before the tender notice"));
        let form = browser.get(&format!("{path}/publish")).await;
        assert!(form.body.contains("UK2: Preliminary market engagement notice") && faults(&form.body).is_empty(), "{}", form.body);
        let none = browser.post(&format!("{path}/publish"), "telling=").await;
        assert!(none.body.contains("Select which notice goes out"), "{}", none.body);
        let told = browser.post(&format!("{path}/publish"), "telling=ENGAGEMENT").await;
        assert_eq!(told.status, StatusCode::SEE_OTHER, "{}", told.body);
        let page = browser.get(&path).await;
        assert!(page.body.contains("Published 14 December 2026") && page.body.contains("Two mornings"), "{}", page.body);
        let derby = Browser::of(&world, &world.of_other_council(Role::ContractOfficer)).await;
        assert_eq!(derby.get(&path).await.status, StatusCode::OK, "partners read it");
        assert_eq!(derby.get(&format!("{path}/publish")).await.status, StatusCode::NOT_FOUND, "and do not publish it");
        let bidder = Browser::of(&world, &world.as_role(Role::ReferralsManager)).await;
        assert_eq!(bidder.get(&path).await.status, StatusCode::FORBIDDEN);
    }
}
