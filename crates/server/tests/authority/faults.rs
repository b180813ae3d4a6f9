//! The faults that are injected into a cluster.

use std::sync::Arc;
use std::time::Duration;

use bailiwick_testkit::app::Dice;
use tokio::time::sleep;

use crate::postgres::{Stop, connect};
use crate::recorder::FaultPeriod;
use crate::world::World;

/// A fault. Each ends by itself after a while.
#[derive(Clone, Copy, Debug)]
pub enum Fault {
    /// PostgreSQL terminates the connections on which nodes listen.
    ListenerTerminated,
    /// The connection on which a node listens delivers nothing; other connections work.
    ListenerSilent(Duration),
    /// A node is stopped by `SIGSTOP`.
    Stopped(Duration),
    /// A node is killed and started again.
    Killed,
    /// PostgreSQL is restarted.
    Database(Stop),
    /// No bytes pass between a node and PostgreSQL, while all connections stay open.
    Cut(Duration),
    /// A node's connections to PostgreSQL are closed, and new ones are refused.
    Refused(Duration),
    /// A node's connections to PostgreSQL are closed.
    Severed,
    /// All bytes between a node and PostgreSQL are delayed in both directions. The first duration is the
    /// longest delay, the second is that of the fault.
    Slow(Duration, Duration),
    /// The connection on which a node listens is delayed; other connections work. The first duration is the
    /// delay, the second is that of the fault.
    ListenerLate(Duration, Duration),
    /// The connection on which a node listens is delayed by this duration, and then delivers nothing.
    ListenerLateThenSilent(Duration),
    /// A node has no connections for the first duration, until its lease has expired and is deleted. After it
    /// reconnects, the bytes from PostgreSQL are delayed by the second duration.
    RefusedThenLate(Duration, Duration),
}

const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// The faults of a short run.
pub const QUICK: [Fault; 7] = [
    Fault::ListenerTerminated,
    Fault::Stopped(ms(1000)),
    Fault::Slow(ms(300), ms(2500)),
    Fault::Killed,
    Fault::Cut(ms(3500)),
    Fault::Database(Stop::Fast),
    Fault::Severed,
];

/// Every fault.
pub const ALL: [Fault; 19] = [
    Fault::ListenerTerminated,
    Fault::ListenerSilent(ms(5000)),
    Fault::Stopped(ms(300)),
    Fault::Stopped(ms(1000)),
    Fault::Stopped(ms(2500)),
    Fault::Stopped(ms(6000)),
    Fault::Killed,
    Fault::Database(Stop::Fast),
    Fault::Database(Stop::Immediate),
    Fault::Cut(ms(1000)),
    Fault::Cut(ms(5000)),
    Fault::Refused(ms(5000)),
    Fault::Severed,
    Fault::Slow(ms(200), ms(4000)),
    Fault::Slow(ms(800), ms(6000)),
    Fault::Slow(ms(2000), ms(8000)),
    Fault::ListenerLate(ms(400), ms(4000)),
    Fault::ListenerLateThenSilent(ms(2000)),
    Fault::RefusedThenLate(ms(4500), ms(100)),
];

/// Which faults are injected, where and how often.
#[derive(Clone, Copy, Debug)]
pub struct Schedule {
    pub faults: &'static [Fault],
    /// Whether the faults are injected in their order; otherwise at random.
    pub in_order: bool,
    /// The nodes into which faults are injected.
    pub nodes: &'static [usize],
    /// Pause without a fault between two faults.
    pub pause: Duration,
}

/// Injects faults until the history is over.
pub async fn inject(world: Arc<World>, schedule: Schedule, seed: u64) {
    let mut dice = Dice::seeded(seed);
    for number in 0.. {
        sleep(schedule.pause).await;
        if schedule.faults.is_empty() || world.recorder.is_over() {
            return;
        }
        let fault = if schedule.in_order {
            schedule.faults[number % schedule.faults.len()]
        } else {
            *dice.pick(schedule.faults)
        };
        let node = *dice.pick(schedule.nodes);
        let start = world.recorder.now();
        inject_one(&world, node, fault).await;
        let end = world.recorder.now();
        let stopped = matches!(fault, Fault::Stopped(_)).then_some(node);
        world.recorder.record_fault(FaultPeriod {
            fault: format!("{fault:?} at node {node}"),
            stopped,
            start,
            end,
        });
    }
}

