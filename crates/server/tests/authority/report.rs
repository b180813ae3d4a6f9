//! The report of a history.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{Display, Formatter, Result, Write};
use std::time::Duration;

use crate::history::{
    Caller, Change, Elapsed, Fact, History, OFF, Outcome, Probe, ProbeKind, Redemption, Requirement, Verdict,
    Violation,
};
use crate::recorder::{FaultPeriod, SocketLifetime};

/// Maximum number of violations shown.
const SHOWN: usize = 10;

pub struct Report {
    pub seed: u64,
    pub history: History,
    pub fault_periods: Vec<FaultPeriod>,
    pub socket_lifetimes: Vec<SocketLifetime>,
    pub remarks: Vec<String>,
    pub violations: Vec<Violation>,
}

impl Report {
    fn overlaps_fault(&self, start: Elapsed, end: Elapsed) -> bool {
        self.fault_periods.iter().any(|period| period.start <= end && start <= period.end)
    }

    /// Durations of acknowledged changes, without faults and during them.
    fn acknowledgements(&self) -> (Times, Times) {
        let acknowledged = self.history.changes.iter().filter(|change| {
            change.outcome == Outcome::Acknowledged && change.grace.is_zero() && change.node.is_some()
        });
        let (with, without): (Vec<_>, Vec<_>) =
            acknowledged.partition(|change| self.overlaps_fault(change.start, change.end));
        let times = |changes: Vec<&Change>| {
            Times::of(changes.iter().map(|change| change.end.saturating_sub(change.start)))
        };
        (times(without), times(with))
    }

    /// Times for which callers were still allowed after a reduction by SQL.
    fn sql_delays(&self) -> Times {
        let reductions = self.history.changes.iter().filter(|change| !change.grace.is_zero());
        Times::of(reductions.filter_map(|change| {
            let facts = reduced(change)?;
            let next = self.history.changes.iter().filter(|other| {
                other.start > change.start && other.effects.iter().any(|(fact, _)| facts.contains(fact))
            });
            let until = next.map(|other| other.start).min().unwrap_or(Elapsed::MAX);
            let stale = self.history.probes.iter().filter(|probe| {
                let Caller { session, person } = probe.caller;
                let concerned = [Fact::Session(session), Fact::Account(person)].contains(&facts[0])
                    || (facts[0] == Fact::Membership(person) && probe.requires != Requirement::Session);
                let meanwhile = probe.start > change.end && probe.end < until;
                concerned && meanwhile && probe.verdict == Verdict::Allowed && probe.kind == ProbeKind::Read
            });
            Some(stale.map(|probe| probe.start.saturating_sub(change.end)).max().unwrap_or_default())
        }))
    }

    /// Times for which sockets stayed open after their authority was lost.
    fn socket_delays(&self) -> Times {
        let late = self.socket_lifetimes.iter().filter_map(|lifetime| {
            let reductions = self.history.changes.iter().filter(|change| {
                let facts = reduced(change).unwrap_or_default();
                facts.iter().any(|fact| needed(lifetime.caller).contains(fact))
                    && change.outcome == Outcome::Acknowledged
                    && lifetime.opened < change.start
                    && change.start < lifetime.closed
            });
            let lost_at = reductions.map(|change| change.end).min()?;
            Some(lifetime.closed.saturating_sub(lost_at))
        });
        Times::of(late)
    }

    fn probes(&self) -> BTreeMap<(String, &'static str), usize> {
        let mut counts = BTreeMap::new();
        for Probe { kind, verdict, .. } in &self.history.probes {
            let verdict = match verdict {
                Verdict::Allowed => "allowed",
                Verdict::Denied => "denied",
                Verdict::Unavailable => "unavailable",
                Verdict::Broken(_) => "broken",
            };
            *counts.entry((format!("{kind:?}"), verdict)).or_default() += 1;
        }
        counts
    }

    fn operations(&self) -> BTreeMap<(&'static str, &'static str), usize> {
        let mut counts = BTreeMap::new();
        for change in self.history.changes.iter().filter(|change| change.kind != "initial state") {
            let outcome = match change.outcome {
                Outcome::Acknowledged => "done",
                Outcome::Unknown => "unknown",
            };
            *counts.entry((change.kind, outcome)).or_default() += 1;
        }
        counts
    }

