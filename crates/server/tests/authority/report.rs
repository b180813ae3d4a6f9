//! The report of a history.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{Display, Formatter, Result, Write};
use std::time::Duration;

use crate::history::{
    Asker, Asks, Change, Elapsed, Fact, History, OFF, Outcome, Probe, Redemption, Verdict, Violation, Way,
};
use crate::recorder::{Closing, Trouble};

/// Maximum number of violations shown.
const SHOWN: usize = 10;

pub struct Report {
    pub seed: u64,
    pub history: History,
    pub troubles: Vec<Trouble>,
    pub closings: Vec<Closing>,
    pub odds: Vec<String>,
    pub violations: Vec<Violation>,
}

impl Report {
    fn troubled(&self, start: Elapsed, end: Elapsed) -> bool {
        self.troubles.iter().any(|trouble| trouble.start <= end && start <= trouble.end)
    }

    /// Durations of acknowledged changes, without faults and during them.
    fn acknowledgements(&self) -> (Times, Times) {
        let acknowledged = self.history.changes.iter().filter(|change| {
            change.outcome == Outcome::Acknowledged && change.grace.is_zero() && change.node.is_some()
        });
        let (with, without): (Vec<_>, Vec<_>) =
            acknowledged.partition(|change| self.troubled(change.start, change.end));
        let times = |changes: Vec<&Change>| {
            Times::of(changes.iter().map(|change| change.end.saturating_sub(change.start)))
        };
        (times(without), times(with))
    }

    /// Times for which callers were still allowed after a reduction by SQL.
    fn direct(&self) -> Times {
        let reductions = self.history.changes.iter().filter(|change| !change.grace.is_zero());
        Times::of(reductions.filter_map(|change| {
            let facts = reduced(change)?;
            let next = self.history.changes.iter().filter(|other| {
                other.start > change.start && other.effects.iter().any(|(fact, _)| facts.contains(fact))
            });
            let until = next.map(|other| other.start).min().unwrap_or(Elapsed::MAX);
            let stale = self.history.probes.iter().filter(|probe| {
                let Asker { session, person } = probe.asker;
                let concerned = [Fact::Session(session), Fact::Account(person)].contains(&facts[0])
                    || (facts[0] == Fact::Membership(person) && probe.asks != Asks::Life);
                let meanwhile = probe.start > change.end && probe.end < until;
                concerned && meanwhile && probe.verdict == Verdict::Allowed && probe.way == Way::Read
            });
            Some(stale.map(|probe| probe.start.saturating_sub(change.end)).max().unwrap_or_default())
        }))
    }

    /// Times for which sockets stayed open after their authority was lost.
    fn closings(&self) -> Times {
        let late = self.closings.iter().filter_map(|closing| {
            let went = self.history.changes.iter().filter(|change| {
                let facts = reduced(change).unwrap_or_default();
                facts.iter().any(|fact| needed(closing.asker).contains(fact))
                    && change.outcome == Outcome::Acknowledged
                    && closing.opened < change.start
                    && change.start < closing.closed
            });
            let went = went.map(|change| change.end).min()?;
            Some(closing.closed.saturating_sub(went))
        });
        Times::of(late)
    }

    fn probes(&self) -> BTreeMap<(String, &'static str), usize> {
        let mut counts = BTreeMap::new();
        for Probe { way, verdict, .. } in &self.history.probes {
            let verdict = match verdict {
                Verdict::Allowed => "allowed",
                Verdict::Denied => "denied",
                Verdict::Unavailable => "unavailable",
                Verdict::Broken(_) => "broken",
            };
            *counts.entry((format!("{way:?}"), verdict)).or_default() += 1;
        }
        counts
    }

    fn operations(&self) -> BTreeMap<(&'static str, &'static str), usize> {
        let mut counts = BTreeMap::new();
        for change in self.history.changes.iter().filter(|change| change.kind != "birth") {
            let outcome = match change.outcome {
                Outcome::Acknowledged => "done",
                Outcome::Unknown => "unknown",
            };
            *counts.entry((change.kind, outcome)).or_default() += 1;
        }
        counts
    }

    /// The changes within a few seconds of a violation that concern its caller.
    fn around(&self, probe: &Probe) -> String {
        let person = needed(probe.asker);
        let role = Fact::Role(probe.asker.person);
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
        for trouble in self
            .troubles
            .iter()
            .filter(|trouble| trouble.end + near > probe.start && trouble.start < probe.end + near)
        {
            let Trouble { fault, start, end, .. } = trouble;
            let _ = writeln!(text, "      {start:?} to {end:?} {fault}");
        }
        text
    }
}

impl Report {
    fn explain(&self, f: &mut Formatter<'_>, probe: &Probe) -> Result {
        let Probe { way, node, asker, asks, start, end, verdict } = probe;
        writeln!(
            f,
            "      {start:?} to {end:?} {way:?} of {asks:?} by {asker:?} at node {node}: {verdict:?}"
        )?;
        f.write_str(&self.around(probe))
    }
}

/// The facts that a change makes false.
fn reduced(change: &Change) -> Option<Vec<Fact>> {
    let gone = change.effects.iter().filter(|(fact, value)| {
        *value == OFF && matches!(fact, Fact::Session(_) | Fact::Account(_) | Fact::Membership(_))
    });
    let gone: Vec<_> = gone.map(|(fact, _)| *fact).collect();
    (!gone.is_empty()).then_some(gone)
}

fn needed(asker: Asker) -> [Fact; 3] {
    [Fact::Session(asker.session), Fact::Account(asker.person), Fact::Membership(asker.person)]
}

impl Display for Report {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        writeln!(f, "history of seed {}", self.seed)?;
        for ((kind, outcome), count) in self.operations() {
            writeln!(f, "  {count:7} {kind}: {outcome}")?;
        }
        for ((way, verdict), count) in self.probes() {
            writeln!(f, "  {count:7} {way}: {verdict}")?;
        }
        let taken: usize = self.history.redemptions.iter().map(|redemption| redemption.taken).sum();
        writeln!(f, "  {:7} secrets shown to all nodes, {taken} taken", self.history.redemptions.len())?;
        let mut odds: BTreeMap<&str, usize> = BTreeMap::new();
        for odd in &self.odds {
            *odds.entry(odd).or_default() += 1;
        }
        for (odd, count) in odds.iter().take(SHOWN) {
            writeln!(f, "  {count:7} {}", odd.chars().take(160).collect::<String>())?;
        }
        writeln!(f, "  {:7} faults", self.troubles.len())?;
        let (without, with) = self.acknowledgements();
        writeln!(f, "  acknowledged without fault {without}")?;
        writeln!(f, "  acknowledged amid a fault  {with}")?;
        writeln!(f, "  SQL took effect            {}", self.direct())?;
        writeln!(f, "  sockets closed             {}", self.closings())?;
        writeln!(f, "  {:7} violations", self.violations.len())?;
        for violation in self.violations.iter().take(SHOWN) {
            writeln!(f, "    {}", violation.name())?;
            match violation {
                Violation::UsedTwice(Redemption { kind, start, end, taken, unknown }) => {
                    writeln!(f, "      {start:?} to {end:?} {kind}: taken {taken}, unknown {unknown}")?;
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
