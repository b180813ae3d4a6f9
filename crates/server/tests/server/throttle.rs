//! Rate limits, as the settings of the whole service.

use bailiwick::infra::SystemIds;
use bailiwick::kernel::IdSource;
use reqwest::blocking::{Client, Response};
use serde_json::json;

use crate::support::{Service, WorkDir};

const TEN_SIGN_UPS: (&str, &str) = ("BAILIWICK__LIMITS__SIGN_UPS_PER_HOUR_AND_CLIENT", "10");
const BEHIND_PROXY: (&str, &str) = ("BAILIWICK__THROTTLE__TRUSTED_PROXIES", "127.0.0.1");

fn guess(service: &Service) -> u16 {
    let login = json!({ "email": "ada@example.com", "password": "wrong password" });
    service.post("/auth/login", &login).status
}

/// Returns an IPv6 address whose network no other client has.
fn stranger() -> String {
    let mut bytes = [0; 4];
    SystemIds::new().fill(&mut bytes);
    let [a, b, c, d] = bytes;
    format!("2001:db8:{a:x}{b:02x}:{c:x}{d:02x}::1")
}

fn sign_up(service: &Service, client: &str, n: usize) -> Response {
    let account = json!({ "email": format!("user{n}@example.com"), "password": "correct horse battery",
        "first_name": "Ada", "last_name": "Lovelace" });
    let request = Client::new().post(format!("{}/auth/signup", service.api));
    request.header("x-forwarded-for", client).json(&account).send().unwrap()
}

#[test]
fn the_sixth_guess_in_a_row_must_wait() {
    let work_dir = WorkDir::new();
    let service = work_dir.serve(&[]);
    let answers: Vec<_> = (0..7).map(|_| guess(&service)).collect();
    assert!(answers.starts_with(&[401; 5]) && answers.contains(&429), "{answers:?}");
    assert!(!service.log().contains("throttles are switched off"));
}

#[test]
fn one_setting_switches_all_of_them_off() {
    let work_dir = WorkDir::new();
    let service = work_dir.serve(&[("BAILIWICK__THROTTLE__ENABLED", "false"), BEHIND_PROXY]);
    let answers: Vec<_> = (0..25).map(|_| guess(&service)).collect();
    assert_eq!(answers, [401; 25]);
    let client = stranger();
    for n in 0..12 {
        assert_eq!(sign_up(&service, &client, n).status(), 201);
    }
    assert!(service.log().contains("throttles are switched off"));
}

#[test]
fn a_missing_redis_is_logged_once_and_logins_continue() {
    let work_dir = WorkDir::new();
    let service =
        work_dir.serve(&[("REDIS_URL", "redis://:canary-password@127.0.0.1:1"), TEN_SIGN_UPS, BEHIND_PROXY]);
    let client = stranger();
    for n in 0..5 {
        assert_eq!(sign_up(&service, &client, n).status(), 201);
    }
    assert_eq!(sign_up(&service, &client, 9).status(), 429, "half of ten");
    let login = json!({ "email": "user1@example.com", "password": "correct horse battery" });
    service.post("/auth/login", &login).json(200);
    let log = service.log();
    assert_eq!(log.matches("Redis does not answer: this node counts alone").count(), 1, "{log}");
    assert!(!log.contains("canary-password"));
}

#[test]
fn services_with_one_redis_count_together() {
    let Ok(redis) = std::env::var("BAILIWICK_TEST_REDIS") else {
        assert!(std::env::var("BAILIWICK_TEST_REQUIRE").is_err(), "BAILIWICK_TEST_REDIS names no server");
        return;
    };
    let places = [WorkDir::new(), WorkDir::new()];
    let services = places
        .each_ref()
        .map(|work_dir| work_dir.serve(&[("REDIS_URL", &redis), TEN_SIGN_UPS, BEHIND_PROXY]));
    let client = stranger();
    for n in 0..10 {
        assert_eq!(sign_up(&services[n % 2], &client, n).status(), 201, "{n}");
    }
    for service in &services {
        let refused = sign_up(service, &client, 99);
        assert_eq!(refused.status(), 429, "{}", service.log());
        let seconds: u32 = refused.headers()["retry-after"].to_str().unwrap().parse().unwrap();
        assert!((300..=360).contains(&seconds), "{seconds}");
    }
}
