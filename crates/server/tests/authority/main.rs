//! The checker of the promise that authority is never stale.
//!
//! Three real processes run on a PostgreSQL server of their own. In each organization one writer
//! changes authority at random, while every node is asked about everybody's authority by HTTP and by
//! sockets, and faults are injected. Every operation is recorded with its start and its end. The
//! rules ([`history`]) then look for answers that no order of the concurrent operations explains;
//! there must be none.
//!
//! The checker is in this package because only its tests are given the path of the program. The
//! plan of a history follows from its seed, which is printed. `BAILIWICK_CHECK_SEED` repeats a plan,
//! and `BAILIWICK_CHECK_SECONDS` sets the duration of the long history.
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

/// Time for which an answer may rely on lost authority if the writer does not wait: the lease and a
/// margin for a busy machine.
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

/// Locked by the running history, because concurrent ones would only slow each other down.
static ALONE: Mutex<()> = Mutex::const_new(());

/// Runs a history and returns its report; `None` if PostgreSQL is not installed.
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
