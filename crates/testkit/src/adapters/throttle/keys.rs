//! What is counted apart.

use bailiwick_app::Limit;

use super::World;
use super::tools::{FIVE, drain, key, start};

pub async fn similar_keys_are_counted_apart(world: World) {
    let throttle = world.throttle();
    let long = format!("own_limit:own:{}", "x".repeat(64));
    for text in [
        "own:a",
        "own:A",
        "own:ab",
        "own:a:b",
        "own:a.b",
        "own:a-b",
        "own:a_b",
        "own_limit:own:a",
        "client:2001:db8::/64",
        "client:2001:db8:0:1::/64",
        "client:192.0.2.1",
        "user:0198c5a0-7d3e-7000-8000-0000000000a1",
        "user:0198c5a0-7d3e-7000-8000-0000000000a2",
        &long,
        &format!("{}y", &long[..long.len() - 1]),
    ] {
        assert_eq!(drain(&*throttle, FIVE, &key(text), start()).await, 5, "{text}");
        assert!(throttle.take(FIVE, &key(text), start()).await.is_err(), "{text}");
    }
}

pub async fn limits_are_counted_apart(world: World) {
    let (throttle, key) = (world.throttle(), key("user:a"));
    for name in ["invite", "invite_of_account", "invite_of_address", "invites"] {
        let limit = Limit { name, ..FIVE };
        assert_eq!(drain(&*throttle, limit, &key, start()).await, 5, "{name}");
        assert!(throttle.take(limit, &key, start()).await.is_err(), "{name}");
    }
}

pub async fn a_thousand_keys_are_counted_apart(world: World) {
    let throttle = world.throttle();
    let limit = FIVE.allowing(1);
    for number in 0..1_000 {
        let key = key(format!("own:{number}"));
        assert_eq!(throttle.take(limit, &key, start()).await, Ok(()), "{number}");
    }
    for number in 0..1_000 {
        let key = key(format!("own:{number}"));
        assert!(throttle.take(limit, &key, start()).await.is_err(), "{number} is still counted");
    }
}
