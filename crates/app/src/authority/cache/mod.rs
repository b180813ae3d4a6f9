//! What is known about authority without asking the store.
//!
//! A [`AuthorityCache`] answers while it holds a lease: then whoever changes authority waits
//! until this memory was told. The store keeps it told ([`crate::Store::run_invalidation`]),
//! and a loss of the lease makes it silent, never wrong. Nothing absent is remembered:
//! who signs up, logs in or becomes a member is found without telling anybody.

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

/// So many changes a watcher may lag behind before it must take everything as touched.
const LAG: usize = 1_024;

/// Views of authority, and whether they may be used.
pub struct AuthorityCache {
    stopwatch: Arc<dyn Stopwatch>,
    limits: Limits,
    lease: Lease,
    views: CachedViews,
    /// Held by whoever writes to the views; never by a reader.
    log: Mutex<ChangeLog>,
    metrics: CacheMetrics,
    watchers: broadcast::Sender<Arc<Invalidation>>,
}

impl AuthorityCache {
    /// Knows nothing, and may not answer.
    pub fn new(stopwatch: Arc<dyn Stopwatch>, limits: Limits) -> Self {
        Self {
            stopwatch,
            limits,
            lease: Lease::default(),
            views: CachedViews::default(),
            log: Mutex::default(),
            metrics: CacheMetrics::default(),
            watchers: broadcast::Sender::new(LAG),
        }
    }

    /// The time on the stopwatch that the lease is measured with.
    pub fn elapsed(&self) -> Duration {
        self.stopwatch.elapsed()
    }

    /// Whether it may answer.
    pub fn holds_lease(&self) -> bool {
        self.lease.lasts_at(self.elapsed())
    }

    /// Lets it answer until `deadline`. Whoever calls this vouches that every change
    /// committed before is applied, and that no later one is acknowledged to its writer
    /// before it is applied or `deadline` has passed.
    pub fn lease_until(&self, deadline: Duration) {
        if flaws::has(Flaw::PermissionCache) {
            self.views.forget(&Invalidation::Everything);
        }
        self.lease.extend(deadline);
    }

    /// Silences it and makes it forget everything: nobody tells it of changes any more.
    pub fn lose_lease(&self) {
        self.lease.end();
        self.metrics.losses.increment();
        self.flush();
    }

    /// Makes it forget everything: what was known may have changed without its being told.
    pub fn flush(&self) {
        if !flaws::has(Flaw::NoFlushAfterLostListener) {
            self.apply(&Invalidation::Everything);
        }
    }

    /// Makes it forget what a change touched. When this returns, no check that starts
    /// later is answered from what was known before.
    pub fn apply(&self, invalidation: &Invalidation) {
        if invalidation.is_empty() {
            return;
        }
        let change = Arc::new(invalidation.clone());
        let mut log = self.log();
        log.add(Arc::clone(&change));
        if !flaws::has(Flaw::PermissionCache) {
            self.views.forget(&change);
        }
        drop(log);
        self.metrics.changes.increment();
        if *change == Invalidation::Everything {
            self.metrics.flushes.increment();
        }
        // Nobody may be watching.
        let _ = self.watchers.send(change);
    }

    /// Every change from now on, after it was applied. Who lags takes everything as touched.
    pub fn watch(&self) -> broadcast::Receiver<Arc<Invalidation>> {
        self.watchers.subscribe()
    }

    /// What is counted.
    pub fn metrics(&self) -> &CacheMetrics {
        &self.metrics
    }

    /// How much is known.
    pub fn entries(&self) -> Entries {
        self.views.entries()
    }

    /// All that decides about `subject`, if it is known and may be used.
    ///
    /// INVARIANT: the stopwatch is read before the views are. A process that is paused in
    /// between answers as of the moment at which the check began.
    pub(super) fn get(&self, query: &AuthorityQuery) -> Option<AuthorityView> {
        if !self.holds_lease() {
            return None;
        }
        let view = self.views.get(query)?;
        self.metrics.hits.increment();
        Some(view)
    }

    /// To be called before something is loaded that is to be kept.
    pub(super) fn begin_load(&self) -> CacheVersion {
        self.metrics.misses.increment();
        self.log().version()
    }

    /// Keeps what was loaded, unless a change touched it since `moment`: then what was
    /// loaded may be older than the change.
    pub(super) fn insert(&self, version: CacheVersion, query: &AuthorityQuery, view: &AuthorityView) {
        if !self.holds_lease() {
            return;
        }
        let log = self.log();
        let outrun = log.invalidated_since(version, |key| concerns(key, query, view));
        if outrun && !flaws::has(Flaw::LoadKeptAcrossChange) {
            self.metrics.outrun.increment();
            return;
        }
        let evicted = self.views.insert(query, view, &self.limits);
        self.metrics.evicted.add(evicted);
    }

    fn log(&self) -> MutexGuard<'_, ChangeLog> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether the view depends on what `key` names.
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
        f.debug_struct("Memory").field("lease", &self.lease).finish_non_exhaustive()
    }
}
