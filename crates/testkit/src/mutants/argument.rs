//! How an argument of a port is passed as an owned value, which can be changed, and lent to the store.

use bailiwick_app::feed::FeedStart;
use bailiwick_app::ports::OrgScope;
use bailiwick_invites::ports::InvitationKey;
use bailiwick_kernel::{
    Email, InvitationId, Lock, MailId, OrgId, PageRequest, RoleId, SessionId, Timestamp, TokenHash,
    TokenKind, UserId,
};
use bailiwick_users::{SecretRef, SessionScope};

use super::record::variants;
use super::values::Mutate;

/// The type of an argument.
pub(super) trait Argument<'a>: Copy {
    /// The owned form.
    type Owned: Mutate;

    fn own(self) -> Self::Owned;

    fn lend(owned: &'a Self::Owned) -> Self;
}

impl<'a, T: Mutate> Argument<'a> for &'a T {
    type Owned = T;

    fn own(self) -> T {
        self.clone()
    }

    fn lend(owned: &'a T) -> Self {
        owned
    }
}

impl<'a, T: Mutate> Argument<'a> for &'a [T] {
    type Owned = Vec<T>;

    fn own(self) -> Vec<T> {
        self.to_vec()
    }

    fn lend(owned: &'a Vec<T>) -> Self {
        owned
    }
}

impl<'a, T: Mutate> Argument<'a> for Option<&'a T> {
    type Owned = Option<T>;

    fn own(self) -> Option<T> {
        self.cloned()
    }

    fn lend(owned: &'a Option<T>) -> Self {
        owned.as_ref()
    }
}

/// Implements [`Argument`] for types that are passed by value.
macro_rules! by_value {
    ($($type:ty),+ $(,)?) => {$(
        impl Argument<'_> for $type {
            type Owned = Self;

            fn own(self) -> Self {
                self
            }

            fn lend(owned: &Self) -> Self {
                *owned
            }
        }
    )+};
}

by_value! {
    UserId, OrgId, RoleId, SessionId, MailId, Option<OrgId>, Timestamp, Option<Timestamp>, Lock, TokenKind,
    SecretRef, SessionScope, PageRequest, Option<PageRequest>, OrgScope, FeedStart, usize, u32,
}

/// An [`InvitationKey`] that owns its parts.
#[derive(Clone, PartialEq)]
pub(super) enum OwnedKey {
    OfOrg(OrgId, InvitationId),
    To(Email, InvitationId),
    Token(TokenHash),
    Pending(OrgId, Email),
}

variants! {
    OwnedKey {
        OfOrg { 0: org, 1: id },
        To { 0: email, 1: id },
        Token { 0: hash },
        Pending { 0: org, 1: email },
    };
}

impl<'a> Argument<'a> for InvitationKey<'a> {
    type Owned = OwnedKey;

    fn own(self) -> OwnedKey {
        match self {
            Self::OfOrg(org, id) => OwnedKey::OfOrg(org, id),
            Self::To(email, id) => OwnedKey::To(email.clone(), id),
            Self::Token(hash) => OwnedKey::Token(*hash),
            Self::Pending(org, email) => OwnedKey::Pending(org, email.clone()),
        }
    }

    fn lend(owned: &'a OwnedKey) -> Self {
        match owned {
            OwnedKey::OfOrg(org, id) => Self::OfOrg(*org, *id),
            OwnedKey::To(email, id) => Self::To(email, *id),
            OwnedKey::Token(hash) => Self::Token(hash),
            OwnedKey::Pending(org, email) => Self::Pending(*org, email),
        }
    }
}
