//! A migrated database of each kind, made once and copied for each test.

use std::time::Duration;

use bailiwick::store::{Options, open};
use bailiwick_migrations::FINGERPRINT;
use tempfile::TempDir;
use tokio::sync::OnceCell;

use super::sql;

/// How often the server is asked to rename a database whose last session is just ending.
const ATTEMPTS: u32 = 200;
const PAUSE: Duration = Duration::from_millis(20);

/// Returns the content of a migrated SQLite file without a `-wal`.
pub(super) async fn sqlite_file() -> &'static [u8] {
    static FILE: OnceCell<Vec<u8>> = OnceCell::const_new();
    FILE.get_or_init(make_sqlite_file).await
}

async fn make_sqlite_file() -> Vec<u8> {
    let folder = TempDir::new().expect("a temporary directory");
    let (live, copy) = (folder.path().join("live.db"), folder.path().join("copy.db"));
    let url = format!("sqlite:{}", live.display());
    migrate(&url).await;
    sql::execute(&url, &format!("VACUUM INTO '{}'", copy.display())).await;
    std::fs::read(copy).expect("the copy")
}

/// Returns the name of a migrated database on this server, which nobody can connect to. It stays on
/// the server, for the next test program with the same migrations.
pub(super) async fn on_postgres(server: &str) -> &'static str {
    static NAME: OnceCell<String> = OnceCell::const_new();
    NAME.get_or_init(|| find_or_make(server)).await
}

/// Returns how the server copies a template. Since PostgreSQL 15 it writes each copy to its log as well
/// unless it is asked not to, which takes several times as long.
pub(super) async fn strategy(server: &str) -> &'static str {
    static STRATEGY: OnceCell<&str> = OnceCell::const_new();
    *STRATEGY.get_or_init(|| choose_strategy(server)).await
}

async fn choose_strategy(server: &str) -> &'static str {
    let version = sql::rows(server, "SHOW server_version_num").await;
    let is_new =
        version.first().and_then(|number| number.parse().ok()).is_some_and(|number: u32| number >= 150_000);
    if is_new { "STRATEGY FILE_COPY" } else { "" }
}

async fn find_or_make(server: &str) -> String {
    let name = format!("bailiwick_template_{FINGERPRINT}");
    let own = format!("{name}_{}", std::process::id());
    if exists(server, &name).await {
        return name;
    }
    sql::execute(server, &format!("DROP DATABASE IF EXISTS {own} WITH (FORCE)")).await;
    sql::execute(server, &format!("CREATE DATABASE {own}")).await;
    migrate(&sql::address(server, &own)).await;
    sql::execute(server, &format!("ALTER DATABASE {own} ALLOW_CONNECTIONS false")).await;
    // Fails while a session of the migration is ending, and when another program was faster.
    let rename = format!(
        "DO $$ BEGIN ALTER DATABASE {own} RENAME TO {name};
         EXCEPTION WHEN object_in_use OR duplicate_database THEN NULL; END $$"
    );
    for _ in 0..ATTEMPTS {
        sql::execute(server, &rename).await;
        if exists(server, &name).await {
            sql::execute(server, &format!("DROP DATABASE IF EXISTS {own} WITH (FORCE)")).await;
            return name;
        }
        tokio::time::sleep(PAUSE).await;
    }
    panic!("{own} cannot be renamed");
}

async fn exists(server: &str, name: &str) -> bool {
    let found = sql::rows(server, &format!("SELECT 1 FROM pg_database WHERE datname = '{name}'")).await;
    !found.is_empty()
}

async fn migrate(url: &str) {
    let database = open(url, &Options::default()).await.expect("a database");
    database.migrate().await.expect("migrations");
}
