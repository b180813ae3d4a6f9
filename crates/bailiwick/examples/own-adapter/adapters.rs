//! The adapters. Each is shared by all tasks of the program, so what it changes is behind a lock.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use bailiwick::app::ports::{EventBus, Mailer, Throttle};
use bailiwick::app::{BusError, Event, Limit, MailError, OutgoingMail, ThrottleKey};
use bailiwick::kernel::Timestamp;
use tokio::sync::broadcast;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// A mail, as one line, and the secret of its link, which is empty if it has none.
pub type Delivered = (String, String);

/// Delivers mail into a queue.
pub struct Postman(UnboundedSender<Delivered>);

impl Postman {
    /// Returns the mailer and the end of its queue.
    pub fn new() -> (Self, UnboundedReceiver<Delivered>) {
        let (mails, delivered) = unbounded_channel();
        (Self(mails), delivered)
    }
}

#[async_trait]
impl Mailer for Postman {
    async fn deliver(&self, mail: &OutgoingMail) -> Result<(), MailError> {
        let line = format!("{} to {}", mail.message.kind(), mail.to.as_str());
        let secret = mail.message.secret().map(|secret| secret.reveal().to_owned());
        // A temporary failure is tried again later; a permanent one waits for the operator.
        let sent = self.0.send((line, secret.unwrap_or_default()));
        sent.map_err(|_| MailError::Temporary("the queue is closed".to_owned()))
    }
}

/// Counts limits in this process. The rule is in [`Limit`]; an adapter stores one time for each key.
#[derive(Default)]
pub struct CountingThrottle {
    full_at: Mutex<HashMap<(&'static str, ThrottleKey), Timestamp>>,
}

impl CountingThrottle {
    /// Returns the limits that were counted and what each counts by, in alphabetical order.
    pub fn counted(&self) -> Vec<String> {
        let counters = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        // A key is `client:192.0.2.1`, or `org:` and an id.
        let kind = |key: &ThrottleKey| key.as_str().split(':').next().unwrap_or_default().to_owned();
        let mut lines: Vec<_> =
            counters.keys().map(|(limit, key)| format!("{limit} by {}", kind(key))).collect();
        lines.sort();
        lines
    }
}

#[async_trait]
impl Throttle for CountingThrottle {
    async fn take(&self, limit: Limit, key: &ThrottleKey, now: Timestamp) -> Result<(), time::Duration> {
        let mut counters = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        let counter = (limit.name, key.clone());
        let taken = limit.take(counters.get(&counter).copied(), now);
        counters.insert(counter, taken.unwrap_or_else(|refusal| refusal.full_at));
        taken.map(|_| ()).map_err(|refusal| refusal.wait)
    }

    async fn give_back(&self, limit: Limit, key: &ThrottleKey, now: Timestamp) {
        let mut counters = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        let counter = (limit.name, key.clone());
        match limit.give_back(counters.get(&counter).copied(), now) {
            Some(full_at) => _ = counters.insert(counter, full_at),
            None => _ = counters.remove(&counter),
        }
    }
}

/// Carries events within this process, and records them.
pub struct RecordingBus {
    subscribers: broadcast::Sender<Arc<Event>>,
    published: Mutex<Vec<String>>,
}

impl Default for RecordingBus {
    fn default() -> Self {
        Self { subscribers: broadcast::Sender::new(64), published: Mutex::default() }
    }
}

impl RecordingBus {
    /// Returns the published events, oldest first.
    pub fn published(&self) -> Vec<String> {
        self.published.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[async_trait]
impl EventBus for RecordingBus {
    async fn publish(&self, event: Arc<Event>) -> Result<(), BusError> {
        let line = format!("{} {}", event.name, event.data);
        self.published.lock().unwrap_or_else(PoisonError::into_inner).push(line);
        // An error means that nobody is subscribed.
        _ = self.subscribers.send(event);
        Ok(())
    }

    fn subscribe(&self) -> broadcast::Receiver<Arc<Event>> {
        self.subscribers.subscribe()
    }
}
