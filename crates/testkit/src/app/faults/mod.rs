//! Faults that a test injects at named points of the service.
//!
//! A fault is met by requests, and by use cases that the test itself runs. The work beside requests is
//! exempt at the points of the store, because it would meet a fault that is meant for a request.

mod ports;
mod store;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::ThreadId;

use bailiwick_kernel::StoreError;

/// A point at which the service can fail.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Point {
    /// The begin of a transaction that may write fails.
    Begin,
    /// The begin of a transaction that only reads fails.
    Read,
    /// The statement that loads authority fails. A check that the cache answers does not meet it.
    Check,
    /// The commit fails; the changes are rolled back.
    Commit,
    /// The commit succeeds, but its answer is lost, so the outcome is unknown to the service.
    LostCommit,
    /// The delivery of a mail fails for the moment. The outbox tries again later, by the clock of the test.
    Mail,
    /// A rate limit is exhausted. Only met with [`TestAppBuilder::rate_limits`](crate::app::TestAppBuilder).
    Throttle,
    /// The publication of an event fails.
    Events,
}

impl Point {
    /// Whether the work beside requests, which has a thread of its own, meets the fault too.
    fn is_met_beside_requests(self) -> bool {
        matches!(self, Self::Mail | Self::Events | Self::Throttle)
    }
}

/// The faults of one service. Clones are of the same service.
#[derive(Clone, Default, Debug)]
pub struct Faults(Arc<Shared>);

#[derive(Default, Debug)]
struct Shared {
    state: Mutex<State>,
    can_be_injected: bool,
    has_rate_limits: bool,
}

#[derive(Default, Debug)]
struct State {
    /// Number of calls that fail next.
    next: BTreeMap<Point, usize>,
    /// The points at which every call fails.
    always: BTreeSet<Point>,
    exempt_thread: Option<ThreadId>,
}

impl Faults {
    pub(super) fn new(can_be_injected: bool, has_rate_limits: bool) -> Self {
        Self(Arc::new(Shared { state: Mutex::default(), can_be_injected, has_rate_limits }))
    }

    /// Lets the next call at this point fail, once. Called several times, as many calls fail. A test that
    /// ends before the call was made fails.
    pub fn fail_next(&self, point: Point) {
        self.require_reachable(point);
        *self.state().next.entry(point).or_default() += 1;
    }

    /// Lets every call at this point fail until [`Self::recover`].
    pub fn fail(&self, point: Point) {
        self.require_reachable(point);
        self.state().always.insert(point);
    }

    /// Lets every call at this point succeed from now on.
    pub fn recover(&self, point: Point) {
        let mut state = self.state();
        state.next.remove(&point);
        state.always.remove(&point);
    }

    /// Returns the points of [`Self::fail_next`] that no call has met yet.
    pub fn unused(&self) -> Vec<Point> {
        self.state().next.keys().copied().collect()
    }

    /// Exempts what runs on this thread, at the points of the store.
    pub(super) fn exempt_this_thread(&self) {
        self.state().exempt_thread = Some(std::thread::current().id());
    }

    fn require_reachable(&self, point: Point) {
        assert!(self.0.can_be_injected, "no fault can be injected: build the app with `TestApp::builder()`");
        let reached = point != Point::Throttle || self.0.has_rate_limits;
        assert!(reached, "nothing is limited: build the app with `.rate_limits()`");
    }

    /// Returns whether this call fails, and uses up one fault of [`Self::fail_next`].
    fn take_fault(&self, point: Point) -> bool {
        let mut state = self.state();
        if !point.is_met_beside_requests() && state.exempt_thread == Some(std::thread::current().id()) {
            return false;
        }
        if state.always.contains(&point) {
            return true;
        }
        let Some(left) = state.next.get_mut(&point) else { return false };
        *left -= 1;
        if *left == 0 {
            state.next.remove(&point);
        }
        true
    }

    /// Returns [`StoreError::Unavailable`] if this call fails.
    fn check(&self, point: Point) -> Result<(), StoreError> {
        if self.take_fault(point) { Err(unavailable(point)) } else { Ok(()) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the port with these faults.
    pub(super) fn around<P>(&self, port: P) -> Faulty<P> {
        Faulty { port, faults: self.clone() }
    }
}

fn unavailable(point: Point) -> StoreError {
    StoreError::Unavailable(format!("the test made it fail at {point:?}"))
}

/// A port that fails where its faults say so.
pub(super) struct Faulty<P> {
    port: P,
    faults: Faults,
}
