//! The last moment for bids. Ten thousand bids (five hundred in `make test`) come within fifty milliseconds of it, on either side, also
//! at the hour that summer time repeats, and each is judged as the oracle says: by the moment at which its transaction took it. Then
//! two servers with wrong clocks race in processes of their own.

use std::process::Stdio;
use std::sync::Arc;

use chrono::{DateTime, Duration, Utc};
use domain::access::{Action, Relation, authorise, worker};
use domain::calendar::Instant;
use domain::ids::{OrganisationId, PersonId, SubmissionId, TenderId};
use domain::people::{Caller, OrganisationKind, Role};
use serde::{Deserialize, Serialize};
use service::procurement::bid::see;
use service::procurement::submission::submit;
use service::procurement::tender::ExtendDeadline;
use service::{Failure, Nearhome, perform};
use store::db::Purpose;
use store::{Db, Statement, Value};
use testkit::bidding::{Typed, written};
use testkit::tendering::{draft, opening_officers, publish};
use testkit::world::{HOME_CATEGORY, World, world};
use testkit::{Engine, MovedClock, Seeded, TestDatabase, both, proof};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use uuid::Uuid;

const LOTS: [&str; 2] = ["R1", "R2"];
/// How far from the deadline bids come, in microseconds.
const AROUND: i64 = 50_000;
/// A common one, the hour that is skipped, and both passes through the hour that is repeated: the last two read alike on a clock on a
/// wall, 1.30 am on 31 October.
const DEADLINES: [&str; 4] = ["2027-02-26T12:00:00Z", "2027-03-28T01:00:00Z", "2027-10-31T00:30:00Z", "2027-10-31T01:30:00Z"];

