//! Login attempts of this node that wait for others of the same account and client.
//!
//! At most one attempt of a pair asks the store again; the others wait behind it, and use neither a
//! thread nor a connection.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration as StdDuration;

use bailiwick_users::Pair;
use time::Duration;
use tokio::sync::{MutexGuard as Turn, Notify};
use tokio::time::Instant;

/// Interval after which attempts that ended on another node are noticed.
const POLL: StdDuration = StdDuration::from_millis(100);

/// The queues of all pairs with waiting attempts.
#[derive(Default, Debug)]
pub(crate) struct AttemptQueues(Mutex<HashMap<Pair, Arc<Queue>>>);

#[derive(Default, Debug)]
struct Queue {
    /// Locked by the attempt whose turn it is, in order of arrival.
    turn: tokio::sync::Mutex<Option<Refusal>>,
    /// Notified when an attempt of the pair ends on this node.
    ended: Notify,
    /// Wait that the store demanded of the first attempt most recently, in microseconds.
    last_wait: AtomicI64,
}

/// A refusal without attempts in progress: the pair must wait.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Refusal {
    at: Instant,
    wait: Duration,
}

/// A place in the queue of a pair, released on drop.
pub(crate) struct Place<'a> {
    queues: &'a AttemptQueues,
    pair: &'a Pair,
    queue: Arc<Queue>,
}

impl AttemptQueues {
    /// Whether attempts of this pair wait. A new attempt then queues behind them.
    pub fn has(&self, pair: &Pair) -> bool {
        self.queues().contains_key(pair)
    }

    /// Joins the queue of a pair.
    pub fn join<'a>(&'a self, pair: &'a Pair) -> Place<'a> {
        let queue = self.queues().entry(pair.clone()).or_default().clone();
        Place { queues: self, pair, queue }
    }

    /// Notifies the first waiting attempt that an attempt of the pair has ended.
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
    /// Waits until all earlier attempts have left the queue.
    pub async fn turn(&self) -> Turn<'_, Option<Refusal>> {
        self.queue.turn.lock().await
    }

    /// Stores the wait that was demanded of the first attempt.
    pub fn set_last_wait(&self, wait: Duration) {
        let micros = i64::try_from(wait.whole_microseconds()).unwrap_or(i64::MAX);
        self.queue.last_wait.store(micros, Ordering::Relaxed);
    }

    /// The wait that was demanded of the first attempt.
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
        // The two references are those of the map and of this place, so no other attempt waits.
        if Arc::strong_count(&self.queue) <= 2 {
            queues.remove(self.pair);
        }
    }
}

impl Refusal {
    /// Creates a refusal that lasts for `wait` from now on.
    pub fn new(wait: Duration) -> Self {
        Self { at: Instant::now(), wait }
    }

    /// Returns the rest of the wait; `None` when it is over.
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
