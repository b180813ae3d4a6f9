//! Failed logins and exemptions.

use async_trait::async_trait;
use bailiwick_kernel::{Lock, Timestamp};
use bailiwick_users::{AccountKey, AttemptRepo, Attempts, Pair, UserError};

use super::{Flaw, MemoryTx};

#[async_trait]
impl AttemptRepo for MemoryTx {
    async fn find(&mut self, pair: &Pair, now: Timestamp, lock: Lock) -> Result<Attempts, UserError> {
        let seen = self.seen().attempts.get(pair).copied().unwrap_or(Attempts::none(now));
        if lock == Lock::Update {
            if self.has(Flaw::SelectThenUpdate) {
                self.let_others_in().await;
            }
            self.changed().await?.attempts.entry(pair.clone()).or_insert(seen);
        }
        Ok(seen)
    }

    async fn store(&mut self, pair: &Pair, attempts: &Attempts) -> Result<(), UserError> {
        let stored = &mut self.changed().await?.attempts;
        if attempts.is_none() {
            stored.remove(pair);
        } else {
            stored.insert(pair.clone(), *attempts);
        }
        Ok(())
    }

    async fn clear(&mut self, account: &AccountKey) -> Result<(), UserError> {
        self.changed().await?.attempts.retain(|pair, _| pair.account != *account);
        Ok(())
    }

    async fn delete_stale(&mut self, cutoff: Timestamp, limit: usize) -> Result<(), UserError> {
        let attempts = &mut self.changed().await?.attempts;
        let old = attempts.iter().filter(|(_, known)| known.last_at < cutoff && known.started_at < cutoff);
        for pair in old.map(|(pair, _)| pair.clone()).take(limit).collect::<Vec<_>>() {
            attempts.remove(&pair);
        }
        Ok(())
    }
}
