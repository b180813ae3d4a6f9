//! Runs the cases of a conformance suite: one of them, or all.
#![allow(clippy::expect_used, clippy::panic, reason = "a test that cannot go on has failed")]

use std::any::Any;
use std::future::poll_fn;
use std::iter;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;
use std::thread;
use std::time::Duration;

use tokio::runtime::Builder;

/// Time after which a case counts as hanging.
const TIMEOUT: Duration = Duration::from_mins(3);
/// Number of cases that [`Suite::run_all`] runs at a time.
const AT_A_TIME: usize = 4;

/// The future of a running case, which panics if the adapter breaks the promise.
pub type Running = Pin<Box<dyn Future<Output = ()>>>;

/// A case with its name, `file::case`. `W` is what a case gets: the adapter under test, and tools.
pub type Case<W> = (&'static str, fn(W) -> Running);

/// A case that an adapter is not meant to pass.
///
/// Such a case runs too, and must fail: an adapter that passes it keeps the promise, and needs no deviation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Deviation {
    /// Name of the case, `counting::a_refusal_changes_nothing`; `counting::*` means each case
    /// of the file `counting`.
    pub case: &'static str,
    /// Why the adapter breaks the promise on purpose.
    pub reason: &'static str,
}

impl Deviation {
    /// Returns whether this case is meant.
    pub fn is_of(&self, name: &str) -> bool {
        match self.case.strip_suffix('*') {
            Some(start) => name.starts_with(start),
            None => name == self.case,
        }
    }
}

/// Builds the registry of a suite's cases from their list: their names, and the function of each.
macro_rules! registry {
    ([] $($file:ident: $($case:ident)+;)+) => {
        const CASES: &[$crate::runner::Case<World>] = &[$($(
            (concat!(stringify!($file), "::", stringify!($case)), |world| Box::pin($file::$case(world))),
        )+)+];
    };
}

pub(crate) use registry;

/// A suite: its cases, and how it makes what they get.
pub struct Suite<W: 'static, X> {
    /// The cases.
    pub cases: &'static [Case<W>],
    /// Makes what the case of this name gets.
    pub open: fn(&str, &Arc<X>) -> W,
    /// Returns the deviations of an adapter.
    pub deviations: fn(&X) -> &'static [Deviation],
}

/// The name of a case, and the reason of its failure.
pub type Outcome = (&'static str, Result<(), String>);

impl<W, X> Suite<W, X> {
    /// Runs the case of this name on a fixture of its own. Panics if the adapter breaks the promise.
    pub fn run(&self, name: &str, fixture: impl AsyncFnOnce() -> X) {
        self.run_within(TIMEOUT, name, fixture);
    }

    fn run_within(&self, timeout: Duration, name: &str, fixture: impl AsyncFnOnce() -> X) {
        let (name, case) =
            self.cases.iter().find(|(known, _)| *known == name).expect("a case with this name");
        let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let fixture = Arc::new(fixture().await);
            let deviations = (self.deviations)(&fixture);
            self.check_names(deviations);
            let running = case((self.open)(name, &fixture));
            let outcome = tokio::time::timeout(timeout, caught(running)).await;
            let outcome =
                outcome.unwrap_or_else(|_| Err(Box::new(format!("does not end within {timeout:?}"))));
            judge(outcome, deviations.iter().find(|deviation| deviation.is_of(name)));
        });
    }

    /// Runs every case, each on a fixture of its own, and returns for each its name and the message of its
    /// panic, if it failed. Four run at a time, because an adapter mostly waits. Blocks the thread; may be
    /// called within a runtime.
    pub fn run_all(&self, fixture: impl AsyncFn() -> X + Sync) -> Vec<Outcome> {
        let next = AtomicUsize::new(0);
        let take = || self.cases.get(next.fetch_add(1, Ordering::Relaxed)).map(|(name, _)| *name);
        let work = || {
            iter::from_fn(take).map(|name| (name, self.outcome(name, TIMEOUT, &fixture))).collect::<Vec<_>>()
        };
        thread::scope(|scope| {
            let workers: Vec<_> = (0..AT_A_TIME).map(|_| scope.spawn(work)).collect();
            workers
                .into_iter()
                .flat_map(|worker| worker.join().unwrap_or_else(|panic| resume_unwind(panic)))
                .collect()
        })
    }

    /// Runs one case on a thread of its own, and returns the message of its panic if it fails.
    pub fn outcome(
        &self,
        name: &str,
        timeout: Duration,
        fixture: &(impl AsyncFn() -> X + Sync),
    ) -> Result<(), String> {
        let ended = thread::scope(|scope| scope.spawn(|| self.run_within(timeout, name, fixture)).join());
        ended.map_err(|panic| reason(&*panic))
    }

    fn check_names(&self, deviations: &[Deviation]) {
        for deviation in deviations {
            let known = self.cases.iter().any(|(name, _)| deviation.is_of(name));
            assert!(known, "a deviation names {}, which is no case", deviation.case);
        }
    }
}

/// Runs the future, and returns its panic as an error.
async fn caught(mut running: Running) -> Result<(), Box<dyn Any + Send>> {
    poll_fn(|context| match catch_unwind(AssertUnwindSafe(|| running.as_mut().poll(context))) {
        Ok(Poll::Pending) => Poll::Pending,
        Ok(Poll::Ready(())) => Poll::Ready(Ok(())),
        Err(panic) => Poll::Ready(Err(panic)),
    })
    .await
}

fn judge(outcome: Result<(), Box<dyn Any + Send>>, deviation: Option<&Deviation>) {
    match (outcome, deviation) {
        (Ok(()), None) | (Err(_), Some(_)) => {}
        (Err(panic), None) => resume_unwind(panic),
        (Ok(()), Some(deviation)) => {
            panic!("keeps the promise, in spite of the deviation: {}", deviation.reason)
        }
    }
}

fn reason(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no message").to_owned()
}
