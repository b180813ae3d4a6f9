//! Receives signals and enforces deadlines, on a thread of its own: whatever the other threads
//! wait for, the process ends when it is told to, and a start that takes too long is reported
//! and given up.

use std::fs;
use std::future::pending;
use std::io::{self, Write, stderr};
use std::path::{Path, PathBuf};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use tokio::sync::{oneshot, watch};
use tokio::time::{Instant, sleep, sleep_until};

use crate::signals::{Received, Signals};

/// A wait is reported after this time ..
const FIRST_REPORT: Duration = Duration::from_secs(3);
/// .. and at this interval from then on.
const NEXT_REPORT: Duration = Duration::from_secs(15);
/// Limit of saying why the process ends: whoever reads standard error may be frozen, too.
const LAST_WORDS: Duration = Duration::from_millis(200);

/// Watches the process. Clones share it.
#[derive(Clone)]
pub struct Supervisor(Arc<Shared>);

struct Shared {
    phase: watch::Sender<Phase>,
    stop: Mutex<Option<oneshot::Sender<Received>>>,
    /// Files and folders that are worth nothing before the work is done.
    unfinished: Mutex<Vec<PathBuf>>,
}

/// What the process does.
#[derive(Clone, Copy)]
enum Phase {
    /// It waits for something outside of it.
    Waiting(Wait),
    /// It serves, and may take this time to stop.
    Serving(Duration),
}

#[derive(Clone, Copy)]
struct Wait {
    what: &'static str,
    reported: bool,
    limit: Option<Duration>,
}

/// How a command ends that a signal interrupts.
#[derive(Clone, Copy)]
pub enum Interrupted {
    /// As asked: exit code 0.
    AsAsked,
    /// Without having done its work: exit code 128 and the signal's number, as of a shell.
    Undone,
}

impl Supervisor {
    /// Starts the thread. Signals are received from now on.
    pub fn start(interrupted: Interrupted) -> io::Result<Self> {
        let wait = Wait { what: "nothing", reported: false, limit: None };
        let phase = watch::Sender::new(Phase::Waiting(wait));
        let supervisor =
            Self(Arc::new(Shared { phase, stop: Mutex::default(), unfinished: Mutex::default() }));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let signals = runtime.block_on(async { Signals::new() })?;
        let shared = Arc::clone(&supervisor.0);
        let supervise = move || runtime.block_on(shared.supervise(signals, interrupted));
        thread::Builder::new().name("supervisor".to_owned()).spawn(supervise)?;
        Ok(supervisor)
    }

    /// The process waits for `what` from now on: it says so after a moment, and ends with exit
    /// code 1 after `limit`.
    pub fn waits_for(&self, what: &'static str, limit: Duration) {
        self.enter(Phase::Waiting(Wait { what, reported: true, limit: Some(limit) }));
    }

    /// The same for what a person may take their time for: there is no limit.
    pub fn waits_for_input(&self, what: &'static str) {
        self.enter(Phase::Waiting(Wait { what, reported: true, limit: None }));
    }

    /// The process waits for `what`, which has its own limit and reports by itself.
    pub fn leaves_to(&self, what: &'static str) {
        self.enter(Phase::Waiting(Wait { what, reported: false, limit: None }));
    }

    /// Removes these files and folders, with all that is in them, when a signal interrupts the
    /// command from now on. They take the place of the former ones.
    pub fn removes(&self, unfinished: Vec<PathBuf>) {
        self.uninterrupted(|removed| *removed = unfinished);
    }

    /// Does work that no signal interrupts, because it has to be quick, and lets it say what a
    /// signal removes afterwards.
    pub fn uninterrupted<T>(&self, work: impl FnOnce(&mut Vec<PathBuf>) -> T) -> T {
        work(&mut self.0.unfinished())
    }

    /// The process serves from now on. The answer is ready at the first signal; the process ends
    /// `time_to_stop` later, or at the second signal.
    pub fn serves(&self, time_to_stop: Duration) -> impl Future<Output = ()> + Send + 'static {
        let (stop, told) = oneshot::channel::<Received>();
        *self.0.stop() = Some(stop);
        self.enter(Phase::Serving(time_to_stop));
        async move {
            // Not logged by the supervisor's thread: a log that nobody reads blocks.
            match told.await {
                Ok(received) => tracing::info!(signal = received.name, "stopping"),
                Err(_) => pending().await,
            }
        }
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
        match *self.phase.borrow() {
            Phase::Waiting(wait) => self.interrupt(wait, received, interrupted),
            Phase::Serving(time_to_stop) => {
                let deadline = Instant::now() + time_to_stop;
                if let Some(stop) = self.stop().take() {
                    let _ = stop.send(received);
                }
                tokio::select! {
                    _ = signals.next() => end(1, "told twice: stopped without waiting".to_owned()),
                    () = sleep_until(deadline) => {
                        let seconds = time_to_stop.as_secs_f32();
                        end(1, format!(
                            "stopped {seconds} s after the signal, at the deadline; left undone: requests, mail or \
                             statements under way, whose other side does not answer"
                        ));
                    }
                }
            }
        }
    }

    /// Reports what is waited for, and ends the process at the limit.
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

    fn interrupt(&self, wait: Wait, received: Received, interrupted: Interrupted) {
        let code = match interrupted {
            Interrupted::AsAsked => 0,
            Interrupted::Undone => 128 + received.number,
        };
        say(format!("{}: stopped while waiting for {}", received.name, wait.what), LAST_WORDS);
        // Locked until the process ends.
        let unfinished = self.unfinished();
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

/// Removes a file, or a folder with all that is in it. The folder is renamed first, so that no
/// other thread can create a file in it meanwhile.
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

/// Ends the process, and whatever still blocks in it.
fn end(code: i32, why: String) -> ! {
    say(why, LAST_WORDS);
    std::process::exit(code)
}

/// Writes a line to standard error from another thread, which may be blocked there, and waits
/// for it no longer than `limit`.
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
