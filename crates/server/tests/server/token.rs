//! `token inspect`: its report about a token, and its exit code.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::support::{Run, WorkDir};

const SECRET: &str = "kZ8m1vQy2Tt0pXn5sJwE7rLh4bFgCd9a";
const USER: &str = "0198c5a0-7d3e-7000-8000-0000000000a1";
const OTHER: &str = "0198c5a0-7d3e-7000-8000-0000000000a2";
const SESSION: &str = "0198c5a0-7d3e-7000-8000-0000000000b1";
const INSPECT: [&str; 2] = ["token", "inspect"];
const JSON: [&str; 3] = ["token", "inspect", "--json"];
const WITH_SECRET: &[(&str, &str)] = &[("JWT_SECRET", SECRET)];

fn encoded(part: &Value) -> String {
    URL_SAFE_NO_PAD.encode(part.to_string())
}

fn signed(header: &Value, claims: &Value, secret: &str) -> String {
    let message = format!("{}.{}", encoded(header), encoded(claims));
    let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap().chain_update(&message);
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
}

/// Returns the time by the clock of file timestamps, in seconds since 1970.
fn now() -> i64 {
    let file = tempfile::NamedTempFile::new().unwrap();
    let written = file.as_file().metadata().unwrap().modified().unwrap();
    written.duration_since(std::time::UNIX_EPOCH).unwrap().as_secs().try_into().unwrap()
}

/// Returns claims issued three minutes ago that expire in `seconds` from now.
fn claims(seconds: i64) -> Value {
    json!({"id": USER, "sub": USER, "sid": SESSION, "jti": "token-7", "iat": now() - 180, "exp": now() + seconds})
}

fn token(seconds: i64) -> String {
    signed(&json!({"typ": "JWT", "alg": "HS256"}), &claims(seconds), SECRET)
}

#[track_caller]
fn says(run: &Run, code: i32, words: &[&str]) {
    assert_eq!(run.code, Some(code), "{run:?}");
    for word in words {
        assert!(run.stdout.contains(word), "{word:?} is missing: {}", run.stdout);
    }
}

#[test]
fn a_valid_token_is_reported_like_the_scripts_of_the_guide() {
    let work_dir = WorkDir::new();
    let token = token(57 * 60 + 30);
    let run = work_dir.run_with_input(&INSPECT, WITH_SECRET, &token);
    says(
        &run,
        0,
        &[
            "Shape: 3 parts; header and payload are base64url JSON",
            "Algorithm: HS256\n",
            "Key ID: Not present",
            &format!("User ID: {USER}\n"),
            "Organization ID: Not present",
            "Role: Not present",
            &format!("Session ID (sid): {SESSION}"),
            "Token ID (jti): token-7",
            "Issuer (iss): Not present",
            "Audience (aud): Not present",
            "Token issued 3.",
            "Token valid for 57.",
            "Signature: matches (key from JWT_SECRET)",
            "Not checked: whether session and user are still valid",
            "Verdict: accepted as far as this machine can tell\n",
        ],
    );
    for part in [token.as_str(), token.rsplit_once('.').unwrap().1, SECRET] {
        assert!(!run.stdout.contains(part) && !run.stderr.contains(part), "{part}");
    }
    assert!(!work_dir.path("data").exists(), "nothing was made");
}

#[test]
fn the_json_report_has_the_same_content() {
    let run = WorkDir::new().run_with_input(&JSON, WITH_SECRET, &format!("Bearer {}\n", token(600)));
    let report: Value = serde_json::from_str(&run.succeeded().stdout).unwrap();
    assert_eq!(report["dropped"].as_array().unwrap().len(), 2);
    assert_eq!(report["shape"]["parts"], 3);
    assert_eq!((&report["shape"]["ok"], &report["algorithm"]["ok"]), (&json!(true), &json!(true)));
    assert_eq!(report["algorithm"]["alg"], "HS256");
    assert_eq!(report["times"]["expired"], false);
    assert!((9.0..=10.0).contains(&report["times"]["minutes_left"].as_f64().unwrap()));
    let claims = &report["claims"];
    assert_eq!((&claims["user_id"], &claims["role"]), (&json!(USER), &Value::Null));
    assert_eq!((&claims["id_and_sub_differ"], &claims["all"]["sid"]), (&json!(false), &json!(SESSION)));
    assert_eq!(report["signature"]["outcome"], "matches");
    assert_eq!(report["verdict"]["accepted"], true);
}

#[test]
fn text_around_a_token_is_dropped_and_reported() {
    let run = WorkDir::new().run_with_input(&INSPECT, WITH_SECRET, &format!("  Bearer {}\r\n", token(600)));
    says(&run, 0, &["Dropped: white space", "Dropped: the scheme `Bearer `", "Verdict: accepted"]);
    let run = WorkDir::new().run_with_input(&INSPECT, WITH_SECRET, &token(600));
    assert!(!run.stdout.contains("Dropped"), "{}", run.stdout);
}

#[test]
fn an_expired_token_is_refused_and_its_signature_is_still_reported() {
    let run = WorkDir::new().run_with_input(&INSPECT, WITH_SECRET, &token(-192));
    says(
        &run,
        1,
        &["Token expired 3.2 minutes ago", "Signature: matches", "Verdict: refused: the token expired"],
    );
}

#[test]
fn a_token_of_another_secret_is_refused() {
    let other = [("JWT_SECRET", "another Secret of 32 bytes or so, X7q2")];
    let run = WorkDir::new().run_with_input(&INSPECT, &other, &token(600));
    says(&run, 1, &["Token valid for", "signed with another secret", "Verdict: refused: the signature"]);
    let previous = [other[0], ("BAILIWICK__JWT__PREVIOUS_KEYS", SECRET)];
    says(&WorkDir::new().run_with_input(&INSPECT, &previous, &token(600)), 0, &["Signature: matches"]);
}

