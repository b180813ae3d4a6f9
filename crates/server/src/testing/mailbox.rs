//! The mail of one service.

use std::time::Duration;

use async_trait::async_trait;
use bailiwick::app::{MailError, Mailer, OutgoingMail};
use bailiwick::kernel::Email;
use tokio::sync::watch;
use tokio::time::timeout;

/// A mailer that keeps all mail, oldest first.
#[derive(Default)]
pub struct Mailbox(watch::Sender<Vec<OutgoingMail>>);

impl Mailbox {
    /// Returns the mail to an address, or all. Waits until there is some, but not longer than `limit`.
    pub async fn read(&self, to: Option<&Email>, limit: Duration) -> Vec<OutgoingMail> {
        let to_it = |mail: &&OutgoingMail| to.is_none_or(|to| mail.to == *to);
        let mut mail = self.0.subscribe();
        let arrived = mail.wait_for(|all| all.iter().any(|mail| to_it(&mail)));
        // What is there is returned, also if nothing has arrived.
        let _ = timeout(limit, arrived).await;
        self.0.borrow().iter().filter(to_it).cloned().collect()
    }

    /// Waits for a mail of this kind to an address, and returns the secret of the newest.
    pub async fn token(&self, kind: &str, to: &Email, limit: Duration) -> Option<String> {
        let newest = |all: &Vec<OutgoingMail>| {
            let mut mail = all.iter().rev().filter(|mail| mail.to == *to && mail.message.kind() == kind);
            mail.find_map(|mail| Some(mail.message.secret()?.reveal().to_owned()))
        };
        let mut mail = self.0.subscribe();
        let all = timeout(limit, mail.wait_for(|all| newest(all).is_some())).await.ok()?.ok()?;
        newest(&all)
    }

    /// Forgets all mail to an address, or all.
    pub fn clear(&self, to: Option<&Email>) {
        self.0.send_modify(|all| all.retain(|mail| to.is_some_and(|to| mail.to != *to)));
    }
}

#[async_trait]
impl Mailer for Mailbox {
    async fn deliver(&self, mail: &OutgoingMail) -> Result<(), MailError> {
        self.0.send_modify(|all| all.push(mail.clone()));
        Ok(())
    }
}
