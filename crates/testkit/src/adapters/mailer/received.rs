//! A mail as the mail server received it.

use std::collections::BTreeSet;

use mail_parser::{HeaderName, MessageParser};

/// A mail as the mail server received it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Received {
    /// By what the recipient recognizes a mail that was delivered twice (RFC 5322: `Message-ID`).
    pub id: String,
    /// Every address that it was delivered to, also those that no header names.
    pub recipients: Vec<String>,
    /// The subject, decoded.
    pub subject: String,
    /// The text, decoded; lines end with `\n`.
    pub text: String,
    /// The names of its headers.
    pub headers: BTreeSet<String>,
}

impl Received {
    /// Reads a message (RFC 5322) that was delivered to these addresses.
    ///
    /// # Panics
    ///
    /// If it is no message, or has no `Message-ID`, subject or text.
    pub fn parse(recipients: Vec<String>, message: &[u8]) -> Self {
        let parsed = MessageParser::default().parse(message).expect("a message");
        let headers = parsed.headers().iter().map(|header| header.name().to_owned()).collect();
        let listed = [HeaderName::To, HeaderName::Cc, HeaderName::Bcc].into_iter().flat_map(|name| {
            let addresses = parsed.header(name).and_then(|value| value.as_address());
            let all = addresses.into_iter().flat_map(|list| list.iter());
            all.filter_map(|one| one.address().map(str::to_owned)).collect::<Vec<_>>()
        });
        let mut all = recipients;
        for address in listed {
            if !all.contains(&address) {
                all.push(address);
            }
        }
        Self {
            id: parsed.message_id().expect("a message id").to_owned(),
            recipients: all,
            subject: parsed.subject().expect("a subject").to_owned(),
            text: parsed.body_text(0).expect("a text").replace("\r\n", "\n"),
            headers,
        }
    }
}
