//! Bodies of sessions.

use bailiwick_app::accounts::{MySession, Refresh};
use bailiwick_kernel::{ClaimedToken, SessionId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::extract::{Fields, Input};

/// A request for new tokens of a session.
#[derive(Deserialize, ToSchema)]
pub struct RefreshBody {
    #[schema(required, value_type = String, example = "ref_GgTCxnPTcWnIb5-BpDOgrqNhgyTpVQ3Q-Q2_zpAsTu4")]
    refresh_token: Option<String>,
}

impl Input for RefreshBody {
    type Value = Refresh;

    fn check(self, fields: &mut Fields) -> Option<Refresh> {
        let token = fields.required("/refresh_token", self.refresh_token, |text| {
            Ok::<_, String>(ClaimedToken::new(text.to_owned()))
        });
        Some(Refresh { token: token? })
    }
}

/// A session, which begins with a login.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionDto {
    #[schema(value_type = uuid::Uuid)]
    pub id: SessionId,
    /// The `User-Agent` of the login.
    #[schema(example = "Mozilla/5.0")]
    pub device: Option<String>,
    /// The IP address of the login.
    #[schema(example = "192.0.2.1")]
    pub ip: Option<String>,
    #[schema(value_type = String, format = "date-time")]
    pub created_at: Timestamp,
    /// Time of the last request, accurate to about a minute.
    #[schema(value_type = String, format = "date-time")]
    pub last_seen_at: Timestamp,
    /// Whether this request belongs to the session.
    pub current: bool,
}

impl From<MySession> for SessionDto {
    fn from(MySession { session, is_current }: MySession) -> Self {
        Self {
            id: session.id,
            device: session.device,
            ip: session.ip,
            created_at: session.created_at,
            last_seen_at: session.last_seen_at,
            current: is_current,
        }
    }
}
