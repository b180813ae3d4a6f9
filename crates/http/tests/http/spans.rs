//! The spans of requests, as a subscriber sees them.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::{Arc, Mutex};

use actix_web::http::Method;
use actix_web::test::TestRequest;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::DefaultGuard;
use tracing::{Metadata, Subscriber};
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;

use crate::support::{Api, World, bearer};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT: &str = "00f067aa0ba902b7";

#[derive(Clone, Default, Debug)]
struct SeenSpan {
    name: &'static str,
    parent: Option<u64>,
    fields: BTreeMap<&'static str, String>,
}

/// All spans since the start, by their ids.
#[derive(Clone, Default)]
struct Spans(Arc<Mutex<Vec<(u64, SeenSpan)>>>);

impl Spans {
    /// Collects the spans of this test that `wanted` accepts, until the guard is dropped.
    fn collect(wanted: fn(&Metadata<'_>) -> bool) -> (Self, DefaultGuard) {
        let spans = Self::default();
        let subscriber = tracing_subscriber::registry().with(spans.clone().with_filter(filter_fn(wanted)));
        (spans, tracing::subscriber::set_default(subscriber))
    }

    fn named(&self, name: &str) -> Vec<(u64, SeenSpan)> {
        let seen = self.0.lock().unwrap();
        seen.iter().filter(|(_, seen)| seen.name == name).cloned().collect()
    }

    /// The fields of the last request.
    fn last_request(&self) -> BTreeMap<&'static str, String> {
        self.named("request").pop().expect("a span of a request").1.fields
    }

    fn change(&self, id: &Id, change: impl FnOnce(&mut SeenSpan)) {
        let mut seen = self.0.lock().unwrap();
        let found = seen.iter_mut().rfind(|(known, _)| *known == id.into_u64());
        change(&mut found.expect("a span that was opened").1);
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Spans {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let parent = context.span(id).unwrap().parent().map(|parent| parent.id().into_u64());
        let mut seen = SeenSpan { name: attributes.metadata().name(), parent, ..SeenSpan::default() };
        attributes.record(&mut seen);
        self.0.lock().unwrap().push((id.into_u64(), seen));
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, _: Context<'_, S>) {
        self.change(id, |seen| values.record(seen));
    }
}

impl Visit for SeenSpan {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let twice = self.fields.insert(field.name(), format!("{value:?}").trim_matches('"').to_owned());
        assert_eq!(twice, None, "{} is recorded twice", field.name());
    }
}

fn is_ours(metadata: &Metadata<'_>) -> bool {
    metadata.target() == "bailiwick::span"
}

async fn get_with_traceparent(api: &Api, headers: &[&str]) {
    let request = TestRequest::get().uri("/healthz");
    let with_header =
        |request: TestRequest, value: &&str| request.append_header(("traceparent", value.to_string()));
    assert_eq!(api.send(headers.iter().fold(request, with_header)).await.status, 200);
}

#[actix_web::test]
async fn a_request_is_a_span_without_a_secret() {
    let world = World::new();
    let (ada, eve) = (world.person("ada").await, world.person("eve").await);
    let api = world.api().await;
    let (spans, _guard) = Spans::collect(is_ours);
    let kb = format!("/probe/{}/kb", ada.org);
    let (org, known, stranger) = (ada.org.to_string(), ada.id.to_string(), eve.id.to_string());
    for (method, uri, token, status, route, user, org) in [
        (
            "GET",
            format!("{kb}?token=tok_secret"),
            ada.token.as_str(),
            "200",
            "/probe/{org_id}/kb",
            Some(&known),
            Some(&org),
        ),
        ("GET", kb.clone(), &eve.token, "403", "/probe/{org_id}/kb", Some(&stranger), None),
        ("GET", kb.clone(), "tok_secret", "401", "/probe/{org_id}/kb", None, None),
        ("GET", "/auth/me".to_owned(), &ada.token, "200", "/auth/me", Some(&known), None),
        ("GET", "/no/tok_secret".to_owned(), &ada.token, "404", "none", None, None),
        ("TOK_SECRET", "/auth/me".to_owned(), &ada.token, "405", "/auth/me", None, None),
        ("HEAD", "/healthz".to_owned(), "", "200", "/healthz", None, None),
    ] {
        let count = spans.named("request").len();
        let request = TestRequest::default().method(Method::from_bytes(method.as_bytes()).unwrap()).uri(&uri);
        let id = api.send(bearer(request, token)).await.header("x-request-id").to_owned();
        assert_eq!(spans.named("request").len(), count + 1, "{uri}");
        let fields = spans.last_request();
        let method = if method == "TOK_SECRET" { "_OTHER" } else { method };
        assert_eq!((fields["method"].as_str(), fields["status"].as_str()), (method, status), "{fields:?}");
        assert_eq!((fields["route"].as_str(), &fields["request_id"]), (route, &id), "{fields:?}");
        assert_eq!((fields.get("user"), fields.get("org")), (user, org), "{uri} {fields:?}");
        assert_eq!(fields["trace_id"].len(), 32, "{fields:?}");
        assert!(!format!("{fields:?}").to_lowercase().contains("tok_secret"), "{fields:?}");
    }
}

