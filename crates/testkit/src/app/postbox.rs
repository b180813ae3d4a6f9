//! Mail in the hands of a test, which waits for it instead of sleeping.

use std::time::Duration;

use async_trait::async_trait;
use bailiwick_app::{MailError, Mailer, OutgoingMail};
use bailiwick_kernel::Email;
use tokio::sync::Notify;

use crate::CapturedMail;

/// Mail that has not come by then will not come.
const TIMEOUT: Duration = Duration::from_secs(20);

/// Everybody's mailbox.
#[derive(Default, Debug)]
pub struct Postbox {
    mail: CapturedMail,
    arrived: Notify,
}

impl Postbox {
    /// Waits for mail to `email`, takes all of it, and gives the secret of the newest.
    pub async fn secret_for(&self, email: &str) -> String {
        let email = Email::parse(email).expect("an e-mail address");
        let wait = async {
            loop {
                let arrived = self.arrived.notified();
                if let Some(secret) = self.mail.take_secret_for(&email) {
                    return secret.reveal().to_owned();
                }
                arrived.await;
            }
        };
        tokio::time::timeout(TIMEOUT, wait).await.unwrap_or_else(|_| panic!("no mail came for {email}"))
    }

    /// From now on the carrier is too busy.
    pub fn fail_temporarily(&self) {
        self.mail.fail_temporarily();
    }

    /// From now on the carrier refuses everything.
    pub fn fail_permanently(&self) {
        self.mail.fail_permanently();
    }

    /// From now on the carrier delivers again.
    pub fn recover(&self) {
        self.mail.recover();
    }

    /// What was delivered and not taken, oldest first.
    pub fn delivered(&self) -> Vec<OutgoingMail> {
        self.mail.delivered()
    }

    /// Takes what was delivered to `email` so far.
    pub fn take_for(&self, email: &str) -> Vec<OutgoingMail> {
        self.mail.take_for(&Email::parse(email).expect("an e-mail address"))
    }
}

#[async_trait]
impl Mailer for Postbox {
    async fn deliver(&self, mail: &OutgoingMail) -> Result<(), MailError> {
        let outcome = self.mail.deliver(mail).await;
        self.arrived.notify_waiters();
        outcome
    }
}
