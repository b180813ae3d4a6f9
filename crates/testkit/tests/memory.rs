//! The store in memory passes the conformance suite.

use bailiwick_testkit::{MemoryStore, conformance};

conformance!(memory, async { MemoryStore::new() });
