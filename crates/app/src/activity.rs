//! When people were last there: gathered in memory, written down once a minute.

use std::collections::HashMap;
use std::mem;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bailiwick_kernel::{SessionId, StoreError, Timestamp, UserId};
use bailiwick_users::Activity;

use crate::authority::Actor;
use crate::ports::Store;

/// Every request that is let in comes by here, so there are several books, each
/// with a lock of its own; a session is always in the same.
const BOOKS: usize = 16;
/// More sessions than this are not remembered between two writes, in each book.
const MOST: usize = 6_000;

type Seen = HashMap<SessionId, (UserId, Timestamp)>;

/// Activity since the last write. It is lost if the process is killed.
#[derive(Default, Debug)]
pub(crate) struct ActivityTracker([Mutex<Seen>; BOOKS]);

impl ActivityTracker {
    /// Notes that the actor is there.
    pub fn record(&self, actor: &Actor, now: Timestamp) {
        // The end of an id is random.
        let [.., last] = actor.session.as_uuid().into_bytes();
        let Some(book) = self.0.get(usize::from(last) % BOOKS) else { return };
        let mut seen = open(book);
        if let Some(entry) = seen.get_mut(&actor.session) {
            entry.1 = now;
        } else if seen.len() < MOST {
            seen.insert(actor.session, (actor.user, now));
        }
    }

    /// Writes down who was there since the last time, a book at a time. After a
    /// failure the rest is tried again the next time.
    pub async fn write_down(&self, store: &dyn Store) -> Result<(), StoreError> {
        for book in &self.0 {
            let seen = mem::take(&mut *open(book));
            let outcome = record(&seen, store).await;
            if outcome.is_err() {
                take_back(book, seen);
                return outcome;
            }
        }
        Ok(())
    }
}

fn open(book: &Mutex<Seen>) -> MutexGuard<'_, Seen> {
    book.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn record(seen: &Seen, store: &dyn Store) -> Result<(), StoreError> {
    if seen.is_empty() {
        return Ok(());
    }
    let activity = |(session, (user, at)): (&SessionId, &(UserId, Timestamp))| Activity {
        user_id: *user,
        session_id: *session,
        at: *at,
    };
    store.record_activity(&seen.iter().map(activity).collect::<Vec<_>>()).await
}

/// What came meanwhile is later, and stays.
fn take_back(book: &Mutex<Seen>, unwritten: Seen) {
    let mut seen = open(book);
    for (session, entry) in unwritten {
        seen.entry(session).or_insert(entry);
    }
}
