//! Records the history while it runs.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use crate::history::{Caller, Change, Elapsed, Fact, History, Outcome, Probe, Redemption};

/// A fault and the time for which it lasted.
#[derive(Clone, Debug)]
pub struct FaultPeriod {
    pub fault: String,
    /// The node that was stopped by it, if any.
    pub stopped: Option<usize>,
    pub start: Elapsed,
    pub end: Elapsed,
}

/// The user of a socket and the time for which it was open.
#[derive(Clone, Copy, Debug)]
pub struct SocketLifetime {
    pub node: usize,
    pub caller: Caller,
    pub opened: Elapsed,
    pub closed: Elapsed,
}

/// The recorded history.
pub struct Recorder {
    began: Instant,
    next: AtomicU32,
    over: AtomicBool,
    /// The start of the change that each writer has not finished yet.
    unfinished: Mutex<BTreeMap<usize, Elapsed>>,
    history: Mutex<History>,
    fault_periods: Mutex<Vec<FaultPeriod>>,
    socket_lifetimes: Mutex<Vec<SocketLifetime>>,
    remarks: Mutex<Vec<String>>,
}

impl Recorder {
    pub fn new() -> Self {
        Self {
            began: Instant::now(),
            next: AtomicU32::new(10),
            over: AtomicBool::new(false),
            unfinished: Mutex::default(),
            history: Mutex::default(),
            fault_periods: Mutex::default(),
            socket_lifetimes: Mutex::default(),
            remarks: Mutex::default(),
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
        self.unfinished.lock().unwrap().insert(writer, now);
    }

    /// Records that the writer has recorded the outcome of its change.
    pub fn end(&self, writer: usize) {
        self.unfinished.lock().unwrap().remove(&writer);
    }

    /// Returns the part of the history that can be judged already. It leaves out probes that a change may
    /// explain whose outcome is not recorded yet.
    pub fn history_so_far(&self) -> History {
        let now = self.now();
        let horizon = self.unfinished.lock().unwrap().values().min().copied().unwrap_or(now);
        let mut history = self.history();
        history.probes.retain(|probe| probe.end < horizon);
        history
    }

    pub fn record_change(&self, change: Change) {
        self.history.lock().unwrap().changes.push(change);
    }

    /// Records the first values of facts.
    pub fn record_initial(&self, start: Elapsed, effects: Vec<(Fact, u32)>) {
        let (end, grace, outcome) = (self.now(), Duration::ZERO, Outcome::Acknowledged);
        self.record_change(Change { kind: "initial state", node: None, start, end, grace, outcome, effects });
    }

    pub fn record_probe(&self, probe: Probe) {
        self.history.lock().unwrap().probes.push(probe);
    }

    pub fn record_redemption(&self, redemption: Redemption) {
        self.history.lock().unwrap().redemptions.push(redemption);
    }

    pub fn record_fault(&self, period: FaultPeriod) {
        self.fault_periods.lock().unwrap().push(period);
    }

    pub fn record_socket(&self, lifetime: SocketLifetime) {
        self.socket_lifetimes.lock().unwrap().push(lifetime);
    }

    /// Records an observation for the report that is not a violation.
    pub fn record_remark(&self, what: String) {
        self.remarks.lock().unwrap().push(what);
    }

    pub fn history(&self) -> History {
        self.history.lock().unwrap().clone()
    }

    pub fn fault_periods(&self) -> Vec<FaultPeriod> {
        self.fault_periods.lock().unwrap().clone()
    }

    pub fn socket_lifetimes(&self) -> Vec<SocketLifetime> {
        self.socket_lifetimes.lock().unwrap().clone()
    }

    pub fn remarks(&self) -> Vec<String> {
        self.remarks.lock().unwrap().clone()
    }
}
