//! Stops while a dependency does not answer.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::freeze::Frozen;
use crate::postgres::{Postgres, send};
use crate::support::{Service, TIMEOUT, WorkDir};
use crate::{MARGIN, SECRET, Silent};

const QUICK: [(&str, &str); 2] =
    [("BAILIWICK__SERVER__SHUTDOWN_SECONDS", "1"), ("BAILIWICK__SERVER__DRAIN_DELAY_SECONDS", "0")];
/// Maximum duration of a stop: the setting above and two seconds.
const LONGEST: Duration = Duration::from_secs(3);

fn with<'a>(settings: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    [&QUICK, settings].concat()
}

/// Stops the service and returns its exit code and its log.
#[track_caller]
fn stop(work_dir: &WorkDir, service: Service, signal: &str) -> (Option<i32>, String) {
    let started = Instant::now();
    let code = service.stop(signal);
    let took = started.elapsed();
    let log = std::fs::read_to_string(work_dir.path("stderr.log")).unwrap();
    assert!(took < LONGEST + MARGIN, "{took:?}: {log}");
    (code, log)
}

#[tokio::test]
async fn a_service_whose_database_is_frozen_stops_in_time() {
    for signal in ["TERM", "HUP"] {
        let Some(postgres) = Postgres::start("a stop with a frozen database").await else { return };
        let work_dir = WorkDir::new();
        let service = work_dir.serve(&with(&[("DATABASE_URL", &postgres.url()), SECRET]));
        let token = service.sign_up();
        service.get("/auth/me", Some(&token)).json(200);
        let _frozen = Frozen::tree(postgres.process());
        // The stop must also work while a request is in progress.
        let mut waiting = TcpStream::connect(service.api.strip_prefix("http://").unwrap()).unwrap();
        waiting.write_all(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
        let (code, log) = stop(&work_dir, service, signal);
        assert_eq!(code, Some(1), "{log}");
        assert!(log.contains("left undone"), "{log}");
        assert!(log.contains("the record of when accounts were last active"), "{log}");
    }
}

#[test]
fn a_service_stops_while_the_mail_server_is_frozen() {
    let silent = Silent::new();
    let work_dir = WorkDir::new();
    let service = work_dir.serve(&with(&[("SMTP_URL", &silent.url("smtp"))]));
    service.sign_up();
    let _conversation = silent.connected();
    let (code, log) = stop(&work_dir, service, "TERM");
    assert_eq!(code, Some(1), "{log}");
    assert!(log.contains("mail in hand"), "{log}");
    // The acknowledged data is still there.
    let service = work_dir.serve(&[]);
    assert_eq!(service.stop("TERM"), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_stops_while_another_process_has_locked_its_file() {
    let work_dir = WorkDir::new();
    let service = work_dir.serve(&with(&[("BAILIWICK__DATABASE__STATEMENT_SECONDS", "60")]));
    let token = service.sign_up();
    service.get("/auth/me", Some(&token)).json(200);
    let url = format!("sqlite:{}", work_dir.path("data/bailiwick.db").display());
    let database = bailiwick::store::open(&url, &bailiwick::store::Options::default()).await.unwrap();
    let _held = database.store().begin().await.unwrap();
    let (code, log) = stop(&work_dir, service, "TERM");
    assert_eq!(code, Some(1), "{log}");
    assert!(log.contains("left undone"), "{log}");
}

#[test]
fn a_service_stops_while_its_log_is_not_read() {
    let work_dir = WorkDir::new();
    let mut command = work_dir.command(&[], &with(&[("RUST_LOG", "trace")]));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut announced = [0; 64];
    let mut stdout = child.stdout.take().unwrap();
    let read = stdout.read(&mut announced).unwrap();
    let line = String::from_utf8_lossy(&announced[..read]).into_owned();
    let api = line.split_whitespace().nth(1).unwrap().strip_prefix("http://").unwrap().to_owned();
    // Until the pipe is full and a request blocks on it.
    let started = Instant::now();
    while is_answered(&api) {
        assert!(started.elapsed() < TIMEOUT, "the log does not fill its pipe");
    }
    let started = Instant::now();
    send("TERM", child.id());
    let code = child.wait().unwrap().code();
    let took = started.elapsed();
    assert_eq!(code, Some(1));
    assert!(took < LONGEST + MARGIN, "{took:?}");
}

fn is_answered(api: &str) -> bool {
    let mut stream = TcpStream::connect(api).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(2))).unwrap();
    let body = json!({}).to_string();
    let length = body.len();
    let head =
        format!("POST /auth/signup HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: {length}");
    write!(stream, "{head}\r\n\r\n{body}").unwrap();
    stream.read_to_end(&mut Vec::new()).is_ok()
}
