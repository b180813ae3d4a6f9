//! The discovery of readers that bypass the decision.
//!
//! An extractor of authority takes the payload of the request and leaves a
//! [taken payload](crate::extract::taken_payload) behind. A reader such as `web::Json` polls it,
//! whether the check needs I/O or not, and the response becomes a 500. Otherwise a malformed body
//! would be refused before a missing permission or after it, depending on the cache.

use actix_web::HttpMessage;
use actix_web::dev::ServiceResponse;
use actix_web::error::{JsonPayloadError, UrlencodedError};

use crate::extract::raw_body::RawBody;
use crate::problem::Problem;

const MISREAD: &str = "another reader of the body stands beside an extractor of authority: replace it by \
     extract::Body, NoBody or BodyStream, which read the body after the decision";

/// Returns the problem of a response whose handler has a reader of the body beside an extractor of
/// authority. A reader that refuses the media type does not poll; its error gives it away.
pub(crate) fn misread<B>(response: &ServiceResponse<B>) -> Option<Problem> {
    let extensions = response.request().extensions();
    let body = extensions.get::<RawBody>()?;
    let is_error_of_reader = || {
        let error = response.response().error();
        error.is_some_and(|error| {
            error.as_error::<JsonPayloadError>().is_some() || error.as_error::<UrlencodedError>().is_some()
        })
    };
    let is_misread = body.is_misread() || (!body.is_handed_out() && is_error_of_reader());
    is_misread.then(|| Problem::internal_because(MISREAD))
}
