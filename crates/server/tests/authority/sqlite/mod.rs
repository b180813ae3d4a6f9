//! The checker on SQLite: one process serves from a file to which other processes write.
//!
//! Authority is changed by HTTP, and by SQL on connections that the service does not know. Commands run all
//! the time, so that some commit between a change by SQL and the time at which the service looks for it.

mod changes;
mod commands;
mod file;
mod prober;

use std::sync::Arc;
use std::time::{Duration, Instant};

use bailiwick_testkit::app::Dice;
use tokio::task::JoinSet;

use crate::history::judge;
use crate::report::Report;
use crate::{ONE_AT_A_TIME, number};
use file::File;

/// Time for which the service may answer from the state before a change by SQL.
const BOUND: Duration = Duration::from_secs(1);

/// The plan of a history.
pub struct Plan {
    pub time: Duration,
    /// Whether the history ends with the first violation.
    pub until_violation: bool,
    /// The name of a deliberate bug in the service and the commands, if any.
    pub flaw: Option<&'static str>,
}

/// Runs a history and returns its report.
pub async fn check(plan: Plan) -> Report {
    let _guard = ONE_AT_A_TIME.lock().await;
    let seed = number("BAILIWICK_CHECK_SEED").unwrap_or_else(|| std::process::id().into());
    println!("seed {seed}");
    let file = Arc::new(File::start(plan.flaw).await);
    let mut tasks = JoinSet::new();
    let dice = |task: u64| Dice::seeded(seed.wrapping_mul(100) + task);
    for person in 0..file.people.len() {
        tasks.spawn(changes::change_memberships(file.clone(), person, dice(person.try_into().unwrap())));
    }
    tasks.spawn(changes::edit_roles(file.clone(), dice(50)));
    tasks.spawn(commands::run_beside(file.clone(), dice(51)));
    for number in 0..prober::AT_ONCE {
        tasks.spawn(prober::probe_repeatedly(file.clone(), dice(60 + number)));
    }
    let started = Instant::now();
    while started.elapsed() < plan.time {
        tokio::time::sleep(CHECK_INTERVAL.min(plan.time)).await;
        if plan.until_violation && !judge(&file.recorder.history_so_far()).is_empty() {
            break;
        }
    }
    file.recorder.finish();
    while let Some(ended) = tasks.join_next().await {
        ended.unwrap_or_else(|error| panic!("{error}: {}", file.log()));
    }
    assert!(!file.log().contains("panicked"), "{}", file.log());
    let history = file.recorder.history();
    let violations = judge(&history);
    let remarks = file.recorder.remarks();
    let report = Report {
        seed,
        history,
        fault_periods: Vec::new(),
        socket_lifetimes: Vec::new(),
        remarks,
        violations,
    };
    println!("{report}");
    report
}

/// Interval between two searches for the first violation.
const CHECK_INTERVAL: Duration = Duration::from_secs(1);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn authority_is_never_stale_on_sqlite() {
    let report = check(Plan { time: Duration::from_secs(15), until_violation: false, flaw: None }).await;
    assert!(report.violations.is_empty(), "the promise is broken (seed {})", report.seed);
    let changes = &report.history.changes;
    let by = |direct: bool| changes.iter().filter(|change| change.node.is_none() == direct).count();
    let commands = changes.iter().filter(|change| change.kind == commands::KIND).count();
    let counts = (by(true) - commands, by(false), report.history.probes.len(), commands);
    assert!(
        counts.0 > 20 && counts.1 > 5 && counts.2 > 150 && counts.3 > 3,
        "too little happened: {counts:?}"
    );
}
