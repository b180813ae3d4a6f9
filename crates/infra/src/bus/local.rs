//! The event bus within the process.

use std::sync::Arc;

use async_trait::async_trait;
use bailiwick_app::{BusError, Event, EventBus};
use tokio::sync::broadcast;

/// Largest number of events that a receiver may lag behind.
const LAG: usize = 1_024;

/// Delivers events to the subscribers in this process.
#[derive(Clone, Debug)]
pub struct LocalBus(broadcast::Sender<Arc<Event>>);

impl LocalBus {
    /// Delivers an event to all subscribers.
    pub(super) fn deliver(&self, event: Arc<Event>) {
        // An error means that there is no subscriber.
        let _ = self.0.send(event);
    }
}

impl Default for LocalBus {
    fn default() -> Self {
        Self(broadcast::Sender::new(LAG))
    }
}

#[async_trait]
impl EventBus for LocalBus {
    async fn publish(&self, event: Arc<Event>) -> Result<(), BusError> {
        self.deliver(event);
        Ok(())
    }

    fn subscribe(&self) -> broadcast::Receiver<Arc<Event>> {
        self.0.subscribe()
    }
}
