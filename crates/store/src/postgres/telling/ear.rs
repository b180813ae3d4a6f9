//! What is heard on the connection of the lease is applied at once.

use std::sync::{Arc, Mutex, PoisonError};

use bailiwick_app::authority::Memory;
use tokio::sync::mpsc;
use tokio_postgres::Notification;
use uuid::Uuid;

use super::change::{CHANNEL, Notice, Reply};
use super::registry::Registry;

/// That the node with this lease applied a change.
pub(super) struct Acknowledgement {
    pub lease: Uuid,
    pub reply: Reply,
}

/// Applies what it hears, and acknowledges it.
pub(super) struct Ear {
    memory: Arc<Memory>,
    registry: Arc<Registry>,
    outgoing: mpsc::Sender<Acknowledgement>,
    lease: Mutex<Option<Uuid>>,
}

impl Ear {
    pub fn new(
        memory: Arc<Memory>,
        registry: Arc<Registry>,
        outgoing: mpsc::Sender<Acknowledgement>,
    ) -> Self {
        Self { memory, registry, outgoing, lease: Mutex::default() }
    }

    /// What is heard from now on is acknowledged under this lease.
    pub fn name(&self, lease: Uuid) {
        *self.lease.lock().unwrap_or_else(PoisonError::into_inner) = Some(lease);
    }

    pub fn hear(&self, notification: &Notification) {
        if notification.channel() != CHANNEL {
            return;
        }
        let notice = Notice::read(notification.payload());
        self.memory.apply(&notice.touched);
        if let Some(lease) = *self.lease.lock().unwrap_or_else(PoisonError::into_inner) {
            self.acknowledge(lease, notice);
        }
    }

    /// A writer of this node needs no message, which would say the same; nor the connection
    /// for messages, which may not stand yet. One that is lost costs its writer time, nothing
    /// else.
    fn acknowledge(&self, lease: Uuid, notice: Notice) {
        if let Some(change) = &notice.change {
            self.registry.acknowledge(lease, change);
        }
        if let Some(reply) = notice.reply.filter(|reply| !self.registry.hears(&reply.channel)) {
            let _ = self.outgoing.try_send(Acknowledgement { lease, reply });
        }
    }
}
