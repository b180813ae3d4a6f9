//! Callers with an account, whatever the organization.

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use bailiwick_app::authority::{ActiveMember, Authenticated};
use bailiwick_app::invitations::RequireVerifiedEmail;

use crate::extract::caller::Caller;
use crate::extract::decision::{Deciding, at_once, pending};
use crate::extract::scope::Scope;
use crate::problem::Problem;

/// A caller with an active account and a live session.
#[derive(Clone, Copy, Debug)]
pub struct Bearer(Authenticated);

impl Bearer {
    /// The caller.
    pub fn proof(&self) -> &Authenticated {
        &self.0
    }
}

impl FromRequest for Bearer {
    type Error = Problem;
    type Future = Deciding<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        match Caller::of(request) {
            Ok(caller) => match caller.app.authority().authenticated_cached(&caller.actor) {
                Some(verdict) => at_once(request, verdict.map(Self).map_err(Problem::from)),
                None => pending(request, async move {
                    Ok(Self(caller.app.authority().authenticated(&caller.actor).await?))
                }),
            },
            Err(problem) => at_once(request, Err(problem)),
        }
    }
}

/// A caller with an active account, a live session and a verified address.
#[derive(Clone, Copy, Debug)]
pub struct VerifiedBearer(Authenticated);

impl VerifiedBearer {
    /// The caller.
    pub fn proof(&self) -> &Authenticated {
        &self.0
    }

    async fn check(caller: Caller) -> Result<Self, Problem> {
        let proof = caller.app.authority().authenticated(&caller.actor).await?;
        caller.app.query(&proof, &RequireVerifiedEmail).await?;
        Ok(Self(proof))
    }
}

impl FromRequest for VerifiedBearer {
    type Error = Problem;
    type Future = Deciding<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        match Caller::of(request) {
            Ok(caller) => pending(request, Self::check(caller)),
            Err(problem) => at_once(request, Err(problem)),
        }
    }
}

/// A caller with an active account and, when the request names an organization,
/// an active membership there.
#[derive(Clone, Debug)]
pub struct MaybeMember {
    account: Authenticated,
    member: Option<ActiveMember>,
}

impl MaybeMember {
    /// The caller.
    pub fn proof(&self) -> &Authenticated {
        &self.account
    }

    /// The membership in the organization named, if one was named.
    pub fn member(&self) -> Option<&ActiveMember> {
        self.member.as_ref()
    }

    async fn check(caller: Caller, scope: Result<Scope, Problem>) -> Result<Self, Problem> {
        let authority = caller.app.authority();
        if let Ok(Some(org)) = scope.as_ref().map(|scope| scope.org()) {
            let member = authority.member(&caller.actor, org).await?;
            return Ok(Self { account: member.account(), member: Some(member) });
        }
        let account = authority.authenticated(&caller.actor).await?;
        scope?;
        Ok(Self { account, member: None })
    }
}

impl FromRequest for MaybeMember {
    type Error = Problem;
    type Future = Deciding<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        match Caller::of(request) {
            Ok(caller) => pending(request, Self::check(caller, Scope::of(request))),
            Err(problem) => at_once(request, Err(problem)),
        }
    }
}
