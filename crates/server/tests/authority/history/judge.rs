//! The rules: which answers no history may contain.

use super::possible::Possible;
use super::{History, Probe, Redemption, Verdict, Way};

/// A violation of the promise.
#[derive(Clone, Debug)]
pub enum Violation {
    /// Allowed, although the authority was lost before the question was sent.
    StaleAllow(Probe),
    /// Denied, although the authority was given before the question was sent.
    StaleDeny(Probe),
    /// A write was committed, although the authority was lost before it was sent.
    LostAuthority(Probe),
    /// An event was received that was published after the authority was lost.
    StaleEvent(Probe),
    /// A socket was open for longer than the bound after the authority was lost.
    OpenSocket(Probe),
    /// A response that the service must never send.
    Broken(Probe),
    /// A one-time secret was accepted more than once.
    UsedTwice(Redemption),
}

impl Violation {
    /// The name in reports.
    pub fn name(&self) -> &'static str {
        match self {
            Self::StaleAllow(_) => "allowed after an acknowledged reduction",
            Self::StaleDeny(_) => "denied after an acknowledged grant",
            Self::LostAuthority(_) => "committed on lost authority",
            Self::StaleEvent(_) => "event after an acknowledged reduction",
            Self::OpenSocket(_) => "socket open beyond the bound",
            Self::Broken(_) => "an answer that should never be given",
            Self::UsedTwice(_) => "one-time secret used twice",
        }
    }

    /// The question with the wrong answer, if the violation is about a question.
    pub fn probe(&self) -> Option<&Probe> {
        match self {
            Self::StaleAllow(probe)
            | Self::StaleDeny(probe)
            | Self::LostAuthority(probe)
            | Self::StaleEvent(probe)
            | Self::OpenSocket(probe)
            | Self::Broken(probe) => Some(probe),
            Self::UsedTwice(_) => None,
        }
    }
}

/// Returns every answer that no order of the concurrent operations explains.
pub fn judge(history: &History) -> Vec<Violation> {
    let possible = Possible::of(&history.changes);
    let probes = history.probes.iter().filter_map(|probe| wrong(&possible, probe));
    let twice = history.redemptions.iter().filter(|redemption| redemption.taken > 1);
    probes.chain(twice.cloned().map(Violation::UsedTwice)).collect()
}

fn wrong(possible: &Possible, probe: &Probe) -> Option<Violation> {
    let right = || possible.right(probe.asker, probe.asks, probe.start, probe.end);
    let violation = match (probe.verdict, probe.way) {
        (Verdict::Unavailable, _) => return None,
        (Verdict::Broken(_), _) => Violation::Broken,
        (Verdict::Denied, _) if right().no => return None,
        (Verdict::Denied, _) => Violation::StaleDeny,
        (Verdict::Allowed, _) if right().yes => return None,
        (Verdict::Allowed, Way::Read) => Violation::StaleAllow,
        (Verdict::Allowed, Way::Write) => Violation::LostAuthority,
        (Verdict::Allowed, Way::Event) => Violation::StaleEvent,
        (Verdict::Allowed, Way::OpenSocket) => Violation::OpenSocket,
    };
    Some(violation(probe.clone()))
}
