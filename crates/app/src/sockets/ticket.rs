//! Single-use tickets that open a socket in place of an access token.

use async_trait::async_trait;
use bailiwick_kernel::{OrgId, StoreError, Timestamp, TokenHash};

use crate::authority::Actor;

/// A ticket. Whether its account may open the socket is checked when it is used.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ticket {
    /// The account and session that requested it.
    pub actor: Actor,
    /// The organization of the socket.
    pub org: OrgId,
    /// Expiry of the access token of the request; the socket closes then at the latest.
    pub token_expires_at: Timestamp,
    /// Expiry of the ticket.
    pub expires_at: Timestamp,
}

/// Issued tickets.
#[async_trait]
pub trait TicketRepo: Send {
    /// Stores a ticket under the hash of its secret. It MUST be deleted with its account, its session
    /// and its organization.
    async fn issue(&mut self, hash: &TokenHash, ticket: &Ticket) -> Result<(), StoreError>;

    /// Consumes a ticket. `None` if it is unknown, used or expired at `now`. MUST be one conditional
    /// statement: of any number of concurrent calls, one gets the ticket.
    async fn consume(&mut self, hash: &TokenHash, now: Timestamp) -> Result<Option<Ticket>, StoreError>;
}
