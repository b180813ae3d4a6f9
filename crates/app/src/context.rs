//! On whose behalf a use case runs, as far as that is not a question of authority.

use core::net::IpAddr;
use std::sync::Arc;

/// Where a request comes from. Nothing in it is proven; it is written down and counted.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Context {
    /// The name of the request, in answers, logs and the audit trail.
    pub request_id: Option<Arc<str>>,
    /// The program and address that it comes from.
    pub client: ClientInfo,
}

/// The other end of a connection.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ClientInfo {
    /// The `User-Agent`.
    pub device: Option<Arc<str>>,
    /// The address.
    pub ip: Option<IpAddr>,
}
