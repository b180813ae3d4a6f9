//! Delivery of mail by SMTP (RFC 5321), with one connection per mail.
//!
//! lettre's `tracing` feature stays off, because it logs all traffic, including every secret.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bailiwick_app::{MailError, MailMessage, Mailer, OutgoingMail};
use bailiwick_kernel::PrivateRoots;
use lettre::Message;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::extension::{ClientId, Extension};
use percent_encoding::percent_decode_str;
use tokio::net::TcpStream;
use tokio::time::timeout;
use url::{Host, Url};

use super::security::{Bytewise, Security, is_loopback};
use super::{MailSender, MailSetupError, MailTemplates};

/// Timeout of a whole delivery.
const LONGEST_DELIVERY: Duration = Duration::from_secs(10);
/// Timeout of QUIT, after the mail was accepted.
const LONGEST_GOODBYE: Duration = Duration::from_secs(1);
const SMTP_PORT: u16 = 25;
/// Port for submission (RFC 6409, section 3.1).
const SUBMISSION_PORT: u16 = 587;
/// Port for submission over TLS (RFC 8314, section 7.3).
const SMTPS_PORT: u16 = 465;
/// Longest part of a server's response that is stored.
const LONGEST_REASON: usize = 300;
const NO_ANSWER: &str = "the server does not answer in time";

/// Delivers mail to a mail server.
#[derive(Clone)]
pub struct SmtpMailer {
    server: Server,
    sender: MailSender,
}

/// Address and credentials of the mail server.
#[derive(Clone)]
struct Server {
    host: String,
    port: u16,
    security: Security,
    login: Option<Credentials>,
    hello: ClientId,
}

impl MailSender {
    /// Returns the name in the greeting to a mail server (RFC 5321, section 4.1.4).
    fn hello(&self) -> ClientId {
        match &self.host {
            Host::Domain(name) => ClientId::Domain(name.clone()),
            Host::Ipv4(address) => ClientId::Ipv4(*address),
            Host::Ipv6(address) => ClientId::Ipv6(*address),
        }
    }
}

impl SmtpMailer {
    /// Creates the mailer. `smtp_url` is `smtp://` (plain, port 25), `smtp+starttls://` (TLS by
    /// STARTTLS, which is required, port 587) or `smtps://` (TLS, port 465), with `name:password@`
    /// if the server requires a login; both percent-encoded. TLS trusts the built-in roots.
    pub fn new(smtp_url: &str, from: Option<&str>, public_url: &str) -> Result<Self, MailSetupError> {
        let sender = MailSender::new(from, public_url)?;
        let server = Server::parse(smtp_url, sender.hello()).ok_or(MailSetupError::SmtpUrl)?;
        Ok(Self { server, sender })
    }

    /// Writes mails by these templates, which also have the brand.
    #[must_use]
    pub fn with_templates(self, templates: Arc<MailTemplates>) -> Self {
        Self { sender: self.sender.with_templates(templates), ..self }
    }

    /// Trusts these CA certificates too. [`MailSetupError::PrivateRoot`] if one is malformed.
    pub fn trusting(mut self, roots: &PrivateRoots) -> Result<Self, MailSetupError> {
        let security = self.server.security.trusting(&self.server.host, roots);
        self.server.security = security.map_err(|_| MailSetupError::PrivateRoot)?;
        Ok(self)
    }

    /// Returns whether the login, and every mail, is sent unencrypted to another machine.
    pub fn exposes_login(&self) -> bool {
        let server = &self.server;
        matches!(server.security, Security::Plain) && server.login.is_some() && !is_loopback(&server.host)
    }

    /// Connects, greets, logs in and disconnects, without sending mail.
    pub async fn check(&self) -> Result<(), MailError> {
        let Ok(reached) = timeout(LONGEST_DELIVERY, self.server.connect()).await else {
            return Err(MailError::Temporary(NO_ANSWER.to_owned()));
        };
        let mut connection = reached.map_err(|said| MailError::Temporary(readable(&said)))?;
        drop(timeout(LONGEST_GOODBYE, connection.quit()).await);
        Ok(())
    }

    async fn send(&self, mail: &OutgoingMail) -> Result<AsyncSmtpConnection, MailError> {
        let mut message = self.sender.compose(mail, true)?;
        let mut connection =
            self.server.connect().await.map_err(|said| MailError::Temporary(readable(&said)))?;
        // Other servers accept ASCII only (RFC 6152).
        if !connection.server_info().supports_feature(Extension::EightBitMime) {
            message = self.sender.compose(mail, false)?;
        }
        transmit(&mut connection, &message).await.map_err(|error| judge(&error, mail))?;
        Ok(connection)
    }
}

