//! Registry of the changes that writers of this store wait for, and of their acknowledgements.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;
use uuid::Uuid;

/// The changes with a waiting writer.
#[derive(Default)]
pub(super) struct Registry {
    waiting: Mutex<HashMap<String, watch::Sender<Vec<Uuid>>>>,
    channels: Mutex<Vec<String>>,
}

impl Registry {
    /// Registers a change. It must be called before the commit, because acknowledgements may arrive as
    /// soon as the change is committed.
    pub fn expect(self: &Arc<Self>, change: String) -> Expected {
        let (sender, acknowledged) = watch::channel(Vec::new());
        locked(&self.waiting).insert(change.clone(), sender);
        Expected { registry: Arc::clone(self), change, acknowledged }
    }

    /// Records that the node with this lease applied the change. The node has then applied all earlier
    /// changes too, because it receives changes in the order of the commits.
    pub fn acknowledge(&self, lease: Uuid, change: &str) {
        if let Some(waiting) = locked(&self.waiting).get(change) {
            waiting.send_modify(|leases| leases.push(lease));
        }
    }

    /// Returns the channel on which acknowledgements are received now, if any.
    pub fn reply_to(&self) -> Option<String> {
        locked(&self.channels).last().cloned()
    }

    /// Returns whether acknowledgements are received on this channel.
    pub fn is_open(&self, channel: &str) -> bool {
        locked(&self.channels).iter().any(|open| open == channel)
    }

    /// Receives acknowledgements on this channel until the guard is dropped.
    pub fn open(&self, channel: String) -> Open<'_> {
        locked(&self.channels).push(channel.clone());
        Open { registry: self, channel }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Guard of a channel on which acknowledgements are received.
pub(super) struct Open<'a> {
    registry: &'a Registry,
    channel: String,
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        locked(&self.registry.channels).retain(|open| *open != self.channel);
    }
}

/// A change that a writer waits for. Dropping it removes it from the registry.
pub(super) struct Expected {
    registry: Arc<Registry>,
    change: String,
    acknowledged: watch::Receiver<Vec<Uuid>>,
}

impl Expected {
    /// Returns whether the node with this lease applied the change.
    pub fn is_acknowledged_by(&self, lease: Uuid) -> bool {
        self.acknowledged.borrow().contains(&lease)
    }

    /// Waits until an acknowledgement has arrived since the last call.
    pub async fn next(&mut self) {
        if self.acknowledged.changed().await.is_err() {
            // This never happens, because the registry removes the sender only when this value is dropped.
            std::future::pending::<()>().await;
        }
    }
}

impl Drop for Expected {
    fn drop(&mut self) {
        locked(&self.registry.waiting).remove(&self.change);
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[test]
    fn an_acknowledgement_reaches_only_the_writer_that_waits_for_its_change() {
        let registry = Arc::new(Registry::default());
        let (one, two) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let mut expected = registry.expect("7:1".to_owned());
        let other = registry.expect("8:1".to_owned());
        assert!(expected.next().now_or_never().is_none());
        registry.acknowledge(one, "7:1");
        assert!(expected.next().now_or_never().is_some());
        assert!(expected.is_acknowledged_by(one) && !expected.is_acknowledged_by(two));
        assert!(!other.is_acknowledged_by(one));
    }

    #[test]
    fn a_dropped_wait_is_removed_from_the_registry() {
        let registry = Arc::new(Registry::default());
        drop(registry.expect("7:1".to_owned()));
        assert!(locked(&registry.waiting).is_empty());
        registry.acknowledge(Uuid::nil(), "7:1");
        assert!(locked(&registry.waiting).is_empty());
    }

    #[test]
    fn acknowledgements_are_requested_on_an_open_channel() {
        let registry = Registry::default();
        assert_eq!(registry.reply_to(), None);
        let (here, there) = (registry.open("here".to_owned()), registry.open("there".to_owned()));
        assert!(registry.is_open("here") && registry.is_open("there"));
        drop(there);
        assert_eq!(registry.reply_to().as_deref(), Some("here"));
        drop(here);
        assert!(registry.reply_to().is_none() && !registry.is_open("here"));
    }
}
