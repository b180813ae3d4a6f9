//! A bus with one flaw at a time.

use std::future::pending;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bailiwick_app::{BusError, Event, EventBus};
use bailiwick_kernel::Timestamp;
use bailiwick_testkit::Outcome;
use bailiwick_testkit::adapters::event_bus::{Fixture, run_all};
use serde_json::Value;
use tokio::sync::broadcast::{Receiver, Sender};
use tokio::task::yield_now;

use crate::failures;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Flaw {
    /// Delivers every event twice.
    Twice,
    /// Delivers to the node of the publisher twice: directly and by the transport.
    EchoesToItself,
    /// Delivers to other nodes alone.
    NotToItself,
    /// Delivers to the first subscriber alone.
    OneSubscriber,
    /// Delivers each second event later.
    Shuffles,
    /// Loses events that are published while another is.
    LosesConcurrent,
    /// Delivers the last event to new subscribers.
    Replays,
    /// Refuses an event that has no subscriber.
    NeedsSubscriber,
    /// All events are of the organization of the first one.
    FirstOrganization,
    /// Loses the channel.
    NoChannel,
    /// Loses fractions of a second.
    WholeSeconds,
    /// Keeps ASCII only.
    Ascii,
    /// All numbers become floating-point numbers.
    Floats,
    /// Cuts off texts.
    CutsTexts,
    /// Does not carry nested payloads.
    Flattens,
    /// Keeps 16 events.
    ShortBacklog,
    /// Waits for subscribers that lag behind.
    WaitsForSubscribers,
    /// Skips lost events in silence.
    SkipsInSilence,
    /// Does not reach other nodes.
    StaysAtHome,
    /// Delivers to other nodes in another order.
    ShufflesAbroad,
    /// Reaches every installation.
    NoPrefix,
    /// Says that an event was published which no node got.
    ClaimsSuccess,
    /// Waits for the transport.
    WaitsForTransport,
    /// Delivers on its own node before it knows that other nodes get the event.
    DeliversFirst,
}

use Flaw::*;

/// Each flaw with the case that refuses it, because the case is of the promise that the flaw breaks.
const FLAWS: [(Flaw, &str); 24] = [
    (Twice, "delivery::an_event_reaches_each_subscriber_once"),
    (EchoesToItself, "delivery::an_event_reaches_each_subscriber_once"),
    (NotToItself, "delivery::an_event_reaches_each_subscriber_once"),
    (OneSubscriber, "delivery::an_event_reaches_each_subscriber_once"),
    (Shuffles, "delivery::events_arrive_in_the_order_of_their_publication"),
    (LosesConcurrent, "races::of_events_published_at_once_each_arrives_once"),
    (Replays, "delivery::an_event_published_before_the_subscription_is_missed"),
    (NeedsSubscriber, "delivery::an_event_without_a_subscriber_is_published"),
    (FirstOrganization, "delivery::events_of_several_organizations_do_not_mix"),
    (NoChannel, "payloads::every_field_arrives_as_it_was_published"),
    (WholeSeconds, "payloads::every_field_arrives_as_it_was_published"),
    (Ascii, "payloads::texts_of_all_scripts_arrive_unchanged"),
    (Floats, "payloads::numbers_arrive_unchanged"),
    (CutsTexts, "payloads::a_large_payload_arrives_unchanged"),
    (Flattens, "payloads::a_nested_payload_arrives_unchanged"),
    (ShortBacklog, "subscribers::a_subscriber_may_lag_behind_a_little"),
    (WaitsForSubscribers, "subscribers::a_subscriber_that_does_not_read_blocks_no_publisher"),
    (SkipsInSilence, "subscribers::a_subscriber_that_lags_too_far_behind_is_told_how_many_it_missed"),
    (StaysAtHome, "nodes::an_event_reaches_the_subscribers_of_another_node_once"),
    (ShufflesAbroad, "nodes::events_of_a_node_arrive_in_order_at_another"),
    (NoPrefix, "nodes::another_installation_is_not_told"),
    (ClaimsSuccess, "outage::without_its_transport_it_refuses_to_publish"),
    (WaitsForTransport, "outage::without_its_transport_it_refuses_to_publish"),
    (DeliversFirst, "outage::a_refused_event_reaches_no_subscriber"),
];

