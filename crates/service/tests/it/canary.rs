//! Sixty-four marked texts go into one bid, wherever a bid takes text. Until the bids are opened, none of them is found: not in a
//! file of the database, its write-ahead log or its temporary files, not in a dump by the database's owner, not in any log, and
//! not in anything that somebody else is answered.

use std::io::Write;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, Once};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::Duration;
use domain::ids::TenderId;
use domain::people::Role;
use domain::procurement::bid::{BidAnswer, Envelope};
use domain::procurement::bid_draft::{Paper, Profile, TypedPrice};
use domain::record::Digest;
use service::procurement::bid::{ListOwnBids, Part, save, see};
use service::procurement::bidder::{papers, save_profile, upload};
use service::procurement::opening::{GetOpening, take_part};
use service::procurement::submission::{WithdrawBid, own_copy, submit};
use service::procurement::tender::{GetTender, ListTenders};
use service::{ask, perform};
use testkit::bidding::{Typed, pdf, written};
use testkit::cluster::Cluster;
use testkit::tendering::{passphrase, published};
use testkit::world::{World, world};
use testkit::{Engine, TestDatabase};

/// Each marked text begins with these letters, which nothing else has.
const MARK: &str = "Quillf";
/// The marked price, as typed and as shown.
const TYPED: [&str; 2] = ["4,217.63", "4217.63"];
/// The same in pence.
const IN_PENCE: &str = "421763";
const LOT: &str = "R1";

fn marked(number: usize) -> String {
    format!("{MARK}{number:02}")
}

/// How a text may stand somewhere without being readable at once.
fn spellings(text: &str) -> Vec<Vec<u8>> {
    let digit = |value: u8| char::from_digit(u32::from(value), 16).unwrap();
    let hex: String = text.bytes().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect();
    let wide = text.bytes().flat_map(|letter| [letter, 0]).collect();
    let mut all = vec![text.as_bytes().to_vec(), hex.to_uppercase().into_bytes(), hex.into_bytes(), wide];
    for before in 0..3 {
        // In base64 a text looks different at each of three places; its ends depend on its neighbours.
        let shifted = [vec![b'.'; before], text.as_bytes().to_vec()].concat();
        let encoded = STANDARD.encode(&shifted);
        all.push(encoded.as_bytes()[(before * 4).div_ceil(3)..(shifted.len() * 4 / 3)].to_vec());
    }
    all
}

/// What of the bid is found in these bytes, in one walk over them.
fn found(bytes: &[u8], secrets: &[Vec<u8>]) -> Vec<String> {
    let mut begins = [false; 256];
    for secret in secrets {
        begins[usize::from(secret[0])] = true;
    }
    let mut all = std::collections::BTreeSet::new();
    for (at, byte) in bytes.iter().enumerate() {
        if begins[usize::from(*byte)] {
            all.extend(secrets.iter().filter(|secret| bytes[at..].starts_with(secret)));
        }
    }
    all.into_iter().map(|secret| String::from_utf8_lossy(secret).into_owned()).collect()
}

/// Every spelling of the mark, the price as typed, and the digest of each file: who guesses a file could otherwise prove it.
fn secrets() -> Vec<Vec<u8>> {
    let digests = (0..11).map(|number| Digest::of(&pdf(&marked(number))));
    let digests = digests.flat_map(|digest| [digest.0.to_vec(), digest.to_string().into_bytes()]);
    spellings(MARK).into_iter().chain(TYPED.map(|price| price.as_bytes().to_vec())).chain(digests).collect()
}

fn files_below(folder: &Path, each: &mut impl FnMut(&Path, &[u8])) {
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        if entry.file_type().unwrap().is_dir() {
            files_below(&entry.path(), each);
        } else if let Ok(bytes) = std::fs::read(entry.path()) {
            each(&entry.path(), &bytes);
        }
    }
}

/// Whether the price in pence stands here by itself. Within a word its six digits come up by chance: PostgreSQL's log and dump hold
/// ciphertexts and digests in hexadecimal digits.
fn is_in_pence(bytes: &[u8]) -> bool {
    let is_word = |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_alphanumeric);
    let mut found = bytes.windows(IN_PENCE.len()).enumerate().filter(|(_, here)| *here == IN_PENCE.as_bytes());
    found.any(|(at, _)| !is_word(at.checked_sub(1)) && !is_word(at.checked_add(IN_PENCE.len())))
}

