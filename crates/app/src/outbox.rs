//! Sends what the use cases put into the outbox: after the commit, at least once.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration as StdDuration;

use bailiwick_kernel::{Clock, StoreError, Timestamp};
use time::Duration;
use tokio::sync::Notify;

use crate::mail::{MailError, Mailer, OutgoingMail};
use crate::ports::Store;

/// How many mails are taken at once.
const BATCH: usize = 5;
/// How long mails in somebody's hands are hidden from others; longer than a
/// batch takes with a carrier that answers nothing (eleven seconds each).
const HOLD: Duration = Duration::minutes(2);
/// Another node's mails, and those due again, are looked for this often.
const POLL: StdDuration = StdDuration::from_secs(2);
/// After so many failures a mail waits for the operator.
const MAX_ATTEMPTS: u32 = 12;
const FIRST_RETRY: Duration = Duration::seconds(5);
const LONGEST_RETRY: Duration = Duration::hours(1);

/// The sender.
pub struct Outbox {
    store: Arc<dyn Store>,
    mailer: Arc<dyn Mailer>,
    clock: Arc<dyn Clock>,
    waiting: Arc<Notify>,
}

impl Outbox {
    pub(crate) fn new(
        store: Arc<dyn Store>,
        mailer: Arc<dyn Mailer>,
        clock: Arc<dyn Clock>,
        waiting: Arc<Notify>,
    ) -> Self {
        Self { store, mailer, clock, waiting }
    }

    /// Sends mail until `stop` is ready. A failure of the store is logged, and
    /// the next round tries again.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        tokio::pin!(stop);
        loop {
            if let Err(error) = self.send_due().await {
                tracing::warn!(%error, "the outbox cannot be read");
            }
            tokio::select! {
                () = &mut stop => return,
                () = self.waiting.notified() => {}
                () = tokio::time::sleep(POLL) => {}
            }
        }
    }

    /// Sends everything that is due now, and says how many mails went out.
    pub async fn send_due(&self) -> Result<usize, StoreError> {
        let mut sent = 0;
        loop {
            let batch = self.claim().await?;
            for mail in &batch {
                sent += usize::from(self.send(mail).await?);
            }
            if batch.len() < BATCH {
                return Ok(sent);
            }
        }
    }

    async fn claim(&self) -> Result<Vec<OutgoingMail>, StoreError> {
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        let mails = tx.outbox().claim(now, now + HOLD, BATCH).await?;
        tx.commit().await?;
        Ok(mails)
    }

    async fn send(&self, mail: &OutgoingMail) -> Result<bool, StoreError> {
        let outcome = self.mailer.deliver(mail).await;
        let mut tx = self.store.begin().await?;
        match &outcome {
            Ok(()) => tx.outbox().mark_sent(mail, self.clock.now()).await?,
            Err(error) => {
                let retry_at = self.retry_at(mail, error);
                tracing::warn!(mail = %mail.id, %error, again = retry_at.is_some(), "a mail was not sent");
                tx.outbox().mark_failed(mail, &error.to_string(), retry_at).await?;
            }
        }
        tx.commit().await?;
        Ok(outcome.is_ok())
    }

    /// The delay doubles from five seconds to an hour.
    fn retry_at(&self, mail: &OutgoingMail, error: &MailError) -> Option<Timestamp> {
        let hopeless = matches!(error, MailError::Permanent(_)) || mail.attempts + 1 >= MAX_ATTEMPTS;
        let delay = FIRST_RETRY.checked_mul(1 << mail.attempts.min(16)).unwrap_or(LONGEST_RETRY);
        (!hopeless).then(|| self.clock.now() + delay.min(LONGEST_RETRY))
    }
}
