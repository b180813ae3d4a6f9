//! Accounts.

use async_trait::async_trait;
use bailiwick_kernel::{DisplayName, Email, SessionId, Timestamp, UserId};
use bailiwick_users::{PasswordHash, User, UserError, UserRepo};

use super::state::State;
use super::{Flaw, MemoryTx};

#[async_trait]
impl UserRepo for MemoryTx {
    async fn find(&mut self, id: UserId) -> Result<Option<User>, UserError> {
        Ok(self.seen().users.get(&id).cloned())
    }

    async fn find_by_email(&mut self, email: &Email) -> Result<Option<User>, UserError> {
        Ok(by_email(self.seen(), email).cloned())
    }

    async fn lock_by_email(&mut self, email: &Email) -> Result<Option<User>, UserError> {
        self.find_by_email(email).await
    }

    async fn lock(&mut self, id: UserId) -> Result<Option<User>, UserError> {
        UserRepo::find(self, id).await
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

    async fn rename(&mut self, id: UserId, first: &DisplayName, last: &DisplayName) -> Result<(), UserError> {
        let user = existing(self.changed().await?, id)?;
        user.first_name = first.clone();
        user.last_name = last.clone();
        Ok(())
    }

    async fn update_standing(&mut self, user: &User) -> Result<(), UserError> {
        let stored = existing(self.changed().await?, user.id)?;
        stored.status = user.status;
        stored.email_verified = user.email_verified;
        Ok(())
    }

    async fn update_email(&mut self, user: &User) -> Result<(), UserError> {
        if !self.seen().users.contains_key(&user.id) {
            return Err(UserError::NotFound);
        }
        if by_email(self.seen(), &user.email).is_some_and(|holder| holder.id != user.id) {
            return Err(UserError::EmailTaken);
        }
        if self.has(Flaw::CheckThenInsert) {
            self.let_others_in().await;
        }
        let stored = existing(self.changed().await?, user.id)?;
        stored.email = user.email.clone();
        stored.pending_email.clone_from(&user.pending_email);
        stored.email_verified = user.email_verified;
        Ok(())
    }

    async fn touch(&mut self, id: UserId, now: Timestamp) -> Result<(), UserError> {
        if let Ok(stored) = existing(self.changed().await?, id) {
            stored.last_active = stored.last_active.max(Some(now));
        }
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
        existing(self.changed().await?, id)?.password_hash = new.clone();
        Ok(true)
    }

    async fn any_platform_admin(&mut self) -> Result<bool, UserError> {
        Ok(self.seen().users.values().any(|user| user.platform_admin))
    }

    async fn make_platform_admin(&mut self, id: UserId) -> Result<(), UserError> {
        existing(self.changed().await?, id)?.platform_admin = true;
        Ok(())
    }

    async fn delete(&mut self, id: UserId) -> Result<(), UserError> {
        let state = self.changed().await?;
        state.users.remove(&id).ok_or(UserError::NotFound)?;
        state.exemptions.remove(&id);
        let sessions = state.sessions.clone();
        let is_others =
            |session: &SessionId| sessions.get(session).is_some_and(|session| session.user_id != id);
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

fn existing(state: &mut State, id: UserId) -> Result<&mut User, UserError> {
    state.users.get_mut(&id).ok_or(UserError::NotFound)
}
