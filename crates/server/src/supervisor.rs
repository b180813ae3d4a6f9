//! Receives signals and enforces deadlines on a thread of its own, so that the process ends on a
//! signal even if its other threads are blocked. A start that takes too long is reported and ended.

use std::fs;
use std::future::pending;
use std::io::{self, Write, stderr};
use std::path::{Path, PathBuf};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;
use std::time::Duration;

use tokio::sync::{oneshot, watch};
use tokio::time::{Instant, sleep, sleep_until};

use crate::signals::{Received, Signals};

/// Time until a wait is first reported.
const FIRST_REPORT: Duration = Duration::from_secs(3);
/// Interval of the further reports of a wait.
const NEXT_REPORT: Duration = Duration::from_secs(15);
/// Limit of writing the last message, because the reader of standard error may be blocked.
const LAST_WORDS: Duration = Duration::from_millis(200);

/// A handle to the supervising thread. Clones share the thread.
#[derive(Clone)]
pub struct Supervisor(Arc<Shared>);

struct Shared {
    phase: watch::Sender<Phase>,
    stop: Mutex<Option<oneshot::Sender<Received>>>,
    /// The end of the time to stop. Set when the first signal stops the service.
    deadline: OnceLock<Instant>,
    /// Files and folders that are removed if a signal interrupts the command.
    unfinished: Mutex<Vec<PathBuf>>,
}

/// The phase of the process.
#[derive(Clone, Copy)]
enum Phase {
    /// The process waits for something outside of it.
    Waiting(Wait),
    /// The process serves, and may take this time to stop.
    Serving(Duration),
}

#[derive(Clone, Copy)]
struct Wait {
    what: &'static str,
    reported: bool,
    limit: Option<Duration>,
}

/// The outcome of a command that a signal interrupts.
#[derive(Clone, Copy)]
pub enum Interrupted {
    /// The signal is the regular end: exit code 0.
    AsAsked,
    /// The work is not done: exit code 128 plus the number of the signal, as in a shell.
    Undone,
}

impl Supervisor {
    /// Starts the thread, which receives signals before this returns.
    pub fn start(interrupted: Interrupted) -> io::Result<Self> {
        let wait = Wait { what: "the command to begin", reported: false, limit: None };
        let phase = watch::Sender::new(Phase::Waiting(wait));
        let supervisor = Self(Arc::new(Shared {
            phase,
            stop: Mutex::default(),
            deadline: OnceLock::new(),
            unfinished: Mutex::default(),
        }));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let signals = runtime.block_on(async { Signals::new() })?;
        let shared = Arc::clone(&supervisor.0);
        let supervise = move || runtime.block_on(shared.supervise(signals, interrupted));
        thread::Builder::new().name("supervisor".to_owned()).spawn(supervise)?;
        Ok(supervisor)
    }

    /// Enters a wait for `what`. It is reported after 3 s, and ends the process with exit code 1 after
    /// `limit`.
    pub fn waits_for(&self, what: &'static str, limit: Duration) {
        self.enter(Phase::Waiting(Wait { what, reported: true, limit: Some(limit) }));
    }

    /// Enters a wait for input of a person, which is reported and has no limit.
    pub fn waits_for_input(&self, what: &'static str) {
        self.enter(Phase::Waiting(Wait { what, reported: true, limit: None }));
    }

    /// Enters a wait for `what`, which is reported and limited elsewhere.
    pub fn leaves_to(&self, what: &'static str) {
        self.enter(Phase::Waiting(Wait { what, reported: false, limit: None }));
    }

    /// Sets the files and folders that a signal removes, with all their contents, in place of the former
    /// ones.
    pub fn removes(&self, unfinished: Vec<PathBuf>) {
        self.uninterrupted(|removed| *removed = unfinished);
    }

    /// Runs short work that no signal interrupts, and lets it change the list of what a signal removes.
    pub fn uninterrupted<T>(&self, work: impl FnOnce(&mut Vec<PathBuf>) -> T) -> T {
        work(&mut self.0.unfinished())
    }

