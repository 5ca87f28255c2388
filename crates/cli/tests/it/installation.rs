//! A small installation for the program: one council, its eight people who write, and the configuration in force.

use std::sync::Arc;

use domain::Code as _;
use domain::access::worker;
use domain::calendar::Instant;
use domain::people::{OrganisationKind, Role};
use service::governance::consortium::ChangeConsortium;
use service::people::organisation::{RegisterOrganisation, RegisterPerson, RoleToGive};
use service::people::sample::{PASSWORD, secret};
use service::{Clock, Nearhome, perform};
use store::Db;
use store::db::Purpose;
use testkit::Seeded;
use uuid::Uuid;

/// The program under test has the machine's clock, so codes and due times must follow it here too.
#[derive(Debug)]
pub struct MachineClock;

impl Clock for MachineClock {
    #[expect(clippy::disallowed_methods, reason = "the processes under test have the same clock")]
    fn now(&self) -> Instant {
        Instant::new(chrono::Utc::now())
    }
}

/// The emails of those who write referrals, and of those who invite people.
#[derive(Debug, Clone, Default)]
pub struct People {
    /// Social workers.
    pub social_workers: Vec<String>,
    /// Administrators.
    pub administrators: Vec<String>,
}

/// Migrates the database and installs everything.
pub async fn install(address: &str, social_workers: usize, administrators: usize) -> People {
    let db = Db::open(address, Purpose::Maintain).await.unwrap();
    store::migrate::migrate(&db).await.unwrap();
    db.close().await;
    let nearhome = Nearhome::new(Db::open(address, Purpose::Serve).await.unwrap(), Arc::new(MachineClock), Arc::new(Seeded::new(1)));
    let nearhome = nearhome.with_secrets(testkit::secrets_keys());
    let consortium = service::governance::consortium::read(include_str!("../../../../config/d2n2.toml")).unwrap();
    let keys = std::cell::Cell::new(0);
    let key = || Uuid::from_u128(keys.replace(keys.get() + 1));
    perform(&nearhome, &worker(), key(), &ChangeConsortium { consortium, is_sample: true }).await.unwrap();
    let council = RegisterOrganisation {
        kind: OrganisationKind::Council,
        name: "Nottingham City Council".to_owned(),
        council_code: Some("E06000018".to_owned()),
        reference: None,
        is_synthetic: false,
    };
    let organisation = perform(&nearhome, &worker(), key(), &council).await.unwrap();
    let mut people = People::default();
    let roles = [(Role::SocialWorker, social_workers), (Role::Administrator, administrators)];
    for (number, role) in roles.into_iter().flat_map(|(role, count)| std::iter::repeat_n(role, count)).enumerate() {
        let email = format!("writer{number}@council.example");
        let person = RegisterPerson {
            email: email.clone(),
            name: format!("Sample writer {number}"),
            password: Some(PASSWORD.to_owned()),
            totp_secret: Some(nearhome.to_seal(secret(&email)).unwrap()),
            roles: vec![RoleToGive { organisation, role, post: role.label().to_owned() }],
            is_sample: true,
        };
        perform(&nearhome, &worker(), key(), &person).await.unwrap();
        if role == Role::SocialWorker { people.social_workers.push(email) } else { people.administrators.push(email) }
    }
    nearhome.db().close().await;
    people
}
