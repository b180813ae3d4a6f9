//! Typed identifiers, so that a user's id cannot be passed for an organization's.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{IdSource, Timestamp};

/// The registry of all id types. An id is generated from an [`IdSource`] and the time, read from
/// storage, or parsed from the wire.
macro_rules! typed_ids {
    ($($(#[$doc:meta])* $name:ident;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// Generates a UUID of version 7 (RFC 9562) with the time `now`.
            pub fn generate(ids: &dyn IdSource, now: Timestamp) -> Self {
                Self(ids.uuid_v7(now))
            }

            /// Parses the hyphenated form of a UUID; `None` for any other text.
            pub fn parse(text: &str) -> Option<Self> {
                (text.len() == 36).then(|| Uuid::try_parse(text).ok()).flatten().map(Self)
            }

            /// Wraps a value from storage.
            pub const fn from_stored(value: Uuid) -> Self {
                Self(value)
            }

            /// Returns the UUID, for adapters.
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
    /// An organization (tenant).
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
    /// A claim of a part of the feed of changes.
    FeedClaimId;
    /// The target of an audit trail row: an id of any other type.
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
