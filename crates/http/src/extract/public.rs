//! Routes without a check.

use std::ops::Deref;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use bailiwick_app::authority::{self, AsProof};

use crate::extract::deciding::Deciding;
use crate::extract::raw_body::RawBody;
use crate::problem::Problem;

/// The decision of a public route: every caller may have the response. `Authorization` is ignored.
/// As [`Authorized`](crate::extract::Authorized) it derefs to its proof and takes the body.
#[derive(Clone, Copy, Debug)]
pub struct Public(authority::Public);

impl Deref for Public {
    type Target = authority::Public;

    fn deref(&self) -> &authority::Public {
        &self.0
    }
}

impl AsProof<authority::Public> for Public {
    fn as_proof(&self) -> &authority::Public {
        &self.0
    }
}

impl FromRequest for Public {
    type Error = Problem;
    type Future = Deciding<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let body = RawBody::of(request, payload);
        Deciding::allowed(request, &body, None, Self(authority::Public))
    }
}
