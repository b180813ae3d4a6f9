//! The sender of mail, the base of its links, and the message around a rendered mail.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use bailiwick_app::{MailError, MailSecret, OutgoingMail};
use bailiwick_kernel::{is_invisible, trimmed};
use lettre::Message;
use lettre::message::header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue};
use lettre::message::{Body, Mailbox, MultiPart, SinglePart};
use url::{Host, Url};

use super::{MailSetupError, MailTemplates, RenderedMail, header};

/// Longest public URL in bytes, because a link must fit into one line of a message.
const LONGEST_URL: usize = 500;

/// The sender of mail, its templates, and the public URL that its links begin with.
#[derive(Clone)]
pub struct MailSender {
    from: Mailbox,
    /// Whether the name of the sender is that of the product.
    has_own_name: bool,
    templates: Arc<MailTemplates>,
    pub(super) host: Host<String>,
    /// Base of links, without a trailing slash.
    base: String,
}

impl MailSender {
    /// Creates a sender with the built-in templates. `from` is `a@b.c` or `Name <a@b.c>`; by default it is
    /// the name of the product, and `no-reply` at the host of `public_url`. White space and invisible
    /// characters around the address are trimmed, as everywhere.
    pub fn new(from: Option<&str>, public_url: &str) -> Result<Self, MailSetupError> {
        let url = Url::parse(public_url).map_err(|_| MailSetupError::PublicUrl)?;
        let plain = matches!(url.scheme(), "http" | "https")
            && url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none()
            && url.as_str().len() <= LONGEST_URL;
        let host = url.host().filter(|_| plain).ok_or(MailSetupError::PublicUrl)?.to_owned();
        let has_own_name = from.is_none();
        let from = from.map_or_else(|| default_address(&host), ToOwned::to_owned);
        let from = mailbox(&from).ok_or(MailSetupError::From)?;
        let base = url.as_str().trim_end_matches('/').to_owned();
        let templates = Arc::new(MailTemplates::built_in(Arc::default()));
        let sender = Self { from, has_own_name, templates: templates.clone(), host, base };
        Ok(sender.with_templates(templates))
    }

    /// Sets the templates, which also have the brand.
    #[must_use]
    pub fn with_templates(mut self, templates: Arc<MailTemplates>) -> Self {
        if self.has_own_name {
            self.from.name = Some(templates.brand().name.to_string());
        }
        self.templates = templates;
        self
    }

    pub(super) fn templates(&self) -> &MailTemplates {
        &self.templates
    }

    /// Returns a link. The secret is in the fragment, which is not sent to logs or in `Referer`
    /// (RFC 9110, section 10.1.3).
    pub(super) fn link(&self, page: &str, secret: &MailSecret) -> String {
        format!("{}/{page}#token={}", self.base, secret.reveal())
    }

    /// Builds the message (RFC 5322) around a rendered mail, the same at every attempt. `eight_bit`
    /// says whether bytes beyond ASCII may be sent as they are.
    pub(super) fn compose(&self, mail: &OutgoingMail, eight_bit: bool) -> Result<Message, MailError> {
        let letter = RenderedMail::write(mail, self)?;
        let to = mail.to.as_str().parse().map_err(|_| refused("the address cannot be written to"))?;
        let parts = MultiPart::alternative()
            .boundary(format!("=_{}", mail.id))
            .singlepart(text_part(&letter.text, eight_bit))
            .singlepart(html_part(letter.html));
        let mut message = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .raw_header(header::subject(&letter.subject))
            // The header cannot represent earlier times.
            .date(SystemTime::from(mail.created_at.as_offset()).max(SystemTime::UNIX_EPOCH))
            // Recipients recognize by it a mail delivered twice.
            .message_id(Some(format!("<{}@{}>", mail.id, self.host)))
            .raw_header(automatic())
            .multipart(parts)
            .map_err(|_| refused("the message cannot be built"))?;
        if let Some(from) = header::from(&self.from) {
            message.headers_mut().insert_raw(from);
        }
        Ok(message)
    }
}

impl fmt::Debug for MailSender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MailSender({}, {})", self.from, self.base)
    }
}

/// Parses a mailbox as an operator writes it, `a@b.c` or `Name <a@b.c>`.
fn mailbox(text: &str) -> Option<Mailbox> {
    let text = trimmed(text);
    let named = text.strip_suffix('>').and_then(|text| text.rsplit_once('<'));
    let (name, address) = named.map_or((None, text), |(name, address)| (Some(name), trimmed(address)));
    if address.contains(is_invisible) {
        return None;
    }
    name.map_or_else(|| address.to_owned(), |name| format!("{name}<{address}>")).parse().ok()
}

/// Returns the default address. It is at `localhost` if the host is an IP address, because an address
/// needs a domain.
fn default_address(host: &Host<String>) -> String {
    match host {
        Host::Domain(name) => format!("no-reply@{name}"),
        Host::Ipv4(_) | Host::Ipv6(_) => "no-reply@localhost".to_owned(),
    }
}

/// Marks the mail as automatic, so that no out-of-office response follows (RFC 3834, section 5).
fn automatic() -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".to_owned())
}

/// Builds the text part, unencoded where possible, so that the link stays in one piece even in the
/// raw message. `wrap` has shortened the lines.
fn text_part(text: &str, eight_bit: bool) -> SinglePart {
    let body = if text.is_ascii() {
        Body::dangerous_pre_encoded(crlf(text), ContentTransferEncoding::SevenBit)
    } else if eight_bit {
        Body::dangerous_pre_encoded(crlf(text), ContentTransferEncoding::EightBit)
    } else {
        encoded(text.to_owned(), ContentTransferEncoding::QuotedPrintable)
    };
    SinglePart::builder().header(ContentType::TEXT_PLAIN).body(body)
}

/// Builds the HTML part in Base64, so that no line is too long and no link is broken.
fn html_part(html: String) -> SinglePart {
    let body = encoded(html, ContentTransferEncoding::Base64);
    SinglePart::builder().header(ContentType::TEXT_HTML).body(body)
}

fn encoded(text: String, encoding: ContentTransferEncoding) -> Body {
    Body::new_with_encoding(text, encoding).unwrap_or_else(Body::new)
}

fn crlf(text: &str) -> Vec<u8> {
    text.replace('\n', "\r\n").into_bytes()
}

fn refused(why: &str) -> MailError {
    MailError::Permanent(why.to_owned())
}