#[test]
fn without_a_key_the_rest_is_checked_and_none_is_made() {
    let work_dir = WorkDir::new();
    let run = work_dir.run_with_input(&INSPECT, &[], &token(600));
    says(&run, 0, &["key is not at hand: JWT_SECRET is not set", "if the signature is good"]);
    says(&work_dir.run_with_input(&INSPECT, &[], &token(-60)), 1, &["Token expired 1.0 minutes ago"]);
    let eddsa = [("BAILIWICK__JWT__ALGORITHM", "EdDSA")];
    says(
        &work_dir.run_with_input(&INSPECT, &eddsa, &token(600)),
        1,
        &["HS256 (this service accepts only EdDSA)"],
    );
    assert!(!work_dir.path("data").exists(), "nothing was made");
}

#[test]
fn a_token_of_the_service_verifies_with_the_key_it_keeps() {
    for eddsa in [&[][..], &[("BAILIWICK__JWT__ALGORITHM", "EdDSA")]] {
        let work_dir = WorkDir::new();
        let service = work_dir.serve(eddsa);
        let token = service.sign_up();
        says(
            &work_dir.run_with_input(&INSPECT, eddsa, &token),
            0,
            &["Signature: matches (key from data/jwt_"],
        );
    }
}

#[test]
fn settings_that_have_nothing_to_do_with_tokens_may_be_wrong() {
    for wrong in [("DATABASE_URL", "nonsense"), ("PUBLIC_URL", "nonsense"), ("SMTP_URL", "nonsense")] {
        let run = WorkDir::new().run_with_input(&INSPECT, &[WITH_SECRET[0], wrong], &token(600));
        says(&run, 0, &["Signature: matches"]);
    }
    for (name, value) in [("JWT_SECRET", "short-and-weak"), ("BAILIWICK__NO__SUCH", "thing")] {
        let run = WorkDir::new().run_with_input(&INSPECT, &[(name, value)], &token(600));
        says(&run, 0, &["key is not at hand: the settings cannot be used", name]);
        assert!(!run.stdout.contains("short-and-weak"), "{}", run.stdout);
    }
}

#[test]
fn text_that_is_no_token_is_refused_and_not_repeated() {
    for (text, words) in [
        ("", &["there is no token on standard input"][..]),
        ("canary", &["1 part instead of 3", "the header is not base64url"]),
        ("canary!.canary!", &["2 parts instead of 3", "header and payload are not base64url"]),
        ("Y2FuYXJ5.Y2FuYXJ5.canary", &["3 parts", "not a JSON object", "malformed"]),
        ("\u{0}\u{1b}[31mcanary", &["1 part instead of 3"]),
        ("e30. e30.canary", &["white space in it"]),
    ] {
        let run = WorkDir::new().run_with_input(&INSPECT, WITH_SECRET, text);
        says(&run, 1, words);
        says(&run, 1, &["Verdict: refused"]);
        assert!(!run.stdout.contains("canary") && !run.stdout.contains('\u{1b}'), "{}", run.stdout);
    }
    let two = token(600).rsplit_once('.').unwrap().0.to_owned();
    let run = WorkDir::new().run_with_input(&INSPECT, WITH_SECRET, &two);
    says(&run, 1, &["2 parts instead of 3", &format!("User ID: {USER}"), "Signature: there is none"]);
}

#[test]
fn an_unsigned_token_is_refused() {
    let unsigned = format!("{}.{}.", encoded(&json!({"alg": "none"})), encoded(&claims(600)));
    let words = ["Algorithm: none (this service accepts only HS256)", "another algorithm", "there is none"];
    says(&WorkDir::new().run_with_input(&INSPECT, WITH_SECRET, &unsigned), 1, &words);
    says(&WorkDir::new().run_with_input(&INSPECT, &[], &unsigned), 1, &words);
}

#[test]
fn unusual_claims_are_reported() {
    let mut odd = claims(600);
    odd["sub"] = json!(OTHER);
    odd["role"] = json!("admin\u{1b}[2J");
    odd["iat"] = json!(now() + 600);
    odd["permissions"] = json!(["kb:read"]);
    let inspect =
        |header: &Value| WorkDir::new().run_with_input(&INSPECT, WITH_SECRET, &signed(header, &odd, SECRET));
    let run = inspect(&json!({"alg": "HS256"}));
    says(&run, 1, &["id and sub name two users", OTHER, "Role: admin", "in the future"]);
    says(&run, 1, &["Claim permissions: [\"kb:read\"]", "Verdict: refused: the token names two users"]);
    assert!(!run.stdout.contains('\u{1b}'));
    let run = inspect(&json!({"alg": "HS256", "kid": "k1"}));
    says(&run, 1, &["Key ID: k1", "signed with another secret"]);
    let mut ahead = claims(600);
    ahead["iat"] = json!(now() + 120);
    let ahead = signed(&json!({"alg": "HS256"}), &ahead, SECRET);
    says(&WorkDir::new().run_with_input(&INSPECT, WITH_SECRET, &ahead), 1, &["not valid yet", "clocks"]);
}

#[test]
fn wrong_usage_and_a_refusal_have_different_exit_codes() {
    for arguments in [&["token"][..], &["token", "inspect", "a.b.c"], &["doctor", "--fast"]] {
        assert_eq!(WorkDir::new().run(arguments, &[]).code, Some(2), "{arguments:?}");
    }
}
