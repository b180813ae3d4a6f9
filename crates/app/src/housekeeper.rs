//! What is done beside requests, now and then.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration as StdDuration;

use bailiwick_kernel::{Clock, StoreError};
use time::Duration;

use crate::activity::Attendance;
use crate::ports::{Leftovers, Store};

const ROUND: StdDuration = StdDuration::from_mins(1);
/// Leftovers are swept away in every sixtieth round, and in the first.
const ROUNDS_PER_SWEEP: u32 = 60;
/// So many batches at once at most; what is left then has time until the next sweep.
const BATCHES: u32 = 200;
/// So long a session that is over can still be looked into, and a mail that was sent.
const KEPT: Duration = Duration::days(30);

/// Writes down once a minute who was there, and sweeps once an hour. To be run
/// beside the application.
pub struct Housekeeper {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    attendance: Arc<Attendance>,
}

impl Housekeeper {
    pub(crate) fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>, attendance: Arc<Attendance>) -> Self {
        Self { store, clock, attendance }
    }

    /// Works until `stop` is ready, and writes down once more then. A failure of
    /// the store is logged, and it is tried again the next time.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let mut stop = pin!(stop);
        for round in (0..ROUNDS_PER_SWEEP).cycle() {
            let stopped = tokio::select! {
                () = stop.as_mut() => true,
                () = tokio::time::sleep(ROUND) => false,
            };
            if let Err(error) = self.round().await {
                tracing::warn!(%error, "who was active is not written down yet");
            }
            if stopped {
                return;
            }
            if round == 0 {
                self.sweep_and_tell().await;
            }
        }
    }

    /// Writes down who was there.
    pub async fn round(&self) -> Result<(), StoreError> {
        self.attendance.write_down(&*self.store).await
    }

    /// Deletes what nobody can use any more, and says how many rows that was:
    /// sessions that have been over for a month, secrets and tickets that ran out, and mail
    /// sent a month ago.
    pub async fn sweep(&self) -> Result<u64, StoreError> {
        let now = self.clock.now();
        let month_ago = now + -KEPT;
        let leftovers = Leftovers { sessions_before: month_ago, secrets_at: now, mail_before: month_ago };
        let mut deleted = 0;
        for _ in 0..BATCHES {
            match self.store.sweep(&leftovers).await? {
                0 => break,
                rows => deleted += rows,
            }
        }
        Ok(deleted)
    }

    async fn sweep_and_tell(&self) {
        match self.sweep().await {
            Ok(0) => {}
            Ok(rows) => tracing::info!(rows, "leftovers are swept away"),
            Err(error) => tracing::warn!(%error, "leftovers are not swept away yet"),
        }
    }
}
