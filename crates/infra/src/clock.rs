//! The clocks of the machine.

use std::time::Duration;

use bailiwick_kernel::{Clock, Stopwatch, Timestamp};
use rustix::time::{ClockId, clock_gettime};
use time::OffsetDateTime;

/// The system clock.
#[derive(Clone, Copy, Default, Debug)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that asks the machine")]
    fn now(&self) -> Timestamp {
        Timestamp::new(OffsetDateTime::now_utc())
    }
}

/// The nearest alternative on other systems. It may stop while the machine sleeps.
#[cfg(not(target_os = "linux"))]
const CLOCK: ClockId = ClockId::Monotonic;
#[cfg(target_os = "linux")]
const CLOCK: ClockId = ClockId::Boottime;

/// Time since the start of the machine (`CLOCK_BOOTTIME`), sleep included.
#[derive(Clone, Copy, Default, Debug)]
pub struct SystemStopwatch;

impl Stopwatch for SystemStopwatch {
    fn elapsed(&self) -> Duration {
        let since_boot = clock_gettime(CLOCK);
        // Neither value is ever negative, and the nanoseconds are below 1,000,000,000.
        let nanos = u32::try_from(since_boot.tv_nsec).unwrap_or_default();
        Duration::new(since_boot.tv_sec.try_into().unwrap_or_default(), nanos)
    }
}
