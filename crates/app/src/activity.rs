//! When people were last there: gathered in memory, written down once a minute.

use std::collections::HashMap;
use std::mem;
use std::sync::{Mutex, PoisonError};

use bailiwick_kernel::{SessionId, StoreError, Timestamp, UserId};
use bailiwick_users::Activity;

use crate::authority::Actor;
use crate::ports::Store;

/// More sessions than this are not remembered between two writes.
const MOST: usize = 100_000;

/// Who was there since the last write. What is in it is lost when the process dies.
#[derive(Default, Debug)]
pub(crate) struct Attendance(Mutex<HashMap<SessionId, (UserId, Timestamp)>>);

impl Attendance {
    /// Notes that the actor is there.
    pub fn note(&self, actor: &Actor, now: Timestamp) {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() < MOST || seen.contains_key(&actor.session) {
            seen.insert(actor.session, (actor.user, now));
        }
    }

    /// Writes down who was there since the last time. After a failure it is tried
    /// again the next time.
    pub async fn write_down(&self, store: &dyn Store) -> Result<(), StoreError> {
        let seen = mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        if seen.is_empty() {
            return Ok(());
        }
        let activity = |(session, (user, at)): (&SessionId, &(UserId, Timestamp))| Activity {
            user_id: *user,
            session_id: *session,
            at: *at,
        };
        let outcome = store.record_activity(&seen.iter().map(activity).collect::<Vec<_>>()).await;
        if outcome.is_err() {
            self.take_back(seen);
        }
        outcome
    }

    /// What came meanwhile is later, and stays.
    fn take_back(&self, unwritten: HashMap<SessionId, (UserId, Timestamp)>) {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (session, entry) in unwritten {
            seen.entry(session).or_insert(entry);
        }
    }
}
