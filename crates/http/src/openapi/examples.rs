//! Examples of bodies, composed from the examples of their values.

use serde_json::{Map, Value, json};
use utoipa::openapi::path::Operation;
use utoipa::openapi::schema::{
    Array, ArrayItems, Components, Object, Schema, SchemaFormat, SchemaType, Type,
};
use utoipa::openapi::{Content, RefOr};

/// Deeper schemas than ours are circular.
const MAX_DEPTH: usize = 16;

/// Gives every body of an operation an example that has none.
pub fn complete(operation: &mut Operation, parts: &Components) {
    if let Some(RefOr::T(body)) = &mut operation.request_body {
        body.content.values_mut().for_each(|content| set(content, parts));
    }
    for response in operation.responses.responses.values_mut() {
        if let RefOr::T(response) = response {
            let json = response.content.iter_mut().filter(|(kind, _)| kind.ends_with("json"));
            json.for_each(|(_, content)| set(content, parts));
        }
    }
}

fn set(content: &mut RefOr<Content>, parts: &Components) {
    let RefOr::T(content) = content else { return };
    if content.example.is_none() && content.examples.is_empty() {
        content.example = content.schema.as_ref().and_then(|schema| of(schema, parts, 0));
    }
}

/// Returns an example of a schema; `None` if the schema is never met.
fn of(schema: &RefOr<Schema>, parts: &Components, depth: usize) -> Option<Value> {
    if depth > MAX_DEPTH {
        return None;
    }
    match schema {
        RefOr::Ref(reference) => {
            let name = reference.ref_location.rsplit('/').next()?;
            of(parts.schemas.get(name)?, parts, depth + 1)
        }
        RefOr::T(Schema::Object(object)) => of_object(object, parts, depth),
        RefOr::T(Schema::Array(array)) => Some(of_array(array, parts, depth)),
        RefOr::T(Schema::AllOf(all)) => {
            Some(merged(all.items.iter().filter_map(|one| of(one, parts, depth + 1))))
        }
        RefOr::T(Schema::OneOf(one)) => {
            one.items.iter().filter_map(|one| of(one, parts, depth + 1)).find(|one| !one.is_null())
        }
        RefOr::T(Schema::AnyOf(any)) => any.items.iter().find_map(|one| of(one, parts, depth + 1)),
        RefOr::T(_) => None,
    }
}

fn of_array(array: &Array, parts: &Components, depth: usize) -> Value {
    match &array.items {
        ArrayItems::RefOrSchema(item) => Value::Array(of(item, parts, depth + 1).into_iter().collect()),
        ArrayItems::False => json!([]),
    }
}

fn merged(parts: impl Iterator<Item = Value>) -> Value {
    let members = parts.filter_map(|part| match part {
        Value::Object(members) => Some(members),
        _ => None,
    });
    Value::Object(members.flatten().collect())
}

fn of_object(object: &Object, parts: &Components, depth: usize) -> Option<Value> {
    let given = object.examples.first().or(object.example.as_ref()).or(object.default.as_ref());
    if let Some(given) = given.or(object.enum_values.iter().flatten().next()) {
        return Some(given.clone());
    }
    if !object.properties.is_empty() {
        let members = object.properties.iter();
        let members =
            members.filter_map(|(name, schema)| Some((name.clone(), of(schema, parts, depth + 1)?)));
        return Some(Value::Object(members.collect()));
    }
    match kind(object) {
        Some(Type::String) => Some(of_text(object.format.as_ref())),
        Some(Type::Integer | Type::Number) => Some(json!(1)),
        Some(Type::Boolean) => Some(json!(true)),
        Some(Type::Null) => None,
        _ => Some(Value::Object(Map::new())),
    }
}

/// Returns the type of a value that is there.
fn kind(object: &Object) -> Option<&Type> {
    match &object.schema_type {
        SchemaType::Type(kind) => Some(kind),
        SchemaType::Array(kinds) => kinds.iter().find(|kind| **kind != Type::Null),
        SchemaType::AnyValue => None,
    }
}

fn of_text(format: Option<&SchemaFormat>) -> Value {
    let format = format.and_then(|format| serde_json::to_value(format).ok());
    match format.as_ref().and_then(Value::as_str) {
        Some("uuid") => json!("0198c5a0-7d3e-7000-8000-000000000001"),
        Some("date-time") => json!("2026-01-31T12:00:00Z"),
        _ => json!("text"),
    }
}
