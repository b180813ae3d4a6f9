//! What all work beside the requests has in common.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;

use time::Duration;

/// Whether `stop` is ready. It must not be polled again after it was ready.
pub(crate) async fn is_ready(mut stop: Pin<&mut impl Future<Output = ()>>) -> bool {
    poll_fn(|context| Poll::Ready(stop.as_mut().poll(context).is_ready())).await
}

/// Returns the delay before an attempt after so many failures: `first`, then twice as long each time, at most
/// `longest`.
pub(crate) fn retry_delay(first: Duration, longest: Duration, failures: u32) -> Duration {
    first.checked_mul(1 << failures.min(16)).unwrap_or(longest).min(longest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delay_doubles_up_to_the_longest() {
        let (first, longest) = (Duration::seconds(1), Duration::minutes(5));
        let delays = [0, 1, 2, 8, 9, u32::MAX].map(|failures| retry_delay(first, longest, failures));
        assert_eq!(delays.map(Duration::whole_seconds), [1, 2, 4, 256, 300, 300]);
    }
}
