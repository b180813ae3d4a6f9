//! The lease that lets this node's cache answer.
//!
//! The rules, each of which prevents a known error:
//!
//! - A lease belongs to one connection and has an id of its own. It is renewed over the listening
//!   connection, by one statement at a time outside any transaction, so a renewal proves that every
//!   earlier notification was received.
//! - At the start and after any loss the node listens, flushes the cache, and takes a new lease.
//!   Any error is a loss.
//! - A lease is valid from the time *before* its renewal was sent.

use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use bailiwick_app::authority::AuthorityCache;
use bailiwick_app::flaws::{self, Flaw};
use bailiwick_sql::error::store_error;
use bailiwick_sql::types::{Id, Key};
use diesel::sql_query;
use diesel::sql_types::Text;
use uuid::Uuid;

use super::super::connect::Target;
use super::super::sql::pool::{Pool, PooledConnection};
use super::super::sql::run::RunQueryDsl;
use super::backoff::Backoff;
use super::change_listener::ChangeListener;
use super::listen_connection::{ConnectionLost, Endless, ListenConnection, affected_rows, value};
use super::names::Names;

/// Length of a lease.
pub(super) const LEASE: Duration = Duration::from_secs(3);
/// Interval of renewals.
const RENEWAL: Duration = Duration::from_secs(1);
/// Timeout of deleting the own lease. A lease that is not deleted expires.
const RELEASE_TIMEOUT: Duration = Duration::from_secs(1);

/// Settings of the connection: a renewal must survive a crash of PostgreSQL, and must see the latest
/// committed state.
const SETTINGS: &str = "SET synchronous_commit = on; \
    SET default_transaction_isolation = 'read committed'; \
    SET statement_timeout = 3000";

/// Takes and renews the lease of this node.
pub(super) struct LeaseHolder {
    pub target: Arc<Target>,
    pub pool: Pool,
    pub names: Arc<OnceLock<Names>>,
    pub cache: Arc<AuthorityCache>,
    pub listener: ChangeListener,
    /// The id of the lease that may be in the table.
    pub taken: Mutex<Option<Uuid>>,
}

impl LeaseHolder {
    /// Takes a lease and renews it; takes another one after each loss.
    pub async fn run(&self) -> ! {
        let mut backoff = Backoff::default();
        let mut reported = false;
        loop {
            let lost = match self.hold_lease(&mut backoff).await {
                Ok(never) => match never {},
                Err(lost) => lost,
            };
            if self.release().await || !reported {
                tracing::warn!(error = %lost, "no lease: every check asks the database");
                reported = true;
            }
            backoff.pause().await;
        }
    }

    /// Takes one lease and renews it until an error occurs.
    async fn hold_lease(&self, backoff: &mut Backoff) -> Endless {
        let mut connection = ListenConnection::connect(&self.target).await?;
        let names = connection.names(&self.target, &self.names, &mut |_: &_| {}).await?;
        let id = self.listen(&mut connection, &names.channel).await?;
        *self.taken() = Some(id);
        self.prove_delivery(&mut connection, id).await?;
        self.cache.flush();
        let _held = LeaseGuard(&self.cache);
        let mut sent = self.renew(&mut connection, &take(id, &names.channel)).await?;
        backoff.reset();
        tracing::info!("checks are answered from the cache");
        loop {
            let rest = RENEWAL.saturating_sub(self.cache.elapsed().saturating_sub(sent));
            let notification = connection
                .listen_for(rest, &mut |notification| self.listener.on_notification(notification))
                .await;
            if flaws::has(Flaw::RenewalOnOtherConnection) {
                sent = self.renew_elsewhere(id).await?;
                continue;
            }
            notification?;
            sent = self.renew(&mut connection, &renewal(id, &names.channel)).await?;
        }
    }

    /// Listens for changes and for its own notification, and returns the id of a new lease.
    async fn listen(&self, connection: &mut ListenConnection, channel: &str) -> Result<Uuid, ConnectionLost> {
        let ignore = &mut |_: &_| {};
        connection.simple_query(SETTINGS, LEASE, ignore).await?;
        let reply = connection.simple_query("SELECT gen_random_uuid()", LEASE, ignore).await?;
        let id =
            value(&reply).and_then(|id| Uuid::try_parse(id).ok()).ok_or(ConnectionLost::UnexpectedReply)?;
        self.listener.set_lease(id, channel);
        let listen = format!("LISTEN {channel}; LISTEN {}", own_channel(id));
        connection
            .simple_query(&listen, LEASE, &mut |notification| self.listener.on_notification(notification))
            .await?;
        Ok(id)
    }

