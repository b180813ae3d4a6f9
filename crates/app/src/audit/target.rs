//! Targets of actions.

use bailiwick_kernel::{InvitationId, MailId, OrgId, PermissionId, RoleId, SessionId, TargetId, UserId};
use serde::Serialize;

/// The kind of a target.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
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
}

impl TargetKind {
    /// All kinds.
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
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Session => "session",
            Self::Organization => "organization",
            Self::Role => "role",
            Self::Permission => "permission",
            Self::Invitation => "invitation",
            Self::Mail => "mail",
        }
    }

    /// Parses the stored form; `None` for an unknown kind.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
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
