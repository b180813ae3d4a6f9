//! Store port of the counting of login attempts. Every method runs in the transaction that gave access
//! to the repository; none commits.

use async_trait::async_trait;
use bailiwick_kernel::{Email, Timestamp, UserId};

use crate::{AccountKey, Attempts, Exemption, Pair, UserError};

/// Repository of failed login attempts and of exemptions.
#[async_trait]
pub trait AttemptRepo: Send {
    /// Returns the stored attempts of a pair without a lock; `None` if there is no record.
    async fn find(&mut self, pair: &Pair) -> Result<Option<Attempts>, UserError>;

    /// Returns the attempts of a pair, [`Attempts::none`] of `now` if there is no record, with a lock:
    /// no other transaction MUST be able to lock or change them before this one ends. The attempts are
    /// as read under the lock.
    async fn lock(&mut self, pair: &Pair, now: Timestamp) -> Result<Attempts, UserError>;

    /// Stores the attempts of a pair that is locked.
    async fn store(&mut self, pair: &Pair, attempts: &Attempts) -> Result<(), UserError>;

    /// Removes the record of a pair, if there is one.
    async fn clear(&mut self, pair: &Pair) -> Result<(), UserError>;

    /// Removes the records of an account with any client.
    async fn clear_account(&mut self, account: &AccountKey) -> Result<(), UserError>;

    /// Removes up to `limit` records whose last failure and last attempt both lie before `moment`. MUST
    /// skip records that another transaction has locked, without waiting.
    async fn forget(&mut self, moment: Timestamp, limit: usize) -> Result<(), UserError>;

    /// Returns the latest exemption of the account with this address, which may have ended; `None` if
    /// none was granted, or there is no such account.
    async fn exemption(&mut self, email: &Email) -> Result<Option<Exemption>, UserError>;

    /// Replaces the exemption of an account. [`UserError::NotFound`] if the account is gone.
    async fn exempt(&mut self, user: UserId, exemption: Exemption) -> Result<(), UserError>;
}
