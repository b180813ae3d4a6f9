//! Concurrent login attempts.

use bailiwick_app::Error;
use bailiwick_kernel::{Lock, Timestamp};
use bailiwick_users::{Attempts, Lockout, Pair};

use super::attempts::pair;
use super::races::{at_once, both_at_once};
use super::world::World;

/// Number of failures before the lockout.
const FREE: usize = 5;

/// Counts an attempt and returns whether it was admitted.
async fn count(world: World, pair: Pair, now: Timestamp) -> Result<bool, Error> {
    transaction!(world, |tx| async {
        let mut attempts = tx.attempts().find(&pair, now, Lock::Update).await?;
        if attempts.count(&Lockout::default(), now).is_err() {
            return Ok(false);
        }
        tx.attempts().store(&pair, &attempts).await.map(|()| true)
    }
    .await)
}

async fn known(world: &World, pair: &Pair) -> Attempts {
    transaction!(world, |tx| tx.attempts().find(pair, world.now, Lock::Update).await).unwrap()
}

pub async fn of_many_attempts_at_once_as_many_are_let_in_as_one_by_one(world: World) {
    for _ in 0..world.rounds {
        let pair = pair(&world.email(), "192.0.2.1");
        let tasks = (0..16).map(|_| count(world.clone(), pair.clone(), world.now)).collect();
        let answers: Vec<bool> = at_once(tasks).await.into_iter().map(Result::unwrap).collect();
        assert_eq!(answers.iter().filter(|let_in| **let_in).count(), FREE);
        let counted = Attempts { in_progress: 5, ..Attempts::none(world.now) };
        assert_eq!(known(&world, &pair).await, counted);
    }
}

async fn clear(world: World, pair: Pair) -> Result<(), Error> {
    transaction!(world, |tx| tx.attempts().clear(&pair.account).await)
}

pub async fn attempts_counted_while_they_are_cleared_are_counted_or_cleared(world: World) {
    let pair = pair(&world.email(), "192.0.2.1");
    for _ in 0..world.rounds {
        for _ in 0..3 {
            assert_eq!(count(world.clone(), pair.clone(), world.now).await, Ok(true));
        }
        let (let_in, cleared) =
            both_at_once(count(world.clone(), pair.clone(), world.now), clear(world.clone(), pair.clone()))
                .await;
        assert_eq!((let_in, cleared), (Ok(true), Ok(())));
        let left = known(&world, &pair).await.in_progress;
        assert!(left <= 1, "{left} attempts remain after the clearing");
        clear(world.clone(), pair.clone()).await.unwrap();
    }
}

async fn delete_stale(world: World, moment: Timestamp) -> Result<(), Error> {
    transaction!(world, |tx| tx.attempts().delete_stale(moment, 8).await)
}

pub async fn attempts_counted_while_old_ones_are_forgotten_stay_counted(world: World) {
    for _ in 0..world.rounds {
        let pair = pair(&world.email(), "192.0.2.1");
        assert_eq!(count(world.clone(), pair.clone(), world.now).await, Ok(true));
        let moment = world.after(60);
        let (let_in, forgotten) =
            both_at_once(count(world.clone(), pair.clone(), moment), delete_stale(world.clone(), moment))
                .await;
        assert_eq!((let_in, forgotten), (Ok(true), Ok(())));
        let left = known(&world, &pair).await;
        assert!(left.started_at == moment && [1, 2].contains(&left.in_progress), "{left:?}");
    }
}
