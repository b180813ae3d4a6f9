//! Runs one case, or all of them.

use std::any::Any;
use std::iter;
use std::panic::resume_unwind;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use tokio::runtime::Builder;

use super::Fixture;
use super::world::World;

/// Time after which a case counts as hanging.
const TIMEOUT: Duration = Duration::from_mins(3);
/// Number of cases that [`run_all`] runs at a time.
const AT_A_TIME: usize = 4;

type Test = fn(World) -> Pin<Box<dyn Future<Output = ()>>>;

/// Builds the registry of cases from their list.
macro_rules! registry {
    ([] $($file:ident: $($test:ident)+;)+) => {
        /// Every case with its name.
        const TESTS: &[(&str, Test)] = &[$($(
            (concat!(stringify!($file), "::", stringify!($test)), |world| Box::pin(super::$file::$test(world))),
        )+)+];
    };
}

every_conformance_test! { [registry] }

/// Runs the test of this name, `roles::a_role_is_found_as_it_was_stored`, on a fixture of
/// its own; for [`conformance!`](crate::conformance!).
///
/// # Panics
///
/// If the store does not do what the case expects, or no case has this name.
pub fn run<X: Fixture>(name: &str, fixture: impl AsyncFnOnce() -> X) {
    run_within(TIMEOUT, name, async || {
        let fixture = fixture().await;
        if name.starts_with("races") && !fixture.capabilities().concurrent_writers {
            println!("{name} shows no missing lock, because this store writes one transaction at a time");
        }
        fixture
    });
}

fn run_within<X: Fixture>(timeout: Duration, name: &str, fixture: impl AsyncFnOnce() -> X) {
    let (name, test) = TESTS.iter().find(|(known, _)| *known == name).expect("a case with this name");
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let fixture = fixture().await;
        if let Some((_, reason)) = fixture.left_out().iter().find(|(case, _)| case == name) {
            return println!("left out: {name}, because {reason}");
        }
        let world = World::new(name, &fixture);
        let outcome = tokio::time::timeout(timeout, test(world)).await;
        assert!(outcome.is_ok(), "does not end within {timeout:?}");
    });
}

/// Runs every case, each on a fixture of its own, and returns for each its name and the message of
/// its panic, if it failed. Four run at a time, because a store mostly waits. Blocks the thread; may be
/// called within a runtime.
pub fn run_all<X: Fixture>(fixture: impl AsyncFn() -> X + Sync) -> Vec<(&'static str, Result<(), String>)> {
    let next = AtomicUsize::new(0);
    let take = || names().nth(next.fetch_add(1, Ordering::Relaxed));
    let work =
        || iter::from_fn(take).map(|name| (name, outcome(name, TIMEOUT, &fixture))).collect::<Vec<_>>();
    thread::scope(|scope| {
        let workers: Vec<_> = (0..AT_A_TIME).map(|_| scope.spawn(work)).collect();
        workers
            .into_iter()
            .flat_map(|worker| worker.join().unwrap_or_else(|panic| resume_unwind(panic)))
            .collect()
    })
}

/// Returns the names of all cases.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    TESTS.iter().map(|(name, _)| *name)
}

/// Runs one case on a thread of its own; the message of its panic if it fails.
pub(crate) fn outcome<X: Fixture>(
    name: &str,
    timeout: Duration,
    fixture: &(impl AsyncFn() -> X + Sync),
) -> Result<(), String> {
    let ended = thread::scope(|scope| scope.spawn(|| run_within(timeout, name, fixture)).join());
    ended.map_err(|panic| reason(&*panic))
}

fn reason(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no message").to_owned()
}
