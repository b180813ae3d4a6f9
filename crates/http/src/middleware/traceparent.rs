//! The header `traceparent` (W3C Trace Context, section 3.2): the trace and the span of the caller.

use actix_web::http::header::HeaderMap;

const HEADER: &str = "traceparent";
/// Length of the fields of version 00: version, trace id, span id and flags, with a `-` between them.
const LENGTH: usize = 55;

/// The trace that a request belongs to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Traceparent {
    /// 32 hexadecimal digits.
    pub trace_id: String,
    /// 16 hexadecimal digits.
    pub span_id: String,
    /// Whether the caller may have recorded its span.
    pub is_sampled: bool,
}

impl Traceparent {
    /// Reads the header. A malformed or repeated header counts as absent.
    pub fn of(headers: &HeaderMap) -> Option<Self> {
        let mut values = headers.get_all(HEADER);
        let value = values.next()?.to_str().ok()?;
        if values.next().is_some() { None } else { Self::parse(value) }
    }

    /// Parses the value. A later version may add fields after those of version 00, and version ff is invalid.
    fn parse(text: &str) -> Option<Self> {
        let (known, more) = text.split_at_checked(LENGTH)?;
        let mut fields = known.split('-');
        let version = hex(fields.next()?, 2)?;
        let trace_id = hex(fields.next()?, 32).filter(|id| !is_zero(id))?;
        let span_id = hex(fields.next()?, 16).filter(|id| !is_zero(id))?;
        let flags = u8::from_str_radix(hex(fields.next()?, 2)?, 16).ok()?;
        let is_complete = more.is_empty() || (version != "00" && more.starts_with('-'));
        (version != "ff" && is_complete && fields.next().is_none()).then(|| Self {
            trace_id: trace_id.to_owned(),
            span_id: span_id.to_owned(),
            is_sampled: flags & 1 == 1,
        })
    }
}

/// Returns the text if it consists of `digits` hexadecimal digits in lower case.
fn hex(text: &str, digits: usize) -> Option<&str> {
    let is_digit = |b: u8| matches!(b, b'0'..=b'9' | b'a'..=b'f');
    (text.len() == digits && text.bytes().all(is_digit)).then_some(text)
}

fn is_zero(id: &str) -> bool {
    id.bytes().all(|b| b == b'0')
}
