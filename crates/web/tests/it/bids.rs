//! A bid on pages, without script: written part by part, checked, submitted, and its receipt.

use axum::http::StatusCode;
use domain::people::Role;
use domain::procurement::bid_draft::price_field;
use domain::procurement::bid_file::FILE_BYTES_AT_MOST;
use domain::record::Digest;
use testkit::bidding::{Typed, pdf, written};
use testkit::tendering::published;
use testkit::world;
use testkit::world::HOME_CATEGORY;

use crate::browser::Browser;
use crate::markup::faults;

const INSURED: &str = "insurance-0-amount=10%2C000%2C000&insurance-0-until-day=31&insurance-0-until-month=3&insurance-0-until-year=2028\
                       &insurance-1-amount=10%2C000%2C000&insurance-1-until-day=31&insurance-1-until-month=3&insurance-1-until-year=2028";

/// The markup with the slashes of its addresses as they are.
fn links(body: &str) -> String {
    body.replace("&#x2f;", "/")
}

testkit::both! {
    async fn a_bid_is_written_part_by_part_checked_and_submitted(database) {
        let mut world = world(database).await;
        let tender = published(&mut world).await;
        let mut writer = Browser::of(&world, &world.as_role(Role::ReferralsManager)).await;
        let list = writer.get(&format!("/tenders/{tender}")).await;
        assert!(links(&list.body).contains(&format!("/bids/{tender}")), "{}", list.body);
        let lots = writer.get(&format!("/bids/{tender}")).await;
        assert!(lots.body.contains("Not begun") && faults(&lots.body).is_empty(), "{}", lots.body);
        let here = format!("/bids/{tender}/R1");
        let parts = writer.get(&here).await;
        assert_eq!(faults(&parts.body), Vec::<String>::new());
        for words in ["26 February 2027 at midday GMT", "74 days and 2 hours left by our clock", "Your organisation", "Incomplete", "A signatory of your organisation"] {
            assert!(parts.body.contains(words), "{words}: {}", parts.body);
        }

        let services = writer.post(&format!("{here}/write/services"), &format!("services={}", world.home)).await;
        assert_eq!(services.status, StatusCode::SEE_OTHER, "{}", services.body);
        let unconfirmed = writer.post(&format!("{here}/write/declarations"), "declared-0=yes&declared-1=yes").await;
        assert_eq!(unconfirmed.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(unconfirmed.body.contains("href=\"#declared-2\"") && faults(&unconfirmed.body).is_empty(), "{}", unconfirmed.body);
        let confirmed = writer.post(&format!("{here}/write/declarations"), "declared-0=yes&declared-1=yes&declared-2=yes").await;
        assert_eq!(confirmed.status, StatusCode::SEE_OTHER);

        let half = writer.post(&format!("{here}/write/profile"), &format!("provider_name=Hazel+Bank+Care&company_number=12&{INSURED}")).await;
        assert_eq!(half.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(half.body.contains("href=\"#company_number\"") && half.body.contains("What you typed is kept") && faults(&half.body).is_empty(), "{}", half.body);
        let whole = writer.post(&format!("{here}/write/profile"), &format!("provider_name=Hazel+Bank+Care&company_number=01234567&{INSURED}")).await;
        assert_eq!(whole.status, StatusCode::SEE_OTHER, "{}", whole.body);

        let long = vec!["word"; 501].join("+");
        let over = writer.post(&format!("{here}/write/answers"), &format!("answer-CARE=We+listen&answer-STABILITY=We+stay&answer-LOCAL={long}")).await;
        assert!(over.body.contains("has 501 words: at most 500 are allowed, so take out 1") && faults(&over.body).is_empty(), "{}", over.body);
        let again = writer.get(&format!("{here}/write/answers")).await;
        assert!(again.body.contains("You have used 501 of 500 words") && again.body.contains("data-maxwords=\"500\""), "what was typed is kept");
        let answers = writer.post(&format!("{here}/write/answers"), "answer-CARE=We+listen&answer-STABILITY=We+stay&answer-LOCAL=We+drive").await;
        assert_eq!(answers.status, StatusCode::SEE_OTHER);

        let field = price_field(world.home, HOME_CATEGORY[2]);
        let shown = writer.get(&format!("{here}/write/prices")).await;
        let maximum = shown.body.split("Below the published maximum of £").nth(1).unwrap().split(' ').next().unwrap().replace(',', "");
        let equal = writer.post(&format!("{here}/write/prices"), &format!("{field}={maximum}")).await;
        assert_eq!(equal.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(equal.body.contains(&format!("href=\"#{field}\"")) && equal.body.contains("below the published maximum of £"), "{}", equal.body);
        assert!(equal.body.contains(&format!("value=\"{maximum}\"")), "what was typed is there again");
        let below = writer.post(&format!("{here}/write/prices"), &format!("{field}=4%2C217.63")).await;
        assert_eq!(below.status, StatusCode::SEE_OTHER, "{}", below.body);

        let mut signatory = Browser::of(&world, &world.as_role(Role::ProviderSignatory)).await;
        let check = signatory.get(&format!("{here}/check")).await;
        for words in ["We listen", "2 of 750 words", "4,217.63", "Submit your bid for lot R1", "Hazel Bank Care"] {
            assert!(check.body.contains(words), "{words}: {}", check.body);
        }
        assert_eq!(faults(&check.body), Vec::<String>::new());
        assert_eq!(writer.post(&format!("{here}/submit"), "").await.status, StatusCode::FORBIDDEN, "who writes does not sign");
        let sent = signatory.post(&format!("{here}/submit"), "").await;
        assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.body);
        let receipt = sent.header("location").split('?').next().unwrap().to_owned();
        let page = signatory.get(&receipt).await;
        assert!(page.body.contains("Nearhome bid receipt, shape 1") && page.body.contains("£4,217.63") && faults(&page.body).is_empty(), "{}", page.body);
        let text = writer.get(&format!("{receipt}/text")).await;
        assert_eq!(text.header("content-type"), "text/plain; charset=utf-8");
        assert!(page.body.contains(&Digest::of(text.body.as_bytes()).to_string()), "the digest is that of the downloaded text");
        assert!(writer.get(&here).await.body.contains("Number 1 stands"));

        // Written on, the bid that stands is the one that was sent.
        writer.post(&format!("{here}/write/answers"), "answer-CARE=Otherwise&answer-STABILITY=We+stay&answer-LOCAL=We+drive").await;
        world.clock.forward(chrono::Duration::minutes(1));
        writer.post(&format!("{here}/write/files"), "").await;
        assert!(signatory.get(&here).await.body.contains("You changed something since this bid was submitted"));
        let asked = signatory.get(&format!("{here}/withdraw")).await;
        assert!(asked.body.contains("Number 1 stands") && faults(&asked.body).is_empty());
        assert_eq!(signatory.post(&format!("{here}/withdraw"), "").await.status, StatusCode::SEE_OTHER);
        assert!(signatory.get(&here).await.body.contains("No bid stands"));
    }

    async fn after_the_deadline_a_bid_is_refused_and_still_there_to_read(database) {
        let mut world = world(database).await;
        let tender = published(&mut world).await;
        written(&world, world.provider, tender, "R1", &Typed::at("4,217.63")).await;
        world.clock.set("2027-02-26T12:00:00.000001Z");
        let mut signatory = Browser::of(&world, &world.as_role(Role::ProviderSignatory)).await;
        let here = format!("/bids/{tender}/R1");
        let late = signatory.post(&format!("{here}/submit"), "").await;
        assert_eq!(late.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(late.body.contains("The deadline was 26 February 2027 at midday") && faults(&late.body).is_empty(), "{}", late.body);
        let mut writer = Browser::of(&world, &world.as_role(Role::ReferralsManager)).await;
        let typed = writer.post(&format!("{here}/write/answers"), "answer-CARE=Too+late+a+thought").await;
        assert_eq!(typed.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(typed.body.contains("Too late a thought") && typed.body.contains("no bid is taken after it"), "nothing typed is lost: {}", typed.body);
        let page = writer.get(&here).await;
        assert!(page.body.contains("no bid of yours stands") && faults(&page.body).is_empty(), "{}", page.body);
        assert!(writer.get(&format!("{here}/check")).await.body.contains("4,217.63"));
    }

    async fn a_file_is_uploaded_once_downloaded_removed_and_named_when_nobody_could_read_it(database) {
        let mut world = world(database).await;
        let tender = published(&mut world).await;
        let mut writer = Browser::of(&world, &world.as_role(Role::ReferralsManager)).await;
        let asked = writer.get("/papers/upload").await;
        assert!(asked.body.contains("multipart/form-data") && faults(&asked.body).is_empty(), "{}", asked.body);
        for (name, content, words) in [
            ("", Vec::new(), "Select a file"),
            ("empty.pdf", Vec::new(), "The selected file is empty"),
            ("notes.pdf", b"only words".to_vec(), "must be a PDF"),
            ("large.pdf", vec![b' '; FILE_BYTES_AT_MOST + 1], "must be smaller than 10 MB"),
            ("larger.pdf", vec![b' '; FILE_BYTES_AT_MOST + 1024 * 1024], "must be smaller than 10 MB"),
        ] {
            let refused = writer.post_file("/papers/upload", name, &content).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{name}");
            assert!(refused.body.contains(words) && refused.body.contains("href=\"#file\"") && faults(&refused.body).is_empty(), "{name}: {}", refused.body);
        }
        let kept = writer.post_file("/papers/upload", "Our policy.pdf", &pdf("words")).await;
        assert_eq!(kept.status, StatusCode::SEE_OTHER, "{}", kept.body);
        let list = writer.get("/papers").await;
        assert!(list.body.contains("Our policy.pdf") && faults(&list.body).is_empty(), "{}", list.body);
        let body = links(&list.body);
        let path = body.split("href=\"/papers/").filter_map(|part| part.split('"').next()).find(|id| id.len() == 36).unwrap();
        let path = format!("/papers/{path}");
        let got = writer.get(&path).await;
        assert_eq!((got.body.as_bytes(), got.header("content-type")), (pdf("words").as_slice(), "application/pdf"));
        assert_eq!(got.header("content-disposition"), "attachment; filename*=UTF-8''Our%20policy.pdf");
        let files = writer.get(&format!("/bids/{tender}/R1/write/files")).await;
        assert!(files.body.contains("Our policy.pdf") && faults(&files.body).is_empty(), "{}", files.body);
        let council = Browser::of(&world, &world.as_role(Role::ContractOfficer)).await;
        assert_eq!(council.get(&path).await.status, StatusCode::FORBIDDEN);
        let asked = writer.get(&format!("{path}/remove")).await;
        assert!(asked.body.contains("Our policy.pdf") && faults(&asked.body).is_empty());
        assert_eq!(writer.post(&format!("{path}/remove"), "").await.status, StatusCode::SEE_OTHER);
        assert_eq!(writer.get(&path).await.status, StatusCode::NOT_FOUND);
    }
}
