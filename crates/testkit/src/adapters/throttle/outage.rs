//! Counters that cannot be reached. A throttle has no error to report, so it goes on, more strictly.

use std::time::Duration as Span;

use bailiwick_app::{Limit, Throttle, ThrottleKey};
use time::Duration;
use tokio::time::timeout;

use super::World;
use super::tools::{FIVE, key, start};

/// Time in which a call must end. The promise of an adapter is shorter; a busy machine takes longer.
const SOON: Span = Span::from_secs(5);

async fn take_soon(throttle: &dyn Throttle, limit: Limit, key: &ThrottleKey) -> Result<(), Duration> {
    let ended = timeout(SOON, throttle.take(limit, key, start())).await;
    ended.expect("a call waits for the counters")
}

pub async fn without_its_counters_it_counts_at_least_as_strictly(world: World) {
    let Some(throttle) = world.without_counters().await else { return };
    for burst in [1, 2, 5, 20] {
        let (limit, key) = (FIVE.allowing(burst), key(format!("user:{burst}")));
        for _ in 0..burst {
            let _ = take_soon(&*throttle, limit, &key).await;
        }
        let wait = take_soon(&*throttle, limit, &key).await.expect_err("more are let in than the burst");
        assert!(wait.is_positive() && wait <= limit.period, "a refusal says how long to wait: {wait}");
    }
}

pub async fn without_its_counters_it_still_lets_some_in(world: World) {
    let Some(throttle) = world.without_counters().await else { return };
    for burst in [1, 5] {
        for number in 0..3 {
            let key = key(format!("user:{burst}:{number}"));
            let admitted = take_soon(&*throttle, FIVE.allowing(burst), &key).await;
            assert_eq!(admitted, Ok(()), "an outage must not lock everybody out");
        }
    }
}

pub async fn without_its_counters_no_call_is_blocked(world: World) {
    let Some(throttle) = world.without_counters().await else { return };
    for _ in 0..10 {
        let _ = take_soon(&*throttle, FIVE, &key("user:a")).await;
        let ended = timeout(SOON, throttle.give_back(FIVE, &key("user:a"), start())).await;
        assert!(ended.is_ok(), "a call waits for the counters");
    }
}
