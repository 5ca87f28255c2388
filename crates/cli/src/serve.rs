//! `nearhome serve` and `nearhome work`.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use domain::access::worker;
use domain::calendar::Instant;
use service::jobs::mail::Mailer;
use service::jobs::reminders::remind;
use service::jobs::retention::{Keep, forget};
use service::jobs::sealer::{SealKey, seal};
use service::people::sample::SampleAccounts;
use service::{Failure, Nearhome};
use tokio::net::TcpListener;
use web::server::{WebSettings, app};

use crate::Outcome;
use crate::mail::MailArguments;
use crate::settings::{Common, with_causes};

/// How often the worker looks when nothing was due.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// How long it waits after a fault, such as a database that is away, before it tries again.
const AFTER_FAULT: Duration = Duration::from_secs(5);
/// How often new events are sealed.
const SEAL_EVERY_MINUTES: i64 = 5;
/// How often it is looked for frameworks of which somebody is to be reminded: a day has come for everybody within an hour of midnight.
const REMIND_EVERY_MINUTES: i64 = 60;
/// How often it is looked for what is older than it is kept.
const FORGET_EVERY_HOURS: i64 = 6;

#[derive(Debug, Args)]
pub(crate) struct ServeArguments {
    /// Where to listen
    #[arg(long, default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// The address under which browsers reach it, such as `https://nearhome.example`; needed unless it listens on loopback
    #[arg(long, env = "NEARHOME_ORIGIN")]
    origin: Option<String>,
    /// A proxy of ours stands in front and names the source of requests
    #[arg(long)]
    behind_proxy: bool,
}

#[derive(Debug, Args)]
pub(crate) struct WorkArguments {
    #[command(flatten)]
    mail: MailArguments,
    /// The sealing key's file; made if it is not there
    #[arg(long, env = "NEARHOME_SEAL_KEY", default_value = "nearhome.seal")]
    seal_key: PathBuf,
    /// For how many days sessions are kept after they are over
    #[arg(long, env = "NEARHOME_KEEP_SESSIONS_DAYS", default_value_t = 30, value_parser = clap::value_parser!(i64).range(1..36_500))]
    keep_sessions_days: i64,
    /// For how many days attempts to sign in are kept
    #[arg(long, env = "NEARHOME_KEEP_ATTEMPTS_DAYS", default_value_t = 90, value_parser = clap::value_parser!(i64).range(1..36_500))]
    keep_attempts_days: i64,
    /// For how many days the keys of forms are kept, by which a form sent again is not done again
    #[arg(long, env = "NEARHOME_KEEP_KEYS_DAYS", default_value_t = 90, value_parser = clap::value_parser!(i64).range(1..36_500))]
    keep_keys_days: i64,
    /// Do what is due and stop
    #[arg(long)]
    once: bool,
}

pub(crate) async fn serve(common: &Common, arguments: &ServeArguments) -> Outcome {
    let is_secure = arguments.origin.as_deref().is_some_and(|origin| origin.starts_with("https://"));
    if !is_secure && !arguments.listen.ip().is_loopback() {
        return Err("beyond loopback Nearhome is served over HTTPS only: name its address with --origin https://…".into());
    }
    let nearhome = common.started().await?;
    insist_on_durability(&nearhome).await?;
    let settings = WebSettings { is_secure, origin: arguments.origin.clone(), is_behind_proxy: arguments.behind_proxy };
    let listener = TcpListener::bind(arguments.listen).await.map_err(|error| format!("{}: {error}", arguments.listen))?;
    let accounts = service::ask(&nearhome, &worker(), &SampleAccounts).await?;
    if !accounts.is_empty() {
        println!("{}\n", crate::accounts::describe(common, &accounts));
    }
    println!("Nearhome on http://{}", listener.local_addr()?);
    web::server::serve(listener, app(nearhome.clone(), settings), stop()).await?;
    nearhome.db().close().await;
    Ok(())
}

