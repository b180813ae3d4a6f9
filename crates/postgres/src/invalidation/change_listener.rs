//! Applies notifications of changes to the cache as they arrive.

use std::sync::{Arc, Mutex, PoisonError};

use bailiwick_app::authority::AuthorityCache;
use tokio::sync::mpsc;
use tokio_postgres::Notification;
use uuid::Uuid;

use super::notification::{ChangeNotification, Reply};
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
    /// The lease and the channel of changes.
    lease: Mutex<Option<(Uuid, String)>>,
}

impl ChangeListener {
    pub fn new(
        cache: Arc<AuthorityCache>,
        registry: Arc<Registry>,
        outgoing: mpsc::Sender<Acknowledgement>,
    ) -> Self {
        Self { cache, registry, outgoing, lease: Mutex::default() }
    }

    /// Applies the notifications of this channel from now on, and acknowledges them under this lease.
    pub fn set_lease(&self, lease: Uuid, channel: &str) {
        *self.lease.lock().unwrap_or_else(PoisonError::into_inner) = Some((lease, channel.to_owned()));
    }

    pub fn on_notification(&self, notification: &Notification) {
        let held = self.lease.lock().unwrap_or_else(PoisonError::into_inner);
        let lease = match &*held {
            Some((lease, channel)) if notification.channel() == channel => *lease,
            _ => return,
        };
        drop(held);
        let notice = ChangeNotification::read(notification.payload());
        self.cache.apply(&notice.invalidation);
        self.acknowledge(lease, notice);
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
