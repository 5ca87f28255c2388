//! A browser that goes away takes its request with it, at any point.

use std::time::Duration;

use domain::access::worker;
use store::db::Purpose;
use store::{Db, Reads as _, Statement};
use testkit::TestDatabase;

const LEFT_OPEN: Statement = Statement {
    name: "connections left inside a transaction",
    sql: "SELECT CAST(count(*) AS BIGINT) AS open FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'",
};

#[tokio::test]
async fn an_abandoned_beginning_leaves_no_transaction_open() {
    let Some(database) = TestDatabase::fresh(testkit::Engine::Postgres).await else { return };
    // Only the owner of the connections may see what they do.
    let owner = Db::open(&database.address, Purpose::Maintain).await.unwrap();
    let caller = worker();
    let warm = database.db.begin_read(&caller).await.unwrap();
    drop(warm);
    for patience in 1..=120 {
        let waited = async {
            for _ in 0..patience {
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            biased;
            begun = database.db.begin_read(&caller) => drop(begun.unwrap()),
            () = waited => {}
        }
        assert_eq!(left_open(&owner).await, 0, "after {patience} steps");
    }
}

/// Connections roll back on their way home, which takes them a moment.
async fn left_open(owner: &Db) -> i64 {
    let mut open = 0;
    for _ in 0..40 {
        let mut reads = owner.begin_read(&worker()).await.unwrap();
        open = reads.one(LEFT_OPEN, &[]).await.unwrap().get("open").unwrap();
        if open == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    open
}
