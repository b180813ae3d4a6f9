//! One call of a port, with the change that the mutant makes to it.

use std::any::Any;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bailiwick_kernel::StoreError;

use super::answer::Answer;
use super::mutant::{Change, Ending, Mutant};
use super::values::{Known, Mutate};

/// The arguments of a call, and its answer.
type Answered = (Vec<Box<dyn Same>>, Box<dyn Any + Send>);

/// What the calls of one store share.
#[derive(Default)]
pub(super) struct Shared {
    mutant: Option<Mutant>,
    known: Mutex<Known>,
    answers: Mutex<Vec<Answered>>,
    called: Mutex<BTreeSet<&'static str>>,
    has_fired: AtomicBool,
    /// Number of rounds of a race.
    pub(super) rounds: u32,
}

impl Shared {
    pub(super) fn new(mutant: Option<Mutant>, rounds: u32) -> Self {
        Self { mutant, rounds, ..Self::default() }
    }

    /// Returns the methods that were called.
    pub(super) fn called(&self) -> BTreeSet<&'static str> {
        lock(&self.called).clone()
    }

    /// Returns whether the mutant changed anything so far.
    pub(super) fn has_fired(&self) -> bool {
        self.has_fired.load(Ordering::Relaxed)
    }

    /// Records a call, and returns whether the mutant makes this change to it.
    pub(super) fn is_special(&self, method: &'static str, change: &str) -> bool {
        let is_meant = matches!(self.change(method), Some(Change::Special(name)) if *name == change);
        if is_meant {
            self.fire();
        }
        is_meant
    }

    fn change(&self, method: &'static str) -> Option<&Change> {
        lock(&self.called).insert(method);
        self.mutant.as_ref().filter(|mutant| mutant.method == method).map(|mutant| &mutant.change)
    }

    fn fire(&self) {
        self.has_fired.store(true, Ordering::Relaxed);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// An argument that can be compared with one of any type.
trait Same: Send {
    fn as_any(&self) -> &dyn Any;
    fn is_same(&self, other: &dyn Same) -> bool;
}

impl<T: Mutate> Same for T {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn is_same(&self, other: &dyn Same) -> bool {
        other.as_any().downcast_ref() == Some(self)
    }
}

/// A call in progress.
pub(super) struct Call<T, E> {
    shared: Arc<Shared>,
    change: Option<Change>,
    arguments: Vec<Box<dyn Same>>,
    /// Number of calls of the inner store so far.
    calls: usize,
    /// Whether an argument was changed for the call that is due.
    is_changed: bool,
    is_complete: bool,
    answer: Option<Result<T, E>>,
}

impl<T: Answer, E: From<StoreError> + PartialEq> Call<T, E> {
    pub(super) fn start(shared: &Arc<Shared>, method: &'static str) -> Self {
        let change = shared.change(method).cloned();
        let shared = Arc::clone(shared);
        let arguments = Vec::new();
        Self { shared, change, arguments, calls: 0, is_changed: false, is_complete: false, answer: None }
    }

    /// Returns whether the inner store is to be called, once more if it was already.
    pub(super) fn goes_on(&mut self) -> bool {
        self.arguments.clear();
        !self.is_complete
    }

    /// Changes the next argument if the mutant does.
    pub(super) fn argument<A: Mutate>(&mut self, value: &mut A) {
        let position = self.arguments.len();
        let mut known = lock(&self.shared.known);
        value.teach(&mut known);
        self.arguments.push(Box::new(value.clone()));
        let way = match self.change {
            Some(Change::Argument { index, way }) if index == position => Some(way),
            Some(Change::AlsoWithArgument { index, way, .. }) if index == position && self.calls > 0 => {
                Some(way)
            }
            _ => None,
        };
        if let Some(way) = way {
            let before = value.clone();
            known.choice = self.calls.saturating_sub(1);
            value.mutate(way, &known);
            known.choice = 0;
            self.is_changed = *value != before;
            if self.is_changed {
                self.shared.fire();
            }
        }
    }

    /// Returns whether the inner store is to be called; otherwise the answer is known.
    pub(super) fn needs_store(&mut self) -> bool {
        match self.change {
            Some(Change::Skip { answer }) => {
                let answers = T::without_effect();
                self.answer = answers.into_iter().nth(answer).map(|(_, answer)| Ok(answer));
                self.shared.fire();
            }
            Some(Change::Stale) => self.answer = self.recall().map(Ok),
            // The other values to try are used up.
            Some(Change::AlsoWithArgument { .. }) if self.calls > 0 && !self.is_changed => {}
            _ => return true,
        }
        self.is_complete = self.answer.is_some();
        !self.is_complete
    }

    fn recall(&self) -> Option<T> {
        let answers = lock(&self.shared.answers);
        let is_same =
            |given: &[Box<dyn Same>]| given.iter().zip(&self.arguments).all(|(a, b)| a.is_same(&**b));
        let (_, answer) = answers.iter().find(|(given, _)| is_same(given))?;
        self.shared.fire();
        answer.downcast_ref::<T>().cloned()
    }

    /// Takes the answer of the inner store.
    pub(super) fn answered(&mut self, answer: Result<T, E>) {
        self.calls += 1;
        if let (Some(Change::Stale), Ok(answer)) = (&self.change, &answer) {
            let arguments = std::mem::take(&mut self.arguments);
            lock(&self.shared.answers).push((arguments, Box::new(answer.clone())));
        }
        let goes_on = match self.change {
            Some(Change::Twice) => self.keep_first(answer),
            Some(Change::AlsoWithArgument { tries, .. }) => self.absorb(answer) && self.calls <= tries,
            _ => {
                self.answer = Some(answer);
                false
            }
        };
        self.is_complete = !goes_on;
    }

    fn keep_first(&mut self, answer: Result<T, E>) -> bool {
        if self.answer.is_none() {
            self.answer = Some(answer);
            return matches!(self.answer, Some(Ok(_)));
        }
        if answer.is_ok() {
            self.shared.fire();
        }
        false
    }

    fn absorb(&mut self, answer: Result<T, E>) -> bool {
        match (&mut self.answer, answer) {
            (Some(Ok(found)), Ok(more)) => found.absorb(more),
            (Some(Err(_)), Ok(answer)) => {
                self.answer = Some(Ok(answer));
                false
            }
            (None, Ok(mut answer)) => {
                let empty = T::without_effect().pop().map(|(_, empty)| empty);
                let goes_on = empty.is_some_and(|empty| answer.absorb(empty));
                self.answer = Some(Ok(answer));
                goes_on
            }
            (None, refused) => {
                self.answer = Some(refused);
                true
            }
            (Some(_), Err(_)) => true,
        }
    }

    /// Returns how the transaction ends now, if it ends early.
    pub(super) fn ending(&self) -> Option<Ending> {
        match (&self.change, &self.answer) {
            (Some(Change::EndAfter(ending)), Some(Ok(_))) => {
                self.shared.fire();
                Some(*ending)
            }
            _ => None,
        }
    }

    /// Returns the answer, changed if the mutant does.
    pub(super) fn finish(self) -> Result<T, E> {
        let refused = || StoreError::Refused("a mutant gives no answer".to_owned()).into();
        let answer = self.answer.unwrap_or_else(|| Err(refused()));
        match (self.change, answer) {
            (Some(Change::Answer { way }), Ok(mut answer)) => {
                let before = answer.clone();
                answer.mutate(way, &lock(&self.shared.known));
                if answer != before {
                    self.shared.fire();
                }
                Ok(answer)
            }
            (Some(Change::HideRefusal), Err(_)) => {
                self.shared.fire();
                T::without_effect().into_iter().next().map(|(_, answer)| answer).ok_or_else(refused)
            }
            (Some(Change::OtherRefusal), Err(_)) => {
                self.shared.fire();
                Err(refused())
            }
            (_, answer) => answer,
        }
    }
}
