//! The extractor of authority.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use bailiwick_app::authority::{
    self, ActiveMember, AsProof, Authenticated, CatalogueWriter, OrgOwner, PlatformAdmin, Proof,
};

use crate::extract::about_member::AboutMember;
use crate::extract::check::Check;
use crate::extract::deciding::Deciding;
use crate::extract::optional_member::OptionalMember;
use crate::extract::place::{AlsoBody, Nowhere, PathOrQuery, Place};
use crate::extract::question::Question;
use crate::extract::raw_body::RawBody;
use crate::extract::verified_email::VerifiedEmail;
use crate::problem::Problem;

/// The proof that the caller passed the check `C`. The organization of the check is named in the
/// place `S`.
///
/// It derefs to the proof, and use cases run on it:
///
/// ```
/// use actix_web::HttpResponse;
/// use bailiwick_app::authority::permission::OrgDelete;
/// use bailiwick_app::organizations::DeleteOrganization;
/// use bailiwick_http::extract::{Allow, NoBody, Service};
/// use bailiwick_http::problem::Problem;
/// use bailiwick_http::response::no_content;
///
/// async fn delete(allow: Allow<OrgDelete>, _: NoBody, app: Service) -> Result<HttpResponse, Problem> {
///     tracing::info!(user = %allow.context().user, "an organization is deleted");
///     app.run(&allow, &DeleteOrganization).await?;
///     Ok(no_content())
/// }
/// ```
///
/// The order of the checks is: credential, account and session, organization, membership,
/// permission. The extractor takes the body out of the request. [`Body`](crate::extract::Body) and
/// its like return it after the decision; any other reader of the body beside the extractor turns
/// the response into a 500.
pub struct Authorized<C: Check, S = PathOrQuery> {
    proof: C::Proof,
    place: PhantomData<S>,
}

/// A member whose role grants `P`.
pub type Allow<P, S = PathOrQuery> = Authorized<authority::Allow<P>, S>;

/// An active member with any role.
pub type Member<S = PathOrQuery> = Authorized<ActiveMember, S>;

/// A member whose role is that of an owner.
pub type Owner<S = PathOrQuery> = Authorized<OrgOwner, S>;

/// An active member who asks about the authority of a member, which the body names in `user_id`.
pub type Inquirer = Authorized<AboutMember, AlsoBody>;

/// A caller who may add to a catalogue of permissions: that of the organization that query or body
/// name or, if they name none, the catalogue that [`authority::CatalogueWriter`] finds.
pub type Catalogue = Authorized<CatalogueWriter, AlsoBody>;

/// A caller with an active account and an active session.
pub type Bearer = Authorized<Authenticated, Nowhere>;

/// A caller with an active account, an active session and a verified address.
pub type VerifiedBearer = Authorized<VerifiedEmail, Nowhere>;

/// A caller with an active account and, if the request names an organization, an active membership
/// in it.
pub type MaybeMember = Authorized<OptionalMember, PathOrQuery>;

/// An administrator of the platform.
pub type Platform = Authorized<PlatformAdmin, Nowhere>;

impl<C: Check, S> Authorized<C, S> {
    fn new(proof: C::Proof) -> Self {
        Self { proof, place: PhantomData }
    }
}

impl<C: Check, S> Deref for Authorized<C, S> {
    type Target = C::Proof;

    fn deref(&self) -> &C::Proof {
        &self.proof
    }
}

impl<C: Check<Proof: Proof>, S: Sync> AsProof<C::Proof> for Authorized<C, S> {
    fn as_proof(&self) -> &C::Proof {
        &self.proof
    }
}

impl<C: Check<Proof: Clone>, S> Clone for Authorized<C, S> {
    fn clone(&self) -> Self {
        Self::new(self.proof.clone())
    }
}

impl<C: Check<Proof: fmt::Debug>, S> fmt::Debug for Authorized<C, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Authorized").field(&self.proof).finish()
    }
}

impl<C: Check, S: Place> FromRequest for Authorized<C, S> {
    type Error = Problem;
    type Future = Deciding<Self>;

    /// Nothing is boxed and nothing waits if the cache answers.
    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let body = RawBody::of(request, payload);
        let question = match Question::new(request, body.clone(), S::PLACE) {
            Ok(question) => question,
            Err(problem) => return Deciding::refused(body, problem),
        };
        let known = question.known_scope();
        match known.and_then(|scope| C::check_cached(&question, scope.org())) {
            Some(Ok(proof)) => Deciding::allowed(request, &body, C::org(&proof), Self::new(proof)),
            Some(Err(denial)) => Deciding::refused(body, denial.into()),
            None => Deciding::pending(request, body, async move {
                let scope = match known {
                    Some(scope) => scope,
                    None => question.scope().await?,
                };
                let proof = C::check_uncached(&question, scope.org()).await?;
                Ok((C::org(&proof), Self::new(proof)))
            }),
        }
    }
}
