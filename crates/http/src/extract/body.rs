//! Bodies, read when the handler asks and not before.

use std::future::{Ready, ready};
use std::marker::PhantomData;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use bailiwick_kernel::OrgId;

use crate::extract::fields::{Fields, Input};
use crate::extract::json;
use crate::extract::raw_body::RawBody;
use crate::extract::scope::Scope;
use crate::extract::tree::Json;
use crate::problem::Problem;

/// The JSON body of a request. Extracting it reads nothing, so a refusal by an
/// extractor of authority always comes first.
pub struct Body<T> {
    raw: RawBody,
    input: PhantomData<T>,
}

impl<T: Input> Body<T> {
    /// Reads, parses and checks it: 415, 413, 400, 422, in this order.
    pub async fn read(self) -> Result<T::Value, Problem> {
        Fields::collect(json::parse::<T>(&self.raw.bytes().await?)?)
    }

    /// The same for a body whose `org_id`, if it has one, must be this
    /// organization.
    pub async fn within(self, org: OrgId) -> Result<T::Value, Problem> {
        let body = json::tree(&self.raw.bytes().await?)?;
        let input = json::from_tree::<T>(body.clone())?;
        Scope::from(org).joined(json::scope_in(&body)?)?;
        Fields::collect(input)
    }
}

impl<T: Input> FromRequest for Body<T> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        ready(Ok(Self { raw: RawBody::of(request, payload), input: PhantomData }))
    }
}

/// The place of a body that a route does not need. Clients send one all the same: an object
/// with their `org_id`, or what their language encodes nothing as. The media type does not
/// matter, because nothing in the body has an effect.
pub struct NoBody(RawBody);

impl NoBody {
    /// For routes outside organizations: refuses a body that says something else than nothing.
    /// An `org_id` is ignored.
    pub async fn read(self) -> Result<(), Problem> {
        self.object().await.map(drop)
    }

    /// For routes within an organization: also refuses a body that names another one.
    pub async fn within(self, org: OrgId) -> Result<(), Problem> {
        let body = self.object().await?;
        Scope::from(org).joined(json::scope_in(&body)?).map(drop)
    }

    async fn object(self) -> Result<Json, Problem> {
        json::optional_object(&self.0.bytes_of_any_type().await?)
    }
}

impl FromRequest for NoBody {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        ready(Ok(Self(RawBody::of(request, payload))))
    }
}
