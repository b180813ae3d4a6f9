//! The checker of the promise that authority is never stale.
//!
//! Three real processes on a real PostgreSQL of their own. In each organization one
//! writer changes authority at random; meanwhile everybody's authority is asked about on
//! every node, by HTTP and by socket, and things go wrong. Every operation is written
//! down with its beginning and its end. The rules ([`history`]) then say which answers
//! cannot be explained by any order of what happened at once: there must be none.
//!
//! It stands here, and not with the other tests of the whole, because only the tests of
//! this package are given the program. A history's plan follows from its seed, which is
//! printed; `BAILIWICK_CHECK_SEED` repeats it, `BAILIWICK_CHECK_SECONDS` sets how long
//! the long one goes on.
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
mod founding;
mod history;
mod postgres;
mod prober;
mod recorder;
mod report;
mod run;
mod secrets;
mod sockets;
mod sqlite;
mod world;
mod writer;

use std::time::Duration;

use faults::{ALL, QUICK, Schedule};
use founding::Size;
use postgres::Postgres;
use report::Report;
use run::{Plan, run};
use tokio::sync::Mutex;
use writer::{Deeds, Manner};

/// How long anything may rely on authority that is gone, if nobody waits: the lease, with
/// room for a busy machine.
pub const BOUND: Duration = Duration::from_millis(3250 + 1000);

const EVERY: &[usize] = &[0, 1, 2];

fn plan(time: Duration) -> Plan {
    Plan {
        seed: number("BAILIWICK_CHECK_SEED").unwrap_or_else(|| std::process::id().into()),
        size: Size { orgs: 3, seats: 3 },
        manner: Manner { deeds: Deeds::All, nodes: EVERY, rest: Duration::from_millis(10) },
        schedule: Schedule { faults: &QUICK, in_order: true, nodes: EVERY, pause: Duration::from_secs(2) },
        time,
        until_violation: false,
        flaw: None,
    }
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.parse().unwrap())
}

/// One at a time: several would only wait for each other.
static ALONE: Mutex<()> = Mutex::const_new(());

/// The report of a history; nothing, where there can be none.
async fn check(test: &str, plan: Plan) -> Option<Report> {
    let _alone = ALONE.lock().await;
    let report = run(Postgres::start(test).await?, plan).await;
    println!("{report}");
    Some(report)
}

async fn holds(test: &str, plan: Plan) {
    let Some(report) = check(test, plan).await else { return };
    assert!(report.violations.is_empty(), "the promise is broken (seed {})", report.seed);
    let counts = (report.history.changes.len(), report.history.probes.len(), report.closings.len());
    assert!(counts.0 > 50 && counts.1 > 500 && counts.2 > 5, "too little happened: {counts:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn authority_is_never_stale() {
    holds("authority_is_never_stale", plan(Duration::from_secs(32))).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "as long as one wants: just check-authority"]
async fn authority_is_never_stale_for_long() {
    let time = Duration::from_secs(number("BAILIWICK_CHECK_SECONDS").unwrap_or(600));
    let usual = plan(time);
    let schedule = Schedule { faults: &ALL, in_order: false, ..usual.schedule };
    holds("authority_is_never_stale_for_long", Plan { schedule, ..usual }).await;
}
