//! The application with the context of the request.

use std::future::{Ready, ready};
use std::ops::Deref;

use actix_web::dev::Payload;
use actix_web::http::header::ACCEPT_LANGUAGE;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use bailiwick_app::{App, Context};

use crate::extract::caller::app_of;
use crate::extract::client::client_of;
use crate::middleware::RequestId;
use crate::problem::Problem;

/// The application with the context of the request, which its use cases see.
#[derive(Clone)]
pub struct Service(App);

impl Deref for Service {
    type Target = App;

    fn deref(&self) -> &App {
        &self.0
    }
}

impl FromRequest for Service {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(app_of(request).map(|app| Self(app.on_behalf(context_of(request)))))
    }
}

/// Returns the context of a request: its id, its client and the languages that it accepts.
pub(crate) fn context_of(request: &HttpRequest) -> Context {
    let request_id = request.extensions().get::<RequestId>().map(|id| id.as_str().into());
    let accepted = request.headers().get(ACCEPT_LANGUAGE).and_then(|header| header.to_str().ok());
    Context { request_id, client: client_of(request), accept_language: accepted.map(Into::into) }
}
