//! Faults of mail, rate limits and events.

use std::sync::Arc;

use async_trait::async_trait;
use bailiwick_app::ports::{EventBus, Mailer, Throttle};
use bailiwick_app::sockets::{BusError, Event};
use bailiwick_app::{Limit, MailError, OutgoingMail, ThrottleKey};
use bailiwick_kernel::Timestamp;
use time::Duration;
use tokio::sync::broadcast;

use super::{Faulty, Point};
use crate::app::Postbox;

/// The wait that a refusal of [`Point::Throttle`] announces.
const WAIT: Duration = Duration::MINUTE;

#[async_trait]
impl Mailer for Faulty<Arc<Postbox>> {
    async fn deliver(&self, mail: &OutgoingMail) -> Result<(), MailError> {
        if self.faults.take_fault(Point::Mail) {
            let error = MailError::Temporary("the test made it fail".to_owned());
            return self.port.fail(error);
        }
        self.port.deliver(mail).await
    }
}

#[async_trait]
impl<P: Throttle> Throttle for Faulty<P> {
    async fn take(&self, limit: Limit, key: &ThrottleKey, now: Timestamp) -> Result<(), Duration> {
        if self.faults.take_fault(Point::Throttle) {
            return Err(WAIT);
        }
        self.port.take(limit, key, now).await
    }

    async fn give_back(&self, limit: Limit, key: &ThrottleKey, now: Timestamp) {
        self.port.give_back(limit, key, now).await;
    }
}

#[async_trait]
impl EventBus for Faulty<Arc<dyn EventBus>> {
    async fn publish(&self, event: Arc<Event>) -> Result<(), BusError> {
        if self.faults.take_fault(Point::Events) {
            return Err(BusError::Unavailable("the test made it fail".to_owned()));
        }
        self.port.publish(event).await
    }

    fn subscribe(&self) -> broadcast::Receiver<Arc<Event>> {
        self.port.subscribe()
    }
}
