//! The last moment for bids. Ten thousand bids (five hundred in `make test`) come within fifty milliseconds of it, on either side, also
//! at the hour that summer time repeats, and each is judged as the oracle says: by the moment at which its transaction took it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{DateTime, Duration, Utc};
use domain::access::{Action, Relation, authorise, worker};
use domain::calendar::Instant;
use domain::ids::{OrganisationId, SubmissionId, TenderId};
use domain::people::{Caller, Role};
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

fn unused_key() -> Uuid {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    Uuid::from_u128((1 << 100) + u128::from(COUNT.fetch_add(1, Ordering::Relaxed)))
}

/// One bid of the race, by the clock that the servers share.
struct Entry {
    before: DateTime<Utc>,
    after: DateTime<Utc>,
    outcome: Result<SubmissionId, Failure>,
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

/// A server of the same database whose own clock is wrong, and which therefore goes by the database's.
async fn skewed(database: &TestDatabase, clock: &str, seed: u64) -> Nearhome {
    let address = format!("{}?options[search_path]=shifted,pg_catalog,public", database.address);
    let db = Db::open(&address, Purpose::Serve).await.unwrap();
    Nearhome::new(db, Arc::new(MovedClock::at(clock)), Arc::new(Seeded::new(seed)))
        .with_secrets(testkit::secrets_keys())
        .timed_by_database()
}

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

/// What the servers' shared clock shows.
fn shared(shift: Duration) -> DateTime<Utc> {
    Instant::new(machine() + shift).utc()
}

/// A bidder who sends as fast as it can until the deadline is well over.
async fn races(
    server: Nearhome,
    signatory: Caller,
    tender: TenderId,
    lot: &'static str,
    over: DateTime<Utc>,
    shift: Duration,
) -> Vec<Entry> {
    let mut entries = Vec::new();
    loop {
        let before = shared(shift);
        if before > over {
            return entries;
        }
        let outcome = submit(&server, &signatory, unused_key(), tender, lot).await;
        let was_late = is_late(&outcome);
        entries.push(Entry { before, after: shared(shift), outcome });
        if was_late {
            // A refusal takes no time, and those that are taken are what the race is about.
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_with_wrong_clocks_judge_by_the_one_they_share() {
    let Some(database) = TestDatabase::fresh(Engine::Postgres).await else { return };
    let mut world = world(database).await;
    let deadline = moment(DEADLINES[2]);
    let (providers, tender) = ready(&mut world, DEADLINES[2]).await;
    let owner = Db::open(&world.database.address, Purpose::Maintain).await.unwrap();
    for sql in SHIFTED_CLOCK {
        as_owner(&owner, sql, &[]).await;
    }
    // One runs hours ahead, one is still in the summer before.
    let servers =
        [skewed(&world.database, "2027-10-31T09:00:00Z", 1 << 42).await, skewed(&world.database, "2027-07-01T09:00:00Z", 1 << 43).await];
    let wanted = proof::rounds(500, 10_000);
    let (mut near, mut certain, mut taken) = (0, 0, 0);
    while near < wanted {
        let shift = Duration::microseconds((deadline - Duration::milliseconds(60) - machine()).num_microseconds().unwrap());
        as_owner(&owner, "UPDATE shifted.by SET microseconds = $1", &[shift.num_microseconds().into()]).await;
        let racers = providers.iter().enumerate().map(|(number, provider)| {
            let signatory = world.of(*provider, Role::ProviderSignatory);
            let over = deadline + Duration::microseconds(AROUND);
            tokio::spawn(races(servers[number % 2].clone(), signatory, tender, LOTS[number % LOTS.len()], over, shift))
        });
        for (racer, provider) in racers.collect::<Vec<_>>().into_iter().zip(&providers) {
            let entries = racer.await.unwrap();
            let number = providers.iter().position(|one| one == provider).unwrap();
            let seen =
                see(&world.nearhome, &world.of(*provider, Role::ProviderSignatory), tender, LOTS[number % LOTS.len()]).await.unwrap();
            for entry in entries {
                let was_late = is_late(&entry.outcome);
                if let Ok(id) = &entry.outcome {
                    let at = seen.submitted.iter().find(|one| one.id == *id).unwrap().at.utc();
                    assert!(
                        entry.before <= at && at <= entry.after && at <= deadline,
                        "{at} is not between {} and {}",
                        entry.before,
                        entry.after
                    );
                }
                // What began after the deadline is late, what ended before it is not; between, the transaction's moment decides.
                assert!(was_late || entry.before <= deadline, "taken, though sent at {}", entry.before);
                assert!(!was_late || entry.after > deadline, "late, though answered at {}", entry.after);
                near += usize::from((entry.before - deadline).abs() <= Duration::microseconds(AROUND));
                certain += usize::from(entry.before > deadline || entry.after <= deadline);
                taken += usize::from(!was_late);
            }
        }
        proof::progress("bids in the race", near.min(wanted), wanted);
    }
    assert!(certain > wanted / 2 && taken > wanted / 10 && taken < wanted, "{certain} certain, {taken} taken of {near}");
}
