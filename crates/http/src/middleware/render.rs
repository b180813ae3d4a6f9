//! Adds the request id to problems, and converts bare errors to problems.

use actix_cors::CorsError;
use actix_web::body::{BodySize, BoxBody, EitherBody, MessageBody};
use actix_web::dev::ServiceResponse;
use actix_web::http::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use crate::extract::prefers_html;
use crate::middleware::{RequestId, cors};
use crate::pages::Pages;
use crate::prefix::Prefix;
use crate::problem::{Code, MEDIA_TYPE, Problem};

/// Returns the response, with its body replaced if it is a problem. A page stays as it is.
pub(super) async fn problems<B: MessageBody>(
    response: ServiceResponse<B>,
    id: &RequestId,
) -> ServiceResponse<EitherBody<B>> {
    let Some(problem) = problem_of(&response) else {
        return response.map_into_left_body();
    };
    if let Some(page) = page(response.request(), &problem).await {
        let (request, _) = response.into_parts();
        return ServiceResponse::new(request, page).map_into_right_body();
    }
    let prefix = Prefix::of_request(response.request());
    let json = problem.body().with_request_id(id.as_str()).under(prefix.as_str()).to_json();
    response.map_body(|head, _| {
        head.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
        EitherBody::right(BoxBody::new(json))
    })
}

/// Returns the problem of the response, or one that replaces a bare error.
fn problem_of<B: MessageBody>(response: &ServiceResponse<B>) -> Option<Problem> {
    if is_of_type(response.headers(), "text/html") {
        return None;
    }
    let error = response.response().error();
    if let Some(problem) = error.and_then(|error| error.as_error::<Problem>()) {
        return Some(problem.clone());
    }
    if let Some(refusal) = error.and_then(|error| error.as_error::<CorsError>()) {
        return Some(cors::problem(refusal));
    }
    is_bare(response).then(|| Code::of_status(response.status().as_u16()).map(Problem::new)).flatten()
}

/// Returns whether the body has no text of this service: it is empty or one of the plain texts of actix
/// and its middleware.
fn is_bare<B: MessageBody>(response: &ServiceResponse<B>) -> bool {
    response.response().body().size() == BodySize::Sized(0)
        || response.response().body().size() == BodySize::None
        || !response.headers().contains_key(CONTENT_TYPE)
        || is_of_type(response.headers(), "text/plain")
}

fn is_of_type(headers: &HeaderMap, name: &str) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    kind.is_some_and(|kind| kind.starts_with(name))
}

/// Returns the page of a problem, if the client prefers one and there are pages.
async fn page(request: &HttpRequest, problem: &Problem) -> Option<HttpResponse> {
    let pages = request.app_data::<Data<dyn Pages>>().filter(|_| prefers_html(request))?;
    pages.refusal(request, problem).await
}
