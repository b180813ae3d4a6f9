//! How many sockets there may be, and how they are watched.

use std::time::Duration;

/// Settings of sockets. The defaults are the documented ones.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SocketSettings {
    /// So many of one user on this node.
    pub per_user: usize,
    /// So many from one address on this node.
    pub per_address: usize,
    /// So many on this node.
    pub per_node: usize,
    /// Ping interval. A socket that leaves two pings unanswered is closed.
    pub ping_every: Duration,
    /// Subprotocols (RFC 6455, section 1.9) that a socket may have. The answer names the first
    /// one that the client offers and that is among these. None by default.
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
