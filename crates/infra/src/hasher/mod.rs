//! Argon2id (RFC 9106) on a fixed pool of threads, so that many simultaneous logins can exhaust
//! neither the memory nor the threads that serve requests.

mod argon;
mod import;
mod pool;

use std::fmt;
use std::io;
use std::num::NonZero;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bailiwick_kernel::IdSource;
use bailiwick_users::{HashError, Password, PasswordHash, PasswordHasher, Verdict};

use self::argon::ArgonWorker;
use self::pool::Pool;

/// Resource limits of the hasher.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct HasherOptions {
    /// Number of threads, each with memory of its own; at least one.
    pub threads: usize,
    /// Largest number of waiting passwords; the next is [`HashError::Overloaded`].
    pub queue: usize,
    /// Longest wait of a password before it is [`HashError::Overloaded`].
    pub max_wait: Duration,
}

impl Default for HasherOptions {
    fn default() -> Self {
        let threads = std::thread::available_parallelism().map_or(1, NonZero::get);
        Self { threads, queue: 256, max_wait: Duration::from_secs(10) }
    }
}

/// Hashes with Argon2id, 19 MiB, two passes, one lane (OWASP Password Storage Cheat Sheet), in the
/// PHC string format. Hashes of other parameters, of bcrypt and of SHA-256 without a salt are
/// compared too, and reported as outdated.
///
/// Dropping it ends its threads. Must be used within a tokio runtime with time enabled.
pub struct Argon2Hasher {
    pool: Pool<ArgonWorker>,
}

impl Argon2Hasher {
    /// Starts the threads.
    pub fn start(ids: Arc<dyn IdSource>, options: HasherOptions) -> io::Result<Self> {
        let pool = Pool::start(options, move || ArgonWorker::new(Arc::clone(&ids)))?;
        Ok(Self { pool })
    }
}

impl fmt::Debug for Argon2Hasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Argon2Hasher").finish_non_exhaustive()
    }
}

#[async_trait]
impl PasswordHasher for Argon2Hasher {
    async fn hash(&self, password: &Password) -> Result<PasswordHash, HashError> {
        let password = password.clone();
        self.pool.run(move |worker| worker.hash(&password)).await?.ok_or(HashError::Gone)
    }

    async fn verify(&self, password: &Password, stored: Option<&PasswordHash>) -> Result<Verdict, HashError> {
        let password = password.clone();
        let stored = stored.cloned();
        self.pool.run(move |worker| worker.verify(&password, stored.as_ref())).await
    }
}