/// The subscribers of a node. Each has a channel of its own.
#[derive(Default)]
struct Node {
    installation: u8,
    subscribers: Mutex<Vec<Sender<Arc<Event>>>>,
}

/// What connects the nodes.
#[derive(Default)]
struct Transport {
    nodes: Vec<Arc<Node>>,
    is_cut_off: bool,
    first: Mutex<Option<Arc<Event>>>,
    last: Mutex<Option<Arc<Event>>>,
    number: AtomicUsize,
    busy: tokio::sync::Mutex<()>,
}

#[derive(Clone)]
struct TestBus {
    flaw: Option<Flaw>,
    node: Arc<Node>,
    transport: Arc<Transport>,
}

impl TestBus {
    fn has(&self, flaw: Flaw) -> bool {
        self.flaw == Some(flaw)
    }

    fn capacity(&self) -> usize {
        if self.has(ShortBacklog) { 16 } else { 1_024 }
    }

    fn changed(&self, event: &Event) -> Event {
        let mut event = event.clone();
        match self.flaw {
            Some(FirstOrganization) => {
                let mut first = self.transport.first.lock().unwrap();
                event.org = first.get_or_insert_with(|| Arc::new(event.clone())).org;
            }
            Some(NoChannel) => event.channel = None,
            Some(WholeSeconds) => event.at = Timestamp::from_unix_seconds(event.at.unix_seconds()).unwrap(),
            _ => event.data = self.changed_data(&event.data),
        }
        event
    }

    fn changed_data(&self, data: &Value) -> Value {
        match (data, self.flaw) {
            (Value::String(text), Some(Ascii)) => {
                text.chars().filter(char::is_ascii).collect::<String>().into()
            }
            (Value::String(text), Some(CutsTexts)) => text.chars().take(1_000).collect::<String>().into(),
            (Value::Number(number), Some(Floats)) if !number.is_u64() => number.as_f64().into(),
            (Value::Array(list), Some(Flattens))
                if list.iter().any(|inner| inner.is_array() || inner.is_object()) =>
            {
                Value::Null
            }
            (Value::Object(map), _) => {
                map.iter().map(|(name, value)| (name.clone(), self.changed_data(value))).collect()
            }
            (data, _) => data.clone(),
        }
    }

    /// Delivers to the subscribers of a node.
    async fn deliver(&self, node: &Node, event: &Arc<Event>) {
        let subscribers = node.subscribers.lock().unwrap().clone();
        for subscriber in subscribers.iter().take(if self.has(OneSubscriber) { 1 } else { usize::MAX }) {
            while self.has(WaitsForSubscribers)
                && subscriber.len() >= 1_000
                && subscriber.receiver_count() > 0
            {
                yield_now().await;
            }
            if self.has(SkipsInSilence) && subscriber.len() >= 1_024 {
                continue;
            }
            let _ = subscriber.send(event.clone());
        }
    }

    async fn deliver_to_all(&self, event: &Arc<Event>) {
        for node in &self.transport.nodes {
            let is_own = Arc::ptr_eq(node, &self.node);
            let times = match self.flaw {
                Some(Twice) => 2,
                Some(EchoesToItself) if is_own => 2,
                Some(NotToItself) if is_own => 0,
                Some(StaysAtHome) if !is_own => 0,
                Some(NoPrefix) => 1,
                _ => usize::from(node.installation == self.node.installation),
            };
            for _ in 0..times {
                let late = self.has(Shuffles) || self.has(ShufflesAbroad) && !is_own;
                if late && self.transport.number.fetch_add(1, Ordering::Relaxed).is_multiple_of(2) {
                    self.deliver_later(node.clone(), event.clone());
                } else {
                    self.deliver(node, event).await;
                }
            }
        }
    }

