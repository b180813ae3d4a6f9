//! Tickets that open sockets.

use async_trait::async_trait;
use bailiwick_app::authority::Actor;
use bailiwick_app::sockets::{Ticket, TicketRepo};
use bailiwick_kernel::{StoreError, Timestamp, TokenHash};
use bailiwick_sql::error::store_error;
use bailiwick_sql::schema::socket_tickets;
use bailiwick_sql::types::{Key, SqlTimestamp};
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, delete, insert_into};

use super::run::RunQueryDsl;
use super::transaction::Transaction;

#[async_trait]
impl TicketRepo for Transaction {
    async fn issue(&mut self, hash: &TokenHash, ticket: &Ticket) -> Result<(), StoreError> {
        insert_into(socket_tickets::table)
            .values((
                socket_tickets::hash.eq(hash.as_bytes().as_slice()),
                socket_tickets::user_id.eq(Key::from(ticket.actor.user)),
                socket_tickets::session_id.eq(Key::from(ticket.actor.session)),
                socket_tickets::org_id.eq(Key::from(ticket.org)),
                socket_tickets::token_expires_at.eq(SqlTimestamp::from(ticket.token_expires_at)),
                socket_tickets::expires_at.eq(SqlTimestamp::from(ticket.expires_at)),
            ))
            .execute(self.conn()?)
            .await
            .map_err(store_error)?;
        Ok(())
    }

    async fn consume(&mut self, hash: &TokenHash, now: Timestamp) -> Result<Option<Ticket>, StoreError> {
        let good = socket_tickets::table
            .filter(socket_tickets::hash.eq(hash.as_bytes().as_slice()))
            .filter(socket_tickets::expires_at.gt(SqlTimestamp::from(now)));
        let used = delete(good)
            .returning((
                socket_tickets::user_id,
                socket_tickets::session_id,
                socket_tickets::org_id,
                socket_tickets::token_expires_at,
                socket_tickets::expires_at,
            ))
            .get_result::<(Key, Key, Key, SqlTimestamp, SqlTimestamp)>(self.conn()?)
            .await;
        Ok(used.optional().map_err(store_error)?.map(ticket_of))
    }
}

fn ticket_of(
    (user, session, org, token_expires_at, expires_at): (Key, Key, Key, SqlTimestamp, SqlTimestamp),
) -> Ticket {
    Ticket {
        actor: Actor { user: user.into(), session: session.into() },
        org: org.into(),
        token_expires_at: token_expires_at.into(),
        expires_at: expires_at.into(),
    }
}
