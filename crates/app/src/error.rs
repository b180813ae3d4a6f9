//! The errors of use cases.

use bailiwick_invites::InviteError;
use bailiwick_kernel::StoreError;
use bailiwick_orgs::OrgError;
use bailiwick_roles::RoleError;
use bailiwick_users::{HashError, UserError};
use time::Duration;

use crate::authority::Denial;
use crate::listing::PageError;
use crate::refusal::OwnRefusal;
use crate::sockets::BusError;

/// The error of a use case. Nothing was stored; only if the store fails during the commit is the
/// outcome unknown.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Error {
    /// The caller lacks the authority.
    #[error(transparent)]
    Denied(#[from] Denial),
    /// A rule of accounts was violated.
    #[error(transparent)]
    User(UserError),
    /// A rule of organizations was violated.
    #[error(transparent)]
    Org(OrgError),
    /// A rule of roles was violated.
    #[error(transparent)]
    Role(RoleError),
    /// A rule of invitations was violated.
    #[error(transparent)]
    Invite(InviteError),
    /// The embedding program refused, in a use case or by a veto of its own.
    #[error("{}", .0.detail())]
    Own(OwnRefusal),
    /// The requested page is invalid.
    #[error(transparent)]
    Page(#[from] PageError),
    /// The outbox has no such mail, or the mail was already sent.
    #[error("the outbox holds no such unsent mail")]
    MailNotFound,
    /// The request does not determine an organization.
    #[error("the organization is not clear from the request")]
    OrgUnclear,
    /// A rate limit is exceeded; a retry may succeed after this time.
    #[error("rate limit exceeded; retry in {} ms", .0.whole_milliseconds())]
    Throttled(Duration),
    /// No password can be hashed at the moment.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// An event cannot be published.
    #[error(transparent)]
    Bus(#[from] BusError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Moves the store error of each noun to [`Error::Store`], so that it has one place.
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

impl From<OwnRefusal> for Error {
    fn from(refusal: OwnRefusal) -> Self {
        Self::Own(refusal)
    }
}

impl Error {
    /// Whether a rule refused: the data found did not allow it, for example because the
    /// work was done already.
    pub(crate) fn is_a_rule(&self) -> bool {
        matches!(self, Self::User(_) | Self::Org(_) | Self::Role(_) | Self::Invite(_) | Self::Own(_))
    }

    /// Whether the same call may succeed if it is retried at once.
    pub(crate) fn is_contention(&self) -> bool {
        matches!(self, Self::Store(StoreError::Contention(_)))
    }
}
