//! What is in the database after the last kill, held against what the writers were told.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use chrono::Duration;
use domain::access::worker;
use service::jobs::mail::{MailSettings, MailTls, Mailer};
use service::jobs::run_due;
use service::{Clock as _, Nearhome};
use store::db::Purpose;
use store::dialect::Engine;
use store::{Db, ReadTx, Reads as _, Statement, Value};
use testkit::smtp::Received;
use testkit::{MovedClock, Seeded, SmtpServer};

use crate::installation::MachineClock;
use crate::programs;
use crate::writers::{Begun, Memory};

/// Hands in every letter that still waits, also those that a killed worker had taken up: as a worker does when their lease is over.
pub async fn send_what_waits(address: &str, mail: &SmtpServer) {
    let clock = Arc::new(MovedClock::at(&MachineClock.now().utc().to_rfc3339()));
    let nearhome = Nearhome::new(Db::open(address, Purpose::Serve).await.unwrap(), clock.clone(), Arc::new(Seeded::new(2)));
    let settings = MailSettings {
        host: "127.0.0.1".to_owned(),
        port: mail.port,
        from: "Nearhome <nearhome@localhost>".to_owned(),
        tls: MailTls::None,
        user: None,
        password: None,
        site: "http://127.0.0.1".to_owned(),
    };
    let mailer = Mailer::new(&settings).unwrap();
    clock.forward(Duration::minutes(10));
    while run_due(&nearhome, &mailer).await.unwrap() > 0 {}
    nearhome.db().close().await;
}

/// Everything that is not as it was acknowledged; nothing when all is well.
pub async fn examine(address: &str, folder: &Path, memories: &[Memory], letters: &[Received]) -> Vec<String> {
    let mut findings: Vec<String> = memories.iter().flat_map(|memory| memory.findings.clone()).collect();
    let db = Db::open(address, Purpose::Maintain).await.unwrap();
    let mut reads = db.begin_read(&worker()).await.unwrap();
    let begun: Vec<&Begun> = memories.iter().flat_map(|memory| &memory.begun).collect();
    let invited: Vec<&String> = memories.iter().flat_map(|memory| &memory.invited).collect();
    for referral in &begun {
        findings.extend(examine_referral(&mut reads, referral).await);
    }
    for email in &invited {
        let found =
            count(&mut reads, "SELECT CAST(count(*) AS BIGINT) AS n FROM invitation WHERE email = $1", &[email.as_str().into()]).await;
        if found != 1 {
            findings.push(format!("{email} was invited once, and {found} invitations are there"));
        }
    }
    // No act is open any more, so nothing may be there that nobody was told of.
    for (what, sql, expected) in [
        ("children", "SELECT CAST(count(*) AS BIGINT) AS n FROM child", begun.len()),
        ("referrals", "SELECT CAST(count(*) AS BIGINT) AS n FROM referral", begun.len()),
        ("invitations", "SELECT CAST(count(*) AS BIGINT) AS n FROM invitation", invited.len()),
        ("letters in the outbox", "SELECT CAST(count(*) AS BIGINT) AS n FROM job WHERE kind = 'mail'", invited.len()),
        ("letters noted as sent", "SELECT CAST(count(*) AS BIGINT) AS n FROM job WHERE finished_at IS NOT NULL", invited.len()),
    ] {
        let found = count(&mut reads, sql, &[]).await;
        if found != i64::try_from(expected).unwrap() {
            findings.push(format!("{expected} {what} were acknowledged, {found} are there"));
        }
    }
    if db.engine() == Engine::Sqlite {
        let sql = "PRAGMA integrity_check";
        let answer: String = reads.one(Statement { name: "integrity", sql }, &[]).await.unwrap().get("integrity_check").unwrap();
        if answer != "ok" {
            findings.push(format!("the file is damaged: {answer}"));
        }
    }
    drop(reads);
    db.close().await;
    findings.extend(examine_letters(&invited, letters));
    findings.extend(verify(address, folder).await);
    findings
}

/// There once, with every save that was acknowledged, and one event for each.
async fn examine_referral(reads: &mut ReadTx, begun: &Begun) -> Option<String> {
    const FIND: &str = "SELECT referral.id AS id, referral.version AS version, referral.answers AS answers FROM referral \
                        JOIN child ON child.id = referral.child_id WHERE child.case_number = $1";
    let rows = reads.all(Statement { name: "finding a referral", sql: FIND }, &[begun.case_number.as_str().into()]).await.unwrap();
    let [row] = rows.as_slice() else {
        return Some(format!("{} was begun once, and {} referrals are there", begun.case_number, rows.len()));
    };
    let id: uuid::Uuid = row.get("id").unwrap();
    let (version, answers): (i64, String) = (row.get("version").unwrap(), row.get("answers").unwrap());
    let events = count(reads, "SELECT CAST(count(*) AS BIGINT) AS n FROM event WHERE stream_id = $1", &[id.into()]).await;
    let is_whole =
        begun.path == format!("/referrals/{id}") && version == begun.saves + 1 && events == version && answers.contains(&begun.text);
    (!is_whole).then(|| format!("{begun:?} was acknowledged, and it is {id} in version {version} with {events} events and {answers}"))
}

/// Each invited person got their letter; one that came twice has the same message id, by which a mailbox drops the second.
fn examine_letters(invited: &[&String], letters: &[Received]) -> Vec<String> {
    let mut ids: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for letter in letters {
        let id = letter.content.lines().find(|line| line.starts_with("Message-ID:")).unwrap_or_default();
        ids.entry(&letter.to[0]).or_default().insert(id);
    }
    let count = |email: &str| ids.get(email).map_or(0, BTreeSet::len);
    let strays =
        ids.keys().filter(|to| !invited.iter().any(|email| email == *to)).map(|to| format!("a letter went to {to}, whom nobody invited"));
    let wrong = invited.iter().filter(|email| count(email) != 1).map(|email| format!("{email} got {} different letters", count(email)));
    strays.chain(wrong).collect()
}

/// `nearhome verify` on all of it.
async fn verify(address: &str, folder: &Path) -> Option<String> {
    let output = programs::nearhome(address, folder)
        .args(["verify", "--public-key", "seal.pub"])
        .stderr(std::process::Stdio::piped())
        .output()
        .await
        .unwrap();
    (!output.status.success()).then(|| format!("verify: {}", String::from_utf8_lossy(&output.stderr)))
}

async fn count(reads: &mut ReadTx, sql: &'static str, values: &[Value]) -> i64 {
    reads.one(Statement { name: "counting", sql }, values).await.unwrap().get("n").unwrap()
}
