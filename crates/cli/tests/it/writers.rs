//! People who write all the time, keep in mind what was acknowledged, and send the same form again until it is.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use reqwest::{Client, Response, StatusCode, header, redirect};
use service::people::sample::{PASSWORD, secret};
use service::{Clock as _, Randomness as _};
use testkit::Seeded;
use tokio::sync::watch;
use uuid::Uuid;

use crate::installation::MachineClock;

/// A form that nobody acknowledges for so long is a finding of its own.
const PATIENCE: Duration = Duration::from_secs(90);

/// A referral that was acknowledged, with the pages saved in it.
#[derive(Debug, Clone)]
pub struct Begun {
    /// The case number, which no other act has.
    pub case_number: String,
    /// Its address, which holds its id.
    pub path: String,
    /// How many saves were acknowledged.
    pub saves: i64,
    /// What the last of them wrote.
    pub text: String,
}

/// What a writer was told is done.
#[derive(Debug, Clone, Default)]
pub struct Memory {
    /// Referrals.
    pub begun: Vec<Begun>,
    /// The emails of people invited.
    pub invited: Vec<String>,
    /// How often a form had to be sent again.
    pub sent_again: usize,
    /// What must not be: an acknowledged thing that is not there any more, an answer that fits nothing.
    pub findings: Vec<String>,
}

/// What all writers share.
#[derive(Debug)]
pub struct Desk {
    /// Where the server is now.
    pub origin: watch::Receiver<String>,
    /// Set when they shall end what they have begun and stop.
    pub is_over: AtomicBool,
    /// Acts acknowledged so far, of all writers.
    pub acknowledged: AtomicUsize,
}

/// What a writer does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Duty {
    /// Begins referrals and saves pages in them.
    Refer,
    /// Invites people, each with a letter in the outbox.
    Invite,
}

/// A signed-in person at a browser of their own.
#[derive(Debug)]
pub struct Writer {
    client: Client,
    desk: Arc<Desk>,
    name: String,
    duty: Duty,
    keys: Seeded,
    memory: Memory,
}

impl Writer {
    /// Signs in with password and code, as at every screen.
    pub async fn signed_in(desk: Arc<Desk>, email: &str, duty: Duty, seed: u64) -> Self {
        let client =
            Client::builder().cookie_store(true).redirect(redirect::Policy::none()).timeout(Duration::from_secs(30)).build().unwrap();
        let name = email.split('@').next().unwrap().to_owned();
        let writer = Self { client, desk, name, duty, keys: Seeded::new(seed), memory: Memory::default() };
        let asked = writer.post("/sign-in", &[("email", email), ("password", PASSWORD)]).await.unwrap();
        assert_eq!(location(&asked), "/sign-in/code", "{email} is not let in");
        let code = service::people::secrets::code_at(&secret(email), email, MachineClock.now()).unwrap();
        let entered = writer.post("/sign-in/code", &[("code", &code)]).await.unwrap();
        assert_eq!(location(&entered), "/", "the code of {email} is not taken");
        writer
    }

    /// Writes until told to stop, and tells what was acknowledged.
    pub async fn write(mut self) -> Memory {
        let mut number = 0;
        while !self.desk.is_over.load(Ordering::Relaxed) && self.memory.findings.is_empty() {
            number += 1;
            match self.duty {
                Duty::Invite => self.invite(number).await,
                Duty::Refer if number % 3 == 1 => self.begin(number).await,
                Duty::Refer => self.save(number).await,
            }
        }
        self.memory
    }

    async fn begin(&mut self, number: usize) {
        let case_number = format!("{}-{number}", self.name.to_uppercase());
        let form = [
            ("case_number", case_number.as_str()),
            ("given_name", "Sample"),
            ("family_name", "Child"),
            ("date_of_birth-day", "6"),
            ("date_of_birth-month", "5"),
            ("date_of_birth-year", "2014"),
            ("home_postcode", ""),
            ("urgency", "PLANNED"),
            // So that nothing but the key stands against a second one.
            ("even_though_open", "yes"),
        ];
        if let Some(path) = self.acknowledged("/referrals/new", &form, |path| path.starts_with("/referrals/")).await {
            self.memory.begun.push(Begun { case_number, path, saves: 0, text: String::new() });
        }
    }

    /// Saves a page of the newest referral. The version makes a second save of the same form a conflict, if the key did not.
    async fn save(&mut self, number: usize) {
        let Some(Begun { path, saves, .. }) = self.memory.begun.last().cloned() else { return };
        let (text, version) = (format!("wish {number}"), (saves + 1).to_string());
        let form = [("version", version.as_str()), ("childs_wishes", &text)];
        if self.acknowledged(&format!("{path}/section/wishes"), &form, |to| to.starts_with(&path)).await.is_some()
            && let Some(begun) = self.memory.begun.last_mut()
        {
            (begun.saves, begun.text) = (saves + 1, text);
        }
    }

    async fn invite(&mut self, number: usize) {
        let email = format!("guest{number}@{}.example", self.name);
        let form = [("email", email.as_str()), ("name", "Sample Guest"), ("role", "CONTRACT_OFFICER"), ("post", "Contract officer")];
        if self.acknowledged("/people/invite", &form, |path| path.starts_with("/people?")).await.is_some() {
            self.memory.invited.push(email);
        }
    }

    /// Sends a form with one key until it is acknowledged; where it led. A server that is away, or says that the fault is its
    /// own, acknowledged nothing.
    async fn acknowledged(&mut self, path: &str, form: &[(&str, &str)], is_expected: impl Fn(&str) -> bool) -> Option<String> {
        let key = Uuid::from_u128(self.keys.random()).to_string();
        let form: Vec<(&str, &str)> = form.iter().copied().chain([("idempotency_key", key.as_str())]).collect();
        let begun = std::time::Instant::now();
        while begun.elapsed() < PATIENCE {
            match self.post(path, &form).await {
                Ok(answer) if answer.status() == StatusCode::SEE_OTHER && is_expected(location(&answer)) => {
                    self.desk.acknowledged.fetch_add(1, Ordering::Relaxed);
                    return Some(location(&answer).to_owned());
                }
                Ok(answer) if !answer.status().is_server_error() => {
                    let (status, to) = (answer.status(), location(&answer).to_owned());
                    self.memory.findings.push(format!("{}: {path} with {form:?} was answered with {status} {to}", self.name));
                    return None;
                }
                Ok(_) | Err(_) => {
                    self.memory.sent_again += 1;
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            }
        }
        self.memory.findings.push(format!("{}: {path} was not acknowledged within {PATIENCE:?}", self.name));
        None
    }

    async fn post(&self, path: &str, form: &[(&str, &str)]) -> Result<Response, reqwest::Error> {
        let origin = self.desk.origin.borrow().clone();
        self.client.post(format!("{origin}{path}")).header("sec-fetch-site", "same-origin").form(form).send().await
    }
}

fn location(answer: &Response) -> &str {
    answer.headers().get(header::LOCATION).map(|value| value.to_str().unwrap()).unwrap_or_default()
}
