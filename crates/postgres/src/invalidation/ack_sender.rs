//! Sends acknowledgements to other nodes, and receives theirs, over a connection of its own: every
//! NOTIFY of the whole server waits for the slowest commit of one, and a renewal of the lease must
//! not wait.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio_postgres::Notification;
use uuid::Uuid;

use super::super::connect::Target;
use super::backoff::Backoff;
use super::change_listener::Acknowledgement;
use super::listen_connection::{ConnectionLost, Endless, ListenConnection, value};
use super::names::Names;
use super::notification::REPLY_CHANNEL;
use super::registry::Registry;

/// Largest number of queued acknowledgements. Those beyond it are dropped, and their writers wait
/// for renewals.
pub(super) const BACKLOG: usize = 4_096;
/// Largest number of acknowledgements per statement, because a payload is limited to 7,999 bytes.
const BATCH: usize = 100;
/// Timeout of a statement. Writers no longer need the acknowledgements by then.
const TIMEOUT: Duration = Duration::from_secs(3);
const WATCH: Duration = Duration::from_secs(30);
/// Fraction of the server's notification queue above which it is reported. Commits of changes fail
/// when the queue is full.
const FULL_ENOUGH: f64 = 0.5;

/// Acknowledgements need not survive a crash.
const SETTINGS: &str = "SET synchronous_commit = off; SET statement_timeout = 3000";

/// The connection for acknowledgements.
pub(super) struct AckSender {
    pub target: Arc<Target>,
    pub registry: Arc<Registry>,
    /// Read before a channel is opened, because a writer names the channel in a setting.
    pub names: Arc<OnceLock<Names>>,
}

impl AckSender {
    /// Sends and receives, and connects again after each loss.
    pub async fn run(&self, mut outgoing: mpsc::Receiver<Acknowledgement>) -> ! {
        let mut backoff = Backoff::default();
        // Drawn once, so that a writer that began before a loss is acknowledged after it.
        let mut channel = None;
        loop {
            match self.session(&mut outgoing, &mut channel, &mut backoff).await {
                Ok(never) => match never {},
                Err(error) => tracing::debug!(%error, "no acknowledgements: writers wait for renewals"),
            }
            backoff.pause().await;
        }
    }

    async fn session(
        &self,
        outgoing: &mut mpsc::Receiver<Acknowledgement>,
        channel: &mut Option<String>,
        backoff: &mut Backoff,
    ) -> Endless {
        let on_notification = &mut |notification: &Notification| self.on_notification(notification);
        let mut connection = ListenConnection::connect(&self.target).await?;
        connection.simple_query(SETTINGS, TIMEOUT, on_notification).await?;
        connection.names(&self.target, &self.names, on_notification).await?;
        let channel = match channel {
            Some(drawn) => drawn.clone(),
            None => channel.insert(draw(&mut connection).await?).clone(),
        };
        connection.simple_query(&format!("LISTEN {channel}"), TIMEOUT, on_notification).await?;
        // No writer waits any more for acknowledgements from before.
        while outgoing.try_recv().is_ok() {}
        let _open = self.registry.open(channel);
        backoff.reset();
        let mut watch = tokio::time::interval(WATCH);
        let mut batch = Vec::new();
        loop {
            tokio::select! {
                end = connection.listen_for(Duration::MAX, on_notification) => end?,
                _ = outgoing.recv_many(&mut batch, BATCH) => {
                    connection.simple_query(&notify(&batch), TIMEOUT, on_notification).await?;
                    batch.clear();
                }
                _ = watch.tick() => watch_queue(&mut connection, on_notification).await?,
            }
        }
    }

    /// `<lease> <change> <change>..`
    fn on_notification(&self, notification: &Notification) {
        let mut words = notification.payload().split(' ');
        if let Some(lease) = words.next().and_then(|word| Uuid::try_parse(word).ok()) {
            words.for_each(|change| self.registry.acknowledge(lease, change));
        }
    }
}

/// Draws a channel name that no other node uses.
async fn draw(connection: &mut ListenConnection) -> Result<String, ConnectionLost> {
    let reply = connection.simple_query("SELECT gen_random_uuid()", TIMEOUT, &mut |_| {}).await?;
    let id = value(&reply).and_then(|id| Uuid::try_parse(id).ok()).ok_or(ConnectionLost::UnexpectedReply)?;
    Ok(format!("{REPLY_CHANNEL}{}", id.simple()))
}

/// Builds a statement with one payload for each writing node. Neither channels nor changes contain
/// a quote.
fn notify(batch: &[Acknowledgement]) -> String {
    let mut payloads: BTreeMap<(&str, Uuid), String> = BTreeMap::new();
    for Acknowledgement { lease, reply } in batch {
        let payload_text = payloads.entry((&reply.channel, *lease)).or_insert_with(|| lease.to_string());
        payload_text.push(' ');
        payload_text.push_str(&reply.change);
    }
    let mut statement = "SELECT 1".to_owned();
    for ((channel, _), payload_text) in payloads {
        let _ = write!(statement, ", pg_notify('{channel}', '{payload_text}')");
    }
    statement
}

async fn watch_queue(
    connection: &mut ListenConnection,
    on_notification: &mut (impl FnMut(&Notification) + Send),
) -> Result<(), ConnectionLost> {
    let reply =
        connection.simple_query("SELECT pg_notification_queue_usage()", TIMEOUT, on_notification).await?;
    let used: f64 =
        value(&reply).and_then(|used| used.parse().ok()).ok_or(ConnectionLost::UnexpectedReply)?;
    if used > FULL_ENOUGH {
        tracing::warn!(
            used,
            "the queue of notifications fills: a session on this server listens and never ends its transaction"
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::invalidation::notification::Reply;

    #[test]
    fn acknowledgements_go_together_to_each_node() {
        let (a, b) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let acknowledged = |lease, channel: &str, change: &str| Acknowledgement {
            lease,
            reply: Reply { channel: channel.to_owned(), change: change.to_owned() },
        };
        let batch = [
            acknowledged(a, "one", "1:1"),
            acknowledged(a, "two", "2:1"),
            acknowledged(a, "one", "3:1"),
            acknowledged(b, "one", "1:1"),
        ];
        let expected = format!(
            "SELECT 1, pg_notify('one', '{a} 1:1 3:1'), pg_notify('one', '{b} 1:1'), pg_notify('two', '{a} 2:1')"
        );
        assert_eq!(notify(&batch), expected);
    }
}