pub(crate) async fn work(common: &Common, arguments: &WorkArguments) -> Outcome {
    let nearhome = common.nearhome().await?;
    insist_on_durability(&nearhome).await?;
    let mailer = Mailer::new(&arguments.mail.settings()?)?;
    let key = SealKey::load_or_create(&arguments.seal_key, &nearhome)?;
    let keep = Keep {
        sessions_days: arguments.keep_sessions_days,
        attempts_days: arguments.keep_attempts_days,
        keys_days: arguments.keep_keys_days,
    };
    let mut duties = Duties { nearhome, mailer, key, keep, sealed_at: None, reminded_at: None, forgot_at: None };
    let stopped = stop();
    tokio::pin!(stopped);
    loop {
        let (done, faults) = duties.round().await;
        if arguments.once {
            match faults.into_iter().next() {
                Some(fault) => return Err(fault.into()),
                None if done == 0 => return Ok(()),
                None => continue,
            }
        }
        for fault in &faults {
            tracing::error!("{}; trying again in {} seconds", with_causes(fault), AFTER_FAULT.as_secs());
        }
        let pause = match (faults.is_empty(), done) {
            (false, _) => AFTER_FAULT,
            (true, 0) => LOOK_EVERY,
            (true, _) => Duration::ZERO,
        };
        tokio::select! {
            () = &mut stopped => return Ok(()),
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// What the worker does again and again.
struct Duties {
    nearhome: Nearhome,
    mailer: Mailer,
    key: SealKey,
    keep: Keep,
    sealed_at: Option<Instant>,
    reminded_at: Option<Instant>,
    forgot_at: Option<Instant>,
}

impl Duties {
    /// Does what is due: answers how many jobs were done, and what went wrong. One duty that fails keeps none of the others
    /// from being done, and is due again in the next round.
    async fn round(&mut self) -> (usize, Vec<Failure>) {
        let now = self.nearhome.now();
        let mut faults = Vec::new();
        if self.sealed_at.is_none_or(|at| at.plus_minutes(SEAL_EVERY_MINUTES) <= now) {
            match seal(&self.nearhome, &self.key).await {
                Ok(_) => self.sealed_at = Some(now),
                Err(fault) => faults.push(fault),
            }
        }
        if self.reminded_at.is_none_or(|at| at.plus_minutes(REMIND_EVERY_MINUTES) <= now) {
            match remind(&self.nearhome).await {
                Ok(_) => self.reminded_at = Some(now),
                Err(fault) => faults.push(fault),
            }
        }
        if self.forgot_at.is_none_or(|at| at.plus_hours(FORGET_EVERY_HOURS) <= now) {
            match forget(&self.nearhome, self.keep).await {
                Ok(_) => self.forgot_at = Some(now),
                Err(fault) => faults.push(fault),
            }
        }
        let done = service::jobs::run_due(&self.nearhome, &self.mailer).await.unwrap_or_else(|fault| {
            faults.push(fault);
            0
        });
        (done, faults)
    }
}

/// What Nearhome acknowledges is kept. A database that may forget it gets no real child's record; a sample world, in which
/// nobody exists, may run on one, with a warning.
async fn insist_on_durability(nearhome: &Nearhome) -> Outcome {
    let losses = nearhome.db().losses().await?.join(", ");
    if losses.is_empty() {
        return Ok(());
    }
    let mut reads = nearhome.db().begin_read(&worker()).await?;
    let is_sample = store::governance::consortium::row(&mut reads).await?.is_some_and(|row| row.is_sample);
    if !is_sample {
        return Err(format!("this database may lose what it has acknowledged ({losses}): change that, then start again").into());
    }
    eprintln!("Warning: this sample database may lose what it has acknowledged ({losses}).");
    Ok(())
}

/// Ends on Ctrl-C or when the service manager says so.
async fn stop() {
    let interrupt = tokio::signal::ctrl_c();
    let Ok(mut terminate) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) else {
        let _ = interrupt.await;
        return;
    };
    tokio::select! {
        _ = interrupt => {}
        _ = terminate.recv() => {}
    }
}
