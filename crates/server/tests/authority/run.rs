//! One history, from its start to its report.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::cluster::Cluster;
use crate::faults::{Schedule, inject};
use crate::history::judge;
use crate::postgres::Postgres;
use crate::prober;
use crate::recorder::Recorder;
use crate::report::Report;
use crate::setup::{Size, set_up};
use crate::sockets;
use crate::world::World;
use crate::writer::{Writer, WriterSettings};

/// The plan of a history.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    pub seed: u64,
    pub size: Size,
    pub writer: WriterSettings,
    pub schedule: Schedule,
    /// Duration of the history.
    pub time: Duration,
    /// Whether the history ends with the first violation.
    pub until_violation: bool,
    /// The name of a deliberate bug, if the program has one.
    pub flaw: Option<&'static str>,
}

/// Interval between two searches for the first violation.
const CHECK_INTERVAL: Duration = Duration::from_secs(1);

/// Starts the cluster, runs the history, and judges it.
pub async fn run(postgres: Postgres, plan: Plan) -> Report {
    println!("seed {}", plan.seed);
    let cluster = tokio::task::block_in_place(|| Cluster::start(postgres, plan.flaw));
    let world = set_up(cluster, plan.size).await;
    let mut writers = Vec::new();
    for org in 0..world.orgs.len() {
        writers.push(Writer::new(&world, org, seed(plan, 1, org), plan.writer));
    }
    for writer in &mut writers {
        writer.prepare().await;
    }
    let mut tasks = JoinSet::new();
    for writer in writers {
        tasks.spawn(writer.write());
    }
    for node in 0..world.cluster.nodes.len() {
        tasks.spawn(prober::probe(world.clone(), node, seed(plan, 2, node)));
    }
    for org in 0..world.orgs.len() {
        tasks.spawn(sockets::publish(world.clone(), org, seed(plan, 3, org)));
    }
    for (number, membership) in world.memberships().into_iter().enumerate() {
        tasks.spawn(sockets::listen(world.clone(), membership, seed(plan, 4, number)));
    }
    tasks.spawn(inject(world.clone(), plan.schedule, seed(plan, 5, 0)));
    let started = Instant::now();
    while started.elapsed() < plan.time {
        sleep(CHECK_INTERVAL.min(plan.time)).await;
        if plan.until_violation && !judge(&world.recorder.history_so_far()).is_empty() {
            break;
        }
    }
    world.recorder.finish();
    while let Some(ended) = tasks.join_next().await {
        ended.unwrap_or_else(|error| panic!("{error}: {}", world.cluster.logs()));
    }
    world.wait_for_probes().await;
    assert_no_node_panicked(&world);
    report(&world.recorder, plan.seed)
}

/// Returns the seed of the task `number` of a kind of tasks.
fn seed(plan: Plan, kind: u64, number: usize) -> u64 {
    plan.seed.wrapping_mul(1000) + kind * 100 + u64::try_from(number).unwrap()
}

fn assert_no_node_panicked(world: &Arc<World>) {
    let logs = world.cluster.logs();
    assert!(!logs.contains("panicked"), "{logs}");
}

fn report(recorder: &Recorder, seed: u64) -> Report {
    let (mut history, fault_periods, socket_lifetimes) =
        (recorder.history(), recorder.fault_periods(), recorder.socket_lifetimes());
    history.probes.extend(sockets::socket_probes(&socket_lifetimes, &fault_periods));
    let violations = judge(&history);
    Report { seed, history, fault_periods, socket_lifetimes, remarks: recorder.remarks(), violations }
}
