//! Responses with a page.

use actix_web::http::StatusCode;
use actix_web::http::header::{
    CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderMap, HeaderValue, LOCATION, REFERRER_POLICY, VARY,
    WWW_AUTHENTICATE,
};
use actix_web::{HttpResponse, HttpResponseBuilder};
use askama::Template;
use bailiwick_http::problem::{Code, Problem};

/// What a handler of a page returns. A problem becomes a page at the edge.
pub type Answer = Result<HttpResponse, Problem>;

/// Scripts, styles and images of the service, forms to it, and nothing else.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
     form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
);
const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");
/// Under `no-referrer` browsers send `Origin: null` with our own forms. To other origins nothing is sent.
const SAME_ORIGIN: HeaderValue = HeaderValue::from_static("same-origin");
const VARIES: HeaderValue = HeaderValue::from_static("Accept, Accept-Language, Cookie");

/// Returns a page.
pub fn shown(page: &impl Template) -> Answer {
    shown_as(StatusCode::OK, page)
}

/// Returns a page with this status.
pub fn shown_as(status: StatusCode, page: &impl Template) -> Answer {
    let html = rendered(page)?;
    let mut response = HttpResponseBuilder::new(status).body(html);
    set_headers(response.headers_mut());
    Ok(response)
}

/// Returns the page that shows a refusal, with the status and the log line of the problem. A failure of
/// the service is left to the edge.
pub fn refused<T: Template>(problem: Problem, page: impl FnOnce(&Problem) -> T) -> Answer {
    if problem.code() == Code::InternalError {
        return Err(problem);
    }
    let html = rendered(&page(&problem))?;
    Ok(of_problem(problem, html))
}

/// Returns a page with the status, the log line and the `Retry-After` of a problem.
pub fn of_problem(problem: Problem, html: String) -> HttpResponse {
    let mut response = HttpResponse::from_error(problem);
    response.headers_mut().remove(WWW_AUTHENTICATE);
    set_headers(response.headers_mut());
    response.set_body(html).map_into_boxed_body()
}

/// Returns a redirection that the browser follows by GET.
pub fn see_other(location: String) -> Answer {
    let location = HeaderValue::try_from(location).map_err(Problem::internal_because)?;
    Ok(HttpResponse::SeeOther().insert_header((LOCATION, location)).finish())
}

fn rendered(page: &impl Template) -> Result<String, Problem> {
    page.render().map_err(|error| Problem::internal_because(format!("a page cannot be rendered: {error}")))
}

fn set_headers(headers: &mut HeaderMap) {
    headers.insert(CONTENT_TYPE, HTML);
    headers.insert(CONTENT_SECURITY_POLICY, POLICY);
    headers.insert(REFERRER_POLICY, SAME_ORIGIN);
    headers.insert(VARY, VARIES);
}
