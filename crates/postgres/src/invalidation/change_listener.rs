//! Applies notifications of changes to the cache as they arrive.

use std::sync::{Arc, Mutex, PoisonError};

use bailiwick_app::authority::AuthorityCache;
use tokio::sync::mpsc;
use tokio_postgres::Notification;
use uuid::Uuid;

use super::notification::{CHANNEL, ChangeNotification, Reply};
use super::registry::Registry;

/// The confirmation that the node with this lease applied a change.
pub(super) struct Acknowledgement {
    pub lease: Uuid,
    pub reply: Reply,
}

/// Applies notifications, and acknowledges them.
pub(super) struct ChangeListener {
    cache: Arc<AuthorityCache>,
    registry: Arc<Registry>,
    outgoing: mpsc::Sender<Acknowledgement>,
    lease: Mutex<Option<Uuid>>,
}

impl ChangeListener {
    pub fn new(
        cache: Arc<AuthorityCache>,
        registry: Arc<Registry>,
        outgoing: mpsc::Sender<Acknowledgement>,
    ) -> Self {
        Self { cache, registry, outgoing, lease: Mutex::default() }
    }

    /// Acknowledges later notifications under this lease.
    pub fn set_lease(&self, lease: Uuid) {
        *self.lease.lock().unwrap_or_else(PoisonError::into_inner) = Some(lease);
    }

    pub fn on_notification(&self, notification: &Notification) {
        if notification.channel() != CHANNEL {
            return;
        }
        let notice = ChangeNotification::read(notification.payload());
        self.cache.apply(&notice.invalidation);
        if let Some(lease) = *self.lease.lock().unwrap_or_else(PoisonError::into_inner) {
            self.acknowledge(lease, notice);
        }
    }

    /// Acknowledges a change. A writer of this node is notified directly, because the other
    /// connection may not be established. A lost message only lengthens the writer's wait.
    fn acknowledge(&self, lease: Uuid, notice: ChangeNotification) {
        if let Some(change) = &notice.change {
            self.registry.acknowledge(lease, change);
        }
        if let Some(reply) = notice.reply.filter(|reply| !self.registry.is_open(&reply.channel)) {
            let _ = self.outgoing.try_send(Acknowledgement { lease, reply });
        }
    }
}
