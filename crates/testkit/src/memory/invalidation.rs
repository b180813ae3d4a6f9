//! The caches that the store invalidates, and what counts as a change of authority.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bailiwick_app::authority::AuthorityCache;
use bailiwick_app::authority::cache::{CacheKey, Invalidation};

use super::state::State;

/// The caches that the store invalidates.
#[derive(Default)]
pub(super) struct Caches(Mutex<Vec<Arc<AuthorityCache>>>);

impl Caches {
    /// Registers a cache. Its lease has no deadline, because no other process changes this store.
    pub fn add(&self, cache: &Arc<AuthorityCache>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::clone(cache));
        cache.flush();
        cache.lease_until(Duration::MAX);
    }

    pub fn remove(&self, cache: &Arc<AuthorityCache>) {
        cache.lose_lease();
        let mut caches = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        caches.retain(|other| !Arc::ptr_eq(other, cache));
    }

    pub fn apply(&self, invalidation: &Invalidation) {
        let caches = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        caches.iter().for_each(|cache| cache.apply(invalidation));
    }
}

/// Returns the keys whose authority in `old` is changed or deleted in `new`.
pub(super) fn between(old: &State, new: &State) -> Invalidation {
    let users = altered(&old.users, &new.users, |user| (user.status, user.platform_admin));
    let sessions = altered(&old.sessions, &new.sessions, |session| (session.ended_at, session.expires_at));
    let members = altered(&old.memberships, &new.memberships, Clone::clone);
    let roles = altered(&old.roles, &new.roles, Clone::clone);
    let gone = |id: &_| !new.orgs.contains_key(id) || old.archived.contains(id) != new.archived.contains(id);
    let keys = users.map(|(id, _)| CacheKey::User(*id));
    let keys = keys.chain(sessions.map(|(id, session)| CacheKey::Session(session.user_id, *id)));
    let keys = keys.chain(members.map(|((org, user), _)| CacheKey::Member(*org, *user)));
    let keys = keys.chain(roles.map(|(id, role)| CacheKey::Role(role.org_id, *id)));
    Invalidation::Keys(
        keys.chain(old.orgs.keys().filter(|id| gone(id)).map(|id| CacheKey::Org(*id))).collect(),
    )
}

fn altered<'a, K: Ord, V, P: PartialEq>(
    old: &'a BTreeMap<K, V>,
    new: &'a BTreeMap<K, V>,
    part: impl Fn(&V) -> P + 'a,
) -> impl Iterator<Item = (&'a K, &'a V)> {
    old.iter().filter(move |(key, value)| new.get(*key).map(&part) != Some(part(value)))
}
