//! Runs a history on all stores in step, and compares answers and state.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt::Write;
use std::sync::Arc;

use bailiwick::app::Settings;
use bailiwick::kernel::Clock;
use bailiwick_testkit::app::Engine;
use bailiwick_testkit::{Flaw, ManualClock};

use crate::act::{Done, Stop, Turn};
use crate::history::{History, Step};
use crate::invariants::{self, Probe, Taken, Used};
use crate::kind::Kind;
use crate::known::{Known, Learned};
use crate::select::{Selected, span};
use crate::side::Side;

/// Number of steps after which the states of the stores are compared.
const COMPARED_EVERY: usize = 6;

/// A history that failed: its transcript, and why.
pub type Failure = String;

/// The stores in step.
pub struct World {
    sides: Vec<Side>,
    clock: Arc<ManualClock>,
    known: Known,
    used: Used,
    succeeded: BTreeSet<Kind>,
    /// The steps so far, as numbered lines.
    transcript: String,
    number: usize,
}

/// The stores on which histories run.
#[derive(Clone, Debug)]
pub struct Stores {
    /// The flaw of the store in memory, if it has one.
    pub flaw: Option<Flaw>,
    /// The databases beside it.
    pub engines: Vec<Engine>,
}

/// Runs a history on these stores. Returns the kinds of the steps that succeeded.
pub async fn run(history: &History, stores: &Stores) -> Result<BTreeSet<Kind>, Failure> {
    let mut world = World::new(history, stores).await;
    let outcome = world.run(&history.all_steps()).await;
    let outcome = outcome.map_err(|why| format!("{}{why}\n", world.transcript));
    for side in world.sides {
        side.stop().await;
    }
    outcome.map(|()| world.succeeded)
}

impl World {
    async fn new(history: &History, stores: &Stores) -> Self {
        let clock = Arc::new(ManualClock::new());
        let settings = Settings { require_verified_email: history.verifies, ..Settings::default() };
        let mut sides = vec![Side::memory(stores.flaw, &clock, &settings).await];
        for engine in &stores.engines {
            sides.push(Side::on(engine, &clock, &settings).await);
        }
        let (mut known, used, succeeded, transcript): (Known, _, _, _) = Default::default();
        known.update(sides[0].snapshot(clock.now()).await);
        Self { sides, clock, known, used, succeeded, transcript, number: 0 }
    }

    async fn run(&mut self, steps: &[Step]) -> Result<(), String> {
        for step in steps {
            self.number += 1;
            self.take(step).await?;
            if self.number.is_multiple_of(COMPARED_EVERY) {
                self.compare_states().await?;
            }
        }
        self.compare_states().await
    }

    async fn take(&mut self, step: &Step) -> Result<(), String> {
        let selected = Selected::new(step, &self.known);
        let _ = write!(self.transcript, "{:>3}. {}", self.number, selected.sentence(step, &self.known));
        self.change_surroundings(step);
        let mut answers = Vec::new();
        for side in &self.sides {
            let app = side.app(self.number, selected.who);
            let learned = RefCell::default();
            let turn = Turn { app: &app, step: *step, selected: &selected, known: &self.known, learned };
            let done = turn.act().await;
            answers.push((side.name, done, turn.learned.into_inner()));
        }
        let (_, done, learned) = answers[0].clone();
        let _ = writeln!(self.transcript, " -> {}", in_short(&done));
        require_equal(&answers)?;
        if done.is_ok() {
            self.succeeded.insert(step.kind);
        }
        let (now, after) = (Clock::now(&*self.clock), self.sides[0].snapshot(Clock::now(&*self.clock)).await);
        let (known, number) = (&self.known, self.number);
        let taken = Taken { step, selected: &selected, done: &done, known, after: &after, now, number };
        invariants::check(&taken)?;
        self.used.check(&taken)?;
        self.known.learn(learned);
        self.known.update(after);
        self.deliver_mail().await?;
        self.probe().await
    }

    fn change_surroundings(&self, step: &Step) {
        if step.kind == Kind::Pass {
            self.clock.advance(span(step));
        }
        for side in &self.sides {
            match step.kind {
                Kind::BreakMail => side.mail.fail_temporarily(),
                Kind::MendMail => side.mail.recover(),
                _ => {}
            }
        }
    }

    /// Delivers the mail that is due.
    async fn deliver_mail(&mut self) -> Result<(), String> {
        let now = Clock::now(&*self.clock);
        let mut mail = self.known.state.mail.iter();
        if !mail.any(|mail| mail.due_at.is_some_and(|due_at| due_at <= now)) {
            return Ok(());
        }
        let mut delivered = Vec::new();
        for side in &self.sides {
            let (text, learned) = side.deliver().await;
            delivered.push((side.name, Ok(text), learned));
        }
        require_equal(&delivered)?;
        self.known.learn(delivered.swap_remove(0).2);
        let state = self.sides[0].snapshot(now).await;
        self.known.update(state);
        Ok(())
    }

    /// Requires that each node answers checks by the present authority.
    async fn probe(&self) -> Result<(), String> {
        let probe = Probe::new(&self.known);
        let expected = probe.ask(&self.sides[0].uncached).await;
        for side in &self.sides {
            for (node, app) in side.apps().enumerate() {
                let found = probe.ask(app).await;
                if let Some((found, expected)) = found.iter().zip(&expected).find(|(one, other)| one != other)
                {
                    return Err(format!(
                        "node {node} on {} answers\n  {found}\nand not\n  {expected}",
                        side.name
                    ));
                }
            }
        }
        Ok(())
    }

    /// Requires that all stores have the same state.
    async fn compare_states(&self) -> Result<(), String> {
        let now = Clock::now(&*self.clock);
        let expected = self.known.state.lines();
        for side in &self.sides[1..] {
            let found = side.snapshot(now).await.lines();
            if found != expected {
                let only = |one: &BTreeSet<String>, other| {
                    one.difference(other).fold(String::new(), |text, line| text + "\n    " + line)
                };
                return Err(format!(
                    "the states differ\n  only in memory:{}\n  only on {}:{}",
                    only(&expected, &found),
                    side.name,
                    only(&found, &expected)
                ));
            }
        }
        Ok(())
    }
}

/// Requires that all stores answered alike, and none by a failure of its own.
fn require_equal(answers: &[(&str, Done, Vec<Learned>)]) -> Result<(), String> {
    let (first, expected, expected_learned) = &answers[0];
    for (name, done, learned) in answers {
        if let Err(Stop::Refused(error @ bailiwick::app::Error::Store(_))) = done {
            return Err(format!("{name} fails: {error:?}"));
        }
        if (done, learned) != (expected, expected_learned) {
            return Err(format!(
                "the answers differ\n  {first}: {expected:?} {expected_learned:?}\n  {name}: {done:?} {learned:?}"
            ));
        }
    }
    Ok(())
}

fn in_short(done: &Done) -> String {
    match done {
        Ok(_) => "ok".to_owned(),
        Err(Stop::Refused(error)) => format!("refused: {error}"),
        Err(Stop::Nothing(why)) => format!("nothing: {why}"),
    }
}
