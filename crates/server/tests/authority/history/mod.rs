//! The history: changes of authority and answers that depend on it, each with its start and end by the
//! clock of this process.

mod judge;
mod possible;
#[cfg(test)]
mod tests;

use std::time::Duration;

pub use judge::{Violation, judge};

/// Time since the history began.
pub type Elapsed = Duration;

/// A fact about the authority of a person. Each person has one account, one membership in one
/// organization, and any number of sessions. Numbers are assigned by the checker.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Fact {
    /// Whether the session is valid: [`ON`] or [`OFF`].
    Session(u32),
    /// Whether the account of the person is active.
    Account(u32),
    /// Whether the membership of the person is active.
    Membership(u32),
    /// The number of the person's role.
    Role(u32),
    /// Whether this role grants the permission that is probed.
    RoleGrants(u32),
}

/// The value of a fact that is true.
pub const ON: u32 = 1;
/// The value of a fact that is false.
pub const OFF: u32 = 0;

/// The outcome of a change, as its client knows it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// The service acknowledged it.
    Acknowledged,
    /// It failed or no response arrived, so it may have been committed or not.
    Unknown,
}

/// A change of facts. A refused change is not recorded.
#[derive(Clone, Debug)]
pub struct Change {
    /// Kind of operation, for the report.
    pub kind: &'static str,
    /// Node that was asked, for the report; `None` for a change by SQL.
    pub node: Option<usize>,
    /// When it was sent.
    pub start: Elapsed,
    /// When the client received the response.
    pub end: Elapsed,
    /// Time after `end` during which the state before the change may still be answered: zero for a change
    /// by the service, the bound for a change by SQL, because SQL does not wait for the caches.
    pub grace: Duration,
    /// The outcome, as the client knows it.
    pub outcome: Outcome,
    /// The facts after the change.
    pub effects: Vec<(Fact, u32)>,
}

/// The facts that an answer depends on besides the session and the account. Each variant includes the
/// facts of those before it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Requirement {
    /// No other fact.
    Session,
    /// An active membership.
    Membership,
    /// A role that grants the permission that is probed.
    Permission,
}

/// The caller of a probe.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Caller {
    /// The number of the session.
    pub session: u32,
    /// The number of the person.
    pub person: u32,
}

/// How a probe was made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ProbeKind {
    /// By a read over HTTP.
    Read,
    /// By a write over HTTP; if it is allowed, it is committed.
    Write,
    /// By an event received over a socket. The probe counts as sent when the event was published.
    Event,
    /// By an open socket. The probe counts as sent one bound earlier, because the server must close the
    /// socket within the bound.
    OpenSocket,
}

/// The answer of the service to a probe.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// The caller has the authority.
    Allowed,
    /// The caller does not have the authority.
    Denied,
    /// No answer: 503 or no response. It is never a violation.
    Unavailable,
    /// A response with a status that the service must never send.
    Broken(u16),
}

/// A request or an observation that shows whether a caller has authority.
#[derive(Clone, Debug)]
pub struct Probe {
    /// How it was made.
    pub kind: ProbeKind,
    /// The node that was asked.
    pub node: usize,
    /// The caller.
    pub caller: Caller,
    /// The facts that the answer depends on.
    pub requires: Requirement,
    /// When it was sent.
    pub start: Elapsed,
    /// When the answer was received.
    pub end: Elapsed,
    /// The answer.
    pub verdict: Verdict,
}

/// A one-time secret that was presented to several nodes.
#[derive(Clone, Debug)]
pub struct Redemption {
    /// Kind of secret, for the report.
    pub kind: &'static str,
    /// When it was first presented.
    pub start: Elapsed,
    /// When the last answer was received.
    pub end: Elapsed,
    /// Number of requests that accepted it.
    pub accepted: usize,
    /// Number of requests without a known outcome.
    pub unknown: usize,
}

/// The whole history.
#[derive(Clone, Default, Debug)]
pub struct History {
    /// Changes of authority, in any order.
    pub changes: Vec<Change>,
    /// Probes, in any order.
    pub probes: Vec<Probe>,
    /// One-time secrets and their uses.
    pub redemptions: Vec<Redemption>,
}
