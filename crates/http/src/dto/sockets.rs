//! Tickets and events.

use bailiwick_app::sockets::{Channel, ChannelError, Issued, PublishEvent};
use bailiwick_rbac::Permission;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::extract::{Fault, Fields, Input};

/// What opens one socket.
#[derive(Debug, Serialize, ToSchema)]
pub struct TicketDto {
    /// To be sent as `ticket` to `/ws/connect`; it works once.
    ticket: String,
    /// For so many seconds.
    expires_in: i64,
}

impl From<Issued> for TicketDto {
    fn from(issued: Issued) -> Self {
        Self { ticket: issued.secret.reveal().to_owned(), expires_in: issued.lasts.whole_seconds() }
    }
}

/// Something that happened.
#[derive(Debug, Deserialize, ToSchema)]
pub struct EventBody {
    /// `resource:action`: who holds this permission is told.
    #[schema(required, value_type = String, example = "kb:read")]
    event: Option<String>,
    /// Only the subscribers of this channel are told; 1 to 128 bytes.
    channel: Option<String>,
    /// What there is to say.
    #[serde(default)]
    data: Value,
    /// The organization; it must be that of the query.
    #[serde(rename = "org_id")]
    #[schema(format = "uuid")]
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
