//! The origin of a request, which gives no authority.

use core::net::IpAddr;
use std::sync::Arc;

use bailiwick_kernel::Language;

/// The origin of a request. It is not verified, and is used only for the audit trail, logs, rate
/// limits and the language of mails.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Context {
    /// Request id, in responses, logs and the audit trail.
    pub request_id: Option<Arc<str>>,
    /// Client program and address.
    pub client: ClientInfo,
    /// The `Accept-Language` header.
    pub accept_language: Option<Arc<str>>,
}

impl Context {
    /// Returns the languages that the client accepts, the most preferred first.
    pub fn languages(&self) -> Vec<Language> {
        self.accept_language.as_deref().map(Language::accepted).unwrap_or_default()
    }
}

/// The client of a connection.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ClientInfo {
    /// The `User-Agent` header.
    pub device: Option<Arc<str>>,
    /// Address of the client; `None` if unknown.
    pub ip: Option<IpAddr>,
}
