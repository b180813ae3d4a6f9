//! Mail: the words, the message around them, and its carriers.
//!
//! A [`RenderedMail`] is what is read, a [`MailSender`] knows who writes and where the
//! links lead, [`SmtpMailer`] and [`FileMailer`] carry the message.

mod file;
mod header;
mod rendered;
mod security;
mod sender;
mod smtp;
mod text;

pub use file::FileMailer;
pub use rendered::RenderedMail;
pub use sender::MailSender;
pub use smtp::SmtpMailer;

/// Why mail cannot be sent with these settings.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum MailSetupError {
    /// PUBLIC_URL, of which links are made.
    #[error("the public URL is http or https with a host, without login, query and fragment")]
    PublicUrl,
    /// The sender.
    #[error("the sender of mail is an address, or a name and an address in angle brackets")]
    From,
    /// SMTP_URL.
    #[error(
        "the SMTP URL is smtp://, smtp+starttls:// or smtps://, a login of name and password or none, a host, a port or none"
    )]
    SmtpUrl,
    /// A private root.
    #[error("a private root of TLS is no certificate")]
    PrivateRoot,
}
