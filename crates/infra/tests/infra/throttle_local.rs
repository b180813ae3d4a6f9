//! Rate limits counted in the process: how many keys are kept. What every throttle promises is tested by its
//! conformance suite.

use bailiwick_app::{Limit, ThrottleKey};
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
