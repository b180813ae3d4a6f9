//! Publishes events to the connections of an organization.

use std::sync::Arc;

use bailiwick_rbac::Permission;
use serde_json::Value;

use crate::authority::Allow;
use crate::authority::permission::EventsPublish;
use crate::sockets::{Channel, Event};
use crate::{App, Error};

/// Publishes an event.
#[derive(Clone, Debug)]
pub struct PublishEvent {
    /// What it is called, and who may learn of it.
    pub event: Permission,
    /// Only for the subscribers of this channel.
    pub channel: Option<Channel>,
    /// What there is to say.
    pub data: Value,
}

impl App {
    /// Hands an event to every node. Each tells it to those of its connections whose user
    /// holds the permission at that moment. [`Error::Bus`] when it cannot be carried.
    pub async fn publish(&self, allow: &Allow<EventsPublish>, request: PublishEvent) -> Result<(), Error> {
        let PublishEvent { event, channel, data } = request;
        let at = self.parts().clock.now();
        let event = Event { org: allow.context().org, name: event, channel, data, at };
        Ok(self.parts().bus.publish(Arc::new(event)).await?)
    }
}
