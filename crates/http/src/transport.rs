//! The TCP stream of a connection: it ends when its last response is sent, and is closed without a reset. A response
//! that the library writes itself leaves it as a problem.

use std::cell::Cell;
use std::collections::VecDeque;
use std::io::{self, ErrorKind};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use actix_web::Error;
use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::rt::net::TcpStream;
use actix_web::web::Bytes;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::runtime::Handle;
use tokio::time::timeout;

use crate::unparsed::UnparsedProblems;

/// Time limit for the client to close its side after the server has closed its own.
pub(crate) const LINGER: Duration = Duration::from_secs(1);

/// Bytes that are dropped at once.
const DROPPED: usize = 4 * 1024;

/// A TCP stream.
pub(crate) struct Transport {
    /// Present until the drop.
    stream: Option<TcpStream>,
    end: ReadEnd,
    /// Whether actix was told that the reading has ended.
    is_told: bool,
    /// Whether bytes have come since the last ones were sent. A connection that is closed in order owes nothing.
    is_owed: bool,
    /// Whether bytes have come since the reading last paused.
    is_fresh: bool,
    problems: UnparsedProblems,
    /// What is sent in place of a response of the library.
    unsent: VecDeque<u8>,
}

/// Ends the reading of a connection, which is then closed when its response is sent. Clones
/// share it.
///
/// On its own actix waits for the client: after an upgrade, for its disconnect timeout, where
/// RFC 6455, section 7.1.1, has the server close at once; after the refusal of a chunked body,
/// without end.
#[derive(Clone, Debug, Default)]
pub(crate) struct ReadEnd(Rc<Flags>);

#[derive(Debug, Default)]
struct Flags {
    set: Cell<bool>,
    /// Whether the client has closed its side.
    reached: Cell<bool>,
    upgraded: Cell<bool>,
}

/// The body of the upgrade's response, which ends when the protocol does.
struct LastBody {
    body: BoxBody,
    end: ReadEnd,
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

    /// Sends what stands in for a response of the library.
    fn poll_unsent(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.unsent.is_empty() {
            let (stream, unsent) = (self.stream.as_mut(), self.unsent.as_slices().0);
            let stream = stream.map(Pin::new).ok_or(ErrorKind::NotConnected)?;
            let sent = ready!(stream.poll_write(cx, unsent))?;
            self.unsent.drain(..sent);
        }
        Poll::Ready(Ok(()))
    }

    /// What is to be sent before the connection is closed. The library lets go of a connection without a response
    /// when chunks are malformed.
    fn last_bytes(&mut self) -> Vec<u8> {
        let is_abandoned = self.is_owed && !self.end.0.upgraded.get();
        if is_abandoned { self.problems.malformed_chunks() } else { std::mem::take(&mut self.unsent).into() }
    }
}

/// Closes the connection once the client has closed its side, or has had [`LINGER`] to do so.
impl Drop for Transport {
    fn drop(&mut self) {
        let last = self.last_bytes();
        let stream = self.stream.take().filter(|_| !last.is_empty() || !self.end.is_reached());
        if let (Some(stream), Ok(runtime)) = (stream, Handle::try_current()) {
            runtime.spawn(timeout(LINGER, linger(stream, last)));
        }
    }
}

/// Sends the last bytes, then reads and drops what still arrives. The system resets a connection that is closed with
/// unread data, and a reset can destroy what the client has not read yet.
async fn linger(mut stream: TcpStream, last: Vec<u8>) -> io::Result<()> {
    stream.write_all(&last).await?;
    stream.shutdown().await?;
    let mut bytes = [0; DROPPED];
    while stream.read(&mut bytes).await? > 0 {}
    Ok(())
}

impl ReadEnd {
    /// Ends it now.
    pub fn set(&self) {
        self.0.set.set(true);
    }

    /// Whether the client has closed its side.
    pub fn is_reached(&self) -> bool {
        self.0.reached.get()
    }

    /// The body, at whose end the connection is closed as soon as all of it is sent.
    pub fn after(self, body: BoxBody) -> BoxBody {
        self.0.upgraded.set(true);
        BoxBody::new(LastBody { body, end: self })
    }
}

impl MessageBody for LastBody {
    type Error = Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Error>>> {
        let next = ready!(Pin::new(&mut self.body).poll_next(cx));
        if next.is_none() {
            self.end.set();
        }
        Poll::Ready(next.map(|chunk| chunk.map_err(Error::from)))
    }
}

impl AsyncRead for Transport {
    /// After the end nothing comes any more, whatever the client sends.
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.end.0.set.get() {
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
        // What came before is to be parsed first: then a fault in it is not taken for the end.
        if std::mem::take(&mut self.is_fresh) {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        self.end.0.reached.set(true);
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
            // What stands before it leaves first.
            Some((start, _)) => self.stream()?.poll_write(cx, bytes.get(..start).unwrap_or(bytes)),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        // The end came after the last read, and the client may send nothing that leads to another.
        if self.end.0.set.get() && !self.is_told {
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
