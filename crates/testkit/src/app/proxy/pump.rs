//! One direction of a proxied connection.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep_until};

use super::network::{NetworkState, Span};
use crate::app::Dice;

/// Maximum number of chunks in flight.
const MAX_CHUNKS: usize = 1024;
/// Maximum size of a chunk in bytes.
const CHUNK_BYTES: usize = 16 * 1024;

/// A chunk in flight and the time of its delivery. An empty chunk is the end of the stream.
type Chunk = (Instant, Vec<u8>);

/// Copies bytes from one end to the other, with the delays and cuts of `network`.
pub async fn pump(
    from: OwnedReadHalf,
    to: OwnedWriteHalf,
    port: u16,
    network: watch::Receiver<NetworkState>,
    span: fn(&NetworkState) -> Span,
    seed: u64,
) -> io::Result<()> {
    let (sender, receiver) = mpsc::channel(MAX_CHUNKS);
    let current = network.clone();
    let mut dice = Dice::seeded(seed);
    let delay = move || {
        let network = current.borrow();
        let (least, most) = if network.applies_to(port) { span(&network) } else { Span::default() };
        dice.between(least, most)
    };
    tokio::try_join!(receive(from, sender, delay), deliver(receiver, to, port, network)).map(|_| ())
}

/// Reads chunks and gives each the time of its delivery, which is never before that of an earlier chunk.
async fn receive(
    mut from: OwnedReadHalf,
    sender: mpsc::Sender<Chunk>,
    mut delay: impl FnMut() -> Duration,
) -> io::Result<()> {
    let mut due = Instant::now();
    loop {
        let mut bytes = vec![0; CHUNK_BYTES];
        let read = from.read(&mut bytes).await?;
        bytes.truncate(read);
        due = due.max(Instant::now() + delay());
        if sender.send((due, bytes)).await.is_err() || read == 0 {
            return Ok(());
        }
    }
}

/// Writes each chunk when its time has come and the proxy lets it pass.
async fn deliver(
    mut receiver: mpsc::Receiver<Chunk>,
    mut to: OwnedWriteHalf,
    port: u16,
    mut network: watch::Receiver<NetworkState>,
) -> io::Result<()> {
    while let Some((due, bytes)) = receiver.recv().await {
        if due > Instant::now() {
            sleep_until(due).await;
        }
        if network.wait_for(|network| network.delivers(port)).await.is_err() || bytes.is_empty() {
            break;
        }
        to.write_all(&bytes).await?;
    }
    to.shutdown().await
}
