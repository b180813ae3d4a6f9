//! What passing time replenishes. The time is that of the call, never a clock of the adapter.

use bailiwick_app::Limit;
use time::Duration;

use super::World;
use super::tools::{FIVE, drain, key, seconds, start};

pub async fn one_is_replenished_in_each_interval(world: World) {
    let (throttle, key) = (world.throttle(), key("user:a"));
    assert_eq!(drain(&*throttle, FIVE, &key, start()).await, 5);
    let interval = FIVE.interval();
    for round in 1..=5 {
        let due = start() + interval * round;
        let moment = Duration::MICROSECOND;
        assert_eq!(throttle.take(FIVE, &key, due + -moment).await, Err(moment), "not a moment earlier");
        assert_eq!(throttle.take(FIVE, &key, due).await, Ok(()), "and not a moment later");
        assert_eq!(throttle.take(FIVE, &key, due).await, Err(interval), "one, and no more");
    }
    let later = start() + interval * 8;
    assert_eq!(drain(&*throttle, FIVE, &key, later).await, 3, "three intervals later");
}

pub async fn the_whole_burst_is_replenished_in_the_period(world: World) {
    let (throttle, key) = (world.throttle(), key("user:a"));
    for now in [start(), seconds(10), seconds(20), seconds(1_000_000)] {
        assert_eq!(drain(&*throttle, FIVE, &key, now).await, 5, "{now}");
    }
}

pub async fn the_longest_and_the_shortest_intervals_are_kept(world: World) {
    let throttle = world.throttle();
    let yearly = Limit::new("yearly", 2, Duration::days(730));
    assert_eq!(drain(&*throttle, yearly, &key("user:a"), start()).await, 2);
    let wait = throttle.take(yearly, &key("user:a"), start() + Duration::days(100)).await;
    assert_eq!(wait, Err(Duration::days(265)));
    let next = start() + Duration::days(365);
    assert_eq!(drain(&*throttle, yearly, &key("user:a"), next).await, 1);

    let dense = Limit::new("dense", 3, Duration::microseconds(3));
    assert_eq!(drain(&*throttle, dense, &key("user:a"), start()).await, 3);
    assert_eq!(throttle.take(dense, &key("user:a"), start()).await, Err(Duration::MICROSECOND));
    let next = start() + Duration::MICROSECOND;
    assert_eq!(drain(&*throttle, dense, &key("user:a"), next).await, 1);
}

pub async fn a_clock_that_was_ahead_blocks_a_key_for_one_interval_at_most(world: World) {
    let (throttle, key) = (world.throttle(), key("user:a"));
    assert_eq!(drain(&*throttle, FIVE, &key, start() + Duration::HOUR).await, 5);
    for round in 0..20 {
        let now = seconds(2 * round);
        assert_eq!(throttle.take(FIVE, &key, now).await, Err(Duration::seconds(2)), "{now}");
        assert_eq!(throttle.take(FIVE, &key, now + FIVE.interval()).await, Ok(()), "after the wait, {now}");
    }
}
