//! The port of the feed.

use async_trait::async_trait;
use bailiwick_kernel::{FeedClaimId, StoreError, Timestamp};

use super::ReaderName;
use crate::audit::Entry;

/// The feed: the rows of the audit trail in the order of their commits.
///
/// A store divides the feed into partitions. Each row belongs to one of them, and all rows of an
/// organization to the same. Positions in a partition increase in the order of the commits: a row that
/// becomes visible later MUST have a higher position, so that a reader never passes a row that it has
/// not seen.
#[async_trait]
pub trait FeedRepo: Send {
    /// Makes a reader known, which begins at `start` in each partition. Does nothing for a known reader.
    async fn register(
        &mut self,
        reader: &ReaderName,
        start: FeedStart,
        now: Timestamp,
    ) -> Result<(), StoreError>;

    /// Forgets a reader and its place. Does nothing for an unknown reader.
    async fn forget(&mut self, reader: &ReaderName) -> Result<(), StoreError>;

    /// Claims a partition that has rows which the reader has not read, and that is claimed by nobody: its
    /// last claim ended at or before `request.now`, or would end after `request.latest`, which a correct
    /// clock cannot have set. The partition whose last claim ended first is taken. MUST NOT give one
    /// partition to two callers at once. `None` if there is no such partition, or no such reader.
    ///
    /// Returns the first unread rows, at most `request.limit`. Rows that cannot be read are logged and left
    /// out, and so are rows of the audit trail that were deleted.
    async fn claim(&mut self, request: &FeedClaimRequest) -> Result<Option<FeedBatch>, StoreError>;

    /// Records the progress of a claim. `false`, and nothing changes, if another caller has claimed the
    /// partition since.
    async fn record(&mut self, claim: &FeedClaim, progress: &FeedProgress) -> Result<bool, StoreError>;
}

/// Where a reader begins.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FeedStart {
    /// With the oldest row in the feed.
    Beginning,
    /// After the rows that are committed now.
    Now,
}

/// What [`FeedRepo::claim`] claims.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FeedClaimRequest {
    /// The reader.
    pub reader: ReaderName,
    /// Id of the new claim.
    pub id: FeedClaimId,
    /// The time of the claim.
    pub now: Timestamp,
    /// Time at which the new claim ends.
    pub until: Timestamp,
    /// Latest end of a claim that a correct clock can have set.
    pub latest: Timestamp,
    /// Largest number of rows.
    pub limit: usize,
}

/// A claimed partition.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FeedClaim {
    /// The reader.
    pub reader: ReaderName,
    /// Number of the partition.
    pub partition: i16,
    /// Id of the claim.
    pub id: FeedClaimId,
}

/// Unread rows of a claimed partition.
#[derive(Clone, PartialEq, Debug)]
pub struct FeedBatch {
    /// The claim.
    pub claim: FeedClaim,
    /// Position of the last row that the reader has read; 0 if there is none.
    pub after: u64,
    /// Number of failures at the row after it.
    pub failures: u32,
    /// The unread rows, by position.
    pub entries: Vec<FeedEntry>,
    /// Position up to which `entries` has all rows that can be read.
    pub end: u64,
}

/// A row of the audit trail at its position in the feed.
#[derive(Clone, PartialEq, Debug)]
pub struct FeedEntry {
    /// The position. Within an organization it increases in the order of the commits.
    pub position: u64,
    /// The row.
    pub entry: Entry,
}

/// The progress of a claim.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FeedProgress {
    /// Position of the last row that the reader has read.
    pub position: u64,
    /// Number of failures at the row after it.
    pub failures: u32,
    /// Time at which the claim ends.
    pub until: Timestamp,
}
