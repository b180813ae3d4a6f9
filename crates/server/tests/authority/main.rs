//! The checker of the promise that authority is never stale.
//!
//! Three real processes run on a PostgreSQL server of their own. In each organization one writer changes
//! authority at random. Meanwhile the authority of every member is probed on every node, by HTTP and by
//! sockets, and faults are injected. Every operation is recorded with its start and its end. The rules
//! ([`history`]) then look for answers that no order of the concurrent operations explains; there must be
//! none.
//!
//! The checker is in this package because Cargo gives the path of the program only to the tests of its
//! package. The plan of a history follows from its seed, which is printed. `BAILIWICK_CHECK_SEED` repeats a
//! plan, and `BAILIWICK_CHECK_SECONDS` sets the duration of the long history.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::large_futures,
    reason = "a test that cannot go on has failed"
)]

#[path = "../server/support.rs"]
mod support;

mod cluster;
mod faults;
#[cfg(feature = "flaws")]
mod flaws;
mod history;
mod postgres;
mod prober;
mod recorder;
mod report;
mod run;
mod secrets;
mod setup;
mod sockets;
mod sqlite;
mod world;
mod writer;

use std::time::Duration;

use faults::{ALL, QUICK, Schedule};
use postgres::Postgres;
use report::Report;
use run::{Plan, run};
use setup::Size;
use tokio::sync::Mutex;
use writer::{Operations, WriterSettings};

/// Time for which an answer may still show the authority before a change by SQL: the lease and a margin for
/// a busy machine.
pub const BOUND: Duration = Duration::from_millis(3250 + 1000);

const ALL_NODES: &[usize] = &[0, 1, 2];

fn plan(time: Duration) -> Plan {
    Plan {
        seed: number("BAILIWICK_CHECK_SEED").unwrap_or_else(|| std::process::id().into()),
        size: Size { orgs: 3, memberships: 3 },
        writer: WriterSettings {
            operations: Operations::All,
            nodes: ALL_NODES,
            pause: Duration::from_millis(10),
        },
        schedule: Schedule {
            faults: &QUICK,
            in_order: true,
            nodes: ALL_NODES,
            pause: Duration::from_secs(2),
        },
        time,
        until_violation: false,
        flaw: None,
    }
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.parse().unwrap())
}

/// Locked while a history runs, because concurrent histories would slow each other down.
static ONE_AT_A_TIME: Mutex<()> = Mutex::const_new(());

/// Runs a history and returns its report; `None` if PostgreSQL is not installed.
async fn check(test: &str, plan: Plan) -> Option<Report> {
    let _guard = ONE_AT_A_TIME.lock().await;
    let report = run(Postgres::start(test).await?, plan).await;
    println!("{report}");
    Some(report)
}

/// Runs a history and asserts that it has no violation and is long enough to prove something.
async fn assert_never_stale(test: &str, plan: Plan) {
    let Some(report) = check(test, plan).await else { return };
    assert!(report.violations.is_empty(), "the promise is broken (seed {})", report.seed);
    let counts = (report.history.changes.len(), report.history.probes.len(), report.socket_lifetimes.len());
    assert!(counts.0 > 50 && counts.1 > 500 && counts.2 > 5, "too little happened: {counts:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn authority_is_never_stale() {
    assert_never_stale("authority_is_never_stale", plan(Duration::from_secs(32))).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes ten minutes or BAILIWICK_CHECK_SECONDS: just check-authority"]
async fn authority_is_never_stale_for_long() {
    let time = Duration::from_secs(number("BAILIWICK_CHECK_SECONDS").unwrap_or(600));
    let usual = plan(time);
    let schedule = Schedule { faults: &ALL, in_order: false, ..usual.schedule };
    assert_never_stale("authority_is_never_stale_for_long", Plan { schedule, ..usual }).await;
}
