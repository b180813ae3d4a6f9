//! Responses to requests that the HTTP library cannot parse. The library writes them itself, without a
//! body, and no route sees the request. They are replaced by problems before they are sent.

use actix_web::http::StatusCode;
use actix_web::http::header::CONTENT_TYPE;
use bailiwick_app::App;

use crate::middleware::{ALWAYS, REQUEST_ID};
use crate::prefix::Prefix;
use crate::problem::{Code, MEDIA_TYPE, Problem};

/// Hint for a body whose chunks are malformed.
pub(crate) const MALFORMED_CHUNKS: &str = "The chunks of the body are malformed: each has its size in hexadecimal \
     digits, then the bytes (RFC 9112, section 7.1). Send it anew, or with Content-Length.";

const MALFORMED_HEAD: &str = "The head of the request is no valid HTTP/1.1. Often a line is malformed, Host is missing \
     or sent twice, or Content-Length is no number. Send the request with an HTTP library.";
const SLOW_HEAD: &str = "The head of the request did not arrive in time. Send the request again, as a whole.";

const NO_BODY: &[u8] = b"\r\ncontent-length: 0\r\n";
const END_OF_HEAD: &[u8] = b"\r\n\r\n";
/// Length limit of the heads that the library writes, in bytes.
const LONGEST_HEAD: usize = 256;

/// Writes the problems that replace the responses of the library.
#[derive(Clone)]
pub(crate) struct UnparsedProblems {
    app: App,
    prefix: Prefix,
}

/// A response that the library wrote.
struct Bare<'b> {
    /// Its offset in the bytes.
    start: usize,
    status: StatusCode,
    /// Its head without `Content-Length`.
    status_line: &'b [u8],
    headers: &'b [u8],
}

impl UnparsedProblems {
    pub fn new(app: App, prefix: Prefix) -> Self {
        Self { app, prefix }
    }

    /// If the bytes end with a response of the library, returns its offset and its replacement.
    pub fn replace(&self, bytes: &[u8]) -> Option<(usize, Vec<u8>)> {
        let bare = Bare::at_end_of(bytes)?;
        let problem = problem_of(bare.status)?;
        Some((bare.start, self.response(bare.status_line, bare.headers, &problem)))
    }

    /// Returns the response to a request with malformed chunks, for which the library writes none.
    pub fn malformed_chunks(&self) -> Vec<u8> {
        let problem = Problem::new(Code::BadRequest).with_hint(MALFORMED_CHUNKS);
        self.response(b"HTTP/1.1 400 Bad Request", b"connection: close\r\n\r\n", &problem)
    }

    fn response(&self, status_line: &[u8], headers: &[u8], problem: &Problem) -> Vec<u8> {
        let parts = self.app.parts();
        let id = parts.ids.uuid_v7(parts.clock.now()).to_string();
        let body = problem.body().with_request_id(id.as_str()).under(self.prefix.as_str()).to_json();
        let mut response = status_line.to_vec();
        let mut add = |name: &str, value: &[u8]| {
            response.extend_from_slice(b"\r\n");
            response.extend_from_slice(name.as_bytes());
            response.extend_from_slice(b": ");
            response.extend_from_slice(value);
        };
        add("content-length", body.len().to_string().as_bytes());
        add(CONTENT_TYPE.as_str(), MEDIA_TYPE.as_bytes());
        add(REQUEST_ID.as_str(), id.as_bytes());
        for (name, value) in ALWAYS {
            add(name.as_str(), value.as_bytes());
        }
        response.extend_from_slice(b"\r\n");
        response.extend_from_slice(headers);
        response.extend_from_slice(&body);
        response
    }
}

impl<'b> Bare<'b> {
    /// Finds a response of the library: unlike those of routes it has no request id and no body.
    fn at_end_of(bytes: &'b [u8]) -> Option<Self> {
        if !bytes.ends_with(END_OF_HEAD) {
            return None;
        }
        let from = bytes.len().saturating_sub(LONGEST_HEAD);
        let start = from.saturating_add(find_last(bytes.get(from..)?, b"HTTP/1.")?);
        let head = bytes.get(start..)?;
        if find(head, REQUEST_ID.as_str().as_bytes()).is_some() {
            return None;
        }
        let (status_line, rest) = head.split_at_checked(find(head, NO_BODY)?)?;
        let status = StatusCode::from_bytes(status_line.get(9..12)?).ok()?;
        Some(Self { start, status, status_line, headers: rest.get(NO_BODY.len()..)? })
    }
}

fn problem_of(status: StatusCode) -> Option<Problem> {
    let problem = Problem::new(Code::of_status(status.as_u16())?);
    Some(match problem.code() {
        Code::BadRequest => problem.with_hint(MALFORMED_HEAD),
        Code::RequestTimeout => problem.with_hint(SLOW_HEAD),
        _ => problem,
    })
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

fn find_last(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).rposition(|window| window == what)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start_of(bytes: &str) -> Option<(usize, u16)> {
        Bare::at_end_of(bytes.as_bytes()).map(|bare| (bare.start, bare.status.as_u16()))
    }

    #[test]
    fn only_a_response_of_the_library_is_found() {
        let bare = "HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
        assert_eq!(start_of(bare), Some((0, 400)));
        let before = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nx-request-id: a\r\n\r\n{}";
        assert_eq!(start_of(&format!("{before}{bare}")), Some((before.len(), 400)));
        for other in [
            "",
            "\r\n\r\n",
            before,
            "HTTP/1.1 204 No Content\r\nx-request-id: a\r\n\r\n",
            "HTTP/1.1 401 Unauthorized\r\ncontent-length: 120\r\nx-request-id: a\r\n\r\n",
            "HTTP/1.1 100 Continue\r\n\r\n",
            &format!("{bare}{{}}"),
        ] {
            assert_eq!(start_of(other), None, "{other}");
        }
    }
}
