//! A real installation, by the commands of the README, on a database that is empty: until somebody can sign in and a home can be
//! sent a referral.

use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;

use domain::access::worker;
use domain::people::Role;
use service::people::invitation::accept_invitation;
use service::people::sign_in::{self, NextStep, Token};
use service::{Clock as _, Nearhome};
use store::Db;
use store::db::Purpose;
use testkit::{Cluster, Seeded, SmtpServer};

use crate::installation::MachineClock;
use crate::programs::nearhome;

const README: &str = include_str!("../../../../README.md");
const D2N2: &str = include_str!("../../../../config/d2n2.toml");
const HOMES: &str = "Local authority,URN,Provider type,Sector,Provider name,Registration date,Registration status,Provider postcode,\
                     Owner name,Date of last full inspection,Overall effectiveness,Number of registered places\n\
                     Nottingham,SC900001,Children's Home,Private,Heron House,01/03/2021,Active,NG1 5FS,Heron Care,11/10/2025,Good,4\n";
const PASSWORD: &str = "seven herons over Trent";

/// The commands of the first block under a heading.
fn commands(heading: &str) -> Vec<&'static str> {
    let (_, section) = README.split_once(&format!("\n## {heading}\n")).unwrap();
    let block = section.split("```sh\n").nth(1).unwrap().split("```").next().unwrap();
    block.lines().filter(|line| line.starts_with("nearhome ")).collect()
}

/// Runs a line of a shell in which `nearhome` is the program under test; what it printed, or what it said when it failed.
async fn run(line: &str, database: &str, folder: &Path) -> Result<String, String> {
    let program = nearhome(database, folder);
    let binary = Path::new(program.as_std().get_program()).parent().unwrap().to_owned();
    let path = format!("{}:{}", binary.display(), std::env::var("PATH").unwrap());
    let mut shell = tokio::process::Command::new("sh");
    shell.arg("-c").arg(line).current_dir(folder).env("PATH", path).env("NEARHOME_DATABASE", database);
    shell.env("NEARHOME_SECRETS_KEY", testkit::secrets::SECRETS_KEY).env_remove("NEARHOME_MAIL_HOST").env_remove("NEARHOME_ORIGIN");
    let output = shell.stdin(Stdio::null()).output().await.unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    if output.status.success() { Ok(text(output.stdout)) } else { Err(text(output.stderr)) }
}

async fn opened(database: &str) -> Nearhome {
    let db = Db::open(database, Purpose::Serve).await.unwrap();
    Nearhome::new(db, Arc::new(MachineClock), Arc::new(Seeded::new(5))).with_secrets(testkit::secrets_keys())
}

/// Takes up an invitation and signs in for the first time, as at the screen.
async fn signs_in(nearhome: &Nearhome, email: &str, link: &str) -> Role {
    let token = Token::received(link.rsplit('/').next().unwrap());
    accept_invitation(nearhome, &token, PASSWORD).await.unwrap();
    let begun = sign_in::begin(nearhome, email, PASSWORD, "192.0.2.7").await.unwrap();
    let NextStep::Enrol(enrolment) = begun.next else { panic!("no app to set up") };
    let secret = totp_rs::Secret::try_from_base32(&enrolment.secret).unwrap();
    let app = totp_rs::Builder::new()
        .with_algorithm(totp_rs::Algorithm::SHA1)
        .with_digits(6)
        .with_step_duration(30)
        .with_secret(secret.as_ref().to_vec())
        .with_account_name("test")
        .build()
        .unwrap();
    let code = app.generate(u64::try_from(MachineClock.now().utc().timestamp()).unwrap()).to_string();
    let session = sign_in::second_factor(nearhome, &begun.token, &code).await.unwrap();
    sign_in::resolve(nearhome, &session).await.unwrap().unwrap().role
}

