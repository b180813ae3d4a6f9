//! How a database is used.

use std::time::Duration;

use bailiwick_kernel::PrivateRoots;

/// How a database is used.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Options {
    /// How many connections at most: all of them on PostgreSQL; the reading ones
    /// on SQLite, where one more writes.
    pub pool_size: usize,
    /// How long to wait for a free connection, and for a new one to stand.
    pub pool_wait: Duration,
    /// How long a statement may take on PostgreSQL; how long a SQLite writer waits
    /// for a writer of another process.
    pub statement_timeout: Duration,
    /// How long opening and migrating wait at each step for what is outside of this process:
    /// an answer of the server, a lock of another process on the schema or the file. The time
    /// that migrations themselves take is not limited while the server answers.
    pub start_wait: Duration,
    /// CA certificates that are trusted beside the built-in roots, on PostgreSQL.
    pub private_roots: PrivateRoots,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            pool_size: 8,
            pool_wait: Duration::from_secs(2),
            statement_timeout: Duration::from_secs(5),
            start_wait: Duration::from_secs(30),
            private_roots: PrivateRoots::default(),
        }
    }
}
