//! Tickets of sockets, and the events that they carry.

use serde_json::{Value, json};

use super::Caller;
use crate::app::Reply;

impl Caller {
    /// Asks for a ticket that opens one socket.
    pub async fn ticket(&self) -> Reply {
        self.post(&format!("/ws/ticket?org_id={}", self.org), json!({})).await
    }

    /// Publishes an event, as the body of the request says it.
    pub async fn publish_event(&self, event: Value) -> Reply {
        self.post(&format!("/events?org_id={}", self.org), event).await
    }
}
