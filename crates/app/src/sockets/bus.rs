//! The port that carries events between nodes.

use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::broadcast;

use crate::sockets::Event;

/// An event that nobody was told of.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BusError {
    /// What carries events to the other nodes does not answer.
    #[error("events cannot be carried: {0}")]
    Unavailable(String),
}

/// Carries events to all nodes. Nothing is kept: who does not listen at that moment
/// misses it.
#[async_trait]
pub trait EventBus: Send + Sync {
    /// Hands an event to every node, this one included. After a failure no node was
    /// told, as far as is known.
    async fn publish(&self, event: Arc<Event>) -> Result<(), BusError>;

    /// What is published from now on, by any node, each event once and those of one node
    /// in their order. A receiver that lags behind loses the oldest and is told so.
    fn subscribe(&self) -> broadcast::Receiver<Arc<Event>>;
}
