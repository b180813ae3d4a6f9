//! Hints for refused tokens, missing permissions and rate limits. Each names the cause and the
//! correction.

use std::borrow::Cow;

use bailiwick_app::TokenFault;
use bailiwick_app::authority::{Missing, RoleNames};
use time::Duration;

/// Maximum length of a role name in a hint, in characters. Longer names are cut.
const LONGEST_NAME: usize = 40;

/// Returns the hint for a token that is refused because of `fault`.
pub fn token(fault: TokenFault) -> Cow<'static, str> {
    Cow::Borrowed(match fault {
        TokenFault::PartCount(parts) => return parts_hint(parts).into(),
        TokenFault::Expired(ago) => return expired_hint(ago).into(),
        TokenFault::Malformed => {
            "The token is malformed: header and payload must be base64url-coded JSON, the header with only \
             alg, typ and kid (no crit, jku or jwk), the payload with the claims sub, sid, iat and exp. \
             Log in again and send the token unaltered."
        }
        TokenFault::WrongAlgorithm => {
            "The token names another signing algorithm than this service uses. Log in at this service."
        }
        TokenFault::BadSignature => {
            "The signature does not match: the token was signed with another secret or was altered. \
             Log in at this service and send the token unaltered."
        }
        TokenFault::NoExpiry => {
            "The token has no expiry (claim exp). Log in at this service to get a token that has one."
        }
        TokenFault::NotYetValid => {
            "The token is not valid yet: the clock of its issuer is ahead. Correct the clocks and log in \
             again."
        }
        TokenFault::TwoSubjects => "The claims id and sub name different users. Log in at this service.",
        TokenFault::WrongParty => {
            "The token is from another issuer or for another audience. Log in at this service."
        }
        TokenFault::Revoked => "The session of this token was ended. Log in again.",
    })
}

/// Returns the hint for a rate limit that allows the next request after `seconds`.
pub fn wait(seconds: u32) -> String {
    format!(
        "Wait {seconds} s, then send the request again. A request sent sooner is refused, but does not \
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

/// Formats `span` in its largest whole unit, such as `2 days`.
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

/// Returns the hint for a missing permission: the nearest grants of the role, and the roles that grant it.
pub fn missing(missing: &Missing) -> String {
    let Missing { required, nearest, roles } = missing;
    let role = roles.as_ref().map_or_else(|| "Your role".to_owned(), |names| own_role(&names.own));
    let held = match joined(nearest.iter().map(ToString::to_string).collect()) {
        Some(near) => format!("{role} holds {near}; {required} is missing."),
        None => format!("{role} grants nothing on {}; {required} is missing.", required.resource()),
    };
    format!("{held} {}", remedy(roles.as_ref()))
}

fn own_role(role: &str) -> String {
    format!("Your role {}", shortened(role))
}

fn remedy(roles: Option<&RoleNames>) -> String {
    let granting = roles.map(|names| names.granting.as_slice()).unwrap_or_default();
    let names = joined(granting.iter().map(|name| shortened(name)).collect());
    match (granting.len(), names) {
        (0, _) | (_, None) => {
            "Ask an administrator of the organization for a role that grants it.".to_owned()
        }
        (1, Some(name)) => {
            format!("{name} holds it: ask an administrator of the organization for this role.")
        }
        (_, Some(names)) => {
            format!("{names} hold it: ask an administrator of the organization for one of these roles.")
        }
    }
}

/// Joins as in `a, b and c`; `None` if `words` is empty.
fn joined(mut words: Vec<String>) -> Option<String> {
    let last = words.pop()?;
    if words.is_empty() { Some(last) } else { Some(format!("{} and {last}", words.join(", "))) }
}

fn shortened(name: &str) -> String {
    match name.char_indices().nth(LONGEST_NAME) {
        Some((end, _)) => format!("{}...", name.get(..end).unwrap_or_default()),
        None => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use bailiwick_rbac::{Pattern, Permission};

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

    fn lacking(required: &str, nearest: &[&str], roles: Option<(&str, &[&str])>) -> Missing {
        Missing {
            required: Permission::parse(required).unwrap(),
            nearest: nearest.iter().map(|text| Pattern::parse(text).unwrap()).collect(),
            roles: roles.map(|(own, granting)| RoleNames {
                own: own.to_owned(),
                granting: granting.iter().map(|name| (*name).to_owned()).collect(),
            }),
        }
    }

    #[test]
    fn a_missing_permission_is_told_with_what_is_near_and_who_helps() {
        for (missing_one, words) in [
            (
                lacking("kb:write", &["kb:read"], Some(("editor", &["admin", "owner"]))),
                "Your role editor holds kb:read; kb:write is missing. admin and owner hold it: \
                 ask an administrator of the organization for one of these roles.",
            ),
            (
                lacking("kb:write", &["kb:read", "kb:l*"], None),
                "Your role holds kb:read and kb:l*; kb:write is missing. \
                 Ask an administrator of the organization for a role that grants it.",
            ),
            (
                lacking("kb:write", &[], Some(("guest", &["owner"]))),
                "Your role guest grants nothing on kb; kb:write is missing. owner holds it: \
                 ask an administrator of the organization for this role.",
            ),
            (
                lacking("kb:write", &[], Some(("guest", &["a", "b", "c"]))),
                "Your role guest grants nothing on kb; kb:write is missing. a, b and c hold it: \
                 ask an administrator of the organization for one of these roles.",
            ),
            (
                lacking("kb:write", &[], None),
                "Your role grants nothing on kb; kb:write is missing. \
                 Ask an administrator of the organization for a role that grants it.",
            ),
        ] {
            assert_eq!(missing(&missing_one), words);
        }
    }

    #[test]
    fn silly_names_do_not_make_a_hint_long() {
        let (name, half) = ("\u{e4}".repeat(100), "x".repeat(64));
        let grant = format!("{half}:{half}");
        let silly = lacking(&grant, &[&grant, &grant, &grant], Some((&name, &[&name, &name, &name])));
        let hint = missing(&silly);
        assert!(hint.chars().count() < 1000, "{hint}");
        assert!(!hint.contains(&"\u{e4}".repeat(41)), "{hint}");
    }
}
