//! The TCP stream of a connection: it ends when its last response is sent, and is closed without a reset.

use std::cell::Cell;
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

/// Time limit for the client to close its side after the server has closed its own.
pub(crate) const LINGER: Duration = Duration::from_secs(1);

/// Bytes that are dropped at once.
const DROPPED: usize = 4 * 1024;

/// A TCP stream.
pub(crate) struct Transport {
    /// Present until the drop.
    stream: Option<TcpStream>,
    end: ReadEnd,
    /// Whether the client has closed its side.
    is_read: bool,
    /// Whether actix was told that the reading has ended.
    is_told: bool,
}

/// Ends the reading of a connection, which is then closed when its response is sent. Clones
/// share it.
///
/// On its own actix waits for the client: after an upgrade, for its disconnect timeout, where
/// RFC 6455, section 7.1.1, has the server close at once; after the refusal of a chunked body,
/// without end.
#[derive(Clone, Debug, Default)]
pub(crate) struct ReadEnd(Rc<Cell<bool>>);

/// The body of the upgrade's response, which ends when the protocol does.
struct LastBody {
    body: BoxBody,
    end: ReadEnd,
}

impl Transport {
    pub fn new(stream: TcpStream) -> Self {
        Self { stream: Some(stream), end: ReadEnd::default(), is_read: false, is_told: false }
    }

    pub fn read_end(&self) -> ReadEnd {
        self.end.clone()
    }

    fn stream(&mut self) -> io::Result<Pin<&mut TcpStream>> {
        self.stream.as_mut().map(Pin::new).ok_or_else(|| ErrorKind::NotConnected.into())
    }
}

/// Closes the connection once the client has closed its side, or has had [`LINGER`] to do so.
impl Drop for Transport {
    fn drop(&mut self) {
        let stream = self.stream.take().filter(|_| !self.is_read);
        if let (Some(stream), Ok(runtime)) = (stream, Handle::try_current()) {
            runtime.spawn(timeout(LINGER, linger(stream)));
        }
    }
}

/// Reads and drops what still arrives. The system resets a connection that is closed with
/// unread data, and a reset can destroy what the client has not read yet.
async fn linger(mut stream: TcpStream) -> io::Result<()> {
    stream.shutdown().await?;
    let mut bytes = [0; DROPPED];
    while stream.read(&mut bytes).await? > 0 {}
    Ok(())
}

impl ReadEnd {
    /// Ends it now.
    pub fn set(&self) {
        self.0.set(true);
    }

    /// The body, at whose end the connection is closed as soon as all of it is sent.
    pub fn after(self, body: BoxBody) -> BoxBody {
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
        if self.end.0.get() {
            self.is_told = true;
            return Poll::Ready(Ok(()));
        }
        let before = buffer.remaining();
        ready!(self.stream()?.poll_read(cx, buffer))?;
        self.is_read = before > 0 && buffer.remaining() == before;
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Transport {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.stream()?.poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        // The end came after the last read, and the client may send nothing that leads to another.
        if self.end.0.get() && !self.is_told {
            cx.waker().wake_by_ref();
        }
        self.stream()?.poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream()?.poll_shutdown(cx)
    }
}
