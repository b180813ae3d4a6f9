//! People with an open socket, and events for them.

use std::sync::Arc;
use std::time::Duration;

use bailiwick_testkit::app::Dice;
use futures_util::StreamExt;
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;

use crate::BOUND;
use crate::history::{Asks, Elapsed, Probe, Verdict, Way};
use crate::recorder::{Closing, Trouble};
use crate::world::{Credential, Socket, World, post};

/// Interval between two events in each organization.
const BEAT: Duration = Duration::from_millis(50);
/// Interval between two checks whether the history is over.
const GLANCE: Duration = Duration::from_millis(500);

/// Publishes events, each with its time of publication, until the history is over.
pub async fn publish(world: Arc<World>, org: usize, seed: u64) {
    let mut dice = Dice::seeded(seed);
    let (id, owner) = (&world.orgs[org].id, &world.orgs[org].owner);
    while !world.recorder.is_over() {
        let node = dice.below(world.cluster.nodes.len());
        let published = world.recorder.now().as_micros().to_string();
        let body = json!({ "event": "kb:read", "data": { "published": published } });
        let answer = post(&world, node, &format!("/events?org_id={id}"), &owner.token, body).await;
        world.note(node, owner.asker, Way::Read, Asks::Permission, &answer);
        sleep(BEAT).await;
    }
}

/// Keeps a socket of the seat's holder open, on one node after another.
pub async fn listen(world: Arc<World>, seat: Arc<Socket>, seed: u64) {
    let mut dice = Dice::seeded(seed);
    while !world.recorder.is_over() {
        let node = dice.below(world.cluster.nodes.len());
        match seat.live().last() {
            Some(login) => attend(&world, node, login, &seat.org).await,
            None => sleep(BEAT).await,
        }
        sleep(BEAT).await;
    }
}

/// Holds one socket from its opening to its end and records both.
async fn attend(world: &World, node: usize, login: &Credential, org: &str) {
    let api = world.cluster.nodes[node].api().replace("http://", "ws://");
    let url = format!("{api}/ws/connect?token={}&org_id={org}", login.token);
    let Ok(Ok((mut socket, _))) = timeout(BOUND, connect_async(url)).await else { return };
    let mut opened: Option<Elapsed> = None;
    let mut closed = None;
    while closed.is_none() && !world.recorder.is_over() {
        let Ok(message) = timeout(GLANCE, socket.next()).await else { continue };
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
        world.recorder.closing(Closing { node, asker: login.asker, opened, closed });
    }
}

/// A client that gets an event had the right to it after it was published.
fn received(world: &World, node: usize, login: &Credential, frame: &Value, end: Elapsed) {
    let published = frame["data"]["data"]["published"].as_str().and_then(|text| text.parse().ok());
    let Some(published) = published else { return };
    let start = Elapsed::from_micros(published);
    let (way, asks, verdict) = (Way::Event, Asks::Permission, Verdict::Allowed);
    world.recorder.probe(Probe { way, node, asker: login.asker, asks, start, end, verdict });
}

/// Returns the probes that open sockets amount to: the holder of a socket must have had the authority
/// at some time within the bound. A stopped node is exempt, because it cannot close a socket.
pub fn questions(closings: &[Closing], troubles: &[Trouble]) -> Vec<Probe> {
    closings.iter().flat_map(|closing| questions_of(closing, troubles)).collect()
}

fn questions_of(closing: &Closing, troubles: &[Trouble]) -> Vec<Probe> {
    let mut probes = Vec::new();
    let mut end = closing.closed;
    while end > closing.opened + BOUND {
        let start = end.saturating_sub(BOUND);
        let still = |trouble: &Trouble| {
            trouble.stopped == Some(closing.node) && trouble.start <= end && start <= trouble.end + BOUND
        };
        if !troubles.iter().any(still) {
            let (way, asks, verdict) = (Way::OpenSocket, Asks::Socket, Verdict::Allowed);
            let (node, asker) = (closing.node, closing.asker);
            probes.push(Probe { way, node, asker, asks, start, end, verdict });
        }
        end -= BOUND / 4;
    }
    probes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::{Asker, Change, Fact, History, OFF, ON, Outcome, judge};

    const ASKER: Asker = Asker { session: 1, person: 1 };

    fn at(seconds: u64) -> Elapsed {
        Elapsed::from_secs(seconds)
    }

    fn change(start: u64, effects: &[(Fact, u32)]) -> Change {
        let (start, end, grace) = (at(start), at(start) + BEAT, Duration::ZERO);
        let (outcome, effects) = (Outcome::Acknowledged, effects.to_vec());
        Change { kind: "test", node: None, start, end, grace, outcome, effects }
    }

    /// A membership that is suspended from 20 to 40, and how wrong it is that a socket
    /// was open meanwhile, while the node stood still now and then.
    fn wrong(opened: Elapsed, closed: Elapsed, stopped: &[(u64, u64)]) -> usize {
        let beginning = [Fact::Session(1), Fact::Account(1), Fact::Membership(1)].map(|fact| (fact, ON));
        let changes = vec![
            change(0, &beginning),
            change(20, &[(Fact::Membership(1), OFF)]),
            change(40, &[(Fact::Membership(1), ON)]),
        ];
        let troubles = stopped.iter().map(|(start, end)| Trouble {
            fault: "it stands still".to_owned(),
            stopped: Some(1),
            start: at(*start),
            end: at(*end),
        });
        let closing = Closing { node: 1, asker: ASKER, opened, closed };
        let probes = questions(&[closing], &troubles.collect::<Vec<_>>());
        judge(&History { changes, probes, ..History::default() }).len()
    }

    #[test]
    fn a_socket_is_closed_within_the_bound() {
        let least = Duration::from_millis(100);
        assert_eq!(wrong(at(5), at(20) + BOUND, &[]), 0);
        assert_ne!(wrong(at(5), at(20) + BEAT + BOUND + least, &[]), 0);
        assert_ne!(wrong(at(5), at(60), &[]), 0, "it came back, but was open in between");
        assert_eq!(wrong(at(41), at(60), &[]), 0);
        assert_eq!(wrong(at(5), at(19), &[]), 0);
    }

    #[test]
    fn a_node_that_stands_still_closes_none() {
        assert_eq!(wrong(at(5), at(28), &[(19, 28)]), 0);
        assert_ne!(wrong(at(5), at(28), &[(5, 10)]), 0);
    }
}
