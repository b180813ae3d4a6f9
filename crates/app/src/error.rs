//! Everything that a use case can answer besides its result.

use bailiwick_invites::InviteError;
use bailiwick_kernel::StoreError;
use bailiwick_orgs::OrgError;
use bailiwick_roles::RoleError;
use bailiwick_users::{HashError, UserError};
use time::Duration;

use crate::authority::Denial;
use crate::listing::PageError;
use crate::sockets::BusError;

/// Why a use case did not happen. Nothing of it was stored; only when the store
/// fails at the very commit nobody knows.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Error {
    /// The caller may not.
    #[error(transparent)]
    Denied(#[from] Denial),
    /// A rule of accounts.
    #[error(transparent)]
    User(UserError),
    /// A rule of organizations.
    #[error(transparent)]
    Org(OrgError),
    /// A rule of roles.
    #[error(transparent)]
    Role(RoleError),
    /// A rule of invitations.
    #[error(transparent)]
    Invite(InviteError),
    /// The page asked for cannot be given.
    #[error(transparent)]
    Page(#[from] PageError),
    /// The outbox has no such mail, or it was sent.
    #[error("the outbox holds no such unsent mail")]
    MailNotFound,
    /// The organization cannot be told from the request.
    #[error("the organization is not clear from the request")]
    OrgUnclear,
    /// Done too often; after this time once more.
    #[error("done too often; to be tried again in {} ms", .0.whole_milliseconds())]
    Throttled(Duration),
    /// No password can be hashed now.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// An event cannot be carried.
    #[error(transparent)]
    Bus(#[from] BusError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Lifts a store's failure out of the noun's error, so that it is found in one place.
macro_rules! lift_store_error {
    ($($noun:ident => $variant:ident),+) => {$(
        impl From<$noun> for Error {
            fn from(error: $noun) -> Self {
                match error {
                    $noun::Store(store) => Self::Store(store),
                    rule => Self::$variant(rule),
                }
            }
        }
    )+};
}

lift_store_error!(UserError => User, OrgError => Org, RoleError => Role, InviteError => Invite);

impl Error {
    /// Whether it is a rule of a noun: what was found did not allow it, for example because
    /// it was done already.
    pub(crate) fn is_a_rule(&self) -> bool {
        matches!(self, Self::User(_) | Self::Org(_) | Self::Role(_) | Self::Invite(_))
    }

    /// Whether the same call may succeed when made again at once.
    pub(crate) fn is_contention(&self) -> bool {
        matches!(self, Self::Store(StoreError::Contention(_)))
    }
}
