//! What a way is like at the moment.

use std::time::Duration;

/// From this time to that.
pub type Span = (Duration, Duration);

/// The state of a way, the same for all its connections.
#[derive(Clone, Default, Debug)]
pub struct Terms {
    /// Nothing is delivered.
    pub cut: bool,
    /// Cuts and delays concern these connections alone.
    pub only: Option<Vec<u16>>,
    /// New connections are closed.
    pub refuse: bool,
    /// How often everything was closed.
    pub severed: u64,
    /// How long a piece takes to the target.
    pub up: Span,
    /// How long a piece takes from the target.
    pub down: Span,
}

impl Terms {
    /// Whether the connection of this port is concerned at all.
    pub fn concern(&self, port: u16) -> bool {
        self.only.as_ref().is_none_or(|ports| ports.contains(&port))
    }

    /// Whether the connection of this port delivers.
    pub fn flows(&self, port: u16) -> bool {
        !self.cut || !self.concern(port)
    }
}
