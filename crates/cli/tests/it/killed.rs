//! What was acknowledged is there, once, whatever dies: the server, the worker, the database, all of it.
//!
//! What is promised: an act is acknowledged after its commit is on the disk, so it is never lost. An act that was not
//! acknowledged was done whole or not at all; sent again with its key it is done once, and gets the first answer. A letter is
//! in the outbox exactly when its act was done; it is handed in at least once, and a second copy carries the same message id.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use service::Randomness as _;
use tempfile::TempDir;
use testkit::{Cluster, Seeded, SmtpServer, proof};
use tokio::process::Command;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::disk::Disk;
use crate::examined::{examine, send_what_waits};
use crate::installation::{People, install};
use crate::programs::{Program, nearhome};
use crate::writers::{Desk, Duty, Memory, Writer};

/// Social workers and administrators: eight writers.
const WRITERS: (usize, usize) = (6, 2);
/// After each start at least so many acts are done before something is killed.
const ACTS_BETWEEN: usize = 24;

/// On what the programs stand.
enum Ground {
    /// A file of SQLite.
    File,
    /// A file of SQLite on a disk that loses its power with each kill, honest or not.
    Disk { lies: bool },
    /// PostgreSQL.
    Cluster(Cluster),
}

/// What dies at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Victim {
    /// Server and worker.
    Programs,
    /// PostgreSQL with all its processes.
    Database,
    /// Both.
    Everything,
}

struct Scene {
    folder: TempDir,
    cluster: Option<Cluster>,
    disk: Option<Disk>,
    address: String,
    mail: SmtpServer,
    dice: Seeded,
    desk: Arc<Desk>,
    origin: watch::Sender<String>,
    server: Option<Program>,
    worker: Option<Program>,
    writers: Vec<JoinHandle<Memory>>,
}

impl Scene {
    /// Installs, starts everything and lets the writers begin.
    async fn begin(ground: Ground) -> Self {
        let seed = proof::seed();
        eprintln!("seed {seed}: NEARHOME_SEED={seed} draws the same moments again");
        let folder = tempfile::tempdir().unwrap();
        let address = match &ground {
            Ground::Cluster(cluster) => {
                store::db::create_database(&cluster.address("postgres"), "killed").await.unwrap();
                cluster.address("killed")
            }
            Ground::File | Ground::Disk { .. } => format!("sqlite:{}", folder.path().join("nearhome.sqlite").display()),
        };
        let people = install(&address, WRITERS.0, WRITERS.1).await;
        let (cluster, below) = match ground {
            Ground::File => (None, None),
            Ground::Disk { lies } => (None, Some(Disk::new(folder.path(), lies))),
            Ground::Cluster(cluster) => (Some(cluster), None),
        };
        let (origin, followed) = watch::channel(String::new());
        let desk = Arc::new(Desk { origin: followed, is_over: AtomicBool::new(false), acknowledged: AtomicUsize::new(0) });
        let (mail, dice) = (SmtpServer::start().await, Seeded::new(seed));
        let mut scene =
            Self { folder, cluster, disk: below, address, mail, dice, desk, origin, server: None, worker: None, writers: Vec::new() };
        scene.start().await;
        scene.let_in(&people).await;
        scene
    }

    async fn let_in(&mut self, people: &People) {
        let refer = people.social_workers.iter().map(|email| (email, Duty::Refer));
        let invite = people.administrators.iter().map(|email| (email, Duty::Invite));
        for (email, duty) in refer.chain(invite) {
            let writer = Writer::signed_in(self.desk.clone(), email, duty, self.draw(u64::MAX)).await;
            self.writers.push(tokio::spawn(writer.write()));
        }
    }

    fn draw(&self, below: u64) -> u64 {
        u64::try_from(self.dice.random() % u128::from(below)).unwrap()
    }

    fn program(&self) -> Command {
        let mut command = nearhome(&self.address, self.folder.path());
        if let Some(disk) = &self.disk {
            disk.under(&mut command);
        }
        command
    }

    /// Starts what is not running.
    async fn start(&mut self) {
        if let Some(cluster) = self.cluster.as_mut().filter(|cluster| !cluster.is_running()) {
            cluster.start_again().await;
        }
        if self.server.is_none() {
            let (server, origin) = Program::serve(self.program()).await;
            self.server = Some(server);
            self.origin.send_replace(origin);
        }
        // A worker that lost its database ends; the service manager starts it again.
        if self.worker.as_mut().is_none_or(Program::has_ended) {
            self.worker = Some(Program::work(self.program(), self.mail.port));
        }
    }

