//! Publishing events to the connections of an organization.

use std::sync::Arc;

use bailiwick_kernel::OrgId;
use bailiwick_rbac::Permission;
use serde_json::Value;

use crate::authority::Allow;
use crate::authority::permission::EventsPublish;
use crate::sockets::{Channel, Event};
use crate::{App, Error};

/// Publishes an event.
#[derive(Clone, Debug)]
pub struct PublishEvent {
    /// The event's name, which is also the permission required to receive it.
    pub event: Permission,
    /// The channel whose subscribers receive it; if `None`, all connections do.
    pub channel: Option<Channel>,
    /// The payload.
    pub data: Value,
}

impl App {
    /// Publishes an event of a caller to every node, as [`Self::publish`].
    pub async fn publish_for(
        &self,
        allow: &Allow<EventsPublish>,
        request: PublishEvent,
    ) -> Result<(), Error> {
        self.publish(allow.context().org, request).await
    }

    /// Publishes an event of the program itself to every node, for example after a command of yours has
    /// committed. Each node sends it to those of its connections in the organization whose account has the
    /// permission at that time. No caller needs the permission to publish, so the event MUST NOT be one that
    /// a client chose. [`Error::Bus`] if the bus is not available.
    pub async fn publish(&self, org: OrgId, request: PublishEvent) -> Result<(), Error> {
        let PublishEvent { event, channel, data } = request;
        let at = self.parts().clock.now();
        let event = Event { org, name: event, channel, data, at };
        Ok(self.parts().bus.publish(Arc::new(event)).await?)
    }
}
