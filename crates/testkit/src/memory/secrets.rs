//! One-time secrets, mailed links and the setup secret.

use async_trait::async_trait;
use bailiwick_kernel::{StoreError, Timestamp, TokenHash, TokenKind, UserId};
use bailiwick_users::{MailedLink, NewSecret, SecretRef, SecretRepo, UserError};

use super::state::Secret;
use super::{Flaw, MemoryTx};

#[async_trait]
impl SecretRepo for MemoryTx {
    async fn issue(&mut self, new: &NewSecret) -> Result<(), UserError> {
        if !self.seen().users.contains_key(&new.user) {
            return Err(StoreError::Refused("a secret without an account".to_owned()).into());
        }
        let state = self.changed().await?;
        let NewSecret { kind, user, hash, expires_at, .. } = *new;
        state.secrets.retain(|secret| (secret.kind, secret.user_id) != (kind, user));
        state.secrets.push(Secret { kind, user_id: user, hash, expires_at });
        if let Some(address) = new.address.clone() {
            state.links.push(MailedLink { kind, user, hash, address, expires_at });
        }
        Ok(())
    }

    async fn find(
        &mut self,
        kind: TokenKind,
        hash: &TokenHash,
        now: Timestamp,
    ) -> Result<Option<UserId>, UserError> {
        let usable =
            |secret: &&Secret| secret.kind == kind && secret.hash == *hash && now < secret.expires_at;
        Ok(self.seen().secrets.iter().find(usable).map(|secret| secret.user_id))
    }

    async fn consume(
        &mut self,
        kind: TokenKind,
        secret: SecretRef,
        now: Timestamp,
    ) -> Result<Option<UserId>, UserError> {
        let is_it = |stored: &Secret| {
            stored.kind == kind
                && match secret {
                    SecretRef::Hash(hash) => stored.hash == hash,
                    SecretRef::Of(user) => stored.user_id == user,
                }
        };
        let usable = |stored: &&Secret| is_it(stored) && now < stored.expires_at;
        let Some(user) = self.seen().secrets.iter().find(usable).map(|stored| stored.user_id) else {
            return Ok(None);
        };
        if self.has(Flaw::SelectThenUpdate) {
            self.let_others_in().await;
        }
        self.changed().await?.secrets.retain(|stored| !is_it(stored));
        Ok(Some(user))
    }

    async fn find_link(
        &mut self,
        kind: TokenKind,
        hash: &TokenHash,
        now: Timestamp,
    ) -> Result<Option<MailedLink>, UserError> {
        let is_it = |link: &&MailedLink| link.kind == kind && link.hash == *hash && now < link.expires_at;
        Ok(self.seen().links.iter().find(is_it).cloned())
    }

    async fn revoke(&mut self, user: UserId, kinds: &[TokenKind]) -> Result<(), UserError> {
        let secrets = &mut self.changed().await?.secrets;
        secrets.retain(|secret| secret.user_id != user || !kinds.contains(&secret.kind));
        Ok(())
    }

    async fn issue_setup(&mut self, hash: &TokenHash, expires_at: Timestamp) -> Result<(), UserError> {
        *self.changed().await?.setup = Some((*hash, expires_at));
        Ok(())
    }

    async fn is_setup(&mut self, hash: &TokenHash, now: Timestamp) -> Result<bool, UserError> {
        Ok(self.seen().setup.is_some_and(|(stored, until)| stored == *hash && now < until))
    }

    async fn consume_setup(&mut self, hash: &TokenHash, now: Timestamp) -> Result<bool, UserError> {
        if !self.is_setup(hash, now).await? {
            return Ok(false);
        }
        if self.has(Flaw::SelectThenUpdate) {
            self.let_others_in().await;
        }
        *self.changed().await?.setup = None;
        Ok(true)
    }
}
