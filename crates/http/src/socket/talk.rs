//! One socket from its first frame to its last.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::pin::pin;
use std::time::Duration;

use actix_ws::Session;
use bailiwick_app::authority::permission::WsConnect;
use bailiwick_app::authority::{ActiveMember, Grant, Permit};
use bailiwick_app::flaws::{self, Flaw};
use bailiwick_app::{Actor, Error};
use bytestring::ByteString;
use tokio::time::timeout;

use super::admission::{Admitted, ended};
use super::end::End;
use super::follow;
use super::frames::{Published, Said, granted};
use super::reader::{Message, MessageReader};
use super::seat::Flag;
use super::sockets::Taken;

/// For so long the last frame waits for its turn.
const FAREWELL: Duration = Duration::from_secs(10);

/// The state of a socket, as small as can be: there are thousands.
pub(super) struct Talk {
    pub seat: Taken,
    pub actor: Actor,
    out: Session,
    /// What the client was told that the user holds.
    told: u64,
    /// Whether it is to be told anew.
    pub has_news: bool,
}

impl Talk {
    /// Begins, after the greeting.
    pub fn new(admitted: Admitted, out: Session) -> Self {
        let told = digest(admitted.member.grant());
        Self { seat: admitted.seat, actor: admitted.actor, out, told, has_news: false }
    }

    /// Speaks until the socket ends, and closes it.
    pub async fn run(mut self, mut frames: MessageReader) {
        let end = loop {
            if let Err(end) = self.step(&mut frames).await {
                break end;
            }
        };
        let Self { seat, out, .. } = self;
        // It is told of nothing any more, and another may have its place.
        drop(seat);
        close(out, end).await;
    }
}

/// Says why, and ends the socket. Whoever does not read may never see it, and whoever is
/// gone is told nothing.
pub(super) async fn close(out: Session, end: End) {
    if end != End::Gone {
        let _ = timeout(FAREWELL, Box::pin(out.close(end.reason()))).await;
    }
}

impl Talk {
    /// What happens is boxed, and what is waited for is not: at rest a socket is small.
    async fn step(&mut self, frames: &mut MessageReader) -> Result<(), End> {
        if self.has_news {
            return Box::pin(self.see()).await;
        }
        let frame = tokio::select! {
            () = self.seat.anything() => None,
            frame = frames.next() => Some(frame),
        };
        match frame {
            Some(frame) => Box::pin(self.hear(frame?)).await,
            None => Box::pin(self.see()).await,
        }
    }

    /// Sees to what was raised; then the events that wait, one at a time.
    async fn see(&mut self) -> Result<(), End> {
        self.attend().await?;
        if std::mem::take(&mut self.has_news) {
            self.tell_news().await?;
        }
        match self.seat.next_event() {
            Some(event) => self.push(&event).await,
            None => Ok(()),
        }
    }

    /// Sees to what was raised.
    pub async fn attend(&mut self) -> Result<(), End> {
        if let Some(end) = self.end() {
            return Err(end);
        }
        if self.seat.take(Flag::Changed) {
            self.establish().await?;
        }
        if self.seat.take(Flag::Ping) {
            self.send(Out::Ping).await?;
        }
        Ok(())
    }

    /// The end that was raised, if one was. A token that was renewed meanwhile is no end.
    fn end(&self) -> Option<End> {
        let ends = [
            (Flag::Draining, End::DRAINING),
            (Flag::Expired, End::EXPIRED),
            (Flag::Uncertain, End::UNCERTAIN),
            (Flag::Slow, End::SLOW),
            (Flag::Silent, End::Gone),
        ];
        let raised = |flag| self.seat.take(flag) && (flag != Flag::Expired || self.has_expired());
        ends.into_iter().find_map(|(flag, end)| raised(flag).then_some(end))
    }

    /// Asks for the authority of `actor`. Whatever ends the socket does not wait for the
    /// answer of a store that gives none.
    pub async fn ask(&self, actor: &Actor) -> Result<Result<ActiveMember, Error>, End> {
        let mut answer = pin!(follow::member(self.seat.shared(), actor, self.seat.org));
        loop {
            tokio::select! {
                biased;
                answer = &mut answer => return Ok(answer),
                () = self.seat.ended() => if let Some(end) = self.end() { return Err(end) },
            }
        }
    }

