//! The times of issue and expiry of a token, by the clock of this machine.

use bailiwick::kernel::Timestamp;
use serde::Serialize;
use serde_json::Value;

use super::shape::Object;

/// The times of a token.
#[derive(Serialize)]
pub struct Times {
    /// The clock of this machine.
    pub now: Timestamp,
    /// `iat`.
    pub issued_at: Option<Timestamp>,
    /// `nbf`.
    pub not_before: Option<Timestamp>,
    /// `exp`.
    pub expires_at: Option<Timestamp>,
    /// Whether `expires_at` is reached.
    pub expired: Option<bool>,
    /// Minutes until `expires_at`, negative afterwards.
    pub minutes_left: Option<f64>,
    /// The time of issue as a sentence.
    pub issue: String,
    /// The time of expiry as a sentence.
    pub expiry: String,
}

impl Times {
    /// Reads the times of a payload, relative to `now`.
    pub fn of(payload: &Object, now: Timestamp) -> Self {
        let (issued_at, not_before) = (moment(payload, "iat"), moment(payload, "nbf"));
        let expires_at = moment(payload, "exp");
        Self {
            now,
            issued_at,
            not_before,
            expires_at,
            expired: expires_at.map(|end| now >= end),
            minutes_left: expires_at.map(|end| minutes(now, end)),
            issue: issue(payload, issued_at, not_before, now),
            expiry: expiry(payload, expires_at, now),
        }
    }
}

/// Reads a claim as whole seconds since 1970 (RFC 7519, section 2); the service refuses fractions.
fn moment(payload: &Object, claim: &str) -> Option<Timestamp> {
    payload.get(claim).and_then(Value::as_i64).and_then(Timestamp::from_unix_seconds)
}

fn minutes(from: Timestamp, to: Timestamp) -> f64 {
    (to - from).as_seconds_f64() / 60.0
}

fn expiry(payload: &Object, expires_at: Option<Timestamp>, now: Timestamp) -> String {
    match expires_at {
        None => unreadable(payload, "exp"),
        Some(end) if now >= end => format!("Token expired {:.1} minutes ago", minutes(end, now)),
        Some(end) => format!("Token valid for {:.1} more minutes", minutes(now, end)),
    }
}

fn issue(
    payload: &Object,
    issued_at: Option<Timestamp>,
    not_before: Option<Timestamp>,
    now: Timestamp,
) -> String {
    let ahead = "that clock is ahead of this one, or this one is behind";
    let issue = match issued_at {
        None => unreadable(payload, "iat"),
        Some(start) if start > now => {
            format!(
                "Token issued {:.1} minutes in the future by the clock of its issuer: {ahead}",
                minutes(now, start)
            )
        }
        Some(start) => format!("Token issued {:.1} minutes ago", minutes(start, now)),
    };
    match not_before {
        Some(start) if start > now => {
            format!("{issue}; not valid for {:.1} more minutes", minutes(now, start))
        }
        _ => issue,
    }
}

fn unreadable(payload: &Object, claim: &str) -> String {
    match payload.get(claim) {
        None => format!("Not present ({claim})"),
        Some(_) => format!("{claim} is not a whole number of seconds since 1970"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(payload: &Value) -> Times {
        Times::of(payload.as_object().unwrap(), Timestamp::from_unix_seconds(10_000).unwrap())
    }

    #[test]
    fn minutes_are_reported_like_the_scripts_of_the_guide() {
        assert_eq!(of(&json!({"exp": 9_808})).expiry, "Token expired 3.2 minutes ago");
        assert_eq!(of(&json!({"exp": 13_420})).expiry, "Token valid for 57.0 more minutes");
        assert_eq!(of(&json!({"exp": 10_000})).expiry, "Token expired 0.0 minutes ago");
        assert_eq!(of(&json!({"exp": 10_000})).expired, Some(true), "expiry has no leeway");
        assert_eq!(of(&json!({"iat": 9_700})).issue, "Token issued 5.0 minutes ago");
    }

    #[test]
    fn a_clock_that_is_ahead_is_reported() {
        assert!(of(&json!({"iat": 10_120})).issue.contains("2.0 minutes in the future"));
        assert!(of(&json!({"iat": 1, "nbf": 10_060})).issue.contains("not valid for 1.0 more minutes"));
    }

    #[test]
    fn invalid_times_are_reported() {
        for (payload, words) in
            [(json!({}), "Not present"), (json!({"exp": "1"}), "whole"), (json!({"exp": 1.5}), "whole")]
        {
            let times = of(&payload);
            assert!(times.expiry.contains(words), "{}", times.expiry);
            assert_eq!((times.expired, times.minutes_left), (None, None));
        }
    }
}
