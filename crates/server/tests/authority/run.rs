//! One history, from its start to its report.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::cluster::Cluster;
use crate::faults::{Schedule, happen};
use crate::founding::{Size, found};
use crate::history::judge;
use crate::postgres::Postgres;
use crate::prober;
use crate::recorder::Recorder;
use crate::report::Report;
use crate::sockets;
use crate::world::World;
use crate::writer::{Manner, Writer};

/// The plan of a history.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    pub seed: u64,
    pub size: Size,
    pub manner: Manner,
    pub schedule: Schedule,
    /// Duration of the history.
    pub time: Duration,
    /// Whether the history ends with the first violation.
    pub until_violation: bool,
    /// The name of a deliberate bug, if the program has one.
    pub flaw: Option<&'static str>,
}

/// Interval between two searches for the first violation.
const LOOK: Duration = Duration::from_secs(1);

/// Starts the cluster, runs the history, and judges it.
pub async fn run(postgres: Postgres, plan: Plan) -> Report {
    println!("seed {}", plan.seed);
    let cluster = tokio::task::block_in_place(|| Cluster::start(postgres, plan.flaw));
    let world = found(cluster, plan.size).await;
    let mut writers = Vec::new();
    for org in 0..world.orgs.len() {
        writers.push(Writer::new(&world, org, seed(plan, 1, org), plan.manner));
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
    for (number, seat) in world.seats().into_iter().enumerate() {
        tasks.spawn(sockets::listen(world.clone(), seat, seed(plan, 4, number)));
    }
    tasks.spawn(happen(world.clone(), plan.schedule, seed(plan, 5, 0)));
    let started = Instant::now();
    while started.elapsed() < plan.time {
        sleep(LOOK.min(plan.time)).await;
        if plan.until_violation && !judge(&world.recorder.history_so_far()).is_empty() {
            break;
        }
    }
    world.recorder.finish();
    while let Some(ended) = tasks.join_next().await {
        ended.unwrap_or_else(|error| panic!("{error}: {}", world.cluster.logs()));
    }
    world.wait_for_quiet().await;
    panicked(&world);
    report(&world.recorder, plan.seed)
}

fn seed(plan: Plan, what: u64, number: usize) -> u64 {
    plan.seed.wrapping_mul(1000) + what * 100 + u64::try_from(number).unwrap()
}

fn panicked(world: &Arc<World>) {
    let logs = world.cluster.logs();
    assert!(!logs.contains("panicked"), "{logs}");
}

fn report(recorder: &Recorder, seed: u64) -> Report {
    let (mut history, troubles, closings) = (recorder.history(), recorder.troubles(), recorder.closings());
    history.probes.extend(sockets::questions(&closings, &troubles));
    let violations = judge(&history);
    Report { seed, history, troubles, closings, odds: recorder.odds(), violations }
}
