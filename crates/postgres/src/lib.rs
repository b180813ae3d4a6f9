//! Accounts, organizations, roles, invitations and outgoing mail in PostgreSQL, by a driver in pure
//! Rust.
//!
//! **When to use it alone.** Never: `bailiwick-store` opens it by its URL, behind the feature
//! `postgres`.
//!
//! **What it may depend on.** `app` and everything below it, `sql`, `migrations`; diesel and the
//! drivers. Never HTTP.
//!
//! **Where to start reading.** [`PostgresDatabase`], then `sql/`: the queries, a symbolic link to the
//! folder of `bailiwick-sql` that `bailiwick-sqlite` compiles, too. What only PostgreSQL has (locks,
//! beginning a transaction) is in `backend.rs`; `invalidation/` keeps the caches of all nodes current.
//!
//! ```
//! use bailiwick_postgres::check_parameters;
//!
//! assert!(check_parameters("postgres://db.example.org/bailiwick?sslmode=require").is_ok());
//! assert!(check_parameters("postgres://db.example.org/bailiwick?sslmode=maybe").is_err());
//! ```

mod backend;
mod connect;
mod failure;
mod foreign_session;
mod invalidation;
mod lend;
mod migrate;
mod parameters;
mod sql;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bailiwick_app::Store;
use bailiwick_sql::failure::{connection_failure, statement_failure};
use bailiwick_sql::{Engine, Health, OpenError, Options, SchemaName};
use diesel::ConnectionError;
use futures_util::FutureExt;
use tokio::runtime::Handle;

use backend::ForeignSession;
use connect::Target;
use invalidation::Invalidator;
use migrate::Source;
use sql::Adapter;
use sql::pool::Pool;

pub use lend::{PostgresConnection, postgres_connection};
pub use parameters::check as check_parameters;

/// A pool of connections to PostgreSQL, as diesel-async makes it.
pub type PostgresPool = diesel_async::pooled_connection::deadpool::Pool<PostgresConnection>;

/// A server with one connection pool. It is opened on a runtime that must outlive it.
pub struct PostgresDatabase {
    source: Source,
    adapter: Arc<Adapter>,
    start_wait: Duration,
}

impl PostgresDatabase {
    /// Opens the server at `url`. It is connected to at the first use.
    pub fn open(url: &str, options: &Options) -> Result<Self, OpenError> {
        let target = Arc::new(Target::parse(url, options)?);
        let dialed = Arc::clone(&target);
        // A connection is driven by a task of the runtime that opened it, and ends with that
        // runtime. This runtime outlives those of the threads that use the pool.
        let home = Handle::current();
        let connect = move || {
            let target = Arc::clone(&dialed);
            let dialing = home.spawn(async move { target.connect().await });
            async move { dialing.await.map_err(|error| ConnectionError::BadConnection(error.to_string()))? }
                .boxed()
        };
        let pool = sql::pool(options.pool_size, options, connect)?;
        let schema = target.schema().cloned();
        let invalidator = Invalidator::new(pool.clone(), Some(Arc::clone(&target)), schema);
        Ok(Self::new(Source::Url(target), pool, invalidator, options))
    }

    /// Uses a pool of an embedding program. [`Options::schema`] is `public` unless it is set. With
    /// `listen_url`, a URL of the same database, this node listens by connections of its own, and
    /// answers checks from its cache. Without it each check asks the database.
    pub fn from_pool(
        pool: PostgresPool,
        listen_url: Option<&str>,
        options: &Options,
    ) -> Result<Self, OpenError> {
        let schema = options.schema_name()?.map_or_else(|| SchemaName::parse("public"), Ok)?;
        let options = Options { schema: Some(schema.as_str().to_owned()), ..options.clone() };
        let target = listen_url.map(|url| Target::parse(url, &options)).transpose()?.map(Arc::new);
        let session = Arc::new(ForeignSession::new(&schema, &options));
        let pool = Pool { connections: pool, foreign: Some(session) };
        let invalidator = Invalidator::new(pool.clone(), target, Some(schema.clone()));
        Ok(Self::new(Source::Pool(pool.clone(), schema), pool, invalidator, &options))
    }

    fn new(source: Source, pool: Pool, invalidator: Invalidator, options: &Options) -> Self {
        let adapter = Arc::new(Adapter::new(pool.clone(), pool, Arc::new(invalidator)));
        Self { source, adapter, start_wait: options.start_wait }
    }
}

/// Inspects a database without changing it.
pub async fn inspect(url: &str, options: &Options) -> Result<Health, OpenError> {
    let target = Target::parse(url, options)?;
    let mut conn =
        target.connect().await.map_err(|error| OpenError::Unavailable(connection_failure(&error)))?;
    let clock = backend::clock(&mut conn).await;
    let clock = clock.map_err(|error| OpenError::Unavailable(statement_failure(&error)))?;
    sql::inspect(&mut conn, Some(clock.into())).await
}

#[async_trait]
impl Engine for PostgresDatabase {
    fn store(&self) -> Arc<dyn Store> {
        Arc::clone(&self.adapter) as Arc<dyn Store>
    }

    async fn migrate(&self) -> Result<Vec<String>, OpenError> {
        // A connection of a pool is taken out of it for migrations.
        if matches!(self.source, Source::Pool(..)) && self.pending_migrations().await?.is_empty() {
            return Ok(Vec::new());
        }
        migrate::apply(&self.source, self.start_wait).await
    }

    async fn pending_migrations(&self) -> Result<Vec<String>, OpenError> {
        self.adapter.pending_migrations().await
    }

    fn claim_exclusively(&mut self) -> Result<(), OpenError> {
        Ok(())
    }
}
