//! Sessions with their refresh tokens or cookies.

use async_trait::async_trait;
use bailiwick_kernel::{Lock, Page, PageRequest, SessionId, StoreError, Timestamp, TokenHash, UserId};
use bailiwick_users::{
    PageRecord, PageSession, RefreshGrant, RefreshRecord, Session, SessionRepo, SessionScope, UserError,
};

use super::state::{State, StoredRefresh, page_of};
use super::{Flaw, MemoryTx};

#[async_trait]
impl SessionRepo for MemoryTx {
    async fn insert(&mut self, session: &Session, refresh: &RefreshGrant) -> Result<(), UserError> {
        self.insert_session(session, refresh.session_id).await?;
        self.changed().await?.refresh_grants.push(StoredRefresh::unused(refresh));
        Ok(())
    }

    async fn insert_page(&mut self, session: &Session, page: &PageSession) -> Result<(), UserError> {
        self.insert_session(session, page.session_id).await?;
        self.changed().await?.pages.insert(page.session_id, page.clone());
        Ok(())
    }

    async fn list(
        &mut self,
        user: UserId,
        now: Timestamp,
        page: PageRequest,
    ) -> Result<Page<Session>, UserError> {
        let state = self.seen();
        let is_unused = |session: &Session| {
            let page = state.pages.get(&session.id);
            page.is_some_and(|page| page.idle_expires_at <= now) && !self.has(Flaw::ListsUnused)
        };
        let alive = state.sessions.values().filter(|session| session.user_id == user);
        let alive = alive.filter(|session| session.is_alive(now) && !is_unused(session)).cloned();
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

    async fn find_page(&mut self, cookie: &TokenHash) -> Result<Option<PageRecord>, UserError> {
        let state = self.seen();
        Ok(state.pages.values().find(|page| page.cookie == *cookie).and_then(|page| {
            let session = state.sessions.get(&page.session_id)?.clone();
            Some(PageRecord { page: page.clone(), session })
        }))
    }

    async fn extend_page(&mut self, id: SessionId, until: Timestamp) -> Result<(), UserError> {
        if self.seen().pages.get(&id).is_none_or(|page| until <= page.idle_expires_at) {
            return Ok(());
        }
        if self.has(Flaw::SelectThenUpdate) {
            self.let_others_in().await;
        }
        if let Some(page) = self.changed().await?.pages.get_mut(&id) {
            page.idle_expires_at = until;
        }
        Ok(())
    }

    async fn confirm_page(&mut self, id: SessionId, at: Timestamp) -> Result<bool, UserError> {
        let page = self.changed().await?.pages.get_mut(&id);
        Ok(page.map(|page| page.authenticated_at = at).is_some())
    }
}

impl MemoryTx {
    /// Stores a session whose secret names the session `named`, and records activity of its account.
    async fn insert_session(&mut self, session: &Session, named: SessionId) -> Result<(), UserError> {
        if !self.seen().users.contains_key(&session.user_id) || named != session.id {
            return Err(StoreError::Refused("a session without an account".to_owned()).into());
        }
        let state = self.changed().await?;
        state.sessions.insert(session.id, session.clone());
        if let Some(user) = state.users.get_mut(&session.user_id) {
            user.last_active = user.last_active.max(Some(session.last_seen_at));
        }
        Ok(())
    }
}

fn stored<'a>(state: &'a State, hash: &TokenHash) -> Option<&'a StoredRefresh> {
    state.refresh_grants.iter().find(|stored| stored.grant.hash == *hash)
}
