//! Threads behind a bounded queue.

use std::collections::VecDeque;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use bailiwick_users::HashError;
use tokio::sync::oneshot;

use super::HasherOptions;

/// Threads that each own a `T`, and the queue before them.
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
    /// Whether somebody still waits for it.
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
        // The caller may leave meanwhile; then nobody wants the answer.
        drop(self.reply.send((self.work)(tool)));
    }
}

impl<T: Send + 'static> Pool<T> {
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

    /// Runs `work` on one of the threads. A caller that stops waiting costs nothing.
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
    /// Waits for the hashes in work, one per thread: those who wait borrow the
    /// pool, so nothing in the queue is wanted any more.
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

    /// Those who left make room for those who come.
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

    /// The next job that somebody wants; `None` once the queue is closed.
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
            // A panic fails its caller, and the pool keeps its size.
            if catch_unwind(AssertUnwindSafe(|| job.run(&mut tool))).is_err() {
                tracing::error!("hashing a password panicked");
            }
        }
    }
}
