//! The conformance suites of the ports, on each adapter.

mod hasher;
mod mail;
mod mail_server;
#[cfg(feature = "redis")]
mod redis;
mod tokens;

use bailiwick_infra::{LocalBus, LocalThrottle};
use bailiwick_testkit::{InProcess, event_bus_conformance, throttle_conformance};

throttle_conformance!(local_throttle, async { InProcess::new(LocalThrottle::default()) });
event_bus_conformance!(local_bus, async { InProcess::new(LocalBus::default()) });
