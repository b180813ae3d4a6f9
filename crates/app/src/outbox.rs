//! Sends the mail in the outbox: after the commit, at least once.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration as StdDuration;

use bailiwick_kernel::{Clock, ServerKey, StoreError, Timestamp};
use time::Duration;
use tokio::sync::watch;
use tracing::Instrument;

use crate::background::{is_ready, retry_delay};
use crate::mail::{MailError, Mailer, OutgoingMail};
use crate::ports::{Delivery, LatestDue, MailClaim, Store};
use crate::spans;

/// Number of mails that are claimed at once.
const BATCH: usize = 5;
/// Time for which claimed mails are hidden from other senders. It is longer than a batch takes with
/// a mail server that does not respond (eleven seconds each).
const CLAIM_TIME: Duration = Duration::minutes(2);
/// Interval at which mails of other nodes and due retries are looked for.
const POLL: StdDuration = StdDuration::from_secs(2);
/// Number of attempts to store the outcome of a delivery. A mail that is not stored as sent is sent
/// again.
const RECORD_ATTEMPTS: u32 = 3;
const RECORD_PAUSE: StdDuration = StdDuration::from_millis(500);
/// Number of failures after which a mail waits for the operator.
const MAX_ATTEMPTS: u32 = 12;
const FIRST_RETRY: Duration = Duration::seconds(5);
const LONGEST_RETRY: Duration = Duration::hours(1);
/// Number of failures up to which no mail is deferred for longer than [`CLAIM_TIME`].
const FEW_FAILURES: u32 = 5;
/// Maximum difference between the clocks of nodes. A mail that is due later than possible by more
/// than this was deferred by a clock that was ahead, and is sent now.
const SKEW: Duration = Duration::minutes(1);

/// The sender of mail.
pub struct Outbox {
    store: Arc<dyn Store>,
    mailer: Arc<dyn Mailer>,
    clock: Arc<dyn Clock>,
    server_key: ServerKey,
    commits: watch::Receiver<()>,
}

impl Outbox {
    pub(crate) fn new(
        store: Arc<dyn Store>,
        mailer: Arc<dyn Mailer>,
        clock: Arc<dyn Clock>,
        server_key: ServerKey,
        commits: watch::Receiver<()>,
    ) -> Self {
        Self { store, mailer, clock, server_key, commits }
    }

    /// Sends mail until `stop` is ready; the mail in progress is still sent. A failure of the store
    /// is logged and retried in the next round.
    pub async fn run(mut self, stop: impl Future<Output = ()>) {
        let mut stop = pin!(stop);
        loop {
            self.commits.mark_unchanged();
            let batch = self.claim().await.unwrap_or_else(|error| {
                tracing::warn!(%error, "the outbox cannot be read");
                Vec::new()
            });
            for mail in &batch {
                if is_ready(stop.as_mut()).await {
                    return;
                }
                self.send(mail).await;
            }
            if batch.is_empty() {
                tokio::select! {
                    () = stop.as_mut() => return,
                    Ok(()) = self.commits.changed() => {}
                    () = tokio::time::sleep(POLL) => {}
                }
            }
        }
    }

    /// Sends all mail that is due now, and returns the number of mails sent.
    pub async fn send_due(&self) -> Result<usize, StoreError> {
        let mut sent = 0;
        loop {
            let batch = self.claim().await?;
            for mail in &batch {
                sent += usize::from(self.send(mail).await);
            }
            if batch.len() < BATCH {
                return Ok(sent);
            }
        }
    }

    async fn claim(&self) -> Result<Vec<OutgoingMail>, StoreError> {
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        let hidden_until = now + CLAIM_TIME;
        let claim = MailClaim { now, hidden_until, limit: BATCH, latest_due: latest_due(now) };
        let mails = tx.outbox().claim(&claim).await?;
        tx.commit().await?;
        Ok(mails)
    }

    async fn send(&self, mail: &OutgoingMail) -> bool {
        self.deliver(mail).instrument(spans::mail(mail)).await
    }

    async fn deliver(&self, mail: &OutgoingMail) -> bool {
        let outcome = match mail.opened(&self.server_key) {
            Ok(opened) => self.mailer.deliver(&opened).await,
            Err(error) => Err(error),
        };
        if let Err(error) = &outcome {
            tracing::warn!(mail = %mail.id, %error, "a mail was not sent");
        }
        for _ in 0..RECORD_ATTEMPTS {
            match self.record(mail, &outcome).instrument(spans::transaction()).await {
                Ok(()) => break,
                Err(error) => tracing::warn!(mail = %mail.id, %error, "the outcome of a mail is not stored"),
            }
            tokio::time::sleep(RECORD_PAUSE).await;
        }
        spans::record_outcome(if outcome.is_ok() { "sent" } else { "failed" });
        outcome.is_ok()
    }

    async fn record(&self, mail: &OutgoingMail, outcome: &Result<(), MailError>) -> Result<(), StoreError> {
        let outcome = match outcome {
            Ok(()) => Delivery::Sent(self.clock.now()),
            Err(error) => Delivery::Failed { error: error.to_string(), retry_at: self.retry_at(mail, error) },
        };
        let mut tx = self.store.begin().await?;
        tx.outbox().record_delivery(mail, &outcome).await?;
        tx.commit().await?;
        spans::record_outcome("committed");
        Ok(())
    }

    /// Returns the time of the next attempt, or `None` if there is none. The delay doubles from
    /// five seconds to an hour.
    fn retry_at(&self, mail: &OutgoingMail, error: &MailError) -> Option<Timestamp> {
        let is_final = matches!(error, MailError::Permanent(_)) || mail.attempts + 1 >= MAX_ATTEMPTS;
        let delay = retry_delay(FIRST_RETRY, LONGEST_RETRY, mail.attempts);
        (!is_final).then(|| self.clock.now() + delay)
    }
}

/// The latest times to which a correct clock defers mail.
fn latest_due(now: Timestamp) -> LatestDue {
    LatestDue {
        few_failures: FEW_FAILURES,
        after_few: now + CLAIM_TIME + SKEW,
        after_many: now + LONGEST_RETRY + SKEW,
    }
}
