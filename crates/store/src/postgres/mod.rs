//! PostgreSQL, in pure Rust.

mod backend;
mod connect;
mod migrate;
// One text, compiled once per database.
#[expect(clippy::duplicate_mod)]
#[path = "../tables/mod.rs"]
mod tables;

use std::sync::Arc;

use async_trait::async_trait;
use bailiwick_app::Store;
use futures_util::FutureExt;

use crate::OpenError;
use crate::open::{Engine, Options};

use connect::Target;
use tables::Adapter;

/// A server, reached through one pool.
pub(crate) struct PostgresDatabase {
    target: Arc<Target>,
    adapter: Arc<Adapter>,
}

impl PostgresDatabase {
    pub(crate) fn open(url: &str, options: &Options) -> Result<Self, OpenError> {
        let target = Arc::new(Target::parse(url, options)?);
        let dialled = Arc::clone(&target);
        let connect = move || {
            let target = Arc::clone(&dialled);
            async move { target.connect().await }.boxed()
        };
        let pool = tables::pool(options.pool_size, options, connect)?;
        Ok(Self { target, adapter: Arc::new(Adapter { writers: pool.clone(), readers: pool }) })
    }
}

#[async_trait]
impl Engine for PostgresDatabase {
    fn store(&self) -> Arc<dyn Store> {
        Arc::clone(&self.adapter) as Arc<dyn Store>
    }

    async fn migrate(&self) -> Result<Vec<String>, OpenError> {
        migrate::apply(&self.target).await
    }

    async fn pending_migrations(&self) -> Result<Vec<String>, OpenError> {
        self.adapter.pending_migrations().await
    }

    fn claim_exclusively(&mut self) -> Result<(), OpenError> {
        Ok(())
    }
}
