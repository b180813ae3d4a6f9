//! The spans that the collector receives, and the service without a collector.

use std::net::TcpListener;

use bailiwick_testkit::app::Certificates;
use serde_json::json;

use crate::protobuf::Span;
use crate::receiver::Receiver;
use crate::support::{Service, WorkDir};

const URL: &str = "BAILIWICK__LOG__OTLP_URL";
const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const CALLER: &str = "00f067aa0ba902b7";

fn get(service: &Service, path: &str, token: &str, traceparent: &str) {
    let address = service.api.strip_prefix("http://").unwrap();
    let headers =
        format!("Host: {address}\r\nAuthorization: Bearer {token}\r\ntraceparent: {traceparent}\r\n");
    assert_eq!(service.send_with("GET", path, &headers, "").status, 200);
}

fn named<'a>(spans: &'a [Span], name: &str) -> &'a Span {
    let found = spans.iter().find(|span| span.name == name);
    found.unwrap_or_else(|| panic!("no span {name}: {spans:#?}"))
}

fn child<'a>(spans: &'a [Span], parent: &Span) -> &'a Span {
    let found = spans.iter().find(|span| span.parent == parent.id);
    let child = found.unwrap_or_else(|| panic!("{} has no child: {spans:#?}", parent.name));
    assert_eq!(child.trace, parent.trace);
    child
}

#[test]
fn a_request_its_use_case_and_its_transaction_are_one_trace() {
    let (work_dir, receiver) = (WorkDir::new(), Receiver::start());
    let headers = ("BAILIWICK__LOG__OTLP_HEADERS", "X-Key=hunter2");
    let service = work_dir.serve(&[(URL, &receiver.url), headers]);
    let token = service.sign_up();
    let me = service.get("/auth/me", Some(&token)).json(200);
    let org = me["organizations"][0]["id"].clone();
    get(&service, "/auth/me?token=tok_secret", &token, &format!("00-{TRACE}-{CALLER}-01"));
    let unsampled = TRACE.replace('4', "5");
    get(&service, "/auth/me", &token, &format!("00-{unsampled}-{CALLER}-00"));
    get(&service, &format!("/organizations/{}/users", org.as_str().unwrap()), &token, "none");
    work_dir.mails(&service, 1);
    let address = service.api.clone();
    let log = service.log();
    assert_eq!(service.stop("TERM"), Some(0));

    let spans = receiver.spans();
    let sign_up = named(&spans, "POST /auth/signup");
    assert_eq!((sign_up.kind, sign_up.parent.as_str()), (2, ""), "{sign_up:?}");
    assert_eq!(sign_up.attributes["http.response.status_code"], "201");
    assert!(sign_up.nanoseconds > 0);
    let use_case = child(&spans, sign_up);
    assert_eq!((use_case.kind, use_case.attributes["command"].as_str()), (1, use_case.name.as_str()));
    let register = named(&spans, "Register");
    let transaction = child(&spans, register);
    assert_eq!((register.parent.as_str(), transaction.name.as_str()), (sign_up.id.as_str(), "transaction"));
    assert_eq!(transaction.attributes["outcome"], "committed");
    assert_eq!(named(&spans, "mail").attributes["outcome"], "sent");

    let traced: Vec<_> = spans.iter().filter(|span| span.trace == TRACE).collect();
    let [request, ..] = traced.iter().filter(|span| span.kind == 2).collect::<Vec<_>>()[..] else {
        panic!("the trace of the caller is missing: {spans:#?}");
    };
    assert_eq!((request.name.as_str(), request.parent.as_str()), ("GET /auth/me", CALLER));
    assert_eq!(json!(request.attributes["user.id"]), me["id"]);
    assert!(!spans.iter().any(|span| span.trace == unsampled), "the caller did not sample this trace");
    let listed = named(&spans, "GET /organizations/{org_id}/users");
    assert_eq!(json!(listed.attributes["org"]), org);

    for received in receiver.received() {
        assert!(received.head.starts_with("post /v1/traces http/1.1\r\n"), "{}", received.head);
        assert!(received.head.contains("content-type: application/x-protobuf"), "{}", received.head);
        assert!(received.head.contains("x-key: hunter2"), "{}", received.head);
        let body = String::from_utf8_lossy(&received.body);
        for secret in ["tok_secret", &token, "ada@example.com", "correct horse", "hunter2", &address] {
            assert!(!body.contains(secret), "{secret} was exported");
        }
    }
    assert!(!log.contains("hunter2") && !log.contains("\"spans\""), "{log}");
}

