//! Issuing and redeeming tickets.

use async_trait::async_trait;
use bailiwick_kernel::{ClaimedToken, PlainToken, Timestamp, TokenHash, TokenKind};
use time::Duration;

use crate::authority::permission::WsConnect;
use crate::authority::{Actor, Allow, Proof, Public};
use crate::sockets::Ticket;
use crate::throttle::{Limit, RateLimitKey};
use crate::{App, Command, Error, Work};

/// Validity of a ticket.
const TTL: Duration = Duration::seconds(30);
/// Largest tolerated difference between the clocks of two nodes.
const SKEW: Duration = Duration::seconds(30);

/// Issues a ticket.
#[derive(Clone, Copy, Debug)]
pub struct IssueTicket {
    /// The caller.
    pub actor: Actor,
    /// Expiry of the request's access token.
    pub token_expires_at: Timestamp,
}

/// An issued ticket in plain text.
#[derive(Clone, Debug)]
pub struct Issued {
    /// The secret that opens a socket.
    pub secret: PlainToken,
    /// Validity of the ticket.
    pub lasts: Duration,
}

#[async_trait]
impl Command for IssueTicket {
    type Proof = Allow<WsConnect>;
    type Output = Issued;

    fn counts(&self, _: &Allow<WsConnect>) -> Vec<(Limit, RateLimitKey)> {
        vec![(Limit::TICKET, RateLimitKey::Session(self.actor.session))]
    }

    async fn execute(&self, work: &mut Work<'_, Allow<WsConnect>>) -> Result<Issued, Error> {
        let secret = PlainToken::generate(TokenKind::Ticket, work.ids);
        let ticket = Ticket {
            actor: self.actor,
            org: work.proof.context().org,
            token_expires_at: self.token_expires_at,
            expires_at: work.now + TTL,
        };
        // INVARIANT: the proof is the actor's.
        debug_assert_eq!(work.proof.authority_query().map(|query| query.user), Some(self.actor.user));
        work.tx.tickets().issue(&secret.hash(), &ticket).await?;
        Ok(Issued { secret, lasts: TTL })
    }
}

/// A ticket as a client sent it, counted as invalid until it is redeemed.
#[derive(Debug)]
pub struct CountedTicket(ClaimedToken);

/// Consumes a ticket in a transaction.
struct Redeem(TokenHash);

#[async_trait]
impl Command for Redeem {
    type Proof = Public;
    type Output = Option<Ticket>;

    async fn execute(&self, work: &mut Work<'_, Public>) -> Result<Option<Ticket>, Error> {
        let ticket = work.tx.tickets().consume(&self.0, work.now).await?;
        // A ticket with a longer validity was issued by a clock that ran ahead.
        Ok(ticket.filter(|ticket| ticket.expires_at <= work.now + TTL + SKEW))
    }
}

impl App {
    /// Counts a ticket towards the client's limit of invalid tickets before it is looked up, so that
    /// concurrent requests cannot look up more than sequential ones. [`Error::Throttled`] if none is
    /// left.
    pub async fn count_ticket(&self, presented: ClaimedToken) -> Result<CountedTicket, Error> {
        self.limit(Limit::INVALID_TICKET, RateLimitKey::Client).await?;
        Ok(CountedTicket(presented))
    }

    /// Redeems a ticket. `None` if it is unknown, used or expired; only then does it stay counted. Does
    /// not check what the account may do now.
    pub async fn redeem_ticket(
        &self,
        proof: &Public,
        presented: &CountedTicket,
    ) -> Result<Option<Ticket>, Error> {
        let Some(secret) = presented.0.read(TokenKind::Ticket) else { return Ok(None) };
        let redeemed = self.run(proof, &Redeem(secret.hash())).await;
        if !matches!(redeemed, Ok(None)) {
            self.unlimit(Limit::INVALID_TICKET, RateLimitKey::Client).await;
        }
        redeemed
    }
}
