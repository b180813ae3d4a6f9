//! The checks that [`Authorized`](crate::extract::Authorized) can ask for.

use bailiwick_app::authority::{
    ActiveMember, Allow, Authenticated, CatalogueWriter, OrgOwner, Permit, PlatformAdmin,
};
use bailiwick_app::{Denial, Error};
use bailiwick_kernel::OrgId;

use crate::extract::question::Question;
use crate::extract::scope;
use crate::problem::Problem;

/// A check of the caller. The proofs of `app` implement it for themselves.
pub trait Check: 'static {
    /// The result of the passed check.
    type Proof: Send + Sync + 'static;

    /// Decides without I/O. `None` means that [`Self::check_uncached`] must decide.
    fn check_cached(_question: &Question, _org: Option<OrgId>) -> Option<Result<Self::Proof, Denial>> {
        None
    }

    /// Decides, with I/O if necessary. `org` is the organization that the request names.
    fn check_uncached(
        question: &Question,
        org: Option<OrgId>,
    ) -> impl Future<Output = Result<Self::Proof, Problem>>;

    /// Returns the organization that a body read after the decision must agree with; `None` if its
    /// `org_id` is ignored.
    fn org(proof: &Self::Proof) -> Option<OrgId>;
}

impl Check for Authenticated {
    type Proof = Self;

    fn check_cached(question: &Question, _: Option<OrgId>) -> Option<Result<Self, Denial>> {
        question.authority().authenticated_cached(question.actor())
    }

    async fn check_uncached(question: &Question, _: Option<OrgId>) -> Result<Self, Problem> {
        Ok(question.authority().authenticated(question.actor()).await?)
    }

    fn org(_: &Self) -> Option<OrgId> {
        None
    }
}

impl Check for PlatformAdmin {
    type Proof = Self;

    async fn check_uncached(question: &Question, _: Option<OrgId>) -> Result<Self, Problem> {
        Ok(question.authority().platform_admin(question.actor()).await?)
    }

    fn org(_: &Self) -> Option<OrgId> {
        None
    }
}

impl Check for ActiveMember {
    type Proof = Self;

    fn check_cached(question: &Question, org: Option<OrgId>) -> Option<Result<Self, Denial>> {
        question.authority().member_cached(question.actor(), org?)
    }

    async fn check_uncached(question: &Question, org: Option<OrgId>) -> Result<Self, Problem> {
        within(question, org, async |org| question.authority().member(question.actor(), org).await).await
    }

    fn org(proof: &Self) -> Option<OrgId> {
        Some(proof.context().org)
    }
}

impl<P: Permit> Check for Allow<P> {
    type Proof = Self;

    fn check_cached(question: &Question, org: Option<OrgId>) -> Option<Result<Self, Denial>> {
        question.authority().check_cached(question.actor(), org?)
    }

    async fn check_uncached(question: &Question, org: Option<OrgId>) -> Result<Self, Problem> {
        let check = async |org| question.authority().check_uncached(question.actor(), org).await;
        within(question, org, check).await
    }

    fn org(proof: &Self) -> Option<OrgId> {
        Some(proof.context().org)
    }
}

impl Check for OrgOwner {
    type Proof = Self;

    async fn check_uncached(question: &Question, org: Option<OrgId>) -> Result<Self, Problem> {
        within(question, org, async |org| question.authority().owner(question.actor(), org).await).await
    }

    fn org(proof: &Self) -> Option<OrgId> {
        Some(proof.context().org)
    }
}

impl Check for CatalogueWriter {
    type Proof = Self;

    async fn check_uncached(question: &Question, org: Option<OrgId>) -> Result<Self, Problem> {
        Ok(question.authority().catalogue_writer(question.actor(), org).await?)
    }

    /// The body was read before the decision, so that it agrees.
    fn org(_: &Self) -> Option<OrgId> {
        None
    }
}

/// Checks in the organization of the request, which must be named. If it is not, the account is
/// checked first, because 401 and 403 come before 400.
pub(super) async fn within<T>(
    question: &Question,
    org: Option<OrgId>,
    check: impl AsyncFnOnce(OrgId) -> Result<T, Error>,
) -> Result<T, Problem> {
    if let Some(org) = org {
        return Ok(check(org).await?);
    }
    question.authority().authenticated(question.actor()).await?;
    Err(scope::missing())
}
