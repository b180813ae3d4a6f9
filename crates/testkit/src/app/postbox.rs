//! A mailer for tests, which can wait for mail instead of sleeping.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use bailiwick_app::{MailError, MailMessage, Mailer, OutgoingMail};
use bailiwick_kernel::Email;
use tokio::sync::Notify;
use tokio::sync::futures::Notified;

use crate::CapturedMail;

/// Time after which a test that waits for mail fails.
const TIMEOUT: Duration = Duration::from_secs(20);

/// A mailer that captures the mail to every address.
#[derive(Default, Debug)]
pub struct Postbox {
    mail: CapturedMail,
    arrived: Notify,
    /// Addresses whose verification may stay unread, because the testkit signed them up.
    signed_up: Mutex<Vec<Email>>,
}

impl Postbox {
    /// Waits for mail to `email`, takes all of it, and returns the secret of the newest. Panics after
    /// a timeout.
    pub async fn secret_for(&self, email: &str) -> String {
        let email = Email::parse(email).expect("an e-mail address");
        let secret = self.wait_for(&email, || self.mail.take_secret_for(&email)).await;
        secret.reveal().to_owned()
    }

    /// Waits for a mail to `email`, and takes none.
    pub(super) async fn wait_for_mail(&self, email: &Email) {
        self.wait_for(email, || self.delivered().iter().any(|mail| mail.to == *email).then_some(())).await;
    }

    /// Waits until `find` returns a value, which it can after an arrival. Panics after a timeout.
    async fn wait_for<T>(&self, email: &Email, find: impl Fn() -> Option<T>) -> T {
        let wait = async {
            loop {
                let arrived = self.arrived();
                if let Some(found) = find() {
                    return found;
                }
                arrived.await;
            }
        };
        tokio::time::timeout(TIMEOUT, wait).await.unwrap_or_else(|_| panic!("no mail arrived for {email}"))
    }

    /// Completes at the next attempt of a delivery, from this call on.
    pub(super) fn arrived(&self) -> Notified<'_> {
        self.arrived.notified()
    }

    /// Reports an attempt that failed before the mail got here.
    pub(super) fn fail(&self, error: MailError) -> Result<(), MailError> {
        self.arrived.notify_waiters();
        Err(error)
    }

    /// Returns what was delivered and not taken, as `invitation to bob@example.com`. The mail that
    /// verifies an account of [`TestApp::sign_up`](crate::app::TestApp::sign_up) is left out.
    pub fn unread(&self) -> Vec<String> {
        let signed_up = self.signed_up.lock().unwrap_or_else(PoisonError::into_inner);
        let mut mails = self.delivered();
        mails.retain(|mail| {
            !(matches!(mail.message, MailMessage::VerifyEmail { .. }) && signed_up.contains(&mail.to))
        });
        mails.iter().map(|mail| format!("{} to {}", mail.message.kind(), mail.to)).collect()
    }

    /// Lets the mail that verifies this address stay unread.
    pub(super) fn expect_verification(&self, email: &str) {
        let email = Email::parse(email).expect("an e-mail address");
        self.signed_up.lock().unwrap_or_else(PoisonError::into_inner).push(email);
    }

    /// Makes every delivery fail with a temporary error.
    pub fn fail_temporarily(&self) {
        self.mail.fail_temporarily();
    }

    /// Makes every delivery fail with a permanent error.
    pub fn fail_permanently(&self) {
        self.mail.fail_permanently();
    }

    /// Makes deliveries succeed again.
    pub fn recover(&self) {
        self.mail.recover();
    }

    /// Returns the mail delivered and not taken, oldest first.
    pub fn delivered(&self) -> Vec<OutgoingMail> {
        self.mail.delivered()
    }

    /// Takes all mail delivered so far, except for these.
    pub(super) fn take_except(&self, kept: &[OutgoingMail]) {
        self.mail.take_where(|mail| !kept.contains(mail));
    }

    /// Takes the mail delivered to `email` so far, oldest first.
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
