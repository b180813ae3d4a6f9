//! Equalized response times.

use std::future::Future;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// Runs `work`, and returns at a whole multiple of `pace` after the start, so that the response
/// time does not reveal what was done. Returns at once if `pace` is zero.
pub(crate) async fn equalize<T>(pace: Duration, work: impl Future<Output = T>) -> T {
    let start = Instant::now();
    let outcome = work.await;
    if !pace.is_zero() {
        let intervals = start.elapsed().as_nanos() / pace.as_nanos() + 1;
        sleep_until(start + pace * u32::try_from(intervals).unwrap_or(u32::MAX)).await;
    }
    outcome
}

#[cfg(test)]
mod tests {
    use super::*;

    const PACE: Duration = Duration::from_millis(100);

    #[tokio::test(start_paused = true)]
    async fn an_answer_comes_at_a_beat_however_long_the_work_took() {
        for (work, answer) in [(0, 100), (1, 100), (99, 100), (100, 200), (150, 200), (305, 400)] {
            let start = Instant::now();
            equalize(PACE, tokio::time::sleep(Duration::from_millis(work))).await;
            assert_eq!(start.elapsed().as_millis(), answer, "{work}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn without_a_pace_nobody_waits() {
        let start = Instant::now();
        equalize(Duration::ZERO, async {}).await;
        assert_eq!(start.elapsed(), Duration::ZERO);
    }
}
