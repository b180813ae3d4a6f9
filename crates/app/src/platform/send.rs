//! Sending a mail of the outbox immediately.

use async_trait::async_trait;
use bailiwick_kernel::MailId;

use crate::audit::{Action, AuditEvent};
use crate::authority::PlatformAdmin;
use crate::{Command, Error, Work};

/// Makes an unsent mail due now, including one that failed for good, which gets one more attempt. The
/// commit wakes the sender.
#[derive(Clone, Copy, Debug)]
pub struct SendMail {
    /// The mail to send.
    pub mail: MailId,
}

#[async_trait]
impl Command for SendMail {
    type Proof = PlatformAdmin;
    type Output = ();

    /// [`Error::MailNotFound`] if the mail was sent already or does not exist.
    async fn execute(&self, work: &mut Work<'_, PlatformAdmin>) -> Result<(), Error> {
        if !work.tx.outbox().make_due(self.mail, work.now).await? {
            return Err(Error::MailNotFound);
        }
        work.audit(AuditEvent::new(Action::MailSend, self.mail));
        Ok(())
    }
}