fn moment(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// Four providers that each have a bid ready for each of two lots of a tender with this deadline.
async fn ready(world: &mut World, deadline: &str) -> (Vec<OrganisationId>, TenderId) {
    opening_officers(world).await;
    let mut providers = vec![world.provider];
    for (name, urn) in [("Rowan Homes", "1234570"), ("Alder Homes", "1234571"), ("Birch Homes", "1234572")] {
        providers.push(world.add_provider(name, urn, HOME_CATEGORY).await.0);
    }
    let mut draft = draft(world).await;
    draft.deadline = Instant::new(moment(deadline));
    let tender = publish(world, draft).await;
    write_all(world, &providers, tender).await;
    (providers, tender)
}

async fn write_all(world: &World, providers: &[OrganisationId], tender: TenderId) {
    for provider in providers {
        for lot in LOTS {
            written(world, *provider, tender, lot, &Typed::at("4,750.00")).await;
        }
    }
}

/// Numbers that look like chance and are the same in every run.
fn drawn(seed: u64, number: usize, below: u64) -> u64 {
    let digest = domain::record::Digest::of(format!("{seed} {number}").as_bytes());
    u64::from_be_bytes(digest.0[..8].try_into().unwrap()) % below
}

fn is_late(outcome: &Result<SubmissionId, Failure>) -> bool {
    match outcome {
        Ok(_) => false,
        Err(Failure::Refused(why)) if why.starts_with("the deadline was ") => true,
        Err(other) => panic!("neither taken nor late: {other:?}"),
    }
}

both! {
    async fn of_bids_around_the_deadline_each_is_judged_to_the_microsecond(database) {
        let mut world = world(database).await;
        let (providers, tender) = ready(&mut world, DEADLINES[0]).await;
        // Two servers on one machine share its clock, and nothing else.
        let other = Nearhome::new(world.database.db.clone(), world.clock.clone(), Arc::new(Seeded::new(1 << 41))).with_secrets(testkit::secrets_keys());
        let servers = [world.nearhome.clone(), other];
        let (seed, all) = (proof::seed(), proof::rounds(500, 10_000));
        let mut late = 0;
        for number in 0..all {
            let place = number * DEADLINES.len() / all;
            if number > 0 && place > (number - 1) * DEADLINES.len() / all {
                world.clock.set(testkit::world::BEGINS);
                let extend = ExtendDeadline { tender, to: Instant::new(moment(DEADLINES[place])), reason: "More time".to_owned() };
                perform(&world.nearhome, &world.as_role(Role::ContractOfficer), world.key(), &extend).await.unwrap();
                write_all(&world, &providers, tender).await;
            }
            let pick = |what: u64, among: usize| usize::try_from(drawn(seed.wrapping_add(what), number, u64::try_from(among).unwrap())).unwrap();
            // The very moment and the next one come often: they are what a mistake would get wrong.
            let offset = match pick(1, 10) {
                0 => 0,
                1 => 1,
                _ => i64::try_from(drawn(seed.wrapping_add(2), number, 2 * AROUND.unsigned_abs())).unwrap() - AROUND,
            };
            world.clock.set(&(moment(DEADLINES[place]) + Duration::microseconds(offset)).to_rfc3339());
            let signatory = world.of(providers[pick(3, providers.len())], Role::ProviderSignatory);
            let outcome = submit(&servers[pick(4, 2)], &signatory, world.key(), tender, LOTS[pick(5, LOTS.len())]).await;
            assert_eq!(is_late(&outcome), offset > 0, "seed {seed}, bid {number}, {offset} µs after {}", DEADLINES[place]);
            late += usize::from(offset > 0);
            proof::progress("bids around the deadline", number + 1, all);
        }
        assert!(late > all / 4 && late < all * 3 / 4, "{late} of {all} were late: seed {seed}");
    }
}

/// One bid of the race, by the clock that the servers share. It has no id when it came too late.
#[derive(Serialize, Deserialize)]
struct Entry {
    before: Instant,
    after: Instant,
    taken: Option<SubmissionId>,
}

/// A clock before PostgreSQL's own, which a test can move.
const SHIFTED_CLOCK: [&str; 5] = [
    "CREATE SCHEMA shifted",
    "CREATE TABLE shifted.by (microseconds bigint NOT NULL)",
    "INSERT INTO shifted.by VALUES (0)",
    "CREATE FUNCTION shifted.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE SECURITY DEFINER AS \
     'SELECT pg_catalog.clock_timestamp() + microseconds * interval ''1 microsecond'' FROM shifted.by'",
    "GRANT USAGE ON SCHEMA shifted TO PUBLIC",
];

/// Has the database's owner carry this out.
async fn as_owner(owner: &Db, sql: &'static str, values: &[Value]) {
    let grant = authorise(&worker(), Action::RegisterOrganisation, Some(Relation::Shared)).unwrap();
    let mut tx = owner.begin_write(&worker()).await.unwrap().enter(grant, Instant::new(machine()), 1);
    tx.execute(Statement { name: "shifted clock", sql }, values).await.unwrap();
    tx.commit().await.unwrap();
}

/// What this machine's clock shows, by which PostgreSQL's goes too.
#[expect(clippy::disallowed_methods, reason = "a race against the clock that the database reads")]
fn machine() -> DateTime<Utc> {
    Utc::now()
}

/// A bidder in the race: who signs, and for which lot.
#[derive(Serialize, Deserialize)]
struct Racer {
    person: PersonId,
    organisation: OrganisationId,
    lot: String,
}

/// What a server's process is told when it starts.
#[derive(Serialize, Deserialize)]
struct Post {
    address: String,
    /// What its own clock shows, wrongly.
    clock: String,
    seed: u64,
    tender: TenderId,
    racers: Vec<Racer>,
}

/// A heat: how far the shared clock is moved, and when the heat is over.
#[derive(Clone, Copy, Serialize, Deserialize)]
struct Heat {
    shift: i64,
    over: Instant,
}

impl Heat {
    /// What the clock shows that the servers share.
    fn now(self) -> Instant {
        Instant::new(machine() + Duration::microseconds(self.shift))
    }
}

/// A server's process, as the test that started it sees it.
struct Process {
    child: Child,
    told: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
}

/// The variable by which a test's program knows that it is a server's process.
const POST: &str = "NEARHOME_TEST_POST";
/// What stands before a line that is meant for the test, among those that the test's program prints by itself.
const ANSWER: &str = "answer ";

impl Process {
    /// Starts this test's program again, as a server.
    fn start(post: &Post) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["closing::a_server_of_the_race", "--exact", "--ignored", "--nocapture"])
            .env(POST, serde_json::to_string(post).unwrap())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let (told, answers) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()).lines());
        Self { child, told, answers }
    }

    async fn tell(&mut self, heat: Heat) {
        self.told.write_all(format!("{}\n", serde_json::to_string(&heat).unwrap()).as_bytes()).await.unwrap();
    }

    /// What each racer of this server did in the heat.
    async fn hear(&mut self) -> Vec<Vec<Entry>> {
        loop {
            let Some(line) = self.answers.next_line().await.unwrap() else { panic!("the server's process ended") };
            // The test's program prints the test's name without ending the line.
            if let Some((_, entries)) = line.split_once(ANSWER) {
                return serde_json::from_str(entries).unwrap();
            }
        }
    }

    async fn end(mut self) {
        drop(self.told);
        assert!(self.child.wait().await.unwrap().success());
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "the race below starts it, twice, in processes of their own"]
async fn a_server_of_the_race() {
    let post: Post = serde_json::from_str(&std::env::var(POST).unwrap()).unwrap();
    let db = Db::open(&post.address, Purpose::Serve).await.unwrap();
    let server = Nearhome::new(db, Arc::new(MovedClock::at(&post.clock)), Arc::new(Seeded::new(post.seed)))
        .with_secrets(testkit::secrets_keys())
        .timed_by_database();
    let post = Arc::new(post);
    // This waits for the test with nothing else to do: the racers run on threads of their own.
    for line in std::io::stdin().lines() {
        let heat: Heat = serde_json::from_str(&line.unwrap()).unwrap();
        let started: Vec<_> =
            (0..post.racers.len()).map(|number| tokio::spawn(races(server.clone(), post.clone(), number, heat))).collect();
        let mut entries = Vec::new();
        for one in started {
            entries.push(one.await.unwrap());
        }
        println!("{ANSWER}{}", serde_json::to_string(&entries).unwrap());
    }
}

