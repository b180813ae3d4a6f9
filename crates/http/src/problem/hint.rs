//! Why a token or a request is refused, said so that its sender can put it right.

use std::borrow::Cow;

use bailiwick_app::TokenFault;
use time::Duration;

/// What to do about a token that is refused for this fault.
pub fn token(fault: TokenFault) -> Cow<'static, str> {
    Cow::Borrowed(match fault {
        TokenFault::PartCount(parts) => return parts_hint(parts).into(),
        TokenFault::Expired(ago) => return expired_hint(ago).into(),
        TokenFault::Malformed => {
            "The token is malformed: header and payload must be base64url-coded JSON with the claims sub, \
             sid and exp. Log in again and send the token unaltered."
        }
        TokenFault::WrongAlgorithm => {
            "The token names another signing algorithm than this service uses. Log in at this service."
        }
        TokenFault::BadSignature => {
            "The signature does not match: the token was signed with another secret or was altered. \
             Log in at this service and send the token unaltered."
        }
        TokenFault::NoExpiry => {
            "The token has no expiry (claim exp). Log in at this service to get one that has."
        }
        TokenFault::NotYetValid => {
            "The token is not valid yet: the clock of its issuer is ahead. Set the clocks right and log in again."
        }
        TokenFault::TwoSubjects => "The claims id and sub name different users. Log in at this service.",
        TokenFault::WrongParty => {
            "The token is from another issuer or for another audience. Log in at this service."
        }
        TokenFault::Revoked => "The session of this token was ended. Log in again.",
    })
}

/// What to do about a limit that is reached.
pub fn wait(seconds: u32) -> String {
    format!(
        "Wait {seconds} s, then send the same request again: one that comes sooner is refused, and does not \
         lengthen the wait."
    )
}

fn parts_hint(parts: usize) -> String {
    let parts = match parts {
        1 => "1 part".to_owned(),
        many => format!("{many} parts"),
    };
    format!(
        "The token has {parts}; header.payload.signature are three, separated by dots. \
         Copy the whole access_token of /auth/login."
    )
}

fn expired_hint(ago: Duration) -> String {
    format!("The token expired {} ago. Log in again, or renew it with the refresh token.", in_words(ago))
}

/// A span in its largest whole unit.
fn in_words(span: Duration) -> String {
    let (number, unit) = match span {
        span if span.whole_days() > 0 => (span.whole_days(), "day"),
        span if span.whole_hours() > 0 => (span.whole_hours(), "hour"),
        span if span.whole_minutes() > 0 => (span.whole_minutes(), "minute"),
        span if span.whole_seconds() > 0 => (span.whole_seconds(), "second"),
        _ => return "less than a second".to_owned(),
    };
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {unit}{plural}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_told_in_their_largest_unit() {
        for (span, words) in [
            (Duration::milliseconds(3), "less than a second"),
            (Duration::seconds(1), "1 second"),
            (Duration::seconds(59), "59 seconds"),
            (Duration::seconds(61), "1 minute"),
            (Duration::minutes(119), "1 hour"),
            (Duration::hours(49), "2 days"),
        ] {
            assert_eq!(in_words(span), words);
        }
    }

    #[test]
    fn the_hint_names_the_cause() {
        for (fault, words) in [
            (TokenFault::PartCount(1), "has 1 part;"),
            (TokenFault::PartCount(5), "has 5 parts;"),
            (TokenFault::Expired(Duration::minutes(7)), "expired 7 minutes ago"),
            (TokenFault::BadSignature, "another secret"),
            (TokenFault::WrongAlgorithm, "another signing algorithm"),
            (TokenFault::NotYetValid, "clock"),
            (TokenFault::Revoked, "session"),
            (TokenFault::NoExpiry, "no expiry"),
        ] {
            assert!(token(fault).contains(words), "{fault:?}: {}", token(fault));
        }
    }
}
