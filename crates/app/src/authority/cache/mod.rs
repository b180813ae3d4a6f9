//! The cache of authority, which answers checks without I/O.
//!
//! An [`AuthorityCache`] answers while it holds a lease, because every writer that changes
//! authority waits until the cache is invalidated. The store invalidates it
//! ([`crate::Store::run_invalidation`]). Without a lease the cache does not answer, so it never answers
//! by outdated authority.
//!
//! The cache keeps only what exists, so a sign-up, a login or a new member invalidates nothing.

mod change_log;
mod invalidation;
mod lease;
mod limits;
mod metrics;
mod views;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bailiwick_kernel::Stopwatch;
use tokio::sync::broadcast;

use crate::flaws::{self, Flaw};
use crate::ports::{AuthorityQuery, AuthorityView};

pub(super) use change_log::CacheVersion;
use change_log::ChangeLog;
pub use invalidation::{CacheKey, Invalidation};
use lease::Lease;
pub use limits::Limits;
pub use metrics::{BUCKETS, CacheMetrics, Counter, Histogram};
use views::CachedViews;
pub use views::Entries;

/// Maximum number of changes that a receiver of [`AuthorityCache::watch`] may lag behind; beyond, it
/// misses changes.
const MAX_LAG: usize = 1_024;

/// A cache of views of authority, with the lease under which they may be used.
pub struct AuthorityCache {
    stopwatch: Arc<dyn Stopwatch>,
    limits: Limits,
    lease: Lease,
    views: CachedViews,
    /// Locked by every change of `views`, and never by [`AuthorityCache::get`].
    log: Mutex<ChangeLog>,
    metrics: CacheMetrics,
    watchers: broadcast::Sender<Arc<Invalidation>>,
}

impl AuthorityCache {
    /// Creates an empty cache without a lease.
    pub fn new(stopwatch: Arc<dyn Stopwatch>, limits: Limits) -> Self {
        Self {
            stopwatch,
            limits,
            lease: Lease::default(),
            views: CachedViews::default(),
            log: Mutex::default(),
            metrics: CacheMetrics::default(),
            watchers: broadcast::Sender::new(MAX_LAG),
        }
    }

    /// Returns the time on the stopwatch that measures the lease.
    pub fn elapsed(&self) -> Duration {
        self.stopwatch.elapsed()
    }

    /// Returns whether the lease is valid, so that the cache may answer.
    pub fn holds_lease(&self) -> bool {
        self.lease.lasts_at(self.elapsed())
    }

    /// Lets the cache answer until `deadline`, a time on the stopwatch. The caller guarantees that every
    /// earlier commit is applied, and that each later change is acknowledged to its writer only after
    /// it is applied or `deadline` has passed.
    pub fn lease_until(&self, deadline: Duration) {
        if flaws::has(Flaw::PermissionCache) {
            self.views.invalidate(&Invalidation::Everything);
        }
        self.lease.extend(deadline);
    }

    /// Ends the lease and drops all entries, because no change is received any more.
    pub fn lose_lease(&self) {
        self.lease.end();
        self.metrics.losses.increment();
        self.flush();
    }

    /// Drops all entries, because changes may have been missed.
    pub fn flush(&self) {
        if !flaws::has(Flaw::NoFlushAfterLostListener) {
            self.apply(&Invalidation::Everything);
        }
    }

    /// Drops the entries that a change concerns. A check that starts after this returns is not answered
    /// from a dropped entry.
    pub fn apply(&self, invalidation: &Invalidation) {
        if invalidation.is_empty() {
            return;
        }
        let change = Arc::new(invalidation.clone());
        let mut log = self.log();
        log.add(Arc::clone(&change));
        if !flaws::has(Flaw::PermissionCache) {
            self.views.invalidate(&change);
        }
        drop(log);
        self.metrics.changes.increment();
        if *change == Invalidation::Everything {
            self.metrics.flushes.increment();
        }
        // The error means that there is no receiver.
        let _ = self.watchers.send(change);
    }

    /// Subscribes to the changes. Each is sent after it was applied; a receiver that missed changes must
    /// treat everything as changed.
    pub fn watch(&self) -> broadcast::Receiver<Arc<Invalidation>> {
        self.watchers.subscribe()
    }

    /// Returns the metrics of the cache.
    pub fn metrics(&self) -> &CacheMetrics {
        &self.metrics
    }

    /// Returns the number of entries, by kind.
    pub fn entries(&self) -> Entries {
        self.views.entries()
    }

    /// Returns the view of `query`, if it is cached and the lease is valid.
    ///
    /// INVARIANT: the lease is checked before the view is read. Even if the process is paused in between,
    /// the answer is therefore valid for the time at which the check began.
    pub(super) fn get(&self, query: &AuthorityQuery) -> Option<AuthorityView> {
        if !self.holds_lease() {
            return None;
        }
        let view = self.views.get(query)?;
        self.metrics.hits.increment();
        Some(view)
    }

    /// Begins a load and returns the present version, by which [`Self::insert`] recognizes later changes.
    pub(super) fn begin_load(&self) -> CacheVersion {
        self.metrics.misses.increment();
        self.log().version()
    }

    /// Caches a loaded view if the lease is valid. A view that a change since `version` concerns is not
    /// cached, because it may be older than the change.
    pub(super) fn insert(&self, version: CacheVersion, query: &AuthorityQuery, view: &AuthorityView) {
        if !self.holds_lease() {
            return;
        }
        let log = self.log();
        let overtaken = log.invalidated_since(version, |key| concerns(key, query, view));
        if overtaken && !flaws::has(Flaw::LoadKeptAcrossChange) {
            self.metrics.overtaken.increment();
            return;
        }
        let evicted = self.views.insert(query, view, &self.limits);
        self.metrics.evicted.add(evicted);
    }

    fn log(&self) -> MutexGuard<'_, ChangeLog> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns whether the view depends on the row that `key` names.
fn concerns(key: &CacheKey, query: &AuthorityQuery, view: &AuthorityView) -> bool {
    let role = || view.membership.as_ref()?.role.as_ref().map(|role| role.id);
    match *key {
        CacheKey::User(user) => user == query.user,
        CacheKey::Session(_, session) => Some(session) == query.session,
        CacheKey::Member(org, user) => Some(org) == query.org && user == query.user,
        CacheKey::Role(org, id) => Some(org) == query.org && role() == Some(id),
        CacheKey::Org(org) => Some(org) == query.org,
    }
}

impl std::fmt::Debug for AuthorityCache {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AuthorityCache").field("lease", &self.lease).finish_non_exhaustive()
    }
}
