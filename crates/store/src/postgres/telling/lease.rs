//! The lease that lets this node's memory answer.
//!
//! The rules, each of which was paid for:
//! - A lease belongs to one connection, and has an id of its own. It is renewed over
//!   the connection that listens, by one statement at a time outside any transaction: so a
//!   renewal proves that everything told before was heard.
//! - At the start and after any loss: listen, forget everything, take a lease. Any error
//!   is a loss.
//! - It lasts from the moment *before* its renewal was sent.

use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bailiwick_app::authority::Memory;
use bailiwick_app::flaws::{self, Flaw};
use diesel::sql_query;
use diesel::sql_types::Text;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::super::connect::Target;
use super::super::tables::loan::{Loan, Pool};
use super::backoff::Backoff;
use super::change::CHANNEL;
use super::ear::Ear;
use super::line::{Endless, Line, Lost, touched_rows, value};
use crate::error::store_error;
use crate::types::{Id, Key};

/// So long memory may answer after a renewal.
pub(super) const LEASE: Duration = Duration::from_secs(3);
/// So often it is renewed.
const RENEWAL: Duration = Duration::from_secs(1);
/// So long giving up a lease may take; nobody depends on it.
const LONGEST_WITHDRAWAL: Duration = Duration::from_secs(1);

/// A renewal must not be lost by a crash, or be kept from an earlier state by others.
const SETTINGS: &str = "SET synchronous_commit = on; \
    SET default_transaction_isolation = 'read committed'; \
    SET statement_timeout = 3000";

/// Keeps a lease.
pub(super) struct Keeper {
    pub target: Arc<Target>,
    pub pool: Pool,
    pub memory: Arc<Memory>,
    pub ear: Ear,
    /// The lease that may be in the table.
    pub taken: Mutex<Option<Uuid>>,
}

impl Keeper {
    /// Takes a lease, and another one after each loss.
    pub async fn keep(&self) -> ! {
        let mut backoff = Backoff::default();
        let mut known = false;
        loop {
            let lost = match self.hold(&mut backoff).await {
                Ok(never) => match never {},
                Err(lost) => lost,
            };
            if self.withdraw().await || !known {
                tracing::warn!(error = %lost, "no lease: every check asks the database");
                known = true;
            }
            backoff.pause().await;
        }
    }

    async fn hold(&self, backoff: &mut Backoff) -> Endless {
        let mut line = Line::dial(&self.target).await?;
        let id = self.listen(&mut line).await?;
        *self.taken() = Some(id);
        self.prove_hearing(&mut line, id).await?;
        self.memory.flush();
        let _held = Held(&self.memory);
        let mut sent = self.renew(&mut line, &take(id)).await?;
        backoff.reset();
        tracing::info!("checks are answered from memory");
        loop {
            let rest = RENEWAL.saturating_sub(self.memory.elapsed().saturating_sub(sent));
            let heard = line.listen_for(rest, &mut |heard| self.ear.hear(heard)).await;
            if flaws::has(Flaw::RenewalOnOtherConnection) {
                sent = self.renew_elsewhere(id).await?;
                continue;
            }
            heard?;
            sent = self.renew(&mut line, &renewal(id)).await?;
        }
    }

    /// Listens, for changes and for what proves it, and gives this lease an id.
    async fn listen(&self, line: &mut Line) -> Result<Uuid, Lost> {
        let deaf = &mut |_: &_| {};
        line.ask(SETTINGS, LEASE, deaf).await?;
        let reply = line.ask("SELECT gen_random_uuid()", LEASE, deaf).await?;
        let id = value(&reply).and_then(|id| Uuid::try_parse(id).ok()).ok_or(Lost::Nonsense)?;
        self.ear.name(id);
        let listen = format!("LISTEN {CHANNEL}; LISTEN {}", own_channel(id));
        line.ask(&listen, LEASE, &mut |heard| self.ear.hear(heard)).await?;
        Ok(id)
    }

