//! Open sockets of the members, and events that are published to them.

use std::sync::Arc;
use std::time::Duration;

use bailiwick_testkit::app::Dice;
use futures_util::StreamExt;
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;

use crate::BOUND;
use crate::history::{Elapsed, Probe, ProbeKind, Requirement, Verdict};
use crate::recorder::{FaultPeriod, SocketLifetime};
use crate::world::{Credential, Membership, World, post};

/// Interval between two events in each organization.
const EVENT_INTERVAL: Duration = Duration::from_millis(50);
/// Interval between two checks whether the history is over.
const POLL_INTERVAL: Duration = Duration::from_millis(500);

/// Publishes events, each with its time of publication, until the history is over.
pub async fn publish(world: Arc<World>, org: usize, seed: u64) {
    let mut dice = Dice::seeded(seed);
    let (id, owner) = (&world.orgs[org].id, &world.orgs[org].owner);
    while !world.recorder.is_over() {
        let node = dice.below(world.cluster.nodes.len());
        let published = world.recorder.now().as_micros().to_string();
        let body = json!({ "event": "kb:read", "data": { "published": published } });
        let answer = post(&world, node, &format!("/events?org_id={id}"), &owner.token, body).await;
        world.record_answer(node, owner.caller, ProbeKind::Read, Requirement::Permission, &answer);
        sleep(EVENT_INTERVAL).await;
    }
}

/// Keeps a socket of the holder of a membership open, on one node after another.
pub async fn listen(world: Arc<World>, membership: Arc<Membership>, seed: u64) {
    let mut dice = Dice::seeded(seed);
    while !world.recorder.is_over() {
        let node = dice.below(world.cluster.nodes.len());
        match membership.live().last() {
            Some(login) => run_socket(&world, node, login, &membership.org).await,
            None => sleep(EVENT_INTERVAL).await,
        }
        sleep(EVENT_INTERVAL).await;
    }
}

/// Opens one socket, reads it until it is closed, and records the time for which it was open.
async fn run_socket(world: &World, node: usize, login: &Credential, org: &str) {
    let api = world.cluster.nodes[node].api().replace("http://", "ws://");
    let url = format!("{api}/ws/connect?token={}&org_id={org}", login.token);
    let Ok(Ok((mut socket, _))) = timeout(BOUND, connect_async(url)).await else { return };
    let mut opened: Option<Elapsed> = None;
    let mut closed = None;
    while closed.is_none() && !world.recorder.is_over() {
        let Ok(message) = timeout(POLL_INTERVAL, socket.next()).await else { continue };
        let now = world.recorder.now();
        match message {
            Some(Ok(Message::Text(text))) => {
                let frame: Value = serde_json::from_str(&text).unwrap_or_default();
                match frame["type"].as_str() {
                    Some("connect") => opened = Some(now),
                    Some("event") => received(world, node, login, &frame, now),
                    _ => {}
                }
            }
            Some(Ok(Message::Close(_)) | Err(_)) | None => closed = Some(now),
            Some(Ok(_)) => {}
        }
    }
    if let Some(opened) = opened {
        let closed = closed.unwrap_or_else(|| world.recorder.now());
        world.recorder.record_socket(SocketLifetime { node, caller: login.caller, opened, closed });
    }
}

/// Records a received event as an allowed probe, because its receiver must have had the authority at some
/// time since the event was published.
fn received(world: &World, node: usize, login: &Credential, frame: &Value, end: Elapsed) {
    let published = frame["data"]["data"]["published"].as_str().and_then(|text| text.parse().ok());
    let Some(published) = published else { return };
    let start = Elapsed::from_micros(published);
    let (kind, requires, verdict) = (ProbeKind::Event, Requirement::Permission, Verdict::Allowed);
    world.recorder.record_probe(Probe { kind, node, caller: login.caller, requires, start, end, verdict });
}

/// Converts the times for which sockets were open to allowed probes, because the user of an open socket
/// must have had the authority within the bound. Times at which the node was stopped are left out, because
/// a stopped node cannot close a socket.
pub fn socket_probes(socket_lifetimes: &[SocketLifetime], fault_periods: &[FaultPeriod]) -> Vec<Probe> {
    socket_lifetimes.iter().flat_map(|lifetime| probes_of(lifetime, fault_periods)).collect()
}

fn probes_of(lifetime: &SocketLifetime, fault_periods: &[FaultPeriod]) -> Vec<Probe> {
    let mut probes = Vec::new();
    let mut end = lifetime.closed;
    while end > lifetime.opened + BOUND {
        let start = end.saturating_sub(BOUND);
        let was_stopped = |period: &FaultPeriod| {
            period.stopped == Some(lifetime.node) && period.start <= end && start <= period.end + BOUND
        };
        if !fault_periods.iter().any(was_stopped) {
            let (kind, requires, verdict) =
                (ProbeKind::OpenSocket, Requirement::Membership, Verdict::Allowed);
            let (node, caller) = (lifetime.node, lifetime.caller);
            probes.push(Probe { kind, node, caller, requires, start, end, verdict });
        }
        end -= BOUND / 4;
    }
    probes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::{Caller, Change, Fact, History, OFF, ON, Outcome, judge};

    const CALLER: Caller = Caller { session: 1, person: 1 };

    fn at(seconds: u64) -> Elapsed {
        Elapsed::from_secs(seconds)
    }

    fn change(start: u64, effects: &[(Fact, u32)]) -> Change {
        let (start, end, grace) = (at(start), at(start) + EVENT_INTERVAL, Duration::ZERO);
        let (outcome, effects) = (Outcome::Acknowledged, effects.to_vec());
        Change { kind: "test", node: None, start, end, grace, outcome, effects }
    }

    /// Returns the number of violations of a socket that is open from `opened` to `closed`. The membership
    /// is suspended from second 20 to 40, and the node is stopped during the spans `stopped`.
    fn violations(opened: Elapsed, closed: Elapsed, stopped: &[(u64, u64)]) -> usize {
        let beginning = [Fact::Session(1), Fact::Account(1), Fact::Membership(1)].map(|fact| (fact, ON));
        let changes = vec![
            change(0, &beginning),
            change(20, &[(Fact::Membership(1), OFF)]),
            change(40, &[(Fact::Membership(1), ON)]),
        ];
        let fault_periods = stopped.iter().map(|(start, end)| FaultPeriod {
            fault: "the node is stopped".to_owned(),
            stopped: Some(1),
            start: at(*start),
            end: at(*end),
        });
        let lifetime = SocketLifetime { node: 1, caller: CALLER, opened, closed };
        let probes = socket_probes(&[lifetime], &fault_periods.collect::<Vec<_>>());
        judge(&History { changes, probes, ..History::default() }).len()
    }

    #[test]
    fn a_socket_is_closed_within_the_bound() {
        let least = Duration::from_millis(100);
        assert_eq!(violations(at(5), at(20) + BOUND, &[]), 0);
        assert_ne!(violations(at(5), at(20) + EVENT_INTERVAL + BOUND + least, &[]), 0);
        assert_ne!(
            violations(at(5), at(60), &[]),
            0,
            "the membership was restored, but the socket was open while it was suspended"
        );
        assert_eq!(violations(at(41), at(60), &[]), 0);
        assert_eq!(violations(at(5), at(19), &[]), 0);
    }

    #[test]
    fn a_stopped_node_may_close_its_sockets_late() {
        assert_eq!(violations(at(5), at(28), &[(19, 28)]), 0);
        assert_ne!(violations(at(5), at(28), &[(5, 10)]), 0);
    }
}
