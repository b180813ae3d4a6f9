//! Routes that anybody may use.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use bailiwick_app::authority;

use crate::extract::Decided;
use crate::problem::Problem;

/// Anybody may. `Authorization` is not looked at.
#[derive(Clone, Copy, Debug)]
pub struct Public(authority::Public);

impl Public {
    /// That anybody may.
    pub fn proof(&self) -> &authority::Public {
        &self.0
    }
}

impl FromRequest for Public {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        request.extensions_mut().insert(Decided);
        ready(Ok(Self(authority::Public)))
    }
}
