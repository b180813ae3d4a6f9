//! The wait of a writer until no cache can answer by the state before its commit.

use std::pin::pin;
use std::time::{Duration, Instant};

use bailiwick_app::flaws::{self, Flaw};
use diesel::sql_types::BigInt;
use diesel::{QueryDsl, sql_query};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::super::backend::Conn;
use super::super::sql::pool::{Pool, PooledConnection};
use super::lease::LEASE;
use super::registry::Expected;
use crate::types::{Id, Key};

/// More than clocks that run at different speeds differ by in the time of a lease.
const MARGIN: Duration = Duration::from_millis(250);
/// Interval of reading the leases again.
const POLL_INTERVAL: Duration = Duration::from_millis(250);
/// Timeout of deleting expired leases, because a writer waits for it.
const CLEANUP_TIMEOUT: Duration = Duration::from_millis(250);

diesel::table! {
    use crate::types::Id;
    use diesel::sql_types::BigInt;
    authority_leases (id) {
        id -> Id,
        seq -> BigInt,
    }
}

/// A lease as it was found.
pub(super) type Found = (Key, i64);

/// Reads all leases; `None` if that takes longer than the longest wait of a writer.
pub(super) async fn leases(conn: &mut Conn) -> Option<Vec<Found>> {
    let all = authority_leases::table.select((authority_leases::id, authority_leases::seq)).load(conn);
    tokio::time::timeout(LEASE + MARGIN, all).await.ok()?.ok()
}

/// The same, long before they matter: for [`Flaw::LeasesReadBeforeCommit`].
pub(super) async fn leases_too_early(conn: &mut Conn) -> Option<Vec<Found>> {
    let found = leases(conn).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    found
}

/// How it ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum WaitOutcome {
    /// Every node had applied the change.
    Acknowledged,
    /// For a node it was waited until it had renewed twice, or until its lease was over.
    TimedOut,
}

/// Waits. `found` are the leases as they were *after* the commit, which was over at `committed`:
/// who took a lease later knows the change. `None` if nobody could tell.
///
/// The time is measured on a clock that may stand still while the machine sleeps, as a writer that
/// waits too long is on the safe side; the nodes measure theirs on one that does not.
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
    // What fails here is done by the next writer.
    let _ = tokio::time::timeout(CLEANUP_TIMEOUT, delete_expired(pool, &pending)).await;
    WaitOutcome::TimedOut
}

async fn poll_leases(pool: &Pool) -> Option<Vec<Found>> {
    tokio::time::sleep(POLL_INTERVAL).await;
    let mut pooled = PooledConnection::from(pool).await.ok()?;
    let found = leases(pooled.conn().ok()?).await?;
    pooled.give_back();
    Some(found)
}

/// A lease whose node may still go by what was before.
struct PendingLease {
    lease: Uuid,
    first: i64,
    last: i64,
    /// When it was first known to have been renewed so often, or later.
    since: Instant,
}

impl PendingLease {
    fn new((lease, seq): Found) -> Self {
        Self { lease: lease.0, first: seq, last: seq, since: Instant::now() }
    }

    /// Not when it is gone, as only who waited for its end deletes it, or its node did, silenced. Not
    /// when it was renewed twice: one renewal may have been under way, and the other was sent when the
    /// node had applied all that came ahead of the reply to the first.
    fn still(&mut self, found: &[Found]) -> bool {
        let Some((_, seq)) = found.iter().find(|(lease, _)| lease.0 == self.lease) else { return false };
        if *seq != self.last {
            self.last = *seq;
            self.since = Instant::now();
        }
        *seq < self.first + 2
    }
}

/// Deletes the leases that have run out, so that the next writer need not wait for them. One that
/// was renewed in this very moment stays.
async fn delete_expired(pool: &Pool, pending: &[PendingLease]) -> Option<()> {
    let mut pooled = PooledConnection::from(pool).await.ok()?;
    for pending in pending.iter().filter(|pending| pending.since.elapsed() >= LEASE + MARGIN / 2) {
        let delete = sql_query("DELETE FROM authority_leases WHERE id = $1 AND seq = $2")
            .bind::<Id, _>(Key(pending.lease))
            .bind::<BigInt, _>(pending.last);
        delete.execute(pooled.conn().ok()?).await.ok()?;
    }
    pooled.give_back();
    Some(())
}
