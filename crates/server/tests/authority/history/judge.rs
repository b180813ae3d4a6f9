//! The rules: what must never be seen in a history.

use super::possible::Possible;
use super::{History, Probe, Redemption, Verdict, Way};

/// A broken promise.
#[derive(Clone, Debug)]
pub enum Violation {
    /// Allowed, though the authority had gone before the question was put.
    StaleAllow(Probe),
    /// Denied, though the authority was there before the question was put.
    StaleDeny(Probe),
    /// A write was committed on authority that had gone before it was sent.
    LostAuthority(Probe),
    /// An event arrived that was published after the authority had gone.
    StaleEvent(Probe),
    /// A socket was open for longer than the bound after the authority had gone.
    OpenSocket(Probe),
    /// An answer that the service should never give.
    Broken(Probe),
    /// A secret that works once worked again.
    UsedTwice(Redemption),
}

impl Violation {
    /// Its name in reports.
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

    /// The question that was answered wrongly, where it was one.
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

/// Everything in the history that no order of what happened at once explains.
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
