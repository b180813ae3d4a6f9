//! Tasks of a race: how long they may take, and what they returned.

use std::time::Duration;

use bailiwick_app::Error;
use bailiwick_kernel::Lock;

use super::world::World;
pub use crate::at_once::{at_once, both_at_once};

/// Waits until a task that is not blocked has done its work: for some time, and for as many reads as show how
/// quick the store is at this moment.
pub async fn a_while(world: &World) {
    tokio::time::sleep(Duration::from_millis(60)).await;
    for _ in 0..10 {
        read!(world, |tx| tx.users().find(world.new_user().id, Lock::None).await);
    }
}

/// Asserts that one task succeeded and the others failed with `reason`.
#[track_caller]
pub fn assert_one_won<T>(answers: &[Result<T, Error>], reason: impl Into<Error>) {
    let winners = answers.iter().filter(|answer| answer.is_ok()).count();
    assert_eq!(winners, 1, "exactly one task must succeed");
    let reason = reason.into();
    for refusal in answers.iter().filter_map(|answer| answer.as_ref().err()) {
        assert_eq!(*refusal, reason);
    }
}

/// Asserts that one task returned `true` and none failed.
#[track_caller]
pub fn assert_one_true(answers: Vec<Result<bool, Error>>) {
    let told: Vec<_> = answers.into_iter().map(|answer| answer.expect("no task is refused")).collect();
    assert_eq!(told.iter().filter(|yes| **yes).count(), 1, "exactly one task must return true");
}
