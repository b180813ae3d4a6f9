//! `take`: the burst, the refusal, and the rule behind both.

use std::collections::HashMap;

use bailiwick_app::Limit;
use bailiwick_kernel::IdSource;
use time::Duration;

use super::World;
use super::tools::{FIVE, drain, key, seconds, start};
use crate::SeededIds;

pub async fn a_whole_burst_is_let_in_and_the_next_call_is_told_to_wait(world: World) {
    let throttle = world.throttle();
    for burst in [1, 2, 5, 120] {
        let limit = Limit { burst, ..FIVE };
        let key = key(format!("user:{burst}"));
        assert_eq!(drain(&*throttle, limit, &key, start()).await, burst, "the burst is let in");
        let wait = throttle.take(limit, &key, start()).await.expect_err("the burst is used up");
        assert_eq!(wait, limit.interval(), "the time until one is available");
    }
}

pub async fn a_refusal_changes_nothing(world: World) {
    let (throttle, key) = (world.throttle(), key("user:a"));
    assert_eq!(drain(&*throttle, FIVE, &key, start()).await, 5);
    for _ in 0..20 {
        assert_eq!(throttle.take(FIVE, &key, start()).await, Err(Duration::seconds(2)));
    }
    assert_eq!(throttle.take(FIVE, &key, seconds(1)).await, Err(Duration::SECOND), "no refusal prolongs it");
    assert_eq!(throttle.take(FIVE, &key, seconds(2)).await, Ok(()));
}

pub async fn the_burst_of_the_call_decides(world: World) {
    let (throttle, key) = (world.throttle(), key("user:a"));
    assert_eq!(drain(&*throttle, FIVE.allowing(2), &key, start()).await, 2);
    let wait = throttle.take(FIVE.allowing(1), &key, start()).await;
    assert_eq!(wait, Err(Duration::seconds(10)), "a smaller burst, after a setting was changed");
}

/// Two hundred random steps: takes, returns, and leaps of the clock by up to a day in both directions.
/// [`Limit`] says what each call returns.
pub async fn every_call_is_decided_by_the_rule_of_the_limit(world: World) {
    let throttle = world.throttle();
    for burst in [1, 2, 3, 7, 120] {
        let limit = Limit::new("rule", burst, Duration::seconds(61));
        let dice = Dice(SeededIds::new(burst.into()));
        let (mut now, mut full_at) = (start(), HashMap::new());
        for step in 0..200 {
            let number = dice.below(3);
            let key = key(format!("user:{burst}:{number}"));
            match dice.below(10) {
                0 => {
                    throttle.give_back(limit, &key, now).await;
                    let rest = limit.give_back(full_at.remove(&number), now);
                    full_at.extend(rest.map(|rest| (number, rest)));
                }
                1 | 2 => now = now + Duration::microseconds(dice.below(80_000_000) - 20_000_000),
                3 => now = now + Duration::seconds(dice.below(172_800) - 86_400),
                _ => {
                    let answer = throttle.take(limit, &key, now).await;
                    let ruled = limit.take(full_at.get(&number).copied(), now);
                    assert_eq!(
                        answer,
                        ruled.map(|_| ()).map_err(|refusal| refusal.wait),
                        "step {step} of a burst of {burst}, at {now}"
                    );
                    full_at.insert(number, ruled.unwrap_or_else(|refusal| refusal.full_at));
                }
            }
        }
    }
}

struct Dice(SeededIds);

impl Dice {
    fn below(&self, limit: i64) -> i64 {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        i64::from_le_bytes(bytes).rem_euclid(limit)
    }
}
