//! Accounts.

use async_trait::async_trait;
use bailiwick_kernel::{Email, Lock, SessionId, UserId};
use bailiwick_users::{PasswordHash, User, UserChanges, UserError, UserRepo};

use super::state::State;
use super::{Flaw, MemoryTx};

#[async_trait]
impl UserRepo for MemoryTx {
    async fn find(&mut self, id: UserId, _lock: Lock) -> Result<Option<User>, UserError> {
        Ok(self.seen().users.get(&id).cloned())
    }

    async fn find_by_email(&mut self, email: &Email, _lock: Lock) -> Result<Option<User>, UserError> {
        Ok(by_email(self.seen(), email).cloned())
    }

    async fn insert(&mut self, user: &User) -> Result<(), UserError> {
        if by_email(self.seen(), &user.email).is_some() {
            return Err(UserError::EmailTaken);
        }
        if self.has(Flaw::CheckThenInsert) {
            self.let_others_in().await;
        }
        self.changed().await?.users.insert(user.id, user.clone());
        Ok(())
    }

    async fn update(&mut self, id: UserId, changes: &UserChanges) -> Result<(), UserError> {
        if !self.seen().users.contains_key(&id) {
            return Err(UserError::NotFound);
        }
        if let Some((email, _)) = &changes.emails {
            if by_email(self.seen(), email).is_some_and(|holder| holder.id != id) {
                return Err(UserError::EmailTaken);
            }
            if self.has(Flaw::CheckThenInsert) {
                self.let_others_in().await;
            }
        }
        let stored = self.changed().await?.users.get_mut(&id).ok_or(UserError::NotFound)?;
        apply(changes.clone(), stored);
        Ok(())
    }

    async fn replace_password(
        &mut self,
        id: UserId,
        old: &PasswordHash,
        new: &PasswordHash,
    ) -> Result<bool, UserError> {
        let is_old = self.seen().users.get(&id).is_some_and(|user| user.password_hash == *old);
        if !is_old {
            return Ok(false);
        }
        if self.has(Flaw::SelectThenUpdate) {
            self.let_others_in().await;
        }
        let stored = self.changed().await?.users.get_mut(&id).ok_or(UserError::NotFound)?;
        stored.password_hash = new.clone();
        Ok(true)
    }

    async fn delete(&mut self, id: UserId) -> Result<(), UserError> {
        let state = self.changed().await?;
        state.users.remove(&id).ok_or(UserError::NotFound)?;
        let sessions = state.sessions.clone();
        let is_others =
            |session: &SessionId| sessions.get(session).is_some_and(|session| session.user_id != id);
        state.pages.retain(|session, _| is_others(session));
        state.refresh_grants.retain(|stored| is_others(&stored.grant.session_id));
        state.sessions.retain(|_, session| session.user_id != id);
        state.secrets.retain(|secret| secret.user_id != id);
        state.links.retain(|link| link.user != id);
        state.memberships.retain(|(_, user), _| *user != id);
        for stored in state.invitations.values_mut() {
            stored.invitation.inviter_id = stored.invitation.inviter_id.filter(|inviter| *inviter != id);
        }
        Ok(())
    }
}

fn by_email<'a>(state: &'a State, email: &Email) -> Option<&'a User> {
    state.users.values().find(|user| user.email == *email)
}

fn apply(changes: UserChanges, user: &mut User) {
    if let Some(names) = changes.names {
        (user.first_name, user.last_name) = names;
    }
    if let Some(emails) = changes.emails {
        (user.email, user.pending_email) = emails;
    }
    user.status = changes.status.unwrap_or(user.status);
    user.email_verified = changes.email_verified.unwrap_or(user.email_verified);
    user.platform_admin = changes.platform_admin.unwrap_or(user.platform_admin);
    user.exemption = changes.exemption.or(user.exemption);
    user.language = changes.language.or(user.language.take());
}
