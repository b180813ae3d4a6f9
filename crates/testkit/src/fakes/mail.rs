//! A mailer that captures mail.

use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use bailiwick_app::{LatestDue, MailClaim, MailError, MailMessage, MailSecret, Mailer, OutgoingMail};
use bailiwick_kernel::{Email, Timestamp};
use time::Duration;

/// A mailer that keeps the mail in a list instead of sending it.
#[derive(Default, Debug)]
pub struct CapturedMail(Mutex<Captured>);

#[derive(Default, Debug)]
struct Captured {
    delivered: Vec<OutgoingMail>,
    failure: Option<MailError>,
}

impl CapturedMail {
    /// Creates a mailer without mail.
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns the mail delivered and not taken, oldest first.
    pub fn delivered(&self) -> Vec<OutgoingMail> {
        self.captured().delivered.clone()
    }

    /// Takes the mail delivered to `email`, oldest first.
    pub fn take_for(&self, email: &Email) -> Vec<OutgoingMail> {
        self.take_where(|mail| mail.to == *email)
    }

    /// Takes the mail that fulfills a condition, oldest first.
    pub(crate) fn take_where(&self, is_taken: impl Fn(&OutgoingMail) -> bool) -> Vec<OutgoingMail> {
        self.captured().delivered.extract_if(.., |mail| is_taken(mail)).collect()
    }

    /// Takes the mail delivered to `email` and returns the secret of the newest mail of the product that has
    /// one.
    pub fn take_secret_for(&self, email: &Email) -> Option<MailSecret> {
        let mails = self.take_for(email);
        let mut of_product = mails.iter().rev().filter(|mail| !matches!(mail.message, MailMessage::Own(_)));
        of_product.find_map(|mail| mail.message.secret()).cloned()
    }

    /// Makes every delivery fail with [`MailError::Temporary`].
    pub fn fail_temporarily(&self) {
        self.captured().failure = Some(MailError::Temporary("too busy".to_owned()));
    }

    /// Makes every delivery fail with [`MailError::Permanent`].
    pub fn fail_permanently(&self) {
        self.captured().failure = Some(MailError::Permanent("no such mailbox".to_owned()));
    }

    /// Makes deliveries succeed again.
    pub fn recover(&self) {
        self.captured().failure = None;
    }

    fn captured(&self) -> MutexGuard<'_, Captured> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Mailer for CapturedMail {
    async fn deliver(&self, mail: &OutgoingMail) -> Result<(), MailError> {
        let mut captured = self.captured();
        if let Some(failure) = &captured.failure {
            return Err(failure.clone());
        }
        captured.delivered.push(mail.clone());
        Ok(())
    }
}

/// A claim for which no mail is due too late.
pub fn mail_claim(now: Timestamp, hidden_until: Timestamp, limit: usize) -> MailClaim {
    let never = now + Duration::days(36_500);
    let latest_due = LatestDue { few_failures: 0, after_few: never, after_many: never };
    MailClaim { now, hidden_until, limit, latest_due }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ManualClock, SeededIds};
    use bailiwick_app::MailMessage;
    use bailiwick_kernel::{PlainToken, TokenKind};

    fn email(text: &str) -> Email {
        Email::parse(text).unwrap()
    }

    fn mail_to(to: &str, ids: &SeededIds) -> (OutgoingMail, PlainToken) {
        let token = PlainToken::generate(TokenKind::EmailVerification, ids);
        let message = MailMessage::VerifyEmail {
            token: MailSecret::from(&token),
            first_name: "Ada".to_owned(),
            expires_at: ManualClock::start(),
        };
        (OutgoingMail::new(email(to), message, ids, ManualClock::start()), token)
    }

    #[tokio::test]
    async fn mail_is_taken_by_its_receiver_once() {
        let (carrier, ids) = (CapturedMail::new(), SeededIds::default());
        let (for_ada, token) = mail_to("ada@example.com", &ids);
        let (for_bob, _) = mail_to("bob@example.com", &ids);
        for mail in [&for_ada, &for_bob] {
            carrier.deliver(mail).await.unwrap();
        }
        let secret = carrier.take_secret_for(&email("ada@example.com")).unwrap();
        assert_eq!(secret.reveal(), token.reveal());
        assert_eq!(carrier.take_for(&email("ada@example.com")), []);
        assert_eq!(carrier.delivered(), [for_bob]);
    }

    #[tokio::test]
    async fn fails_as_told_until_it_recovers() {
        let (carrier, ids) = (CapturedMail::new(), SeededIds::default());
        let (mail, _) = mail_to("ada@example.com", &ids);
        carrier.fail_temporarily();
        assert!(matches!(carrier.deliver(&mail).await, Err(MailError::Temporary(_))));
        carrier.fail_permanently();
        assert!(matches!(carrier.deliver(&mail).await, Err(MailError::Permanent(_))));
        assert_eq!(carrier.delivered(), []);
        carrier.recover();
        carrier.deliver(&mail).await.unwrap();
        assert_eq!(carrier.delivered(), [mail]);
    }
}
