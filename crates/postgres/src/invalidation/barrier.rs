//! The wait of a writer until no cache can answer by the state before its commit.

use std::pin::pin;
use std::time::{Duration, Instant};

use bailiwick_app::flaws::{self, Flaw};
use bailiwick_sql::types::{Id, Key};
use diesel::sql_types::BigInt;
use diesel::{QueryDsl, sql_query};
use uuid::Uuid;

use super::super::backend::Conn;
use super::super::sql::pool::{Pool, PooledConnection};
use super::super::sql::run::RunQueryDsl;
use super::lease::LEASE;
use super::registry::Expected;

/// Largest difference of two clocks during a lease, because they may run at different speeds.
const MARGIN: Duration = Duration::from_millis(250);
/// Interval of reading the leases again.
const POLL_INTERVAL: Duration = Duration::from_millis(250);
/// Timeout of deleting expired leases, because a writer waits for it.
const CLEANUP_TIMEOUT: Duration = Duration::from_millis(250);

diesel::table! {
    use bailiwick_sql::types::Id;
    use diesel::sql_types::BigInt;
    authority_leases (id) {
        id -> Id,
        seq -> BigInt,
    }
}

/// A lease: its id and its number of renewals.
pub(super) type Found = (Key, i64);

/// Reads all leases; `None` if that takes longer than the longest wait of a writer.
pub(super) async fn leases(conn: &mut Conn) -> Option<Vec<Found>> {
    let all = authority_leases::table.select((authority_leases::id, authority_leases::seq)).load(conn);
    tokio::time::timeout(LEASE + MARGIN, all).await.ok()?.ok()
}

/// Reads the leases too early, for [`Flaw::LeasesReadBeforeCommit`].
pub(super) async fn leases_too_early(conn: &mut Conn) -> Option<Vec<Found>> {
    let found = leases(conn).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    found
}

/// The outcome of a wait.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum WaitOutcome {
    /// Every node with a lease applied the change.
    Acknowledged,
    /// At least one node did not acknowledge; its lease was renewed twice, or ended.
    TimedOut,
}

/// Waits until every node with a lease applied the change or lost its lease. `found` are the leases
/// read *after* the commit, which completed at `committed`, because a node that takes a lease later
/// knows the change. `None` if they could not be read.
///
/// This clock may stop while the machine sleeps: a writer that waits too long is safe. The nodes
/// measure their leases on a clock that does not stop.
pub(super) async fn wait(
    pool: &Pool,
    mut expected: Expected,
    committed: Instant,
    found: Option<Vec<Found>>,
) -> WaitOutcome {
    if flaws::has(Flaw::WriterDoesNotWait) {
        return WaitOutcome::Acknowledged;
    }
    let mut over = pin!(tokio::time::sleep_until((committed + LEASE + MARGIN).into()));
    let Some(found) = found else {
        over.await;
        return WaitOutcome::TimedOut;
    };
    let mut ending = WaitOutcome::Acknowledged;
    let mut pending: Vec<PendingLease> = found.into_iter().map(PendingLease::new).collect();
    let mut look = pin!(poll_leases(pool));
    loop {
        pending.retain(|pending| !expected.is_acknowledged_by(pending.lease));
        if pending.is_empty() {
            return ending;
        }
        tokio::select! {
            () = &mut over => break,
            () = expected.next() => {}
            found = &mut look => {
                let before = pending.len();
                if let Some(found) = found {
                    pending.retain_mut(|pending| pending.still(&found));
                }
                if pending.len() < before {
                    ending = WaitOutcome::TimedOut;
                }
                look.set(poll_leases(pool));
            }
        }
    }
    // The next writer does what fails here.
    let _ = tokio::time::timeout(CLEANUP_TIMEOUT, delete_expired(pool, &pending)).await;
    WaitOutcome::TimedOut
}

async fn poll_leases(pool: &Pool) -> Option<Vec<Found>> {
    tokio::time::sleep(POLL_INTERVAL).await;
    let mut pooled = PooledConnection::from(pool).await.ok()?;
    let found = leases(pooled.conn().ok()?).await?;
    pooled.give_back().await;
    Some(found)
}

/// A lease whose node may still answer by the state before the commit.
struct PendingLease {
    lease: Uuid,
    first: i64,
    last: i64,
    /// Time at which the last renewal was first seen, or later.
    since: Instant,
}

impl PendingLease {
    fn new((lease, seq): Found) -> Self {
        Self { lease: lease.0, first: seq, last: seq, since: Instant::now() }
    }

    /// Returns whether the node may still answer by the old state. It cannot if the lease is gone,
    /// because only a writer deletes it after its end, or its node after it stopped answering. It
    /// cannot after two renewals: one may have been in progress, but the other was sent after the
    /// node applied everything received before the reply to the first.
    fn still(&mut self, found: &[Found]) -> bool {
        let Some((_, seq)) = found.iter().find(|(lease, _)| lease.0 == self.lease) else { return false };
        if *seq != self.last {
            self.last = *seq;
            self.since = Instant::now();
        }
        *seq < self.first + 2
    }
}

/// Deletes expired leases, so that the next writer need not wait for them. A lease that was just
/// renewed is kept.
async fn delete_expired(pool: &Pool, pending: &[PendingLease]) -> Option<()> {
    let mut pooled = PooledConnection::from(pool).await.ok()?;
    for pending in pending.iter().filter(|pending| pending.since.elapsed() >= LEASE + MARGIN / 2) {
        let delete = sql_query("DELETE FROM authority_leases WHERE id = $1 AND seq = $2")
            .bind::<Id, _>(Key(pending.lease))
            .bind::<BigInt, _>(pending.last);
        delete.execute(pooled.conn().ok()?).await.ok()?;
    }
    pooled.give_back().await;
    Some(())
}
