//! Failed attempts to log in.

use async_trait::async_trait;
use bailiwick_kernel::{Email, Timestamp, UserId};
use bailiwick_users::{AccountKey, AttemptRepo, Attempts, Exemption, Pair, UserError, UserRepo};

use super::{Flaw, MemoryTx};

#[async_trait]
impl AttemptRepo for MemoryTx {
    async fn find(&mut self, pair: &Pair) -> Result<Option<Attempts>, UserError> {
        Ok(self.seen().attempts.get(pair).copied())
    }

    async fn lock(&mut self, pair: &Pair, now: Timestamp) -> Result<Attempts, UserError> {
        let seen = self.seen().attempts.get(pair).copied().unwrap_or(Attempts::none(now));
        if self.has(Flaw::SelectThenUpdate) {
            self.let_others_in().await;
        }
        self.changed().await?.attempts.entry(pair.clone()).or_insert(seen);
        Ok(seen)
    }

    async fn store(&mut self, pair: &Pair, attempts: &Attempts) -> Result<(), UserError> {
        self.changed().await?.attempts.insert(pair.clone(), *attempts);
        Ok(())
    }

    async fn clear(&mut self, pair: &Pair) -> Result<(), UserError> {
        self.changed().await?.attempts.remove(pair);
        Ok(())
    }

    async fn clear_account(&mut self, account: &AccountKey) -> Result<(), UserError> {
        self.changed().await?.attempts.retain(|pair, _| pair.account != *account);
        Ok(())
    }

    async fn forget(&mut self, moment: Timestamp, limit: usize) -> Result<(), UserError> {
        let attempts = &mut self.changed().await?.attempts;
        let old = attempts.iter().filter(|(_, known)| known.last_at < moment && known.started_at < moment);
        for pair in old.map(|(pair, _)| pair.clone()).take(limit).collect::<Vec<_>>() {
            attempts.remove(&pair);
        }
        Ok(())
    }

    async fn exemption(&mut self, email: &Email) -> Result<Option<Exemption>, UserError> {
        let user = self.find_by_email(email).await?;
        Ok(user.and_then(|user| self.seen().exemptions.get(&user.id).copied()))
    }

    async fn exempt(&mut self, user: UserId, exemption: Exemption) -> Result<(), UserError> {
        let state = self.changed().await?;
        if !state.users.contains_key(&user) {
            return Err(UserError::NotFound);
        }
        state.exemptions.insert(user, exemption);
        Ok(())
    }
}