#[test]
fn a_price_in_pence_is_found_by_itself_and_not_within_the_digits_of_something_else() {
    for held in ["421763", r#"{"weekly":421763}"#, "weekly=421763 ", "421763421763 421763"] {
        assert!(is_in_pence(held.as_bytes()), "{held}");
    }
    for other in ["", "42176", r"\x9f421763c0", "1421763", "4217631"] {
        assert!(!is_in_pence(other.as_bytes()), "{other}");
    }
}

/// What of the bid is found in bytes that whoever owns the database has.
fn found_by_owner(bytes: &[u8]) -> Vec<String> {
    found(bytes, &secrets()).into_iter().chain(is_in_pence(bytes).then(|| IN_PENCE.to_owned())).collect()
}

/// The same in the files of a folder.
fn found_below(folder: &Path) -> Vec<String> {
    let mut all = Vec::new();
    files_below(folder, &mut |path, bytes| all.extend(found_by_owner(bytes).iter().map(|what| format!("{what} in {}", path.display()))));
    all
}

/// Everything that is logged, at every level, while somebody listens.
static LOG: Mutex<Vec<u8>> = Mutex::new(Vec::new());
static LISTENING: AtomicUsize = AtomicUsize::new(0);

struct ToLog;

impl Write for ToLog {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        LOG.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn listen() {
    use tracing_subscriber::prelude::*;
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let is_heard = tracing_subscriber::filter::dynamic_filter_fn(|_, _| LISTENING.load(Ordering::Relaxed) > 0);
        let layer = tracing_subscriber::fmt::layer().with_ansi(false).with_writer(|| ToLog).with_filter(is_heard);
        tracing_subscriber::registry().with(layer).init();
    });
    LISTENING.fetch_add(1, Ordering::Relaxed);
}

fn logged() -> Vec<String> {
    found(&LOG.lock().unwrap(), &secrets())
}

/// Writes the bid, with the mark in 64 places, and does with it what can be done, what is refused too.
async fn a_bid_with_everything(world: &World, tender: TenderId) {
    let (writer, signatory) = (world.as_role(Role::ReferralsManager), world.as_role(Role::ProviderSignatory));
    let mut number = 0..;
    let mut next = || marked(number.next().unwrap());
    let mut files = Vec::new();
    for _ in 0..10 {
        let text = next();
        files.push(upload(&world.nearhome, &writer, &format!("{text}.pdf"), pdf(&text)).await.unwrap());
        assert!(upload(&world.nearhome, &writer, &text, pdf(&text)).await.is_err(), "twice the same");
        assert!(upload(&world.nearhome, &writer, &text, text.clone().into_bytes()).await.is_err(), "no file of any kind");
    }
    let typed = Typed { name: next(), number: next(), ..Typed::at("4,217.63") };
    written(world, world.provider, tender, LOT, &typed).await;
    let seen = see(&world.nearhome, &writer, tender, LOT).await.unwrap();
    let paper = files.pop().unwrap();
    let profile = Profile { papers: vec![Paper { name: next(), valid_until: String::new(), file: paper }], ..seen.profile.clone() };
    save_profile(&world.nearhome, &writer, profile).await.unwrap();
    save(&world.nearhome, &writer, tender, LOT, Part::Files(files)).await.unwrap();
    let questions: Vec<_> = seen.plan.questions_of(LOT).map(|question| question.code.clone()).collect();
    let mut texts: Vec<String> = vec![String::new(); questions.len()];
    // The price is the 64th.
    for (place, text) in (13..63).map(|_| next()).enumerate() {
        texts[place % questions.len()].extend([text.as_str(), " "]);
    }
    let answers = questions.iter().zip(&texts).map(|(question, text)| BidAnswer { question: question.clone(), text: text.clone() });
    save(&world.nearhome, &writer, tender, LOT, Part::Answers(answers.collect())).await.unwrap();
    // A price that is refused, in words that quote it.
    let service = seen.services[0].service;
    let price = |weekly: String| Part::Prices(vec![TypedPrice { service, category: "R-STD".to_owned(), weekly }]);
    save(&world.nearhome, &writer, tender, LOT, price(marked(99))).await.unwrap();
    assert!(submit(&world.nearhome, &signatory, world.key(), tender, LOT).await.is_err());
    save(&world.nearhome, &writer, tender, LOT, price("4,217.63".to_owned())).await.unwrap();
    let key = world.key();
    let first = submit(&world.nearhome, &signatory, key, tender, LOT).await.unwrap();
    assert_eq!(submit(&world.nearhome, &signatory, key, tender, LOT).await.unwrap(), first);
    perform(&world.nearhome, &signatory, world.key(), &WithdrawBid { tender, lot: LOT.to_owned() }).await.unwrap();
    let last = submit(&world.nearhome, &signatory, world.key(), tender, LOT).await.unwrap();
    let copy = own_copy(&world.nearhome, &signatory, last).await.unwrap();
    let said = format!("{:?} {:?}", copy.copy, papers(&world.nearhome, &writer).await.unwrap());
    assert!((0..63).all(|number| said.contains(&marked(number))), "all 63 texts are in the bid");
    assert_eq!(copy.copy.price.as_ref().unwrap().prices[0].weekly.0.0, 421_763);
}

