//! The rules: which answers no history may contain.

use super::possible::PossibleValues;
use super::{History, Probe, ProbeKind, Redemption, Verdict};

/// A violation of the promise.
#[derive(Clone, Debug)]
pub enum Violation {
    /// Allowed, although the authority was lost before the probe was sent.
    StaleAllow(Probe),
    /// Denied, although the authority was given before the probe was sent.
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
    /// Returns the name in reports.
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

    /// Returns the probe with the wrong answer; `None` if the violation concerns a one-time secret.
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
    let possible = PossibleValues::of(&history.changes);
    let probes = history.probes.iter().filter_map(|probe| violation(&possible, probe));
    let twice = history.redemptions.iter().filter(|redemption| redemption.accepted > 1);
    probes.chain(twice.cloned().map(Violation::UsedTwice)).collect()
}

fn violation(possible: &PossibleValues, probe: &Probe) -> Option<Violation> {
    let correct = || possible.correct_answers(probe.caller, probe.requires, probe.start, probe.end);
    let violation = match (probe.verdict, probe.kind) {
        (Verdict::Unavailable, _) => return None,
        (Verdict::Broken(_), _) => Violation::Broken,
        (Verdict::Denied, _) if correct().denied => return None,
        (Verdict::Denied, _) => Violation::StaleDeny,
        (Verdict::Allowed, _) if correct().allowed => return None,
        (Verdict::Allowed, ProbeKind::Read) => Violation::StaleAllow,
        (Verdict::Allowed, ProbeKind::Write) => Violation::LostAuthority,
        (Verdict::Allowed, ProbeKind::Event) => Violation::StaleEvent,
        (Verdict::Allowed, ProbeKind::OpenSocket) => Violation::OpenSocket,
    };
    Some(violation(probe.clone()))
}