#[async_trait]
impl Mailer for SmtpMailer {
    async fn deliver(&self, mail: &OutgoingMail) -> Result<(), MailError> {
        let Ok(sent) = timeout(LONGEST_DELIVERY, self.send(mail)).await else {
            return Err(MailError::Temporary(NO_ANSWER.to_owned()));
        };
        let mut connection = sent?;
        // The server has accepted the mail, so the result of QUIT does not matter.
        drop(timeout(LONGEST_GOODBYE, connection.quit()).await);
        Ok(())
    }
}

impl fmt::Debug for SmtpMailer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SmtpMailer({}:{}, {:?})", self.server.host, self.server.port, self.sender)
    }
}

impl Server {
    fn parse(smtp_url: &str, hello: ClientId) -> Option<Self> {
        let url = Url::parse(smtp_url).ok()?;
        let host = match url.host()? {
            Host::Domain("") => return None,
            Host::Domain(name) => name.to_owned(),
            Host::Ipv4(address) => address.to_string(),
            Host::Ipv6(address) => address.to_string(),
        };
        let tls = || TlsParameters::new(host.clone()).ok();
        let (port, security) = match url.scheme() {
            "smtp" => (SMTP_PORT, Security::Plain),
            "smtp+starttls" => (SUBMISSION_PORT, Security::StartTls(tls()?)),
            "smtps" => (SMTPS_PORT, Security::Tls(tls()?)),
            _ => return None,
        };
        let login = match (decoded(url.username())?, url.password()) {
            (name, None) if name.is_empty() => None,
            (name, Some(password)) if !name.is_empty() => Some(Credentials::new(name, decoded(password)?)),
            _ => return None,
        };
        let plain = matches!(url.path(), "" | "/") && url.query().is_none() && url.fragment().is_none();
        plain.then(|| Self { host, port: url.port().unwrap_or(port), security, login, hello })
    }

    /// Connects up to the point where the server would accept mail.
    async fn connect(&self) -> Result<AsyncSmtpConnection, String> {
        let mut connection = self.connect_securely().await?;
        if let Some(login) = &self.login {
            connection.auth(DEFAULT_MECHANISMS, login).await.map_err(|error| error.to_string())?;
        }
        Ok(connection)
    }

    /// Connects up to the login, which requires the protection that the URL asks for.
    async fn connect_securely(&self) -> Result<AsyncSmtpConnection, String> {
        let said = |error: Error| error.to_string();
        let address = (self.host.as_str(), self.port);
        let tls = match &self.security {
            Security::Plain => None,
            Security::Tls(tls) => Some(tls.clone()),
            Security::StartTls(tls) => {
                let stream = TcpStream::connect(address).await.map_err(|error| error.to_string())?;
                let stream = Box::new(Bytewise(stream));
                let connected = AsyncSmtpConnection::connect_with_transport(stream, &self.hello);
                let mut connection = connected.await.map_err(said)?;
                connection.starttls(tls.clone(), &self.hello).await.map_err(said)?;
                return Ok(connection);
            }
        };
        let wait = Some(LONGEST_DELIVERY);
        AsyncSmtpConnection::connect_tokio1(address, wait, &self.hello, tls, None).await.map_err(said)
    }
}

async fn transmit(connection: &mut AsyncSmtpConnection, message: &Message) -> Result<(), Error> {
    connection.send(message.envelope(), &message.formatted()).await.map(drop)
}

/// Classifies an error. A refusal of the mail is final (RFC 5321, section 4.2.1). A refusal of the
/// login is not, although its code begins with 5 (RFC 4954, section 6), because the operator can
/// correct it.
fn judge(error: &Error, mail: &OutgoingMail) -> MailError {
    let login = error.status().is_some_and(|code| matches!(u16::from(code), 530 | 534 | 535 | 538));
    let reason = without_secret(error, mail);
    if error.is_permanent() && !login { MailError::Permanent(reason) } else { MailError::Temporary(reason) }
}

/// Returns the response without the secret, because some servers repeat the link that they refuse. Of a mail
/// of an embedding program, any part may be secret, so the server's words are left out.
fn without_secret(error: &Error, mail: &OutgoingMail) -> String {
    let said = error.to_string();
    match (&mail.message, error.status()) {
        (MailMessage::Own(_), Some(code)) => format!("the mail server answered {code}"),
        (message, _) => match message.secret() {
            Some(secret) => readable(&said.replace(secret.reveal(), "***")),
            None => readable(&said),
        },
    }
}

fn readable(said: &str) -> String {
    said.chars().map(|c| if c.is_control() { ' ' } else { c }).take(LONGEST_REASON).collect()
}

fn decoded(text: &str) -> Option<String> {
    percent_decode_str(text).decode_utf8().ok().map(Into::into)
}