/// What everybody else is answered.
async fn said_to_others(world: &World, tender: TenderId) -> String {
    let now = world.nearhome.now();
    let mut said = Vec::new();
    for caller in world.everybody().iter().filter(|caller| caller.organisation != world.provider) {
        said.push(format!("{:?}", ask(&world.nearhome, caller, &ListTenders { now }).await));
        said.push(format!("{:?}", ask(&world.nearhome, caller, &GetTender { tender, now }).await));
        said.push(format!("{:?}", ask(&world.nearhome, caller, &GetOpening { tender, now }).await));
        said.push(format!("{:?}", ask(&world.nearhome, caller, &ListOwnBids { tender }).await));
        said.push(format!("{:?}", see(&world.nearhome, caller, tender, LOT).await));
        said.push(format!("{:?}", papers(&world.nearhome, caller).await));
    }
    said.concat()
}

async fn nothing_is_found(database: TestDatabase, look: impl Fn() -> Vec<String>) {
    listen();
    let mut world = world(database).await;
    let tender = published(&mut world).await;
    world.add_provider("Rowan Homes", "1234570", testkit::world::HOME_CATEGORY).await;
    a_bid_with_everything(&world, tender).await;
    assert_eq!(found(said_to_others(&world, tender).await.as_bytes(), &secrets()), Vec::<String>::new(), "told to somebody else");
    assert_eq!(look(), Vec::<String>::new(), "before the deadline");
    // One council alone, after the deadline: still nothing.
    world.clock.set("2027-02-26T12:30:00Z");
    for council in [world.council, world.council, world.other_council] {
        assert_eq!(look(), Vec::<String>::new(), "before two councils took part");
        world.clock.forward(Duration::seconds(1));
        let officer = world.of(council, Role::ContractOfficer);
        take_part(&world.nearhome, &officer, world.key(), tender, Envelope::Quality, passphrase(council)).await.unwrap();
    }
    assert_eq!(logged(), Vec::<String>::new(), "logged");
    let after = look();
    assert!(after.iter().any(|what| what.starts_with(MARK)), "what was opened is found, so the search finds what is there");
    assert!(!after.iter().any(|what| what.starts_with('4')), "the prices are not open yet: {after:?}");
    // The log is searched as well as it is said to be.
    tracing::trace!(name = marked(1), "a planted field");
    assert_eq!(logged(), [MARK], "one logged field is found");
    LOG.lock().unwrap().clear();
    LISTENING.fetch_sub(1, Ordering::Relaxed);
}

/// One at a time: they read one log.
static ALONE: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_of_a_bid_is_found_beside_sqlite_before_it_is_opened() {
    let _alone = ALONE.lock().await;
    let database = TestDatabase::fresh(Engine::Sqlite).await.unwrap();
    let folder = database.folder().unwrap().to_owned();
    assert!(folder.join("nearhome.sqlite-wal").exists(), "the write-ahead log is searched too");
    nothing_is_found(database, || found_below(&folder)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_of_a_bid_is_found_beside_postgresql_or_in_its_dump_before_it_is_opened() {
    let _alone = ALONE.lock().await;
    let Some(cluster) = Cluster::start(&["log_statement=all", "fsync=off"]).await else { return };
    store::db::create_database(&cluster.address("postgres"), "sealed").await.unwrap();
    let database = TestDatabase::at(cluster.address("sealed")).await;
    nothing_is_found(database, || {
        let mut all = found_below(cluster.folder());
        all.extend(found_by_owner(&cluster.dump("sealed")));
        all
    })
    .await;
}
