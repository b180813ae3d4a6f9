//! Store port of login attempts. Every method runs in the transaction that gave access to the
//! repository; none commits.

use async_trait::async_trait;
use bailiwick_kernel::{Lock, Timestamp};

use crate::{AccountKey, Attempts, Pair, UserError};

/// Repository of failed login attempts.
#[async_trait]
pub trait AttemptRepo: Send {
    /// Returns the attempts of a pair, [`Attempts::none`] of `now` if there is no record.
    /// [`Lock::Update`] MUST lock the pair even if there is no record.
    async fn find(&mut self, pair: &Pair, now: Timestamp, lock: Lock) -> Result<Attempts, UserError>;

    /// Stores the attempts of a pair that is locked, or removes the record if there are none
    /// ([`Attempts::is_none`]).
    async fn store(&mut self, pair: &Pair, attempts: &Attempts) -> Result<(), UserError>;

    /// Removes the records of an account with any client.
    async fn clear(&mut self, account: &AccountKey) -> Result<(), UserError>;

    /// Removes up to `limit` records whose last failure and last attempt both lie before `cutoff`. MUST
    /// skip records that another transaction has locked, without waiting.
    async fn delete_stale(&mut self, cutoff: Timestamp, limit: usize) -> Result<(), UserError>;
}
