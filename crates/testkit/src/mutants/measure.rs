//! Runs mutants against the conformance suite.

use std::collections::BTreeSet;
use std::fmt;
use std::panic;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use bailiwick_app::Store;

use super::call::Shared;
use super::exceptions::is_equivalent;
use super::mutant::Mutant;
use super::store::MutantStore;
use crate::conformance::{self, Capabilities, Fixture};
use crate::runner::Deviation;

/// Number of cases that run at a time.
const AT_A_TIME: usize = 3;
/// A case with a mutant may take this many times as long as with a sound store.
const TIMEOUT_FACTOR: u32 = 10;
/// Time that is added to that.
const TIMEOUT_MARGIN: Duration = Duration::from_secs(3);

/// What became of a mutant.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Outcome {
    /// A case failed.
    Killed,
    /// All cases passed, although the mutant changed something.
    Survived,
    /// The mutant changed nothing in any case.
    Idle,
}

/// What became of each mutant.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Report {
    outcomes: Vec<(String, Outcome)>,
    duration: Duration,
}

impl Report {
    /// Number of mutants.
    pub fn total(&self) -> usize {
        self.outcomes.len()
    }

    /// Names of the mutants that a case found.
    pub fn killed(&self) -> impl Iterator<Item = &str> {
        self.of(|outcome| outcome == Outcome::Killed)
    }

    /// Names of the mutants that changed something and that no case found.
    pub fn survivors(&self) -> impl Iterator<Item = &str> {
        self.of(|outcome| outcome == Outcome::Survived)
    }

    /// Names of the mutants that changed nothing in any case, because no case has a value that they change.
    pub fn idle(&self) -> impl Iterator<Item = &str> {
        self.of(|outcome| outcome == Outcome::Idle)
    }

    /// Names of the mutants that no case found.
    pub fn alive(&self) -> impl Iterator<Item = &str> {
        self.of(|outcome| outcome != Outcome::Killed)
    }

    fn of(&self, is_meant: impl Fn(Outcome) -> bool) -> impl Iterator<Item = &str> {
        self.outcomes.iter().filter(move |(_, outcome)| is_meant(*outcome)).map(|(name, _)| name.as_str())
    }
}

/// The score, and each survivor on a line of its own. Of mutants that are equivalent to a sound store, and of
/// those that changed nothing, the number alone is shown.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (killed, idle) = (self.killed().count(), self.idle().count());
        let survivors: Vec<_> = self.survivors().filter(|name| !is_equivalent(name)).collect();
        let equivalent = self.total() - killed - idle - survivors.len();
        let tried = killed + survivors.len();
        let score = killed * 10_000 / tried.max(1);
        let (whole, rest, seconds) = (score / 100, score % 100, self.duration.as_secs());
        writeln!(
            f,
            "{killed} of {tried} mutants killed, {whole}.{rest:02} %, in {seconds} s; \
             {equivalent} are equivalent to a sound store, {idle} changed nothing"
        )?;
        survivors.iter().try_for_each(|name| writeln!(f, "  survives: {name}"))
    }
}

/// The store of another fixture with a mutant in front of it.
struct MutantFixture<X> {
    inner: X,
    store: Arc<dyn Store>,
    rounds: u32,
}

impl<X: Fixture> Fixture for MutantFixture<X> {
    fn store(&self) -> Arc<dyn Store> {
        Arc::clone(&self.store)
    }

    fn rounds(&self) -> u32 {
        self.rounds
    }

    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }

    fn deviations(&self) -> &'static [Deviation] {
        self.inner.deviations()
    }
}

/// A case, and how long it takes with a sound store.
type TimedCase = (Duration, &'static str);

/// Runs each mutant against the cases that call its method, the quickest first, until one fails. The fixture is
/// evaluated anew for every case. A race runs so many rounds. Blocks the thread. While it runs, no panic of the
/// process is printed.
///
/// # Panics
///
/// If the store fails a case without a mutant.
pub fn measure<X: Fixture>(fixture: impl AsyncFn() -> X + Sync, rounds: u32, mutants: &[Mutant]) -> Report {
    let begun = Instant::now();
    let hook = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let baseline = each(&conformance::names().collect::<Vec<_>>(), |case| sound(case, rounds, &fixture));
    let failed: Vec<_> = baseline.iter().filter_map(|sound| sound.failure.as_ref()).collect();
    let mutants = if failed.is_empty() { mutants } else { &[] };
    let verdicts = each(mutants, |mutant| verdict(mutant, rounds, &baseline, &fixture));
    panic::set_hook(hook);
    assert!(failed.is_empty(), "the store fails without a mutant: {failed:#?}");
    let outcomes = mutants.iter().map(ToString::to_string).zip(verdicts).collect();
    Report { outcomes, duration: begun.elapsed() }
}

/// A case with a sound store.
struct Sound {
    case: TimedCase,
    called: BTreeSet<&'static str>,
    failure: Option<String>,
}

fn sound<X: Fixture>(case: &'static str, rounds: u32, fixture: &(impl AsyncFn() -> X + Sync)) -> Sound {
    let shared = Arc::new(Shared::new(None, rounds));
    let begun = Instant::now();
    let outcome = run(case, Duration::from_mins(1), &shared, fixture);
    let failure = outcome.err().map(|reason| format!("{case}: {reason}"));
    Sound { case: (begun.elapsed(), case), called: shared.called(), failure }
}

fn verdict<X: Fixture>(
    mutant: &Mutant,
    rounds: u32,
    baseline: &[Sound],
    fixture: &(impl AsyncFn() -> X + Sync),
) -> Outcome {
    // Long lists take long, and show what cuts a list.
    let cuts = mutant.to_string().contains("cut at");
    let concerned = baseline.iter().filter(|sound| sound.called.contains(mutant.method));
    let concerned = concerned.filter(|sound| cuts || !sound.case.1.contains("_thousand_"));
    let mut cases: Vec<TimedCase> = concerned.map(|sound| sound.case).collect();
    cases.sort_unstable();
    let mut has_fired = false;
    for (duration, case) in cases {
        let shared = Arc::new(Shared::new(Some(mutant.clone()), rounds));
        if run(case, duration * TIMEOUT_FACTOR + TIMEOUT_MARGIN, &shared, fixture).is_err() {
            return Outcome::Killed;
        }
        has_fired |= shared.has_fired();
    }
    if has_fired { Outcome::Survived } else { Outcome::Idle }
}

fn run<X: Fixture>(
    case: &str,
    timeout: Duration,
    shared: &Arc<Shared>,
    fixture: &(impl AsyncFn() -> X + Sync),
) -> Result<(), String> {
    conformance::outcome(case, timeout, &async || {
        let inner = fixture().await;
        let store = Arc::new(MutantStore::new(inner.store(), Arc::clone(shared)));
        MutantFixture { inner, store, rounds: shared.rounds }
    })
}

/// Maps the items by several threads, in order.
fn each<T: Sync, R: Send>(items: &[T], map: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut results = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(index) else { return results };
            results.push((index, map(item)));
        }
    };
    let mut results: Vec<_> = thread::scope(|scope| {
        let workers: Vec<_> = (0..AT_A_TIME).map(|_| scope.spawn(work)).collect();
        workers
            .into_iter()
            .flat_map(|worker| worker.join().unwrap_or_else(|it| panic::resume_unwind(it)))
            .collect()
    });
    results.sort_unstable_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}
