//! Sealed secrets in the outbox, opened only for the delivery. A freed page, a log or a copy of the
//! database does not reveal the secret without the server key.

use bailiwick_kernel::{Email, IdSource, Language, ServerKey, StoreError};

use crate::Error;
use crate::command::Work;
use crate::mail::{MailError, MailMessage, MailSecret, OutgoingMail};

/// The purpose that the sealing key is derived for.
const PURPOSE: &str = "secret in an unsent mail";
/// Prefix of a sealed secret; no one-time secret begins with it.
const MARK: &str = "sealed:";

impl<P> Work<'_, P> {
    /// Puts a mail into the outbox, with its secret sealed. It is in the first of these languages that
    /// there are texts in, else in one that the request accepts.
    pub(crate) async fn send(
        &mut self,
        to: Email,
        languages: impl IntoIterator<Item = Language>,
        message: MailMessage,
    ) -> Result<(), Error> {
        let languages = languages.into_iter().chain(self.context.languages());
        let mut mail = OutgoingMail::new(to, message, self.ids, self.now).in_languages(languages);
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

    /// Returns the mail with its secret opened, for the delivery. A secret that an earlier version
    /// stored unsealed is returned as it is. [`MailError::Sealed`] if no key opens it.
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

    /// The context that a sealed secret is bound to: it opens only in this mail, for this
    /// recipient.
    fn bound(&self) -> String {
        format!("{} {}", self.id, self.to)
    }
}
