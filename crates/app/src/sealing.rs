//! Secrets in the outbox: sealed while they wait, opened for the carrier alone. Whatever
//! becomes of the row, in a freed page, a log of the database or a copy of it, nobody
//! reads the secret there without the server key.

use bailiwick_kernel::{Email, IdSource, ServerKey, StoreError};

use crate::Error;
use crate::command::Work;
use crate::mail::{MailError, MailMessage, MailSecret, OutgoingMail};

/// What the secret is derived for.
const PURPOSE: &str = "secret in an unsent mail";
/// Before what is sealed; no one-time secret begins so.
const MARK: &str = "sealed:";

impl<P> Work<'_, P> {
    /// Puts a mail into the outbox, its secret sealed.
    pub(crate) async fn send(&mut self, to: Email, message: MailMessage) -> Result<(), Error> {
        let mut mail = OutgoingMail::new(to, message, self.ids, self.now);
        mail.seal(self.server_key, self.ids)?;
        Ok(self.tx.outbox().enqueue(&mail, self.now).await?)
    }
}

impl OutgoingMail {
    fn seal(&mut self, key: &ServerKey, ids: &dyn IdSource) -> Result<(), StoreError> {
        let bound = self.bound();
        let Some(secret) = self.message.secret_mut() else { return Ok(()) };
        let sealed = key.seal(PURPOSE, bound.as_bytes(), secret.reveal(), ids);
        let sealed = sealed.ok_or_else(|| StoreError::Refused("a secret cannot be sealed".to_owned()))?;
        *secret = MailSecret::from(format!("{MARK}{sealed}"));
        Ok(())
    }

    /// The mail with its secret to be read, for the carrier. A secret that was never
    /// sealed, by a former version, is there as it is.
    pub(crate) fn opened(&self, key: &ServerKey) -> Result<Self, MailError> {
        let (bound, mut mail) = (self.bound(), self.clone());
        if let Some(secret) = mail.message.secret_mut()
            && let Some(sealed) = secret.reveal().strip_prefix(MARK)
        {
            let text = key.open(PURPOSE, bound.as_bytes(), sealed).ok_or(MailError::Sealed)?;
            *secret = MailSecret::from(text.to_string());
        }
        Ok(mail)
    }

    /// What a sealed secret belongs to: it opens in no other mail, and for nobody else.
    fn bound(&self) -> String {
        format!("{} {}", self.id, self.to)
    }
}
