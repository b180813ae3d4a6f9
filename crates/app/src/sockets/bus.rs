//! The port that distributes events to the nodes.

use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::broadcast;

use crate::sockets::Event;

/// Why an event was not published.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BusError {
    /// The transport to the other nodes is not available.
    #[error("the event bus is not available: {0}")]
    Unavailable(String),
}

/// Number of unread events that an [`EventBus`] keeps at least for each receiver, because a node may be busy
/// with other work for a moment.
pub const MIN_BACKLOG: usize = 64;

/// Distributes events to all nodes. Events are not stored: a node that is not subscribed when an event
/// is published misses it. Every field of an event arrives unchanged, whatever its payload.
#[async_trait]
pub trait EventBus: Send + Sync {
    /// Publishes an event to every node of the installation, including this one. Succeeds without a
    /// subscriber, and MUST NOT wait for one that does not read. After an error, as far as is known no node
    /// received it; MUST return one within seconds if the other nodes cannot be reached, and then MUST NOT
    /// deliver the event on this node either.
    async fn publish(&self, event: Arc<Event>) -> Result<(), BusError>;

    /// Subscribes to the events that any node publishes from now on. Each event arrives once, those of
    /// one publisher in order. A receiver that lags behind by more than [`MIN_BACKLOG`] events may lose the
    /// oldest ones, and gets an error that says how many; then it continues.
    fn subscribe(&self) -> broadcast::Receiver<Arc<Event>>;
}
