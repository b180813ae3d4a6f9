//! The service itself, from a start without settings to a stop by a signal.

use std::os::unix::fs::PermissionsExt;
use std::time::Instant;

use crate::support::{TIMEOUT, WorkDir};
use serde_json::Value;

const SOUND: &str = "Vq8rT2xWm4Zb7NcKp1LdYe6HsGfJ3uAo";

#[test]
fn it_runs_without_settings_and_stops_on_a_signal() {
    let work_dir = WorkDir::new();
    let service = work_dir.serve(&[]);
    assert!(!service.api.ends_with(":0"), "{}", service.api);
    assert_eq!(service.docs, format!("{}/docs", service.api));
    assert_eq!(service.outbox, "data/outbox");
    assert_eq!(service.get("/healthz", None).status, 200);
    assert_eq!(service.get("/docs/", None).status, 200, "the docs are where they are said to be");

    let mode = |name| std::fs::metadata(work_dir.path(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode("data"), mode("data/jwt_secret")), (0o700, 0o600));
    let secret = std::fs::read_to_string(work_dir.path("data/jwt_secret")).unwrap();
    assert!(secret.len() >= 43);
    assert!(!service.log().contains(&secret));
    assert_eq!(service.stop("TERM"), Some(0));
}

#[test]
fn ctrl_c_and_the_end_of_its_terminal_stop_it_as_well() {
    for signal in ["INT", "HUP"] {
        let work_dir = WorkDir::new();
        assert_eq!(work_dir.serve(&[]).stop(signal), Some(0), "{signal}");
    }
}

/// `nohup` starts a process in this way.
#[cfg(target_os = "linux")]
#[test]
fn a_hang_up_that_was_ignored_at_its_start_stays_ignored() {
    let work_dir = WorkDir::new();
    let service = work_dir.serve_after("trap '' HUP", &[]);
    let hang_up = format!("kill -HUP {}", service.process());
    assert!(std::process::Command::new("sh").args(["-c", &hang_up]).status().unwrap().success());
    assert_eq!(service.get("/healthz", None).status, 200);
    assert_eq!(service.stop("TERM"), Some(0));
}

#[test]
fn a_second_service_on_the_same_file_is_refused() {
    let work_dir = WorkDir::new();
    let service = work_dir.serve(&[]);
    work_dir.run(&["serve"], &[]).refused(&["bailiwick.db"]);
    assert_eq!(service.get("/healthz", None).status, 200);
    assert_eq!(service.stop("TERM"), Some(0));
    assert_eq!(work_dir.serve(&[]).stop("TERM"), Some(0), "the claim ended with its holder");
}

#[test]
fn a_token_outlives_a_restart() {
    let work_dir = WorkDir::new();
    let service = work_dir.serve(&[]);
    let token = service.sign_up();
    assert_eq!(service.stop("TERM"), Some(0));
    let service = work_dir.serve(&[]);
    service.get("/auth/me", Some(&token)).json(200);
}

#[test]
fn tokens_can_be_signed_with_a_key_pair() {
    let work_dir = WorkDir::new();
    let eddsa = [("BAILIWICK__JWT__ALGORITHM", "EdDSA")];
    let service = work_dir.serve(&eddsa);
    let token = service.sign_up();
    assert_eq!(service.stop("TERM"), Some(0));
    let service = work_dir.serve(&eddsa);
    service.get("/auth/me", Some(&token)).json(200);
}

#[test]
fn a_new_secret_refuses_no_token_of_the_old_one() {
    let (old, new) = ("0123456789abcdef0123456789abcdef", "fedcba9876543210fedcba9876543210");
    for algorithm in ["HS256", "EdDSA"] {
        let work_dir = WorkDir::new();
        let settings = |secret, previous| {
            [
                ("BAILIWICK__JWT__ALGORITHM", algorithm),
                ("JWT_SECRET", secret),
                ("BAILIWICK__JWT__PREVIOUS_KEYS", previous),
            ]
        };
        let service = work_dir.serve(&settings(old, ""));
        let token = service.sign_up();
        assert_eq!(service.stop("TERM"), Some(0));

        let service = work_dir.serve(&settings(new, old));
        service.get("/auth/me", Some(&token)).json(200);
        let renewed = service.log_in();
        let keys = service.get("/.well-known/jwks.json", None).json(200);
        assert_eq!(keys["keys"].as_array().unwrap().len(), if algorithm == "EdDSA" { 2 } else { 0 });
        assert_eq!(service.stop("TERM"), Some(0));

        let service = work_dir.serve(&settings(new, ""));
        service.get("/auth/me", Some(&renewed)).json(200);
        service.get("/auth/me", Some(&token)).json(401);
        assert_eq!(service.stop("TERM"), Some(0));
    }
}

#[test]
fn the_mail_of_a_sign_up_arrives_in_the_outbox_with_a_public_link() {
    let work_dir = WorkDir::new();
    work_dir.write(".env", "PUBLIC_URL=https://id.example.com/\nBAILIWICK__LOG__FORMAT=json\n");
    let service = work_dir.serve(&[]);
    service.sign_up();
    assert_eq!(service.stop("TERM"), Some(0));
    // A mail that was not sent before the stop is sent after the next start.
    let service = work_dir.serve(&[]);
    let started = Instant::now();
    let mail = loop {
        if let Some(mail) = first_mail(&work_dir) {
            break mail;
        }
        assert_eq!(service.get("/healthz", None).status, 200);
        assert!(started.elapsed() < TIMEOUT, "{}", service.log());
    };
    assert!(mail.contains("https://id.example.com/verify-email#token="), "{mail}");
}

#[test]
fn logs_are_structured_and_hold_no_secret() {
    let work_dir = WorkDir::new();
    let service = work_dir.serve(&[("RUST_LOG", "trace"), ("BAILIWICK__LOG__FORMAT", "json")]);
    let token = service.sign_up();
    service.get("/auth/signup-invite?token=inv_canary", None).json(404);
    service.get("/auth/me", Some(&token)).json(200);
    let log = service.log();
    assert!(log.lines().count() > 10);
    for line in log.lines() {
        serde_json::from_str::<Value>(line).unwrap();
    }
    let secret = std::fs::read_to_string(work_dir.path("data/jwt_secret")).unwrap();
    for canary in [token.as_str(), &secret, "correct horse", "$argon2", "inv_canary", "token=ver_"] {
        assert!(!log.contains(canary), "{canary}");
    }
}

fn first_mail(work_dir: &WorkDir) -> Option<String> {
    let files = std::fs::read_dir(work_dir.path("data/outbox")).ok()?;
    let paths = files.map(|entry| entry.unwrap().path());
    let mail = paths.into_iter().find(|path| path.extension().is_some_and(|extension| extension == "eml"))?;
    Some(std::fs::read_to_string(mail).unwrap())
}

#[test]
fn a_secret_that_can_be_guessed_causes_a_warning() {
    for (secret, warned) in [("a".repeat(40), true), (SOUND.to_owned(), false)] {
        let work_dir = WorkDir::new();
        let service = work_dir.serve(&[("JWT_SECRET", &secret)]);
        service.sign_up();
        let log = service.log();
        assert_eq!(log.contains("JWT_SECRET can be guessed"), warned, "{log}");
        assert!(!log.contains(&secret));
        service.stop("TERM");
    }
}
