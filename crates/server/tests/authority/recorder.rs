//! Records the history while it happens.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use crate::history::{Asker, Change, Elapsed, Fact, History, Outcome, Probe, Redemption};

/// A fault and its time.
#[derive(Clone, Debug)]
pub struct Trouble {
    pub fault: String,
    /// The node that was stopped by it, if any.
    pub stopped: Option<usize>,
    pub start: Elapsed,
    pub end: Elapsed,
}

/// A socket and the time for which it was open.
#[derive(Clone, Copy, Debug)]
pub struct Closing {
    pub node: usize,
    pub asker: Asker,
    pub opened: Elapsed,
    pub closed: Elapsed,
}

/// The recorded history.
pub struct Recorder {
    began: Instant,
    next: AtomicU32,
    over: AtomicBool,
    under_way: Mutex<BTreeMap<usize, Elapsed>>,
    history: Mutex<History>,
    troubles: Mutex<Vec<Trouble>>,
    closings: Mutex<Vec<Closing>>,
    odd: Mutex<Vec<String>>,
}

impl Recorder {
    pub fn new() -> Self {
        Self {
            began: Instant::now(),
            next: AtomicU32::new(10),
            over: AtomicBool::new(false),
            under_way: Mutex::default(),
            history: Mutex::default(),
            troubles: Mutex::default(),
            closings: Mutex::default(),
            odd: Mutex::default(),
        }
    }

    pub fn now(&self) -> Elapsed {
        self.began.elapsed()
    }

    /// Returns a new number for a session, a person or a role.
    pub fn number(&self) -> u32 {
        self.next.fetch_add(1, Ordering::Relaxed)
    }

    /// Ends the history. After it, no operation is started.
    pub fn finish(&self) {
        self.over.store(true, Ordering::Relaxed);
    }

    pub fn is_over(&self) -> bool {
        self.over.load(Ordering::Relaxed)
    }

    /// Records that a writer starts a change.
    pub fn begin(&self, writer: usize) {
        let now = self.now();
        self.under_way.lock().unwrap().insert(writer, now);
    }

    /// Records that the writer has recorded the outcome of its change.
    pub fn end(&self, writer: usize) {
        self.under_way.lock().unwrap().remove(&writer);
    }

    /// Returns the part of the history that can be judged: without probes that a change may explain
    /// whose outcome is not recorded yet.
    pub fn history_so_far(&self) -> History {
        let now = self.now();
        let horizon = self.under_way.lock().unwrap().values().min().copied().unwrap_or(now);
        let mut history = self.history();
        history.probes.retain(|probe| probe.end < horizon);
        history
    }

    pub fn change(&self, change: Change) {
        self.history.lock().unwrap().changes.push(change);
    }

    /// Facts that begin, and were never otherwise.
    pub fn born(&self, start: Elapsed, effects: Vec<(Fact, u32)>) {
        let (end, grace, outcome) = (self.now(), Duration::ZERO, Outcome::Acknowledged);
        self.change(Change { kind: "birth", node: None, start, end, grace, outcome, effects });
    }

    pub fn probe(&self, probe: Probe) {
        self.history.lock().unwrap().probes.push(probe);
    }

    pub fn redemption(&self, redemption: Redemption) {
        self.history.lock().unwrap().redemptions.push(redemption);
    }

    pub fn trouble(&self, trouble: Trouble) {
        self.troubles.lock().unwrap().push(trouble);
    }

    pub fn closing(&self, closing: Closing) {
        self.closings.lock().unwrap().push(closing);
    }

    /// Records an observation for the report that is not a violation.
    pub fn odd(&self, what: String) {
        self.odd.lock().unwrap().push(what);
    }

    pub fn history(&self) -> History {
        self.history.lock().unwrap().clone()
    }

    pub fn troubles(&self) -> Vec<Trouble> {
        self.troubles.lock().unwrap().clone()
    }

    pub fn closings(&self) -> Vec<Closing> {
        self.closings.lock().unwrap().clone()
    }

    pub fn odds(&self) -> Vec<String> {
        self.odd.lock().unwrap().clone()
    }
}
