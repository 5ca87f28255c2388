//! `nearhome serve` and `nearhome work` as child processes.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

/// A long-running `nearhome`, gone when dropped.
#[derive(Debug)]
pub struct Program(Child);

/// The program with its database; what it says of errors goes into a file of the folder.
pub fn nearhome(database: &str, folder: &Path) -> Command {
    let errors = std::fs::File::options().create(true).append(true).open(folder.join("errors")).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_nearhome"));
    command
        .args(["--database", database])
        .current_dir(folder)
        .env("NEARHOME_LOG", "error")
        .env("NEARHOME_SECRETS_KEY", testkit::secrets::SECRETS_KEY);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(errors).process_group(0).kill_on_drop(true);
    command
}

impl Program {
    /// Serves on a free port of the loopback address; answers when it is ready, with where.
    pub async fn serve(mut command: Command) -> (Self, String) {
        let mut child = command.args(["serve", "--listen", "127.0.0.1:0"]).stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let origin = loop {
            let line = lines.next_line().await.unwrap().expect("the server ended before it listened");
            if let Some(origin) = line.strip_prefix("Nearhome on ") {
                break origin.to_owned();
            }
        };
        // Read on, so that it never waits for somebody to take what it says.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        ready(&origin).await;
        (Self(child), origin)
    }

    /// Works in the background, and hands letters to the mail server on this port.
    pub fn work(mut command: Command, mail_port: u16) -> Self {
        Self(command.args(["work", "--seal-key", "seal", "--mail-port", &mail_port.to_string()]).spawn().unwrap())
    }

    /// Whether it has ended by itself.
    pub fn has_ended(&mut self) -> bool {
        self.0.try_wait().unwrap().is_some()
    }

    /// SIGKILL for the process and everything that it started.
    pub async fn kill(mut self) {
        if let Some(group) = self.0.id() {
            let status = Command::new("sh").arg("-c").arg(format!("kill -s KILL -- -{group}")).status().await.unwrap();
            assert!(status.success(), "nothing was killed");
        }
        self.0.wait().await.unwrap();
    }
}

/// Waits until it would be sent requests.
async fn ready(origin: &str) {
    let client = reqwest::Client::new();
    for _ in 0..600 {
        let answer = client.get(format!("{origin}/ready")).timeout(Duration::from_secs(5)).send().await;
        if answer.is_ok_and(|answer| answer.status().is_success()) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{origin} does not become ready");
}
