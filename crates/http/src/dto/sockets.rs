//! Bodies of tickets and events.

use bailiwick_app::sockets::{Channel, ChannelError, Issued, PublishEvent};
use bailiwick_rbac::Permission;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::dto::values;
use crate::extract::{Fault, Fields, Input};

/// A ticket that opens one socket.
#[derive(Debug, Serialize, ToSchema)]
pub struct TicketDto {
    /// The value of `ticket` for `/ws/connect`. It works once.
    #[schema(example = "tkt_GgTCxnPTcWnIb5-BpDOgrqNhgyTpVQ3Q-Q2_zpAsTu4")]
    ticket: String,
    /// Lifetime of the ticket, in seconds.
    #[schema(minimum = 0, example = 30)]
    expires_in: i64,
}

impl From<Issued> for TicketDto {
    fn from(issued: Issued) -> Self {
        Self { ticket: issued.secret.reveal().to_owned(), expires_in: issued.lasts.whole_seconds() }
    }
}

/// An event to publish.
#[derive(Debug, Deserialize, ToSchema)]
pub struct EventBody {
    /// Users with this permission receive the event.
    #[schema(required, value_type = values::Permission)]
    event: Option<String>,
    /// Restricts the event to the subscribers of this channel.
    #[schema(value_type = Option<values::Channel>)]
    channel: Option<String>,
    /// The payload, any JSON value.
    #[serde(default)]
    data: Value,
    /// The organization; it must equal the one in the query.
    #[serde(rename = "org_id")]
    #[schema(value_type = Option<uuid::Uuid>)]
    _org_id: Option<Value>,
}

impl Fault for ChannelError {}

impl Input for EventBody {
    type Value = PublishEvent;

    fn check(self, fields: &mut Fields) -> Option<PublishEvent> {
        let event = fields.required("/event", self.event, Permission::parse);
        let channel = fields.optional("/channel", self.channel, Channel::parse);
        Some(PublishEvent { event: event?, channel: channel?, data: self.data })
    }
}
