//! Forms of pages are sent by pages of the service alone.

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{HeaderMap, ORIGIN};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpRequest};

use crate::own_origin::OwnOrigin;
use crate::problem::{Code, Problem};

const FETCH_SITE: &str = "sec-fetch-site";
const HINT: &str =
    "A page of another site sent this form. Open the page at this address and send it from there.";

/// Wraps a page: refuses an unsafe request of another origin before anything else happens to it.
pub(crate) async fn same_origin<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    if is_foreign(request.request()) {
        let problem = Problem::new(Code::ForeignOrigin).with_hint(HINT);
        return Ok(request.error_response(problem).map_into_right_body());
    }
    Ok(next.call(request).await?.map_into_left_body())
}

/// Returns whether the request may change something, and a page of another origin sent it.
pub fn is_foreign(request: &HttpRequest) -> bool {
    let is_safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let own = request.app_data::<Data<OwnOrigin>>();
    !is_safe && own.is_none_or(|own| is_sent_by_another(request.headers(), own))
}

/// Returns whether another origin sent the request. Fetch metadata (W3C Fetch Metadata Request Headers)
/// decides where a browser sends it, because `Origin` may be `null` for a form of our own. Programs
/// that are not browsers send neither.
fn is_sent_by_another(headers: &HeaderMap, own: &OwnOrigin) -> bool {
    let mut sites = headers.get_all(FETCH_SITE);
    if let Some(site) = sites.next() {
        return sites.next().is_some() || !(site == "same-origin" || site == "none");
    }
    let mut origins = headers.get_all(ORIGIN);
    let Some(origin) = origins.next() else { return false };
    let is_ours = origin.to_str().is_ok_and(|origin| own.is(origin, headers));
    origins.next().is_some() || !is_ours
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HOST, HeaderName, HeaderValue};

    use super::*;

    fn foreign(lines: &[(&'static str, &'static str)]) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(HOST, HeaderValue::from_static("127.0.0.1:8080"));
        for (name, value) in lines {
            headers.append(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        is_sent_by_another(&headers, &OwnOrigin::of("https://id.example.com/base"))
    }

    #[test]
    fn fetch_metadata_decides_first() {
        for (site, is_foreign) in
            [("same-origin", false), ("none", false), ("same-site", true), ("cross-site", true), ("", true)]
        {
            assert_eq!(foreign(&[(FETCH_SITE, site)]), is_foreign, "{site}");
            assert_eq!(foreign(&[(FETCH_SITE, site), ("origin", "null")]), is_foreign, "{site}");
            let own = ("origin", "https://id.example.com");
            assert_eq!(foreign(&[(FETCH_SITE, site), own]), is_foreign, "{site}");
        }
        assert!(foreign(&[(FETCH_SITE, "same-origin"), (FETCH_SITE, "cross-site")]));
    }

    #[test]
    fn without_it_the_origin_decides() {
        assert!(!foreign(&[]));
        for (origin, is_foreign) in [
            ("https://id.example.com", false),
            ("http://127.0.0.1:8080", false),
            ("http://id.example.com", true),
            ("https://evil.example", true),
            // Scripts of a listed origin may call the API; its forms may not be sent to pages.
            ("https://app.example.com", true),
            ("null", true),
            ("", true),
        ] {
            assert_eq!(foreign(&[("origin", origin)]), is_foreign, "{origin}");
        }
        assert!(foreign(&[("origin", "https://id.example.com"), ("origin", "https://id.example.com")]));
    }
}
