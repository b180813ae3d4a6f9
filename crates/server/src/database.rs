//! Opens the database that the settings name.

use std::path::PathBuf;
use std::time::Duration;

use bailiwick::store::{Database, OpenError, Options};

use crate::data_dir;
use crate::failure::Failure;
use crate::settings::{DatabaseUrl, Settings};
use crate::supervisor::Supervisor;

/// Creates the data directory and opens the database. [`Failure::NoFolder`] if the folder of a SQLite
/// file is missing.
pub async fn open(settings: &Settings, supervisor: &Supervisor) -> Result<Database, Failure> {
    supervisor.waits_for("DATA_DIR to be created", start_wait(settings));
    let path = settings.server.data_dir.as_path();
    if let Some(folder) = missing_folder(settings) {
        return Err(Failure::NoFolder { url: settings.database_url(), folder });
    }
    data_dir::create(path).map_err(|source| Failure::DataDir { path: path.to_owned(), source })?;
    supervisor.leaves_to("the database");
    let url = settings.database_url();
    bailiwick::store::open(&url.reveal(), &options(settings)).await.map_err(|error| failure(url, error))
}

/// Opens an existing database; [`Failure::NoDatabase`] if there is none. Creates nothing, because a
/// mistyped path would yield an empty database.
pub async fn open_existing(settings: &Settings, supervisor: &Supervisor) -> Result<Database, Failure> {
    let url = settings.database_url();
    if let DatabaseUrl::Sqlite(file) = &url
        && !file.exists()
    {
        return Err(Failure::NoDatabase(url));
    }
    supervisor.leaves_to("the database");
    bailiwick::store::open(&url.reveal(), &options(settings)).await.map_err(|error| failure(url, error))
}

/// Returns the folder of the SQLite file if it neither exists nor is created with the data
/// directory. It is not created, because a mistyped path would yield an empty database.
pub fn missing_folder(settings: &Settings) -> Option<PathBuf> {
    let DatabaseUrl::Sqlite(file) = settings.database_url() else { return None };
    let folder = std::path::absolute(file).ok()?.parent()?.to_owned();
    let created = std::path::absolute(settings.server.data_dir.as_path()).ok()?;
    (!created.starts_with(&folder) && !folder.exists()).then_some(folder)
}

/// Returns the options that the settings give the store.
pub fn options(settings: &Settings) -> Options {
    Options {
        pool_size: settings.database.max_connections,
        pool_wait: Duration::from_secs(settings.database.wait_seconds),
        statement_timeout: Duration::from_secs(settings.database.statement_seconds),
        start_wait: start_wait(settings),
        schema: settings.database.schema.as_ref().map(|schema| schema.0.as_str().to_owned()),
        private_roots: settings.tls.private_roots(),
    }
}

/// Returns the limit of each wait before the work of a command begins.
pub fn start_wait(settings: &Settings) -> Duration {
    Duration::from_secs(settings.database.start_seconds)
}

/// Returns whether the database contains sessions; `false` if it cannot be inspected.
pub async fn has_sessions(settings: &Settings) -> bool {
    let health = bailiwick::store::inspect(&settings.database_url().reveal(), &options(settings)).await;
    health.ok().and_then(|health| health.contents).is_some_and(|contents| contents.has_sessions)
}

/// Makes this process the only one that serves from a SQLite file.
pub fn claim(settings: &Settings, database: &mut Database) -> Result<(), Failure> {
    database.claim_exclusively().map_err(|error| failure(settings.database_url(), error))
}

/// Brings the schema up to date and returns the names of the applied migrations.
pub async fn migrate(settings: &Settings, database: &Database) -> Result<Vec<String>, Failure> {
    let applied = database.migrate().await.map_err(|error| failure(settings.database_url(), error))?;
    for migration in &applied {
        tracing::info!(%migration, "applied");
    }
    Ok(applied)
}

/// Converts an error of the store to a failure that names the database.
pub fn failure(url: DatabaseUrl, error: OpenError) -> Failure {
    match error {
        OpenError::InUse => Failure::InUse(url),
        source => Failure::Database { url, source },
    }
}
