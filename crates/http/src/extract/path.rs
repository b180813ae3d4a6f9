//! Ids in the path.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use bailiwick_kernel::{InvitationId, MailId, RoleId, SessionId, UserId};
use uuid::Uuid;

use crate::problem::{Code, Problem};

/// The ids in the path. A segment that is not a UUID gets the response of an unknown id. It is parsed
/// when the handler asks for it, which is after the decision.
#[derive(Clone, Debug)]
pub struct PathId(HttpRequest);

/// An id that clients may name.
pub trait WireId: Sized {
    /// Parses the hyphenated form of a UUID.
    fn read(text: &str) -> Option<Self>;
}

macro_rules! wire_ids {
    ($($name:ident),+) => {$(
        impl WireId for $name {
            fn read(text: &str) -> Option<Self> {
                Self::parse(text)
            }
        }
    )+};
}

wire_ids!(InvitationId, MailId, RoleId, SessionId, UserId);

impl WireId for Uuid {
    fn read(text: &str) -> Option<Self> {
        Self::try_parse(text).ok()
    }
}

impl PathId {
    /// Returns the id in the segment of this name.
    pub fn id<T: WireId>(&self, segment: &str) -> Option<T> {
        self.0.match_info().get(segment).and_then(T::read)
    }

    /// Returns `{user_id}` of a member of the organization.
    pub fn member(&self) -> Result<UserId, Problem> {
        self.named("user_id", Code::MemberNotFound)
    }

    /// Returns `{user_id}` of an account.
    pub fn user(&self) -> Result<UserId, Problem> {
        self.named("user_id", Code::UserNotFound)
    }

    /// Returns `{session_id}`.
    pub fn session(&self) -> Result<SessionId, Problem> {
        self.named("session_id", Code::SessionNotFound)
    }

    /// Returns `{role_id}`.
    pub fn role(&self) -> Result<RoleId, Problem> {
        self.named("role_id", Code::RoleNotFound)
    }

    /// Returns `{invitation_id}`.
    pub fn invitation(&self) -> Result<InvitationId, Problem> {
        self.named("invitation_id", Code::InvitationNotFound)
    }

    /// Returns `{mail_id}`.
    pub fn mail(&self) -> Result<MailId, Problem> {
        self.named("mail_id", Code::MailNotFound)
    }

    fn named<T: WireId>(&self, segment: &str, unknown: Code) -> Result<T, Problem> {
        self.id(segment).ok_or_else(|| unknown.into())
    }
}

impl FromRequest for PathId {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self(request.clone())))
    }
}
