//! The fixture of [`CapturedMail`], which keeps mails and renders none.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use bailiwick_app::{Mailer, OutgoingMail};

use super::{Failure, Fixture, Received};
use crate::runner::Deviation;
use crate::{CapturedMail, InProcess};

const RENDERS_NOTHING: &str = "keeps the mail as the use case wrote it, so that a test finds its secret";

#[async_trait]
impl Fixture for InProcess<CapturedMail> {
    fn mailer(&self) -> Arc<dyn Mailer> {
        self.0.clone()
    }

    async fn received(&self) -> Vec<Received> {
        self.0.delivered().iter().map(received).collect()
    }

    async fn failing(&self, failure: Failure) -> Option<Arc<dyn Mailer>> {
        let mailer = CapturedMail::new();
        match failure {
            Failure::Unreachable | Failure::Busy => mailer.fail_temporarily(),
            Failure::Refused(_) => mailer.fail_permanently(),
        }
        Some(Arc::new(mailer))
    }

    fn deviations(&self) -> &'static [Deviation] {
        &[
            Deviation {
                case: "content::a_mail_is_in_the_first_language_that_there_are_texts_in",
                reason: RENDERS_NOTHING,
            },
            Deviation { case: "content::names_are_shown_as_they_are", reason: RENDERS_NOTHING },
            Deviation {
                case: "content::a_mail_of_an_embedder_arrives_as_it_was_written",
                reason: RENDERS_NOTHING,
            },
        ]
    }
}

fn received(mail: &OutgoingMail) -> Received {
    Received {
        id: mail.id.to_string(),
        recipients: vec![mail.to.as_str().to_owned()],
        subject: mail.message.kind().to_owned(),
        text: mail.message.secret().map_or_else(String::new, |secret| secret.reveal().to_owned()),
        headers: BTreeSet::new(),
    }
}
