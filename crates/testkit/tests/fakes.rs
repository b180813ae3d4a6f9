//! The fakes keep the promises of their ports, but for the deviations that they declare.

use bailiwick_testkit::adapters::password_hasher::QuickFixture;
use bailiwick_testkit::adapters::throttle::FreeFixture;
use bailiwick_testkit::{
    CapturedMail, InProcess, OpenBus, event_bus_conformance, mailer_conformance, password_hasher_conformance,
    throttle_conformance,
};

throttle_conformance!(free_throttle, async { FreeFixture });
event_bus_conformance!(open_bus, async { InProcess::new(OpenBus::default()) });
password_hasher_conformance!(quick_hasher, async { QuickFixture });
mailer_conformance!(captured_mail, async { InProcess::new(CapturedMail::new()) });
