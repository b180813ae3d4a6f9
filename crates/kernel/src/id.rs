//! Typed identifiers: a user's id is never taken for an organization's.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{IdSource, Timestamp};

/// The one registry of id kinds. An id is made from an [`IdSource`] and the
/// time, read back from storage, or parsed from the wire; nothing else.
macro_rules! typed_ids {
    ($($(#[$doc:meta])* $name:ident;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// A fresh id, a UUID of version 7 (RFC 9562) made at `now`.
            pub fn generate(ids: &dyn IdSource, now: Timestamp) -> Self {
                Self(ids.uuid_v7(now))
            }

            /// Reads the hyphenated form of a UUID; `None` for anything else.
            pub fn parse(text: &str) -> Option<Self> {
                (text.len() == 36).then(|| Uuid::try_parse(text).ok()).flatten().map(Self)
            }

            /// Wraps a value that came from storage.
            pub const fn from_stored(value: Uuid) -> Self {
                Self(value)
            }

            /// The bare UUID, for adapters.
            pub const fn as_uuid(&self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }
    )+};
}

typed_ids! {
    /// A user account.
    UserId;
    /// An organization, the tenant.
    OrgId;
    /// A role of one organization.
    RoleId;
    /// An entry of the permission catalogue.
    PermissionId;
    /// An invitation.
    InvitationId;
    /// A login session.
    SessionId;
    /// A mail in the outbox.
    MailId;
    /// A row of the audit trail.
    AuditId;
    /// The target of a row of the audit trail: an id of any other kind.
    TargetId;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_hyphenated_form_is_read() {
        let text = "0198c5a0-7d3e-7000-8000-000000000001";
        assert_eq!(UserId::parse(text).unwrap().to_string(), text);
        assert!(UserId::parse("0198c5a07d3e70008000000000000001").is_none());
        assert!(UserId::parse("{0198c5a0-7d3e-7000-8000-00000000001}").is_none());
        assert!(UserId::parse("").is_none());
    }
}
