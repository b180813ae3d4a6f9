//! Events between nodes, by the channels of Redis.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use bailiwick_app::{BusError, Event, EventBus};
use bailiwick_kernel::{IdSource, PrivateRoots};
use futures_util::StreamExt;
use redis::aio::{PubSub, PubSubSink, PubSubStream};
use redis::{AsyncCommands, RedisError, Value};
use tokio::sync::broadcast;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use uuid::Uuid;

use super::LocalBus;
use super::wire::Wire;
use crate::SystemIds;
use crate::redis_connect::{Connector, RedisSetupError};
use crate::redis_link::Link;

/// A publisher waits no longer for Redis.
const DEADLINE: Duration = Duration::from_secs(2);
/// A connection that was lost is replaced once within the deadline.
const TRIES: usize = 2;
/// While Redis is gone, it is looked for so often.
const BETWEEN_LOOKS: Duration = Duration::from_millis(500);
/// Pause between two pings of the subscription. A connection that a partition took away
/// receives nothing, like one on which nothing is published.
const BETWEEN_PINGS: Duration = Duration::from_secs(1);
/// A subscription whose ping has no answer after this time is replaced.
const LONGEST_PING: Duration = Duration::from_secs(3);

/// Carries events to all nodes that share a Redis. Those of this node come to it
/// directly, so they arrive while it is not listening; Redis must have taken them first.
/// While Redis is gone nothing can be published; the connection comes back by itself.
pub struct RedisBus {
    link: Link,
    channel: String,
    node: Uuid,
    local: LocalBus,
    listener: JoinHandle<()>,
}

impl RedisBus {
    /// Publishes at `redis://..` or, by TLS, `rediss://..`, on a channel whose name begins
    /// with `prefix`. A server that cannot be reached is no error: it may come back. To be
    /// called within a runtime that lives as long as the bus.
    pub async fn connect(url: &str, prefix: &str) -> Result<Self, RedisSetupError> {
        Self::connect_trusting(url, prefix, &PrivateRoots::default()).await
    }

    /// The same, with CA certificates that are trusted beside the built-in roots.
    pub async fn connect_trusting(
        url: &str,
        prefix: &str,
        roots: &PrivateRoots,
    ) -> Result<Self, RedisSetupError> {
        let dialer = Connector::new(url, roots)?;
        let link = Link::new(dialer.clone());
        let mut bytes = [0; 16];
        SystemIds::new().fill(&mut bytes);
        let (channel, node) = (format!("{prefix}events"), Uuid::from_bytes(bytes));
        let local = LocalBus::default();
        let heard =
            Heard { dialer, channel: channel.clone(), node, local: local.clone(), is_deaf: false.into() };
        let first = timeout(DEADLINE, heard.listen()).await;
        let listener = tokio::spawn(heard.run(first.ok().and_then(Result::ok)));
        Ok(Self { link, channel, node, local, listener })
    }

    async fn send(&self, text: &str) -> Result<(), BusError> {
        for _ in 0..TRIES {
            let Some(mut connection) = self.link.connection().await else { break };
            match connection.publish::<_, _, ()>(&self.channel, text).await {
                Ok(()) => {
                    self.link.works(connection);
                    return Ok(());
                }
                Err(error) => self.link.failed(&error),
            }
        }
        Err(BusError::Unavailable(self.link.last_error()))
    }
}

#[async_trait]
impl EventBus for RedisBus {
    async fn publish(&self, event: Arc<Event>) -> Result<(), BusError> {
        let text = serde_json::to_string(&Wire::new(self.node, &event));
        let text = text.map_err(|error| BusError::Unavailable(error.to_string()))?;
        let Ok(sent) = timeout(DEADLINE, self.send(&text)).await else {
            self.link.is_slow();
            return Err(BusError::Unavailable(self.link.last_error()));
        };
        sent?;
        self.local.deliver(event);
        Ok(())
    }

    fn subscribe(&self) -> broadcast::Receiver<Arc<Event>> {
        self.local.subscribe()
    }
}

impl Drop for RedisBus {
    fn drop(&mut self) {
        self.listener.abort();
    }
}

impl std::fmt::Debug for RedisBus {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RedisBus").field("node", &self.node).finish_non_exhaustive()
    }
}

/// What comes from other nodes.
struct Heard {
    dialer: Connector,
    channel: String,
    node: Uuid,
    local: LocalBus,
    is_deaf: AtomicBool,
}

impl Heard {
    async fn listen(&self) -> Result<PubSub, RedisError> {
        let mut heard = self.dialer.subscriber().await?;
        heard.subscribe(&self.channel).await?;
        Ok(heard)
    }

    async fn run(self, mut listening: Option<PubSub>) {
        loop {
            match listening.take() {
                Some(heard) => {
                    let cause = self.receive(heard).await;
                    self.note_deaf(cause);
                }
                None => sleep(BETWEEN_LOOKS).await,
            }
            listening = match timeout(DEADLINE, self.listen()).await {
                Ok(Ok(heard)) => Some(heard),
                Ok(Err(error)) => self.note_deaf(&error.to_string()),
                Err(_) => self.note_deaf("no answer in time"),
            };
            if listening.is_some() && self.is_deaf.swap(false, Ordering::Relaxed) {
                tracing::info!("Redis answers again: events of other nodes arrive");
            }
        }
    }

    /// Delivers messages until the connection is lost; says how.
    async fn receive(&self, heard: PubSub) -> &'static str {
        let (sink, messages) = heard.split();
        tokio::select! {
            () = self.deliver(messages) => "the connection was closed",
            () = until_silent(sink) => "no answer in time",
        }
    }

    async fn deliver(&self, mut messages: PubSubStream) {
        while let Some(message) = messages.next().await {
            let wire = serde_json::from_slice::<Wire>(message.get_payload_bytes());
            match wire.ok().filter(|wire| wire.node() != self.node).map(Wire::event) {
                Some(Some(event)) => self.local.deliver(Arc::new(event)),
                Some(None) => tracing::warn!("something that is no event came by Redis"),
                None => {}
            }
        }
    }

    fn note_deaf(&self, cause: &str) -> Option<PubSub> {
        if !self.is_deaf.swap(true, Ordering::Relaxed) {
            tracing::warn!(%cause, "Redis does not answer: no events of other nodes arrive");
        }
        None
    }
}

/// Pings until a ping fails or has no answer in time.
async fn until_silent(mut sink: PubSubSink) {
    loop {
        sleep(BETWEEN_PINGS).await;
        let Ok(Ok(_)) = timeout(LONGEST_PING, sink.ping::<Value>()).await else { return };
    }
}
