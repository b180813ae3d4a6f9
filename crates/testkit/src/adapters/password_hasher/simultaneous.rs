//! Many callers at once.

use std::pin::pin;
use std::task::{Context, Waker};

use bailiwick_users::{HashError, Verdict};

use super::World;
use super::tools::password;
use crate::at_once::at_once;

const CALLERS: usize = 24;

pub async fn of_many_passwords_at_once_each_gets_its_own_answer(world: World) {
    let call = |number: usize| {
        let world = world.clone();
        async move {
            let [own, other] = [number, number + 1].map(|number| password(&format!("horse {number}")));
            let hasher = world.hasher();
            let hash = hasher.hash(&own).await?;
            Ok([hasher.verify(&own, Some(&hash)).await?, hasher.verify(&other, Some(&hash)).await?])
        }
    };
    let answers = at_once((0..CALLERS).map(call).collect()).await;
    for answer in &answers {
        let is_promised =
            matches!(answer, Ok([Verdict::Match, Verdict::NoMatch]) | Err(HashError::Overloaded));
        assert!(is_promised, "{answer:?}");
    }
    assert!(answers.iter().any(Result::is_ok), "at least one is answered");
}

pub async fn a_caller_that_goes_away_disturbs_no_other(world: World) {
    let (hasher, password) = (world.hasher(), password("correct horse"));
    for _ in 0..CALLERS {
        let mut gone = pin!(hasher.hash(&password));
        let _ = gone.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    }
    let hash = world.hash(&password).await;
    assert_eq!(world.verdict(&password, Some(&hash)).await, Verdict::Match);
}
