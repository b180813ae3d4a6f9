//! Random histories, as lists of small numbers: whatever step is taken away, the others keep a meaning.

use proptest::collection::vec;
use proptest::prelude::*;

use crate::kind::Kind;

/// Most steps of a history.
const LONGEST: usize = 60;

/// A history, and the state that it starts from.
#[derive(Clone, Debug)]
pub struct History {
    /// Whether an address must be verified before the first login.
    pub verifies: bool,
    /// Whether it starts with an administrator, and two people who have organizations.
    pub has_people: bool,
    /// The steps.
    pub steps: Vec<Step>,
}

/// A step: a kind, and numbers that select persons, organizations, roles and variants among those that
/// exist when the step is taken.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// What is done.
    pub kind: Kind,
    /// The person who acts.
    pub who: usize,
    /// Another person.
    pub on: usize,
    /// An organization, an invitation, a link, a session or a mail; 0 is the nearest.
    pub at: usize,
    /// A role or a variant.
    pub what: usize,
    /// Which session acts; 0 is a live one.
    pub session: usize,
}

/// Returns the strategy of histories.
pub fn histories() -> impl Strategy<Value = History> {
    (any::<bool>(), prop_oneof![1 => Just(false), 5 => Just(true)], vec(steps(), 1..LONGEST))
        .prop_map(|(verifies, has_people, steps)| History { verifies, has_people, steps })
}

fn steps() -> impl Strategy<Value = Step> {
    let kinds = Kind::ALL.iter().map(|(kind, weight)| (*weight, Just(*kind).boxed())).collect();
    let near = prop_oneof![3 => Just(0_usize), 2 => 0_usize..8];
    let session = prop_oneof![9 => Just(0_usize), 1 => 1_usize..6];
    (proptest::strategy::Union::new_weighted(kinds), 0_usize..6, 0_usize..6, near, 0_usize..12, session)
        .prop_map(|(kind, who, on, at, what, session)| Step { kind, who, on, at, what, session })
}
