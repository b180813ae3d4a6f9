//! One-time secrets. The plain secret and its hash have different types, so that the plain one cannot be
//! stored by mistake.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::IdSource;
use crate::text::trimmed;

/// The purpose of a secret. Each kind has its own prefix, so a secret sent to the wrong endpoint is
/// rejected without a query (CVE-2022-23555).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum TokenKind {
    /// Accepts or declines an invitation.
    Invitation,
    /// Verifies an e-mail address.
    EmailVerification,
    /// Renews a session (RFC 6749, section 1.5).
    Refresh,
    /// Identifies a session of the pages; a cookie (RFC 6265).
    PageSession,
    /// Sets a new password.
    PasswordReset,
    /// Sets a new password and activates the account; issued by an operator.
    Recovery,
    /// As [`Self::Recovery`], and makes the account a platform administrator.
    AdminRecovery,
    /// Moves an account to another e-mail address.
    EmailChange,
    /// Sets up the first administrator of the platform.
    Setup,
    /// Opens one socket.
    Ticket,
}

impl TokenKind {
    const fn prefix(self) -> &'static str {
        match self {
            Self::Invitation => "inv_",
            Self::EmailVerification => "ver_",
            Self::Refresh => "ref_",
            Self::PageSession => "pag_",
            Self::PasswordReset => "rst_",
            Self::Recovery => "rcv_",
            Self::AdminRecovery => "rca_",
            Self::EmailChange => "chg_",
            Self::Setup => "set_",
            Self::Ticket => "tkt_",
        }
    }

    /// Returns whether people copy secrets of this kind from a mail or a terminal. Other kinds pass
    /// between programs, which do not alter them.
    const fn is_copied_by_people(self) -> bool {
        !matches!(self, Self::Refresh | Self::PageSession | Self::Ticket)
    }
}

/// A secret of 256 random bits in plain text. It exists in the mail or response that delivers it and in
/// the request that uses it; tables hold only its hash and, in unsent mail, its encrypted form.
#[derive(Clone, PartialEq, Eq)]
pub struct PlainToken {
    kind: TokenKind,
    text: Zeroizing<String>,
}

impl PlainToken {
    /// Generates a secret of this kind.
    pub fn generate(kind: TokenKind, ids: &dyn IdSource) -> Self {
        let mut bytes = Zeroizing::new([0_u8; 32]);
        ids.fill(bytes.as_mut());
        Self::from_bytes(kind, &bytes)
    }

    /// Creates the secret from these bytes, which must be random.
    pub fn from_bytes(kind: TokenKind, bytes: &[u8; 32]) -> Self {
        let text = format!("{}{}", kind.prefix(), URL_SAFE_NO_PAD.encode(bytes));
        Self { kind, text: Zeroizing::new(text) }
    }

    /// Parses a secret from a client; `None` if it cannot be of this kind. If people copy this kind,
    /// white space and invisible characters around it are trimmed.
    pub fn parse(kind: TokenKind, text: &str) -> Option<Self> {
        let text = if kind.is_copied_by_people() { trimmed(text) } else { text };
        let body = text.strip_prefix(kind.prefix())?;
        let bytes = Zeroizing::new(URL_SAFE_NO_PAD.decode(body).ok()?);
        (bytes.len() == 32).then(|| Self { kind, text: Zeroizing::new(text.to_owned()) })
    }

    /// Returns the purpose of the secret.
    pub fn kind(&self) -> TokenKind {
        self.kind
    }

    /// Returns the secret itself, for the mail or response that delivers it.
    pub fn reveal(&self) -> &str {
        &self.text
    }

    /// Returns the hash, which may be stored.
    pub fn hash(&self) -> TokenHash {
        TokenHash(Sha256::digest(self.text.as_bytes()).into())
    }
}

impl fmt::Debug for PlainToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PlainToken({:?}, ***)", self.kind)
    }
}

/// An unvalidated secret as a client sent it. Hidden in `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct ClaimedToken(Zeroizing<String>);

impl ClaimedToken {
    /// Wraps the text as sent.
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// Parses it as a secret of this kind; `None` if it cannot be one.
    pub fn read(&self, kind: TokenKind) -> Option<PlainToken> {
        PlainToken::parse(kind, &self.0)
    }
}

impl fmt::Debug for ClaimedToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClaimedToken(***)")
    }
}

/// SHA-256 of a secret. A slow hash is not needed, because 256 random bits cannot be guessed.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TokenHash([u8; 32]);

impl TokenHash {
    /// Wraps a value from storage; `None` unless it has 32 bytes.
    pub fn from_stored(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// Returns the bytes, for adapters.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenHash(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Timestamp;

    struct FixedIds;
    impl IdSource for FixedIds {
        fn uuid_v7(&self, _: Timestamp) -> uuid::Uuid {
            uuid::Uuid::nil()
        }
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(0xfe);
        }
    }

    #[test]
    fn a_token_reads_back_only_as_its_own_kind() {
        let token = PlainToken::generate(TokenKind::Invitation, &FixedIds);
        let text = token.reveal();
        assert!(text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-'));
        assert_eq!(PlainToken::parse(TokenKind::Invitation, text), Some(token.clone()));
        assert_eq!(PlainToken::parse(TokenKind::Refresh, text), None);
        assert_eq!(PlainToken::parse(TokenKind::Invitation, "inv_short"), None);
        assert_eq!(PlainToken::parse(TokenKind::Invitation, ""), None);
    }

    #[test]
    fn white_space_around_a_token_is_trimmed_and_inside_refused() {
        let token = PlainToken::generate(TokenKind::PasswordReset, &FixedIds);
        let text = token.reveal();
        for copied in [format!(" {text}\r\n"), format!("\u{a0}{text}\u{200b}"), format!("\u{feff}{text}\t")] {
            let read = PlainToken::parse(TokenKind::PasswordReset, &copied).unwrap();
            assert_eq!((read.reveal(), read.hash()), (text, token.hash()));
        }
        let refresh = PlainToken::generate(TokenKind::Refresh, &FixedIds);
        assert_eq!(PlainToken::parse(TokenKind::Refresh, &format!("{} ", refresh.reveal())), None);
        let (head, tail) = text.split_at(9);
        assert_eq!(PlainToken::parse(TokenKind::PasswordReset, &format!("{head} {tail}")), None);
    }

    #[test]
    fn debug_shows_no_secret() {
        let token = PlainToken::generate(TokenKind::Refresh, &FixedIds);
        assert_eq!(format!("{token:?}"), "PlainToken(Refresh, ***)");
        assert_eq!(format!("{:?}", token.hash()), "TokenHash(***)");
    }
}