    /// Describes the changes that concern the caller of a violation, and the faults, within a few seconds of
    /// it.
    fn around(&self, probe: &Probe) -> String {
        let person = needed(probe.caller);
        let role = Fact::Role(probe.caller.person);
        let effects = self.history.changes.iter().flat_map(|change| &change.effects);
        let roles = effects.filter(|(fact, _)| *fact == role).map(|(_, role)| Fact::RoleGrants(*role));
        let roles: BTreeSet<_> = roles.collect();
        let near = Duration::from_secs(6);
        let mut text = String::new();
        for change in &self.history.changes {
            let about =
                |(fact, _): &(Fact, u32)| person.contains(fact) || *fact == role || roles.contains(fact);
            if change.effects.iter().any(about)
                && change.start < probe.end + near
                && change.end + near > probe.start
            {
                let Change { kind, node, start, end, outcome, effects, .. } = change;
                let _ =
                    writeln!(text, "      {start:?} to {end:?} {kind} at {node:?}: {outcome:?} {effects:?}");
            }
        }
        for period in self
            .fault_periods
            .iter()
            .filter(|period| period.end + near > probe.start && period.start < probe.end + near)
        {
            let FaultPeriod { fault, start, end, .. } = period;
            let _ = writeln!(text, "      {start:?} to {end:?} {fault}");
        }
        text
    }
}

impl Report {
    fn explain(&self, f: &mut Formatter<'_>, probe: &Probe) -> Result {
        let Probe { kind, node, caller, requires, start, end, verdict } = probe;
        writeln!(
            f,
            "      {start:?} to {end:?} {kind:?} of {requires:?} by {caller:?} at node {node}: {verdict:?}"
        )?;
        f.write_str(&self.around(probe))
    }
}

/// Returns the facts that a change makes false; `None` if there are none.
fn reduced(change: &Change) -> Option<Vec<Fact>> {
    let gone = change.effects.iter().filter(|(fact, value)| {
        *value == OFF && matches!(fact, Fact::Session(_) | Fact::Account(_) | Fact::Membership(_))
    });
    let gone: Vec<_> = gone.map(|(fact, _)| *fact).collect();
    (!gone.is_empty()).then_some(gone)
}

fn needed(caller: Caller) -> [Fact; 3] {
    [Fact::Session(caller.session), Fact::Account(caller.person), Fact::Membership(caller.person)]
}

impl Display for Report {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        writeln!(f, "history of seed {}", self.seed)?;
        for ((kind, outcome), count) in self.operations() {
            writeln!(f, "  {count:7} {kind}: {outcome}")?;
        }
        for ((kind, verdict), count) in self.probes() {
            writeln!(f, "  {count:7} {kind}: {verdict}")?;
        }
        let accepted: usize = self.history.redemptions.iter().map(|redemption| redemption.accepted).sum();
        writeln!(
            f,
            "  {:7} secrets presented to all nodes, {accepted} accepted",
            self.history.redemptions.len()
        )?;
        let mut remarks: BTreeMap<&str, usize> = BTreeMap::new();
        for remark in &self.remarks {
            *remarks.entry(remark).or_default() += 1;
        }
        for (remark, count) in remarks.iter().take(SHOWN) {
            writeln!(f, "  {count:7} {}", remark.chars().take(160).collect::<String>())?;
        }
        writeln!(f, "  {:7} faults", self.fault_periods.len())?;
        let (without, with) = self.acknowledgements();
        writeln!(f, "  acknowledged without fault {without}")?;
        writeln!(f, "  acknowledged during faults {with}")?;
        writeln!(f, "  SQL took effect            {}", self.sql_delays())?;
        writeln!(f, "  sockets closed             {}", self.socket_delays())?;
        writeln!(f, "  {:7} violations", self.violations.len())?;
        for violation in self.violations.iter().take(SHOWN) {
            writeln!(f, "    {}", violation.name())?;
            match violation {
                Violation::UsedTwice(Redemption { kind, start, end, accepted, unknown }) => {
                    writeln!(f, "      {start:?} to {end:?} {kind}: accepted {accepted}, unknown {unknown}")?;
                }
                other => other.probe().map_or(Ok(()), |probe| self.explain(f, probe))?,
            }
        }
        Ok(())
    }
}

/// Measured durations.
pub struct Times(Vec<Duration>);

impl Times {
    fn of(times: impl Iterator<Item = Duration>) -> Self {
        let mut times: Vec<_> = times.collect();
        times.sort();
        Self(times)
    }

    fn percentile(&self, percent: usize) -> Duration {
        let last = self.0.len().saturating_sub(1);
        self.0.get((self.0.len() * percent / 100).min(last)).copied().unwrap_or_default()
    }
}

impl Display for Times {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let [middle, high, most] = [50, 99, 100].map(|percent| self.percentile(percent).as_secs_f64() * 1e3);
        write!(f, "p50 {middle:.1} ms, p99 {high:.1} ms, max {most:.1} ms (of {})", self.0.len())
    }
}
