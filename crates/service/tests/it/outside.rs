//! What other bodies publish becomes a register of the market.

use domain::access::worker;
use domain::pence::Pence;
use domain::people::Role;
use service::publish::outside::{ListOutside, ReadFile, TakenIn, import, read};
use service::{Failure, ask};
use testkit::both;
use testkit::world::world;

const AWARD: &str = r#"{"ocid":"ocds-h6vhtk-1","id":"A-1","date":"2026-01-30T15:27:00Z","tag":["award"],"initiationType":"tender",
    "language":"en","parties":[{"id":"S","name":"Synthetic Care Ltd","roles":["supplier"]}],"buyer":{"id":"B","name":"Synthetic Council"},
    "tender":{"id":"T","title":"Homes for children","value":{"amount":300000000.5,"currency":"GBP"}},
    "awards":[{"id":"1","suppliers":[{"id":"S"}]}]}"#;

fn package(publisher: &str, releases: &str) -> String {
    format!(r#"{{"uri":"https://x.example","publisher":{{"name":"{publisher}"}},"releases":[{releases}]}}"#)
}

fn file(text: &str) -> ReadFile {
    read(text, None).unwrap()
}

#[test]
fn faults_are_told_by_their_path_and_what_has_no_key_is_refused() {
    let told = file(&package("One", &format!(r#"{AWARD},{{"ocid":"ocds-h6vhtk-2","date":"yesterday"}}"#)));
    assert_eq!(told.refused, ["/releases/1"]);
    let lines: Vec<String> = told.faults.iter().map(ToString::to_string).collect();
    assert!(lines.iter().any(|line| line.starts_with("PARTY /releases/0/buyer")), "{lines:?}");
    assert!(lines.iter().any(|line| line.starts_with("MOMENT /releases/1/date")), "{lines:?}");
    let one = &told.releases[0];
    assert_eq!((one.value, one.suppliers.as_slice()), (Some(Pence(30_000_000_050)), ["Synthetic Care Ltd".to_owned()].as_slice()));
    assert!(one.faults > 0 && one.faults < told.faults.len(), "each fault counts where it stands: {} of {lines:?}", one.faults);
    assert_eq!(file(AWARD).refused, ["/releases/0"], "nobody says whose it is");
    assert_eq!(read(AWARD, Some("Two")).unwrap().releases[0].publisher, "Two");
    let several = file(&format!("{}\n{}", package("One", AWARD), package("Two", r#"{"ocid":"ocds-1"}"#)));
    assert_eq!(several.refused, ["Two: /releases/0"]);
    assert!(read("[{", None).is_err());
}

both! {
    async fn a_release_is_known_by_publisher_process_id_and_content_and_never_by_its_process_alone(database) {
        let world = world(database).await;
        let later = AWARD.replace("\"A-1\"", "\"A-2\"");
        let other = AWARD.replace("Homes for children", "Homes");
        let taken = |new, known, differing| TakenIn { new, known, differing };
        for (text, expected) in [
            (package("One", AWARD), taken(1, 0, 0)),
            (package("One", AWARD), taken(0, 1, 0)),
            (package("One", &format!("{AWARD},{later}")), taken(1, 1, 0)),
            (package("One", &other), taken(0, 0, 1)),
            (package("One", &other), taken(0, 1, 0)),
            (package("Two", AWARD), taken(1, 0, 0)),
        ] {
            assert_eq!(import(&world.nearhome, &worker(), &file(&text)).await.unwrap(), expected, "{text}");
        }
        let seen = ask(&world.nearhome, &world.as_role(Role::ContractOfficer), &ListOutside { limit: 10 }).await.unwrap();
        assert_eq!(seen.len(), 4);
        assert_eq!((seen[0].buyer.as_deref(), seen[0].tags.as_str()), (Some("Synthetic Council"), "award"));
        let bidder = ask(&world.nearhome, &world.as_role(Role::ReferralsManager), &ListOutside { limit: 10 }).await;
        assert!(matches!(bidder, Err(Failure::Denied(_))), "{bidder:?}");
    }
}
