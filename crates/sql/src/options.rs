//! How a database is used.

use std::time::Duration;

use bailiwick_kernel::PrivateRoots;

/// How a database is used.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Options {
    /// Largest number of connections: all of them on PostgreSQL, those that read on SQLite, where
    /// one more writes.
    pub pool_size: usize,
    /// Timeout of waiting for a free connection, and of establishing a new one.
    pub pool_wait: Duration,
    /// Timeout of a statement on PostgreSQL; on SQLite, timeout of waiting for a writer of another
    /// process.
    pub statement_timeout: Duration,
    /// Timeout of each wait while a database is opened and migrated: for a response of the server,
    /// or for a lock of another process on the schema or the file. The duration of the migrations
    /// themselves is not limited while the server responds.
    pub start_wait: Duration,
    /// CA certificates that are trusted in addition to the built-in roots, on PostgreSQL.
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
