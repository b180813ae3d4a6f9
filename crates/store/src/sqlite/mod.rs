//! SQLite, bundled, in one file.

mod backend;
mod change_log;
mod connect;
mod file;
mod integrity;
// One text, compiled once per database.
#[expect(clippy::duplicate_mod)]
#[path = "../tables/mod.rs"]
mod tables;
mod telling;
mod threads;

use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bailiwick_app::Store;
use futures_util::FutureExt;

use crate::OpenError;
use crate::health::Health;
use crate::open::{Engine, Options};
use crate::waiting::reported;
use connect::Access;
pub(crate) use integrity::find_damage;
use tables::Adapter;
use telling::Telling;

/// A file: one connection that writes, so that writers queue here and not in
/// the file, and several that read.
pub(crate) struct SqliteDatabase {
    path: PathBuf,
    adapter: Arc<Adapter>,
    start_wait: Duration,
    claim: Option<File>,
}

impl SqliteDatabase {
    pub(crate) async fn open(path: &str, options: &Options) -> Result<Self, OpenError> {
        let path = file::prepare(path)?;
        let wait = options.statement_timeout;
        let switch = connect::switch_to_wal(path.clone(), options.start_wait);
        reported(connect::FILE_LOCK, switch).await?;
        let pool = |access: Access, size: usize| {
            let path = path.clone();
            let connect = move || connect::connect(path.clone(), access, wait).boxed();
            tables::pool(size, options, connect)
        };
        let (writers, readers) = (pool(Access::Write, 1)?, pool(Access::Read, options.pool_size)?);
        let telling = Arc::new(Telling::new(path.clone(), wait, writers.clone()));
        let adapter = Arc::new(Adapter { writers, readers, telling });
        Ok(Self { adapter, path, start_wait: options.start_wait, claim: None })
    }
}

/// Looks into a file without making or changing anything.
pub(crate) async fn inspect(path: &str, options: &Options) -> Result<Health, OpenError> {
    let path = file::find(path)?;
    let conn = connect::connect_to_look(path, options.statement_timeout).await;
    let mut conn = conn.map_err(|error| OpenError::Unavailable(error.to_string()))?;
    tables::inspect(&mut conn, None).await
}

#[async_trait]
impl Engine for SqliteDatabase {
    fn store(&self) -> Arc<dyn Store> {
        Arc::clone(&self.adapter) as Arc<dyn Store>
    }

    async fn migrate(&self) -> Result<Vec<String>, OpenError> {
        reported(connect::FILE_LOCK, connect::migrate(self.path.clone(), self.start_wait)).await
    }

    async fn pending_migrations(&self) -> Result<Vec<String>, OpenError> {
        self.adapter.pending_migrations().await
    }

    fn claim_exclusively(&mut self) -> Result<(), OpenError> {
        if self.claim.is_none() {
            self.claim = Some(file::claim(&self.path)?);
        }
        Ok(())
    }
}
