//! A council, a provider and their people, for the tests of who may enter.

use std::sync::Arc;
use std::time::Duration;

use domain::access::worker;
use domain::calendar::Instant;
use domain::ids::{OrganisationId, PersonId};
use domain::people::{Caller, OrganisationKind, Role};
use service::people::organisation::{RegisterOrganisation, RegisterPerson, RoleToGive};
use service::people::sign_in::{self, SignedIn, Token};
use service::{Clock as _, Failure, Nearhome, perform};
use testkit::{MovedClock, Seeded, TestDatabase};
use uuid::Uuid;

pub const PASSWORD: &str = "seven herons over Trent";
pub const SECRET: [u8; 20] = *b"twenty bytes, no one";
pub const ADDRESS: &str = "192.0.2.7";

/// A running Nearhome whose clock the test moves.
pub struct Running {
    pub nearhome: Nearhome,
    pub clock: Arc<MovedClock>,
    pub council: OrganisationId,
    pub provider: OrganisationId,
}

impl Running {
    pub async fn on(database: &TestDatabase) -> Self {
        let clock = Arc::new(MovedClock::at("2026-12-14T10:00:00Z"));
        let nearhome = Nearhome::new(database.db.clone(), clock.clone(), Arc::new(Seeded::new(7))).with_secrets(testkit::secrets_keys());
        let register = |kind, name: &str, code: Option<&str>| RegisterOrganisation {
            kind,
            name: name.to_owned(),
            council_code: code.map(str::to_owned),
            reference: None,
            is_synthetic: true,
        };
        let council = register(OrganisationKind::Council, "Riverside Council (synthetic)", Some("E06999991"));
        let provider = register(OrganisationKind::Provider, "Harbour Homes (synthetic)", None);
        let council = perform(&nearhome, &worker(), Uuid::from_u128(1), &council).await.unwrap();
        let provider = perform(&nearhome, &worker(), Uuid::from_u128(2), &provider).await.unwrap();
        Self { nearhome, clock, council, provider }
    }

    /// Registers somebody with these roles at the council, who has set up their app.
    pub async fn person(&self, email: &str, roles: &[Role]) -> PersonId {
        let roles = roles.iter().map(|role| RoleToGive { organisation: self.council, role: *role, post: role.to_string() }).collect();
        let person = RegisterPerson {
            email: email.to_owned(),
            name: "Ada Example".to_owned(),
            password: Some(PASSWORD.to_owned()),
            totp_secret: Some(self.nearhome.to_seal(SECRET.to_vec()).unwrap()),
            roles,
            is_sample: true,
        };
        perform(&self.nearhome, &worker(), Uuid::from_u128(self.nearhome.random()), &person).await.unwrap()
    }

    pub fn now(&self) -> Instant {
        self.clock.now()
    }

    pub fn forward(&self, seconds: u64) {
        self.clock.forward(chrono::Duration::from_std(Duration::from_secs(seconds)).unwrap());
    }

    /// What the app shows now.
    pub fn code(&self, secret: &[u8]) -> String {
        let totp = totp_rs::Builder::new()
            .with_algorithm(totp_rs::Algorithm::SHA1)
            .with_digits(6)
            .with_step_duration(30)
            .with_secret(secret.to_vec())
            .with_account_name("test")
            .build()
            .unwrap();
        totp.generate(u64::try_from(self.now().utc().timestamp()).unwrap()).to_string()
    }

    /// Password and code, half a minute after anything before it, so that the code is a new one.
    pub async fn sign_in(&self, email: &str) -> Token {
        self.forward(30);
        let begun = sign_in::begin(&self.nearhome, email, PASSWORD, ADDRESS).await.unwrap();
        sign_in::second_factor(&self.nearhome, &begun.token, &self.code(&SECRET)).await.unwrap()
    }

    pub async fn who(&self, token: &Token) -> Option<SignedIn> {
        sign_in::resolve(&self.nearhome, token).await.unwrap()
    }

    pub async fn caller(&self, email: &str) -> Caller {
        let token = self.sign_in(email).await;
        self.who(&token).await.unwrap().caller
    }
}

/// The message at a field.
pub fn message_at(failure: &Failure, field: &str) -> String {
    let Failure::Invalid(problems) = failure else { panic!("not a problem of a field: {failure:?}") };
    problems.iter().find(|problem| problem.field == field).map(|problem| problem.message.clone()).unwrap()
}
