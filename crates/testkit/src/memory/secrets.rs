//! One-time secrets.

use async_trait::async_trait;
use bailiwick_kernel::{StoreError, Timestamp, TokenHash, TokenKind, UserId};
use bailiwick_users::{MailedLink, SecretRepo, UserError};

use super::state::Secret;
use super::{Flaw, MemoryTx};

#[async_trait]
impl SecretRepo for MemoryTx {
    async fn issue(
        &mut self,
        kind: TokenKind,
        user_id: UserId,
        hash: &TokenHash,
        _now: Timestamp,
        expires_at: Timestamp,
    ) -> Result<(), UserError> {
        if !self.seen().users.contains_key(&user_id) {
            return Err(StoreError::Refused("a secret without an account".to_owned()).into());
        }
        let secrets = &mut self.changed().await?.secrets;
        secrets.retain(|secret| (secret.kind, secret.user_id) != (kind, user_id));
        secrets.push(Secret { kind, user_id, hash: *hash, expires_at });
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
        hash: &TokenHash,
        now: Timestamp,
    ) -> Result<Option<UserId>, UserError> {
        let Some(user) = SecretRepo::find(self, kind, hash, now).await? else {
            return Ok(None);
        };
        if self.has(Flaw::SelectThenUpdate) {
            self.let_others_in().await;
        }
        self.changed().await?.secrets.retain(|secret| secret.hash != *hash);
        Ok(Some(user))
    }

    async fn consume_newest(
        &mut self,
        kind: TokenKind,
        user: UserId,
        now: Timestamp,
    ) -> Result<bool, UserError> {
        let is_it = |secret: &Secret| (secret.kind, secret.user_id) == (kind, user);
        if !self.seen().secrets.iter().any(|secret| is_it(secret) && now < secret.expires_at) {
            return Ok(false);
        }
        if self.has(Flaw::SelectThenUpdate) {
            self.let_others_in().await;
        }
        self.changed().await?.secrets.retain(|secret| !is_it(secret));
        Ok(true)
    }

    async fn record_link(&mut self, link: &MailedLink) -> Result<(), UserError> {
        if !self.seen().users.contains_key(&link.user) {
            return Err(StoreError::Refused("a link without an account".to_owned()).into());
        }
        self.changed().await?.links.push(link.clone());
        Ok(())
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
