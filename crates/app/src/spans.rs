//! Spans of what the application does: use cases, transactions, mail. All have the target [`TARGET`].
//!
//! A span that no subscriber wants costs the load of its callsite's cached interest: its fields are not
//! computed, and nothing is allocated.

use std::fmt::Display;

use tracing::field::Empty;
use tracing::{Level, Span};

use crate::mail::OutgoingMail;

/// The target of every span of bailiwick, by which a filter turns them on or off.
pub const TARGET: &str = "bailiwick::span";

/// Returns whether a subscriber wants the spans.
pub fn enabled() -> bool {
    tracing::span_enabled!(target: TARGET, Level::INFO)
}

/// The span of a use case, named by its type.
pub(crate) fn use_case<C: ?Sized>() -> Span {
    tracing::info_span!(target: TARGET, "use_case", command = short_name(std::any::type_name::<C>()))
}

/// The span of a transaction that may write.
pub(crate) fn transaction() -> Span {
    tracing::info_span!(target: TARGET, "transaction", access = "write", outcome = Empty)
}

/// The span of a transaction that only reads.
pub(crate) fn read_transaction() -> Span {
    tracing::info_span!(target: TARGET, "transaction", access = "read")
}

/// The span of the delivery of a mail. It holds no address.
pub(crate) fn mail(mail: &OutgoingMail) -> Span {
    tracing::info_span!(
        target: TARGET,
        "mail",
        mail = %mail.id,
        attempt = mail.attempts.saturating_add(1),
        outcome = Empty,
    )
}

/// Records how the work of the current span ended.
pub(crate) fn record_outcome(outcome: &'static str) {
    if enabled() {
        Span::current().record("outcome", outcome);
    }
}

/// Records the caller and the organization of a passed check in the current span, which is that of a
/// request. Does nothing if the spans are off.
pub fn record_caller(user: Option<impl Display>, org: Option<impl Display>) {
    if !enabled() {
        return;
    }
    let span = Span::current();
    if let Some(user) = user {
        span.record("user", tracing::field::display(user));
    }
    if let Some(org) = org {
        span.record("org", tracing::field::display(org));
    }
}

/// Returns the last part of the path of a type, without the arguments of generics.
fn short_name(path: &'static str) -> &'static str {
    let path = path.split('<').next().unwrap_or(path);
    path.rsplit("::").next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_use_case_is_named_without_its_path() {
        assert_eq!(short_name("bailiwick_app::accounts::sign_up::Register"), "Register");
        assert_eq!(short_name("a::b::List<c::d::Item>"), "List");
        assert_eq!(short_name("Plain"), "Plain");
    }
}
