//! Each conformance suite accepts a sound adapter, and refuses each broken one by the case of the promise
//! that it breaks.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a failed test panics

mod access_tokens;
mod event_bus;
mod mailer;
mod password_hasher;
mod store;
mod throttle;

use std::collections::BTreeSet;

use bailiwick_testkit::Outcome;

/// Returns the failed cases, each with the message of its panic.
fn failures(outcomes: Vec<Outcome>) -> Vec<(&'static str, String)> {
    outcomes.into_iter().filter_map(|(name, outcome)| Some((name, outcome.err()?))).collect()
}

/// Asserts that at least these cases fail with the flaw.
fn assert_refused(flaw: impl std::fmt::Debug, outcomes: Vec<Outcome>, expected: &[&str]) {
    let failures = failures(outcomes);
    for name in expected {
        assert!(failures.iter().any(|(failed, _)| failed == name), "{name} accepts {flaw:?}: {failures:#?}");
    }
}

/// Asserts that each flaw is refused by the case beside it, and that each case refuses one of the flaws, so
/// that no case accepts everything.
fn assert_each_is_refused<F: Copy + std::fmt::Debug>(
    flaws: &[(F, &str)],
    outcomes: impl Fn(Option<F>) -> Vec<Outcome>,
) {
    let mut refused = BTreeSet::new();
    for (flaw, case) in flaws {
        let failures = failures(outcomes(Some(*flaw)));
        assert!(failures.iter().any(|(name, _)| name == case), "{case} accepts {flaw:?}: {failures:#?}");
        refused.extend(failures.into_iter().map(|(name, _)| name));
    }
    let cases = outcomes(None).into_iter().map(|(name, _)| name);
    let refuses_nothing: Vec<_> = cases.filter(|name| !refused.contains(name)).collect();
    assert!(refuses_nothing.is_empty(), "cases that refuse no flaw: {refuses_nothing:#?}");
}
