//! Stopping of work that runs beside the requests.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;

/// Whether `stop` is ready. It must not be polled again after it was ready.
pub(crate) async fn is_ready(mut stop: Pin<&mut impl Future<Output = ()>>) -> bool {
    poll_fn(|context| Poll::Ready(stop.as_mut().poll(context).is_ready())).await
}
