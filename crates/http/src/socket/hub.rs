//! All sockets of a node.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::net::{IpAddr, Ipv6Addr};
use std::ops::Deref;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bailiwick_app::App;
use bailiwick_app::authority::cache::{CacheKey, Invalidation};
use bailiwick_kernel::{OrgId, UserId};
use tokio::sync::Semaphore;

use super::close_reason::CloseReason;
use super::connection_state::{ConnectionInfo, ConnectionState, Flag};
use super::follow;
use super::frames::Published;
use crate::draining::Draining;
use crate::settings::HttpSettings;
use crate::socket::SocketSettings;

/// So many sockets ask the store for their authority at once.
const MAX_LOADS: usize = 16;

/// The sockets of one node: to be made once, and given to every worker. Clones share them.
#[derive(Clone)]
pub struct Hub(Arc<Shared>);

/// What they share.
pub(super) struct Shared {
    pub app: App,
    pub settings: SocketSettings,
    pub draining: Draining,
    /// Who has no answer from memory waits here for the store.
    pub store_loads: Semaphore,
    started: AtomicBool,
    next_id: AtomicU64,
    index: Mutex<Index>,
}

/// Every socket by its organization and by its user, and how many there are.
#[derive(Default)]
struct Index {
    by_org: HashMap<OrgId, HashMap<u64, Arc<ConnectionState>>>,
    by_user: HashMap<UserId, Vec<Arc<ConnectionState>>>,
    of_user: HashMap<UserId, usize>,
    from_address: HashMap<IpAddr, usize>,
    all: usize,
}

/// A seat, given up when it is dropped.
pub(super) struct Registration {
    sockets: Hub,
    state: Arc<ConnectionState>,
}

impl Hub {
    /// None yet.
    pub fn new(app: App, settings: &HttpSettings, draining: &Draining) -> Self {
        Self(Arc::new(Shared {
            app,
            settings: settings.sockets.clone(),
            draining: draining.clone(),
            store_loads: Semaphore::new(MAX_LOADS),
            started: AtomicBool::new(false),
            next_id: AtomicU64::new(0),
            index: Mutex::default(),
        }))
    }

    /// Begins to follow events and changes of authority, on the runtime of the caller, for as
    /// long as a clone is left. Without this the first socket does it, on its worker's.
    pub fn start(&self) {
        if !self.0.started.swap(true, Ordering::AcqRel) {
            let (changes, events) =
                (self.0.app.authority().cache().watch(), self.0.app.parts().bus.subscribe());
            tokio::spawn(follow::run(Arc::downgrade(&self.0), changes, events));
        }
    }

    /// Whether the service is about to stop: then no new ones are let in.
    pub fn draining(&self) -> &Draining {
        &self.0.draining
    }

    /// How many are open.
    pub fn count(&self) -> usize {
        self.0.index().all
    }

    /// Closes all of them with 1012.
    pub fn drain(&self) {
        self.0.index().for_each(|state| state.raise(Flag::Draining));
    }

    pub(super) fn shared(&self) -> &Shared {
        &self.0
    }

    /// A seat that does not count yet; from now on it is told of every change.
    pub(super) fn register(&self, user: UserId, org: OrgId, address: Option<IpAddr>) -> Registration {
        self.start();
        let id = self.0.next_id.fetch_add(1, Ordering::Relaxed);
        let place = ConnectionInfo { id, user, org, address: address.map(site) };
        let state = Arc::new(ConnectionState::new(&place, self.0.elapsed()));
        let mut index = self.0.index();
        index.by_org.entry(org).or_default().insert(id, state.clone());
        index.by_user.entry(user).or_default().push(state.clone());
        drop(index);
        Registration { sockets: self.clone(), state }
    }
}

impl std::fmt::Debug for Hub {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sockets").field("count", &self.count()).finish_non_exhaustive()
    }
}

impl Shared {
    fn index(&self) -> MutexGuard<'_, Index> {
        self.index.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The time on the stopwatch that leases are measured with.
    pub fn elapsed(&self) -> std::time::Duration {
        self.app.authority().cache().elapsed()
    }

    /// Hands an event to the sockets of its organization.
    pub fn deliver(&self, org: OrgId, event: &Arc<Published>) {
        for state in self.index().within(org) {
            state.deliver(event);
        }
    }

    /// Tells the sockets whose authority a change may have touched.
    pub fn invalidate(&self, invalidation: &Invalidation) {
        let index = self.index();
        let tell = |state: &Arc<ConnectionState>| state.raise(Flag::Changed);
        let Invalidation::Keys(keys) = invalidation else { return index.for_each(tell) };
        for key in keys {
            match key {
                CacheKey::User(user) | CacheKey::Session(user, _) => index.of(*user).for_each(tell),
                CacheKey::Member(org, user) => {
                    index.of(*user).filter(|state| state.org == *org).for_each(tell)
                }
                CacheKey::Role(org, _) | CacheKey::Org(org) => index.within(*org).for_each(tell),
            }
        }
    }

    /// Looks at every socket.
    pub fn for_each(&self, look: impl FnMut(&Arc<ConnectionState>)) {
        self.index().for_each(look);
    }
}

impl Index {
    fn of(&self, user: UserId) -> impl Iterator<Item = &Arc<ConnectionState>> {
        self.by_user.get(&user).into_iter().flatten()
    }

    fn within(&self, org: OrgId) -> impl Iterator<Item = &Arc<ConnectionState>> {
        self.by_org.get(&org).into_iter().flat_map(HashMap::values)
    }

    fn for_each(&self, look: impl FnMut(&Arc<ConnectionState>)) {
        self.by_org.values().flat_map(HashMap::values).for_each(look);
    }

    fn remove(&mut self, state: &ConnectionState) {
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

impl Registration {
    /// Counts the seat, unless there are too many. Of any number at once, as many are let in
    /// as there are places left.
    pub fn count(&self) -> Result<(), CloseReason> {
        let Shared { app, settings, .. } = &*self.sockets.0;
        let capped = app.parts().settings.throttle_enabled;
        let mut index = self.sockets.0.index();
        // Whoever came before is told to go by `drain`; whoever comes after sees it here.
        if self.sockets.0.draining.has_begun() {
            return Err(CloseReason::DRAINING);
        }
        let of_user = index.of_user.get(&self.state.user).copied().unwrap_or_default();
        let from_address = self.state.address.and_then(|address| index.from_address.get(&address).copied());
        if index.all >= settings.per_node {
            return Err(CloseReason::TOO_MANY_ON_NODE);
        }
        if capped && of_user >= settings.per_user {
            return Err(CloseReason::TOO_MANY_OF_USER);
        }
        if capped && from_address.unwrap_or_default() >= settings.per_address {
            return Err(CloseReason::TOO_MANY_FROM_ADDRESS);
        }
        self.state.counts.store(true, Ordering::Relaxed);
        index.all += 1;
        *index.of_user.entry(self.state.user).or_default() += 1;
        if let Some(address) = self.state.address {
            *index.from_address.entry(address).or_default() += 1;
        }
        Ok(())
    }

    /// What all sockets share.
    pub fn shared(&self) -> &Shared {
        &self.sockets.0
    }
}

impl Deref for Registration {
    type Target = ConnectionState;

    fn deref(&self) -> &ConnectionState {
        &self.state
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        self.sockets.0.index().remove(&self.state);
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

/// What counts as one address: of IPv6 the network that one site has (RFC 6177).
fn site(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        address @ IpAddr::V4(_) => address,
        IpAddr::V6(ip) => IpAddr::V6(Ipv6Addr::from_bits(ip.to_bits() & (u128::MAX << 64))),
    }
}
