//! Settings of sockets.

use std::time::Duration;

/// Limits and intervals of sockets. The defaults are the documented ones.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SocketSettings {
    /// Number of sockets per user on this node.
    pub per_user: usize,
    /// Number of sockets per address on this node.
    pub per_address: usize,
    /// Number of sockets on this node.
    pub per_node: usize,
    /// Ping interval. A socket that leaves two pings unanswered is closed.
    pub ping_every: Duration,
    /// Subprotocols (RFC 6455, section 1.9) that a socket may have. The response names the first one of
    /// the client that is in this list. None by default.
    pub subprotocols: Vec<String>,
}

impl Default for SocketSettings {
    fn default() -> Self {
        Self {
            per_user: 20,
            per_address: 100,
            per_node: 12_000,
            ping_every: Duration::from_secs(30),
            subprotocols: Vec::new(),
        }
    }
}
