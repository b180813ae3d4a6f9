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
    /// What there is at the start.
    pub start: Start,
    /// The steps.
    pub steps: Vec<Step>,
}

/// What there is at the start of a history.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Start {
    /// Nothing but a setup link.
    Empty,
    /// An administrator, and two people with an organization each.
    Founders,
    /// Also two members of the first organization: an admin, and the other founder.
    Members,
}

impl History {
    /// Returns the steps, with those that lead to the state that the history starts from.
    pub fn all_steps(&self) -> Vec<Step> {
        let (ada, bob, carol, root) = (0, 1, 2, 5);
        let mut steps = Vec::new();
        if self.start == Start::Empty {
            steps.push(Step::new(Kind::OfferSetup, root));
        }
        if self.start >= Start::Founders {
            steps.push(Step::new(Kind::CreateAdmin, root));
            for founder in [ada, bob] {
                steps.push(Step::new(Kind::SignUp, founder));
                if self.verifies {
                    steps.push(Step::new(Kind::VerifyEmail, founder));
                }
            }
        }
        if self.start >= Start::Members {
            let (admin, member) = (1, 2);
            steps.push(Step { on: carol, what: admin, ..Step::new(Kind::Invite, ada) });
            steps.push(Step::new(Kind::SignUpByInvitation, carol));
            steps.push(Step { on: bob, what: member, ..Step::new(Kind::Invite, ada) });
            steps.push(Step::new(Kind::AcceptInvitation, bob));
        }
        steps.extend(&self.steps);
        steps
    }
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

impl Step {
    fn new(kind: Kind, who: usize) -> Self {
        Self { kind, who, on: 0, at: 0, what: 0, session: 0 }
    }
}

/// Returns the strategy of histories.
pub fn histories() -> impl Strategy<Value = History> {
    let start = prop_oneof![1 => Just(Start::Empty), 2 => Just(Start::Founders), 7 => Just(Start::Members)];
    (any::<bool>(), start, vec(steps(), 1..LONGEST)).prop_map(|(verifies, start, steps)| History {
        verifies,
        start,
        steps,
    })
}

fn steps() -> impl Strategy<Value = Step> {
    let kinds = Kind::ALL.iter().map(|(kind, weight)| (*weight, Just(*kind).boxed())).collect();
    let near = prop_oneof![3 => Just(0_usize), 2 => 0_usize..8];
    let session = prop_oneof![9 => Just(0_usize), 1 => 1_usize..6];
    (proptest::strategy::Union::new_weighted(kinds), 0_usize..6, 0_usize..6, near, 0_usize..12, session)
        .prop_map(|(kind, who, on, at, what, session)| Step { kind, who, on, at, what, session })
}
