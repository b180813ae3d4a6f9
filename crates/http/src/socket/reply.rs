//! What clients ask, answered.

use bailiwick_app::Actor;
use bailiwick_app::sockets::Channel;

use super::admission::ended;
use super::end::End;
use super::frames::{Asked, Fault, Said};
use super::talk::Talk;

impl Talk {
    /// Answers a frame. One that makes no sense gets an error, and nothing else happens.
    pub async fn reply(&mut self, text: &str) -> Result<(), End> {
        // An array of the same values is no object, though it could be read as one.
        let is_object = text.trim_start().starts_with('{');
        let Some(asked) = serde_json::from_str::<Asked>(text).ok().filter(|_| is_object) else {
            return self.refuse(Fault::InvalidRequest, "Send a JSON object with type and data").await;
        };
        match asked.kind.as_str() {
            "ping" => self.say(&Said::Pong {}).await,
            "subscribe" => self.subscribe(&asked).await,
            "unsubscribe" => self.unsubscribe(&asked).await,
            "authenticate" => Box::pin(self.renew(&asked)).await,
            _ => {
                let known = "The type is one of ping, subscribe, unsubscribe and authenticate";
                self.refuse(Fault::InvalidRequest, known).await
            }
        }
    }

    pub async fn refuse_binary(&mut self) -> Result<(), End> {
        self.refuse(Fault::InvalidRequest, "Send text, not binary data").await
    }

    async fn subscribe(&mut self, asked: &Asked) -> Result<(), End> {
        let Some(channel) = channel_of(asked) else { return self.refuse_channel().await };
        if !self.seat.subscribe(channel.clone()) {
            return self.refuse(Fault::SubscriptionFailed, "Too many channels on one socket").await;
        }
        self.say(&Said::Subscribed { channel: channel.as_str() }).await
    }

    async fn unsubscribe(&mut self, asked: &Asked) -> Result<(), End> {
        let Some(channel) = channel_of(asked) else { return self.refuse_channel().await };
        self.seat.unsubscribe(&channel);
        self.say(&Said::Unsubscribed { channel: channel.as_str() }).await
    }

    async fn refuse_channel(&mut self) -> Result<(), End> {
        let message = "data.channel is the name of a channel: 1 to 128 bytes without control characters";
        self.refuse(Fault::InvalidRequest, message).await
    }

    /// Goes on with another token of the same user. Whatever is wrong with it, the former
    /// one counts as long as it lasts.
    async fn renew(&mut self, asked: &Asked) -> Result<(), End> {
        let Some(token) = asked.text("token") else {
            return self.refuse(Fault::InvalidRequest, "data.token is the new access token").await;
        };
        let claims = match self.seat.shared().app.read_claims(token) {
            Ok(claims) => claims,
            Err(denial) => return self.refuse_token(&denial.into()).await,
        };
        if claims.user != self.actor.user {
            return self.refuse(Fault::Unauthorized, "The token is another user's").await;
        }
        let actor = Actor { user: claims.user, session: claims.session };
        if let Err(error) = self.ask(&actor).await? {
            return self.refuse_token(&ended(error)).await;
        }
        self.actor = actor;
        self.seat.expire_at(claims.expires_at);
        // The answer says what the user holds.
        self.has_news = true;
        Ok(())
    }

    async fn refuse_token(&mut self, end: &End) -> Result<(), End> {
        match end {
            end if *end == End::UNCERTAIN => {
                self.refuse(Fault::InternalError, "Authority cannot be established now").await
            }
            End::Close(_, reason) => {
                tracing::debug!(%reason, user = %self.actor.user, "the new token of a socket is refused");
                self.refuse(Fault::Unauthorized, reason).await
            }
            End::Gone => Err(End::Gone),
        }
    }

    async fn refuse(&mut self, code: Fault, message: &str) -> Result<(), End> {
        self.say(&Said::Error { code, message }).await
    }
}

fn channel_of(asked: &Asked) -> Option<Channel> {
    Channel::parse(asked.text("channel")?).ok()
}