    /// Behind a pooler of transactions the server may look the same from one statement to
    /// the next, but what it says in between reaches nobody: so something is said in between.
    async fn prove_hearing(&self, line: &mut Line, id: Uuid) -> Result<(), Lost> {
        let channel = own_channel(id);
        self.say(&channel).await?;
        let mut hear = |heard: &tokio_postgres::Notification| {
            self.ear.hear(heard);
            if heard.channel() == channel { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        tokio::time::timeout(LEASE, line.listen(&mut hear)).await.map_err(|_| Lost::Deaf)?
    }

    async fn say(&self, channel: &str) -> Result<(), Lost> {
        let mut loan = Loan::from(&self.pool).await?;
        let notify = sql_query("SELECT pg_notify($1, '')").bind::<Text, _>(channel);
        notify.execute(loan.conn()?).await.map_err(store_error)?;
        loan.give_back();
        Ok(())
    }

    /// One statement, and everything that was told ahead of its reply applied. Says when it was sent.
    async fn renew(&self, line: &mut Line, statement: &str) -> Result<Duration, Lost> {
        let sent = self.memory.elapsed();
        let reply = line.ask(statement, LEASE, &mut |heard| self.ear.hear(heard)).await?;
        let took = self.memory.elapsed().saturating_sub(sent);
        if took >= LEASE {
            return Err(Lost::Late);
        }
        if touched_rows(&reply) != 1 {
            return Err(Lost::NoLease);
        }
        let since = if flaws::has(Flaw::LeaseFromReply) { sent + took } else { sent };
        self.memory.lease_until(since + LEASE);
        self.memory.figures().renewals.note(took);
        Ok(sent)
    }

    /// For [`Flaw::RenewalOnOtherConnection`]: over whichever there is.
    async fn renew_elsewhere(&self, id: Uuid) -> Result<Duration, Lost> {
        let sent = self.memory.elapsed();
        let mut line = Line::dial(&self.target).await?;
        let renewal = format!("UPDATE authority_leases SET seq = seq + 1 WHERE id = '{id}'");
        line.ask(&renewal, LEASE, &mut |_| {}).await?;
        self.memory.lease_until(sent + LEASE);
        tokio::time::sleep(RENEWAL).await;
        Ok(sent)
    }

    /// Takes a lease that is not kept any more out of the table, if it can, so that nobody waits
    /// for it. Memory must be silent already. Says whether there may have been one.
    pub async fn withdraw(&self) -> bool {
        let Some(id) = self.taken().take() else { return false };
        let deleting = async {
            let mut loan = Loan::from(&self.pool).await.ok()?;
            let delete = sql_query("DELETE FROM authority_leases WHERE id = $1").bind::<Id, _>(Key(id));
            delete.execute(loan.conn().ok()?).await.ok()?;
            loan.give_back();
            Some(())
        };
        if !matches!(tokio::time::timeout(LONGEST_WITHDRAWAL, deleting).await, Ok(Some(()))) {
            tracing::debug!("a lease stays in the table until somebody has waited for its end");
        }
        true
    }

    fn taken(&self) -> MutexGuard<'_, Option<Uuid>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whatever ends the holding of a lease silences memory first.
struct Held<'a>(&'a Memory);

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.0.lose_lease();
    }
}

fn own_channel(id: Uuid) -> String {
    format!("authority_lease_{}", id.simple())
}

/// Only where the connection is the one that listens.
const LISTENS: &str = "EXISTS (SELECT FROM pg_listening_channels() AS c WHERE c = 'authority')";

fn take(id: Uuid) -> String {
    format!("INSERT INTO authority_leases (id, pid) SELECT '{id}', pg_backend_pid() WHERE {LISTENS}")
}

fn renewal(id: Uuid) -> String {
    format!(
        "UPDATE authority_leases SET seq = seq + 1 WHERE id = '{id}' AND pid = pg_backend_pid() AND {LISTENS}"
    )
}
