//! The mail of a service under test, as its recipients get it.

use bailiwick::infra::{MailSender, MailTemplates, RenderedMail};
use bailiwick_app::OutgoingMail;
use bailiwick_kernel::Email;

use crate::app::{TestApp, delivery};

/// The mail that a service sent.
#[derive(Clone, Copy)]
pub struct Mailbox<'a>(&'a TestApp);

/// A mail as its recipient gets it.
#[derive(Clone, Debug)]
pub struct Mail {
    /// The mail as the service handed it to the mailer.
    pub outgoing: OutgoingMail,
    /// Subject, text and HTML, by the built-in templates.
    pub rendered: RenderedMail,
}

impl TestApp {
    /// The mail that the service sent.
    pub fn mail(&self) -> Mailbox<'_> {
        Mailbox(self)
    }
}

impl Mailbox<'_> {
    /// Waits until a mail to `email` is delivered and delivery of all others was attempted, and takes it. Panics
    /// unless exactly one was delivered.
    pub async fn one_to(self, email: &str) -> Mail {
        self.0.post.wait_for_mail(&Email::parse(email).expect("an e-mail address")).await;
        let mut mails = self.all_to(email).await;
        assert_eq!(mails.len(), 1, "mails to {email}: {:?}", kinds(&mails));
        mails.remove(0)
    }

    /// Waits until delivery of all mail to `email` was attempted. Panics if any was delivered.
    pub async fn none_to(self, email: &str) {
        let mails = self.all_to(email).await;
        assert!(mails.is_empty(), "mails to {email}: {:?}", kinds(&mails));
    }

    /// Waits until the delivery of all mail to `email` was attempted, and takes what was delivered, oldest
    /// first.
    pub async fn all_to(self, email: &str) -> Vec<Mail> {
        let to = Email::parse(email).expect("an e-mail address");
        delivery::attempted(&*self.0.store(), &self.0.post, Some(&to)).await;
        self.0.post.take_for(email).into_iter().map(|mail| self.rendered(mail)).collect()
    }

    fn rendered(self, outgoing: OutgoingMail) -> Mail {
        let templates = MailTemplates::built_in(self.0.brand.clone().into());
        let sender = MailSender::new(None, &self.0.public_url).expect("a public URL");
        let sender = sender.with_templates(templates.into());
        let rendered = RenderedMail::write(&outgoing, &sender).expect("a mail that can be rendered");
        Mail { outgoing, rendered }
    }
}

impl std::fmt::Debug for Mailbox<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Mailbox({:?})", self.0.post.unread())
    }
}

impl Mail {
    /// The kind, such as `invitation`.
    pub fn kind(&self) -> &str {
        self.outgoing.message.kind()
    }

    /// The link that a person would follow: the first line of the text that is a URL. Panics if there is
    /// none.
    pub fn link(&self) -> &str {
        let mut lines = self.rendered.text.lines().map(str::trim);
        let link = lines.find(|line| line.starts_with("http") && !line.contains(' '));
        link.unwrap_or_else(|| panic!("no link in this mail: {}", self.rendered.text))
    }

    /// The one-time secret of the link, or the content of a mail of your own. Panics if there is none.
    pub fn secret(&self) -> &str {
        let secret = self.outgoing.message.secret();
        secret.unwrap_or_else(|| panic!("no secret in a mail of the kind {}", self.kind())).reveal()
    }
}

fn kinds(mails: &[Mail]) -> Vec<&str> {
    mails.iter().map(Mail::kind).collect()
}
