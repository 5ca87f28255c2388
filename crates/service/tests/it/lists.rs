//! Lists are taken one after the other, and each states only a part.

use domain::access::worker;
use domain::people::Role;
use domain::purchasing::service::{AcceptedGender, Need};
use domain::registration::{Sector, ServiceKind, Urn};
use service::governance::consortium::ConsortiumInForce;
use service::market::import::{ImportReport, ImportRules, import};
use service::market::ofsted::OfstedList;
use service::market::provider_file::KeepService;
use service::{ask, perform};
use store::Reads as _;
use store::market::service::{Service, by_urn};
use testkit::world::{service_file, world};
use testkit::{World, both};

const COLUMNS: &str = "Local authority,URN,Provider type,Sector,Provider name,Registration date,Registration status,Provider postcode,\
                       Owner name,Number of registered places,Emotional and behavioural difficulties";
const SENT: &str = "Nottingham,SC900001,Children's Home,Private,Heron House,01/03/2021,Active,NG1 5FS,Heron Care,4,Yes";
const PUBLISHED: &str = "Nottingham,SC900001,Children's Home,Private,-,-,Active,-,Heron Care,-,-";

async fn take(world: &World, line: &str) -> ImportReport {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("list.csv");
    std::fs::write(&path, format!("{COLUMNS}\n{line}\n")).unwrap();
    let list = OfstedList::read(&path).unwrap();
    let consortium = ask(&world.nearhome, &world.as_role(Role::ContractOfficer), &ConsortiumInForce).await.unwrap();
    let report = import(&world.nearhome, &worker(), &consortium, &list, ImportRules::default(), |_, _| {}).await.unwrap();
    assert_eq!((report.homes, &report.refused), (1, &Vec::new()));
    report
}

async fn house(world: &World) -> Service {
    let mut reads = world.as_worker().await;
    let found = by_urn(&mut reads, "SC900001").await.unwrap().unwrap();
    reads.get(found.id).await.unwrap()
}

/// What a contract officer finds out by asking the home.
fn found_out() -> KeepService {
    KeepService {
        urn: Urn::parse("SC900001").unwrap(),
        ages: Some((11, 16)),
        gender: Some(AcceptedGender::Girls),
        needs: vec![Need::Behaviour, Need::Learning],
        manager_name: Some("Sample manager".to_owned()),
        is_manager_registered: Some(true),
        name: None,
        sector: Sector::Private,
        places_registered: None,
        judgements: Vec::new(),
        is_synthetic: false,
        ..service_file("Heron Care", ServiceKind::Home, "1234567")
    }
}

both! {
    async fn what_a_list_does_not_state_stays_as_it_is_known(database) {
        let world = world(database).await;
        assert_eq!(take(&world, SENT).await.new, 1);
        perform(&world.nearhome, &worker(), world.key(), &found_out()).await.unwrap();
        let known = house(&world).await;
        assert_eq!((known.name.as_str(), known.postcode.as_deref(), known.places_registered), ("Heron House", Some("NG1 5FS"), 4));
        assert_eq!((known.age_from, known.age_to, known.gender.as_str(), known.is_manager_registered), (11, 16, "GIRLS", true));

        let report = take(&world, PUBLISHED).await;
        assert_eq!((report.new, report.changed, report.unchanged), (0, 0, 1));
        assert_eq!(house(&world).await, known);
    }

    async fn what_a_list_states_is_taken_also_when_it_was_so_before(database) {
        let world = world(database).await;
        let moved = SENT.replace("NG1 5FS", "DE1 2FS").replace(",4,", ",5,");
        take(&world, SENT).await;
        for (line, postcode, places) in [(moved.as_str(), "DE1 2FS", 5), (SENT, "NG1 5FS", 4)] {
            assert_eq!(take(&world, line).await.changed, 1, "{line}");
            let house = house(&world).await;
            assert_eq!((house.postcode.as_deref(), house.places_registered), (Some(postcode), places));
        }
        assert_eq!(take(&world, SENT).await.unchanged, 1, "taken twice, it changes nothing");
    }

    async fn a_known_point_stays_with_its_postcode_and_goes_with_it(database) {
        let world = world(database).await;
        take(&world, SENT).await;
        let place = domain::place::Place {
            point: domain::place::Point { easting: 457_000, northing: 340_000 },
            council: domain::consortium::CouncilCode("E06000018".to_owned()),
        };
        let located = KeepService { postcode: domain::place::Postcode::parse("NG1 5FS").ok(), place: Some(place), ..found_out() };
        perform(&world.nearhome, &worker(), world.key(), &located).await.unwrap();
        assert_eq!(house(&world).await.easting, Some(457_000));
        take(&world, SENT).await;
        assert_eq!(house(&world).await.easting, Some(457_000), "this import had no directory to look the postcode up in");
        take(&world, &SENT.replace("NG1 5FS", "DE1 2FS")).await;
        assert_eq!(house(&world).await.easting, None, "another postcode is another point");
    }
}
