//! Targets of actions.

use std::fmt;

use bailiwick_kernel::{InvitationId, MailId, OrgId, PermissionId, RoleId, SessionId, TargetId, UserId};
use serde::{Serialize, Serializer};
use uuid::Uuid;

use crate::own_name::{OwnName, is_reserved, is_word};

/// The kind of a target.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum TargetKind {
    /// An account, or a member.
    User,
    /// A session.
    Session,
    /// An organization.
    Organization,
    /// A role.
    Role,
    /// An entry of the catalogue.
    Permission,
    /// An invitation.
    Invitation,
    /// A mail in the outbox.
    Mail,
    /// A kind of an embedding program, or one that another release stored.
    Own(OwnTargetKind),
}

impl TargetKind {
    /// All kinds of the product.
    pub const ALL: [Self; 7] = [
        Self::User,
        Self::Session,
        Self::Organization,
        Self::Role,
        Self::Permission,
        Self::Invitation,
        Self::Mail,
    ];

    /// The stored form, also used on the wire.
    pub const fn as_str(&self) -> &str {
        match self {
            Self::User => "user",
            Self::Session => "session",
            Self::Organization => "organization",
            Self::Role => "role",
            Self::Permission => "permission",
            Self::Invitation => "invitation",
            Self::Mail => "mail",
            Self::Own(own) => own.as_str(),
        }
    }

    /// Declares a kind of an embedding program: a word of lower-case ASCII letters and `_`, such as
    /// `invoice`. A malformed word, or one that the product uses or reserves, does not compile in a constant:
    ///
    /// ```compile_fail
    /// use bailiwick_app::audit::TargetKind;
    /// const KIND: TargetKind = TargetKind::own("Invoice");
    /// ```
    ///
    /// # Panics
    ///
    /// Outside of a constant it panics where it would not compile. [`OwnTargetKind::new`] returns `None`.
    #[expect(clippy::panic, reason = "a constant does not compile then")]
    pub const fn own(word: &str) -> Self {
        match OwnTargetKind::new(word) {
            Some(own) => Self::Own(own),
            None => panic!(
                "an own kind of targets is a word of a to z and `_`, in at most 64 bytes, \
                 that bailiwick does not use or reserve"
            ),
        }
    }

    /// Parses the stored form. A word that is no kind of the product is [`TargetKind::Own`], because an
    /// embedding program or a newer release stored it; `None` for any other text.
    pub fn parse(text: &str) -> Option<Self> {
        let known = Self::ALL.into_iter().find(|kind| kind.as_str() == text);
        known.or_else(|| OwnTargetKind::stored(text).map(Self::Own))
    }
}

impl Serialize for TargetKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// A kind of targets that is not one of the product: a word of lower-case ASCII letters and `_`, in at most
/// [`MAX_OWN_NAME`](crate::MAX_OWN_NAME) bytes.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct OwnTargetKind(OwnName);

impl OwnTargetKind {
    /// Checks the word; `None` if it is malformed, or if the product uses or reserves it.
    pub const fn new(word: &str) -> Option<Self> {
        if is_reserved(word) { None } else { Self::stored(word) }
    }

    /// Checks a stored word, which a newer release may use.
    const fn stored(word: &str) -> Option<Self> {
        match OwnName::new(word) {
            Some(name) if is_word(word) => Some(Self(name)),
            _ => None,
        }
    }

    /// The word.
    pub const fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl fmt::Debug for OwnTargetKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

/// The target of an action. It may have been deleted since.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Target {
    /// Kind of the target.
    pub kind: TargetKind,
    /// Id of the target.
    pub id: TargetId,
}

impl Target {
    /// Creates a target, such as one of a kind that [`TargetKind::own`] declares.
    ///
    /// ```
    /// use bailiwick_app::audit::{Target, TargetKind};
    ///
    /// const INVOICE: TargetKind = TargetKind::own("invoice");
    /// let target = Target::new(INVOICE, uuid::Uuid::nil());
    /// assert_eq!(target.kind.as_str(), "invoice");
    /// ```
    pub const fn new(kind: TargetKind, id: Uuid) -> Self {
        Self { kind, id: TargetId::from_stored(id) }
    }
}

macro_rules! targets {
    ($($id:ident => $kind:ident),+ $(,)?) => {$(
        impl From<$id> for Target {
            fn from(id: $id) -> Self {
                Self { kind: TargetKind::$kind, id: TargetId::from_stored(id.as_uuid()) }
            }
        }
    )+};
}

targets! {
    UserId => User,
    SessionId => Session,
    OrgId => Organization,
    RoleId => Role,
    PermissionId => Permission,
    InvitationId => Invitation,
    MailId => Mail,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_read_as_it_is_stored() {
        for kind in TargetKind::ALL.into_iter().chain([TargetKind::own("invoice")]) {
            assert_eq!(TargetKind::parse(kind.as_str()), Some(kind));
        }
        let from_newer_release = TargetKind::parse("webhook").unwrap();
        assert_eq!(from_newer_release.as_str(), "webhook");
        for word in ["", "Invoice", "invoice.line", "invoice1", "in voice", &"x".repeat(65)] {
            assert_eq!(TargetKind::parse(word), None, "{word}");
        }
        for word in ["", "Invoice", "role", "webhook", "user", "a.b"] {
            assert_eq!(OwnTargetKind::new(word), None, "{word}");
        }
    }
}
