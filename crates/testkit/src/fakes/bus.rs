//! A bus in one process that can break down.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use bailiwick_app::{BusError, Event, EventBus};
use tokio::sync::broadcast;

/// Carries events to whoever listens, until it is told to fail.
#[derive(Debug)]
pub struct OpenBus {
    listeners: broadcast::Sender<Arc<Event>>,
    is_down: AtomicBool,
}

impl OpenBus {
    /// From now on nothing is carried.
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
            return Err(BusError::Unavailable("told to fail".to_owned()));
        }
        let _ = self.listeners.send(event);
        Ok(())
    }

    fn subscribe(&self) -> broadcast::Receiver<Arc<Event>> {
        self.listeners.subscribe()
    }
}
