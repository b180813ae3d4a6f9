//! The problem for an exceeded rate limit.

use time::Duration;

use crate::{Problem, hint};

/// Creates the problem for a wait. The wait is rounded up to whole seconds, at least one, so that a
/// client that waits as long is not refused for being early.
pub fn problem(wait: Duration) -> Problem {
    let whole = wait.whole_seconds();
    let seconds = if Duration::seconds(whole) < wait { whole.saturating_add(1) } else { whole };
    let seconds = u32::try_from(seconds.max(1)).unwrap_or(u32::MAX);
    Problem::rate_limited(seconds).with_hint(hint::wait(seconds))
}

#[cfg(test)]
mod tests {
    use bailiwick_app::Error;

    use super::*;

    #[test]
    fn too_many_requests_say_how_long_to_wait() {
        for (wait, seconds) in [
            (Duration::seconds(30), 30),
            (Duration::seconds(30) + Duration::microseconds(1), 31),
            (Duration::milliseconds(500), 1),
            (Duration::ZERO, 1),
            (Duration::MAX, u32::MAX),
        ] {
            let problem = Problem::from(Error::Throttled(wait));
            assert_eq!(problem.status(), 429);
            let detail = format!("Rate limit exceeded. Try again in {seconds} seconds.");
            assert_eq!(problem.detail(), detail);
            assert!(problem.hint().contains(&format!("Wait {seconds} s")), "{}", problem.hint());
            assert!(problem.headers().contains(&("retry-after", seconds.to_string().into())));
        }
    }
}
