//! Tests of the checker itself: it must find each of these deliberate bugs of the program as a violation.

use std::time::Duration;

use crate::faults::{Fault, Schedule};
use crate::report::Report;
use crate::setup::Size;
use crate::writer::{Operations, WriterSettings};
use crate::{Plan, check, plan, sqlite};

/// Time within which the bug must be found, more than ten times that which it takes on a machine without
/// other work.
const LIMIT: Duration = Duration::from_mins(10);

const ALLOWED: &str = "allowed after an acknowledged reduction";
const DENIED: &str = "denied after an acknowledged grant";
const COMMITTED: &str = "committed on lost authority";
const EVENT: &str = "event after an acknowledged reduction";
const TWICE: &str = "one-time secret used twice";

const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// Asserts that one of the violations `expected` is found under these operations and faults.
async fn is_found(flaw: &'static str, operations: Operations, faults: &'static [Fault], expected: &[&str]) {
    if expected.contains(&EVENT) && !has_redis(flaw) {
        return;
    }
    let plan = Plan {
        size: Size { orgs: 4, memberships: 2 },
        // Faults are injected into a node that answers probes, not into the node of the writer.
        writer: WriterSettings { operations, nodes: &[0], pause: ms(50) },
        schedule: Schedule { faults, in_order: true, nodes: &[1], pause: ms(1000) },
        until_violation: true,
        flaw: Some(flaw),
        ..plan(LIMIT)
    };
    if let Some(report) = check(flaw, plan).await {
        assert_found(&report, flaw, expected);
    }
}

fn assert_found(report: &Report, flaw: &str, expected: &[&str]) {
    let found: Vec<_> = report.violations.iter().map(crate::history::Violation::name).collect();
    assert!(found.iter().any(|name| expected.contains(name)), "{flaw} is not found, but {found:?}");
}

macro_rules! flaws {
    ($($name:ident: $operations:ident, $faults:expr, $expected:expr;)+) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $name() {
            const FAULTS: &[Fault] = &$faults;
            is_found(stringify!($name), Operations::$operations, FAULTS, &$expected).await;
        }
    )+};
}

/// Returns whether Redis can be used. Without it, events do not reach the other nodes.
fn has_redis(flaw: &str) -> bool {
    let is_named = std::env::var("BAILIWICK_TEST_REDIS").is_ok_and(|url| !url.is_empty());
    let is_required = std::env::var("BAILIWICK_TEST_REQUIRE").is_ok();
    assert!(is_named || !is_required, "BAILIWICK_TEST_REDIS names no server");
    if !is_named {
        println!("left out: {flaw} (BAILIWICK_TEST_REDIS names no server)");
    }
    is_named
}

flaws! {
    permission_cache_2s: Suspensions, [], [ALLOWED, DENIED];
    role_in_token: All, [], [ALLOWED, DENIED, COMMITTED];
    load_kept_across_change: Suspensions, [Fault::Slow(ms(200), ms(8000))], [ALLOWED, DENIED];
    lease_from_reply: Suspensions, [Fault::ListenerLateThenSilent(ms(2000))], [ALLOWED, DENIED];
    renewal_on_other_connection: Suspensions, [Fault::ListenerSilent(ms(6000))], [ALLOWED, DENIED];
    no_flush_after_lost_listener: Suspensions, [Fault::Refused(ms(4500))], [ALLOWED, DENIED];
    writer_does_not_wait: Suspensions, [Fault::ListenerLate(ms(400), ms(8000))], [ALLOWED, DENIED];
    leases_read_before_commit: Suspensions, [Fault::RefusedThenLate(ms(6500), ms(100))], [ALLOWED, DENIED];
    push_without_lease: Suspensions, [Fault::Cut(ms(6000))], [EVENT];
    secret_selected_then_updated: Secrets, [], [TWICE];
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changes_taken_away() {
    let plan = sqlite::Plan { time: LIMIT, until_violation: true, flaw: Some("changes_taken_away") };
    assert_found(&sqlite::check(plan).await, "changes_taken_away", &[ALLOWED, DENIED]);
}
