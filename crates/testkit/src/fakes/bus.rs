//! An event bus in one process that can fail.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use bailiwick_app::{BusError, Event, EventBus};
use tokio::sync::broadcast;

/// An event bus that delivers to all subscribers until [`Self::fail`] is called.
#[derive(Debug)]
pub struct OpenBus {
    listeners: broadcast::Sender<Arc<Event>>,
    is_down: AtomicBool,
}

impl OpenBus {
    /// Makes every later publication fail.
    pub fn fail(&self) {
        self.is_down.store(true, Ordering::Relaxed);
    }
}

impl Default for OpenBus {
    fn default() -> Self {
        Self { listeners: broadcast::Sender::new(1_024), is_down: AtomicBool::new(false) }
    }
}

#[async_trait]
impl EventBus for OpenBus {
    async fn publish(&self, event: Arc<Event>) -> Result<(), BusError> {
        if self.is_down.load(Ordering::Relaxed) {
            return Err(BusError::Unavailable("the test made it fail".to_owned()));
        }
        let _ = self.listeners.send(event);
        Ok(())
    }

    fn subscribe(&self) -> broadcast::Receiver<Arc<Event>> {
        self.listeners.subscribe()
    }
}
