//! Handing tickets out, and taking them back.

use async_trait::async_trait;
use bailiwick_kernel::{ClaimedToken, PlainToken, Timestamp, TokenHash, TokenKind};
use time::Duration;

use crate::authority::permission::WsConnect;
use crate::authority::{Actor, Allow, Proof, Public};
use crate::sockets::Ticket;
use crate::throttle::{Limit, RateLimitKey};
use crate::{App, Command, Error, Work};

/// Life of a ticket.
const TTL: Duration = Duration::seconds(30);
/// The clocks of nodes differ by no more than this.
const SKEW: Duration = Duration::seconds(30);

/// Hands out a ticket.
#[derive(Clone, Copy, Debug)]
pub struct IssueTicket {
    /// The caller.
    pub actor: Actor,
    /// When the access token of the request expires.
    pub token_expires_at: Timestamp,
}

/// A ticket, in the clear.
#[derive(Clone, Debug)]
pub struct Issued {
    /// What opens a socket.
    pub secret: PlainToken,
    /// How long it is valid.
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

/// A ticket as a client showed it, counted as invalid until it proves to be valid.
#[derive(Debug)]
pub struct CountedTicket(ClaimedToken);

/// Takes a ticket back.
struct Redeem(TokenHash);

#[async_trait]
impl Command for Redeem {
    type Proof = Public;
    type Output = Option<Ticket>;

    async fn execute(&self, work: &mut Work<'_, Public>) -> Result<Option<Ticket>, Error> {
        let ticket = work.tx.tickets().consume(&self.0, work.now).await?;
        // One that would live longer than a ticket does was issued by a clock that was ahead.
        Ok(ticket.filter(|ticket| ticket.expires_at <= work.now + TTL + SKEW))
    }
}

impl App {
    /// Counts a ticket towards the invalid ones of the client, before it is looked up: of any
    /// number at once no more are looked up than one by one. [`Error::Throttled`].
    pub async fn count_ticket(&self, presented: ClaimedToken) -> Result<CountedTicket, Error> {
        self.limit(Limit::INVALID_TICKET, RateLimitKey::Client).await?;
        Ok(CountedTicket(presented))
    }

    /// Uses a ticket up: whose it was. `None` when it is unknown, was used or ran out; only
    /// then it stays counted. What the account may do now is another question.
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
