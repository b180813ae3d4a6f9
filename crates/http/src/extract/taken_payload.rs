//! The payload that stands in for one that was taken.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::web::Bytes;
use futures_util::stream::Stream;

/// A stream without content, which reports that it is polled. It fails once, and then ends.
struct TakenPayload<F> {
    on_poll: F,
    has_failed: bool,
}

/// Returns a payload that calls `on_poll` when it is polled, and fails.
pub(super) fn taken_payload(on_poll: impl Fn() + Unpin + 'static) -> Payload {
    Payload::Stream { payload: Box::pin(TakenPayload { on_poll, has_failed: false }) }
}

impl<F: Fn() + Unpin> Stream for TakenPayload<F> {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        (self.on_poll)();
        let error = || PayloadError::Io(io::Error::other("an extractor of authority has taken the body"));
        let has_failed = std::mem::replace(&mut self.has_failed, true);
        Poll::Ready((!has_failed).then(|| Err(error())))
    }
}
