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

/// Distributes events to all nodes. Events are not stored: a node that is not subscribed when an event
/// is published misses it.
#[async_trait]
pub trait EventBus: Send + Sync {
    /// Publishes an event to every node, including this one. After an error, as far as is known no node
    /// received it.
    async fn publish(&self, event: Arc<Event>) -> Result<(), BusError>;

    /// Subscribes to the events that any node publishes from now on. Each event arrives once, those of
    /// one node in order. A receiver that lags behind loses the oldest events and gets an error for it.
    fn subscribe(&self) -> broadcast::Receiver<Arc<Event>>;
}
