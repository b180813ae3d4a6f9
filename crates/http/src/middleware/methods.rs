//! Methods that every resource has: OPTIONS, and HEAD where it has GET.

use actix_web::body::{BoxBody, EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{ALLOW, HeaderMap, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, HttpResponse};

use crate::extract::Decided;

/// Request extension: the request came as HEAD and is routed as GET.
struct AsGet;

/// Routes a HEAD as GET (RFC 9110, section 9.3.2); the encoder leaves the body out. A GET changes
/// nothing, so a HEAD does not either.
pub(super) fn route_head_as_get(request: &mut ServiceRequest) {
    if request.method() == Method::HEAD {
        request.head_mut().method = Method::GET;
        request.extensions_mut().insert(AsGet);
    }
}

/// Wraps a resource: answers OPTIONS, and completes `Allow`.
pub(crate) async fn methods<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    Ok(complete_allow(next.call(request).await?, Method::HEAD.as_str()))
}

/// Wraps a resource whose GET has an effect: HEAD is refused.
pub(crate) async fn methods_without_head<B: MessageBody>(
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    if request.extensions_mut().remove::<AsGet>().is_some() {
        request.head_mut().method = Method::HEAD;
    }
    Ok(complete_allow(next.call(request).await?, ""))
}

/// Answers OPTIONS, and completes the `Allow` of a 405 of the router. `beside_get` is allowed where GET is.
fn complete_allow<B: MessageBody>(
    response: ServiceResponse<B>,
    beside_get: &str,
) -> ServiceResponse<EitherBody<B>> {
    if response.status() != StatusCode::METHOD_NOT_ALLOWED {
        return response.map_into_left_body();
    }
    let Some(allow) = allowed_methods(response.headers(), beside_get) else {
        return response.map_into_left_body();
    };
    if response.request().method() == Method::OPTIONS {
        return options(response, allow).map_into_right_body();
    }
    let mut response = response;
    response.headers_mut().insert(ALLOW, allow);
    response.map_into_left_body()
}

fn allowed_methods(headers: &HeaderMap, beside_get: &str) -> Option<HeaderValue> {
    let handled = headers.get(ALLOW)?.to_str().ok()?;
    let mut methods: Vec<&str> = Vec::new();
    for method in handled.split(',').map(str::trim) {
        let beside = if method == Method::GET.as_str() { beside_get } else { "" };
        methods.extend([method, beside]);
    }
    methods.push(Method::OPTIONS.as_str());
    methods.retain(|method| !method.is_empty());
    let mut seen = Vec::new();
    methods.retain(|method| {
        !seen.contains(method) && {
            seen.push(*method);
            true
        }
    });
    HeaderValue::from_str(&methods.join(", ")).ok()
}

/// Answers OPTIONS for every caller, because a 405 names the methods too.
fn options<B>(response: ServiceResponse<B>, allow: HeaderValue) -> ServiceResponse<BoxBody> {
    let (request, _) = response.into_parts();
    request.extensions_mut().insert(Decided);
    let response = HttpResponse::NoContent().insert_header((ALLOW, allow)).finish();
    ServiceResponse::new(request, response)
}
