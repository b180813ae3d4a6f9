//! The values that facts can have had at some time.

use std::collections::{BTreeSet, HashMap};

use super::{Caller, Change, Elapsed, Fact, OFF, ON, Outcome, Requirement};

/// One change of one fact.
struct Write {
    start: Elapsed,
    end: Elapsed,
    /// When it excludes every earlier value; `None` if its outcome is unknown.
    reliable: Option<Elapsed>,
    /// The latest end of this write and of all writes that started earlier.
    latest_end: Elapsed,
    value: u32,
}

/// The correct answers to a probe. Both can be correct if operations overlap.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CorrectAnswers {
    pub allowed: bool,
    pub denied: bool,
}

/// The changes of each fact, in the order of their start.
pub struct PossibleValues(HashMap<Fact, Vec<Write>>);

impl PossibleValues {
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

    /// Returns the values that the fact can have had at some time from `start` to `end`. A value is excluded
    /// if its write ended before the start of a later write that was reliable at `start`. Writes that overlap
    /// can have taken effect in any order.
    fn values(&self, fact: Fact, start: Elapsed, end: Elapsed) -> BTreeSet<u32> {
        let writes = self.0.get(&fact).map(Vec::as_slice).unwrap_or_default();
        let begun = &writes[..writes.partition_point(|write| write.start <= end)];
        let reliable = |write: &&Write| write.reliable.is_some_and(|since| since <= start);
        let reliable_start = begun.iter().rev().find(reliable).map(|write| write.start);
        let counts = |ended: Elapsed| reliable_start.is_none_or(|reliable_start| ended > reliable_start);
        let recent = begun.iter().rev().take_while(|write| counts(write.latest_end));
        recent.filter(|write| counts(write.end)).map(|write| write.value).collect()
    }

    /// Returns the correct answers to a probe that was sent at `start` and answered at `end`.
    pub fn correct_answers(
        &self,
        caller: Caller,
        requires: Requirement,
        start: Elapsed,
        end: Elapsed,
    ) -> CorrectAnswers {
        let values = |fact| self.values(fact, start, end);
        let mut needed = vec![values(Fact::Session(caller.session)), values(Fact::Account(caller.person))];
        if requires != Requirement::Session {
            needed.push(values(Fact::Membership(caller.person)));
        }
        if requires == Requirement::Permission {
            let roles = values(Fact::Role(caller.person));
            needed.push(roles.into_iter().flat_map(|role| values(Fact::RoleGrants(role))).collect());
        }
        CorrectAnswers {
            allowed: needed.iter().all(|values| values.contains(&ON)),
            denied: needed.iter().any(|values| values.contains(&OFF)),
        }
    }
}
