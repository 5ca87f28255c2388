//! A later version adds a column while the earlier one serves: nothing stops, and the record still verifies.

use domain::access::{Action, Relation, authorise, worker};
use domain::people::Caller;
use service::governance::verify::verify;
use service::jobs::sealer::{SealKey, seal};
use service::perform;
use store::db::Purpose;
use store::market::service::Service;
use store::{Db, Reads as _, Statement};
use testkit::world::{HAZEL_BANK, service_file, world};
use testkit::{TestDatabase, both};

/// Changes the schema as its owner.
async fn alter(database: &TestDatabase, statements: &[&'static str]) {
    let db = Db::open(&database.address, Purpose::Maintain).await.unwrap();
    let caller: Caller = worker();
    let grant = authorise(&caller, Action::SealRecord, Some(Relation::Shared)).unwrap();
    let at = domain::calendar::Instant::new("2026-12-14T10:00:00Z".parse().unwrap());
    let mut tx = db.begin_write(&caller).await.unwrap().enter(grant, at, 9);
    for sql in statements {
        tx.execute(Statement { name: "altering", sql }, &[]).await.unwrap();
    }
    tx.commit().await.unwrap();
}

both! {
    async fn a_database_of_the_version_before_is_brought_up_to_date_and_verifies(database) {
        let world = world(database).await;
        let key = SealKey::new([7; 32]);
        seal(&world.nearhome, &key).await.unwrap();
        let before = ["ALTER TABLE service DROP COLUMN is_short_break_only", "DELETE FROM schema_migration WHERE number = 6"];
        alter(&world.database, &before).await;
        let db = Db::open(&world.database.address, Purpose::Maintain).await.unwrap();
        assert!(store::migrate::check(&db).await.is_err(), "a server must not start on it");
        assert_eq!(store::migrate::migrate(&db).await.unwrap(), ["short_breaks"]);
        store::migrate::check(&db).await.unwrap();

        let mut file = service_file(HAZEL_BANK, domain::registration::ServiceKind::Home, "1234567");
        file.is_short_break_only = Some(true);
        assert!(perform(&world.nearhome, &worker(), world.key(), &file).await.unwrap().is_changed);
        seal(&world.nearhome, &key).await.unwrap();
        let report = verify(&mut world.as_worker().await, key.public(), &[]).await.unwrap();
        assert_eq!((report.finding, report.checkpoints), (None, 2));
    }

    async fn a_server_goes_on_while_a_later_version_adds_a_column(database) {
        let world = world(database).await;
        let read = async || world.as_worker().await.get::<Service>(world.home).await.unwrap();
        let known = read().await;
        alter(&world.database, &["ALTER TABLE service ADD COLUMN of_a_later_version TEXT"]).await;
        assert_eq!(read().await, known, "with statements that were prepared before");
        let mut file = service_file(HAZEL_BANK, domain::registration::ServiceKind::Home, "1234567");
        file.places_registered = file.places_registered.map(|places| places + 1);
        perform(&world.nearhome, &worker(), world.key(), &file).await.unwrap();
        assert_eq!(read().await.places_registered, known.places_registered + 1);
        let report = verify(&mut world.as_worker().await, SealKey::new([7; 32]).public(), &[]).await.unwrap();
        assert_eq!(report.finding, None);
    }
}
