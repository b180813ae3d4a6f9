//! What the tasks of a race returned.

use bailiwick_app::Error;

pub use crate::at_once::{at_once, both_at_once};

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
