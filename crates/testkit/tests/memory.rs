//! The store in memory keeps every promise.

use bailiwick_testkit::{MemoryStore, conformance};

conformance!(memory, async { MemoryStore::new() });