#[test]
fn spans_are_sent_by_tls_only_to_a_collector_whose_certificate_is_trusted() {
    let certificates = Certificates::make();
    let (work_dir, receiver) = (WorkDir::new(), Receiver::start_tls(&certificates));
    let ca = certificates.ca();
    let (url, ca) = ((URL, receiver.url.as_str()), ("BAILIWICK__TLS__CA_FILE", ca.to_str().unwrap()));
    let mut distrustful = work_dir.serve(&[url]);
    distrustful.sign_up();
    distrustful.ended_output("TERM");
    assert!(distrustful.log().contains("takes no spans"), "{}", distrustful.log());
    assert_eq!(distrustful.stop("TERM"), Some(0));
    assert!(receiver.received().is_empty(), "spans were sent to a collector that is not trusted");

    let service = work_dir.serve(&[url, ca]);
    service.get("/auth/me", None).json(401);
    assert_eq!(service.stop("TERM"), Some(0));
    named(&receiver.spans(), "GET /auth/me");
}

#[test]
fn doctor_asks_the_collector() {
    let certificates = Certificates::make();
    let (work_dir, receiver) = (WorkDir::new(), Receiver::start_tls(&certificates));
    let ca = certificates.ca();
    let (url, ca) = ((URL, receiver.url.as_str()), ("BAILIWICK__TLS__CA_FILE", ca.to_str().unwrap()));
    let key = ("BAILIWICK__LOG__OTLP_HEADERS", "X-Key=hunter2");
    let line = |environment: &[(&str, &str)]| {
        let report = work_dir.run(&["doctor"], environment).stdout;
        let place = report.lines().position(|line| line.contains("  collector  ")).expect(&report);
        report.lines().skip(place).take(2).collect::<Vec<_>>().join("\n")
    };
    assert!(line(&[url, ca, key]).starts_with("ok "), "{}", line(&[url, ca, key]));
    let [export, ..] = &receiver.received()[..] else { panic!("nothing was received") };
    assert!(export.body.is_empty() && export.head.contains("x-key: hunter2"), "{}", export.head);
    let distrusted = line(&[url]);
    assert!(distrusted.starts_with("failed ") && distrusted.contains("tls.ca_file"), "{distrusted}");
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let gone = line(&[(URL, &format!("http://{gone}"))]);
    assert!(gone.starts_with("failed ") && gone.contains("the collector runs"), "{gone}");
    assert!(line(&[]).starts_with("skipped "));
}

#[test]
fn a_missing_collector_fails_no_request() {
    let work_dir = WorkDir::new();
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut service = work_dir.serve(&[(URL, &format!("http://{gone}"))]);
    service.sign_up();
    service.ended_output("TERM");
    let log = service.log();
    assert_eq!(log.matches("takes no spans").count(), 1, "{log}");
    assert_eq!(service.stop("TERM"), Some(0));
}

#[test]
fn a_collector_that_does_not_answer_delays_no_stop_beyond_its_deadline() {
    let work_dir = WorkDir::new();
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    let short =
        [("BAILIWICK__SERVER__SHUTDOWN_SECONDS", "0"), ("BAILIWICK__SERVER__DRAIN_DELAY_SECONDS", "0")];
    let service = work_dir.serve(&[(URL, &url), short[0], short[1]]);
    service.sign_up();
    // A stop that reaches its deadline ends with code 1.
    assert_eq!(service.stop("TERM"), Some(0));
}
