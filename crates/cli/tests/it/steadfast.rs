//! The worker outlives what fails for a while.

use std::time::Duration;

use domain::access::{Action, Relation, authorise, worker};
use domain::calendar::Instant;
use service::Clock as _;
use store::db::Purpose;
use store::{Db, Statement};
use testkit::{SmtpServer, both};

use crate::installation::{MachineClock, install};
use crate::programs::{Program, nearhome};

/// Changes the schema as its owner.
async fn alter(address: &str, sql: &'static str) {
    let db = Db::open(address, Purpose::Maintain).await.unwrap();
    let grant = authorise(&worker(), Action::RunJobs, Some(Relation::Shared)).unwrap();
    let at: Instant = MachineClock.now();
    let mut tx = db.begin_write(&worker()).await.unwrap().enter(grant, at, 9);
    tx.execute(Statement { name: "altering", sql }, &[]).await.unwrap();
    tx.commit().await.unwrap();
    db.close().await;
}

/// Waits for half a minute at most.
async fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    for _ in 0..300 {
        if is_so() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{what} did not come");
}

both! {
    async fn a_worker_goes_on_when_the_database_answers_again(database) {
        let (address, folder) = (database.address.as_str(), tempfile::tempdir().unwrap());
        install(address, 0, 1).await;
        let mail = SmtpServer::start().await;
        alter(address, "ALTER TABLE job RENAME TO job_away").await;
        let mut work = Program::work(nearhome(address, folder.path()), mail.port);
        let errors = || std::fs::read_to_string(folder.path().join("errors")).unwrap();
        until("the fault in the log", || errors().contains("trying again in 5 seconds")).await;
        assert!(!work.has_ended(), "{}", errors());
        let once = ["work", "--seal-key", "seal", "--once"];
        assert!(!nearhome(address, folder.path()).args(once).status().await.unwrap().success(), "once says that it failed");

        alter(address, "ALTER TABLE job_away RENAME TO job").await;
        let invite = ["invite", "a@b.example", "--name", "A", "--role", "administrator", "--organisation", "nottingham", "--mail-host", "x"];
        assert!(nearhome(address, folder.path()).args(invite).status().await.unwrap().success(), "{}", errors());
        until("the letter", || mail.messages().len() == 1).await;
        assert!(!work.has_ended());
        work.kill().await;
    }
}
