//! `give_back`.

use bailiwick_app::Limit;
use time::Duration;

use super::World;
use super::tools::{FIVE, drain, key, seconds, start};

pub async fn one_given_back_can_be_taken_again(world: World) {
    let (throttle, key) = (world.throttle(), key("user:a"));
    assert_eq!(drain(&*throttle, FIVE, &key, start()).await, 5);
    for count in [1, 3] {
        for _ in 0..count {
            throttle.give_back(FIVE, &key, start()).await;
        }
        assert_eq!(drain(&*throttle, FIVE, &key, start()).await, count);
    }
    throttle.give_back(FIVE, &key, seconds(1)).await;
    assert_eq!(drain(&*throttle, FIVE, &key, seconds(1)).await, 1);
    assert_eq!(throttle.take(FIVE, &key, seconds(1)).await, Err(Duration::SECOND), "and the rest as before");
}

pub async fn what_is_given_back_never_exceeds_the_burst(world: World) {
    let (throttle, key) = (world.throttle(), key("user:a"));
    throttle.take(FIVE, &key, start()).await.unwrap();
    for _ in 0..9 {
        throttle.give_back(FIVE, &key, start()).await;
    }
    assert_eq!(drain(&*throttle, FIVE, &key, start()).await, 5);
}

pub async fn giving_back_to_a_key_without_a_count_changes_nothing(world: World) {
    let (throttle, key) = (world.throttle(), key("user:a"));
    throttle.give_back(FIVE, &key, start()).await;
    assert_eq!(drain(&*throttle, FIVE, &key, start()).await, 5);
}

pub async fn giving_back_leaves_other_keys_and_limits_alone(world: World) {
    let throttle = world.throttle();
    let (one, other) = (key("user:a"), key("user:b"));
    let another = Limit { name: "another", ..FIVE };
    for (limit, key) in [(FIVE, &one), (FIVE, &other), (another, &one)] {
        assert_eq!(drain(&*throttle, limit, key, start()).await, 5);
    }
    throttle.give_back(FIVE, &one, start()).await;
    assert_eq!(drain(&*throttle, FIVE, &other, start()).await, 0, "another key");
    assert_eq!(drain(&*throttle, another, &one, start()).await, 0, "another limit");
}