    fn has_expired(&self) -> bool {
        self.seat.has_expired(self.seat.shared().app.parts().clock.now())
    }

    /// The authority as it is now; `None` when nobody can tell.
    pub async fn establish(&mut self) -> Result<Option<ActiveMember>, End> {
        if self.has_expired() {
            return Err(End::EXPIRED);
        }
        let asked_at = self.seat.shared().elapsed();
        self.seat.ask();
        let answer = self.ask(&self.actor).await?;
        self.seat.answered(answer.is_ok().then_some(asked_at));
        match answer {
            Ok(member) => {
                member.grant().require(WsConnect::permission())?;
                self.has_news |= digest(member.grant()) != self.told;
                Ok(Some(member))
            }
            Err(error @ Error::Denied(_)) => Err(ended(error)),
            Err(_) => Ok(None),
        }
    }

    async fn tell_news(&mut self) -> Result<(), End> {
        let Some(member) = self.establish().await? else {
            // Whatever is found when there is an answer again is news.
            self.told = 0;
            return Ok(());
        };
        self.has_news = false;
        self.told = digest(member.grant());
        self.say(&Said::AuthorityChanged { events: granted(member.grant()) }).await
    }

    /// Tells of an event, if the user holds it at this moment. Where sending has to wait,
    /// and the authority changes meanwhile, it is asked for anew.
    async fn push(&mut self, event: &Published) -> Result<(), End> {
        loop {
            if flaws::has(Flaw::PushWithoutLease) {
                return self.send(Out::Text(&event.text)).await.map(drop);
            }
            let Some(member) = self.establish().await? else { return Ok(()) };
            if !member.grant().allows(&event.name) || self.send(Out::Text(&event.text)).await? {
                return Ok(());
            }
            self.attend().await?;
        }
    }

    /// Says something that depends on no permission.
    pub async fn say(&mut self, said: &Said<'_>) -> Result<(), End> {
        let text = said.text(self.seat.shared().app.parts().clock.now()).into();
        self.send_in_turn(Out::Text(&text)).await
    }

    async fn send_in_turn(&mut self, what: Out<'_>) -> Result<(), End> {
        while !self.send(what).await? {
            self.attend().await?;
        }
        Ok(())
    }

    /// Sends, unless something is to be seen to first.
    async fn send(&mut self, what: Out<'_>) -> Result<bool, End> {
        let out = &mut self.out;
        let sent = async {
            match what {
                Out::Text(text) => out.text(text.clone()).await,
                Out::Ping => out.ping(b"").await,
                Out::Pong(payload) => out.pong(payload).await,
            }
        };
        tokio::select! {
            biased;
            () = self.seat.raised() => Ok(false),
            sent = sent => sent.map(|()| true).map_err(|_| End::Gone),
        }
    }

    async fn hear(&mut self, frame: Message) -> Result<(), End> {
        self.seat.hear();
        match frame {
            Message::Text(text) => self.reply(&text).await,
            Message::Binary => self.refuse_binary().await,
            Message::Ping(payload) => self.send_in_turn(Out::Pong(&payload)).await,
            Message::Pong => Ok(()),
            Message::Close => Err(End::CLOSED),
        }
    }
}

#[derive(Clone, Copy)]
enum Out<'a> {
    Text(&'a ByteString),
    Ping,
    Pong(&'a [u8]),
}

/// By it a change is noticed without the list being kept.
fn digest(grant: &Grant) -> u64 {
    let mut digest = DefaultHasher::new();
    granted(grant).hash(&mut digest);
    digest.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size<A, B, F: Future>(_: impl FnOnce(A, B) -> F) -> usize {
        size_of::<F>()
    }

    #[test]
    fn a_socket_at_rest_is_small() {
        let bytes = size(Talk::run);
        assert!(bytes <= 1_000, "{bytes}");
    }
}
