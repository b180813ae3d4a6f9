//! Counters in the process.

use std::sync::{Arc, Barrier};

use bailiwick_app::{Limit, Throttle, ThrottleKey};
use bailiwick_infra::LocalThrottle;
use bailiwick_kernel::Timestamp;
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
    throttle.give_back(LIMIT, &a, start()).await;
    throttle.take(LIMIT, &a, start()).await.unwrap();
    throttle.take(LIMIT, &a, start() + Duration::seconds(2)).await.unwrap();
    assert_eq!(throttle.take(LIMIT, &a, start() + Duration::seconds(3)).await, Err(Duration::SECOND));
}

#[test]
fn of_many_at_once_as_many_are_let_in_as_there_are_left() {
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
        let let_in = threads.into_iter().map(|thread| thread.join().unwrap());
        assert_eq!(let_in.filter(|yes| *yes).count(), 5);
    }
}

#[test]
fn keys_that_have_everything_left_make_room() {
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
fn what_comes_too_late_counts_together_and_harms_nobody_else() {
    let throttle = LocalThrottle::holding(100);
    for n in 0..100 {
        throttle.take_now(LIMIT, &key(n), start()).unwrap();
    }
    let late = (0..50).filter(|n| throttle.take_now(LIMIT, &key(format!("late {n}")), start()).is_ok());
    assert_eq!(late.count(), 5, "strict, and not open");
    assert_eq!(throttle.keys(), 101);
    for n in 0..100 {
        assert!(throttle.take_now(LIMIT, &key(n), start()).is_ok(), "who came in time has the rest");
    }
    let later = start() + Duration::seconds(10);
    assert!((0..50).all(|n| throttle.take_now(LIMIT, &key(format!("later {n}")), later).is_ok()));
}
