//! The history: changes of authority and answers that depend on it, each with its start and end by
//! the one clock of this process.

mod judge;
mod possible;
#[cfg(test)]
mod tests;

use std::time::Duration;

pub use judge::{Violation, judge};

/// Since the history began.
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
    /// Whether this role grants what is asked for.
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
    /// When the client knew.
    pub end: Elapsed,
    /// How long after that nobody may rely on it yet: nothing for a client of the
    /// service; the bound for somebody who writes to the database and does not wait.
    pub grace: Duration,
    /// The outcome, as the client knows it.
    pub outcome: Outcome,
    /// The facts after the change.
    pub effects: Vec<(Fact, u32)>,
}

/// The facts that an answer depends on, besides the session and the account.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Asks {
    /// No other fact.
    Life,
    /// An active membership.
    Socket,
    /// And a role that grants what is asked for.
    Permission,
}

/// The caller of a probe.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Asker {
    /// The number of the session.
    pub session: u32,
    /// The number of the person.
    pub person: u32,
}

/// How the question was asked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Way {
    /// By a read over HTTP.
    Read,
    /// By a write over HTTP; if it is allowed, it is committed.
    Write,
    /// By an event received over a socket; the question counts as sent when the event was published.
    Event,
    /// By an open socket. The server must close it within the bound, so the question counts as sent
    /// that much earlier.
    OpenSocket,
}

/// The answer of the service to a question.
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

/// A question about authority and its answer.
#[derive(Clone, Debug)]
pub struct Probe {
    /// How it was asked.
    pub way: Way,
    /// The node that was asked.
    pub node: usize,
    /// The caller.
    pub asker: Asker,
    /// The facts that the answer depends on.
    pub asks: Asks,
    /// When it was put.
    pub start: Elapsed,
    /// When the answer was there.
    pub end: Elapsed,
    /// The answer.
    pub verdict: Verdict,
}

/// One one-time secret, presented several times.
#[derive(Clone, Debug)]
pub struct Redemption {
    /// Kind of secret, for the report.
    pub kind: &'static str,
    /// When it was first shown.
    pub start: Elapsed,
    /// When the last answer was there.
    pub end: Elapsed,
    /// How often it was taken.
    pub taken: usize,
    /// Number of requests without a known outcome.
    pub unknown: usize,
}

/// The whole history.
#[derive(Clone, Default, Debug)]
pub struct History {
    /// Changes of authority, in any order.
    pub changes: Vec<Change>,
    /// Questions and their answers.
    pub probes: Vec<Probe>,
    /// One-time secrets and their uses.
    pub redemptions: Vec<Redemption>,
}
