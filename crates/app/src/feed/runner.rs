//! Delivery of the feed to a reader.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration as StdDuration;

use bailiwick_kernel::{Clock, FeedClaimId, IdSource, StoreError, Timestamp};
use time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::{FeedBatch, FeedClaim, FeedClaimRequest, FeedEntry, FeedProgress, FeedReader, HandlerResult};
use crate::App;
use crate::background::{is_ready, retry_delay};
use crate::ports::Store;

/// Number of rows that are claimed at once.
const BATCH: usize = 100;
/// Time for which a claimed partition is hidden from other nodes.
const CLAIM_TIME: Duration = Duration::minutes(3);
/// Age at which a claim is renewed. With twice [`HANDLER_LIMIT`] and [`SKEW`] it is shorter than a claim, so no
/// other node reads beside.
const RENEWAL: Duration = Duration::seconds(10);
/// Time limit of all handlers of a change.
const HANDLER_LIMIT: StdDuration = StdDuration::from_secs(30);
/// Interval at which changes of other nodes and due retries are looked for.
const POLL: StdDuration = StdDuration::from_secs(2);
const FIRST_RETRY: Duration = Duration::seconds(1);
const LONGEST_RETRY: Duration = Duration::minutes(5);
/// Maximum difference between the clocks of nodes.
const SKEW: Duration = Duration::minutes(1);

/// Delivers the feed to one reader: [`Self::run`] beside the application.
pub struct FeedRunner {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
    reader: FeedReader,
    commits: watch::Receiver<()>,
}

/// How a batch ended.
enum Batch {
    Delivered,
    Stopped,
}

impl FeedRunner {
    pub(super) fn new(app: &App, reader: FeedReader) -> Self {
        let parts = app.parts();
        let (store, clock, ids) = (parts.store.clone(), parts.clock.clone(), parts.ids.clone());
        Self { store, clock, ids, reader, commits: app.commits() }
    }

    /// Delivers changes until `stop` is ready; the change in hand is finished first. A failure of the store
    /// is logged and retried in the next round.
    pub async fn run(mut self, stop: impl Future<Output = ()>) {
        let mut stop = pin!(stop);
        loop {
            self.commits.mark_unchanged();
            match self.deliver_batch(stop.as_mut()).await {
                Ok(Some(Batch::Stopped)) => return,
                Ok(Some(Batch::Delivered)) => continue,
                Ok(None) => {}
                Err(error) => {
                    tracing::warn!(reader = self.reader.name().as_str(), %error, "the feed cannot be read");
                }
            }
            tokio::select! {
                () = stop.as_mut() => return,
                Ok(()) = self.commits.changed() => {}
                () = tokio::time::sleep(POLL) => {}
            }
        }
    }

    /// Delivers all changes that are due now, and returns when there is none left. For tests.
    pub async fn deliver_due(&self) -> Result<(), StoreError> {
        while self.deliver_batch(pin!(std::future::pending())).await?.is_some() {}
        Ok(())
    }

    /// Claims a partition and delivers its rows. `None` if there is nothing to deliver.
    async fn deliver_batch(
        &self,
        stop: Pin<&mut impl Future<Output = ()>>,
    ) -> Result<Option<Batch>, StoreError> {
        match self.claim().await? {
            Some(batch) => Ok(Some(self.deliver(batch, stop).await?)),
            None => Ok(None),
        }
    }

    async fn claim(&self) -> Result<Option<FeedBatch>, StoreError> {
        let now = self.clock.now();
        let request = FeedClaimRequest {
            reader: self.reader.name().clone(),
            id: FeedClaimId::generate(&*self.ids, now),
            now,
            until: now + CLAIM_TIME,
            latest: now + LONGEST_RETRY + SKEW,
            limit: BATCH,
        };
        let mut tx = self.store.begin().await?;
        let batch = tx.feed().claim(&request).await?;
        tx.commit().await?;
        Ok(batch)
    }

    async fn deliver(
        &self,
        batch: FeedBatch,
        mut stop: Pin<&mut impl Future<Output = ()>>,
    ) -> Result<Batch, StoreError> {
        let (claim, reader) = (&batch.claim, self.reader.name().as_str());
        let mut position = batch.after;
        let mut renewed_at = self.clock.now();
        for entry in &batch.entries {
            let before = if position == batch.after { batch.failures } else { 0 };
            if is_ready(stop.as_mut()).await {
                if let Err(error) = self.record(claim, position, before, self.clock.now()).await {
                    tracing::warn!(reader, %error, "the place in the feed is not stored; changes come again");
                }
                return Ok(Batch::Stopped);
            }
            if let Err(error) = self.handle(entry).await {
                tracing::warn!(reader, change = %entry.entry.id, %error, "a change was not handled");
                let again = self.clock.now() + retry_delay(FIRST_RETRY, LONGEST_RETRY, before);
                self.record(claim, position, before.saturating_add(1), again).await?;
                return Ok(Batch::Delivered);
            }
            position = entry.position;
            let now = self.clock.now();
            if now - renewed_at >= RENEWAL {
                if !self.record(claim, position, 0, now + CLAIM_TIME).await? {
                    return Ok(Batch::Delivered);
                }
                renewed_at = now;
            }
        }
        self.record(claim, batch.end, 0, self.clock.now()).await?;
        Ok(Batch::Delivered)
    }

    /// Runs the handlers of a change in a task, so that a panic ends only the task.
    async fn handle(&self, entry: &FeedEntry) -> HandlerResult {
        let (reader, entry) = (self.reader.clone(), entry.clone());
        let mut task = JoinSet::new();
        task.spawn(async move { reader.handle(&entry).await });
        match timeout(HANDLER_LIMIT, task.join_next()).await {
            Ok(Some(outcome)) => outcome?,
            Ok(None) => Ok(()),
            Err(_) => {
                task.shutdown().await;
                Err(format!("the handlers took longer than {} s", HANDLER_LIMIT.as_secs()).into())
            }
        }
    }

    async fn record(
        &self,
        claim: &FeedClaim,
        position: u64,
        failures: u32,
        until: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut tx = self.store.begin().await?;
        let is_held = tx.feed().record(claim, &FeedProgress { position, failures, until }).await?;
        tx.commit().await?;
        Ok(is_held)
    }
}
