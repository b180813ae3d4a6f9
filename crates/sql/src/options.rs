//! How a database is used.

use std::time::Duration;

use bailiwick_kernel::PrivateRoots;

use crate::{OpenError, SchemaName};

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
    /// The schema on PostgreSQL that holds everything, for a database that has other tables: a
    /// lower-case identifier of at most 48 bytes. It is created by the first migration. Several schemas
    /// of one database do not notice each other. `None`: the first schema of the role's `search_path`,
    /// which is `public` unless it was changed. Every process of a database needs the same value.
    /// Refused with SQLite.
    pub schema: Option<String>,
    /// CA certificates that are trusted in addition to the built-in roots, on PostgreSQL.
    pub private_roots: PrivateRoots,
}

impl Options {
    /// Returns the checked name of the schema; [`OpenError::BadSchemaName`] if it cannot be one.
    pub fn schema_name(&self) -> Result<Option<SchemaName>, OpenError> {
        self.schema.as_deref().map(SchemaName::parse).transpose()
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            pool_size: 8,
            pool_wait: Duration::from_secs(2),
            statement_timeout: Duration::from_secs(5),
            start_wait: Duration::from_secs(30),
            schema: None,
            private_roots: PrivateRoots::default(),
        }
    }
}
