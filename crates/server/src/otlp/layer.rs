//! Turns the spans of bailiwick into those of OpenTelemetry.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bailiwick::app::spans::TARGET;
use bailiwick::infra::SystemClock;
use bailiwick::kernel::Clock;
use opentelemetry::trace::{SpanContext, SpanId, SpanKind, Status, TraceFlags, TraceId, TraceState};
use opentelemetry::{InstrumentationScope, KeyValue};
use opentelemetry_sdk::trace::{
    BatchSpanProcessor, IdGenerator, RandomIdGenerator, SpanData, SpanEvents, SpanLinks, SpanProcessor,
};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Level, Subscriber};
use tracing_subscriber::Registry;
use tracing_subscriber::filter::{LevelFilter, filter_fn};
use tracing_subscriber::layer::{Context, Layer};
use tracing_subscriber::registry::LookupSpan;

use crate::logging::BoxedLayer;

/// Hands each span to the processor when it ends.
pub struct SpanLayer {
    processor: Arc<BatchSpanProcessor>,
    ids: RandomIdGenerator,
    scope: InstrumentationScope,
}

impl SpanLayer {
    pub fn new(processor: Arc<BatchSpanProcessor>) -> Self {
        let scope =
            InstrumentationScope::builder("bailiwick").with_version(env!("CARGO_PKG_VERSION")).build();
        Self { processor, ids: RandomIdGenerator::default(), scope }
    }

    /// Restricts the layer to the spans of bailiwick.
    pub fn filtered(self) -> BoxedLayer {
        let is_ours = filter_fn(|metadata| {
            metadata.is_span() && metadata.target() == TARGET && *metadata.level() <= Level::INFO
        });
        Layer::<Registry>::with_filter(self, is_ours.with_max_level_hint(LevelFilter::INFO)).boxed()
    }

    fn exported(&self, name: &'static str, open: Open) -> SpanData {
        let Open { trace, id, parent, is_remote, fields, started } = open;
        let flags = if fields.is_sampled { TraceFlags::SAMPLED } else { TraceFlags::NOT_SAMPLED };
        SpanData {
            span_context: SpanContext::new(trace, id, flags, false, TraceState::NONE),
            parent_span_id: parent,
            parent_span_is_remote: is_remote,
            span_kind: if name == "request" { SpanKind::Server } else { SpanKind::Internal },
            name: fields.name(name).into(),
            start_time: started,
            end_time: now(),
            status: if fields.has_failed { Status::error("") } else { Status::Unset },
            attributes: fields.attributes,
            dropped_attributes_count: 0,
            events: SpanEvents::default(),
            links: SpanLinks::default(),
            instrumentation_scope: self.scope.clone(),
        }
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for SpanLayer {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let mut fields = Fields { is_sampled: true, ..Fields::default() };
        attributes.record(&mut fields);
        let parent = span.parent().and_then(|parent| {
            let extensions = parent.extensions();
            extensions.get::<Open>().map(|open| (open.trace, open.id, open.fields.is_sampled))
        });
        if let Some((.., is_sampled)) = parent {
            fields.is_sampled = is_sampled;
        }
        let (trace, parent, is_remote) = match (parent, fields.remote_span) {
            (Some((trace, parent, _)), _) => (Some(trace), parent, false),
            (None, Some(remote)) => (fields.trace, remote, true),
            (None, None) => (fields.trace, SpanId::INVALID, false),
        };
        let trace = trace.unwrap_or_else(|| self.ids.new_trace_id());
        let (id, started) = (self.ids.new_span_id(), now());
        span.extensions_mut().insert(Open { trace, id, parent, is_remote, fields, started });
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(open) = span.extensions_mut().get_mut::<Open>()
        {
            values.record(&mut open.fields);
        }
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        let Some(span) = context.span(&id) else { return };
        let open = span.extensions_mut().remove::<Open>();
        if let Some(open) = open.filter(|open| open.fields.is_sampled) {
            self.processor.on_end(self.exported(span.name(), open));
        }
    }
}

/// The time as the SDK wants it, in microseconds.
fn now() -> SystemTime {
    let micros = u64::try_from(SystemClock.now().unix_micros()).unwrap_or_default();
    SystemTime::UNIX_EPOCH + Duration::from_micros(micros)
}

/// A span that has not ended.
struct Open {
    trace: TraceId,
    id: SpanId,
    parent: SpanId,
    is_remote: bool,
    fields: Fields,
    started: SystemTime,
}

/// The recorded fields of a span.
#[derive(Default)]
struct Fields {
    trace: Option<TraceId>,
    /// The span of the caller, from `traceparent`.
    remote_span: Option<SpanId>,
    is_sampled: bool,
    has_failed: bool,
    attributes: Vec<KeyValue>,
}

impl Fields {
    /// Returns the name for OpenTelemetry: of a request its method and route, of a use case its type.
    fn name(&self, name: &'static str) -> String {
        let value = |key: &str| {
            let found = self.attributes.iter().find(|attribute| attribute.key.as_str() == key);
            found.map(|attribute| attribute.value.as_str().into_owned())
        };
        match (name, value(METHOD), value(ROUTE)) {
            ("request", Some(method), Some(route)) => format!("{method} {route}"),
            ("request", Some(method), None) => method,
            ("use_case", ..) => value("command").unwrap_or_else(|| name.to_owned()),
            _ => name.to_owned(),
        }
    }

    fn add(&mut self, attribute: KeyValue) {
        self.attributes.push(attribute);
    }
}

const METHOD: &str = "http.request.method";
const ROUTE: &str = "http.route";

/// Returns the name of a field in the conventions of OpenTelemetry, where they have one.
fn key(field: &Field) -> &'static str {
    match field.name() {
        "method" => METHOD,
        "route" => ROUTE,
        "status" => "http.response.status_code",
        "user" => "user.id",
        other => other,
    }
}

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, text: &str) {
        match (field.name(), text) {
            ("trace_id", id) => self.trace = TraceId::from_hex(id).ok(),
            ("parent_span_id", id) => self.remote_span = SpanId::from_hex(id).ok(),
            // A route that no pattern matches has none.
            ("route", "none") => {}
            _ => self.add(KeyValue::new(key(field), text.to_owned())),
        }
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        match field.name() {
            "sampled" => self.is_sampled = value,
            _ => self.add(KeyValue::new(key(field), value)),
        }
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.has_failed |= field.name() == "status" && value >= 500;
        self.add(KeyValue::new(key(field), i64::try_from(value).unwrap_or(i64::MAX)));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        self.add(KeyValue::new(key(field), format!("{value:?}")));
    }
}
