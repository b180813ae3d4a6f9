//! Mail to be sent.

use async_trait::async_trait;
use bailiwick_kernel::{MailId, StoreError, Timestamp};

use crate::mail::OutgoingMail;

/// Mail to be sent.
#[async_trait]
pub trait OutboxRepo: Send {
    /// Adds a mail that is due immediately.
    async fn enqueue(&mut self, mail: &OutgoingMail, now: Timestamp) -> Result<(), StoreError>;

    /// Makes mail due whose due time is beyond `claim.latest_due`. Then claims up to `claim.limit` mails
    /// that are due at `claim.now`, oldest first, and hides them from other callers until
    /// `claim.hidden_until`. MUST NOT give one mail to two callers at once.
    async fn claim(&mut self, claim: &MailClaim) -> Result<Vec<OutgoingMail>, StoreError>;

    /// Records the outcome of an attempt to deliver a mail. A mail that was sent stays sent.
    async fn record_delivery(&mut self, mail: &OutgoingMail, outcome: &Delivery) -> Result<(), StoreError>;

    /// Makes an unsent mail due at `now`, including one that failed for good; its number of attempts
    /// stays. `false` if it was sent or is unknown. A mail claimed by [`Self::claim`] may then be
    /// claimed again and be sent twice.
    async fn make_due(&mut self, id: MailId, now: Timestamp) -> Result<bool, StoreError>;
}

/// Which mail [`OutboxRepo::claim`] claims, and for how long.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct MailClaim {
    /// The time of the claim.
    pub now: Timestamp,
    /// Time until which claimed mail is hidden from other callers.
    pub hidden_until: Timestamp,
    /// Largest number of mails.
    pub limit: usize,
    /// Latest due times that a correct clock can have set.
    pub latest_due: LatestDue,
}

/// Latest plausible due times of mail.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LatestDue {
    /// Number of failures up to which `after_few` applies.
    pub few_failures: u32,
    /// Latest due time of mail that failed at most so many times.
    pub after_few: Timestamp,
    /// Latest due time of other mail.
    pub after_many: Timestamp,
}

/// Outcome of an attempt to deliver a mail, for [`OutboxRepo::record_delivery`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Delivery {
    /// The mail was sent at this time. Its content is erased, so that only unsent mail holds a token.
    Sent(Timestamp),
    /// The attempt failed.
    Failed {
        /// The error, for the operator.
        error: String,
        /// Time of the next attempt; `None` if there is none, and the mail stays visible to the
        /// operator.
        retry_at: Option<Timestamp>,
    },
}
