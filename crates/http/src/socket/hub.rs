//! All sockets of a node.

use std::net::{IpAddr, Ipv6Addr};
use std::ops::Deref;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use bailiwick_app::App;
use bailiwick_kernel::{OrgId, UserId};
use tokio::sync::Semaphore;

use super::close_reason::CloseReason;
use super::connection_state::{ConnectionInfo, ConnectionState, Flag};
use super::follow;
use super::shared::Shared;
use crate::draining::Draining;
use crate::settings::HttpSettings;

/// So many sockets ask the store for their authority at once.
const MAX_LOADS: usize = 16;

/// The sockets of one node: to be made once, and given to every worker. Clones share them.
#[derive(Clone)]
pub struct Hub(Arc<Shared>);

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

    /// Registers a socket, which counts towards no cap yet and receives every invalidation from now
    /// on.
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

impl Registration {
    /// Counts the seat, unless there are too many. Of any number at once, as many are let in
    /// as there are places left.
    pub fn count(&self) -> Result<(), CloseReason> {
        let Shared { app, settings, .. } = &*self.sockets.0;
        let capped = app.parts().settings.throttle_enabled;
        let mut index = self.sockets.0.index();
        // A socket that registered before gets the flag of `drain`; a later one sees it here.
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

/// What counts as one address: of IPv6 the network that one site has (RFC 6177).
fn site(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        address @ IpAddr::V4(_) => address,
        IpAddr::V6(ip) => IpAddr::V6(Ipv6Addr::from_bits(ip.to_bits() & (u128::MAX << 64))),
    }
}