    /// Waits until enough is acknowledged, and then for a random moment.
    async fn let_them_write(&self) {
        let enough = self.desk.acknowledged.load(Ordering::Relaxed) + ACTS_BETWEEN;
        while self.desk.acknowledged.load(Ordering::Relaxed) < enough && self.writers.iter().any(|writer| !writer.is_finished()) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        tokio::time::sleep(Duration::from_micros(self.draw(400_000))).await;
    }

    async fn kill(&mut self, victim: Victim) {
        if victim != Victim::Programs
            && let Some(cluster) = &mut self.cluster
        {
            cluster.kill().await;
        }
        if victim != Victim::Database {
            for program in [self.server.take(), self.worker.take()].into_iter().flatten() {
                program.kill().await;
            }
            if let Some(disk) = &mut self.disk {
                disk.cut_power(&self.dice);
            }
        }
    }

    /// Lets the writers end what they have begun, stops everything, and looks.
    async fn end(mut self) -> Vec<String> {
        self.desk.is_over.store(true, Ordering::Relaxed);
        let mut memories = Vec::new();
        for writer in self.writers.drain(..) {
            memories.push(writer.await.unwrap());
        }
        self.kill(Victim::Programs).await;
        send_what_waits(&self.address, &self.mail).await;
        let letters = self.mail.messages();
        let findings = examine(&self.address, self.folder.path(), &memories, &letters).await;
        let sum = |of: fn(&Memory) -> usize| memories.iter().map(of).sum::<usize>();
        eprintln!(
            "{} referrals, {} saves and {} invitations acknowledged; {} forms sent again; {} letters handed in; {} findings",
            sum(|memory| memory.begun.len()),
            memories.iter().flat_map(|memory| &memory.begun).map(|begun| begun.saves).sum::<i64>(),
            sum(|memory| memory.invited.len()),
            sum(|memory| memory.sent_again),
            letters.len(),
            findings.len()
        );
        findings
    }
}

/// Kills so often, each of the victims in turn.
async fn killed(ground: Ground, victims: &[Victim], kills: usize) -> Vec<String> {
    let mut scene = Scene::begin(ground).await;
    for (number, victim) in victims.iter().copied().cycle().take(kills).enumerate() {
        scene.let_them_write().await;
        scene.kill(victim).await;
        proof::progress(&format!("killed {victim:?}"), number + 1, kills);
        scene.start().await;
    }
    scene.let_them_write().await;
    scene.end().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_sqlite_a_killed_server_loses_nothing_and_does_nothing_twice() {
    assert_eq!(killed(Ground::File, &[Victim::Programs], proof::rounds(2, 20)).await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_sqlite_a_power_cut_loses_nothing_and_does_nothing_twice() {
    assert_eq!(killed(Ground::Disk { lies: false }, &[Victim::Programs], proof::rounds(2, 20)).await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_postgresql_a_killed_server_or_database_loses_nothing_and_does_nothing_twice() {
    let Some(cluster) = Cluster::start(&[]).await else { return };
    let victims = [Victim::Programs, Victim::Database, Victim::Everything];
    assert_eq!(killed(Ground::Cluster(cluster), &victims, proof::rounds(2, 20)).await, Vec::<String>::new());
}

/// Durability turned off, and the same test must find what is gone.
async fn is_noticed(ground: Ground) {
    let findings = killed(ground, &[Victim::Everything], 2).await;
    for finding in findings.iter().take(8) {
        eprintln!("  found: {finding}");
    }
    assert!(!findings.is_empty(), "acknowledged acts were lost, and the test did not notice");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_sqlite_a_disk_that_only_says_it_syncs_is_noticed() {
    is_noticed(Ground::Disk { lies: true }).await;
}

/// An acknowledged commit waits up to ten seconds in shared memory.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_postgresql_no_synchronous_commit_is_noticed() {
    let lossy =
        ["synchronous_commit=off", "wal_writer_delay=10s", "wal_writer_flush_after=1GB", "wal_buffers=64MB", "bgwriter_lru_maxpages=0"];
    let Some(cluster) = Cluster::start(&lossy).await else { return };
    is_noticed(Ground::Cluster(cluster)).await;
}
