//! The values that facts can have had at some time.

use std::collections::{BTreeSet, HashMap};

use super::{Asker, Asks, Change, Elapsed, Fact, OFF, ON, Outcome};

/// One change of one fact.
struct Write {
    start: Elapsed,
    end: Elapsed,
    /// From when on nothing earlier counts; never, if nobody knows whether it was done.
    reliable: Option<Elapsed>,
    /// The latest end of this and all that started earlier.
    latest_end: Elapsed,
    value: u32,
}

/// Which answers are correct. Both can be, if operations overlap.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Right {
    pub yes: bool,
    pub no: bool,
}

/// The changes of each fact, in the order of their start.
pub struct Possible(HashMap<Fact, Vec<Write>>);

impl Possible {
    pub fn of(changes: &[Change]) -> Self {
        let mut facts: HashMap<Fact, Vec<Write>> = HashMap::new();
        for change in changes {
            let acknowledged = change.outcome == Outcome::Acknowledged;
            for (fact, value) in &change.effects {
                facts.entry(*fact).or_default().push(Write {
                    start: change.start,
                    end: change.end,
                    reliable: acknowledged.then(|| change.end + change.grace),
                    latest_end: change.end,
                    value: *value,
                });
            }
        }
        for writes in facts.values_mut() {
            writes.sort_by_key(|write| write.start);
            let mut latest = Elapsed::ZERO;
            for write in writes {
                latest = latest.max(write.end);
                write.latest_end = latest;
            }
        }
        Self(facts)
    }

    /// The values that the fact can have had at some time from `start` to `end`: all
    /// that were written, except what was over when something that could be relied on
    /// at `start` was begun. Whatever happened at once can have happened in any order.
    fn values(&self, fact: Fact, start: Elapsed, end: Elapsed) -> BTreeSet<u32> {
        let writes = self.0.get(&fact).map(Vec::as_slice).unwrap_or_default();
        let begun = &writes[..writes.partition_point(|write| write.start <= end)];
        let reliable = |write: &&Write| write.reliable.is_some_and(|since| since <= start);
        let settled = begun.iter().rev().find(reliable).map(|write| write.start);
        let counts = |ended: Elapsed| settled.is_none_or(|settled| ended > settled);
        let recent = begun.iter().rev().take_while(|write| counts(write.latest_end));
        recent.filter(|write| counts(write.end)).map(|write| write.value).collect()
    }

    /// Which answers can be right to a question that was put at `start` and answered
    /// at `end`.
    pub fn right(&self, asker: Asker, asks: Asks, start: Elapsed, end: Elapsed) -> Right {
        let values = |fact| self.values(fact, start, end);
        let mut needed = vec![values(Fact::Session(asker.session)), values(Fact::Account(asker.person))];
        if asks != Asks::Life {
            needed.push(values(Fact::Membership(asker.person)));
        }
        if asks == Asks::Permission {
            let roles = values(Fact::Role(asker.person));
            needed.push(roles.into_iter().flat_map(|role| values(Fact::RoleGrants(role))).collect());
        }
        Right {
            yes: needed.iter().all(|values| values.contains(&ON)),
            no: needed.iter().any(|values| values.contains(&OFF)),
        }
    }
}