    /// Enters the phase of serving. The returned future is ready at the first signal; the process ends
    /// `time_to_stop` later, or at the second signal.
    pub fn serves(&self, time_to_stop: Duration) -> impl Future<Output = ()> + Send + 'static {
        let (stop, stopped) = oneshot::channel::<Received>();
        *self.0.stop() = Some(stop);
        self.enter(Phase::Serving(time_to_stop));
        async move {
            // Logged here and not on the supervisor's thread, because a log without a reader blocks.
            match stopped.await {
                Ok(received) => tracing::info!(signal = received.name, "stopping"),
                Err(_) => pending().await,
            }
        }
    }

    /// Returns the time that is left to stop; without a signal, a second.
    #[cfg(feature = "otlp")]
    pub fn time_left(&self) -> Duration {
        let deadline = self.0.deadline.get();
        deadline.map_or(Duration::from_secs(1), |deadline| deadline.saturating_duration_since(Instant::now()))
    }

    fn enter(&self, phase: Phase) {
        self.0.phase.send_replace(phase);
    }
}

impl Shared {
    async fn supervise(&self, mut signals: Signals, interrupted: Interrupted) {
        let received = tokio::select! {
            received = signals.next() => received,
            () = self.overdue() => return,
        };
        // Copied, because a borrow would block a command that enters its next phase.
        let phase = *self.phase.borrow();
        match phase {
            Phase::Waiting(_) => self.interrupt(received, interrupted),
            Phase::Serving(time_to_stop) => {
                let deadline = Instant::now() + time_to_stop;
                let _ = self.deadline.set(deadline);
                if let Some(stop) = self.stop().take() {
                    let _ = stop.send(received);
                }
                tokio::select! {
                    _ = signals.next() => end(1, "second signal: stopped without waiting".to_owned()),
                    () = sleep_until(deadline) => {
                        let seconds = time_to_stop.as_secs_f32();
                        end(1, format!(
                            "stopped {seconds} s after the signal, at the deadline; left undone: requests, mail or \
                             statements under way, whose peer does not answer"
                        ));
                    }
                }
            }
        }
    }

    /// Reports the wait of each phase, and ends the process at its limit.
    async fn overdue(&self) {
        let mut phases = self.phase.subscribe();
        loop {
            let phase = *phases.borrow_and_update();
            tokio::select! {
                changed = phases.changed() => if changed.is_err() { pending::<()>().await },
                () = watch_over(phase) => {}
            }
        }
    }

    fn interrupt(&self, received: Received, interrupted: Interrupted) {
        let code = match interrupted {
            Interrupted::AsAsked => 0,
            Interrupted::Undone => 128 + received.number,
        };
        // Locked until the exit, so that the command cannot create files meanwhile. Work that no signal
        // interrupts comes to its end first.
        let unfinished = self.unfinished();
        let phase = *self.phase.borrow();
        if let Phase::Waiting(wait) = phase {
            say(format!("{}: stopped while waiting for {}", received.name, wait.what), LAST_WORDS);
        }
        for path in unfinished.iter() {
            let _ = remove(path);
        }
        std::process::exit(code)
    }

    fn unfinished(&self) -> MutexGuard<'_, Vec<PathBuf>> {
        self.unfinished.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn stop(&self) -> MutexGuard<'_, Option<oneshot::Sender<Received>>> {
        self.stop.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Removes a file, or a folder with its contents. A folder is renamed first, so that no other thread
/// can create a file in it meanwhile.
fn remove(path: &Path) -> io::Result<()> {
    if !path.is_dir() {
        return fs::remove_file(path);
    }
    let mut name = path.as_os_str().to_owned();
    name.push(".interrupted");
    fs::rename(path, &name)?;
    fs::remove_dir_all(&name)
}

async fn watch_over(phase: Phase) {
    let Phase::Waiting(Wait { what, reported: true, limit }) = phase else { return pending().await };
    let started = Instant::now();
    let reports = async {
        sleep(FIRST_REPORT).await;
        loop {
            say(format!("waiting for {what}"), Duration::ZERO);
            sleep(NEXT_REPORT).await;
        }
    };
    let over = async {
        match limit {
            Some(limit) => sleep_until(started + limit).await,
            None => pending().await,
        }
    };
    tokio::select! {
        () = reports => {}
        () = over => {
            let seconds = limit.unwrap_or_default().as_secs();
            end(1, format!("waited {seconds} s for {what}, without success"));
        }
    }
}

/// Ends the process with all its threads, blocked or not.
fn end(code: i32, why: String) -> ! {
    say(why, LAST_WORDS);
    std::process::exit(code)
}

/// Writes a line to standard error on another thread, because the write may block, and waits at most
/// `limit` for it.
fn say(line: String, limit: Duration) {
    let (sender, written) = channel();
    let write = move || {
        let _ = writeln!(stderr(), "bailiwick: {line}");
        let _ = sender.send(());
    };
    if thread::Builder::new().spawn(write).is_ok() {
        let _ = written.recv_timeout(limit);
    }
}
