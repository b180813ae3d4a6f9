//! The event bus between nodes, over a channel of Redis.

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

/// Timeout of a publication, and of subscribing.
const DEADLINE: Duration = Duration::from_secs(2);
/// Attempts within the deadline, because a lost connection is replaced once.
const ATTEMPTS: usize = 2;
/// Pause between two attempts to subscribe while Redis is unreachable.
const BETWEEN_ATTEMPTS: Duration = Duration::from_millis(500);
/// Pause between two pings of the subscription. They detect a connection lost to a network
/// partition, which otherwise looks like one without events.
const BETWEEN_PINGS: Duration = Duration::from_secs(1);
/// Timeout of a ping, after which the subscription is replaced.
const LONGEST_PING: Duration = Duration::from_secs(3);

/// Delivers events to all nodes that share a Redis. Events of this node are delivered directly,
/// once Redis has accepted them, so they arrive even without a subscription. While Redis is
/// unreachable publishing fails; the connection is restored automatically.
pub struct RedisBus {
    link: Link,
    channel: String,
    node: Uuid,
    local: LocalBus,
    listener: JoinHandle<()>,
}

impl RedisBus {
    /// Connects to `redis://..` or, over TLS, `rediss://..`, and uses a channel whose name begins
    /// with `prefix`. An unreachable server is no error, because it may return. Must be called
    /// within a runtime that outlives the bus.
    pub async fn connect(url: &str, prefix: &str) -> Result<Self, RedisSetupError> {
        Self::connect_trusting(url, prefix, &PrivateRoots::default()).await
    }

    /// Does the same, with CA certificates that are trusted in addition to the built-in roots.
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
        let receiver = EventReceiver {
            dialer,
            channel: channel.clone(),
            node,
            local: local.clone(),
            is_disconnected: false.into(),
        };
        let first = timeout(DEADLINE, receiver.listen()).await;
        // Connects before the first publication: while one publisher connects, the others fail.
        let _ = timeout(DEADLINE, link.connection()).await;
        let listener = tokio::spawn(receiver.run(first.ok().and_then(Result::ok)));
        Ok(Self { link, channel, node, local, listener })
    }

    async fn send(&self, text: &str) -> Result<(), BusError> {
        for _ in 0..ATTEMPTS {
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

/// The receiver of events of other nodes.
struct EventReceiver {
    dialer: Connector,
    channel: String,
    node: Uuid,
    local: LocalBus,
    is_disconnected: AtomicBool,
}

impl EventReceiver {
    async fn listen(&self) -> Result<PubSub, RedisError> {
        let mut receiver = self.dialer.subscriber().await?;
        receiver.subscribe(&self.channel).await?;
        Ok(receiver)
    }

    async fn run(self, mut subscription: Option<PubSub>) {
        loop {
            match subscription.take() {
                Some(receiver) => {
                    let cause = self.receive(receiver).await;
                    self.log_disconnected(cause);
                }
                None => sleep(BETWEEN_ATTEMPTS).await,
            }
            subscription = match timeout(DEADLINE, self.listen()).await {
                Ok(Ok(receiver)) => Some(receiver),
                Ok(Err(error)) => self.log_disconnected(&error.to_string()),
                Err(_) => self.log_disconnected("no answer in time"),
            };
            if subscription.is_some() && self.is_disconnected.swap(false, Ordering::Relaxed) {
                tracing::info!("Redis answers again: events of other nodes arrive");
            }
        }
    }

    /// Delivers messages until the connection is lost, and returns the reason.
    async fn receive(&self, receiver: PubSub) -> &'static str {
        let (sink, messages) = receiver.split();
        tokio::select! {
            () = self.deliver(messages) => "the connection was closed",
            () = until_unresponsive(sink) => "no answer in time",
        }
    }

    async fn deliver(&self, mut messages: PubSubStream) {
        while let Some(message) = messages.next().await {
            let wire = serde_json::from_slice::<Wire>(message.get_payload_bytes());
            match wire.ok().filter(|wire| wire.node() != self.node).map(Wire::event) {
                Some(Some(event)) => self.local.deliver(Arc::new(event)),
                Some(None) => tracing::warn!("a message received from Redis is not an event"),
                None => {}
            }
        }
    }

    fn log_disconnected(&self, cause: &str) -> Option<PubSub> {
        if !self.is_disconnected.swap(true, Ordering::Relaxed) {
            tracing::warn!(%cause, "Redis does not answer: no events of other nodes arrive");
        }
        None
    }
}

/// Pings until a ping fails or times out.
async fn until_unresponsive(mut sink: PubSubSink) {
    loop {
        sleep(BETWEEN_PINGS).await;
        let Ok(Ok(_)) = timeout(LONGEST_PING, sink.ping::<Value>()).await else { return };
    }
}
