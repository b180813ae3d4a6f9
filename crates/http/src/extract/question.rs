//! The subject of a check: the caller, and the organization that the request names.

use actix_web::HttpRequest;
use bailiwick_app::{Actor, App, Authority};
use bailiwick_kernel::UserId;

use crate::extract::caller::Caller;
use crate::extract::json;
use crate::extract::place::Where;
use crate::extract::raw_body::RawBody;
use crate::extract::scope::Scope;
use crate::extract::tree::Json;
use crate::problem::{Code, Problem};

/// A caller with a valid access token, and what the request names. Account and session are not
/// checked yet.
pub struct Question {
    caller: Caller,
    place: Where,
    outside: Result<Scope, Problem>,
    body: RawBody,
    request: HttpRequest,
}

impl Question {
    /// Reads the credential, the path and the query, without I/O.
    pub(super) fn new(request: &HttpRequest, body: RawBody, place: Where) -> Result<Self, Problem> {
        let caller = Caller::of(request)?;
        let outside = if place == Where::Nowhere { Ok(Scope::default()) } else { Scope::of(request) };
        Ok(Self { caller, place, outside, body, request: request.clone() })
    }

    /// The application.
    pub fn app(&self) -> &App {
        &self.caller.app
    }

    /// The checks of authority.
    pub fn authority(&self) -> &Authority {
        self.app().authority()
    }

    /// The user and session of the access token.
    pub fn actor(&self) -> &Actor {
        &self.caller.actor
    }

    /// Returns what the request names, if path and query decide it. `None` means that
    /// [`Self::scope`] must find it.
    pub(super) fn known_scope(&self) -> Option<Scope> {
        let outside = self.outside.as_ref().ok()?;
        let is_known = match self.place {
            Where::Nowhere | Where::PathOrQuery => true,
            Where::ElseBody => outside.org().is_some(),
            Where::AlsoBody => false,
        };
        is_known.then_some(*outside)
    }

    /// Returns what the request names, by reading the body where it may name the organization. The
    /// account is checked first.
    pub(super) async fn scope(&self) -> Result<Scope, Problem> {
        self.authority().authenticated(self.actor()).await?;
        let outside = self.outside.clone()?;
        match self.place {
            Where::Nowhere | Where::PathOrQuery => Ok(outside),
            Where::ElseBody | Where::AlsoBody => outside.joined(self.inside(outside).await?),
        }
    }

    fn body(&self) -> &RawBody {
        self.body.examine(&self.request);
        &self.body
    }

    /// Whether the body names another user than the caller in `user_id`. A value that is no id names
    /// another user. A body that cannot be read names none; it is refused after the decision.
    pub(super) async fn is_about_another(&self) -> bool {
        let read = self.body().bytes().await.and_then(|bytes| json::tree(&bytes));
        let own = Some(self.actor().user);
        let is_another =
            |value: &Json| !matches!(value, Json::Null) && value.text().and_then(UserId::parse) != own;
        let values = read.as_ref().map(|body| json::values_in(body, "user_id"));
        values.is_ok_and(|values| values.is_ok_and(|values| values.into_iter().any(is_another)))
    }

    /// Returns what the body names. A body that cannot be read names nothing. It is refused after
    /// the decision, or at once if only the body can name the organization.
    async fn inside(&self, outside: Scope) -> Result<Scope, Problem> {
        if self.body().is_absent() {
            return Ok(Scope::default());
        }
        // A route without a body takes any media type, so the type is ignored if only the body can
        // name the organization.
        let read = match outside.org() {
            Some(_) => self.body().bytes().await.and_then(|bytes| json::scope_of(&bytes)),
            None => self.body().bytes_of_any_type().await.and_then(|bytes| json::optional_scope_of(&bytes)),
        };
        match read {
            Err(problem) if is_no_object(&problem) && outside.org().is_none() => {
                self.body().require_json()?;
                Err(Problem::new(Code::InvalidOrgId)
                    .with_hint("The body is not a JSON object, so it names no org_id."))
            }
            Err(problem) if is_about_body(&problem) && outside.org().is_some() => Ok(Scope::default()),
            other => other,
        }
    }
}

/// Whether the body is not empty and not an object.
fn is_no_object(problem: &Problem) -> bool {
    matches!(problem.code(), Code::MalformedJson | Code::ValidationFailed)
}

/// Whether the problem is one of the body alone, which is refused after the decision if the
/// decision does not need the body.
fn is_about_body(problem: &Problem) -> bool {
    matches!(
        problem.code(),
        Code::MalformedJson
            | Code::UnsupportedMediaType
            | Code::PayloadTooLarge
            | Code::BadRequest
            | Code::RequestTimeout
    )
}
