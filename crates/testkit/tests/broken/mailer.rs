//! A mailer with one flaw at a time, and the server that it delivers to.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bailiwick_app::{MailError, MailMessage, Mailer, OutgoingMail};
use bailiwick_testkit::Outcome;
use bailiwick_testkit::adapters::mailer::{Failure, Fixture, Received, run_all};
use serde_json::Value;

use crate::failures;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Flaw {
    Twice,
    Never,
    CopiesTheOperator,
    OneSubject,
    LosesConcurrent,
    NewIdentity,
    OneIdentity,
    NoSecret,
    SecretTwice,
    SecretInSubject,
    SecretOfTheMailBefore,
    OneLanguage,
    LastLanguage,
    IgnoresRegions,
    Ascii,
    Escapes,
    CutsText,
    AddsHeaders,
    AddsRecipients,
    ManyLines,
    UnreachableIsFinal,
    BusyIsFinal,
    RefusalIsTemporary,
    QuotesTheServer,
    QuotesToEmbedders,
}

use Flaw::*;

/// Each flaw with the case that refuses it, because the case is of the promise that the flaw breaks.
const FLAWS: [(Flaw, &str); 25] = [
    (Twice, "delivery::a_mail_is_delivered_once_to_its_recipient_alone"),
    (Never, "delivery::a_mail_is_delivered_once_to_its_recipient_alone"),
    (CopiesTheOperator, "delivery::a_mail_is_delivered_once_to_its_recipient_alone"),
    (OneSubject, "delivery::every_kind_of_mail_is_delivered"),
    (LosesConcurrent, "delivery::of_mails_delivered_at_once_each_arrives_once"),
    (NewIdentity, "delivery::a_mail_delivered_again_can_be_recognized"),
    (OneIdentity, "delivery::a_mail_delivered_again_can_be_recognized"),
    (NoSecret, "content::a_mail_has_its_secret_once_and_a_notice_has_none"),
    (SecretTwice, "content::a_mail_has_its_secret_once_and_a_notice_has_none"),
    (SecretInSubject, "content::a_mail_has_its_secret_once_and_a_notice_has_none"),
    (SecretOfTheMailBefore, "content::a_mail_has_its_secret_once_and_a_notice_has_none"),
    (OneLanguage, "content::a_mail_is_in_the_first_language_that_there_are_texts_in"),
    (LastLanguage, "content::a_mail_is_in_the_first_language_that_there_are_texts_in"),
    (IgnoresRegions, "content::a_mail_is_in_the_first_language_that_there_are_texts_in"),
    (Ascii, "content::names_are_shown_as_they_are"),
    (Escapes, "content::names_are_shown_as_they_are"),
    (CutsText, "content::a_mail_of_an_embedder_arrives_as_it_was_written"),
    (AddsHeaders, "headers::no_text_of_a_person_adds_a_header_or_a_recipient"),
    (AddsRecipients, "headers::no_text_of_a_person_adds_a_header_or_a_recipient"),
    (ManyLines, "headers::the_subject_is_one_line"),
    (UnreachableIsFinal, "failures::a_server_that_cannot_be_reached_is_a_temporary_failure"),
    (BusyIsFinal, "failures::a_busy_server_is_a_temporary_failure"),
    (RefusalIsTemporary, "failures::a_refusal_of_the_mail_is_a_permanent_failure"),
    (QuotesTheServer, "failures::no_error_tells_the_secret"),
    (QuotesToEmbedders, "failures::no_error_tells_the_secret"),
];

#[derive(Clone, Default)]
struct TestMailer {
    flaw: Option<Flaw>,
    received: Arc<Mutex<Vec<Received>>>,
    failure: Option<Failure>,
    busy: Arc<tokio::sync::Mutex<()>>,
    secret_before: Arc<Mutex<String>>,
}

/// The names and texts of persons in a message.
fn names(message: &MailMessage) -> Vec<String> {
    match message {
        MailMessage::Invitation { inviter, organization, message, .. } => {
            [inviter, organization].into_iter().chain(message).cloned().collect()
        }
        MailMessage::VerifyEmail { first_name, .. }
        | MailMessage::ResetPassword { first_name, .. }
        | MailMessage::ConfirmEmail { first_name, .. }
        | MailMessage::EmailChangeRequested { first_name, .. }
        | MailMessage::EmailChanged { first_name, .. } => vec![first_name.clone()],
        MailMessage::Own(_) => Vec::new(),
    }
}

impl TestMailer {
    fn has(&self, flaw: Flaw) -> bool {
        self.flaw == Some(flaw)
    }

