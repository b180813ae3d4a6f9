//! A mutant: one method of one port, and the one way in which it is broken.

use std::fmt;

use super::answer::Answer;
use super::values::Mutate;

/// Number of other known values that are tried where the right one finds nothing.
const TRIES: usize = 6;

/// A way to break one method of one port.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mutant {
    /// Port and method, such as `RoleRepo::find`.
    pub(super) method: &'static str,
    name: String,
    pub(super) change: Change,
}

impl fmt::Display for Mutant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.method, self.name)
    }
}

/// What a mutant does at its method.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Change {
    /// Passes an argument changed in one of its ways.
    Argument { index: usize, way: usize },
    /// Passes the argument as it is, and changed as well if that finds or does nothing, up to so many times. So it
    /// finds more than it should, as a store whose filter is missing.
    AlsoWithArgument { index: usize, way: usize, tries: usize },
    /// Changes the answer in one of its ways.
    Answer { way: usize },
    /// Does nothing and returns this one of the answers that need nothing done.
    Skip { answer: usize },
    /// Does it twice and returns the first answer.
    Twice,
    /// Returns the answer of the first call with equal arguments.
    Stale,
    /// Returns success for a refusal.
    HideRefusal,
    /// Returns another refusal.
    OtherRefusal,
    /// Ends the transaction after the call and begins another one.
    EndAfter(Ending),
    /// A change that its method implements itself.
    Special(&'static str),
}

/// How a transaction ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Ending {
    Commit,
    Rollback,
}

/// Builds the mutants of one method.
pub(super) struct Method {
    name: &'static str,
    arguments: usize,
    mutants: Vec<Mutant>,
}

impl Method {
    pub(super) fn new(name: &'static str) -> Self {
        Self { name, arguments: 0, mutants: Vec::new() }
    }

    pub(super) fn argument<T: Mutate>(&mut self, name: &str) {
        let index = self.arguments;
        self.arguments += 1;
        for (way, text) in T::ways().into_iter().enumerate() {
            self.add(format!("{name}: {text}"), Change::Argument { index, way });
            if may_find_more(&text, T::selects()) {
                let tries = if text.ends_with("known value") { TRIES } else { 1 };
                self.add(format!("also by {name}: {text}"), Change::AlsoWithArgument { index, way, tries });
            }
        }
    }

    /// Adds the mutants of a method that only reads.
    pub(super) fn reads<T: Answer>(&mut self) {
        for (way, text) in T::ways().into_iter().enumerate() {
            self.add(format!("answer: {text}"), Change::Answer { way });
        }
        for (answer, (text, _)) in T::without_effect().into_iter().enumerate() {
            self.add(format!("does nothing, {text}"), Change::Skip { answer });
        }
        if !T::ways().is_empty() {
            self.add("answers as before".to_owned(), Change::Stale);
        }
    }

    /// Adds the mutants of a method that writes.
    pub(super) fn writes<T: Answer>(&mut self) {
        self.reads::<T>();
        if !T::without_effect().is_empty() {
            self.add("hides refusals".to_owned(), Change::HideRefusal);
        }
        self.add("refuses for another reason".to_owned(), Change::OtherRefusal);
        self.add("is done twice".to_owned(), Change::Twice);
    }

    pub(super) fn within_transaction(&mut self) {
        self.add("commits early".to_owned(), Change::EndAfter(Ending::Commit));
        self.add("rolls back".to_owned(), Change::EndAfter(Ending::Rollback));
    }

    pub(super) fn special(mut self, name: &'static str) -> Self {
        self.add(name.to_owned(), Change::Special(name));
        self
    }

    pub(super) fn into_mutants(self) -> Vec<Mutant> {
        self.mutants
    }

    fn add(&mut self, name: String, change: Change) {
        self.mutants.push(Mutant { method: self.name, name, change });
    }
}

/// Returns whether a call with the argument changed in this way may find what it should not. A changed text of a
/// name does not, for example.
fn may_find_more(way: &str, selects: bool) -> bool {
    let of_selections = ["earlier", "later"];
    way.ends_with("another known value")
        || selects
            && (way.contains(" for ") && !way.ends_with("value for None")
                || of_selections.iter().any(|end| way.ends_with(end)))
}
