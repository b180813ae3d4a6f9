//! Callers with authority in an organization that may stand in the body alone.

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use bailiwick_app::authority::{self, ActiveMember, CatalogueWriter, Permit};
use bailiwick_app::authz::require_to_ask_about_others;
use bailiwick_kernel::{OrgId, UserId};

use crate::extract::caller::Caller;
use crate::extract::decision::{Deciding, at_once, pending};
use crate::extract::json;
use crate::extract::raw_body::RawBody;
use crate::extract::scope::Scope;
use crate::extract::tree::Json;
use crate::problem::{Code, Problem};

/// As [`Allow`](crate::extract::Allow), but the organization may stand in the
/// body. That is read, once the account was looked at, just far enough.
#[derive(Clone, Debug)]
pub struct AllowByBody<P>(authority::Allow<P>);

/// As [`Allow`](crate::extract::Allow); only where neither path nor query names
/// the organization is it looked for in the body. A body that names another one
/// is told by [`Body::within`](crate::extract::Body::within), after the decision.
#[derive(Clone, Debug)]
pub struct AllowElseByBody<P>(authority::Allow<P>);

/// An active member who asks what somebody may do; the organization may stand in
/// the body. About whom, the body says in `user_id`: about anybody but themselves
/// only who holds `roles:read` may ask. Both are read once the account was looked
/// at, and nothing else.
#[derive(Clone, Debug)]
pub struct AskByBody(ActiveMember);

/// Somebody who may add to a catalogue of permissions: that of the organization
/// that query or body name, or, where they name none, the one that follows from
/// who asks.
#[derive(Clone, Debug)]
pub struct Catalogue(CatalogueWriter);

impl<P> AllowByBody<P> {
    /// That the caller may.
    pub fn proof(&self) -> &authority::Allow<P> {
        &self.0
    }
}

impl<P> AllowElseByBody<P> {
    /// That the caller may.
    pub fn proof(&self) -> &authority::Allow<P> {
        &self.0
    }
}

impl AskByBody {
    /// That the caller is a member.
    pub fn proof(&self) -> &ActiveMember {
        &self.0
    }
}

impl Catalogue {
    /// That the caller may, and to which catalogue.
    pub fn proof(&self) -> &CatalogueWriter {
        &self.0
    }
}

impl<P: Permit> FromRequest for AllowByBody<P> {
    type Error = Problem;
    type Future = Deciding<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        decide(request, payload, async |question| {
            let org = question.scope().await?.required()?;
            question.allow(org).await.map(Self)
        })
    }
}

impl<P: Permit> FromRequest for AllowElseByBody<P> {
    type Error = Problem;
    type Future = Deciding<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        decide(request, payload, async |question| {
            let org = match &question.outside {
                Ok(scope) if scope.org().is_some() => scope.required()?,
                _ => question.scope().await?.required()?,
            };
            question.allow(org).await.map(Self)
        })
    }
}

impl FromRequest for AskByBody {
    type Error = Problem;
    type Future = Deciding<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        decide(request, payload, async |question| {
            let org = question.scope().await?.required()?;
            let Caller { app, actor } = &question.caller;
            let member = app.authority().member(actor, org).await?;
            if question.is_about_another().await {
                require_to_ask_about_others(member.context())?;
            }
            Ok(Self(member))
        })
    }
}

impl FromRequest for Catalogue {
    type Error = Problem;
    type Future = Deciding<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        decide(request, payload, async |question| {
            let org = question.scope().await?.org();
            let Caller { app, actor } = &question.caller;
            Ok(Self(app.authority().catalogue_writer(actor, org).await?))
        })
    }
}

/// Credential first; then whatever is to be found out with it.
fn decide<T: 'static>(
    request: &HttpRequest,
    payload: &mut Payload,
    verdict: impl AsyncFnOnce(Question) -> Result<T, Problem> + 'static,
) -> Deciding<T> {
    match Question::of(request, payload) {
        Ok(question) => pending(request, async move { verdict(question).await }),
        Err(problem) => at_once(request, Err(problem)),
    }
}

/// A caller, what path and query name, and the body to look into.
struct Question {
    caller: Caller,
    outside: Result<Scope, Problem>,
    body: RawBody,
}

impl Question {
    fn of(request: &HttpRequest, payload: &mut Payload) -> Result<Self, Problem> {
        let body = RawBody::of(request, payload);
        Ok(Self { caller: Caller::of(request)?, outside: Scope::of(request), body })
    }

    async fn allow<P: Permit>(&self, org: OrgId) -> Result<authority::Allow<P>, Problem> {
        let Caller { app, actor } = &self.caller;
        Ok(app.authority().check_uncached(actor, org).await?)
    }

    /// All that the request names, once the account was looked at.
    async fn scope(&self) -> Result<Scope, Problem> {
        self.caller.app.authority().authenticated(&self.caller.actor).await?;
        let outside = self.outside.clone()?;
        outside.joined(self.inside(outside).await?)
    }

    /// Whether the body names another user than the caller; what is no id is
    /// nobody's. Whether it can be read at all is told after the decision.
    async fn is_about_another(&self) -> bool {
        let read = self.body.bytes().await.and_then(|bytes| json::tree(&bytes));
        let own = Some(self.caller.actor.user);
        let is_another =
            |value: &Json| !matches!(value, Json::Null) && value.text().and_then(UserId::parse) != own;
        let values = read.as_ref().map(|body| json::values_in(body, "user_id"));
        values.is_ok_and(|values| values.is_ok_and(|values| values.into_iter().any(is_another)))
    }

    /// What the body names. A body that cannot be read names nothing; whether
    /// that is a fault of its own is told after the decision, unless the
    /// organization hangs on it.
    async fn inside(&self, outside: Scope) -> Result<Scope, Problem> {
        if self.body.is_absent() {
            return Ok(Scope::default());
        }
        // Whether the media type is right is told after the decision too. Where the body alone
        // can name the organization, a route that needs no body takes any type.
        let read = match outside.org() {
            Some(_) => self.body.bytes().await.and_then(|bytes| json::scope_of(&bytes)),
            None => self.body.bytes_of_any_type().await.and_then(|bytes| json::optional_scope_of(&bytes)),
        };
        match read {
            Err(problem) if is_no_object(&problem) && outside.org().is_none() => {
                self.body.require_json()?;
                Err(Problem::new(Code::InvalidOrgId)
                    .with_hint("The body is no JSON object, so it names no org_id."))
            }
            Err(problem) if is_about_body(&problem) && outside.org().is_some() => Ok(Scope::default()),
            other => other,
        }
    }
}

/// The body says something, and not by an object.
fn is_no_object(problem: &Problem) -> bool {
    matches!(problem.code(), Code::MalformedJson | Code::ValidationFailed)
}

/// Faults of the body itself, to be told after the decision where it can be made without.
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
