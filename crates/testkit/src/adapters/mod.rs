//! The conformance suites of the ports beside the store. Each sentence of a port has a case here, so an
//! adapter that passes its suite can replace any other.
//!
//! An adapter runs a suite with one macro call, whose second argument is a future of a fixture: the adapter
//! with what it needs while it works, such as a server. It is evaluated anew for each case.
//!
//! ```
//! use bailiwick_testkit::{InProcess, OpenBus, event_bus_conformance};
//!
//! event_bus_conformance!(in_one_process, async { InProcess::new(OpenBus::default()) });
//! # fn main() {}
//! ```
//!
//! A fixture says what its adapter has beside the port, such as other nodes. Cases of what it does not have
//! pass. [`Deviation`](crate::Deviation) declares a promise that the adapter breaks on purpose.
//!
//! To add a case, write it in a file of its port and name it in the list of the port's `mod.rs`. The
//! compiler warns about a case that is not named there.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

#[macro_use]
mod entry_points;

pub mod access_tokens;
pub mod event_bus;
pub mod mailer;
pub mod password_hasher;
pub mod throttle;

use std::sync::Arc;

/// The fixture of an adapter that needs nothing beside itself, and shares nothing with other nodes.
#[derive(Debug)]
pub struct InProcess<T>(pub Arc<T>);

impl<T> InProcess<T> {
    /// Makes the fixture of an adapter.
    pub fn new(adapter: T) -> Self {
        Self(Arc::new(adapter))
    }
}
