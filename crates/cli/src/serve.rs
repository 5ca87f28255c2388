//! `nearhome serve` and `nearhome work`.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use domain::access::worker;
use domain::calendar::Instant;
use service::Nearhome;
use service::jobs::mail::{MailSettings, MailTls, Mailer};
use service::jobs::retention::{Keep, forget};
use service::jobs::sealer::{SealKey, seal};
use service::people::sample::SampleAccounts;
use tokio::net::TcpListener;
use web::server::{WebSettings, app};

use crate::Outcome;
use crate::settings::Common;

/// How often the worker looks when nothing was due.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// How often new events are sealed.
const SEAL_EVERY_MINUTES: i64 = 5;
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
    /// The mail server
    #[arg(long, env = "NEARHOME_MAIL_HOST", default_value = "127.0.0.1")]
    mail_host: String,
    /// Its port
    #[arg(long, env = "NEARHOME_MAIL_PORT", default_value_t = 25)]
    mail_port: u16,
    /// From whom letters come
    #[arg(long, env = "NEARHOME_MAIL_FROM", default_value = "Nearhome <nearhome@localhost>")]
    mail_from: String,
    /// The address that letters lead to
    #[arg(long, env = "NEARHOME_ORIGIN", default_value = "http://127.0.0.1:8080")]
    origin: String,
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
    let mailer = Mailer::new(&MailSettings {
        host: arguments.mail_host.clone(),
        port: arguments.mail_port,
        from: arguments.mail_from.clone(),
        tls: MailTls::None,
        user: None,
        password: None,
        site: arguments.origin.clone(),
    })?;
    let key = SealKey::load_or_create(&arguments.seal_key, &nearhome)?;
    let keep = Keep {
        sessions_days: arguments.keep_sessions_days,
        attempts_days: arguments.keep_attempts_days,
        keys_days: arguments.keep_keys_days,
    };
    let (mut sealed_at, mut forgot_at) = (None, None);
    let stopped = stop();
    tokio::pin!(stopped);
    loop {
        let now = nearhome.now();
        if sealed_at.is_none_or(|at: Instant| at.plus_minutes(SEAL_EVERY_MINUTES) <= now) {
            seal(&nearhome, &key).await?;
            sealed_at = Some(now);
        }
        if forgot_at.is_none_or(|at: Instant| at.plus_hours(FORGET_EVERY_HOURS) <= now) {
            forget(&nearhome, keep).await?;
            forgot_at = Some(now);
        }
        let done = service::jobs::run_due(&nearhome, &mailer).await?;
        if arguments.once && done == 0 {
            return Ok(());
        }
        if done == 0 {
            tokio::select! {
                () = &mut stopped => return Ok(()),
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
        }
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
