//! What the counting of attempts to log in needs from a store. Every method is
//! part of the transaction that handed out the repository; none commits.

use async_trait::async_trait;
use bailiwick_kernel::{Email, Timestamp, UserId};

use crate::{AccountKey, Attempts, Exemption, Pair, UserError};

/// Failed attempts to log in, and which accounts are exempt from the counting.
#[async_trait]
pub trait AttemptRepo: Send {
    /// The attempts of a pair as they are stored, not held; `None` when there is no record.
    async fn find(&mut self, pair: &Pair) -> Result<Option<Attempts>, UserError>;

    /// The attempts of a pair, [`Attempts::none`] of `now` when there is no record,
    /// and held: nobody else MUST be able to get them here, or to change them,
    /// before the transaction ends. What is answered is as it is once it is held.
    async fn lock(&mut self, pair: &Pair, now: Timestamp) -> Result<Attempts, UserError>;

    /// Stores the attempts of a pair that is held.
    async fn store(&mut self, pair: &Pair, attempts: &Attempts) -> Result<(), UserError>;

    /// Removes the record of a pair; none is fine.
    async fn clear(&mut self, pair: &Pair) -> Result<(), UserError>;

    /// Removes the records of an account with whatever client.
    async fn clear_account(&mut self, account: &AccountKey) -> Result<(), UserError>;

    /// Removes up to `limit` records whose last failure and last attempt both lie before
    /// `moment`. One that another transaction holds MUST be left out, not waited for.
    async fn forget(&mut self, moment: Timestamp, limit: usize) -> Result<(), UserError>;

    /// The latest exemption of the account with this address, which may be over; `None` if
    /// none was given, or there is no such account.
    async fn exemption(&mut self, email: &Email) -> Result<Option<Exemption>, UserError>;

    /// Replaces the exemption of an account. [`UserError::NotFound`] if the account is gone.
    async fn exempt(&mut self, user: UserId, exemption: Exemption) -> Result<(), UserError>;
}
