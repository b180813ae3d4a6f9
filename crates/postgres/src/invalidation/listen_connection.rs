//! A connection that its owner polls.
//!
//! If a task of its own drove it, as usual, notifications could be dropped, or delivered after the
//! replies that follow them. Here a caller that has a reply has received every notification before
//! it.

use std::convert::Infallible;
use std::ops::ControlFlow;
use std::pin::pin;
use std::sync::OnceLock;
use std::task::{Context, Poll};
use std::time::Duration;

use bailiwick_kernel::StoreError;
use tokio_postgres::{AsyncMessage, Client, Error, Notification, SimpleQueryMessage};

use super::super::connect::{Driver, Target};
use super::names::Names;
use crate::failure::driver_failure;

/// Timeout of connecting.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// The reason that a connection is closed.
#[derive(Debug, thiserror::Error)]
pub(super) enum ConnectionLost {
    #[error("{}", driver_failure(.0))]
    Failed(#[from] Error),
    #[error("{0}")]
    Store(#[from] StoreError),
    #[error("the connection was closed")]
    Closed,
    #[error("no answer in time")]
    NoAnswer,
    #[error("the lease no longer exists")]
    NoLease,
    #[error("notifications do not arrive on this connection, as behind a transaction pooler")]
    NotDelivered,
    #[error("the server sent an unexpected reply")]
    UnexpectedReply,
}

/// A connection and its driver.
pub(super) struct ListenConnection {
    client: Client,
    driver: Driver,
}

impl ListenConnection {
    pub async fn connect(target: &Target) -> Result<Self, ConnectionLost> {
        let connecting = tokio::time::timeout(CONNECT_TIMEOUT, target.dial());
        let (client, driver) = connecting.await.map_err(|_| ConnectionLost::NoAnswer)??;
        let mut connection = Self { client, driver };
        connection.simple_query(&target.search_path(), CONNECT_TIMEOUT, &mut |_| {}).await?;
        Ok(connection)
    }

    /// Returns the names of the schema, which are read if they are not known yet.
    pub async fn names<'n>(
        &mut self,
        target: &Target,
        known: &'n OnceLock<Names>,
        on_notification: &mut (impl FnMut(&Notification) + Send),
    ) -> Result<&'n Names, ConnectionLost> {
        if let Some(names) = known.get() {
            return Ok(names);
        }
        let query = Names::query(target.schema());
        let reply = self.simple_query(&query, CONNECT_TIMEOUT, on_notification).await?;
        let names = Names::parse(value(&reply).ok_or(ConnectionLost::UnexpectedReply)?)?;
        Ok(known.get_or_init(|| names))
    }

    /// Receives notifications until the callback breaks.
    pub async fn listen(
        &mut self,
        on_notification: &mut (impl FnMut(&Notification) -> ControlFlow<()> + Send),
    ) -> Result<(), ConnectionLost> {
        std::future::poll_fn(|cx| match drain(&mut self.driver, cx, on_notification) {
            Ok(ControlFlow::Break(())) => Poll::Ready(Ok(())),
            Ok(ControlFlow::Continue(())) => Poll::Pending,
            Err(lost) => Poll::Ready(Err(lost)),
        })
        .await
    }

    /// Receives notifications for this time.
    pub async fn listen_for(
        &mut self,
        span: Duration,
        on_notification: &mut (impl FnMut(&Notification) + Send),
    ) -> Result<(), ConnectionLost> {
        let mut on_notification = |notification: &Notification| {
            on_notification(notification);
            ControlFlow::Continue(())
        };
        // Reaching the timeout is the expected outcome.
        tokio::time::timeout(span, self.listen(&mut on_notification)).await.unwrap_or(Ok(()))
    }

    /// Returns the reply, after every notification that came before it was received.
    pub async fn simple_query(
        &mut self,
        statement: &str,
        timeout: Duration,
        on_notification: &mut (impl FnMut(&Notification) + Send),
    ) -> Result<Vec<SimpleQueryMessage>, ConnectionLost> {
        let Self { client, driver } = self;
        let mut on_notification = |notification: &Notification| {
            on_notification(notification);
            ControlFlow::Continue(())
        };
        let mut reply = pin!(client.simple_query(statement));
        let query = std::future::poll_fn(|cx| {
            if let Err(lost) = drain(driver, cx, &mut on_notification) {
                return Poll::Ready(Err(lost));
            }
            // Polled after the driver, which delivers the reply.
            reply.as_mut().poll(cx).map_err(ConnectionLost::from)
        });
        tokio::time::timeout(timeout, query).await.map_err(|_| ConnectionLost::NoAnswer)?
    }
}

/// Receives everything that has arrived.
fn drain(
    driver: &mut Driver,
    cx: &mut Context<'_>,
    on_notification: &mut impl FnMut(&Notification) -> ControlFlow<()>,
) -> Result<ControlFlow<()>, ConnectionLost> {
    loop {
        match driver(cx) {
            Poll::Ready(Some(Ok(AsyncMessage::Notification(notification)))) => {
                if on_notification(&notification).is_break() {
                    return Ok(ControlFlow::Break(()));
                }
            }
            Poll::Ready(Some(Ok(_))) => {}
            Poll::Ready(Some(Err(error))) => return Err(error.into()),
            Poll::Ready(None) => return Err(ConnectionLost::Closed),
            Poll::Pending => return Ok(ControlFlow::Continue(())),
        }
    }
}

/// Returns the first column of the first row.
pub(super) fn value(reply: &[SimpleQueryMessage]) -> Option<&str> {
    reply.iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => row.try_get(0).ok().flatten(),
        _ => None,
    })
}

/// Returns the number of rows that the last statement affected.
pub(super) fn affected_rows(reply: &[SimpleQueryMessage]) -> u64 {
    let counts = reply.iter().filter_map(|message| match message {
        SimpleQueryMessage::CommandComplete(rows) => Some(*rows),
        _ => None,
    });
    counts.last().unwrap_or_default()
}

/// Result of a loop that ends only when the connection is lost.
pub(super) type Endless = Result<Infallible, ConnectionLost>;
