//! The feed of changes, in one partition.

use async_trait::async_trait;
use bailiwick_app::feed::{
    FeedBatch, FeedClaim, FeedClaimRequest, FeedEntry, FeedProgress, FeedRepo, FeedStart, ReaderName,
};
use bailiwick_kernel::{StoreError, Timestamp};

use super::MemoryTx;
use super::state::{Cursor, State};

const PARTITION: i16 = 0;

#[async_trait]
impl FeedRepo for MemoryTx {
    async fn register(
        &mut self,
        reader: &ReaderName,
        start: FeedStart,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let state = self.changed().await?;
        let position = if start == FeedStart::Now { newest(state) } else { 0 };
        let cursor = Cursor { position, failures: 0, claimed_until: now, claim: None };
        state.cursors.entry(reader.clone()).or_insert(cursor);
        Ok(())
    }

    async fn forget(&mut self, reader: &ReaderName) -> Result<(), StoreError> {
        self.changed().await?.cursors.remove(reader);
        Ok(())
    }

    async fn claim(&mut self, request: &FeedClaimRequest) -> Result<Option<FeedBatch>, StoreError> {
        let state = self.changed().await?;
        let newest = newest(state);
        let Some(cursor) = state.cursors.get_mut(&request.reader) else { return Ok(None) };
        let is_free = cursor.claimed_until <= request.now || cursor.claimed_until > request.latest;
        if !is_free || cursor.position >= newest {
            return Ok(None);
        }
        cursor.claimed_until = request.until;
        cursor.claim = Some(request.id);
        let cursor = cursor.clone();
        let positions = (cursor.position + 1..=newest).take(request.limit);
        Ok(Some(FeedBatch {
            claim: FeedClaim { reader: request.reader.clone(), partition: PARTITION, id: request.id },
            after: cursor.position,
            failures: cursor.failures,
            end: positions.clone().last().unwrap_or(cursor.position),
            entries: positions.filter_map(|position| entry(state, position)).collect(),
        }))
    }

    async fn record(&mut self, claim: &FeedClaim, progress: &FeedProgress) -> Result<bool, StoreError> {
        let cursor = self.changed().await?.cursors.get_mut(&claim.reader);
        let Some(cursor) = cursor.filter(|cursor| cursor.claim == Some(claim.id)) else { return Ok(false) };
        cursor.position = progress.position;
        cursor.failures = progress.failures;
        cursor.claimed_until = progress.until;
        Ok(true)
    }
}

fn newest(state: &State) -> u64 {
    u64::try_from(state.feed.len()).unwrap_or(u64::MAX)
}

fn entry(state: &State, position: u64) -> Option<FeedEntry> {
    let index = usize::try_from(position.checked_sub(1)?).ok()?;
    let entry = state.audit.get(state.feed.get(index)?)?.clone();
    Some(FeedEntry { position, entry })
}
