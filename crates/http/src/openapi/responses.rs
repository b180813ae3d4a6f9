//! Responses: those with problems are made from their codes, and every response has a description and
//! its request id.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use utoipa::openapi::header::{Header, HeaderBuilder};
use utoipa::openapi::path::Operation;
use utoipa::openapi::response::{Response, ResponseBuilder};
use utoipa::openapi::schema::{AllOfBuilder, Components, ObjectBuilder, Schema, Type};
use utoipa::openapi::{ContentBuilder, Ref, RefOr};

use crate::problem::{Code, FieldError, Problem};

const PROBLEM_JSON: &str = "application/problem+json";
const REQUEST_ID: &str = "X-Request-Id";

/// Replaces the problem responses of an operation by one per status.
pub fn set_problems(operation: &mut Operation, codes: &BTreeMap<u16, Vec<Code>>, parts: &mut Components) {
    let responses = &mut operation.responses.responses;
    responses.retain(|status, _| !status.starts_with(['4', '5']));
    for (status, codes) in codes {
        let response = shared(codes, parts);
        responses.insert(status.to_string(), response);
    }
}

/// Describes what no declaration describes, and names the header that every response has.
pub fn complete(operation: &mut Operation, parts: &mut Components) {
    parts.headers.entry(REQUEST_ID.to_owned()).or_insert_with(|| request_id().into());
    for (status, response) in &mut operation.responses.responses {
        let RefOr::T(response) = response else { continue };
        if response.description.is_empty() {
            response.description = described(status, response, parts);
        }
        response.headers.insert(REQUEST_ID.to_owned(), request_id_ref());
    }
}

/// A response is a component named by its codes, because many operations share it.
fn shared(codes: &[Code], parts: &mut Components) -> RefOr<Response> {
    let names: Vec<_> = codes.iter().map(name).collect();
    let name = names.concat();
    parts.responses.entry(name.clone()).or_insert_with(|| problem(codes).into());
    Ref::from_response_name(name).into()
}

fn name(code: &Code) -> String {
    match code {
        Code::Own(_) => format!("Own_{}", code.as_str()),
        code => format!("{code:?}"),
    }
}

fn problem(codes: &[Code]) -> Response {
    let texts = codes.iter().map(|code| code.as_str());
    let code = ObjectBuilder::new().schema_type(Type::String).enum_values(Some(texts));
    let narrowed = ObjectBuilder::new().property("code", code);
    let schema = AllOfBuilder::new().item(Ref::from_schema_name("ProblemBody")).item(narrowed);
    let content = ContentBuilder::new()
        .schema(Some(Schema::from(schema.build())))
        .example(codes.first().copied().map(example));
    let response =
        ResponseBuilder::new().description(description(codes)).content(PROBLEM_JSON, content.build());
    let headers = codes.first().copied().map(headers).into_iter().flatten();
    let mut response =
        headers.fold(response, |response, (name, header)| response.header(name, header)).build();
    response.headers.insert(REQUEST_ID.to_owned(), request_id_ref());
    response
}

/// The titles of the codes; a list if there are several.
fn description(codes: &[Code]) -> String {
    match codes {
        [code] => format!("`{}`: {}.", code.as_str(), code.title().trim_end_matches('.')),
        codes => {
            let lines = codes.iter().map(|code| format!("- `{}`: {}", code.as_str(), code.title()));
            lines.collect::<Vec<_>>().join("\n")
        }
    }
}

fn example(code: Code) -> Value {
    let id = "0198c5a0-7d3e-7000-8000-000000000001";
    let problem = match code {
        Code::ValidationFailed => {
            Problem::invalid(vec![FieldError::new("/email", "required", "a value is required")])
        }
        code => Problem::new(code),
    };
    serde_json::to_value(problem.body().with_request_id(id)).unwrap_or_default()
}

/// Headers of the responses with this code's status (RFC 9110, sections 10.2.3 and 11.6.1).
fn headers(code: Code) -> Vec<(&'static str, Header)> {
    let (name, text, kind, example) = match code.status() {
        401 => ("WWW-Authenticate", "The challenge.", Type::String, json!("Bearer")),
        429 | 503 => ("Retry-After", "Seconds to wait before the next attempt.", Type::Integer, json!(1)),
        _ => return Vec::new(),
    };
    vec![(name, header(text, kind, example))]
}

fn request_id() -> Header {
    let text =
        "Identifies the request in the log of the service. It is the one of the request, if that is sane.";
    header(text, Type::String, json!("0198c5a0-7d3e-7000-8000-000000000001"))
}

fn request_id_ref() -> RefOr<Header> {
    RefOr::Ref(Ref::new(format!("#/components/headers/{REQUEST_ID}")))
}

fn header(text: &str, kind: Type, example: Value) -> Header {
    let schema = ObjectBuilder::new().schema_type(kind).examples([example]);
    HeaderBuilder::new().description(Some(text)).schema(Some(schema)).build()
}

/// The description of the body's schema, or that there is no body.
fn described(status: &str, response: &Response, parts: &Components) -> String {
    let content = response.content.values().next();
    let schema = content.and_then(|content| match content {
        RefOr::T(content) => content.schema.as_ref(),
        RefOr::Ref(_) => None,
    });
    match schema {
        Some(RefOr::Ref(reference)) => {
            let name = reference.ref_location.rsplit('/').next().unwrap_or_default();
            let schema = parts.schemas.get(name).and_then(|schema| serde_json::to_value(schema).ok());
            let text = schema.and_then(|schema| schema.get("description")?.as_str().map(str::to_owned));
            text.unwrap_or_else(|| "The result.".to_owned())
        }
        Some(RefOr::T(Schema::Array(_))) => "All of them.".to_owned(),
        Some(_) => "The result.".to_owned(),
        None if status == "202" => "Accepted. There is no body.".to_owned(),
        None => "Done. There is no body.".to_owned(),
    }
}
