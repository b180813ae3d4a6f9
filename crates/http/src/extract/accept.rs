//! Content negotiation (RFC 9110, section 12.5.1).

use actix_web::HttpRequest;
use actix_web::guard::GuardContext;
use actix_web::http::header::{Accept, Header, Quality};
use actix_web::mime::{APPLICATION_JSON, Mime, STAR, TEXT_HTML};

/// Whether the client prefers HTML to JSON. Browsers name HTML and programs do not. Without a
/// preference the response is JSON.
pub fn prefers_html(request: &HttpRequest) -> bool {
    Accept::parse(request).is_ok_and(|accept| names_html(&accept))
}

/// As [`prefers_html`], for the guard of a route.
pub fn guard_html(context: &GuardContext<'_>) -> bool {
    context.header::<Accept>().is_some_and(|accept| names_html(&accept))
}

fn names_html(accept: &Accept) -> bool {
    weight(accept, &TEXT_HTML) > weight(accept, &APPLICATION_JSON)
}

/// Returns the weight of the range that names the type most exactly.
fn weight(accept: &Accept, kind: &Mime) -> Quality {
    let ranges = accept.iter().filter_map(|range| Some((exactness(&range.item, kind)?, range.quality)));
    let named = ranges.max_by_key(|(exactness, _)| *exactness);
    named.map_or(Quality::ZERO, |(_, quality)| quality)
}

/// Returns how exactly the range names the type; `None` if it does not.
fn exactness(range: &Mime, kind: &Mime) -> Option<u8> {
    match (range.type_(), range.subtype()) {
        (main, sub) if main == kind.type_() && sub == kind.subtype() => Some(2),
        (main, sub) if main == kind.type_() && sub == STAR => Some(1),
        (main, sub) if main == STAR && sub == STAR => Some(0),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn prefers(accept: &str) -> bool {
        prefers_html(&TestRequest::get().insert_header(("accept", accept)).to_http_request())
    }

    #[test]
    fn browsers_want_html() {
        for accept in [
            "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8",
            "text/html",
            "text/*",
            "text/html;q=0.9, application/json;q=0.8",
            "TEXT/HTML;level=1, */*;q=0.1",
            "application/json;q=0, */*",
        ] {
            assert!(prefers(accept), "{accept}");
        }
    }

    #[test]
    fn programs_and_the_undecided_get_json() {
        for accept in [
            "application/json",
            "application/problem+json",
            "*/*",
            "application/json, text/html",
            "text/html;q=0.5, application/json;q=0.6",
            "text/html;q=0, */*",
            "text/html;q=0",
            "nonsense",
            "",
        ] {
            assert!(!prefers(accept), "{accept}");
        }
        assert!(!prefers_html(&TestRequest::get().to_http_request()));
    }
}
