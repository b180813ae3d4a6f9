//! Sends what the use cases put into the outbox: after the commit, at least once.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration as StdDuration;

use bailiwick_kernel::{Clock, ServerKey, StoreError, Timestamp};
use time::Duration;
use tokio::sync::Notify;

use crate::mail::{MailError, Mailer, OutgoingMail};
use crate::ports::{Store, TooLate};

/// How many mails are taken at once.
const BATCH: usize = 5;
/// How long mails in somebody's hands are hidden from others; longer than a
/// batch takes with a carrier that answers nothing (eleven seconds each).
const HOLD: Duration = Duration::minutes(2);
/// Another node's mails, and those due again, are looked for this often.
const POLL: StdDuration = StdDuration::from_secs(2);
/// A mail that went out and is not noted as sent goes out again, so it is tried a few times.
const NOTE_ATTEMPTS: u32 = 3;
const NOTE_PAUSE: StdDuration = StdDuration::from_millis(500);
/// After so many failures a mail waits for the operator.
const MAX_ATTEMPTS: u32 = 12;
const FIRST_RETRY: Duration = Duration::seconds(5);
const LONGEST_RETRY: Duration = Duration::hours(1);
/// After so many failures or fewer no mail is deferred for longer than [`HOLD`].
const FEW_FAILURES: u32 = 5;
/// The clocks of nodes differ. What is due later than could be by more than this was deferred
/// by a clock that was ahead, and goes out now.
const SKEW: Duration = Duration::minutes(1);

/// The sender.
pub struct Outbox {
    store: Arc<dyn Store>,
    mailer: Arc<dyn Mailer>,
    clock: Arc<dyn Clock>,
    server_key: ServerKey,
    waiting: Arc<Notify>,
}

impl Outbox {
    pub(crate) fn new(
        store: Arc<dyn Store>,
        mailer: Arc<dyn Mailer>,
        clock: Arc<dyn Clock>,
        server_key: ServerKey,
        waiting: Arc<Notify>,
    ) -> Self {
        Self { store, mailer, clock, server_key, waiting }
    }

    /// Sends mail until `stop` is ready: then at most the mail in hand is sent.
    /// A failure of the store is logged, and the next round tries again.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let mut stop = pin!(stop);
        loop {
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
                    () = self.waiting.notified() => {}
                    () = tokio::time::sleep(POLL) => {}
                }
            }
        }
    }

    /// Sends everything that is due now, and says how many mails went out.
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
        tx.outbox().expedite(now, &too_late(now)).await?;
        let mails = tx.outbox().claim(now, now + HOLD, BATCH).await?;
        tx.commit().await?;
        Ok(mails)
    }

    async fn send(&self, mail: &OutgoingMail) -> bool {
        let outcome = match mail.opened(&self.server_key) {
            Ok(opened) => self.mailer.deliver(&opened).await,
            Err(error) => Err(error),
        };
        if let Err(error) = &outcome {
            tracing::warn!(mail = %mail.id, %error, "a mail was not sent");
        }
        for _ in 0..NOTE_ATTEMPTS {
            match self.record(mail, &outcome).await {
                Ok(()) => break,
                Err(error) => tracing::warn!(mail = %mail.id, %error, "what became of a mail is not noted"),
            }
            tokio::time::sleep(NOTE_PAUSE).await;
        }
        outcome.is_ok()
    }

    async fn record(&self, mail: &OutgoingMail, outcome: &Result<(), MailError>) -> Result<(), StoreError> {
        let mut tx = self.store.begin().await?;
        match outcome {
            Ok(()) => tx.outbox().mark_sent(mail, self.clock.now()).await?,
            Err(error) => {
                let retry_at = self.retry_at(mail, error);
                tx.outbox().mark_failed(mail, &error.to_string(), retry_at).await?;
            }
        }
        tx.commit().await?;
        Ok(())
    }

    /// The delay doubles from five seconds to an hour.
    fn retry_at(&self, mail: &OutgoingMail, error: &MailError) -> Option<Timestamp> {
        let hopeless = matches!(error, MailError::Permanent(_)) || mail.attempts + 1 >= MAX_ATTEMPTS;
        let delay = FIRST_RETRY.checked_mul(1 << mail.attempts.min(16)).unwrap_or(LONGEST_RETRY);
        (!hopeless).then(|| self.clock.now() + delay.min(LONGEST_RETRY))
    }
}

/// What no clock that is right defers.
fn too_late(now: Timestamp) -> TooLate {
    TooLate { failures: FEW_FAILURES, young: now + HOLD + SKEW, any: now + LONGEST_RETRY + SKEW }
}

/// Whether `stop` is ready; it must not be asked again once it was.
async fn is_ready(mut stop: Pin<&mut impl Future<Output = ()>>) -> bool {
    poll_fn(|context| Poll::Ready(stop.as_mut().poll(context).is_ready())).await
}
