//! Mail, waiting and sent.

use async_trait::async_trait;
use bailiwick_app::OutgoingMail;
use bailiwick_app::platform::MailRecord;
use bailiwick_app::ports::{Delivery, LatestDue, MailClaim, OutboxRepo};
use bailiwick_kernel::{MailId, StoreError, Timestamp};

use super::state::{State, StoredMail};
use super::{Flaw, MemoryTx};

#[async_trait]
impl OutboxRepo for MemoryTx {
    async fn enqueue(&mut self, mail: &OutgoingMail, now: Timestamp) -> Result<(), StoreError> {
        let stored = StoredMail { mail: mail.clone(), due_at: Some(now), sent_at: None, last_error: None };
        self.changed().await?.outbox.insert(mail.id, stored);
        Ok(())
    }

    async fn claim(&mut self, claim: &MailClaim) -> Result<Vec<OutgoingMail>, StoreError> {
        let now = claim.now;
        let mut due: Vec<_> = self
            .seen()
            .outbox
            .values()
            .filter(|stored| due_at(stored, claim).is_some_and(|due_at| due_at <= now))
            .map(|stored| stored.mail.clone())
            .collect();
        due.sort_by_key(|mail| (mail.created_at, mail.id));
        due.truncate(claim.limit);
        if self.has(Flaw::SelectThenUpdate) {
            self.let_others_in().await;
        }
        let state = self.changed().await?;
        for stored in state.outbox.values_mut() {
            stored.due_at = due_at(stored, claim);
        }
        for mail in &due {
            change(state, mail, |stored| stored.due_at = Some(claim.hidden_until));
        }
        Ok(due)
    }

    async fn record_delivery(&mut self, mail: &OutgoingMail, outcome: &Delivery) -> Result<(), StoreError> {
        change(self.changed().await?, mail, |stored| match outcome {
            Delivery::Sent(at) => (stored.sent_at, stored.due_at) = (Some(*at), None),
            Delivery::Failed { error, retry_at } => {
                stored.mail.attempts += 1;
                stored.due_at = *retry_at;
                stored.last_error = Some(error.clone());
            }
        });
        Ok(())
    }

    async fn make_due(&mut self, id: MailId, now: Timestamp) -> Result<bool, StoreError> {
        let stored = self.changed().await?.outbox.get_mut(&id);
        let unsent = stored.filter(|stored| stored.sent_at.is_none());
        Ok(unsent.map(|stored| stored.due_at = Some(now)).is_some())
    }
}

impl StoredMail {
    /// Returns the mail as the list shows it. A mail that was sent holds no secret.
    pub(super) fn record(&self) -> MailRecord {
        MailRecord {
            id: self.mail.id,
            to: self.mail.to.clone(),
            kind: self.mail.message.kind().to_owned(),
            holds_secret: self.sent_at.is_none() && self.mail.message.secret().is_some(),
            attempts: self.mail.attempts,
            created_at: self.mail.created_at,
            due_at: self.due_at,
            sent_at: self.sent_at,
            last_error: self.last_error.clone(),
        }
    }
}

/// When the mail is due: now, if a clock that was ahead deferred it.
fn due_at(stored: &StoredMail, claim: &MailClaim) -> Option<Timestamp> {
    let LatestDue { few_failures, after_few, after_many } = claim.latest_due;
    let latest = if stored.mail.attempts <= few_failures { after_few.min(after_many) } else { after_many };
    stored.due_at.map(|due_at| if due_at > latest { claim.now } else { due_at })
}

/// Changes a mail that was not sent yet. A sent mail stays as it is.
fn change(state: &mut State, mail: &OutgoingMail, how: impl FnOnce(&mut StoredMail)) {
    let stored = state.outbox.get_mut(&mail.id);
    if let Some(unsent) = stored.filter(|stored| stored.sent_at.is_none()) {
        how(unsent);
    }
}
