//! The conformance suites of the ports, on each adapter.

mod hasher;
mod mail;
mod mail_server;
#[cfg(feature = "redis")]
mod redis;
mod tokens;

use bailiwick_infra::{LocalBus, LocalThrottle};
use bailiwick_testkit::adapters::{access_tokens, event_bus, mailer, password_hasher, throttle};
use bailiwick_testkit::{CapturedMail, Deviation, InProcess, event_bus_conformance, throttle_conformance};

throttle_conformance!(local_throttle, async { InProcess::new(LocalThrottle::default()) });
event_bus_conformance!(local_bus, async { InProcess::new(LocalBus::default()) });

/// The fakes that deviate are those of the testkit; no adapter of this crate does.
#[test]
fn the_documentation_says_which_cases_there_are() {
    let free = throttle::Fixture::deviations(&throttle::FreeFixture);
    let quick = password_hasher::Fixture::deviations(&password_hasher::QuickFixture);
    let captured = mailer::Fixture::deviations(&InProcess::new(CapturedMail::new()));
    let rows = [
        rows("Throttle", throttle::names(), "FreeThrottle", free),
        rows("EventBus", event_bus::names(), "OpenBus", &[]),
        rows("AccessTokens", access_tokens::names(), "none", &[]),
        rows("PasswordHasher", password_hasher::names(), "QuickHasher", quick),
        rows("Mailer", mailer::names(), "CapturedMail", captured),
    ];
    let text =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/adapters.md")).unwrap();
    let (_, rest) = text.split_once("<!-- begin: cases of the other ports -->").unwrap();
    let (table, _) = rest.split_once("<!-- end").unwrap();
    let documented: Vec<_> = table.trim().lines().skip(2).collect();
    assert_eq!(documented, rows.concat(), "the table of docs/adapters.md");
}

/// Returns a row for each file of cases: its number of cases, and of those that a fake is not meant to pass.
fn rows(
    port: &str,
    names: impl Iterator<Item = &'static str>,
    fake: &str,
    deviations: &[Deviation],
) -> Vec<String> {
    let mut files: Vec<(&str, u32, u32)> = Vec::new();
    for name in names {
        let file = name.split("::").next().unwrap();
        if files.last().is_none_or(|(known, ..)| *known != file) {
            files.push((file, 0, 0));
        }
        let (_, cases, deviating) = files.last_mut().unwrap();
        *cases += 1;
        *deviating += u32::from(deviations.iter().any(|deviation| deviation.is_of(name)));
    }
    let row = |(file, cases, deviating): (&str, u32, u32)| {
        let fake = if deviating == 0 { "0".to_owned() } else { format!("{deviating} (`{fake}`)") };
        format!("| `{port}` | `{file}` | {cases} | {fake} |")
    };
    files.into_iter().map(row).collect()
}
