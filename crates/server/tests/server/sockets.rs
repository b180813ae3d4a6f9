//! Sockets of the real service.

use bailiwick_testkit::app::{Caller, Socket};
use tokio::runtime::Runtime;

use crate::support::{Service, WorkDir};

pub fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap()
}

/// Signs up the owner of a new organization.
pub fn owner(service: &Service) -> Caller {
    let token = service.sign_up();
    let me = service.get("/auth/me", Some(&token)).json(200);
    let text = |pointer: &str| me.pointer(pointer).unwrap().as_str().unwrap().to_owned();
    let (id, email, org) = (text("/id"), text("/email"), text("/organizations/0/id"));
    Caller { token, id, email, org, ..Caller::at(&service.api) }
}

#[test]
fn a_signal_closes_sockets() {
    let work_dir = WorkDir::new();
    let service = work_dir.serve(&[]);
    let (runtime, ada) = (runtime(), owner(&service));
    let mut sockets: Vec<Socket> =
        runtime.block_on(async { vec![ada.socket(&ada.org).await, ada.socket(&ada.org).await] });
    let stopped = std::thread::spawn(move || service.stop("TERM"));
    runtime.block_on(async {
        for socket in &mut sockets {
            socket.expect_close(1012, "Service restart").await;
        }
    });
    assert_eq!(stopped.join().unwrap(), Some(0));
}

#[test]
fn no_log_contains_tickets_or_tokens_of_sockets() {
    let work_dir = WorkDir::new();
    let service = work_dir.serve(&[("RUST_LOG", "trace")]);
    let (runtime, ada) = (runtime(), owner(&service));
    let ticket = service.send("POST", &format!("/ws/ticket?org_id={}", ada.org), Some(&ada.token), "{}");
    let ticket = ticket.json(200)["ticket"].as_str().unwrap().to_owned();
    let wrong = format!("{}x", ada.token);
    runtime.block_on(async {
        ada.socket(&ada.org).await.is_quiet().await;
        ada.connect(&format!("ticket={ticket}")).await.expect("connect").await;
        ada.connect(&format!("ticket={ticket}")).await.expect_close(1008, "Invalid ticket").await;
        ada.with_token(&wrong).connect(&format!("token={wrong}&org_id={}", ada.org)).await.closed().await;
        let hostile = [("origin", "https://evil.example")];
        let query = ada.socket_query();
        assert_eq!(ada.try_connect(&query, &hostile).await.err(), Some(403));
    });
    let (_, signature) = ada.token.rsplit_once('.').unwrap();
    let log = service.log();
    assert!(log.contains("TRACE"), "{log}");
    for secret in [signature, &ticket] {
        assert_eq!(log.lines().find(|line| line.contains(secret)), None);
    }
}
