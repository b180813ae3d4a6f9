//! The servers that bailiwick depends on accept connections and never answer. Every wait of a start or a
//! stop times out, with a message that names the server.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

mod freeze;
#[allow(dead_code, reason = "the test program `authority` uses the rest")]
#[path = "../authority/postgres.rs"]
mod postgres;
mod process;
mod start;
mod stop;
#[path = "../server/support.rs"]
mod support;

use std::net::TcpListener;
use std::time::Duration;

const SECRET: (&str, &str) = ("JWT_SECRET", "a secret of the tests, long enough");
const START_SECONDS: &str = "BAILIWICK__DATABASE__START_SECONDS";
/// Time that a busy machine may add to a timeout.
const MARGIN: Duration = Duration::from_secs(8);

/// A server that accepts connections and never reads or answers.
struct Silent(TcpListener);

impl Silent {
    fn new() -> Self {
        Self(TcpListener::bind("127.0.0.1:0").unwrap())
    }

    fn url(&self, scheme: &str) -> String {
        format!("{scheme}://{}", self.0.local_addr().unwrap())
    }

    /// Waits until a client has connected.
    fn connected(&self) -> std::net::TcpStream {
        self.0.accept().unwrap().0
    }
}
