//! The shared connection to Redis, and its reconnection.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use redis::RedisError;
use tokio::runtime::Handle;
use tokio::time::timeout;

use crate::redis_connect::{Connection, Connector};

/// Pause between two connection attempts while Redis is unreachable. A single caller connects, and
/// the others do not wait for it.
const BETWEEN_ATTEMPTS: Duration = Duration::from_millis(500);

/// Limit of a connection attempt, because a frozen server accepts it and does not respond.
const DIAL_LIMIT: Duration = Duration::from_secs(2);

/// A connection shared by all callers.
pub(crate) struct Link {
    dialer: Connector,
    /// The runtime that connects. A connection is driven by a task of its runtime and ends with it,
    /// so the shorter-lived runtimes of the threads that serve requests do not connect.
    home: Handle,
    state: Arc<Mutex<State>>,
}

struct State {
    /// The connection that last responded, at least to the greeting.
    connection: Option<Connection>,
    connect_at: Instant,
    error: String,
}

impl Link {
    /// Creates the link, without connecting.
    pub(crate) fn new(dialer: Connector) -> Self {
        let state =
            State { connection: None, connect_at: Instant::now(), error: "not connected yet".to_owned() };
        Self { dialer, home: Handle::current(), state: Arc::new(Mutex::new(state)) }
    }

    /// Returns the connection; `None` while there is none and another caller connects, or failed a
    /// moment ago.
    pub(crate) async fn connection(&self) -> Option<Connection> {
        if let Some(connection) = &self.state().connection {
            return Some(connection.clone());
        }
        if !self.may_connect() {
            return None;
        }
        let dialer = self.dialer.clone();
        let state = Arc::clone(&self.state);
        // The task has its own limit, because it outlives a caller that stops waiting. The next
        // caller finds the connection, because TLS can take longer than one caller waits.
        let dial = async move {
            let outcome = timeout(DIAL_LIMIT, dialer.connect()).await;
            if let Ok(Ok(connection)) = &outcome {
                locked(&state).connection = Some(connection.clone());
            }
            outcome
        };
        match self.home.spawn(dial).await {
            Ok(Ok(Ok(connection))) => return Some(connection),
            Ok(Ok(Err(error))) => self.set_error(error.to_string()),
            Ok(Err(_)) => self.set_error("no answer in time".to_owned()),
            Err(error) => self.set_error(error.to_string()),
        }
        None
    }

    /// Stores a connection that has just responded.
    pub(crate) fn works(&self, connection: Connection) {
        let mut state = self.state();
        if state.connection.is_none() {
            state.connection = Some(connection);
        }
    }

    /// Drops the connection after a failure. If it was good before, the next attempt may follow at
    /// once.
    pub(crate) fn failed(&self, error: &RedisError) {
        let mut state = self.state();
        if state.connection.take().is_some() {
            state.connect_at = Instant::now();
        }
        state.error = error.to_string();
    }

    /// Drops the connection after a timeout.
    pub(crate) fn is_slow(&self) {
        let mut state = self.state();
        state.connection = None;
        state.connect_at = Instant::now() + BETWEEN_ATTEMPTS;
        "no answer in time".clone_into(&mut state.error);
    }

    /// Returns the last error.
    pub(crate) fn last_error(&self) -> String {
        self.state().error.clone()
    }

    fn may_connect(&self) -> bool {
        let (mut state, now) = (self.state(), Instant::now());
        let may = now >= state.connect_at;
        if may {
            state.connect_at = now + BETWEEN_ATTEMPTS;
        }
        may
    }

    fn set_error(&self, error: String) {
        self.state().error = error;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        locked(&self.state)
    }
}

fn locked(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
