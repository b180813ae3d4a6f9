//! A throttle with one flaw at a time.

use std::collections::HashMap;
use std::future::pending;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bailiwick_app::{Limit, Throttle, ThrottleKey};
use bailiwick_kernel::Timestamp;
use bailiwick_testkit::adapters::throttle::{Fixture, run_all};
use bailiwick_testkit::{ManualClock, Outcome};
use time::Duration;
use tokio::task::yield_now;

use crate::failures;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Flaw {
    /// Lets one more in than the burst.
    OneMore,
    /// Lets one in for each interval, and no burst.
    NoBurst,
    /// A refusal prolongs the wait.
    RefusalCounts,
    /// The wait is in whole seconds.
    RoundedWait,
    /// Remembers the burst of the first call.
    FirstBurst,
    /// Never forgets what was taken.
    NeverReplenishes,
    /// Uses a clock of its own.
    OwnClock,
    /// Keeps whole seconds.
    WholeSeconds,
    /// Waits until the clock has caught up with the stored time.
    TrustsStoredTime,
    /// Keeps the stored time after a clock that was ahead.
    KeepsStoredTime,
    /// `give_back` does nothing.
    KeepsAll,
    /// `give_back` gives everything back.
    GivesAllBack,
    /// `give_back` exceeds the burst.
    GivesBeyondTheBurst,
    /// `give_back` counts for every key of the limit.
    GivesToEachKey,
    /// Counts by the limit alone.
    NoKey,
    /// Counts by the key alone.
    NoLimit,
    /// Ignores the case of keys.
    FoldsCase,
    /// Keeps the first 64 bytes of a key.
    CutsKeys,
    /// Keeps 100 keys.
    FewKeys,
    /// Lets nobody in while another call runs.
    OneAtATime,
    /// Reads, and writes later what it then no longer knows to be true.
    ReadThenWrite,
    /// `give_back` reads and writes so.
    ReadThenWriteBack,
    /// Nodes count alone.
    Alone,
    /// Lets all in while the counters cannot be reached.
    FailsOpen,
    /// Lets nobody in meanwhile.
    FailsClosed,
    /// Waits for the counters.
    Blocks,
}

use Flaw::*;

/// Each flaw with the case that refuses it, because the case is of the promise that the flaw breaks.
const FLAWS: [(Flaw, &str); 26] = [
    (OneMore, "counting::a_whole_burst_is_let_in_and_the_next_call_is_told_to_wait"),
    (NoBurst, "counting::a_whole_burst_is_let_in_and_the_next_call_is_told_to_wait"),
    (RefusalCounts, "counting::a_refusal_changes_nothing"),
    (RoundedWait, "times::one_is_replenished_in_each_interval"),
    (FirstBurst, "counting::the_burst_of_the_call_decides"),
    (NeverReplenishes, "times::the_whole_burst_is_replenished_in_the_period"),
    (OwnClock, "times::the_whole_burst_is_replenished_in_the_period"),
    (WholeSeconds, "times::one_is_replenished_in_each_interval"),
    (TrustsStoredTime, "times::a_clock_that_was_ahead_blocks_a_key_for_one_interval_at_most"),
    (KeepsStoredTime, "times::a_clock_that_was_ahead_blocks_a_key_for_one_interval_at_most"),
    (KeepsAll, "giving_back::one_given_back_can_be_taken_again"),
    (GivesAllBack, "giving_back::one_given_back_can_be_taken_again"),
    (GivesBeyondTheBurst, "giving_back::what_is_given_back_never_exceeds_the_burst"),
    (GivesToEachKey, "giving_back::giving_back_leaves_other_keys_and_limits_alone"),
    (NoKey, "keys::similar_keys_are_counted_apart"),
    (NoLimit, "keys::limits_are_counted_apart"),
    (FoldsCase, "keys::similar_keys_are_counted_apart"),
    (CutsKeys, "keys::similar_keys_are_counted_apart"),
    (FewKeys, "keys::a_thousand_keys_are_counted_apart"),
    (OneAtATime, "races::of_many_callers_with_keys_of_their_own_all_are_let_in"),
    (ReadThenWrite, "races::of_many_callers_at_once_as_many_are_let_in_as_are_left"),
    (ReadThenWriteBack, "races::no_count_is_lost_while_others_give_back"),
    (Alone, "nodes::what_one_node_takes_another_does_not_have"),
    (FailsOpen, "outage::without_its_counters_it_counts_at_least_as_strictly"),
    (FailsClosed, "outage::without_its_counters_it_still_lets_some_in"),
    (Blocks, "outage::without_its_counters_no_call_is_blocked"),
];

