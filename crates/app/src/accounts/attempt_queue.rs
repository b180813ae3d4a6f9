//! Login attempts of this node that wait for others of the same account and client.
//!
//! At most one attempt of a pair asks the store again; the others stand behind it, and hold
//! neither a thread nor a connection.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration as StdDuration;

use bailiwick_users::Pair;
use time::Duration;
use tokio::sync::{MutexGuard as Turn, Notify};
use tokio::time::Instant;

/// Attempts that end on another node are noticed after this time.
const POLL: StdDuration = StdDuration::from_millis(100);

/// The queues of all pairs that somebody waits for.
#[derive(Default, Debug)]
pub(crate) struct AttemptQueues(Mutex<HashMap<Pair, Arc<Queue>>>);

#[derive(Default, Debug)]
struct Queue {
    /// Held by the attempt whose turn it is: the first that came.
    turn: tokio::sync::Mutex<Option<Refusal>>,
    /// An attempt ended on this node.
    ended: Notify,
    /// How long, in microseconds, the first was told to wait the last time it asked.
    last_wait: AtomicI64,
}

/// Nothing is in progress any more, and the pair must wait.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Refusal {
    at: Instant,
    wait: Duration,
}

/// A place in the queue of a pair, given up when it is dropped.
pub(crate) struct Place<'a> {
    queues: &'a AttemptQueues,
    pair: &'a Pair,
    queue: Arc<Queue>,
}

impl AttemptQueues {
    /// Whether attempts of this pair wait: then whoever comes stands behind them.
    pub fn has(&self, pair: &Pair) -> bool {
        self.queues().contains_key(pair)
    }

    /// Joins the queue of a pair.
    pub fn join<'a>(&'a self, pair: &'a Pair) -> Place<'a> {
        let queue = self.queues().entry(pair.clone()).or_default().clone();
        Place { queues: self, pair, queue }
    }

    /// Tells the first that waits that an attempt of the pair has ended.
    pub fn notify(&self, pair: &Pair) {
        if let Some(queue) = self.queues().get(pair) {
            queue.ended.notify_one();
        }
    }

    fn queues(&self) -> MutexGuard<'_, HashMap<Pair, Arc<Queue>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place<'_> {
    /// Waits until those who came before are gone.
    pub async fn turn(&self) -> Turn<'_, Option<Refusal>> {
        self.queue.turn.lock().await
    }

    /// Notes how long the first was told to wait.
    pub fn set_last_wait(&self, wait: Duration) {
        let micros = i64::try_from(wait.whole_microseconds()).unwrap_or(i64::MAX);
        self.queue.last_wait.store(micros, Ordering::Relaxed);
    }

    /// How long the first was told to wait.
    pub fn last_wait(&self) -> Duration {
        Duration::microseconds(self.queue.last_wait.load(Ordering::Relaxed))
    }

    /// Waits until an attempt of the pair ended, or may have ended on another node.
    pub async fn ended(&self) {
        tokio::select! {
            () = self.queue.ended.notified() => {}
            () = tokio::time::sleep(POLL) => {}
        }
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut queues = self.queues.queues();
        // The map has one, and this place: nobody else waits.
        if Arc::strong_count(&self.queue) <= 2 {
            queues.remove(self.pair);
        }
    }
}

impl Refusal {
    /// The pair must wait for so long from now on.
    pub fn new(wait: Duration) -> Self {
        Self { at: Instant::now(), wait }
    }

    /// What is left of the wait; `None` when it is over.
    pub fn rest(self) -> Option<Duration> {
        let passed = Duration::try_from(self.at.elapsed()).unwrap_or(Duration::MAX);
        Some(self.wait.saturating_sub(passed)).filter(|rest| rest.is_positive())
    }
}

#[cfg(test)]
mod tests {
    use bailiwick_users::{AccountKey, ClientKey};

    use super::*;

    fn pair(text: &str) -> Pair {
        Pair { account: AccountKey::of(text), client: ClientKey::unknown() }
    }

    #[tokio::test(start_paused = true)]
    async fn a_queue_lasts_as_long_as_somebody_waits() {
        let (queues, ada, eve) = (AttemptQueues::default(), pair("ada"), pair("eve"));
        let (first, second) = (queues.join(&ada), queues.join(&ada));
        assert!(queues.has(&ada) && !queues.has(&eve));
        let turn = first.turn().await;
        assert!(tokio::time::timeout(POLL, second.turn()).await.is_err(), "one at a time");
        drop(turn);
        drop(first);
        assert!(queues.has(&ada));
        assert!(second.turn().await.is_none());
        drop(second);
        assert!(!queues.has(&ada));
    }

    #[tokio::test(start_paused = true)]
    async fn the_end_of_an_attempt_is_told_at_once_and_not_missed() {
        let (queues, ada) = (AttemptQueues::default(), pair("ada"));
        let place = queues.join(&ada);
        queues.notify(&ada);
        let start = Instant::now();
        place.ended().await;
        assert_eq!(start.elapsed(), StdDuration::ZERO);
        place.ended().await;
        assert_eq!(start.elapsed(), POLL);
    }

    #[tokio::test(start_paused = true)]
    async fn a_refusal_holds_until_its_time_is_over() {
        let refusal = Refusal::new(Duration::SECOND);
        tokio::time::advance(StdDuration::from_millis(400)).await;
        assert_eq!(refusal.rest(), Some(Duration::milliseconds(600)));
        tokio::time::advance(StdDuration::from_millis(600)).await;
        assert_eq!(refusal.rest(), None);
    }
}
