//! The feed of changes.

use async_trait::async_trait;
use bailiwick_app::feed::{
    FeedBatch, FeedClaim, FeedClaimRequest, FeedProgress, FeedRepo, FeedStart, ReaderName,
};
use bailiwick_kernel::{StoreError, Timestamp};
use bailiwick_sql::error::store_error;
use bailiwick_sql::rows::{AuditRow, ClaimedPartitionRow, CursorRow, feed_entry};
use bailiwick_sql::schema::{audit_log, feed, feed_cursors, feed_partitions};
use bailiwick_sql::types::{Id, Key, SqlTimestamp, Stamp};
use diesel::sql_types::Text;
use diesel::{
    ExpressionMethods, JoinOnDsl, QueryDsl, SelectableHelper, delete, insert_into, sql_query, update,
};

use super::backend::CLAIM_FEED;
use super::run::RunQueryDsl;
use super::transaction::Transaction;

#[async_trait]
impl FeedRepo for Transaction {
    async fn register(
        &mut self,
        reader: &ReaderName,
        start: FeedStart,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        // In one order, so that nodes that start at once wait for each other and never for a deadlock.
        let partitions = feed_partitions::table.order(feed_partitions::partition);
        let partitions: Vec<(i16, i64)> = partitions.load(self.conn()?).await.map_err(store_error)?;
        for (partition, newest) in partitions {
            let position = if start == FeedStart::Now { newest } else { 0 };
            let row = CursorRow::new(reader, partition, position, now);
            let insert = insert_into(feed_cursors::table).values(row).on_conflict_do_nothing();
            insert.execute(self.conn()?).await.map_err(store_error)?;
        }
        Ok(())
    }

    async fn forget(&mut self, reader: &ReaderName) -> Result<(), StoreError> {
        let cursors = feed_cursors::table.filter(feed_cursors::reader.eq(reader.as_str().to_owned()));
        delete(cursors).execute(self.conn()?).await.map_err(store_error)?;
        Ok(())
    }

    async fn claim(&mut self, request: &FeedClaimRequest) -> Result<Option<FeedBatch>, StoreError> {
        let claimed: Vec<ClaimedPartitionRow> = sql_query(CLAIM_FEED)
            .bind::<Text, _>(request.reader.as_str().to_owned())
            .bind::<Stamp, _>(SqlTimestamp::from(request.now))
            .bind::<Stamp, _>(SqlTimestamp::from(request.latest))
            .bind::<Stamp, _>(SqlTimestamp::from(request.until))
            .bind::<Id, _>(Key::from(request.id))
            .load(self.conn()?)
            .await
            .map_err(store_error)?;
        match claimed.as_slice() {
            [row, ..] => self.unread(request, row).await.map(Some),
            [] => Ok(None),
        }
    }

    async fn record(&mut self, claim: &FeedClaim, progress: &FeedProgress) -> Result<bool, StoreError> {
        let held = feed_cursors::table
            .filter(feed_cursors::reader.eq(claim.reader.as_str().to_owned()))
            .filter(feed_cursors::partition.eq(claim.partition))
            .filter(feed_cursors::claim.eq(Key::from(claim.id)));
        let changes = (
            feed_cursors::position.eq(i64::try_from(progress.position).unwrap_or(i64::MAX)),
            feed_cursors::failures.eq(i32::try_from(progress.failures).unwrap_or(i32::MAX)),
            feed_cursors::claimed_until.eq(SqlTimestamp::from(progress.until)),
        );
        Ok(update(held).set(changes).execute(self.conn()?).await.map_err(store_error)? > 0)
    }
}

impl Transaction {
    /// Reads the first unread rows of a claimed partition.
    async fn unread(
        &mut self,
        request: &FeedClaimRequest,
        claimed: &ClaimedPartitionRow,
    ) -> Result<FeedBatch, StoreError> {
        let rows: Vec<(i64, Option<AuditRow>)> = feed::table
            .left_join(audit_log::table.on(audit_log::id.eq(feed::audit_id)))
            .filter(feed::partition.eq(claimed.partition))
            .filter(feed::position.gt(claimed.position))
            .order(feed::position)
            .limit(i64::try_from(request.limit).unwrap_or(i64::MAX))
            .select((feed::position, Option::<AuditRow>::as_select()))
            .load(self.conn()?)
            .await
            .map_err(store_error)?;
        let end = rows.last().map_or(claimed.position, |(position, _)| *position);
        let (partition, reader) = (claimed.partition, request.reader.clone());
        Ok(FeedBatch {
            claim: FeedClaim { reader, partition, id: request.id },
            after: claimed.position.unsigned_abs(),
            failures: claimed.failures.unsigned_abs(),
            entries: rows.into_iter().filter_map(|(position, row)| feed_entry(position, row?)).collect(),
            end: end.unsigned_abs(),
        })
    }
}