async fn inject_one(world: &World, number: usize, fault: Fault) {
    let node = &world.cluster.nodes[number];
    match fault {
        Fault::ListenerTerminated => terminate_listeners(&world.cluster.url).await,
        Fault::ListenerSilent(time) => {
            limit_to_listener(world, number).await;
            node.proxy.cut();
            sleep(time).await;
            node.proxy.heal();
        }
        Fault::Stopped(time) => {
            node.signal("STOP");
            sleep(time).await;
            node.signal("CONT");
        }
        Fault::Killed => {
            node.kill();
            // Starting the process blocks this thread; other tasks continue.
            tokio::task::block_in_place(|| node.run());
        }
        Fault::Database(stop) => world.cluster.postgres.lock().await.restart(stop).await,
        Fault::Cut(time) => {
            node.proxy.cut();
            sleep(time).await;
            node.proxy.heal();
        }
        Fault::Refused(time) => {
            node.proxy.refuse();
            sleep(time).await;
            node.proxy.heal();
        }
        Fault::Severed => node.proxy.sever(),
        Fault::Slow(late, time) => {
            node.proxy.delay_each_way((Duration::ZERO, late), (Duration::ZERO, late));
            sleep(time).await;
            node.proxy.heal();
        }
        Fault::ListenerLate(late, time) => {
            limit_to_listener(world, number).await;
            node.proxy.delay(late);
            sleep(time).await;
            node.proxy.heal();
        }
        Fault::ListenerLateThenSilent(late) => {
            limit_to_listener(world, number).await;
            node.proxy.delay_each_way(NO_DELAY, (late, late));
            sleep(late * 2 + late / 2).await;
            node.proxy.cut();
            sleep(late * 2).await;
            node.proxy.heal();
        }
        Fault::RefusedThenLate(time, late) => {
            node.proxy.refuse();
            sleep(time).await;
            node.proxy.heal();
            node.proxy.delay_each_way(NO_DELAY, (late, late));
            sleep(RECONNECTION).await;
            node.proxy.heal();
        }
    }
}

const NO_DELAY: (Duration, Duration) = (Duration::ZERO, Duration::ZERO);
/// Time in which a node reconnects its listener.
const RECONNECTION: Duration = ms(3000);

/// Waits for the connection on which the node listens, and limits the next fault to it.
async fn limit_to_listener(world: &World, number: usize) {
    let proxy = &world.cluster.nodes[number].proxy;
    for _ in 0..50 {
        let (listening, open) = (listening_ports(&world.cluster.url).await, proxy.ports());
        let ports: Vec<_> = listening.into_iter().filter(|port| open.contains(port)).collect();
        if !ports.is_empty() {
            return proxy.only(&ports);
        }
        sleep(ms(100)).await;
    }
    world.recorder.record_remark(format!("node {number} has no connection that listens"));
    proxy.only(&[]);
}

/// The process ids of the connections that hold leases.
const LISTENERS: &str = "SELECT l.pid FROM authority_leases l JOIN pg_stat_activity a ON a.pid = l.pid";

async fn terminate_listeners(url: &str) {
    let Ok(client) = connect(url).await else { return };
    let terminate = format!("SELECT pg_terminate_backend(pid) FROM ({LISTENERS}) AS listeners");
    // This fails until the first node has created the table of leases.
    let _ = client.query(&terminate, &[]).await;
}

/// The client ports of the connections that listen, as the server sees them.
async fn listening_ports(url: &str) -> Vec<u16> {
    let Ok(client) = connect(url).await else { return Vec::new() };
    let ports = format!("SELECT client_port FROM pg_stat_activity WHERE pid IN ({LISTENERS})");
    let rows = client.query(&ports, &[]).await.unwrap_or_default();
    rows.iter().filter_map(|row| u16::try_from(row.get::<_, i32>(0)).ok()).collect()
}
