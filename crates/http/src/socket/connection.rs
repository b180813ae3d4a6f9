//! A socket from its first frame to its last.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::pin::pin;
use std::time::Duration;

use actix_ws::Session;
use bailiwick_app::authority::permission::WsConnect;
use bailiwick_app::authority::{ActiveMember, MemberContext, Permit};
use bailiwick_app::flaws::{self, Flaw};
use bailiwick_app::{Actor, Error};
use bytestring::ByteString;
use tokio::time::timeout;

use super::admission::{Admitted, ended};
use super::close_reason::CloseReason;
use super::connection_state::Flag;
use super::follow;
use super::frames::{Published, ServerFrame, granted};
use super::hub::Registration;
use super::reader::{Message, MessageReader};

/// Timeout of sending the close frame.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(10);

/// State of a socket's task. It is kept small because a node has thousands of sockets.
pub(super) struct Connection {
    pub state: Registration,
    pub actor: Actor,
    out: Session,
    /// Digest of the permissions that were last sent to the client.
    granted_digest: u64,
    /// Whether the permissions must be sent again.
    pub authority_is_stale: bool,
}

impl Connection {
    /// Creates the task's state after the greeting was sent.
    pub fn new(admitted: Admitted, out: Session) -> Self {
        let granted_digest = digest(admitted.member.context());
        Self { state: admitted.state, actor: admitted.actor, out, granted_digest, authority_is_stale: false }
    }

    /// Runs until the socket ends, then closes it.
    pub async fn run(mut self, mut frames: MessageReader) {
        let end = loop {
            if let Err(end) = self.step(&mut frames).await {
                break end;
            }
        };
        let Self { state, out, .. } = self;
        // The registration ends here, so that another socket can take its place under the caps.
        drop(state);
        close(out, end).await;
    }
}

/// Sends the close frame and ends the socket. A client that does not read may never receive it.
pub(super) async fn close(out: Session, end: CloseReason) {
    if end != CloseReason::Gone {
        let _ = timeout(CLOSE_TIMEOUT, Box::pin(out.close(end.reason()))).await;
    }
}

impl Connection {
    /// Handling is boxed and waiting is not, so that an idle socket needs little memory.
    async fn step(&mut self, frames: &mut MessageReader) -> Result<(), CloseReason> {
        if self.authority_is_stale {
            return Box::pin(self.handle_pending()).await;
        }
        let frame = tokio::select! {
            () = self.state.anything() => None,
            frame = frames.next() => Some(frame),
        };
        match frame {
            Some(frame) => Box::pin(self.receive(frame?)).await,
            None => Box::pin(self.handle_pending()).await,
        }
    }

    /// Handles the raised flags, then the queued events, one at a time.
    async fn handle_pending(&mut self) -> Result<(), CloseReason> {
        self.handle_flags().await?;
        if std::mem::take(&mut self.authority_is_stale) {
            self.send_authority().await?;
        }
        match self.state.next_event() {
            Some(event) => self.push(&event).await,
            None => Ok(()),
        }
    }

    /// Handles the raised flags.
    pub async fn handle_flags(&mut self) -> Result<(), CloseReason> {
        if let Some(end) = self.end() {
            return Err(end);
        }
        if self.state.take(Flag::Changed) && !self.ignores_changes() {
            self.renew_authority().await?;
        }
        if self.state.take(Flag::Ping) {
            self.send(Out::Ping).await?;
        }
        Ok(())
    }

    /// Returns whether the flaw keeps an authority that cannot be checked.
    fn ignores_changes(&self) -> bool {
        flaws::has(Flaw::PushWithoutLease) && !self.state.shared().app.authority().cache().holds_lease()
    }

    /// Returns the reason to close that was raised, if any. An expired token that was renewed in the
    /// meantime is none.
    fn end(&self) -> Option<CloseReason> {
        let ends = [
            (Flag::Draining, CloseReason::DRAINING),
            (Flag::Expired, CloseReason::EXPIRED),
            (Flag::Uncertain, CloseReason::UNCERTAIN),
            (Flag::Slow, CloseReason::SLOW),
            (Flag::PingUnanswered, CloseReason::Gone),
        ];
        let raised = |flag| self.state.take(flag) && (flag != Flag::Expired || self.has_expired());
        ends.into_iter().find_map(|(flag, end)| raised(flag).then_some(end))
    }

