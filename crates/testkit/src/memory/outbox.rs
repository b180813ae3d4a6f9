//! Mail waiting to be sent.

use async_trait::async_trait;
use bailiwick_app::{OutboxRepo, OutgoingMail};
use bailiwick_kernel::{StoreError, Timestamp};

use super::state::{State, UnsentMail};
use super::{Flaw, MemoryTx};

#[async_trait]
impl OutboxRepo for MemoryTx {
    async fn enqueue(&mut self, mail: &OutgoingMail, now: Timestamp) -> Result<(), StoreError> {
        let unsent = UnsentMail { mail: mail.clone(), due_at: Some(now), last_error: String::new() };
        self.changed().await?.outbox.insert(mail.id, unsent);
        Ok(())
    }

    async fn claim(
        &mut self,
        now: Timestamp,
        hidden_until: Timestamp,
        limit: usize,
    ) -> Result<Vec<OutgoingMail>, StoreError> {
        let mut due: Vec<_> = self
            .seen()
            .outbox
            .values()
            .filter(|unsent| unsent.due_at.is_some_and(|due_at| due_at <= now))
            .map(|unsent| unsent.mail.clone())
            .collect();
        due.sort_by_key(|mail| (mail.created_at, mail.id));
        due.truncate(limit);
        if self.has(Flaw::SelectThenUpdate) {
            self.let_others_in().await;
        }
        let state = self.changed().await?;
        for mail in &due {
            change(state, mail, |unsent| unsent.due_at = Some(hidden_until));
        }
        Ok(due)
    }

    async fn mark_sent(&mut self, mail: &OutgoingMail, _now: Timestamp) -> Result<(), StoreError> {
        self.changed().await?.outbox.remove(&mail.id);
        Ok(())
    }

    async fn mark_failed(
        &mut self,
        mail: &OutgoingMail,
        error: &str,
        retry_at: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        change(self.changed().await?, mail, |unsent| {
            unsent.mail.attempts += 1;
            unsent.due_at = retry_at;
            error.clone_into(&mut unsent.last_error);
        });
        Ok(())
    }
}

impl State {
    pub(super) fn undeliverable_mail(&self) -> Vec<(OutgoingMail, String)> {
        let given_up = self.outbox.values().filter(|unsent| unsent.due_at.is_none());
        given_up.map(|unsent| (unsent.mail.clone(), unsent.last_error.clone())).collect()
    }
}

fn change(state: &mut State, mail: &OutgoingMail, how: impl FnOnce(&mut UnsentMail)) {
    if let Some(unsent) = state.outbox.get_mut(&mail.id) {
        how(unsent);
    }
}
