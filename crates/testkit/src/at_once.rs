//! Tasks that start at the same moment.
#![allow(clippy::expect_used, reason = "a test that cannot go on has failed")]

use std::sync::Arc;

use tokio::sync::Barrier;

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
