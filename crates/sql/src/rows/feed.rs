//! Rows of the feed.

use bailiwick_app::audit::Entry;
use bailiwick_app::feed::{FeedEntry, ReaderName};
use bailiwick_kernel::Timestamp;
use diesel::prelude::{Insertable, QueryableByName};
use diesel::sql_types::{BigInt, Integer, SmallInt};

use super::AuditRow;
use crate::schema::feed_cursors;
use crate::types::SqlTimestamp;

/// The place of a reader in a partition.
#[derive(Insertable)]
#[diesel(table_name = feed_cursors)]
pub struct CursorRow {
    reader: String,
    partition: i16,
    position: i64,
    claimed_until: SqlTimestamp,
}

impl CursorRow {
    /// Creates the place of a new reader.
    pub fn new(reader: &ReaderName, partition: i16, position: i64, now: Timestamp) -> Self {
        Self { reader: reader.as_str().to_owned(), partition, position, claimed_until: now.into() }
    }
}

/// A partition that was claimed.
#[derive(QueryableByName)]
pub struct ClaimedPartitionRow {
    /// Number of the partition.
    #[diesel(sql_type = SmallInt)]
    pub partition: i16,
    /// The last position that was read.
    #[diesel(sql_type = BigInt)]
    pub position: i64,
    /// Number of failures at the row after it.
    #[diesel(sql_type = Integer)]
    pub failures: i32,
}

/// Converts a row. An unreadable one is logged and left out, so that readers get beyond it.
pub fn feed_entry(position: i64, row: AuditRow) -> Option<FeedEntry> {
    match Entry::try_from(row) {
        Ok(entry) => Some(FeedEntry { position: position.unsigned_abs(), entry }),
        Err(error) => {
            tracing::error!(position, %error, "a row of the audit trail cannot be read");
            None
        }
    }
}
