//! Password hashers for tests, which are fast and protect nothing.

use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use bailiwick_users::{HashError, Password, PasswordHash, PasswordHasher, Verdict};
use tokio::sync::watch;

const CURRENT: &str = "quick";
const OUTDATED: &str = "quick-outdated";

/// A password hasher that computes a fast, deterministic hash.
#[derive(Clone, Copy, Default, Debug)]
pub struct QuickHasher;

impl QuickHasher {
    /// Returns the same as [`PasswordHasher::hash`], without a future.
    pub fn current(password: &Password) -> PasswordHash {
        stored(CURRENT, password)
    }

    /// Returns a hash under outdated parameters, which verifies as [`Verdict::MatchOutdated`].
    pub fn outdated(password: &Password) -> PasswordHash {
        stored(OUTDATED, password)
    }
}

#[async_trait]
impl PasswordHasher for QuickHasher {
    async fn hash(&self, password: &Password) -> Result<PasswordHash, HashError> {
        Ok(Self::current(password))
    }

    async fn verify(&self, password: &Password, stored: Option<&PasswordHash>) -> Result<Verdict, HashError> {
        let verdict = match stored {
            Some(hash) if *hash == Self::current(password) => Verdict::Match,
            Some(hash) if *hash == Self::outdated(password) => Verdict::MatchOutdated,
            _ => Verdict::NoMatch,
        };
        Ok(verdict)
    }
}

/// A [`QuickHasher`] that counts the passwords verified and that a test can pause.
#[derive(Default, Debug)]
pub struct CountingHasher {
    checks: AtomicUsize,
    is_paused: watch::Sender<bool>,
}

impl CountingHasher {
    /// Number of verifications started so far.
    pub fn checks(&self) -> usize {
        self.checks.load(Ordering::Relaxed)
    }

    /// Blocks every verification until [`Self::resume`].
    pub fn pause(&self) {
        self.is_paused.send_replace(true);
    }

    /// Lets the blocked verifications finish.
    pub fn resume(&self) {
        self.is_paused.send_replace(false);
    }
}

#[async_trait]
impl PasswordHasher for CountingHasher {
    async fn hash(&self, password: &Password) -> Result<PasswordHash, HashError> {
        QuickHasher.hash(password).await
    }

    async fn verify(&self, password: &Password, stored: Option<&PasswordHash>) -> Result<Verdict, HashError> {
        self.checks.fetch_add(1, Ordering::Relaxed);
        let _ = self.is_paused.subscribe().wait_for(|is_paused| !is_paused).await;
        QuickHasher.verify(password, stored).await
    }
}

fn stored(scheme: &str, password: &Password) -> PasswordHash {
    let text = password.reveal();
    PasswordHash::from_stored(format!("${scheme}${}${:016x}", text.len(), fnv1a(text.as_bytes())))
}

/// The FNV-1a hash (Fowler, Noll and Vo), 64 bits.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn tells_right_wrong_outdated_and_absent_apart() {
        let [right, wrong] = ["right horse", "wrong horse"].map(|text| Password::parse(text).unwrap());
        let hash = QuickHasher.hash(&right).await.unwrap();
        let outdated = QuickHasher::outdated(&right);
        for (password, stored, verdict) in [
            (&right, Some(&hash), Verdict::Match),
            (&right, Some(&outdated), Verdict::MatchOutdated),
            (&wrong, Some(&hash), Verdict::NoMatch),
            (&wrong, Some(&outdated), Verdict::NoMatch),
            (&right, None, Verdict::NoMatch),
            (&right, Some(&PasswordHash::from_stored("garbage".to_owned())), Verdict::NoMatch),
        ] {
            assert_eq!(QuickHasher.verify(password, stored).await, Ok(verdict));
        }
    }
}
