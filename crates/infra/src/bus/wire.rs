//! Encoding of events between nodes.

use bailiwick_app::Event;
use bailiwick_app::sockets::Channel;
use bailiwick_kernel::{OrgId, Timestamp};
use bailiwick_rbac::Permission;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

/// The encoded event. Fields are only ever added, because nodes of different versions may run
/// together.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Wire {
    node: Uuid,
    org: OrgId,
    event: String,
    channel: Option<String>,
    data: Value,
    at: i64,
}

impl Wire {
    pub fn new(node: Uuid, event: &Event) -> Self {
        Self {
            node,
            org: event.org,
            event: event.name.as_str().to_owned(),
            channel: event.channel.as_ref().map(|channel| channel.as_str().to_owned()),
            data: event.data.clone(),
            at: event.at.unix_micros(),
        }
    }

    /// Returns the node that sent it.
    pub fn node(&self) -> Uuid {
        self.node
    }

    /// Decodes the event; `None` if no node can have sent this.
    pub fn event(self) -> Option<Event> {
        let channel = self.channel.map(|channel| Channel::parse(&channel)).transpose().ok()?;
        let (name, at) = (Permission::parse(&self.event).ok()?, Timestamp::from_unix_micros(self.at)?);
        Some(Event { org: self.org, name, channel, data: self.data, at })
    }
}
