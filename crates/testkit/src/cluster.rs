//! A PostgreSQL of a test's own: one that it can configure, kill and start again.

use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

/// A server with its data in a temporary folder; killed and gone when dropped.
#[derive(Debug)]
pub struct Cluster {
    folder: TempDir,
    bin: PathBuf,
    port: u16,
    settings: Vec<String>,
    server: Option<Child>,
}

impl Cluster {
    /// Makes one and starts it with these settings, such as `synchronous_commit=off`; the rest is as PostgreSQL ships it, so
    /// it is durable. `None` when PostgreSQL is not installed and this is not CI.
    ///
    /// # Panics
    /// When it cannot be made, or PostgreSQL is absent in CI.
    pub async fn start(settings: &[&str]) -> Option<Self> {
        let Some(bin) = installed() else {
            assert!(std::env::var("CI").is_err(), "PostgreSQL is not installed: half of this suite cannot be skipped in CI");
            eprintln!("SKIPPED ON POSTGRESQL: run scripts/install test");
            return None;
        };
        let folder = tempfile::tempdir().unwrap();
        if let Some((user, group)) = unprivileged() {
            std::os::unix::fs::chown(folder.path(), Some(user), Some(group)).unwrap();
        }
        let settings = settings.iter().map(|setting| (*setting).to_owned()).collect();
        let mut cluster = Self { folder, bin, port: free_port(), settings, server: None };
        let options = ["-U", "nearhome", "--auth=trust", "--no-sync", "--no-instructions", "-E", "UTF8", "--locale=C.UTF-8"];
        let made = cluster.program("initdb").arg("-D").arg(cluster.data()).args(options).stdout(Stdio::null()).status().unwrap();
        assert!(made.success(), "initdb failed");
        cluster.start_again().await;
        Some(cluster)
    }

    /// The address of a database of this server.
    #[must_use]
    pub fn address(&self, database: &str) -> String {
        format!("postgres://nearhome@127.0.0.1:{}/{database}", self.port)
    }

    /// Starts the server on what the last one left, and waits until it answers.
    ///
    /// # Panics
    /// When it does not within a minute.
    pub async fn start_again(&mut self) {
        let log = std::fs::File::options().create(true).append(true).open(self.folder.path().join("log")).unwrap();
        let mut server = self.program("postgres");
        server.arg("-D").arg(self.data()).args(["-p", &self.port.to_string()]);
        let fixed = ["listen_addresses=127.0.0.1", "unix_socket_directories=", "max_connections=100"];
        for setting in fixed.into_iter().chain(self.settings.iter().map(String::as_str)) {
            server.args(["-c", setting]);
        }
        self.server = Some(server.stdout(Stdio::null()).stderr(log).spawn().unwrap());
        for _ in 0..600 {
            let mut asked = self.program("pg_isready");
            asked.args(["-q", "-h", "127.0.0.1", "-U", "nearhome", "-d", "postgres", "-p", &self.port.to_string()]);
            if asked.status().unwrap().success() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("PostgreSQL does not start: {}", std::fs::read_to_string(self.folder.path().join("log")).unwrap());
    }

    /// Whether it was started and not killed since.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.server.is_some()
    }

    /// Kills all of it at once, as a machine does that loses its power: postmaster and every process of it, by SIGKILL.
    /// What only shared memory held is lost; what was written to files stays.
    ///
    /// # Panics
    /// When it is not running.
    pub async fn kill(&mut self) {
        let mut server = self.server.take().expect("it is running");
        // Stopped first, so that it starts no process while they are counted, and mends nothing.
        signal("STOP", &[server.id()]);
        let mut processes = children_of(server.id());
        processes.push(server.id());
        signal("KILL", &processes);
        server.wait().unwrap();
        for process in processes {
            while is_alive(process) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// The folder of everything that the server writes: tables, write-ahead log, temporary files, and the log of its words.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A dump of a database, as its owner makes one for a backup.
    ///
    /// # Panics
    /// When there is none.
    #[must_use]
    pub fn dump(&self, database: &str) -> Vec<u8> {
        let output = self.program("pg_dump").args(["--column-inserts", "-d", &self.address(database)]).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    }

    /// A program of PostgreSQL, which refuses to run as root; then it runs as the distribution's own user.
    fn program(&self, name: &str) -> Command {
        let mut command = Command::new(self.bin.join(name));
        if let Some((user, group)) = unprivileged() {
            command.uid(user).gid(group);
        }
        command.current_dir(self.folder.path());
        command
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if let Some(mut server) = self.server.take() {
            // SIGQUIT: all processes go at once, and the shared memory with them.
            signal("QUIT", &[server.id()]);
            let _ = server.wait();
        }
    }
}

/// The newest installed version's programs.
fn installed() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?.filter_map(|entry| entry.ok().map(|entry| entry.path()));
    let number = |path: &Path| path.file_name().and_then(|name| name.to_str()?.parse::<u32>().ok());
    let newest = versions.filter(|path| path.join("bin/postgres").exists()).max_by_key(|path| number(path))?;
    Some(newest.join("bin"))
}

/// User and group of the distribution's account, where this test runs as root.
fn unprivileged() -> Option<(u32, u32)> {
    let id = |arguments: &[&str]| {
        let output = Command::new("id").args(arguments).output().unwrap();
        String::from_utf8(output.stdout).unwrap().trim().parse::<u32>().unwrap()
    };
    (id(&["-u"]) == 0).then(|| (id(&["-u", "postgres"]), id(&["-g", "postgres"])))
}

/// Below the ports that the system gives to outgoing connections, so that nobody takes it while the server is down.
fn free_port() -> u16 {
    let candidates = (0..).map(|number: u64| 20_000 + u16::try_from((crate::proof::seed() ^ number) % 10_000).unwrap());
    candidates.into_iter().find(|port| std::net::TcpListener::bind(("127.0.0.1", *port)).is_ok()).unwrap()
}

/// Sends a signal to processes.
///
/// # Panics
/// When there is no shell.
pub fn signal(name: &str, processes: &[u32]) {
    let list: Vec<String> = processes.iter().map(u32::to_string).collect();
    // A process that has gone by itself is no failure.
    let _ = Command::new("sh").arg("-c").arg(format!("kill -s {name} {}", list.join(" "))).stderr(Stdio::null()).status().unwrap();
}

/// State and parent of a process: the fields after its name, which stands in brackets.
fn state_and_parent(process: u32) -> Option<(char, u32)> {
    let text = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let mut fields = text.rsplit_once(')')?.1.split_whitespace();
    Some((fields.next()?.chars().next()?, fields.next()?.parse().ok()?))
}

fn children_of(parent: u32) -> Vec<u32> {
    let processes = std::fs::read_dir("/proc").unwrap().filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok());
    processes.filter(|process| state_and_parent(*process).is_some_and(|(_, its)| its == parent)).collect()
}

/// A process that is dead and only waits to be noted by its parent does not run.
fn is_alive(process: u32) -> bool {
    state_and_parent(process).is_some_and(|(state, _)| !matches!(state, 'Z' | 'X'))
}
