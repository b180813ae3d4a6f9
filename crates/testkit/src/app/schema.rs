//! Validates JSON against the schemas of a description: the keywords of JSON Schema that it uses.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use regex::Regex;
use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use uuid::Uuid;

/// Keywords that say nothing about a value. Any other that is not validated is a fault of the schema.
const ANNOTATIONS: [&str; 4] = ["description", "default", "example", "examples"];
/// Formats of numbers and texts that say nothing beyond type and bounds.
const LOOSE_FORMATS: [&str; 4] = ["int32", "int64", "email", "password"];

static PATTERNS: LazyLock<Mutex<HashMap<String, Regex>>> = LazyLock::new(Mutex::default);

/// Returns why a value does not conform to a schema of `document`; `at` is where the value is.
pub(super) fn validate(document: &Value, schema: &Value, value: &Value, at: &str) -> Result<(), String> {
    let Some(keywords) = schema.as_object() else { return Ok(()) };
    for (keyword, rule) in keywords {
        if !holds(document, schema, keyword, rule, value, at)? {
            return Err(format!("{at}: {value} violates {keyword} {rule}"));
        }
    }
    Ok(())
}

fn holds(
    document: &Value,
    schema: &Value,
    keyword: &str,
    rule: &Value,
    value: &Value,
    at: &str,
) -> Result<bool, String> {
    let all = |rules: &Value| rules.as_array().into_iter().flatten().cloned().collect::<Vec<_>>();
    Ok(match keyword {
        "$ref" => {
            let pointer = rule.as_str().and_then(|reference| reference.strip_prefix('#'));
            let target = pointer.and_then(|pointer| document.pointer(pointer));
            validate(document, target.ok_or_else(|| format!("{rule} is not there"))?, value, at)?;
            true
        }
        "allOf" => all(rule).iter().try_for_each(|one| validate(document, one, value, at)).map(|()| true)?,
        "anyOf" => {
            let faults =
                all(rule).iter().map(|one| validate(document, one, value, at).err()).collect::<Vec<_>>();
            if !faults.contains(&None) {
                return Err(format!("{at}: none of {} matches: {faults:?}", faults.len()));
            }
            true
        }
        "oneOf" => {
            let outcomes: Vec<_> = all(rule).iter().map(|one| validate(document, one, value, at)).collect();
            let faults: Vec<_> = outcomes.iter().filter_map(|outcome| outcome.as_ref().err()).collect();
            if outcomes.len() - faults.len() != 1 {
                return Err(format!("{at}: not exactly one of {} matches: {faults:?}", outcomes.len()));
            }
            true
        }
        "type" => rule
            .as_str()
            .map_or_else(|| all(rule), |_| vec![rule.clone()])
            .iter()
            .any(|kind| is_of(value, kind)),
        "enum" => all(rule).contains(value),
        "properties" => {
            for (name, schema) in rule.as_object().into_iter().flatten() {
                if let Some(member) = value.get(name) {
                    validate(document, schema, member, &format!("{at}/{name}"))?;
                }
            }
            true
        }
        "required" => {
            !value.is_object()
                || all(rule).iter().all(|name| value.get(name.as_str().unwrap_or_default()).is_some())
        }
        "items" => {
            for (n, item) in value.as_array().into_iter().flatten().enumerate() {
                validate(document, rule, item, &format!("{at}/{n}"))?;
            }
            true
        }
        "format" => is_formatted(value, rule.as_str().unwrap_or_default())?,
        "pattern" => value.as_str().is_none_or(|text| matches(rule.as_str().unwrap_or_default(), text)),
        "minLength" => length(value).is_none_or(|length| length >= count(rule)),
        "maxLength" => length(value).is_none_or(|length| length <= count(rule)),
        "minItems" => value.as_array().is_none_or(|items| items.len() >= count(rule)),
        "maxItems" => value.as_array().is_none_or(|items| items.len() <= count(rule)),
        "minimum" => value.as_f64().is_none_or(|value| value >= number(rule)),
        "maximum" => value.as_f64().is_none_or(|value| value <= number(rule)),
        _ if ANNOTATIONS.contains(&keyword) => true,
        _ => return Err(format!("{at}: {keyword} is not validated, in {schema}")),
    })
}

fn is_of(value: &Value, kind: &Value) -> bool {
    match kind.as_str().unwrap_or_default() {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => false,
    }
}

fn is_formatted(value: &Value, format: &str) -> Result<bool, String> {
    let Some(text) = value.as_str() else { return Ok(true) };
    match format {
        "uuid" => Ok(text.len() == 36 && Uuid::try_parse(text).is_ok()),
        "date-time" => Ok(OffsetDateTime::parse(text, &Rfc3339).is_ok()),
        loose if LOOSE_FORMATS.contains(&loose) => Ok(true),
        other => Err(format!("the format {other} is not validated")),
    }
}

fn matches(pattern: &str, text: &str) -> bool {
    let mut patterns = PATTERNS.lock().unwrap_or_else(PoisonError::into_inner);
    let compile = || Regex::new(pattern).unwrap_or_else(|error| panic!("{pattern}: {error}"));
    patterns.entry(pattern.to_owned()).or_insert_with(compile).is_match(text)
}

fn length(value: &Value) -> Option<usize> {
    value.as_str().map(|text| text.chars().count())
}

fn count(rule: &Value) -> usize {
    rule.as_u64().and_then(|count| usize::try_from(count).ok()).unwrap_or_default()
}

fn number(rule: &Value) -> f64 {
    rule.as_f64().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_keyword_is_validated() {
        let document = json!({ "id": { "type": "string", "format": "uuid" } });
        for (schema, good, bad) in [
            (json!({ "$ref": "#/id" }), json!("0198c5a0-7d3e-7000-8000-000000000001"), json!("x")),
            (json!({ "type": ["string", "null"] }), json!(null), json!(1)),
            (json!({ "type": "integer", "minimum": 1, "maximum": 2 }), json!(2), json!(3)),
            (json!({ "enum": ["a"] }), json!("a"), json!("b")),
            (json!({ "pattern": "^[a-z]+$", "minLength": 1, "maxLength": 2 }), json!("ab"), json!("abc")),
            (json!({ "format": "date-time" }), json!("2026-01-31T12:00:00Z"), json!("today")),
            (json!({ "required": ["a"] }), json!({ "a": 1 }), json!({})),
            (json!({ "properties": { "a": { "type": "string" } } }), json!({}), json!({ "a": 1 })),
            (json!({ "items": { "type": "null" }, "maxItems": 1 }), json!([null]), json!([1])),
            (json!({ "allOf": [{ "type": "string" }, { "minLength": 1 }] }), json!("a"), json!("")),
            (json!({ "oneOf": [{ "minimum": 1 }, { "maximum": 2 }] }), json!(3), json!(1)),
        ] {
            assert_eq!(validate(&document, &schema, &good, ""), Ok(()), "{schema}");
            assert!(validate(&document, &schema, &bad, "").is_err(), "{schema}");
        }
        assert!(validate(&document, &json!({ "not": {} }), &json!(1), "").is_err());
    }
}
