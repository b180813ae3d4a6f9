//! Responses to the frames of clients.

use bailiwick_app::Actor;
use bailiwick_app::sockets::Channel;

use super::admission::ended;
use super::close_reason::CloseReason;
use super::connection::Connection;
use super::frames::{ClientFrame, Fault, ServerFrame};

impl Connection {
    /// Handles a frame and sends the response. A malformed frame gets an error and has no other effect.
    pub async fn reply(&mut self, text: &str) -> Result<(), CloseReason> {
        // An array of the same values is not an object, though serde could read it as one.
        let is_object = text.trim_start().starts_with('{');
        let Some(frame) = serde_json::from_str::<ClientFrame>(text).ok().filter(|_| is_object) else {
            return self.refuse(Fault::InvalidRequest, "Send a JSON object with type and data").await;
        };
        match frame.kind.as_str() {
            "ping" => self.send_frame(&ServerFrame::Pong {}).await,
            "subscribe" => self.subscribe(&frame).await,
            "unsubscribe" => self.unsubscribe(&frame).await,
            "authenticate" => Box::pin(self.renew_token(&frame)).await,
            _ => {
                let known = "The type is one of ping, subscribe, unsubscribe and authenticate";
                self.refuse(Fault::InvalidRequest, known).await
            }
        }
    }

    pub async fn refuse_binary(&mut self) -> Result<(), CloseReason> {
        self.refuse(Fault::InvalidRequest, "Send text, not binary data").await
    }

    async fn subscribe(&mut self, frame: &ClientFrame) -> Result<(), CloseReason> {
        let Some(channel) = channel_of(frame) else { return self.refuse_channel().await };
        if !self.state.subscribe(channel.clone()) {
            return self.refuse(Fault::SubscriptionFailed, "Too many channels on one socket").await;
        }
        self.send_frame(&ServerFrame::Subscribed { channel: channel.as_str() }).await
    }

    async fn unsubscribe(&mut self, frame: &ClientFrame) -> Result<(), CloseReason> {
        let Some(channel) = channel_of(frame) else { return self.refuse_channel().await };
        self.state.unsubscribe(&channel);
        self.send_frame(&ServerFrame::Unsubscribed { channel: channel.as_str() }).await
    }

    async fn refuse_channel(&mut self) -> Result<(), CloseReason> {
        let message = "data.channel is the name of a channel: 1 to 128 bytes without control characters";
        self.refuse(Fault::InvalidRequest, message).await
    }

    /// Continues with another access token of the same user. If the new token is refused, the former one
    /// is used until it expires.
    async fn renew_token(&mut self, frame: &ClientFrame) -> Result<(), CloseReason> {
        let Some(token) = frame.text("token") else {
            return self.refuse(Fault::InvalidRequest, "data.token is the new access token").await;
        };
        let claims = match self.state.shared().app.read_claims(token) {
            Ok(claims) => claims,
            Err(denial) => return self.refuse_token(&denial.into()).await,
        };
        if claims.user != self.actor.user {
            return self.refuse(Fault::Unauthorized, "The token is another user's").await;
        }
        let actor = Actor { user: claims.user, session: claims.session };
        if let Err(error) = self.load_authority(&actor).await? {
            return self.refuse_token(&ended(error)).await;
        }
        self.actor = actor;
        self.state.expire_at(claims.expires_at);
        // The response contains the permissions of the user.
        self.authority_is_stale = true;
        Ok(())
    }

    async fn refuse_token(&mut self, end: &CloseReason) -> Result<(), CloseReason> {
        match end {
            end if *end == CloseReason::UNCERTAIN => {
                self.refuse(Fault::InternalError, "Authority cannot be established now").await
            }
            CloseReason::Close(_, reason) => {
                tracing::debug!(%reason, user = %self.actor.user, "the new token of a socket is refused");
                self.refuse(Fault::Unauthorized, reason).await
            }
            CloseReason::Gone => Err(CloseReason::Gone),
        }
    }

    async fn refuse(&mut self, code: Fault, message: &str) -> Result<(), CloseReason> {
        self.send_frame(&ServerFrame::Error { code, message }).await
    }
}

fn channel_of(frame: &ClientFrame) -> Option<Channel> {
    Channel::parse(frame.text("channel")?).ok()
}
