//! The fakes keep the promises of their ports, but for the deviations that they declare.

use bailiwick_testkit::adapters::throttle::FreeFixture;
use bailiwick_testkit::{InProcess, OpenBus, event_bus_conformance, throttle_conformance};

throttle_conformance!(free_throttle, async { FreeFixture });
event_bus_conformance!(open_bus, async { InProcess::new(OpenBus::default()) });
