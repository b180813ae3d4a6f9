//! Sessions and their refresh tokens.

use async_trait::async_trait;
use bailiwick_kernel::{Lock, Page, PageRequest, SessionId, StoreError, Timestamp, TokenHash, UserId};
use bailiwick_users::{RefreshGrant, RefreshRecord, Session, SessionRepo, SessionScope, UserError};

use super::state::{State, StoredRefresh, page_of};
use super::{Flaw, MemoryTx};

#[async_trait]
impl SessionRepo for MemoryTx {
    async fn insert(&mut self, session: &Session, refresh: &RefreshGrant) -> Result<(), UserError> {
        if !self.seen().users.contains_key(&session.user_id) || refresh.session_id != session.id {
            return Err(StoreError::Refused("a session without an account".to_owned()).into());
        }
        let state = self.changed().await?;
        state.sessions.insert(session.id, session.clone());
        state.refresh_grants.push(StoredRefresh::unused(refresh));
        if let Some(user) = state.users.get_mut(&session.user_id) {
            user.last_active = user.last_active.max(Some(session.last_seen_at));
        }
        Ok(())
    }

    async fn list(
        &mut self,
        user: UserId,
        now: Timestamp,
        page: PageRequest,
    ) -> Result<Page<Session>, UserError> {
        let alive = self.seen().sessions.values().filter(|session| session.user_id == user);
        let alive = alive.filter(|session| session.is_alive(now)).cloned();
        Ok(page_of(alive, page, |session| session.id.as_uuid()))
    }

    async fn end(&mut self, user: UserId, scope: SessionScope, now: Timestamp) -> Result<u64, UserError> {
        let is_meant = |id: SessionId| match scope {
            SessionScope::One(one) => id == one,
            SessionScope::All => true,
            SessionScope::AllExcept(kept) => id != kept,
        };
        let mut ended = 0;
        for session in self.changed().await?.sessions.values_mut() {
            if session.user_id == user && is_meant(session.id) && session.is_alive(now) {
                session.ended_at = Some(now);
                ended += 1;
            }
        }
        Ok(ended)
    }

    async fn find_by_refresh(
        &mut self,
        hash: &TokenHash,
        _lock: Lock,
    ) -> Result<Option<RefreshRecord>, UserError> {
        let state = self.seen();
        Ok(stored(state, hash).and_then(|stored| {
            let session = state.sessions.get(&stored.grant.session_id)?.clone();
            Some(RefreshRecord {
                grant: stored.grant.clone(),
                used_at: stored.used_at,
                successor: stored.successor,
                session,
            })
        }))
    }

    async fn rotate(
        &mut self,
        used: &TokenHash,
        next: &RefreshGrant,
        now: Timestamp,
    ) -> Result<bool, UserError> {
        let usable =
            |stored: &StoredRefresh| stored.grant.session_id == next.session_id && stored.used_at.is_none();
        if !stored(self.seen(), used).is_some_and(usable) {
            return Ok(false);
        }
        if self.has(Flaw::SelectThenUpdate) {
            self.let_others_in().await;
        }
        let state = self.changed().await?;
        let old = state.refresh_grants.iter_mut().filter(|stored| stored.grant.hash == *used);
        old.for_each(|stored| (stored.used_at, stored.successor) = (Some(now), Some(next.hash)));
        state.refresh_grants.push(StoredRefresh::unused(next));
        if let Some(session) = state.sessions.get_mut(&next.session_id) {
            session.last_seen_at = session.last_seen_at.max(now);
        }
        Ok(true)
    }
}

fn stored<'a>(state: &'a State, hash: &TokenHash) -> Option<&'a StoredRefresh> {
    state.refresh_grants.iter().find(|stored| stored.grant.hash == *hash)
}