/// A bidder who sends as fast as it can until the deadline is well over.
async fn races(server: Nearhome, post: Arc<Post>, number: usize, heat: Heat) -> Vec<Entry> {
    let Racer { person, organisation, lot } = &post.racers[number];
    let signatory =
        Caller { person: *person, organisation: *organisation, kind: OrganisationKind::Provider, role: Role::ProviderSignatory };
    let mut entries = Vec::new();
    loop {
        let before = heat.now();
        if before > heat.over {
            return entries;
        }
        let key = Uuid::from_u64_pair(heat.shift.unsigned_abs(), post.seed + u64::try_from(number << 32 | entries.len()).unwrap());
        let outcome = submit(&server, &signatory, key, post.tender, lot).await;
        let taken = if is_late(&outcome) { None } else { outcome.ok() };
        entries.push(Entry { before, after: heat.now(), taken });
        if taken.is_none() {
            // A refusal takes no time, and those that are taken are what the race is about.
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    }
}

/// Where the transaction's moment cannot be known from without, either answer is right; elsewhere only one is.
async fn judged(world: &World, tender: TenderId, deadline: Instant, racer: &Racer, entries: &[Entry]) {
    let seen = see(&world.nearhome, &world.of(racer.organisation, Role::ProviderSignatory), tender, &racer.lot).await.unwrap();
    for Entry { before, after, taken } in entries {
        if let Some(id) = taken {
            let at = seen.submitted.iter().find(|one| one.id == *id).unwrap().at;
            assert!(*before <= at && at <= *after && at <= deadline, "{at:?} is not between {before:?} and {after:?}");
        }
        assert!(taken.is_none() || *before <= deadline, "taken, though sent at {before:?}");
        assert!(taken.is_some() || *after > deadline, "late, though answered at {after:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn processes_with_wrong_clocks_judge_by_the_one_they_share() {
    let Some(database) = TestDatabase::fresh(Engine::Postgres).await else { return };
    let mut world = world(database).await;
    let deadline = Instant::new(moment(DEADLINES[2]));
    let (providers, tender) = ready(&mut world, DEADLINES[2]).await;
    let owner = Db::open(&world.database.address, Purpose::Maintain).await.unwrap();
    for sql in SHIFTED_CLOCK {
        as_owner(&owner, sql, &[]).await;
    }
    // One runs hours ahead, one is still in the summer before.
    let posts: Vec<Post> = ["2027-10-31T09:00:00Z", "2027-07-01T09:00:00Z"]
        .into_iter()
        .enumerate()
        .map(|(server, clock)| Post {
            address: format!("{}?options[search_path]=shifted,pg_catalog,public", world.database.address),
            clock: clock.to_owned(),
            seed: [1 << 42, 1 << 43][server],
            tender,
            racers: racers(&world, &providers[2 * server..2 * server + 2]),
        })
        .collect();
    let mut processes: Vec<Process> = posts.iter().map(Process::start).collect();
    let wanted = proof::rounds(500, 10_000);
    let (mut near, mut certain, mut taken) = (0, 0, 0);
    while near < wanted {
        let shift = (deadline.utc() - Duration::milliseconds(60) - machine()).num_microseconds().unwrap();
        as_owner(&owner, "UPDATE shifted.by SET microseconds = $1", &[shift.into()]).await;
        let heat = Heat { shift, over: Instant::new(deadline.utc() + Duration::microseconds(AROUND)) };
        for process in &mut processes {
            process.tell(heat).await;
        }
        for (process, post) in processes.iter_mut().zip(&posts) {
            for (entries, racer) in process.hear().await.iter().zip(&post.racers) {
                judged(&world, tender, deadline, racer, entries).await;
                let away = |entry: &Entry| (entry.before.utc() - deadline.utc()).abs();
                near += entries.iter().filter(|entry| away(entry) <= Duration::microseconds(AROUND)).count();
                certain += entries.iter().filter(|entry| entry.before > deadline || entry.after <= deadline).count();
                taken += entries.iter().filter(|entry| entry.taken.is_some()).count();
            }
        }
        proof::progress("bids in the race", near.min(wanted), wanted);
    }
    for process in processes {
        process.end().await;
    }
    assert!(certain > wanted / 2 && taken > wanted / 10 && taken < wanted, "{certain} certain, {taken} taken of {near}");
}

/// Each provider's signatory, with a lot.
fn racers(world: &World, providers: &[OrganisationId]) -> Vec<Racer> {
    let signatory = |provider: &OrganisationId| world.of(*provider, Role::ProviderSignatory).person;
    let racer =
        |(provider, lot): (&OrganisationId, &str)| Racer { person: signatory(provider), organisation: *provider, lot: lot.to_owned() };
    providers.iter().zip(LOTS).map(racer).collect()
}
