//! What happened: changes of authority, and answers that depend on it, each with its
//! beginning and its end by the one clock of this process.

mod judge;
mod possible;
#[cfg(test)]
mod tests;

use std::time::Duration;

pub use judge::{Violation, judge};

/// Since the history began.
pub type Elapsed = Duration;

/// Something about the authority of people, each of which has one account and one
/// place in one organization, and any number of sessions. Numbers are the checker's own.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Fact {
    /// Whether the session lives: [`ON`] or [`OFF`].
    Session(u32),
    /// Whether this person's account is active.
    Account(u32),
    /// Whether this person's membership is active.
    Membership(u32),
    /// Which role this person has.
    Role(u32),
    /// Whether this role grants what is asked for.
    RoleGrants(u32),
}

/// The fact holds.
pub const ON: u32 = 1;
/// It does not.
pub const OFF: u32 = 0;

/// What the service said to a change.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// It is done.
    Acknowledged,
    /// Nobody knows: it failed, or the answer never came.
    Unknown,
}

/// Something that alters facts. What was refused alters nothing, and is none.
#[derive(Clone, Debug)]
pub struct Change {
    /// What kind of operation, for the report.
    pub kind: &'static str,
    /// Where, for the report.
    pub node: Option<usize>,
    /// When it was sent.
    pub start: Elapsed,
    /// When the client knew.
    pub end: Elapsed,
    /// How long after that nobody may rely on it yet: nothing for a client of the
    /// service; the bound for somebody who writes to the database and does not wait.
    pub grace: Duration,
    /// What the client was told.
    pub outcome: Outcome,
    /// What is so afterwards.
    pub effects: Vec<(Fact, u32)>,
}

/// What an answer depends on, beside the session and the account.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Asks {
    /// Nothing.
    Life,
    /// An active membership.
    Socket,
    /// And a role that grants what is asked for.
    Permission,
}

/// The caller.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Asker {
    /// The session.
    pub session: u32,
    /// The person.
    pub person: u32,
}

/// How the question was put.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Way {
    /// A read over HTTP.
    Read,
    /// A write over HTTP: allowed is committed.
    Write,
    /// An event came over a socket; the question was put when it was published.
    Event,
    /// A socket is open; it has to be closed within the bound, so the question was put
    /// that much earlier.
    OpenSocket,
}

/// What the service said to a question.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// Yes.
    Allowed,
    /// No.
    Denied,
    /// Not now: 503, or no answer. Never wrong.
    Unavailable,
    /// Something that it should never say.
    Broken(u16),
}

/// A question about authority.
#[derive(Clone, Debug)]
pub struct Probe {
    /// How it was put.
    pub way: Way,
    /// Where.
    pub node: usize,
    /// By whom.
    pub asker: Asker,
    /// What the answer depends on.
    pub asks: Asks,
    /// When it was put.
    pub start: Elapsed,
    /// When the answer was there.
    pub end: Elapsed,
    /// The answer.
    pub verdict: Verdict,
}

/// One secret that works once, shown several times.
#[derive(Clone, Debug)]
pub struct Redemption {
    /// What it was for.
    pub kind: &'static str,
    /// When it was first shown.
    pub start: Elapsed,
    /// When the last answer was there.
    pub end: Elapsed,
    /// How often it was taken.
    pub taken: usize,
    /// How often nobody knows.
    pub unknown: usize,
}

/// All of it.
#[derive(Clone, Default, Debug)]
pub struct History {
    /// What altered authority; in any order.
    pub changes: Vec<Change>,
    /// What was asked.
    pub probes: Vec<Probe>,
    /// What can be used once.
    pub redemptions: Vec<Redemption>,
}
