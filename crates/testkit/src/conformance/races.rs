//! Tasks that start at the same moment.

use std::sync::Arc;
use std::time::Duration;

use bailiwick_app::Error;
use bailiwick_kernel::Lock;
use tokio::sync::Barrier;

use super::world::World;

/// Waits until a task that is not blocked has done its work: for some time, and for as many reads as show how
/// quick the store is at this moment.
pub async fn a_while(world: &World) {
    tokio::time::sleep(Duration::from_millis(60)).await;
    for _ in 0..10 {
        read!(world, |tx| tx.users().find(world.new_user().id, Lock::None).await);
    }
}

/// Runs the tasks, all started at the same moment, and returns their results in the order of the
/// tasks.
pub async fn at_once<F>(tasks: Vec<F>) -> Vec<F::Output>
where
    F: Future<Output: Send> + Send + 'static,
{
    let barrier = Arc::new(Barrier::new(tasks.len()));
    let started: Vec<_> =
        tasks.into_iter().map(|task| tokio::spawn(wait_then(barrier.clone(), task))).collect();
    let mut answers = Vec::new();
    for task in started {
        answers.push(task.await.expect("a racing task does not panic"));
    }
    answers
}

/// Does the same for two tasks of different types.
pub async fn both_at_once<A, B>(one: A, other: B) -> (A::Output, B::Output)
where
    A: Future<Output: Send> + Send + 'static,
    B: Future<Output: Send> + Send + 'static,
{
    let barrier = Arc::new(Barrier::new(2));
    let one = tokio::spawn(wait_then(barrier.clone(), one));
    let other = tokio::spawn(wait_then(barrier, other));
    (one.await.expect("a racing task does not panic"), other.await.expect("a racing task does not panic"))
}

async fn wait_then<F: Future>(barrier: Arc<Barrier>, task: F) -> F::Output {
    barrier.wait().await;
    task.await
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
