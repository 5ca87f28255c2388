//! An existing framework's providers, lots and prices from a file.

use domain::access::worker;
use domain::consortium::framework::Regime;
use domain::pence::Pence;
use domain::people::Role;
use service::governance::consortium::ChangeConsortium;
use service::market::framework_file::{FrameworkReport, ImportFramework, TryFramework, read};
use service::{Failure, ask, perform};
use store::market::service::admissions_under;
use testkit::both;
use testkit::world::{HAZEL_BANK, HOME_CATEGORY, World, world};

const HEAD: &str = "provider,urn,lot,category,max_weekly,from,until\n";

const PAST: &str =
    concat!(include_str!("../../../../config/d2n2.toml"), "\n", include_str!("../../../../config/examples/past-frameworks.toml"));

/// The frameworks of the past stand in the configuration, with terms of their own.
async fn with_the_past(world: &World) {
    let consortium = service::governance::consortium::read(PAST).unwrap();
    let old = consortium.framework("D2N2-2020-H").unwrap();
    assert_eq!((old.terms_version.as_str(), old.regime), ("D2N2-2020", Regime::Pcr2015));
    assert_eq!(consortium.framework("EMRCF-F").unwrap().ends_on.iso(), "2020-01-31");
    perform(&world.nearhome, &worker(), world.key(), &ChangeConsortium { consortium, is_sample: true }).await.unwrap();
}

async fn tries(world: &World, text: &str) -> FrameworkReport {
    let (rows, faults) = read(text.as_bytes());
    assert_eq!(faults, []);
    ask(&world.nearhome, &worker(), &TryFramework { framework: "D2N2-2020-H".to_owned(), rows }).await.unwrap()
}

async fn takes(world: &World, text: &str) -> Result<FrameworkReport, Failure> {
    let (rows, _) = read(text.as_bytes());
    perform(&world.nearhome, &worker(), world.key(), &ImportFramework { framework: "D2N2-2020-H".to_owned(), rows }).await
}

async fn standing(world: &World) -> Vec<(Pence, String, Option<String>)> {
    let mut reads = world.nearhome.db().begin_read(&worker()).await.unwrap();
    let rows = admissions_under(&mut reads, "D2N2-2020-H").await.unwrap();
    rows.into_iter().map(|row| (row.tendered_max_pence, row.admitted_on.iso(), row.ended_on.map(domain::calendar::Day::iso))).collect()
}

#[test]
fn what_cannot_be_read_is_named_by_line_and_column() {
    let text = format!(
        "{HEAD}Larch,1234570,R1,R-STD,£5,000.5,2020-02-01,\n\"Larch\",12,R1,,4000,31/02/2020,soon\nLarch,1234570,R1,R-STD,4000,2020-02-01,\n"
    );
    let (rows, faults) = read(text.as_bytes());
    assert_eq!(rows.len(), 1);
    let places: Vec<String> = faults.iter().map(|fault| format!("{} {}", fault.line, fault.column)).collect();
    assert_eq!(places, ["2 row", "3 category", "3 urn", "3 from", "3 until"], "{faults:?}");
    let (rows, faults) = read(b"\xef\xbb\xbfprovider,urn,lot,kategorie,max_weekly,from\n");
    let places: Vec<&str> = faults.iter().map(|fault| fault.column.as_str()).collect();
    assert_eq!((rows.len(), places), (0, vec!["category", "kategorie"]));
    let (_, faults) = read(b"provider,urn,lot,category,max_weekly,from\nCaf\xe9,1234570,R1,R-STD,4000,2020-02-01\n");
    assert!(faults[0].line == 2 && faults[0].what.contains("UTF-8"), "{faults:?}");
}

both! {
    async fn a_try_changes_nothing_and_taking_the_file_twice_changes_nothing_more(database) {
        let mut world = world(database).await;
        with_the_past(&world).await;
        world.add_provider("Larch Row Care", "1234570", HOME_CATEGORY).await;
        world.add_provider("Elm Row Care", "1234588", HOME_CATEGORY).await;
        let file = format!("{HEAD}Larch Row Care,1234570,R1,R-STD,\"4,000.00\",2020-02-01,2026-03-31\nElm Row Care,1234588,R1,R-STD,4100,01/05/2021,\n");
        let tried = tries(&world, &file).await;
        assert_eq!((tried.changes.len(), tried.unchanged, tried.faults.len()), (2, 0, 0), "{tried:?}");
        assert!(tried.changes[0].line == 2 && tried.changes[0].what.contains("admitted from 1 February 2020, until 31 March 2026"), "{tried:?}");
        assert!(standing(&world).await.is_empty(), "a try writes nothing");
        assert_eq!(takes(&world, &file).await.unwrap(), tried, "what was told is what is done");
        let after = standing(&world).await;
        assert_eq!(after.len(), 2);
        assert!(after.contains(&(Pence(400_000), "2020-02-01".to_owned(), Some("2026-04-01".to_owned()))), "{after:?}");
        let events = world.events().await;
        let again = takes(&world, &file).await.unwrap();
        assert_eq!((again.changes.len(), again.unchanged), (0, 2));
        assert_eq!((standing(&world).await, world.events().await), (after, events), "no word about it in the record either");
        let cheaper = format!("{HEAD}Larch Row Care,1234570,R1,R-STD,3999.99,2020-02-01,\n");
        let tried = tries(&world, &cheaper).await;
        assert_eq!((tried.changes.len(), tried.unmentioned), (1, 1));
        assert!(tried.changes[0].what.contains("£4,000.00 a week becomes £3,999.99, until 31 March 2026 becomes open"), "{tried:?}");
    }

    async fn one_fault_keeps_the_whole_file_out(database) {
        let mut world = world(database).await;
        with_the_past(&world).await;
        world.add_provider("Larch Row Care", "1234570", HOME_CATEGORY).await;
        let file = format!(
            "{HEAD}Larch Row Care,1234570,R1,R-STD,4000,2020-02-01,\n{HAZEL_BANK},1234570,R1,R-STD,4000,2020-02-01,\n\
             Larch Row Care,1234999,R1,R-STD,4000,2020-02-01,\nLarch Row Care,1234570,R9,R-STD,4000,2020-02-01,\n\
             Larch Row Care,1234570,R1,F-STD,4000,2019-12-31,2019-01-01\nLarch Row Care,1234570,R2,R-STD,999999,2020-02-01,\n"
        );
        let tried = tries(&world, &file).await;
        let places: Vec<String> = tried.faults.iter().map(|fault| format!("{} {}", fault.line, fault.column)).collect();
        assert_eq!(places, ["3 provider", "3 urn", "4 urn", "5 lot", "6 from", "6 until", "6 category", "7 category"], "{tried:?}");
        let refused = takes(&world, &file).await.unwrap_err();
        assert!(refused.to_string().contains("line 3, provider"), "{refused}");
        assert!(standing(&world).await.is_empty());
        let dear = tries(&world, &format!("{HEAD}Larch Row Care,1234570,R1,R-STD,99999,2020-02-01,\n")).await;
        assert!(dear.faults[0].column == "max_weekly" && dear.faults[0].what.contains("the published maximum is"), "{dear:?}");
        let bidder = world.as_role(Role::ReferralsManager);
        let command = ImportFramework { framework: "D2N2-2020-H".to_owned(), rows: Vec::new() };
        let by_bidder = perform(&world.nearhome, &bidder, world.key(), &command).await;
        assert!(matches!(by_bidder, Err(Failure::Denied(_))), "{by_bidder:?}");
    }
}
