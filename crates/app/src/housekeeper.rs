//! Periodic maintenance beside requests.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration as StdDuration;

use bailiwick_kernel::{Clock, Stopwatch, StoreError, Timestamp};
use time::Duration;

use crate::activity::ActivityTracker;
use crate::ports::{RetentionCutoffs, Store};

const ROUND: StdDuration = StdDuration::from_mins(1);
/// Data past its retention is deleted in every sixtieth round, and in the first.
const ROUNDS_PER_SWEEP: u32 = 60;
/// Maximum number of batches per run. The rows that remain wait for the next run.
const BATCHES: u32 = 200;
/// Retention of ended sessions and of sent mail.
const RETENTION: Duration = Duration::days(30);
/// Retention of expired secrets and tickets. A clock that is ahead by less deletes none that is
/// still valid.
const SECRET_RETENTION: Duration = Duration::days(1);
/// Maximum by which the clock may be set ahead between two rounds without losing trust.
const MAX_JUMP: Duration = Duration::minutes(5);
/// Time without deletion after the clock jumped ahead, in which it can be corrected.
const DISTRUST: StdDuration = StdDuration::from_hours(24);

/// Stores activity and folds missing names once a minute, and deletes data past its retention once
/// an hour. To be run beside the application.
pub struct Housekeeper {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    stopwatch: Arc<dyn Stopwatch>,
    activity: Arc<ActivityTracker>,
}

impl Housekeeper {
    pub(crate) fn new(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        stopwatch: Arc<dyn Stopwatch>,
        activity: Arc<ActivityTracker>,
    ) -> Self {
        Self { store, clock, stopwatch, activity }
    }

    /// Runs until `stop` is ready, then stores the activity once more. A failure of the store is
    /// logged and retried in the next round.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let mut stop = pin!(stop);
        let mut trust = ClockTrust::new(self.clock.now(), self.stopwatch.elapsed());
        for round in (0..ROUNDS_PER_SWEEP).cycle() {
            let stopped = tokio::select! {
                () = stop.as_mut() => true,
                () = tokio::time::sleep(ROUND) => false,
            };
            if let Err(error) = self.round().await {
                tracing::warn!(%error, "activity is not stored yet");
            }
            if stopped {
                return;
            }
            // Names that are left when the program stops are folded after its next start.
            tokio::select! {
                () = stop.as_mut() => return,
                () = self.fold_names_and_log() => {}
            }
            let is_trusted = trust.check(self.clock.now(), self.stopwatch.elapsed());
            if round == 0 && is_trusted {
                self.sweep_and_log().await;
            }
        }
    }

    /// Writes the activity since the last round to the store.
    pub async fn round(&self) -> Result<(), StoreError> {
        self.activity.flush(&*self.store).await
    }

    /// Deletes data past its retention, and returns the number of rows: sessions that ended a month
    /// ago, secrets and tickets that expired a day ago, and mail sent a month ago.
    pub async fn sweep(&self) -> Result<u64, StoreError> {
        let now = self.clock.now();
        let month_ago = now + -RETENTION;
        let secrets_at = now + -SECRET_RETENTION;
        let cutoffs = RetentionCutoffs { sessions_before: month_ago, secrets_at, mail_before: month_ago };
        let mut deleted = 0;
        for _ in 0..BATCHES {
            match self.store.apply_retention(&cutoffs).await? {
                0 => break,
                rows => deleted += rows,
            }
        }
        Ok(deleted)
    }

    /// Folds names that were stored without a folded form, for the search. Returns their number.
    pub async fn fold_names(&self) -> Result<u64, StoreError> {
        let mut folded = 0;
        for _ in 0..BATCHES {
            match self.store.fold_names().await? {
                0 => break,
                names => folded += names,
            }
        }
        Ok(folded)
    }

    async fn fold_names_and_log(&self) {
        match self.fold_names().await {
            Ok(0) => {}
            Ok(names) => tracing::info!(names, "names are folded for the search"),
            Err(error) => tracing::warn!(%error, "names are not folded for the search yet"),
        }
    }

    async fn sweep_and_log(&self) {
        match self.sweep().await {
            Ok(0) => {}
            Ok(rows) => tracing::info!(rows, "expired data is deleted"),
            Err(error) => tracing::warn!(%error, "expired data is not deleted yet"),
        }
    }
}

/// Decides whether the clock may determine what is expired. A clock that jumps ahead would delete
/// data that is still valid, and correcting the clock would not restore it.
struct ClockTrust {
    last: (Timestamp, StdDuration),
    distrusted_until: Option<StdDuration>,
}

impl ClockTrust {
    fn new(now: Timestamp, elapsed: StdDuration) -> Self {
        Self { last: (now, elapsed), distrusted_until: None }
    }

    /// Compares the time that passed on the clock with that on the stopwatch. Returns whether the
    /// clock is trusted.
    fn check(&mut self, now: Timestamp, elapsed: StdDuration) -> bool {
        let (clock_before, elapsed_before) = self.last;
        self.last = (now, elapsed);
        let passed = elapsed.saturating_sub(elapsed_before);
        if now - clock_before > MAX_JUMP + Duration::try_from(passed).unwrap_or(Duration::MAX) {
            tracing::warn!("the clock jumped ahead; no expired data is deleted for a day");
            self.distrusted_until = Some(elapsed + DISTRUST);
        }
        self.distrusted_until = self.distrusted_until.filter(|until| elapsed < *until);
        self.distrusted_until.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_leaps_ahead_is_not_trusted_for_a_day() {
        let start = Timestamp::from_unix_seconds(1_700_000_000).unwrap();
        let minute = |n: u64| StdDuration::from_mins(n);
        let at = |minutes: i64| start + Duration::minutes(minutes);
        let mut trust = ClockTrust::new(start, minute(100));
        assert!(trust.check(at(1), minute(101)));
        assert!(trust.check(at(7), minute(102)), "five minutes are corrected now and then");
        assert!(trust.check(at(-500), minute(103)), "nothing is old by a clock that is behind");
        assert!(!trust.check(at(600), minute(104)));
        assert!(!trust.check(at(1), minute(105)), "and back");
        assert!(!trust.check(at(1_439), minute(104 + 1_439)));
        assert!(trust.check(at(1_440), minute(104 + 1_440)));
        assert!(trust.check(at(1_500), minute(104 + 1_500)), "a machine that slept did not leap");
    }
}
