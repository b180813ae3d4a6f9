//! Events and subscribers, for the cases of this suite.

use std::sync::Arc;

use bailiwick_app::sockets::Channel;
use bailiwick_app::{Event, EventBus};
use bailiwick_kernel::OrgId;
use bailiwick_rbac::Permission;
use serde_json::{Value, json};
use tokio::sync::broadcast::Receiver;
use tokio::time::timeout;
use uuid::Uuid;

use super::Fixture;
use crate::ManualClock;

pub type Subscriber = Receiver<Arc<Event>>;

pub fn org(number: u8) -> OrgId {
    OrgId::from_stored(Uuid::from_u128(0x0198_c5a0_7d3e_7000_8000_0000_0000_0000 + u128::from(number)))
}

/// Returns an event of the first organization with this payload.
pub fn event(data: Value) -> Event {
    Event {
        org: org(1),
        name: Permission::parse("kb:read").unwrap(),
        channel: Some(Channel::parse("docs/7").unwrap()),
        data,
        at: ManualClock::start(),
    }
}

impl dyn Fixture {
    /// Publishes an event, in time.
    pub(super) async fn publish(&self, bus: &dyn EventBus, event: &Event) {
        let published = timeout(self.deadline(), bus.publish(Arc::new(event.clone()))).await;
        published.expect("publishing waits for nothing").expect("the event is published");
    }

    /// Returns two subscribers of the node, and one of the other node if there is one.
    pub(super) fn subscribers(&self) -> Vec<Subscriber> {
        let bus = self.bus();
        let own = [bus.subscribe(), bus.subscribe()].into_iter();
        own.chain(self.other_node().map(|node| node.subscribe())).collect()
    }

    /// Returns the next event of a subscriber, which arrives in time.
    pub(super) async fn next(&self, subscriber: &mut Subscriber) -> Arc<Event> {
        let event = timeout(self.deadline(), subscriber.recv()).await.expect("an event arrives in time");
        event.expect("no event is lost")
    }

    /// Asserts that the next event of each subscriber is one that is published now.
    pub(super) async fn assert_no_more(&self, bus: &dyn EventBus, subscribers: &mut [Subscriber]) {
        let last = event(json!("the last event"));
        self.publish(bus, &last).await;
        for subscriber in subscribers {
            assert_eq!(*self.next(subscriber).await, last, "another event arrived before the last one");
        }
    }
}
