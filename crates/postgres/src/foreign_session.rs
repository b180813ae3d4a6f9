//! Connections of a pool that belongs to an embedding program.

use std::sync::OnceLock;
use std::time::Duration;

use bailiwick_kernel::StoreError;
use bailiwick_sql::{Options, SchemaName};
use diesel::result::{DatabaseErrorKind, Error};
use diesel::sql_types::{Array, Text};
use diesel::{QueryResult, QueryableByName, sql_query};
use diesel_async::pooled_connection::deadpool::{Object, Pool, PoolError};
use tokio::runtime::Handle;
use tokio::time::timeout;

use super::backend::Conn;
use super::connect::LONGEST_PAUSE_IN_TRANSACTION;
use super::sql::pool::PooledConnection;
use super::sql::run::RunQueryDsl;

/// Reads the settings that are named first, then sets them, and returns what was read. The subquery is
/// evaluated for a row of `old`, so after it. A `synchronous_commit` that is stronger than ours stays.
const REPLACE: &str = "\
    WITH old AS MATERIALIZED (
        SELECT ARRAY(SELECT current_setting(name) FROM unnest($1) WITH ORDINALITY AS s(name, n) ORDER BY n)
            AS found
    )
    SELECT found, (
        SELECT count(set_config(name, CASE
            WHEN name = 'synchronous_commit' AND found[n] = 'remote_apply' THEN found[n] ELSE wanted END, false))
        FROM unnest($1, $2) WITH ORDINALITY AS s(name, wanted, n)
        WHERE cardinality(found) > 0
    ) AS set_settings
    FROM old";

const RESTORE: &str = "SELECT set_config(name, found, false) FROM unnest($1, $2) AS s(name, found)";

/// Sets a parameter to its value. Fails if the role may not set it.
const PROBE_MESSAGES: &str = "SELECT set_config('lc_messages', current_setting('lc_messages'), false)";

/// The settings of a session that statements of this crate depend on. A connection has them from the
/// time that it is taken from the pool of the embedding program until it is returned.
///
/// The time zone is not among them: values are sent in binary form, which is UTC.
pub(crate) struct ForeignSession {
    home: Handle,
    /// Timeout of waiting for a connection of the pool.
    wait: Duration,
    settings: Vec<(&'static str, String)>,
    /// Whether the role may request English messages, which `failure.rs` recognizes.
    may_set_messages: OnceLock<bool>,
}

/// The values that the settings had.
pub(crate) struct SavedSettings {
    names: Vec<&'static str>,
    found: Vec<String>,
}

impl ForeignSession {
    pub(crate) fn new(schema: &SchemaName, options: &Options) -> Self {
        let settings = vec![
            ("search_path", schema.search_path()),
            ("statement_timeout", options.statement_timeout.as_millis().to_string()),
            ("idle_in_transaction_session_timeout", LONGEST_PAUSE_IN_TRANSACTION.to_owned()),
            ("lock_timeout", "0".to_owned()),
            ("default_transaction_isolation", "read committed".to_owned()),
            ("default_transaction_read_only", "off".to_owned()),
            ("synchronous_commit", "on".to_owned()),
        ];
        let home = Handle::current();
        Self { home, wait: options.pool_wait, settings, may_set_messages: OnceLock::new() }
    }

    /// Takes a connection from the pool; `None` if there is none in time. A connection that is
    /// established here belongs to the runtime on which the database was opened, as in a pool of our
    /// own.
    pub(crate) async fn take(&self, pool: &Pool<Conn>) -> Option<Result<Object<Conn>, PoolError>> {
        let (pool, wait) = (pool.clone(), self.wait);
        // Limited in the task, which goes on if this future is dropped.
        let taking = self.home.spawn(async move { timeout(wait, pool.get()).await });
        taking.await.ok()?.ok()
    }

    /// Sets the settings of a connection and returns those that it had. After an error, the connection
    /// must be closed.
    pub(crate) async fn enter(&self, conn: &mut Conn) -> QueryResult<SavedSettings> {
        let (mut names, mut wanted): (Vec<_>, Vec<_>) = self.settings.iter().cloned().unzip();
        if self.may_set_messages(conn).await? {
            names.push("lc_messages");
            wanted.push("C".to_owned());
        }
        let replace = sql_query(REPLACE).bind::<Array<Text>, _>(names.clone());
        let found: Found = replace.bind::<Array<Text>, _>(wanted).get_result(conn).await?;
        Ok(SavedSettings { names, found: found.found })
    }

    /// Asks the server once. A lost connection says nothing about the role, and is returned.
    async fn may_set_messages(&self, conn: &mut Conn) -> QueryResult<bool> {
        if let Some(known) = self.may_set_messages.get() {
            return Ok(*known);
        }
        let may = match sql_query(PROBE_MESSAGES).execute(conn).await {
            Ok(_) => true,
            Err(Error::DatabaseError(DatabaseErrorKind::Unknown, _)) => false,
            Err(lost) => return Err(lost),
        };
        Ok(*self.may_set_messages.get_or_init(|| may))
    }
}

impl SavedSettings {
    /// Gives the connection its own settings again. After an error, it must be closed.
    pub(crate) async fn restore(self, conn: &mut Conn) -> QueryResult<()> {
        let restore = sql_query(RESTORE).bind::<Array<Text>, _>(self.names);
        restore.bind::<Array<Text>, _>(self.found).execute(conn).await?;
        Ok(())
    }
}

impl PooledConnection {
    /// Takes the connection out of its pool, for a use that changes its settings.
    pub(crate) fn detach(mut self) -> Result<Conn, StoreError> {
        let object = self.object.take();
        object.map(Object::take).ok_or_else(|| StoreError::Unavailable("the connection is gone".to_owned()))
    }
}

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = Array<Text>)]
    found: Vec<String>,
}
