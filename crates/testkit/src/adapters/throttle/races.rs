//! Calls at the same moment.

use std::sync::Arc;

use bailiwick_app::{Limit, Throttle, ThrottleKey};
use time::Duration;

use super::World;
use super::tools::{drain, key, start};
use crate::at_once::at_once;

const CALLERS: usize = 200;
const LIMIT: Limit = Limit::new("race", 20, Duration::HOUR);

/// Runs one call for each throttle, all at once, and returns how many were let in.
pub async fn let_in(throttles: impl Iterator<Item = Arc<dyn Throttle>>, key: &ThrottleKey) -> usize {
    let take = |throttle: Arc<dyn Throttle>| {
        let key = key.clone();
        async move { throttle.take(LIMIT, &key, start()).await }
    };
    let answers = at_once(throttles.map(take).collect()).await;
    for wait in answers.iter().filter_map(|answer| answer.err()) {
        assert!(wait.is_positive() && wait <= LIMIT.interval(), "a refusal says how long to wait: {wait}");
    }
    answers.iter().filter(|answer| answer.is_ok()).count()
}

pub async fn of_many_callers_at_once_as_many_are_let_in_as_are_left(world: World) {
    let throttle = world.throttle();
    for round in 0..world.rounds() {
        let key = key(format!("user:{round}"));
        let before = round % LIMIT.burst;
        for _ in 0..before {
            throttle.take(LIMIT, &key, start()).await.unwrap();
        }
        let admitted = let_in((0..CALLERS).map(|_| throttle.clone()), &key).await;
        assert_eq!(admitted, (LIMIT.burst - before) as usize, "{before} were taken before");
    }
}

pub async fn of_many_callers_with_keys_of_their_own_all_are_let_in(world: World) {
    let throttle = world.throttle();
    let take = |number| {
        let throttle = throttle.clone();
        async move { throttle.take(LIMIT.allowing(1), &key(format!("user:{number}")), start()).await }
    };
    let answers = at_once((0..CALLERS).map(take).collect()).await;
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
}

pub async fn no_count_is_lost_while_others_give_back(world: World) {
    let throttle = world.throttle();
    for round in 0..world.rounds() {
        let key = key(format!("user:{round}"));
        assert_eq!(drain(&*throttle, LIMIT, &key, start()).await, LIMIT.burst);
        let call = |number: usize| {
            let (throttle, key) = (throttle.clone(), key.clone());
            async move {
                if number.is_multiple_of(5) {
                    throttle.give_back(LIMIT, &key, start()).await;
                    return false;
                }
                throttle.take(LIMIT, &key, start()).await.is_ok()
            }
        };
        let answers = at_once((0..50).map(call).collect()).await;
        let meanwhile = answers.into_iter().filter(|admitted| *admitted).count();
        let rest = drain(&*throttle, LIMIT, &key, start()).await;
        assert_eq!(meanwhile + rest as usize, 10, "as many as were given back");
    }
}
