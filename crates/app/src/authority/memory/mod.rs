//! What is known about authority without asking the store.
//!
//! A [`Memory`] answers while it holds a lease: then whoever changes authority waits
//! until this memory was told. The store keeps it told ([`crate::Store::keep_told`]),
//! and a loss of the lease makes it silent, never wrong. Nothing absent is remembered:
//! who signs up, logs in or becomes a member is found without telling anybody.

mod figures;
mod lease;
mod limits;
mod log;
mod touched;
mod views;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bailiwick_kernel::Stopwatch;
use tokio::sync::broadcast;

use crate::flaws::{self, Flaw};
use crate::ports::{Subject, SubjectView};

pub use figures::{CLASSES, Figure, Figures, Timings};
use lease::Lease;
pub use limits::Limits;
use log::Log;
pub(super) use log::Moment;
pub use touched::{Key, Touched};
pub use views::Entries;
use views::Views;

/// So many changes a watcher may lag behind before it must take everything as touched.
const LAG: usize = 1_024;

/// Views of authority, and whether they may be used.
pub struct Memory {
    stopwatch: Arc<dyn Stopwatch>,
    limits: Limits,
    lease: Lease,
    views: Views,
    /// Held by whoever writes to the views; never by a reader.
    log: Mutex<Log>,
    figures: Figures,
    watchers: broadcast::Sender<Arc<Touched>>,
}

impl Memory {
    /// Knows nothing, and may not answer.
    pub fn new(stopwatch: Arc<dyn Stopwatch>, limits: Limits) -> Self {
        Self {
            stopwatch,
            limits,
            lease: Lease::default(),
            views: Views::default(),
            log: Mutex::default(),
            figures: Figures::default(),
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
            self.views.forget(&Touched::Everything);
        }
        self.lease.extend(deadline);
    }

    /// Silences it and makes it forget everything: nobody tells it of changes any more.
    pub fn lose_lease(&self) {
        self.lease.end();
        self.figures.losses.increment();
        self.flush();
    }

    /// Makes it forget everything: what was known may have changed without its being told.
    pub fn flush(&self) {
        if !flaws::has(Flaw::NoFlushAfterLostListener) {
            self.apply(&Touched::Everything);
        }
    }

    /// Makes it forget what a change touched. When this returns, no check that starts
    /// later is answered from what was known before.
    pub fn apply(&self, touched: &Touched) {
        if touched.is_nothing() {
            return;
        }
        let change = Arc::new(touched.clone());
        let mut log = self.log();
        log.add(Arc::clone(&change));
        if !flaws::has(Flaw::PermissionCache) {
            self.views.forget(&change);
        }
        drop(log);
        self.figures.changes.increment();
        if *change == Touched::Everything {
            self.figures.flushes.increment();
        }
        // Nobody may be watching.
        let _ = self.watchers.send(change);
    }

    /// Every change from now on, after it was applied. Who lags takes everything as touched.
    pub fn watch(&self) -> broadcast::Receiver<Arc<Touched>> {
        self.watchers.subscribe()
    }

    /// What is counted.
    pub fn figures(&self) -> &Figures {
        &self.figures
    }

    /// How much is known.
    pub fn entries(&self) -> Entries {
        self.views.entries()
    }

    /// All that decides about `subject`, if it is known and may be used.
    ///
    /// INVARIANT: the stopwatch is read before the views are. A process that is paused in
    /// between answers as of the moment at which the check began.
    pub(super) fn recall(&self, subject: &Subject) -> Option<SubjectView> {
        if !self.holds_lease() {
            return None;
        }
        let view = self.views.get(subject)?;
        self.figures.hits.increment();
        Some(view)
    }

    /// To be called before something is loaded that is to be kept.
    pub(super) fn before_load(&self) -> Moment {
        self.figures.misses.increment();
        self.log().now()
    }

    /// Keeps what was loaded, unless a change touched it since `moment`: then what was
    /// loaded may be older than the change.
    pub(super) fn keep(&self, moment: Moment, subject: &Subject, view: &SubjectView) {
        if !self.holds_lease() {
            return;
        }
        let log = self.log();
        let outrun = log.touched_since(moment, |key| concerns(key, subject, view));
        if outrun && !flaws::has(Flaw::LoadKeptAcrossChange) {
            self.figures.outrun.increment();
            return;
        }
        let evicted = self.views.keep(subject, view, &self.limits);
        self.figures.evicted.add(evicted);
    }

    fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether the view depends on what `key` names.
fn concerns(key: &Key, subject: &Subject, view: &SubjectView) -> bool {
    let role = || view.membership.as_ref()?.role.as_ref().map(|role| role.id);
    match *key {
        Key::User(user) => user == subject.user,
        Key::Session(_, session) => Some(session) == subject.session,
        Key::Member(org, user) => Some(org) == subject.org && user == subject.user,
        Key::Role(org, id) => Some(org) == subject.org && role() == Some(id),
        Key::Org(org) => Some(org) == subject.org,
    }
}

impl std::fmt::Debug for Memory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Memory").field("lease", &self.lease).finish_non_exhaustive()
    }
}