async fn sets_up(database: &str) {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    std::fs::write(folder.join("consortium.toml"), D2N2).unwrap();
    std::fs::write(folder.join("homes.csv"), HOMES).unwrap();
    std::fs::write(folder.join("decision.toml"), testkit::world::DECISION).unwrap();
    std::fs::write(folder.join("agreement.toml"), include_str!("../../../../config/decisions/d2n2-agreement.toml")).unwrap();
    let mut links = Vec::new();
    for line in commands("Setting up for real") {
        if line.contains(" consortium use ") {
            let early = run("nearhome import ofsted homes.csv", database, folder).await.unwrap_err();
            assert!(early.contains("nearhome consortium use FILE"), "{early}");
        }
        let said = run(line, database, folder).await.unwrap_or_else(|error| panic!("{line}: {error}"));
        links.extend(said.lines().filter(|line| line.contains("/invitations/")).map(str::to_owned));
    }
    assert_eq!(links.len(), 2, "a link for each invitation");

    let nearhome = opened(database).await;
    assert_eq!(signs_in(&nearhome, "ada@nottingham.example", &links[0]).await, Role::Administrator);
    assert_eq!(signs_in(&nearhome, "robin@heron.example", &links[1]).await, Role::ProviderSignatory);
    let mut reads = nearhome.db().begin_read(&worker()).await.unwrap();
    let day = "2026-11-23".parse().unwrap();
    // Those whom a release asks.
    let asked = store::market::service::admitted(&mut reads, "CCS072", "R1", "R-STD", day).await.unwrap();
    assert_eq!(asked.iter().map(|home| home.urn.as_str()).collect::<Vec<_>>(), ["SC900001"]);
    let row = store::governance::consortium::row(&mut reads).await.unwrap().unwrap();
    assert!(!row.is_sample && row.changed_by.as_deref() == Some("Ada Example"), "{:?}", row.changed_by);
    assert_eq!(row.change_reason.as_deref(), Some("The executives' decision of 15 July 2025"));
    let decisions = store::governance::decision::all(&mut reads).await.unwrap();
    assert_eq!(decisions[0].decision().unwrap().resolutions.len(), 6);
    assert_eq!(store::governance::inter_authority::all(&mut reads).await.unwrap().len(), 1);
    drop(reads);
    let listed = run("nearhome decision list", database, folder).await.unwrap();
    assert!(listed.contains("11 June 2019") && listed.contains("Nottingham City Council, item 5"), "{listed}");
    let listed = run("nearhome --json decision list", database, folder).await.unwrap();
    assert!(listed.contains("\"SIGN_CONTRACTS\""), "{listed}");
    refusals(database, folder).await;
    letters(database, folder).await;
    nearhome.db().close().await;
}

/// What is wrong is named, and nothing is done.
async fn refusals(database: &str, folder: &Path) {
    std::fs::write(folder.join("broken.toml"), D2N2.replacen("weight_percent = 60", "weight_percent = 61", 1)).unwrap();
    let admit = "nearhome admit --framework CCS072 --lot R1 --category R-STD --from 2026-04-01";
    for (line, words) in [
        ("nearhome consortium check broken.toml", "criteria"),
        ("nearhome consortium use consortium.toml --who ' ' --why ' '", "who puts it in force"),
        ("nearhome organisation add --council nottingham", "is already registered"),
        ("nearhome organisation add --council leicester", "no council of"),
        ("nearhome organisation add", "required"),
        (&format!("{admit} --urn SC900001 --max-weekly 5900.00"), "it was admitted to this category"),
        (&format!("{admit} --urn SC900002 --max-weekly 5900.00"), "is in the provider file"),
        (&format!("{admit} --urn SC900001 --max-weekly much"), "--max-weekly"),
        ("nearhome ceiling set --council derby --framework NONE --decision D --limit 1.00 --price-base-year 2025/26", "no framework NONE"),
        ("nearhome decision add decision.toml", "on record already"),
        ("nearhome decision add consortium.toml", "unknown field"),
        ("nearhome decision add nowhere.toml", "nowhere.toml"),
        ("nearhome decision agreement agreement.toml", "this edition is on record already"),
        ("nearhome invite a@b.example --name A --role king --organisation derby", "administrator"),
        ("nearhome invite a@b.example --name A --role administrator --organisation nowhere", "no organisation is called"),
        ("nearhome invite a@b.example --name A --role administrator --organisation 'Heron Care'", "role that can be held"),
    ] {
        let said = run(line, database, folder).await.expect_err(line);
        assert!(said.to_lowercase().contains(&words.to_lowercase()), "{line}: {said}");
    }
}

/// With a mail server the link goes out in a letter; to a server that offers no protection only if it is asked for none.
async fn letters(database: &str, folder: &Path) {
    let server = SmtpServer::start().await;
    let invite = "nearhome --json invite second@derby.example --name Second --role administrator --organisation derby --mail-host mail";
    let said = run(invite, database, folder).await.unwrap();
    assert!(said.contains("\"link\": null"), "{said}");
    let work = format!("nearhome work --once --mail-port {} --mail-tls", server.port);
    run(&format!("{work} starttls"), database, folder).await.unwrap();
    assert_eq!(server.messages(), [], "this server offers no STARTTLS");
    let secret = run(&format!("NEARHOME_MAIL_PASSWORD=x {work} none --mail-user nearhome"), database, folder).await.unwrap_err();
    assert!(secret.contains("a password is not sent unprotected"), "{secret}");
}

#[tokio::test]
async fn the_readme_sets_up_a_real_installation_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    sets_up(&format!("sqlite:{}", folder.path().join("nearhome.sqlite").display())).await;
}

#[tokio::test]
async fn the_readme_sets_up_a_real_installation_on_postgresql() {
    let Some(cluster) = Cluster::start(&[]).await else { return };
    store::db::create_database(&cluster.address("postgres"), "real").await.unwrap();
    sets_up(&cluster.address("real")).await;
}
