//! Tickets that open sockets.

use async_trait::async_trait;
use bailiwick_app::sockets::{Ticket, TicketRepo};
use bailiwick_kernel::{StoreError, Timestamp, TokenHash};

use super::{Flaw, MemoryTx};

#[async_trait]
impl TicketRepo for MemoryTx {
    async fn issue(&mut self, hash: &TokenHash, ticket: &Ticket) -> Result<(), StoreError> {
        let known = self.seen().sessions.contains_key(&ticket.actor.session)
            && self.seen().users.contains_key(&ticket.actor.user)
            && self.seen().orgs.contains_key(&ticket.org);
        if !known {
            return Err(StoreError::Refused("a ticket without account, session or organization".to_owned()));
        }
        self.changed().await?.tickets.push((*hash, *ticket));
        Ok(())
    }

    async fn consume(&mut self, hash: &TokenHash, now: Timestamp) -> Result<Option<Ticket>, StoreError> {
        let seen = self.seen();
        let good = seen.tickets.iter().find(|(stored, ticket)| {
            stored == hash
                && now < ticket.expires_at
                && seen.sessions.contains_key(&ticket.actor.session)
                && seen.orgs.contains_key(&ticket.org)
        });
        let Some((_, ticket)) = good.copied() else { return Ok(None) };
        if self.has(Flaw::SelectThenUpdate) {
            self.let_others_in().await;
        }
        self.changed().await?.tickets.retain(|(stored, _)| stored != hash);
        Ok(Some(ticket))
    }
}
