//! Sending a mail of the outbox at once.

use async_trait::async_trait;
use bailiwick_kernel::MailId;

use crate::audit::{Action, AuditEvent};
use crate::authority::PlatformAdmin;
use crate::{Command, Error, Work};

/// Makes an unsent mail due now, also one that was given up. The sender wakes with the
/// commit. A mail that was given up gets one attempt.
#[derive(Clone, Copy, Debug)]
pub struct SendMail {
    /// The mail to send.
    pub mail: MailId,
}

#[async_trait]
impl Command for SendMail {
    type Proof = PlatformAdmin;
    type Output = ();

    /// [`Error::MailNotFound`] when the mail was sent, or never was.
    async fn execute(&self, work: &mut Work<'_, PlatformAdmin>) -> Result<(), Error> {
        if !work.tx.outbox().make_due(self.mail, work.now).await? {
            return Err(Error::MailNotFound);
        }
        work.audit(AuditEvent::new(Action::MailSend, self.mail));
        Ok(())
    }
}
