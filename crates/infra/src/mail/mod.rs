//! Mail: its text, the message, and delivery.
//!
//! [`MailTemplates`] render a [`RenderedMail`], a [`MailSender`] has the sender's address and the base of
//! the links, and `SmtpMailer` and [`FileMailer`] deliver the message.

mod file;
mod header;
mod rendered;
#[cfg(feature = "smtp")]
mod security;
mod sender;
#[cfg(feature = "smtp")]
mod smtp;
mod templates;
mod text;

pub use file::FileMailer;
pub use rendered::RenderedMail;
pub use sender::MailSender;
#[cfg(feature = "smtp")]
pub use smtp::SmtpMailer;
pub use templates::{MailTemplates, TemplateError};

/// The reason that mail cannot be sent with these settings.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum MailSetupError {
    /// PUBLIC_URL, the base of links, is invalid.
    #[error("the public URL is http or https with a host, without login, query and fragment")]
    PublicUrl,
    /// The sender is invalid.
    #[error("the sender of mail is an address, or a name and an address in angle brackets")]
    From,
    /// SMTP_URL is invalid.
    #[error(
        "the SMTP URL is smtp://, smtp+starttls:// or smtps://, a login of name and password or none, a host, a port or none"
    )]
    SmtpUrl,
    /// A private root is not a certificate.
    #[error("a private root of TLS is no certificate")]
    PrivateRoot,
}
