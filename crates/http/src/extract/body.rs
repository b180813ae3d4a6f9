//! Extractors of bodies, which are read after the decision about authority.

use std::marker::PhantomData;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use bailiwick_kernel::OrgId;
use futures_util::FutureExt;
use futures_util::future::{LocalBoxFuture, Ready, ready};

use crate::extract::fields::{Fields, Input};
use crate::extract::form::Form;
use crate::extract::json;
use crate::extract::raw_body::RawBody;
use crate::extract::scope::Scope;
use crate::extract::tree::Json;
use crate::problem::Problem;

/// The checked JSON body of a request.
///
/// The extractor waits for the extractor of authority of the same handler, so that 401 and 403 come
/// before 415, 413, 400 and 422, in this order. If the decision is about an organization, an `org_id`
/// in the body must name that organization.
///
/// ```
/// use actix_web::HttpResponse;
/// use actix_web::http::StatusCode;
/// use bailiwick_app::authority::permission::OrgWrite;
/// use bailiwick_http::extract::{Allow, Body, Fields, Input};
/// use bailiwick_http::response::json;
///
/// #[derive(serde::Deserialize)]
/// struct MottoBody {
///     motto: Option<String>,
/// }
///
/// impl Input for MottoBody {
///     type Value = String;
///
///     fn check(self, fields: &mut Fields) -> Option<String> {
///         fields.required("/motto", self.motto, |text| Ok::<_, String>(text.to_owned()))
///     }
/// }
///
/// async fn change_motto(_: Allow<OrgWrite>, Body(motto): Body<MottoBody>) -> HttpResponse {
///     json(StatusCode::OK, &motto)
/// }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Body<T: Input>(pub T::Value);

/// The body of a route that needs none. Clients may send an object or an encoding of no value, such as
/// `null`; any other body is refused with 422.
///
/// The media type is ignored, because nothing in the body has an effect. An `org_id` must agree as for
/// [`Body`].
#[derive(Clone, Copy, Debug)]
pub struct NoBody;

/// A body that the handler reads by [`Self::read`], after a check of its own.
pub struct Unread<B> {
    body: RawBody,
    kind: PhantomData<B>,
}

/// The body as a stream of bytes, for handlers that parse it themselves, such as uploads. The limit
/// of the settings does not apply.
pub struct BodyStream(Payload);

/// A body that is read from the request after the decision.
pub trait FromBody: Sized + 'static {
    /// Reads the body. `org` is the organization that it must agree with.
    #[doc(hidden)]
    fn from_body(body: RawBody, org: Option<OrgId>) -> impl Future<Output = Result<Self, Problem>>;
}

impl<T: Input + 'static> FromBody for Body<T> {
    async fn from_body(body: RawBody, org: Option<OrgId>) -> Result<Self, Problem> {
        let bytes = body.bytes().await?;
        let Some(org) = org else {
            return Fields::collect(json::parse::<T>(&bytes)?).map(Self);
        };
        let body = json::tree(&bytes)?;
        let input = json::from_tree::<T>(body.clone())?;
        Scope::from(org).joined(json::scope_in(&body)?)?;
        Fields::collect(input).map(Self)
    }
}

impl FromBody for NoBody {
    async fn from_body(body: RawBody, org: Option<OrgId>) -> Result<Self, Problem> {
        let object: Json = json::optional_object(&body.bytes_of_any_type().await?)?;
        if let Some(org) = org {
            Scope::from(org).joined(json::scope_in(&object)?)?;
        }
        Ok(Self)
    }
}

impl FromBody for BodyStream {
    async fn from_body(body: RawBody, _: Option<OrgId>) -> Result<Self, Problem> {
        body.hand_out().map(Self)
    }
}

impl BodyStream {
    /// Returns the payload as actix knows it.
    pub fn into_inner(self) -> Payload {
        self.0
    }
}

impl<B: FromBody> Unread<B> {
    /// Reads the body; the errors are those of `B`.
    pub async fn read(self) -> Result<B, Problem> {
        read(self.body).await
    }
}

impl<B: FromBody> FromRequest for Unread<B> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        ready(Ok(Self { body: RawBody::to_read(request, payload), kind: PhantomData }))
    }
}

macro_rules! read_after_decision {
    ($(($($generics:tt)*) $body:ty),+) => {$(
        impl<$($generics)*> FromRequest for $body {
            type Error = Problem;
            type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

            fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
                read(RawBody::to_read(request, payload)).boxed_local()
            }
        }
    )+};
}

read_after_decision!((T: Input + 'static) Body<T>, () NoBody, () BodyStream, () Form);

async fn read<B: FromBody>(body: RawBody) -> Result<B, Problem> {
    let org = body.decisions().made().await?;
    B::from_body(body, org).await
}
