//! Whether a commit is on the disk when it is acknowledged.

use testkit::{Engine, TestDatabase};

#[tokio::test]
async fn sqlite_is_opened_so_that_a_commit_is_on_the_disk() {
    let database = TestDatabase::fresh(Engine::Sqlite).await.unwrap();
    assert_eq!(database.db.losses().await.unwrap(), Vec::<String>::new());
}

/// The test server gives durability away for speed, which must show.
#[tokio::test]
async fn what_a_postgresql_server_gives_away_is_named() {
    let Some(database) = TestDatabase::fresh(Engine::Postgres).await else { return };
    assert_eq!(database.db.losses().await.unwrap(), ["fsync=off"]);
}