    /// Sends a notification and waits for it. Behind a transaction pooler the statements succeed, but
    /// notifications that are sent between them are not delivered.
    async fn prove_delivery(
        &self,
        connection: &mut ListenConnection,
        id: Uuid,
    ) -> Result<(), ConnectionLost> {
        let channel = own_channel(id);
        self.notify_itself(&channel).await?;
        let mut on_notification = |notification: &tokio_postgres::Notification| {
            self.listener.on_notification(notification);
            if notification.channel() == channel { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        tokio::time::timeout(LEASE, connection.listen(&mut on_notification))
            .await
            .map_err(|_| ConnectionLost::NotDelivered)?
    }

    /// Sends a notification over another connection.
    async fn notify_itself(&self, channel: &str) -> Result<(), ConnectionLost> {
        let mut pooled = PooledConnection::from(&self.pool).await?;
        let notify = sql_query("SELECT pg_notify($1, '')").bind::<Text, _>(channel);
        notify.execute(pooled.conn()?).await.map_err(store_error)?;
        pooled.give_back().await;
        Ok(())
    }

    /// Sends one statement and applies every notification that came before its reply. Returns the
    /// time at which the statement was sent.
    async fn renew(
        &self,
        connection: &mut ListenConnection,
        statement: &str,
    ) -> Result<Duration, ConnectionLost> {
        let sent = self.cache.elapsed();
        let reply = connection
            .simple_query(statement, LEASE, &mut |notification| self.listener.on_notification(notification))
            .await?;
        let took = self.cache.elapsed().saturating_sub(sent);
        if took >= LEASE {
            return Err(ConnectionLost::NoAnswer);
        }
        if affected_rows(&reply) != 1 {
            return Err(ConnectionLost::NoLease);
        }
        let since = if flaws::has(Flaw::LeaseFromReply) { sent + took } else { sent };
        self.cache.lease_until(since + LEASE);
        self.cache.metrics().renewals.record(took);
        Ok(sent)
    }

    /// Renews over any connection, for [`Flaw::RenewalOnOtherConnection`].
    async fn renew_elsewhere(&self, id: Uuid) -> Result<Duration, ConnectionLost> {
        let sent = self.cache.elapsed();
        let mut connection = ListenConnection::connect(&self.target).await?;
        let renewal = format!("UPDATE authority_leases SET seq = seq + 1 WHERE id = '{id}'");
        connection.simple_query(&renewal, LEASE, &mut |_| {}).await?;
        self.cache.lease_until(sent + LEASE);
        tokio::time::sleep(RENEWAL).await;
        Ok(sent)
    }

    /// Tries to delete the lease, so that no writer waits for it. The caller must have ended the lease
    /// of the cache before. Returns whether there may have been a lease in the table.
    pub async fn release(&self) -> bool {
        let Some(id) = self.taken().take() else { return false };
        let deleting = async {
            let mut pooled = PooledConnection::from(&self.pool).await.ok()?;
            let delete = sql_query("DELETE FROM authority_leases WHERE id = $1").bind::<Id, _>(Key(id));
            delete.execute(pooled.conn().ok()?).await.ok()?;
            pooled.give_back().await;
            Some(())
        };
        if !matches!(tokio::time::timeout(RELEASE_TIMEOUT, deleting).await, Ok(Some(()))) {
            tracing::debug!("a lease stays in the table until a writer has waited for its end");
        }
        true
    }

    fn taken(&self) -> MutexGuard<'_, Option<Uuid>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ends the lease of the cache when it is dropped. It is dropped before the connection is closed.
struct LeaseGuard<'a>(&'a AuthorityCache);

impl Drop for LeaseGuard<'_> {
    fn drop(&mut self) {
        self.0.lose_lease();
    }
}

fn own_channel(id: Uuid) -> String {
    format!("authority_lease_{}", id.simple())
}

/// Condition that is true only on the connection that listens.
fn listens(channel: &str) -> String {
    format!("EXISTS (SELECT FROM pg_listening_channels() AS c WHERE c = '{channel}')")
}

fn take(id: Uuid, channel: &str) -> String {
    let listens = listens(channel);
    format!("INSERT INTO authority_leases (id, pid) SELECT '{id}', pg_backend_pid() WHERE {listens}")
}

fn renewal(id: Uuid, channel: &str) -> String {
    let listens = listens(channel);
    format!(
        "UPDATE authority_leases SET seq = seq + 1 WHERE id = '{id}' AND pid = pg_backend_pid() AND {listens}"
    )
}
