//! Comparison of the output with the page.

use serde_json::{Map, Value};

use crate::notation::{self, ANY};

/// Compares `output`, as JSON, with `page`, as JSON with `..`.
pub fn json(page: &str, output: &str) -> Result<(), String> {
    let expected =
        notation::parse(page).map_err(|error| format!("{error}, on the page; the answer:\n{output}"))?;
    let actual: Value =
        serde_json::from_str(output).map_err(|error| format!("{error}, in the answer:\n{output}"))?;
    value(&expected, &actual, "").map_err(|difference| format!("{difference}, in the answer:\n{actual:#}"))
}

fn value(expected: &Value, actual: &Value, at: &str) -> Result<(), String> {
    match (expected, actual) {
        (Value::String(any), _) if any == ANY => Ok(()),
        (Value::String(pattern), Value::String(text)) if wildcard(pattern, text) => Ok(()),
        (Value::Object(expected), Value::Object(actual)) => object(expected, actual, at),
        (Value::Array(expected), Value::Array(actual)) => list(expected, actual, at),
        _ if expected == actual => Ok(()),
        _ => Err(format!("{at}: {expected} on the page, {actual}")),
    }
}

fn object(expected: &Map<String, Value>, actual: &Map<String, Value>, at: &str) -> Result<(), String> {
    for (name, expected) in expected.iter().filter(|(name, _)| *name != ANY) {
        let at = format!("{at}/{name}");
        let actual = actual.get(name).ok_or_else(|| format!("{at} is not there"))?;
        value(expected, actual, &at)?;
    }
    let hidden = actual.keys().find(|name| !expected.contains_key(*name) && !expected.contains_key(ANY));
    hidden.map_or(Ok(()), |name| Err(format!("{at}/{name} is not on the page")))
}

fn list(expected: &[Value], actual: &[Value], at: &str) -> Result<(), String> {
    match (expected.split_first(), actual.split_first()) {
        (None, None) => Ok(()),
        (Some((first, others)), _) if first == ANY => {
            let ends = (0..=actual.len()).filter_map(|n| actual.get(n..));
            let mut found = ends.map(|end| list(others, end, at));
            found.find(Result::is_ok).unwrap_or_else(|| Err(format!("{at}: what follows .. is not there")))
        }
        (Some((first, others)), Some((found, rest))) => {
            value(first, found, &format!("{at}/-"))?;
            list(others, rest, at)
        }
        (Some((first, _)), None) => Err(format!("{at}: {first} is not there")),
        (None, Some((found, _))) => Err(format!("{at}: {found} is not on the page")),
    }
}

/// Compares line by line.
pub fn text(page: &str, output: &str) -> Result<(), String> {
    let expected: Vec<_> = page.lines().map(str::trim_end).collect();
    let actual: Vec<_> = output.lines().map(str::trim_end).collect();
    lines(&expected, &actual).map_err(|difference| format!("{difference}, in the output:\n{output}"))
}

fn lines(expected: &[&str], actual: &[&str]) -> Result<(), String> {
    match (expected.split_first(), actual.split_first()) {
        (None, None) => Ok(()),
        (Some((&ANY, others)), _) => {
            let ends = (0..=actual.len()).filter_map(|n| actual.get(n..));
            let mut found = ends.map(|end| lines(others, end));
            found.find(Result::is_ok).unwrap_or_else(|| Err("what follows .. is not there".to_owned()))
        }
        (Some((first, others)), Some((found, rest))) if wildcard(first, found) => lines(others, rest),
        (Some((first, _)), _) => Err(format!("{first:?} is not there")),
        (None, Some((found, _))) => Err(format!("{found:?} is not on the page")),
    }
}

/// Whether the text matches the pattern, in which `..` stands for any part.
fn wildcard(pattern: &str, text: &str) -> bool {
    match pattern.split_once(ANY) {
        None => pattern == text,
        Some((start, others)) => text.strip_prefix(start).is_some_and(|rest| {
            (0..=rest.len()).filter_map(|n| rest.get(n..)).any(|end| wildcard(others, end))
        }),
    }
}

#[test]
fn lines_are_compared_one_by_one() {
    for (page, output) in [
        ("a\nb\n", "a\nb"),
        ("a ..\n", "a 1 2\n"),
        ("a ..c\n", "a bc\n"),
        ("..\nb\n", "a\na\nb\n"),
        ("..\n", ""),
        ("a..", "a"),
    ] {
        assert_eq!(text(page, output), Ok(()), "{page:?} {output:?}");
    }
    for (page, output) in
        [("a\n", "b\n"), ("a\n", "a\nb\n"), ("a\nb\n", "a\n"), ("a ..c\n", "a cb\n"), ("..\nb\n", "b\na\n")]
    {
        assert!(text(page, output).is_err(), "{page:?} {output:?}");
    }
}

#[test]
fn output_that_the_page_omits_without_a_sign_is_a_mismatch() {
    let answer = r#"{"a": 1, "b": "see 12 of 13", "c": [1, 2, 3]}"#;
    for page in [
        "{..}",
        r#"{"c": [1, 2, 3], "b": "see .. of ..", "a": ..}"#,
        r#"{"a": 1, ..}"#,
        r#"{"a": "..", "b": "..", "c": [1, ..]}"#,
        r#"{"c": [.., 3], ..}"#,
    ] {
        assert_eq!(json(page, answer), Ok(()), "{page}");
    }
    for page in [
        "{}",
        r#"{"a": 2, ..}"#,
        r#"{"a": "1", ..}"#,
        r#"{"a": 1, "b": ..}"#,
        r#"{"d": .., ..}"#,
        r#"{"c": [1, 2], ..}"#,
        r#"{"c": [1, 3, ..], ..}"#,
        r#"{"b": "see 12", ..}"#,
    ] {
        assert!(json(page, answer).is_err(), "{page}");
    }
    assert!(json("{}", "").is_err());
}
