//! The end of reading from a connection.

use std::cell::Cell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use actix_web::Error;
use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::web::Bytes;

/// Handle that ends the reading of a connection, which is then closed when its response is sent. Clones
/// share it.
///
/// Otherwise actix waits for the client: after an upgrade until its disconnect timeout, where RFC 6455,
/// section 7.1.1, requires the server to close at once; after the refusal of a chunked body without
/// limit.
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

impl ReadEnd {
    /// Ends the connection now.
    pub fn set(&self) {
        self.0.set.set(true);
    }

    /// Whether the client has closed its side.
    pub fn is_reached(&self) -> bool {
        self.0.reached.get()
    }

    /// Returns the body. When it ends, the connection is closed as soon as all of it is sent.
    pub fn after(self, body: BoxBody) -> BoxBody {
        self.0.upgraded.set(true);
        BoxBody::new(LastBody { body, end: self })
    }

    /// Returns whether the reading is to end.
    pub fn is_set(&self) -> bool {
        self.0.set.get()
    }

    /// Records that the client has closed its side.
    pub fn reach(&self) {
        self.0.reached.set(true);
    }

    /// Returns whether the connection has another protocol.
    pub fn is_upgraded(&self) -> bool {
        self.0.upgraded.get()
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
