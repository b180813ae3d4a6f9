//! One direction of a proxied connection.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep_until};

use super::terms::{Span, Terms};
use crate::app::Dice;

/// Maximum number of chunks in flight.
const ROOM: usize = 1024;
const PIECE: usize = 16 * 1024;

/// A chunk in flight and the time of its delivery. An empty chunk is the end of the stream.
type Piece = (Instant, Vec<u8>);

/// Copies bytes from one end to the other, with the delays and cuts of `terms`.
pub async fn pump(
    from: OwnedReadHalf,
    to: OwnedWriteHalf,
    port: u16,
    terms: watch::Receiver<Terms>,
    span: fn(&Terms) -> Span,
    seed: u64,
) -> io::Result<()> {
    let (sender, receiver) = mpsc::channel(ROOM);
    let late = terms.clone();
    let mut dice = Dice::seeded(seed);
    let lateness = move || {
        let terms = late.borrow();
        let (least, most) = if terms.concern(port) { span(&terms) } else { Span::default() };
        dice.between(least, most)
    };
    tokio::try_join!(take_in(from, sender, lateness), hand_out(receiver, to, port, terms)).map(|_| ())
}

async fn take_in(
    mut from: OwnedReadHalf,
    sender: mpsc::Sender<Piece>,
    mut lateness: impl FnMut() -> Duration,
) -> io::Result<()> {
    let mut due = Instant::now();
    loop {
        let mut bytes = vec![0; PIECE];
        let read = from.read(&mut bytes).await?;
        bytes.truncate(read);
        due = due.max(Instant::now() + lateness());
        if sender.send((due, bytes)).await.is_err() || read == 0 {
            return Ok(());
        }
    }
}

async fn hand_out(
    mut receiver: mpsc::Receiver<Piece>,
    mut to: OwnedWriteHalf,
    port: u16,
    mut terms: watch::Receiver<Terms>,
) -> io::Result<()> {
    while let Some((due, bytes)) = receiver.recv().await {
        if due > Instant::now() {
            sleep_until(due).await;
        }
        if terms.wait_for(|terms| terms.flows(port)).await.is_err() || bytes.is_empty() {
            break;
        }
        to.write_all(&bytes).await?;
    }
    to.shutdown().await
}
