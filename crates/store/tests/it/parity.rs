//! The same acts leave the same state on both engines.

use chrono::{TimeZone as _, Utc};
use domain::access::{Action, Relation, authorise, worker};
use domain::calendar::Instant;
use domain::ids::OrganisationId;
use domain::people::OrganisationKind;
use store::people::organisation::Organisation;
use store::{Fault, Reads as _, Tx};
use testkit::{TestDatabase, both};
use uuid::Uuid;

async fn begin(database: &TestDatabase) -> Tx {
    let caller = worker();
    let threshold = database.db.begin_write(&caller).await.unwrap();
    let grant = authorise(&caller, Action::RegisterOrganisation, Some(Relation::Shared)).unwrap();
    threshold.enter(grant, Instant::new(Utc.with_ymd_and_hms(2026, 12, 14, 10, 0, 0).unwrap()), 7)
}

fn council(tx: &mut Tx, name: &str) -> Organisation {
    Organisation {
        id: OrganisationId(tx.new_id()),
        version: 1,
        kind: OrganisationKind::Council,
        name: name.to_owned(),
        council_code: Some(format!("E{name}")),
        reference: None,
        is_synthetic: true,
    }
}

both! {
    async fn a_record_is_read_as_it_was_written(database) {
        let mut tx = begin(&database).await;
        let written = council(&mut tx, "Märchenshire");
        tx.create(&written, &serde_json::json!({ "shape": 1 })).await.unwrap();
        tx.commit().await.unwrap();
        let mut reads = database.db.begin_read(&worker()).await.unwrap();
        assert_eq!(reads.find::<Organisation>(written.id).await.unwrap(), Some(written.clone()));
        let events = store::record::stream(&mut reads, written.id.0).await.unwrap();
        assert_eq!(events.len(), 1);
        assert_eq!(events[0].entry.facts.hash(), events[0].entry.hash);
        assert_eq!(events[0].entry.facts.state_digest, store::record::state_digest(&written));
    }

    async fn the_second_of_two_writers_is_told(database) {
        let mut tx = begin(&database).await;
        let mut first = council(&mut tx, "Elsewhere");
        tx.create(&first, &serde_json::Value::Null).await.unwrap();
        let mut second = first.clone();
        first.name = "Here".to_owned();
        tx.update(&mut first, &serde_json::Value::Null).await.unwrap();
        second.name = "There".to_owned();
        assert!(matches!(tx.update(&mut second, &serde_json::Value::Null).await, Err(Fault::Stale { table: "organisation" })));
    }

    async fn what_is_not_committed_is_not_there(database) {
        let mut tx = begin(&database).await;
        let written = council(&mut tx, "Nowhere");
        tx.create(&written, &serde_json::Value::Null).await.unwrap();
        drop(tx);
        let mut reads = database.db.begin_read(&worker()).await.unwrap();
        assert_eq!(reads.find::<Organisation>(written.id).await.unwrap(), None);
    }

    async fn the_record_cannot_be_rewritten(database) {
        let mut tx = begin(&database).await;
        let written = council(&mut tx, "Stone");
        tx.create(&written, &serde_json::Value::Null).await.unwrap();
        tx.commit().await.unwrap();
        for sql in [
            "UPDATE event SET action = 'FORGED'",
            "DELETE FROM event",
            "INSERT INTO event SELECT * FROM event ON CONFLICT (stream_id, version) DO UPDATE SET action = 'FORGED'",
        ] {
            let mut tx = begin(&database).await;
            let outcome = tx.execute(store::Statement { name: "planted", sql }, &[]).await;
            assert!(outcome.is_err(), "{sql}");
        }
        if database.db.engine() == store::dialect::Engine::Sqlite {
            let mut tx = begin(&database).await;
            let sql = "INSERT OR REPLACE INTO event SELECT * FROM event";
            assert!(tx.execute(store::Statement { name: "planted", sql }, &[]).await.is_err(), "replacing is deleting");
        }
    }

    async fn a_missing_record_is_absent_and_a_broken_reference_a_fault(database) {
        let mut reads = database.db.begin_read(&worker()).await.unwrap();
        assert_eq!(reads.find::<Organisation>(Uuid::from_u128(1)).await.unwrap(), None);
        assert!(matches!(reads.get::<Organisation>(Uuid::from_u128(1)).await, Err(Fault::Inconsistent { .. })));
    }
}
