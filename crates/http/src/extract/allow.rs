//! Callers with authority in the organization that path or query name.

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use bailiwick_app::authority::{self, ActiveMember, OrgOwner, Permit};
use bailiwick_app::{Denial, Error};
use bailiwick_kernel::OrgId;

use crate::extract::caller::Caller;
use crate::extract::decision::{Deciding, at_once, pending};
use crate::extract::scope::Scope;
use crate::problem::Problem;

/// A member whose role grants `P`.
#[derive(Clone, Debug)]
pub struct Allow<P>(authority::Allow<P>);

/// An active member, whatever the role.
#[derive(Clone, Debug)]
pub struct Member(ActiveMember);

/// A member whose role is the owner's.
#[derive(Clone, Debug)]
pub struct Owner(OrgOwner);

impl<P> Allow<P> {
    /// That the caller may.
    pub fn proof(&self) -> &authority::Allow<P> {
        &self.0
    }
}

impl Member {
    /// That the caller is a member.
    pub fn proof(&self) -> &ActiveMember {
        &self.0
    }
}

impl Owner {
    /// That the caller is an owner.
    pub fn proof(&self) -> &OrgOwner {
        &self.0
    }
}

impl<P: Permit> FromRequest for Allow<P> {
    type Error = Problem;
    type Future = Deciding<Self>;

    /// From memory where it can be: then nothing is boxed and nobody waits.
    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        within_org(
            request,
            |caller, org| {
                let verdict = caller.app.authority().check_cached(&caller.actor, org)?;
                Some(verdict.map(Self))
            },
            async |caller, org| caller.app.authority().check_uncached(&caller.actor, org).await.map(Self),
        )
    }
}

impl FromRequest for Member {
    type Error = Problem;
    type Future = Deciding<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        within_org(
            request,
            |caller, org| {
                let verdict = caller.app.authority().member_cached(&caller.actor, org)?;
                Some(verdict.map(Self))
            },
            async |caller, org| caller.app.authority().member(&caller.actor, org).await.map(Self),
        )
    }
}

impl FromRequest for Owner {
    type Error = Problem;
    type Future = Deciding<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        within_org(
            request,
            |_, _| None,
            async |caller, org| caller.app.authority().owner(&caller.actor, org).await.map(Self),
        )
    }
}

/// Credential, organization, authority. When the organization is not clear the
/// account is still looked at first: 401 and 403 come before 400.
fn within_org<T: 'static>(
    request: &HttpRequest,
    from_memory: impl FnOnce(&Caller, OrgId) -> Option<Result<T, Denial>>,
    ask: impl AsyncFnOnce(&Caller, OrgId) -> Result<T, Error> + 'static,
) -> Deciding<T> {
    let caller = match Caller::of(request) {
        Ok(caller) => caller,
        Err(problem) => return at_once(request, Err(problem)),
    };
    match Scope::of(request).and_then(Scope::required) {
        Ok(org) => match from_memory(&caller, org) {
            Some(verdict) => at_once(request, verdict.map_err(Problem::from)),
            None => pending(request, async move { Ok(ask(&caller, org).await?) }),
        },
        Err(problem) => pending(request, async move {
            caller.app.authority().authenticated(&caller.actor).await?;
            Err(problem)
        }),
    }
}
