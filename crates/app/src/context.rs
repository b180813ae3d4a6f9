//! The origin of a request, which gives no authority.

use core::net::IpAddr;
use std::sync::Arc;

/// The origin of a request. It is not verified, and is used only for the audit trail, logs and rate
/// limits.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Context {
    /// Request id, in responses, logs and the audit trail.
    pub request_id: Option<Arc<str>>,
    /// Client program and address.
    pub client: ClientInfo,
}

/// The client of a connection.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ClientInfo {
    /// The `User-Agent` header.
    pub device: Option<Arc<str>>,
    /// Address of the client; `None` if unknown.
    pub ip: Option<IpAddr>,
}