#[actix_web::test]
async fn a_use_case_is_within_its_request_and_a_transaction_within_its_use_case() {
    let world = World::new();
    let ada = world.person("ada").await;
    let api = world.api().await;
    let (spans, _guard) = Spans::collect(is_ours);
    let reply = api.post("/organizations", &ada.token, r#"{"name":"Acme"}"#).await;
    assert_eq!(reply.status, 201);
    let [(request, _)] = spans.named("request")[..] else { panic!("one request") };
    let (use_case, seen) = spans.named("use_case").pop().unwrap();
    assert_eq!((seen.parent, seen.fields["command"].as_str()), (Some(request), "CreateOrganization"));
    let (_, seen) = spans.named("transaction").pop().unwrap();
    assert_eq!((seen.parent, seen.fields["outcome"].as_str()), (Some(use_case), "committed"));
}

#[actix_web::test]
async fn the_trace_of_the_caller_is_continued() {
    let api = World::new().api().await;
    let (spans, _guard) = Spans::collect(is_ours);
    for (header, sampled) in [
        (format!("00-{TRACE}-{PARENT}-01"), "true"),
        (format!("00-{TRACE}-{PARENT}-00"), "false"),
        (format!("00-{TRACE}-{PARENT}-ff"), "true"),
        (format!("cc-{TRACE}-{PARENT}-01"), "true"),
        (format!("cc-{TRACE}-{PARENT}-01-what-the-future-brings"), "true"),
    ] {
        get_with_traceparent(&api, &[&header]).await;
        let fields = spans.last_request();
        assert_eq!(
            (fields["trace_id"].as_str(), fields["parent_span_id"].as_str()),
            (TRACE, PARENT),
            "{header}"
        );
        assert_eq!(fields["sampled"], sampled, "{header}");
    }
}

#[actix_web::test]
async fn a_malformed_traceparent_is_ignored() {
    let api = World::new().api().await;
    let (spans, _guard) = Spans::collect(is_ours);
    let (zero_trace, zero_parent) = ("0".repeat(32), "0".repeat(16));
    let valid = format!("00-{TRACE}-{PARENT}-01");
    for header in [
        "",
        "garbage",
        &format!("ff-{TRACE}-{PARENT}-01"),
        &format!("00-{zero_trace}-{PARENT}-01"),
        &format!("00-{TRACE}-{zero_parent}-01"),
        &format!("00-{}-{PARENT}-01", TRACE.to_uppercase()),
        &format!("00-{TRACE}-{PARENT}-0G"),
        &format!("00-{TRACE}-{PARENT}-+1"),
        &format!("00-{TRACE}-{PARENT}-01-more"),
        &format!("00-{TRACE}-{PARENT}-01-"),
        &format!("cc-{TRACE}-{PARENT}-01.more"),
        &format!("00-{TRACE}-{PARENT}-1"),
        &format!("00_{TRACE}_{PARENT}_01"),
        &format!("00-{TRACE}{PARENT}-01"),
        &format!("{valid},{valid}"),
    ] {
        get_with_traceparent(&api, &[header]).await;
        let fields = spans.last_request();
        assert_ne!(fields["trace_id"], TRACE, "{header}");
        assert!(!fields.contains_key("parent_span_id") && !fields.contains_key("sampled"), "{header}");
    }
    get_with_traceparent(&api, &[&valid, &valid]).await;
    assert_ne!(spans.last_request()["trace_id"], TRACE, "two headers");
}

#[actix_web::test]
async fn a_subscriber_that_wants_no_span_sees_none() {
    let world = World::new();
    let ada = world.person("ada").await;
    let api = world.api().await;
    let (spans, _guard) = Spans::collect(|metadata| !is_ours(metadata));
    assert_eq!(api.post("/organizations", &ada.token, r#"{"name":"Acme"}"#).await.status, 201);
    get_with_traceparent(&api, &[&format!("00-{TRACE}-{PARENT}-01")]).await;
    for name in ["request", "use_case", "transaction"] {
        assert!(spans.named(name).is_empty(), "{name}");
    }
}
