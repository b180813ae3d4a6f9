//! Last activity of users and sessions: collected in the process, written to the store once a
//! minute.

use std::collections::HashMap;
use std::mem;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bailiwick_kernel::{SessionId, StoreError, Timestamp, UserId};
use bailiwick_users::Activity;

use crate::authority::Actor;
use crate::ports::Store;

/// Number of maps, each with a lock of its own, because every authorized request writes here. A
/// session is always in the same map.
const SHARDS: usize = 16;
/// Capacity of a map, in sessions. Sessions beyond it are not recorded until the next write.
const SHARD_CAPACITY: usize = 6_000;

type Seen = HashMap<SessionId, (UserId, Timestamp)>;

/// Activity since the last write. It is lost if the process is killed.
#[derive(Default, Debug)]
pub(crate) struct ActivityTracker([Mutex<Seen>; SHARDS]);

impl ActivityTracker {
    /// Records that the actor is active at `now`.
    pub fn record(&self, actor: &Actor, now: Timestamp) {
        // The last byte of an id is random, so the sessions spread evenly.
        let [.., last] = actor.session.as_uuid().into_bytes();
        let Some(shard) = self.0.get(usize::from(last) % SHARDS) else { return };
        let mut seen = lock_shard(shard);
        if let Some(entry) = seen.get_mut(&actor.session) {
            entry.1 = now;
        } else if seen.len() < SHARD_CAPACITY {
            seen.insert(actor.session, (actor.user, now));
        }
    }

    /// Writes the activity since the last call to the store, map by map. After an error the rest is
    /// kept for the next call.
    pub async fn flush(&self, store: &dyn Store) -> Result<(), StoreError> {
        for shard in &self.0 {
            let seen = mem::take(&mut *lock_shard(shard));
            let outcome = record(&seen, store).await;
            if outcome.is_err() {
                put_back(shard, seen);
                return outcome;
            }
        }
        Ok(())
    }
}

fn lock_shard(shard: &Mutex<Seen>) -> MutexGuard<'_, Seen> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
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

/// Puts back activity that was not written. Activity recorded in the meantime is newer and stays.
fn put_back(shard: &Mutex<Seen>, unwritten: Seen) {
    let mut seen = lock_shard(shard);
    for (session, entry) in unwritten {
        seen.entry(session).or_insert(entry);
    }
}
