//! The connection to Redis, and when to look for another.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use redis::RedisError;
use tokio::runtime::Handle;
use tokio::time::timeout;

use crate::redis_connect::{Connection, Connector};

/// While Redis is gone, one caller looks for it so often; the others do not wait.
const BETWEEN_LOOKS: Duration = Duration::from_millis(500);

/// Limit of a connection attempt: a server that is frozen accepts it and says nothing.
const DIAL_LIMIT: Duration = Duration::from_secs(2);

/// One connection for all callers.
pub(crate) struct Link {
    dialer: Connector,
    /// A connection is driven by a task of the runtime that dialled it, and dies with
    /// that: so this one dials, and not those of the threads that answer requests.
    home: Handle,
    state: Arc<Mutex<State>>,
}

struct State {
    /// It answered the last time, if only the greeting.
    connection: Option<Connection>,
    look_at: Instant,
    error: String,
}

impl Link {
    /// Connects to nothing yet.
    pub(crate) fn new(dialer: Connector) -> Self {
        let state = State { connection: None, look_at: Instant::now(), error: String::new() };
        Self { dialer, home: Handle::current(), state: Arc::new(Mutex::new(state)) }
    }

    /// The connection; `None` while there is none and somebody else looks, or looked a
    /// moment ago.
    pub(crate) async fn connection(&self) -> Option<Connection> {
        if let Some(connection) = &self.state().connection {
            return Some(connection.clone());
        }
        if !self.may_look() {
            return None;
        }
        let dialer = self.dialer.clone();
        let state = Arc::clone(&self.state);
        // The task has a limit of its own, because it outlives a caller that stops waiting. The
        // next caller finds the connection: TLS can take longer than each of them waits.
        let dial = async move {
            let outcome = timeout(DIAL_LIMIT, dialer.connect()).await;
            if let Ok(Ok(connection)) = &outcome {
                locked(&state).connection = Some(connection.clone());
            }
            outcome
        };
        match self.home.spawn(dial).await {
            Ok(Ok(Ok(connection))) => return Some(connection),
            Ok(Ok(Err(error))) => self.warn_once(error.to_string()),
            Ok(Err(_)) => self.warn_once("no answer in time".to_owned()),
            Err(error) => self.warn_once(error.to_string()),
        }
        None
    }

    /// It has just answered.
    pub(crate) fn works(&self, connection: Connection) {
        let mut state = self.state();
        if state.connection.is_none() {
            state.connection = Some(connection);
        }
    }

    /// It failed. Another one may be looked for at once, if it was good before.
    pub(crate) fn failed(&self, error: &RedisError) {
        let mut state = self.state();
        if state.connection.take().is_some() {
            state.look_at = Instant::now();
        }
        state.error = error.to_string();
    }

    /// It did not answer in time.
    pub(crate) fn is_slow(&self) {
        let mut state = self.state();
        state.connection = None;
        state.look_at = Instant::now() + BETWEEN_LOOKS;
        "no answer in time".clone_into(&mut state.error);
    }

    /// What was wrong the last time.
    pub(crate) fn last_error(&self) -> String {
        self.state().error.clone()
    }

    fn may_look(&self) -> bool {
        let (mut state, now) = (self.state(), Instant::now());
        let may = now >= state.look_at;
        if may {
            state.look_at = now + BETWEEN_LOOKS;
        }
        may
    }

    fn warn_once(&self, error: String) {
        self.state().error = error;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        locked(&self.state)
    }
}

fn locked(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