    fn deliver_later(&self, node: Arc<Node>, event: Arc<Event>) {
        let bus = self.clone();
        tokio::spawn(async move {
            for _ in 0..100 {
                yield_now().await;
            }
            bus.deliver(&node, &event).await;
        });
    }
}

#[async_trait]
impl EventBus for TestBus {
    async fn publish(&self, event: Arc<Event>) -> Result<(), BusError> {
        let unavailable = || BusError::Unavailable("there is no transport".to_owned());
        if self.transport.is_cut_off {
            match self.flaw {
                Some(ClaimsSuccess) => return Ok(()),
                Some(WaitsForTransport) => pending::<()>().await,
                Some(DeliversFirst) => self.deliver(&self.node, &event).await,
                _ => {}
            }
            return Err(unavailable());
        }
        if self.has(NeedsSubscriber) && self.node.subscribers.lock().unwrap().is_empty() {
            return Err(unavailable());
        }
        let _turn = match self.transport.busy.try_lock() {
            Err(_) if self.has(LosesConcurrent) => return Ok(()),
            Ok(turn) => turn,
            Err(_) => self.transport.busy.lock().await,
        };
        if self.has(LosesConcurrent) {
            yield_now().await;
        }
        let event = Arc::new(self.changed(&event));
        *self.transport.last.lock().unwrap() = Some(event.clone());
        self.deliver_to_all(&event).await;
        Ok(())
    }

    fn subscribe(&self) -> Receiver<Arc<Event>> {
        let sender = Sender::new(self.capacity());
        let receiver = sender.subscribe();
        if let Some(last) = self.transport.last.lock().unwrap().clone().filter(|_| self.has(Replays)) {
            let _ = sender.send(last);
        }
        self.node.subscribers.lock().unwrap().push(sender);
        receiver
    }
}

struct Nodes {
    flaw: Option<Flaw>,
    transport: Arc<Transport>,
}

impl Nodes {
    fn new(flaw: Option<Flaw>) -> Self {
        let nodes = [0, 0, 1].map(|installation| Arc::new(Node { installation, ..Node::default() }));
        Self { flaw, transport: Arc::new(Transport { nodes: nodes.into(), ..Transport::default() }) }
    }

    fn node(&self, number: usize) -> Arc<dyn EventBus> {
        let (node, transport) = (self.transport.nodes[number].clone(), self.transport.clone());
        Arc::new(TestBus { flaw: self.flaw, node, transport })
    }
}

#[async_trait]
impl Fixture for Nodes {
    fn bus(&self) -> Arc<dyn EventBus> {
        self.node(0)
    }

    fn other_node(&self) -> Option<Arc<dyn EventBus>> {
        Some(self.node(1))
    }

    fn other_installation(&self) -> Option<Arc<dyn EventBus>> {
        Some(self.node(2))
    }

    async fn without_transport(&self) -> Option<Arc<dyn EventBus>> {
        let node = Arc::new(Node::default());
        let transport = Transport { nodes: vec![node.clone()], is_cut_off: true, ..Transport::default() };
        Some(Arc::new(TestBus { flaw: self.flaw, node, transport: Arc::new(transport) }))
    }

    fn deadline(&self) -> Duration {
        if self.flaw.is_some() { Duration::from_millis(300) } else { Duration::from_secs(30) }
    }

    fn rounds(&self) -> u32 {
        10
    }
}

fn outcomes(flaw: Option<Flaw>) -> Vec<Outcome> {
    run_all(async || Nodes::new(flaw))
}

#[test]
fn a_sound_bus_is_accepted() {
    assert_eq!(failures(outcomes(None)), []);
}

#[test]
fn each_flaw_is_refused_by_the_case_of_its_promise() {
    crate::assert_each_is_refused(&FLAWS, outcomes);
}
