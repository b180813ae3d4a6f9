//! Connection pools.

use std::sync::Arc;
use std::time::Duration;

use bailiwick_kernel::StoreError;
use bailiwick_sql::error::store_error;
use bailiwick_sql::failure::{connection_failure, statement_failure};
use bailiwick_sql::{OpenError, Options};
use deadpool::Runtime;
use deadpool::managed::{Hook, HookError, HookFuture, Metrics, PoolError as PoolFailed};
use diesel::ConnectionResult;
use diesel::sql_types::Integer;
use diesel_async::pooled_connection::{
    AsyncDieselConnectionManager, ManagerConfig, PoolError as QueryFailed, RecyclingMethod, deadpool as pools,
};
use futures_util::future::BoxFuture;

use super::backend::{Conn, ForeignSession, SavedSettings};
use super::run::RunQueryDsl;

/// A pool of this program, or of a program that embeds it.
#[derive(Clone)]
pub(crate) struct Pool {
    pub(crate) connections: pools::Pool<Conn>,
    /// The settings of connections while they are used, if the pool is that of an embedding program.
    pub(crate) foreign: Option<Arc<ForeignSession>>,
}

/// Idle time after which a connection is checked before use. A closed one is detected without a
/// check.
const TRUSTED_FOR: Duration = Duration::from_secs(30);
/// Timeout of that check; the connection is then replaced.
const LONGEST_CHECK: Duration = Duration::from_secs(1);
const NO_FREE_CONNECTION: &str = "the pool gave no connection in time";

/// Creates a pool of at most `size` connections, without connecting.
pub(crate) fn pool(
    size: usize,
    options: &Options,
    connect: impl Fn() -> BoxFuture<'static, ConnectionResult<Conn>> + Send + Sync + 'static,
) -> Result<Pool, OpenError> {
    let mut config = ManagerConfig::default();
    config.recycling_method = RecyclingMethod::Fast;
    config.custom_setup = Box::new(move |_| connect());
    let wait = Some(options.pool_wait);
    let connections =
        pools::Pool::builder(AsyncDieselConnectionManager::new_with_config(String::new(), config))
            .max_size(size.max(1))
            .wait_timeout(wait)
            .create_timeout(wait)
            .recycle_timeout(wait)
            .runtime(Runtime::Tokio1)
            .pre_recycle(Hook::async_fn(check_if_rested))
            .build()
            .map_err(|error| OpenError::Unavailable(error.to_string()))?;
    Ok(Pool { connections, foreign: None })
}

fn check_if_rested<'a>(conn: &'a mut Conn, metrics: &'a Metrics) -> HookFuture<'a, QueryFailed> {
    Box::pin(async move {
        if metrics.last_used() < TRUSTED_FOR {
            return Ok(());
        }
        match tokio::time::timeout(LONGEST_CHECK, probe(conn)).await {
            Ok(answer) => answer.map_err(|error| HookError::Backend(QueryFailed::QueryError(error))),
            Err(_) => Err(HookError::message("no answer")),
        }
    })
}

/// Runs the smallest query.
pub(super) async fn probe(conn: &mut Conn) -> diesel::QueryResult<()> {
    diesel::select(diesel::dsl::sql::<Integer>("1")).get_result::<i32>(conn).await.map(|_| ())
}

/// A connection taken from the pool. Dropped, for example because the client disconnected, it
/// leaves the pool and is closed, so no other request, and no other user of a foreign pool, gets a
/// connection in an unknown state.
pub(crate) struct PooledConnection {
    pub(crate) object: Option<pools::Object<Conn>>,
    /// The settings of the connection in a foreign pool.
    saved: Option<SavedSettings>,
}

impl PooledConnection {
    pub(crate) async fn from(pool: &Pool) -> Result<Self, StoreError> {
        let unavailable = |error: &_| StoreError::Unavailable(pool_failure(error));
        let Some(session) = &pool.foreign else {
            let object = pool.connections.get().await.map_err(|error| unavailable(&error))?;
            return Ok(Self { object: Some(object), saved: None });
        };
        let no_connection = || StoreError::Unavailable(NO_FREE_CONNECTION.to_owned());
        let object = session.take(&pool.connections).await.ok_or_else(no_connection)?;
        // In place before its settings are changed, so that it is closed if this future is dropped.
        let mut pooled = Self { object: Some(object.map_err(|error| unavailable(&error))?), saved: None };
        pooled.saved = Some(session.enter(pooled.conn()?).await.map_err(store_error)?);
        Ok(pooled)
    }

    pub(crate) fn conn(&mut self) -> Result<&mut Conn, StoreError> {
        match &mut self.object {
            Some(object) => Ok(object),
            None => Err(StoreError::Unavailable("the connection was given back".to_owned())),
        }
    }

    /// Returns the connection to the pool, with the settings that it had. It must have no open
    /// transaction and no pending statement.
    pub(crate) async fn give_back(mut self) {
        if let Some(saved) = self.saved.take() {
            let Ok(conn) = self.conn() else { return };
            // Dropped after a failure, which closes the connection.
            if saved.restore(conn).await.is_err() {
                return;
            }
        }
        drop(self.object.take());
    }
}

impl Drop for PooledConnection {
    fn drop(&mut self) {
        if let Some(object) = self.object.take() {
            drop(pools::Object::take(object));
        }
    }
}

/// Describes the failure of a pool to provide a connection.
fn pool_failure(error: &PoolFailed<QueryFailed>) -> String {
    match error {
        PoolFailed::Backend(QueryFailed::ConnectionError(cause)) => connection_failure(cause),
        PoolFailed::Backend(QueryFailed::QueryError(cause)) => statement_failure(cause),
        other => other.to_string(),
    }
}
