//! What is done beside requests, now and then.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration as StdDuration;

use bailiwick_kernel::{Clock, Stopwatch, StoreError, Timestamp};
use time::Duration;

use crate::activity::ActivityTracker;
use crate::ports::{RetentionCutoffs, Store};

const ROUND: StdDuration = StdDuration::from_mins(1);
/// Cutoffs are swept away in every sixtieth round, and in the first.
const ROUNDS_PER_SWEEP: u32 = 60;
/// So many batches at once at most; what is left then has time until the next sweep.
const BATCHES: u32 = 200;
/// Retention of ended sessions and of sent mail.
const KEPT: Duration = Duration::days(30);
/// Retention of secrets and tickets that ran out. A clock that is ahead by less deletes
/// none that is still good.
const SECRETS_KEPT: Duration = Duration::days(1);
/// Between two rounds the clock may be set ahead by this much without being distrusted.
const LEAP: Duration = Duration::minutes(5);
/// For this long nothing is swept after the clock leapt: time to set it right.
const DISTRUST: StdDuration = StdDuration::from_hours(24);

/// Writes down once a minute who was there and folds names that are not yet, and sweeps once an
/// hour. To be run
/// beside the application.
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

    /// Works until `stop` is ready, and writes down once more then. A failure of
    /// the store is logged, and it is tried again the next time.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let mut stop = pin!(stop);
        let mut trust = ClockTrust::new(self.clock.now(), self.stopwatch.elapsed());
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
            // What is left when the program stops is folded after its next start.
            tokio::select! {
                () = stop.as_mut() => return,
                () = self.fold_names_and_tell() => {}
            }
            let is_trusted = trust.look(self.clock.now(), self.stopwatch.elapsed());
            if round == 0 && is_trusted {
                self.sweep_and_tell().await;
            }
        }
    }

    /// Writes down who was there.
    pub async fn round(&self) -> Result<(), StoreError> {
        self.activity.write_down(&*self.store).await
    }

    /// Deletes what nobody can use any more, and says how many rows that was:
    /// sessions that have been over for a month, secrets and tickets that ran out a day ago,
    /// and mail sent a month ago.
    pub async fn sweep(&self) -> Result<u64, StoreError> {
        let now = self.clock.now();
        let month_ago = now + -KEPT;
        let secrets_at = now + -SECRETS_KEPT;
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

    /// Folds names that were stored without, for the search; returns how many.
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

    async fn fold_names_and_tell(&self) {
        match self.fold_names().await {
            Ok(0) => {}
            Ok(names) => tracing::info!(names, "names are folded for the search"),
            Err(error) => tracing::warn!(%error, "names are not folded for the search yet"),
        }
    }

    async fn sweep_and_tell(&self) {
        match self.sweep().await {
            Ok(0) => {}
            Ok(rows) => tracing::info!(rows, "cutoffs are swept away"),
            Err(error) => tracing::warn!(%error, "cutoffs are not swept away yet"),
        }
    }
}

/// Whether the clock may decide what is old. One that leaps ahead would have everything
/// deleted that is still good, and setting it back brings nothing back.
struct ClockTrust {
    last: (Timestamp, StdDuration),
    distrusted_until: Option<StdDuration>,
}

impl ClockTrust {
    fn new(now: Timestamp, elapsed: StdDuration) -> Self {
        Self { last: (now, elapsed), distrusted_until: None }
    }

    /// Compares what passed by the clock with what passed by the stopwatch.
    fn look(&mut self, now: Timestamp, elapsed: StdDuration) -> bool {
        let (clock_before, elapsed_before) = self.last;
        self.last = (now, elapsed);
        let passed = elapsed.saturating_sub(elapsed_before);
        if now - clock_before > LEAP + Duration::try_from(passed).unwrap_or(Duration::MAX) {
            tracing::warn!("the clock leapt ahead; nothing is swept away for a day");
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
        assert!(trust.look(at(1), minute(101)));
        assert!(trust.look(at(7), minute(102)), "five minutes are corrected now and then");
        assert!(trust.look(at(-500), minute(103)), "nothing is old by a clock that is behind");
        assert!(!trust.look(at(600), minute(104)));
        assert!(!trust.look(at(1), minute(105)), "and back");
        assert!(!trust.look(at(1_439), minute(104 + 1_439)));
        assert!(trust.look(at(1_440), minute(104 + 1_440)));
        assert!(trust.look(at(1_500), minute(104 + 1_500)), "a machine that slept did not leap");
    }
}
