//! Databases that exist for one test.

use std::io::Write;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use tempfile::TempDir;
use tokio_postgres::NoTls;

use super::{sql, template};

/// Names the PostgreSQL server whose superuser may make databases for tests.
const SERVER: &str = "BAILIWICK_TEST_POSTGRES";
/// The environment variable that makes a missing server a failure.
const REQUIRE: &str = "BAILIWICK_TEST_REQUIRE";

static NEXT: AtomicU32 = AtomicU32::new(0);

/// A kind of database server.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Engine {
    /// SQLite: a file in a temporary directory.
    Sqlite,
    /// PostgreSQL: a database created on this server.
    Postgres {
        /// The URL of the server, as a superuser.
        server: String,
    },
}

/// A database, gone with this value.
#[derive(Debug)]
pub struct Database {
    url: String,
    files: Option<TempDir>,
    dropped: Option<(String, String)>,
}

impl Engine {
    /// Returns the PostgreSQL server named by the environment. Without one it reports that `test` is
    /// left out and returns `None`; it panics if the environment requires a server.
    pub fn postgres_or_left_out(test: &str) -> Option<Self> {
        match std::env::var(SERVER) {
            Ok(server) if !server.is_empty() => Some(Self::Postgres { server }),
            _ => {
                assert!(std::env::var(REQUIRE).is_err(), "{REQUIRE} is set, but {SERVER} names no server");
                // Not `eprintln`, because the test runner captures its output while a test passes.
                let _ =
                    writeln!(std::io::stderr(), "left out: {test} on PostgreSQL ({SERVER} names no server)");
                None
            }
        }
    }

    /// Creates an empty database.
    pub async fn create(&self) -> Database {
        match self {
            Self::Sqlite => sqlite().0,
            Self::Postgres { server } => on_server(server, "").await,
        }
    }

    /// Creates a database with the schema of this release.
    pub async fn create_migrated(&self) -> Database {
        match self {
            Self::Sqlite => {
                let (database, path) = sqlite();
                std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
                std::fs::write(path, template::sqlite_file().await).expect("a file");
                database
            }
            Self::Postgres { server } => {
                let template = template::on_postgres(server).await;
                on_server(server, &format!("TEMPLATE {template} {}", template::strategy(server).await)).await
            }
        }
    }
}

fn sqlite() -> (Database, PathBuf) {
    let files = TempDir::new().expect("a temporary directory");
    let path = files.path().join("data/test.db");
    (Database { url: format!("sqlite:{}", path.display()), files: Some(files), dropped: None }, path)
}

async fn on_server(server: &str, like: &str) -> Database {
    let n = NEXT.fetch_add(1, Ordering::Relaxed);
    let name = format!("bailiwick_{}_{n}", std::process::id());
    run(server, &format!("CREATE DATABASE {name} {like}")).await;
    Database { url: sql::address(server, &name), files: None, dropped: Some((server.to_owned(), name)) }
}

impl Database {
    /// Returns the same database for another service. Only the original deletes it.
    #[must_use]
    pub fn shared(&self) -> Self {
        Self { url: self.url.clone(), files: None, dropped: None }
    }

    /// The URL of the database, as in the setting.
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        drop(self.files.take());
        let Some((server, name)) = self.dropped.take() else { return };
        let statement = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
        // A runtime of its own, because `drop` may run inside a runtime and cannot await there.
        let done = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(run(&server, &statement));
        })
        .join();
        if done.is_err() {
            eprintln!("a test database was not dropped");
        }
    }
}

async fn run(url: &str, statement: &str) {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.expect("the PostgreSQL server");
    let driver = tokio::spawn(connection);
    client.batch_execute(statement).await.expect("a statement on the server");
    drop(client);
    let _ = driver.await;
}
