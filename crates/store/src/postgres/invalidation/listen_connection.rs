//! A connection that is driven by hand.
//!
//! Driven by a task of its own, as usual, it drops notifications, or delivers them later than the
//! replies that come after them. Here a caller that has a reply has received every notification that
//! came before it.

use std::convert::Infallible;
use std::ops::ControlFlow;
use std::pin::pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bailiwick_kernel::StoreError;
use tokio_postgres::{AsyncMessage, Client, Error, Notification, SimpleQueryMessage};

use super::super::connect::{Driver, Target};
use crate::failure::driver_failure;

/// Timeout of connecting.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Why a line is given up.
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
    #[error("the lease is not there any more")]
    NoLease,
    #[error("notifications do not arrive here, as behind a pooler of transactions")]
    NotDelivered,
    #[error("an answer that makes no sense")]
    UnexpectedReply,
}

/// A connection, and what drives it.
pub(super) struct ListenConnection {
    client: Client,
    driver: Driver,
}

impl ListenConnection {
    pub async fn connect(target: &Target) -> Result<Self, ConnectionLost> {
        let connecting = tokio::time::timeout(CONNECT_TIMEOUT, target.dial());
        let (client, driver) = connecting.await.map_err(|_| ConnectionLost::NoAnswer)??;
        Ok(Self { client, driver })
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
        // The end of the time is the end that is wanted.
        tokio::time::timeout(span, self.listen(&mut on_notification)).await.unwrap_or(Ok(()))
    }

    /// Returns the reply, after every notification that came before it was received.
    pub async fn simple_query(
        &mut self,
        statement: &str,
        patience: Duration,
        on_notification: &mut (impl FnMut(&Notification) + Send),
    ) -> Result<Vec<SimpleQueryMessage>, ConnectionLost> {
        let Self { client, driver } = self;
        let mut on_notification = |notification: &Notification| {
            on_notification(notification);
            ControlFlow::Continue(())
        };
        let mut reply = pin!(client.simple_query(statement));
        let asking = std::future::poll_fn(|cx| {
            if let Err(lost) = drain(driver, cx, &mut on_notification) {
                return Poll::Ready(Err(lost));
            }
            // Only now: the driver has put the reply where this finds it.
            reply.as_mut().poll(cx).map_err(ConnectionLost::from)
        });
        tokio::time::timeout(patience, asking).await.map_err(|_| ConnectionLost::NoAnswer)?
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

/// The first column of the first row.
pub(super) fn value(reply: &[SimpleQueryMessage]) -> Option<&str> {
    reply.iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => row.try_get(0).ok().flatten(),
        _ => None,
    })
}

/// How many rows the last statement touched.
pub(super) fn affected_rows(reply: &[SimpleQueryMessage]) -> u64 {
    let counts = reply.iter().filter_map(|message| match message {
        SimpleQueryMessage::CommandComplete(rows) => Some(*rows),
        _ => None,
    });
    counts.last().unwrap_or_default()
}

/// What never ends but by a loss.
pub(super) type Endless = Result<Infallible, ConnectionLost>;
