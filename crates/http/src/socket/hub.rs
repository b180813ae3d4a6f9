//! The sockets of a node.

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

/// Number of sockets that may load their authority from the store at the same time.
const MAX_LOADS: usize = 16;

/// The sockets of one node. Create it once and pass it to every worker; clones share the sockets.
#[derive(Clone)]
pub struct Hub(Arc<Shared>);

/// A registered socket. Dropping it ends the registration.
pub(super) struct Registration {
    sockets: Hub,
    state: Arc<ConnectionState>,
}

impl Hub {
    /// Creates a hub without sockets.
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

    /// Starts to follow events and changes of authority, on the runtime of the caller, until the last
    /// clone is dropped. Otherwise the first socket starts it, on the runtime of its worker.
    pub fn start(&self) {
        if !self.0.started.swap(true, Ordering::AcqRel) {
            let (changes, events) =
                (self.0.app.authority().cache().watch(), self.0.app.parts().bus.subscribe());
            tokio::spawn(follow::run(Arc::downgrade(&self.0), changes, events));
        }
    }

    /// Returns whether the service is about to stop; then new sockets are refused.
    pub fn draining(&self) -> &Draining {
        &self.0.draining
    }

    /// Returns the number of open sockets.
    pub fn count(&self) -> usize {
        self.0.index().all
    }

    /// Closes all sockets with code 1012.
    pub fn drain(&self) {
        self.0.index().for_each(|state| state.raise(Flag::Draining));
    }

    pub(super) fn shared(&self) -> &Shared {
        &self.0
    }

    /// Registers a socket. It does not count towards a cap yet, and receives every invalidation from now
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
        f.debug_struct("Hub").field("count", &self.count()).finish_non_exhaustive()
    }
}

impl Registration {
    /// Counts the socket, unless a cap is reached. Of any number of concurrent calls, as many succeed as
    /// there are places left.
    pub fn count(&self) -> Result<(), CloseReason> {
        let Shared { app, settings, .. } = &*self.sockets.0;
        let capped = app.parts().settings.throttle_enabled;
        let mut index = self.sockets.0.index();
        // A socket that registered earlier gets the flag of `drain`; a later one finds it here.
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

    /// Returns the state that all sockets share.
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

/// Returns the key that addresses are counted by: for IPv6 the /64 network that one site has (RFC 6177).
fn site(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        address @ IpAddr::V4(_) => address,
        IpAddr::V6(ip) => IpAddr::V6(Ipv6Addr::from_bits(ip.to_bits() & (u128::MAX << 64))),
    }
}
