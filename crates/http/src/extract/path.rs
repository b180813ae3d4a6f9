//! Ids in the path.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use bailiwick_kernel::{InvitationId, MailId, RoleId, SessionId, UserId};

use crate::problem::{Code, Problem};

/// The segments of the path. What is no UUID is answered like an unknown id, and
/// only when the handler asks, which is after the decision.
#[derive(Clone, Debug)]
pub struct PathId(HttpRequest);

/// An id that clients may name.
pub trait WireId: Sized {
    /// Reads the hyphenated form of a UUID.
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

impl PathId {
    /// The id in the segment of this name.
    pub fn id<T: WireId>(&self, segment: &str) -> Option<T> {
        self.0.match_info().get(segment).and_then(T::read)
    }

    /// `{user_id}`, a member of the organization.
    pub fn member(&self) -> Result<UserId, Problem> {
        self.named("user_id", Code::MemberNotFound)
    }

    /// `{user_id}`, an account.
    pub fn user(&self) -> Result<UserId, Problem> {
        self.named("user_id", Code::UserNotFound)
    }

    /// `{session_id}`.
    pub fn session(&self) -> Result<SessionId, Problem> {
        self.named("session_id", Code::SessionNotFound)
    }

    /// `{role_id}`.
    pub fn role(&self) -> Result<RoleId, Problem> {
        self.named("role_id", Code::RoleNotFound)
    }

    /// `{invitation_id}`.
    pub fn invitation(&self) -> Result<InvitationId, Problem> {
        self.named("invitation_id", Code::InvitationNotFound)
    }

    /// `{mail_id}`.
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
