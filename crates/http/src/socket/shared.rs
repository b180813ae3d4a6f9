//! State that the sockets of a node share, and their index by organization and by user.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bailiwick_app::App;
use bailiwick_app::authority::cache::{CacheKey, Invalidation};
use bailiwick_kernel::{OrgId, UserId};
use tokio::sync::Semaphore;

use super::connection_state::{ConnectionState, Flag};
use super::frames::Published;
use super::settings::SocketSettings;
use crate::draining::Draining;

/// State that all sockets of a node share.
pub(super) struct Shared {
    pub app: App,
    pub settings: SocketSettings,
    pub draining: Draining,
    /// Limits how many loads of authority run at the same time.
    pub store_loads: Semaphore,
    pub(super) started: AtomicBool,
    pub(super) next_id: AtomicU64,
    pub(super) index: Mutex<Index>,
}

/// Index of all sockets by organization and by user, and their counts.
#[derive(Default)]
pub(super) struct Index {
    pub(super) by_org: HashMap<OrgId, HashMap<u64, Arc<ConnectionState>>>,
    pub(super) by_user: HashMap<UserId, Vec<Arc<ConnectionState>>>,
    pub(super) of_user: HashMap<UserId, usize>,
    pub(super) from_address: HashMap<IpAddr, usize>,
    pub(super) all: usize,
}

impl Shared {
    pub(super) fn index(&self) -> MutexGuard<'_, Index> {
        self.index.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the time on the stopwatch by which leases are measured.
    pub fn elapsed(&self) -> std::time::Duration {
        self.app.authority().cache().elapsed()
    }

    /// Passes an event to the sockets of its organization.
    pub fn deliver(&self, org: OrgId, event: &Arc<Published>) {
        for state in self.index().within(org) {
            state.deliver(event);
        }
    }

    /// Notifies the sockets whose authority a change may concern.
    pub fn invalidate(&self, invalidation: &Invalidation) {
        let index = self.index();
        let notify = |state: &Arc<ConnectionState>| state.raise(Flag::Changed);
        let Invalidation::Keys(keys) = invalidation else { return index.for_each(notify) };
        for key in keys {
            match key {
                CacheKey::User(user) | CacheKey::Session(user, _) => index.of(*user).for_each(notify),
                CacheKey::Member(org, user) => {
                    index.of(*user).filter(|state| state.org == *org).for_each(notify);
                }
                CacheKey::Role(org, _) | CacheKey::Org(org) => index.within(*org).for_each(notify),
            }
        }
    }

    /// Calls `visit` with the state of every socket.
    pub fn for_each(&self, visit: impl FnMut(&Arc<ConnectionState>)) {
        self.index().for_each(visit);
    }
}

impl Index {
    pub(super) fn of(&self, user: UserId) -> impl Iterator<Item = &Arc<ConnectionState>> {
        self.by_user.get(&user).into_iter().flatten()
    }

    pub(super) fn within(&self, org: OrgId) -> impl Iterator<Item = &Arc<ConnectionState>> {
        self.by_org.get(&org).into_iter().flat_map(HashMap::values)
    }

    pub(super) fn for_each(&self, visit: impl FnMut(&Arc<ConnectionState>)) {
        self.by_org.values().flat_map(HashMap::values).for_each(visit);
    }

    pub(super) fn remove(&mut self, state: &ConnectionState) {
        if let Entry::Occupied(mut org) = self.by_org.entry(state.org) {
            org.get_mut().remove(&state.id);
            if org.get().is_empty() {
                org.remove();
            }
        }
        if let Entry::Occupied(mut user) = self.by_user.entry(state.user) {
            user.get_mut().retain(|other| other.id != state.id);
            if user.get().is_empty() {
                user.remove();
            }
        }
        if state.counts.load(Ordering::Relaxed) {
            self.all = self.all.saturating_sub(1);
            decrement(self.of_user.entry(state.user));
            if let Some(address) = state.address {
                decrement(self.from_address.entry(address));
            }
        }
    }
}

fn decrement<K: std::hash::Hash + Eq>(entry: Entry<'_, K, usize>) {
    if let Entry::Occupied(mut count) = entry {
        *count.get_mut() = count.get().saturating_sub(1);
        if *count.get() == 0 {
            count.remove();
        }
    }
}
