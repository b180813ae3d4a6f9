//! Rate limits counted in the process.

use std::sync::{Arc, Barrier};

use bailiwick_app::{Limit, Throttle, ThrottleKey};
use bailiwick_infra::LocalThrottle;
use bailiwick_kernel::Timestamp;
use proptest::prelude::*;
use time::Duration;

const LIMIT: Limit = Limit::new("test", 5, Duration::seconds(10));

fn start() -> Timestamp {
    Timestamp::from_unix_seconds(1_700_000_000).unwrap()
}

fn key(text: impl std::fmt::Display) -> ThrottleKey {
    ThrottleKey::from_text(text.to_string())
}

#[tokio::test]
async fn keys_and_limits_are_counted_apart() {
    let throttle = LocalThrottle::default();
    let (a, b) = (key("a"), key("b"));
    for _ in 0..5 {
        throttle.take(LIMIT, &a, start()).await.unwrap();
    }
    assert_eq!(throttle.take(LIMIT, &a, start()).await, Err(Duration::seconds(2)));
    throttle.take(LIMIT, &b, start()).await.unwrap();
    throttle.take(Limit { name: "another", ..LIMIT }, &a, start()).await.unwrap();
    throttle.take(Limit { is_own: true, ..LIMIT }, &a, start()).await.unwrap();
    throttle.give_back(LIMIT, &a, start()).await;
    throttle.take(LIMIT, &a, start()).await.unwrap();
    throttle.take(LIMIT, &a, start() + Duration::seconds(2)).await.unwrap();
    assert_eq!(throttle.take(LIMIT, &a, start() + Duration::seconds(3)).await, Err(Duration::SECOND));
}

#[test]
fn concurrent_calls_are_admitted_up_to_the_limit() {
    let throttle = Arc::new(LocalThrottle::default());
    for round in 0..200 {
        let barrier = Arc::new(Barrier::new(8));
        let threads: Vec<_> = (0..8)
            .map(|_| {
                let (throttle, barrier) = (throttle.clone(), barrier.clone());
                std::thread::spawn(move || {
                    barrier.wait();
                    throttle.take_now(LIMIT, &key(round), start()).is_ok()
                })
            })
            .collect();
        let admitted = threads.into_iter().map(|thread| thread.join().unwrap());
        assert_eq!(admitted.filter(|yes| *yes).count(), 5);
    }
}

#[test]
fn keys_that_have_nothing_taken_are_removed() {
    let throttle = LocalThrottle::holding(100);
    for n in 0..1000 {
        let now = start() + Duration::seconds(n);
        assert!(throttle.take_now(LIMIT, &key(n), now).is_ok());
        assert!(throttle.keys() <= 101, "{}", throttle.keys());
    }
    throttle.take_now(LIMIT, &key("a"), start()).unwrap();
    throttle.give_back_now(LIMIT, &key("a"), start());
    throttle.give_back_now(LIMIT, &key("never seen"), start());
    assert!(throttle.keys() <= 101);
}

#[test]
fn keys_beyond_the_capacity_share_a_count_and_leave_the_others_alone() {
    let throttle = LocalThrottle::holding(100);
    for n in 0..100 {
        throttle.take_now(LIMIT, &key(n), start()).unwrap();
    }
    let late = (0..50).filter(|n| throttle.take_now(LIMIT, &key(format!("late {n}")), start()).is_ok());
    assert_eq!(late.count(), 5, "the shared count has the limit of one key");
    assert_eq!(throttle.keys(), 101);
    for n in 0..100 {
        assert!(
            throttle.take_now(LIMIT, &key(n), start()).is_ok(),
            "the first keys keep what they have left"
        );
    }
    let later = start() + Duration::seconds(10);
    assert!((0..50).all(|n| throttle.take_now(LIMIT, &key(format!("later {n}")), later).is_ok()));
}

#[test]
fn a_clock_that_was_ahead_for_a_moment_blocks_no_key() {
    let throttle = LocalThrottle::default();
    let ahead = start() + Duration::HOUR;
    while throttle.take_now(LIMIT, &key("a"), ahead).is_ok() {}
    let mut now = start();
    for _ in 0..20 {
        assert_eq!(throttle.take_now(LIMIT, &key("a"), now), Err(Duration::seconds(2)));
        now = now + Duration::seconds(2);
        assert_eq!(throttle.take_now(LIMIT, &key("a"), now), Ok(()));
    }
}

#[test]
fn keys_counted_by_a_clock_that_was_ahead_are_removed_in_time() {
    let throttle = LocalThrottle::holding(100);
    for n in 0..100 {
        throttle.take_now(LIMIT, &key(n), start() + Duration::HOUR).unwrap();
    }
    // The first call shortens their windows, and one window later they are removed.
    throttle.take_now(LIMIT, &key("late"), start()).unwrap();
    let later = start() + Duration::seconds(11);
    assert!((0..50).all(|n| throttle.take_now(LIMIT, &key(format!("later {n}")), later).is_ok()));
}

proptest! {
    /// However the clock jumps, a caller that waits for the returned time is admitted.
    #[test]
    fn the_returned_wait_is_enough_after_any_jump_of_the_clock(
        jumps in proptest::collection::vec((-100_000_i64..100_000, 0_usize..12), 1..40),
    ) {
        let throttle = LocalThrottle::default();
        let mut now = start();
        for (jump, takes) in jumps {
            now = now + Duration::seconds(jump);
            for _ in 0..takes {
                if let Err(wait) = throttle.take_now(LIMIT, &key("a"), now) {
                    prop_assert!(wait <= LIMIT.interval());
                    now = now + wait;
                    prop_assert_eq!(throttle.take_now(LIMIT, &key("a"), now), Ok(()));
                }
            }
        }
    }
}
