//! The report as text, one line per item.

use std::fmt::Write;

use serde_json::Value;

use super::report::Report;

const ABSENT: &str = "Not present";

/// Returns the lines of the report, without a final newline.
pub fn lines(report: &Report) -> String {
    let mut out = Lines(String::new());
    for dropped in &report.dropped {
        out.line("Dropped", dropped);
    }
    out.line("Shape", &report.shape.message);
    algorithm(&mut out, report);
    claims(&mut out, report);
    let times = &report.times;
    out.line("Issue", &times.issue);
    if let Some(moment) = times.expires_at {
        out.line("Expiration", &moment.to_string());
    }
    out.line("Expiry", &times.expiry);
    out.line("Signature", &report.signature.message);
    out.line("Not checked", report.not_checked);
    out.line("Verdict", &report.verdict.message);
    out.0.trim_end().to_owned()
}

fn algorithm(out: &mut Lines, report: &Report) {
    let algorithm = &report.algorithm;
    let mut text = shown(algorithm.alg.as_ref());
    if !algorithm.ok {
        text = format!("{text} (this service accepts only {})", algorithm.expected);
    }
    out.line("Algorithm", &text);
    out.line("Key ID", &shown(algorithm.kid.as_ref()));
}

fn claims(out: &mut Lines, report: &Report) {
    let claims = &report.claims;
    out.line("User ID", &shown(claims.user_id.as_ref()));
    if claims.id_and_sub_differ {
        let differ = "id and sub name two users, so the token is refused; sub is";
        out.line("User ID", &format!("{differ} {}", shown(claims.all.get("sub"))));
    } else if let [only] = claims.user_named_by.as_slice() {
        out.line("User ID", &format!("named only by {only}"));
    }
    for (name, value) in [
        ("Organization ID", &claims.organization_id),
        ("Role", &claims.role),
        ("Session ID (sid)", &claims.session_id),
        ("Token ID (jti)", &claims.token_id),
        ("Issuer (iss)", &claims.issuer),
        ("Audience (aud)", &claims.audience),
    ] {
        out.line(name, &shown(value.as_ref()));
    }
    for (name, value) in claims.others() {
        out.line(&format!("Claim {name}"), &shown(Some(value)));
    }
}

fn shown(value: Option<&Value>) -> String {
    match value {
        None => ABSENT.to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

struct Lines(String);

impl Lines {
    /// Appends a line without control characters, because an untrusted token could move the cursor.
    fn line(&mut self, name: &str, value: &str) {
        let plain = |text: &str| text.chars().filter(|c| !c.is_control()).collect::<String>();
        // INVARIANT: writing to a String does not fail.
        let _ = writeln!(self.0, "{}: {}", plain(name), plain(value));
    }
}