    /// Loads the authority of `actor`. A flag that ends the socket does not wait for a store that does
    /// not answer.
    pub async fn load_authority(&self, actor: &Actor) -> Result<Result<ActiveMember, Error>, CloseReason> {
        let mut answer = pin!(follow::member(self.state.shared(), actor, self.state.org));
        loop {
            tokio::select! {
                biased;
                answer = &mut answer => return Ok(answer),
                () = self.state.ended() => if let Some(end) = self.end() { return Err(end) },
            }
        }
    }

    fn has_expired(&self) -> bool {
        self.state.has_expired(self.state.shared().app.parts().clock.now())
    }

    /// Loads the current authority; `None` if it cannot be established.
    pub async fn renew_authority(&mut self) -> Result<Option<ActiveMember>, CloseReason> {
        if self.has_expired() {
            return Err(CloseReason::EXPIRED);
        }
        let asked_at = self.state.shared().elapsed();
        self.state.begin_load();
        let answer = self.load_authority(&self.actor).await?;
        self.state.end_load(answer.is_ok().then_some(asked_at));
        match answer {
            Ok(member) => {
                member.context().require(WsConnect::permission())?;
                self.authority_is_stale |= digest(member.context()) != self.granted_digest;
                Ok(Some(member))
            }
            Err(error @ Error::Denied(_)) => Err(ended(error)),
            Err(_) => Ok(None),
        }
    }

    async fn send_authority(&mut self) -> Result<(), CloseReason> {
        let Some(member) = self.renew_authority().await? else {
            // The next state differs from an unknown one, so it is sent.
            self.granted_digest = 0;
            return Ok(());
        };
        self.authority_is_stale = false;
        self.granted_digest = digest(member.context());
        self.send_frame(&ServerFrame::AuthorityChanged { events: granted(member.context()) }).await
    }

    /// Sends an event if the user holds its permission at this moment. If sending has to wait and the
    /// authority changes in the meantime, the authority is loaded again.
    async fn push(&mut self, event: &Published) -> Result<(), CloseReason> {
        loop {
            if flaws::has(Flaw::PushWithoutLease) {
                return self.send(Out::Text(&event.text)).await.map(drop);
            }
            let Some(member) = self.renew_authority().await? else { return Ok(()) };
            if !member.context().allows(&event.name) || self.send(Out::Text(&event.text)).await? {
                return Ok(());
            }
            self.handle_flags().await?;
        }
    }

    /// Sends a frame that requires no permission.
    pub async fn send_frame(&mut self, frame: &ServerFrame<'_>) -> Result<(), CloseReason> {
        let text = frame.text(self.state.shared().app.parts().clock.now()).into();
        self.send_in_turn(Out::Text(&text)).await
    }

    async fn send_in_turn(&mut self, what: Out<'_>) -> Result<(), CloseReason> {
        while !self.send(what).await? {
            self.handle_flags().await?;
        }
        Ok(())
    }

    /// Sends a frame, unless a flag that comes first is raised.
    async fn send(&mut self, what: Out<'_>) -> Result<bool, CloseReason> {
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
            () = self.state.raised() => Ok(false),
            sent = sent => sent.map(|()| true).map_err(|_| CloseReason::Gone),
        }
    }

    async fn receive(&mut self, frame: Message) -> Result<(), CloseReason> {
        self.state.receive();
        match frame {
            Message::Text(text) => self.reply(&text).await,
            Message::Binary => self.refuse_binary().await,
            Message::Ping(payload) => self.send_in_turn(Out::Pong(&payload)).await,
            Message::Pong => Ok(()),
            Message::Close => Err(CloseReason::CLOSED),
        }
    }
}

#[derive(Clone, Copy)]
enum Out<'a> {
    Text(&'a ByteString),
    Ping,
    Pong(&'a [u8]),
}

/// Returns a digest of the permissions, by which a change is noticed without storing the list.
fn digest(context: &MemberContext) -> u64 {
    let mut digest = DefaultHasher::new();
    granted(context).hash(&mut digest);
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
        let bytes = size(Connection::run);
        assert!(bytes <= 1_000, "{bytes}");
    }
}
