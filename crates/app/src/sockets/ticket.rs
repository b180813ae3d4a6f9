//! What opens one socket, once, in place of an access token.

use async_trait::async_trait;
use bailiwick_kernel::{OrgId, StoreError, Timestamp, TokenHash};

use crate::authority::Actor;

/// Whose socket a ticket opens. Whether they may is asked when it is opened.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ticket {
    /// User and session that the ticket was issued to.
    pub actor: Actor,
    /// In which organization.
    pub org: OrgId,
    /// The socket lasts no longer than the access token that it was asked for with.
    pub token_expires_at: Timestamp,
    /// It opens nothing from this moment on.
    pub expires_at: Timestamp,
}

/// Tickets that were handed out.
#[async_trait]
pub trait TicketRepo: Send {
    /// Stores a ticket under the hash of its secret. It MUST go with its account, its
    /// session and its organization.
    async fn issue(&mut self, hash: &TokenHash, ticket: &Ticket) -> Result<(), StoreError>;

    /// Uses a ticket up. `None` when it is unknown, used, or not younger than its expiry
    /// at `now`. MUST be one conditional statement: of any number of calls at once, one
    /// gets the ticket.
    async fn consume(&mut self, hash: &TokenHash, now: Timestamp) -> Result<Option<Ticket>, StoreError>;
}
