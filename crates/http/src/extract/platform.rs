//! Callers who administer the platform.

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use bailiwick_app::authority::PlatformAdmin;

use crate::extract::caller::Caller;
use crate::extract::decision::{Deciding, at_once, pending};
use crate::problem::Problem;

/// An administrator of the platform, in no organization in particular.
#[derive(Clone, Copy, Debug)]
pub struct Platform(PlatformAdmin);

impl Platform {
    /// That the caller administers the platform.
    pub fn proof(&self) -> &PlatformAdmin {
        &self.0
    }
}

impl FromRequest for Platform {
    type Error = Problem;
    type Future = Deciding<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        match Caller::of(request) {
            Ok(caller) => pending(request, async move {
                Ok(Self(caller.app.authority().platform_admin(&caller.actor).await?))
            }),
            Err(problem) => at_once(request, Err(problem)),
        }
    }
}
