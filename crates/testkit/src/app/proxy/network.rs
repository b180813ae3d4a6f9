//! The simulated state of the network.

use std::time::Duration;

/// A range of delays: the least and the greatest.
pub type Span = (Duration, Duration);

/// The simulated state of the network, shared by all connections of a proxy.
#[derive(Clone, Default, Debug)]
pub struct NetworkState {
    /// Whether delivery is stopped.
    pub cut: bool,
    /// The ports to which cuts and delays are limited; `None` for all.
    pub only: Option<Vec<u16>>,
    /// Whether new connections are closed at once.
    pub refuse: bool,
    /// How many times all connections were closed.
    pub severed: u64,
    /// Delay of a chunk to the target.
    pub up: Span,
    /// Delay of a chunk from the target.
    pub down: Span,
}

impl NetworkState {
    /// Whether cuts and delays apply to the connection with this port.
    pub fn applies_to(&self, port: u16) -> bool {
        self.only.as_ref().is_none_or(|ports| ports.contains(&port))
    }

    /// Whether the connection with this port delivers.
    pub fn delivers(&self, port: u16) -> bool {
        !self.cut || !self.applies_to(port)
    }
}
