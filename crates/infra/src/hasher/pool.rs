//! A thread pool with a bounded queue.

use std::collections::VecDeque;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use bailiwick_users::HashError;
use tokio::sync::oneshot;

use super::HasherOptions;

/// Threads that each own a `T`, and their queue.
pub(super) struct Pool<T> {
    queue: Arc<Queue<T>>,
    threads: Vec<JoinHandle<()>>,
    max_wait: Duration,
}

struct Queue<T> {
    state: Mutex<State<T>>,
    changed: Condvar,
    limit: usize,
}

struct State<T> {
    waiting: VecDeque<Box<dyn Job<T>>>,
    closed: bool,
}

trait Job<T>: Send {
    /// Returns whether the caller still waits for it.
    fn wanted(&self) -> bool;
    fn run(self: Box<Self>, tool: &mut T);
}

struct Request<F, R> {
    work: F,
    reply: oneshot::Sender<R>,
}

impl<T, F: FnOnce(&mut T) -> R + Send, R: Send> Job<T> for Request<F, R> {
    fn wanted(&self) -> bool {
        !self.reply.is_closed()
    }

    fn run(self: Box<Self>, tool: &mut T) {
        // Fails if the caller stopped waiting meanwhile.
        drop(self.reply.send((self.work)(tool)));
    }
}

impl<T: Send + 'static> Pool<T> {
    /// Starts the threads. `tool` makes the value that each of them owns.
    pub(super) fn start(options: HasherOptions, tool: impl Fn() -> T) -> io::Result<Self> {
        let state = Mutex::new(State { waiting: VecDeque::new(), closed: false });
        let queue = Arc::new(Queue { state, changed: Condvar::new(), limit: options.queue.max(1) });
        let mut pool = Self { queue, threads: Vec::new(), max_wait: options.max_wait };
        for number in 0..options.threads.max(1) {
            let (tool, queue) = (tool(), Arc::clone(&pool.queue));
            let builder = thread::Builder::new().name(format!("hasher-{number}"));
            pool.threads.push(builder.spawn(move || queue.serve(tool))?);
        }
        Ok(pool)
    }

    /// Runs `work` on one of the threads. Work whose caller stopped waiting is skipped.
    pub(super) async fn run<R: Send + 'static>(
        &self,
        work: impl FnOnce(&mut T) -> R + Send + 'static,
    ) -> Result<R, HashError> {
        let (reply, answer) = oneshot::channel();
        self.queue.push(Box::new(Request { work, reply }))?;
        match tokio::time::timeout(self.max_wait, answer).await {
            Ok(answer) => answer.map_err(|_| HashError::Gone),
            Err(_) => Err(HashError::Overloaded),
        }
    }
}

impl<T> Drop for Pool<T> {
    /// Waits for the running jobs, at most one per thread. No caller waits for a queued job, because callers
    /// borrow the pool.
    fn drop(&mut self) {
        self.queue.lock().closed = true;
        self.queue.changed.notify_all();
        for thread in self.threads.drain(..) {
            drop(thread.join());
        }
    }
}

impl<T> Queue<T> {
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Queues a job. If the queue is full, jobs whose caller stopped waiting are removed first.
    fn push(&self, job: Box<dyn Job<T>>) -> Result<(), HashError> {
        let mut state = self.lock();
        if state.waiting.len() >= self.limit {
            state.waiting.retain(|job| job.wanted());
        }
        if state.waiting.len() >= self.limit {
            return Err(HashError::Overloaded);
        }
        state.waiting.push_back(job);
        self.changed.notify_one();
        Ok(())
    }

    /// Waits for the next job whose caller still waits; `None` once the queue is closed.
    fn next(&self) -> Option<Box<dyn Job<T>>> {
        let mut state = self.lock();
        loop {
            if state.closed {
                return None;
            }
            match state.waiting.pop_front() {
                Some(job) if job.wanted() => return Some(job),
                Some(_) => {}
                None => state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
            }
        }
    }

    fn serve(&self, mut tool: T) {
        while let Some(job) = self.next() {
            // A panic fails only its caller, and the thread continues.
            if catch_unwind(AssertUnwindSafe(|| job.run(&mut tool))).is_err() {
                tracing::error!("hashing a password panicked");
            }
        }
    }
}
