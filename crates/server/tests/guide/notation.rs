//! JSON with `..` in it, as the page writes it.

use serde_json::Value;

/// The mark for varying and omitted parts of an output.
pub const ANY: &str = "..";

/// Parses the text. `..` outside a string becomes a string, and in an object a member of its own.
pub fn parse(text: &str) -> serde_json::Result<Value> {
    serde_json::from_str(&spelled_out(text))
}

fn spelled_out(text: &str) -> String {
    let mut spelled = String::with_capacity(text.len());
    let mut open = Vec::new();
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        let length = match letter {
            '"' => length_of_text(rest),
            '.' if rest.starts_with(ANY) => ANY.len(),
            _ => letter.len_utf8(),
        };
        let (token, after) = rest.split_at(length);
        match letter {
            '{' | '[' => open.push(letter),
            '}' | ']' => drop(open.pop()),
            _ => {}
        }
        let is_value = spelled.trim_end().ends_with(':');
        match (token, open.last()) {
            (ANY, Some('{')) if !is_value => spelled.push_str("\"..\": null"),
            (ANY, _) => spelled.push_str("\"..\""),
            _ => spelled.push_str(token),
        }
        rest = after;
    }
    spelled
}

/// Length of a JSON string in bytes, with both quotes.
fn length_of_text(text: &str) -> usize {
    let mut escaped = false;
    for (at, letter) in text.char_indices().skip(1) {
        match letter {
            '"' if !escaped => return at + 1,
            _ => escaped = letter == '\\' && !escaped,
        }
    }
    text.len()
}

#[test]
fn omissions_become_json() {
    let page = r#"{ "a": .., "b\"..": [1, ..], "c": {..}, .. }"#;
    let value = serde_json::json!({ "a": "..", "b\"..": [1, ".."], "c": { "..": null }, "..": null });
    assert_eq!(parse(page).unwrap(), value);
    assert!(parse("{ .. ").is_err());
}
