//! Accounts, organizations, roles, invitations and outgoing mail in a file of SQLite, which is
//! compiled in.
//!
//! **When to use it alone.** Never: `bailiwick-store` opens it by its URL, behind the feature
//! `sqlite`.
//!
//! **What it may depend on.** `app` and everything below it, `sql`, `migrations`; diesel and the
//! driver. Never HTTP.
//!
//! **Where to start reading.** [`SqliteDatabase`], then `sql/`: the queries, a symbolic link to the
//! folder of `bailiwick-sql` that `bailiwick-postgres` compiles, too. What only SQLite has is in
//! `backend.rs`; `invalidation.rs` keeps the caches of all processes current, `watch.rs` notices a file
//! that was replaced, and `backup.rs` copies and restores files.
//!
//! ```
//! use bailiwick_sql::{Engine, Options};
//! use bailiwick_sqlite::SqliteDatabase;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("bailiwick.db").display().to_string();
//! let database = SqliteDatabase::open(&path, &Options::default()).await?;
//! assert!(!database.migrate().await?.is_empty());
//! assert!(database.pending_migrations().await?.is_empty());
//! # Ok(())
//! # }
//! ```

mod backend;
mod backup;
mod change_log;
mod claim;
mod connect;
mod copy;
mod file;
mod header;
mod integrity;
mod invalidation;
mod lend;
mod location;
mod log_check;
mod log_header;
mod log_index;
mod open_files;
mod private;
mod restore;
mod sql;
mod state_mark;
mod threads;
mod watch;

use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bailiwick_app::Store;
use bailiwick_sql::waiting::reported;
use bailiwick_sql::{Engine, Health, OpenError, Options};
use futures_util::FutureExt;

use connect::Access;
use invalidation::Invalidator;
use sql::Adapter;
use watch::FileWatch;

pub use backup::{check_copy, copy_to, prepare_restore};
pub use copy::CopyContents;
pub use integrity::find_damage;
pub use lend::{SqliteConnection, sqlite_connection};
pub use restore::{PreparedRestore, Restored};

/// A file with one connection that writes, so that writers queue in the process and not for the
/// lock of the file, and several that read.
pub struct SqliteDatabase {
    path: PathBuf,
    adapter: Arc<Adapter>,
    start_wait: Duration,
    claim: Option<Arc<File>>,
}

impl SqliteDatabase {
    /// Opens the file at `path`, created unless it exists, after it and its log were checked.
    pub async fn open(path: &str, options: &Options) -> Result<Self, OpenError> {
        let (path, watch) = open_checked(path, options).await?;
        let (watch, wait) = (Arc::new(watch), options.statement_timeout);
        let pool = |access: Access, size: usize| {
            let watch = Arc::clone(&watch);
            let connect = move || Arc::clone(&watch).connect(access, wait).boxed();
            sql::pool(size, options, connect)
        };
        let (writers, readers) = (pool(Access::Write, 1)?, pool(Access::Read, options.pool_size)?);
        let invalidator = Arc::new(Invalidator::new(wait, writers.clone(), watch));
        let adapter = Arc::new(Adapter::new(writers, readers, invalidator));
        Ok(Self { adapter, path, start_wait: options.start_wait, claim: None })
    }
}

/// Opens the file at this path, after it and its log were checked.
async fn open_checked(path: &str, options: &Options) -> Result<(PathBuf, FileWatch), OpenError> {
    let (location, file) = file::prepare(path)?;
    let path = location.path.clone();
    let (checked, same_file) = (path.clone(), Arc::clone(&file));
    let log = tokio::task::spawn_blocking(move || log_check::check(&checked, &same_file)).await;
    log.map_err(|error| OpenError::Unavailable(error.to_string()))??;
    let wait = options.start_wait;
    // A file that is refused keeps its log, so it is checked before a connection that writes.
    let checked = reported(connect::FILE_LOCK, connect::open_and_read(path.clone(), wait)).await?;
    let checked = reported(connect::CHECK, connect::check(path.clone(), checked, wait)).await?;
    let conn = reported(connect::FILE_LOCK, connect::switch_to_wal(path.clone(), wait)).await?;
    drop(checked);
    let unreadable = |error: io::Error| OpenError::Unreadable(format!("{}: {error}", path.display()));
    let watch = FileWatch::start(location, file, conn).map_err(unreadable)?;
    Ok((path, watch))
}

/// Returns the file at this path, if it exists and the log beside it belongs to it.
pub(crate) async fn find_file(path: &str) -> Result<PathBuf, OpenError> {
    let path = path.to_owned();
    let found = tokio::task::spawn_blocking(move || file::find(&path)).await;
    found.map_err(|error| OpenError::Unavailable(error.to_string()))?
}

/// Inspects a file without creating or changing anything.
pub async fn inspect(path: &str, options: &Options) -> Result<Health, OpenError> {
    let path = find_file(path).await?;
    let conn = connect::connect_read_only(path, options.statement_timeout).await;
    let mut conn = conn.map_err(|error| OpenError::Unavailable(error.to_string()))?;
    sql::inspect(&mut conn, None).await
}

#[async_trait]
impl Engine for SqliteDatabase {
    fn store(&self) -> Arc<dyn Store> {
        Arc::clone(&self.adapter) as Arc<dyn Store>
    }

    async fn migrate(&self) -> Result<Vec<String>, OpenError> {
        self.pending_migrations().await?;
        let migrate = connect::migrate(self.path.clone(), self.start_wait);
        let applied = reported(connect::FILE_LOCK, migrate).await?;
        let examined = self.adapter.invalidator.examine().await;
        examined.map_err(|error| OpenError::Unavailable(error.to_string()))?;
        // A later release may have migrated it meanwhile.
        self.pending_migrations().await?;
        Ok(applied)
    }

    async fn pending_migrations(&self) -> Result<Vec<String>, OpenError> {
        self.adapter.pending_migrations().await
    }

    fn claim_exclusively(&mut self) -> Result<(), OpenError> {
        if self.claim.is_none() {
            let claim = claim::claim(&self.path)?;
            self.adapter
                .invalidator
                .watch_claim(&claim)
                .map_err(|error| OpenError::Unreadable(error.to_string()))?;
            self.claim = Some(claim);
        }
        Ok(())
    }
}
