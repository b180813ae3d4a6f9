//! The TCP stream of a connection. It ends when its last response is sent, and is closed without a
//! reset. A response that the library writes itself is replaced by a problem.

use std::collections::VecDeque;
use std::io::{self, ErrorKind};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use actix_web::rt::net::TcpStream;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::runtime::Handle;
use tokio::time::timeout;

use crate::read_end::ReadEnd;
use crate::unparsed::UnparsedProblems;

/// Time limit for the client to close its side after the server has closed its own.
pub(crate) const LINGER: Duration = Duration::from_secs(1);

/// Number of bytes that are read and dropped at once.
const DROPPED: usize = 4 * 1024;

/// A TCP stream.
pub(crate) struct Transport {
    /// `None` only while it is dropped.
    stream: Option<TcpStream>,
    end: ReadEnd,
    /// Whether the end of reading was reported to actix.
    is_told: bool,
    /// Whether bytes were received since the last ones were sent. A connection that is closed in order
    /// has no pending request.
    is_owed: bool,
    /// Whether bytes were received since reading last paused.
    is_fresh: bool,
    problems: UnparsedProblems,
    /// Bytes that replace a response of the library.
    unsent: VecDeque<u8>,
}

impl Transport {
    pub fn new(stream: TcpStream, problems: UnparsedProblems) -> Self {
        Self {
            stream: Some(stream),
            end: ReadEnd::default(),
            is_told: false,
            is_owed: false,
            is_fresh: false,
            problems,
            unsent: VecDeque::new(),
        }
    }

    pub fn read_end(&self) -> ReadEnd {
        self.end.clone()
    }

    fn stream(&mut self) -> io::Result<Pin<&mut TcpStream>> {
        self.stream.as_mut().map(Pin::new).ok_or_else(|| ErrorKind::NotConnected.into())
    }

    /// Sends the replacement of a response of the library.
    fn poll_unsent(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.unsent.is_empty() {
            let (stream, unsent) = (self.stream.as_mut(), self.unsent.as_slices().0);
            let stream = stream.map(Pin::new).ok_or(ErrorKind::NotConnected)?;
            let sent = ready!(stream.poll_write(cx, unsent))?;
            self.unsent.drain(..sent);
        }
        Poll::Ready(Ok(()))
    }

    /// Returns the bytes to send before the connection is closed. The library ends a connection without
    /// a response when chunks are malformed.
    fn last_bytes(&mut self) -> Vec<u8> {
        let is_abandoned = self.is_owed && !self.end.is_upgraded();
        if is_abandoned { self.problems.malformed_chunks() } else { std::mem::take(&mut self.unsent).into() }
    }
}

/// Closes the connection once the client has closed its side, or after [`LINGER`].
impl Drop for Transport {
    fn drop(&mut self) {
        let last = self.last_bytes();
        let stream = self.stream.take().filter(|_| !last.is_empty() || !self.end.is_reached());
        if let (Some(stream), Ok(runtime)) = (stream, Handle::try_current()) {
            runtime.spawn(timeout(LINGER, linger(stream, last)));
        }
    }
}

/// Sends the last bytes, then reads and drops what still arrives. The operating system resets a
/// connection that is closed with unread data, and a reset can destroy what the client has not read yet.
async fn linger(mut stream: TcpStream, last: Vec<u8>) -> io::Result<()> {
    stream.write_all(&last).await?;
    stream.shutdown().await?;
    let mut bytes = [0; DROPPED];
    while stream.read(&mut bytes).await? > 0 {}
    Ok(())
}

impl AsyncRead for Transport {
    /// After the end nothing is read, whatever the client sends.
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.end.is_set() {
            self.is_told = true;
            return Poll::Ready(Ok(()));
        }
        let before = buffer.remaining();
        ready!(self.stream()?.poll_read(cx, buffer))?;
        if before == 0 || buffer.remaining() < before {
            self.is_owed = true;
            self.is_fresh = true;
            return Poll::Ready(Ok(()));
        }
        // Earlier bytes are parsed first, so that a fault in them is not taken for the end.
        if std::mem::take(&mut self.is_fresh) {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        self.end.reach();
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Transport {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        ready!(self.poll_unsent(cx))?;
        self.is_owed = false;
        match self.problems.replace(bytes) {
            None => self.stream()?.poll_write(cx, bytes),
            Some((0, problem)) => {
                self.unsent = problem.into();
                Poll::Ready(Ok(bytes.len()))
            }
            // Earlier bytes are sent first.
            Some((start, _)) => self.stream()?.poll_write(cx, bytes.get(..start).unwrap_or(bytes)),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        // The end was set after the last read, and the client may send nothing that causes another.
        if self.end.is_set() && !self.is_told {
            cx.waker().wake_by_ref();
        }
        ready!(self.poll_unsent(cx))?;
        self.stream()?.poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.is_owed = false;
        ready!(self.poll_unsent(cx))?;
        self.stream()?.poll_shutdown(cx)
    }
}
