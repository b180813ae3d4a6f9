//! A PostgreSQL server that a test can stop and start.

use std::fs::File;
use std::io::Write;
use std::net::SocketAddr;
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tokio_postgres::{Client, NoTls};

use crate::support::TIMEOUT;

const REQUIRE: &str = "BAILIWICK_TEST_REQUIRE";
const SETTINGS: &str = "\
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
shared_buffers = 32MB
max_connections = 200
fsync = off # nothing here outlives the run
";

/// A shutdown mode of PostgreSQL.
#[derive(Clone, Copy, Debug)]
pub enum Stop {
    /// Fast shutdown: transactions are rolled back and a checkpoint is written.
    Fast,
    /// Immediate shutdown, as by a power failure.
    Immediate,
}

/// A PostgreSQL server of the test's own, with its data directory.
pub struct Postgres {
    programs: PathBuf,
    dir: TempDir,
    user: Option<String>,
    port: u16,
    server: Option<Child>,
}

impl Postgres {
    /// Creates and starts a server. If its programs are missing, reports that `test` is left out and returns
    /// `None`, or panics if `BAILIWICK_TEST_REQUIRE` is set.
    pub async fn start(test: &str) -> Option<Self> {
        let Some(programs) = programs() else {
            assert!(
                std::env::var(REQUIRE).is_err(),
                "{REQUIRE} is set, but PostgreSQL's programs are missing"
            );
            let _ = writeln!(std::io::stderr(), "left out: {test} (no initdb and postgres are found)");
            return None;
        };
        let dir = tempfile::Builder::new().prefix("bailiwick-authority.").tempdir().unwrap();
        let user = rustix::process::geteuid().is_root().then(|| give_to_unprivileged_user(dir.path()));
        let mut postgres = Self { programs, dir, user, port: 0, server: None };
        postgres.init();
        for _ in 0..20 {
            postgres.port = free_port();
            if postgres.run().await {
                return Some(postgres);
            }
        }
        panic!("PostgreSQL does not start: {}", postgres.log());
    }

    pub fn address(&self) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], self.port))
    }

    /// Returns the id of the server's first process, the parent of all others.
    #[allow(dead_code, reason = "of the programs that share this file, only `frozen` uses it")]
    pub fn process(&self) -> u32 {
        self.server.as_ref().map(Child::id).unwrap()
    }

    /// The URL of the database through a proxy at `address`.
    pub fn url_through(address: SocketAddr) -> String {
        format!("postgres://bailiwick@{address}/postgres")
    }

    /// The URL of the database, without a proxy.
    pub fn url(&self) -> String {
        Self::url_through(self.address())
    }

    fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    pub fn log(&self) -> String {
        std::fs::read_to_string(self.dir.path().join("log")).unwrap_or_default()
    }

    /// Restarts the server with TLS, with this certificate and its key.
    #[allow(dead_code, reason = "of the programs that share this file, only `server` uses it")]
    pub async fn enable_tls(&mut self, certificate: &Path, key: &Path) {
        for (from, name) in [(certificate, "server.crt"), (key, "server.key")] {
            let to = self.data().join(name);
            std::fs::copy(from, &to).unwrap();
            chown(&to, self.user.as_deref().map(|user| id("-u", user)), None).unwrap();
        }
        self.set("ssl = on\n");
        self.restart(Stop::Fast).await;
    }

    fn set(&self, settings: &str) {
        let conf = self.data().join("postgresql.conf");
        std::fs::OpenOptions::new().append(true).open(conf).unwrap().write_all(settings.as_bytes()).unwrap();
    }

    fn init(&self) {
        let options = ["--username=bailiwick", "--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync"];
        let mut initdb = self.command("initdb");
        let output = initdb.args(options).arg("-D").arg(self.data()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        self.set(SETTINGS);
    }

    /// Returns a command that runs a program of the server. As root it runs as another user, because the
    /// server refuses to run as root.
    fn command(&self, program: &str) -> Command {
        let program = self.programs.join(program);
        let mut command = match &self.user {
            None => Command::new(program),
            Some(user) => {
                let mut command = Command::new("setpriv");
                command.args([&format!("--reuid={user}"), &format!("--regid={}", group_of(user))]);
                command.arg("--clear-groups").arg(program);
                command
            }
        };
        command.current_dir(self.dir.path()).stdin(Stdio::null());
        command
    }

    /// Starts the server and returns whether it runs.
    async fn run(&mut self) -> bool {
        let log = File::create(self.dir.path().join("log")).unwrap();
        let mut postgres = self.command("postgres");
        postgres.arg("-D").arg(self.data()).args(["-p", &self.port.to_string()]);
        postgres.stdout(log.try_clone().unwrap()).stderr(log);
        let server = self.server.insert(postgres.spawn().unwrap());
        let url = format!("postgres://bailiwick@127.0.0.1:{}/postgres", self.port);
        let started = Instant::now();
        loop {
            if server.try_wait().unwrap().is_some() {
                return false;
            }
            if connect(&url).await.is_ok() {
                return true;
            }
            assert!(started.elapsed() < TIMEOUT, "PostgreSQL does not answer: {}", self.log());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Stops the server and starts it on the same port.
    pub async fn restart(&mut self, stop: Stop) {
        self.stop(stop);
        assert!(self.run().await, "PostgreSQL does not come back: {}", self.log());
    }

    fn stop(&mut self, stop: Stop) {
        if let Some(mut server) = self.server.take() {
            let signal = match stop {
                Stop::Fast => "INT",
                Stop::Immediate => "QUIT",
            };
            send(signal, server.id());
            let _ = server.wait();
        }
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.stop(Stop::Immediate);
    }
}

/// Connects to the database; a task drives the connection until the client is dropped.
pub async fn connect(url: &str) -> Result<Client, tokio_postgres::Error> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

/// Sends a signal to a process that this one started.
pub fn send(signal: &str, process: u32) {
    let kill = format!("kill -{signal} {process}");
    assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success(), "{kill}");
}

/// Returns the directory of the server's programs, which is not in the PATH of Debian.
fn programs() -> Option<PathBuf> {
    let config = Command::new("pg_config").arg("--bindir").output().ok();
    let configured = config.map(|output| PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut debian: Vec<_> =
        std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten().collect();
    debian.sort_by_key(|version| std::cmp::Reverse(version.file_name()));
    let debian = debian.into_iter().map(|version| version.path().join("bin"));
    let mut folders = configured.into_iter().chain(debian).chain(std::env::split_paths(&path));
    folders.find(|folder| ["initdb", "postgres"].iter().all(|program| folder.join(program).is_file()))
}

/// Gives `dir` to an unprivileged user and returns the name of that user.
fn give_to_unprivileged_user(dir: &Path) -> String {
    let known = |user: &&str| Command::new("id").arg(user).output().is_ok_and(|id| id.status.success());
    let user = ["postgres", "nobody"].into_iter().find(known).unwrap_or("nobody");
    chown(dir, Some(id("-u", user)), None).unwrap();
    user.to_owned()
}

fn group_of(user: &str) -> u32 {
    id("-g", user)
}

fn id(what: &str, user: &str) -> u32 {
    let output = Command::new("id").args([what, user]).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().parse().unwrap()
}

fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}