type Counter = (&'static str, String);

#[derive(Clone, Default)]
struct Counters {
    full_at: Arc<Mutex<HashMap<Counter, Timestamp>>>,
    bursts: Arc<Mutex<HashMap<Counter, u32>>>,
}

/// A throttle in memory. With `is_cut_off` it counts alone, by half of each limit.
#[derive(Clone)]
struct TestThrottle {
    flaw: Option<Flaw>,
    counters: Counters,
    is_cut_off: bool,
    busy: Arc<tokio::sync::Mutex<()>>,
}

impl TestThrottle {
    fn new(flaw: Option<Flaw>) -> Self {
        Self { flaw, counters: Counters::default(), is_cut_off: false, busy: Arc::default() }
    }

    fn has(&self, flaw: Flaw) -> bool {
        self.flaw == Some(flaw)
    }

    fn counter(&self, limit: Limit, key: &ThrottleKey) -> Counter {
        let name = if self.has(NoLimit) { "" } else { limit.name };
        let text = key.as_str();
        let key = match self.flaw {
            Some(NoKey) => String::new(),
            Some(FoldsCase) => text.to_lowercase(),
            Some(CutsKeys) => text.chars().take(64).collect(),
            _ => text.to_owned(),
        };
        (name, key)
    }

    fn limit(&self, limit: Limit, counter: &Counter) -> Limit {
        let limit = if self.is_cut_off { limit.stricter() } else { limit };
        match self.flaw {
            Some(OneMore) => Limit {
                period: limit.interval() * i32::try_from(limit.burst + 1).unwrap(),
                ..limit.allowing(limit.burst + 1)
            },
            Some(NoBurst) => Limit { period: limit.interval(), ..limit.allowing(1) },
            Some(FirstBurst) => limit.allowing(
                *self.counters.bursts.lock().unwrap().entry(counter.clone()).or_insert(limit.burst),
            ),
            _ => limit,
        }
    }

    fn time(&self, now: Timestamp) -> Timestamp {
        match self.flaw {
            Some(OwnClock) => ManualClock::start(),
            Some(WholeSeconds) => Timestamp::from_unix_seconds(now.unix_seconds()).unwrap(),
            _ => now,
        }
    }

    fn stored(&self, counter: &Counter) -> Option<Timestamp> {
        self.counters.full_at.lock().unwrap().get(counter).copied()
    }

    fn store(&self, counter: Counter, full_at: Option<Timestamp>) {
        let mut all = self.counters.full_at.lock().unwrap();
        if self.has(FewKeys) && all.len() > 100 {
            all.clear();
        }
        match full_at {
            Some(full_at) => all.insert(counter, full_at),
            None => all.remove(&counter),
        };
    }

    fn decide(
        &self,
        limit: Limit,
        counter: Counter,
        full_at: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<(), Duration> {
        if let Some(full_at) = full_at.filter(|full_at| self.has(GivesBeyondTheBurst) && *full_at < now) {
            self.store(counter, Some(full_at + limit.interval()));
            return Ok(());
        }
        if let Some(full_at) = full_at.filter(|_| self.has(TrustsStoredTime)) {
            let wait = full_at - now - limit.window() + limit.interval();
            if wait.is_positive() {
                return Err(wait);
            }
        }
        match limit.take(full_at, now) {
            Ok(full_at) => {
                let full_at =
                    if self.has(NeverReplenishes) { full_at + Duration::days(10_000) } else { full_at };
                self.store(counter, Some(full_at));
                Ok(())
            }
            Err(refusal) => {
                let full_at = match self.flaw {
                    Some(RefusalCounts) => Some(refusal.full_at + Duration::MICROSECOND),
                    Some(KeepsStoredTime) => full_at,
                    _ => Some(refusal.full_at),
                };
                self.store(counter, full_at);
                let seconds = Duration::seconds(refusal.wait.whole_seconds() + 1);
                Err(if self.has(RoundedWait) { seconds } else { refusal.wait })
            }
        }
    }

    async fn cut_off(&self) -> Option<Result<(), Duration>> {
        match self.flaw.filter(|_| self.is_cut_off) {
            Some(FailsOpen) => Some(Ok(())),
            Some(FailsClosed) => Some(Err(Duration::SECOND)),
            Some(Blocks) => pending().await,
            _ => None,
        }
    }
}

#[async_trait]
impl Throttle for TestThrottle {
    async fn take(&self, limit: Limit, key: &ThrottleKey, now: Timestamp) -> Result<(), Duration> {
        if let Some(answer) = self.cut_off().await {
            return answer;
        }
        let (counter, now) = (self.counter(limit, key), self.time(now));
        let limit = self.limit(limit, &counter);
        if self.has(ReadThenWrite) {
            let full_at = self.stored(&counter);
            yield_now().await;
            return self.decide(limit, counter, full_at, now);
        }
        let _turn = match self.busy.try_lock() {
            Err(_) if self.has(OneAtATime) => return Err(limit.interval()),
            Ok(turn) => turn,
            Err(_) => self.busy.lock().await,
        };
        if self.has(OneAtATime) {
            yield_now().await;
        }
        let full_at = self.stored(&counter);
        self.decide(limit, counter, full_at, now)
    }

    async fn give_back(&self, limit: Limit, key: &ThrottleKey, now: Timestamp) {
        self.cut_off().await;
        let (counter, now) = (self.counter(limit, key), self.time(now));
        let limit = self.limit(limit, &counter);
        if self.has(ReadThenWriteBack) {
            let full_at = self.stored(&counter);
            yield_now().await;
            return self.store(counter, limit.give_back(full_at, now));
        }
        let _turn = self.busy.lock().await;
        let stored = self.stored(&counter);
        match self.flaw {
            Some(KeepsAll) => {}
            Some(GivesAllBack) => self.store(counter, None),
            Some(GivesBeyondTheBurst) => {
                self.store(counter, Some(stored.unwrap_or(now) + -limit.interval()));
            }
            Some(GivesToEachKey) => {
                for full_at in self.counters.full_at.lock().unwrap().values_mut() {
                    *full_at = *full_at + -limit.interval();
                }
            }
            _ => self.store(counter, limit.give_back(stored, now)),
        }
    }
}

struct Nodes {
    here: TestThrottle,
    there: TestThrottle,
}

impl Nodes {
    fn new(flaw: Option<Flaw>) -> Self {
        let here = TestThrottle::new(flaw);
        let there = if flaw == Some(Alone) { TestThrottle::new(flaw) } else { here.clone() };
        Self { here, there }
    }
}

#[async_trait]
impl Fixture for Nodes {
    fn throttle(&self) -> Arc<dyn Throttle> {
        Arc::new(self.here.clone())
    }

    fn other_node(&self) -> Option<Arc<dyn Throttle>> {
        Some(Arc::new(self.there.clone()))
    }

    async fn without_counters(&self) -> Option<Arc<dyn Throttle>> {
        Some(Arc::new(TestThrottle { is_cut_off: true, ..TestThrottle::new(self.here.flaw) }))
    }

    fn rounds(&self) -> u32 {
        10
    }
}

fn outcomes(flaw: Option<Flaw>) -> Vec<Outcome> {
    run_all(async || Nodes::new(flaw))
}

#[test]
fn a_sound_throttle_is_accepted() {
    assert_eq!(failures(outcomes(None)), []);
}

#[test]
fn each_flaw_is_refused_by_the_case_of_its_promise() {
    crate::assert_each_is_refused(&FLAWS, outcomes);
}