    fn language(&self, mail: &OutgoingMail) -> &'static str {
        let tags: Vec<_> = mail.languages.iter().collect();
        let known = |tag: &&bailiwick_kernel::Language| match self.flaw {
            Some(IgnoresRegions) => ["en", "de"].contains(&tag.as_str()),
            _ => ["en", "de"].contains(&tag.primary()),
        };
        let mut known = tags.into_iter().filter(known);
        let chosen = if self.has(LastLanguage) { known.next_back() } else { known.next() };
        if chosen.is_some_and(|tag| tag.primary() == "de") && !self.has(OneLanguage) { "de" } else { "en" }
    }

    fn render(&self, mail: &OutgoingMail) -> Received {
        let (mut subject, mut text) = self.texts(mail);
        let names = names(&mail.message);
        let mut recipients = vec![mail.to.as_str().to_owned()];
        let mut headers = BTreeSet::from(["Subject".to_owned()]);
        match self.flaw {
            Some(CopiesTheOperator) => recipients.push("operator@example.com".to_owned()),
            Some(AddsHeaders) if names.iter().any(|name| name.contains("\nBcc")) => {
                _ = headers.insert("Bcc".to_owned());
            }
            Some(AddsRecipients) if names.iter().any(|name| name.contains("RCPT TO")) => {
                recipients.push("eve@example.com".to_owned());
            }
            Some(OneSubject) => "A mail".clone_into(&mut subject),
            Some(Ascii) => text = text.chars().filter(char::is_ascii).collect(),
            Some(Escapes) => text = text.replace('<', "&lt;"),
            Some(CutsText) => text.truncate(20),
            _ => {}
        }
        if !self.has(ManyLines) {
            subject = subject.replace(['\r', '\n', '\0'], " ");
        }
        let id = match self.flaw {
            Some(NewIdentity) => self.received.lock().unwrap().len().to_string(),
            Some(OneIdentity) => "mail".to_owned(),
            _ => mail.id.to_string(),
        };
        Received { id, recipients, subject, text, headers }
    }

    fn texts(&self, mail: &OutgoingMail) -> (String, String) {
        let secret = mail.message.secret().map_or("", |secret| secret.reveal());
        if let MailMessage::Own(_) = mail.message {
            let content: Value = serde_json::from_str(secret).unwrap();
            return ["subject", "text"].map(|name| content[name].as_str().unwrap().to_owned()).into();
        }
        let names = names(&mail.message).join(", ");
        let language = self.language(mail);
        let mut subject = format!("{language} {}: {names}", mail.message.kind());
        let former = std::mem::replace(&mut *self.secret_before.lock().unwrap(), secret.to_owned());
        let mut text = match self.flaw {
            Some(NoSecret) => String::new(),
            Some(SecretTwice) => format!("{secret} {secret}"),
            Some(SecretOfTheMailBefore) => former,
            _ => secret.to_owned(),
        };
        if self.has(SecretInSubject) {
            subject.push_str(secret);
        }
        text = format!("{language}: {text} for {names}");
        (subject, text)
    }

    fn error(&self, failure: &Failure, mail: &OutgoingMail) -> MailError {
        let is_own = matches!(mail.message, MailMessage::Own(_));
        let quoted = match failure {
            Failure::Refused(reason) if self.has(QuotesTheServer) => reason.clone(),
            Failure::Refused(reason) if self.has(QuotesToEmbedders) && is_own => reason.clone(),
            _ => "it failed".to_owned(),
        };
        let is_final = match failure {
            Failure::Unreachable => self.has(UnreachableIsFinal),
            Failure::Busy => self.has(BusyIsFinal),
            Failure::Refused(_) => !self.has(RefusalIsTemporary),
        };
        if is_final { MailError::Permanent(quoted) } else { MailError::Temporary(quoted) }
    }
}

#[async_trait]
impl Mailer for TestMailer {
    async fn deliver(&self, mail: &OutgoingMail) -> Result<(), MailError> {
        if let Some(failure) = &self.failure {
            return Err(self.error(failure, mail));
        }
        let _turn = match self.busy.try_lock() {
            Err(_) if self.has(LosesConcurrent) => return Ok(()),
            Ok(turn) => turn,
            Err(_) => self.busy.lock().await,
        };
        if self.has(LosesConcurrent) {
            tokio::task::yield_now().await;
        }
        let times = match self.flaw {
            Some(Twice) => 2,
            Some(Never) => 0,
            _ => 1,
        };
        for _ in 0..times {
            let received = self.render(mail);
            self.received.lock().unwrap().push(received);
        }
        Ok(())
    }
}

#[async_trait]
impl Fixture for TestMailer {
    fn mailer(&self) -> Arc<dyn Mailer> {
        Arc::new(self.clone())
    }

    async fn received(&self) -> Vec<Received> {
        self.received.lock().unwrap().clone()
    }

    async fn failing(&self, failure: Failure) -> Option<Arc<dyn Mailer>> {
        Some(Arc::new(Self { failure: Some(failure), ..self.clone() }))
    }
}

fn outcomes(flaw: Option<Flaw>) -> Vec<Outcome> {
    run_all(async || TestMailer { flaw, ..TestMailer::default() })
}

#[test]
fn a_sound_mailer_is_accepted() {
    assert_eq!(failures(outcomes(None)), []);
}

#[test]
fn each_flaw_is_refused_by_the_case_of_its_promise() {
    crate::assert_each_is_refused(&FLAWS, outcomes);
}
