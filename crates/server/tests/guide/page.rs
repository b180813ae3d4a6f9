//! The examples of a page.

use crate::matching;

/// A block of commands and its expected output.
#[derive(PartialEq, Eq, Debug)]
pub struct Example {
    /// The line on which the block starts.
    pub line: usize,
    pub script: String,
    pub expected: Option<Expected>,
}

/// The expected output of an example.
#[derive(PartialEq, Eq, Debug)]
pub struct Expected {
    pub line: usize,
    pub is_json: bool,
    pub text: String,
}

impl Expected {
    pub fn matches(&self, output: &str) -> Result<(), String> {
        let comparison = if self.is_json { matching::json } else { matching::text };
        comparison(&self.text, output)
    }
}

/// Returns all examples in order, or the reason why the page is malformed.
pub fn examples(page: &str) -> Result<Vec<Example>, String> {
    let mut examples: Vec<Example> = Vec::new();
    let mut lines = (1..).zip(page.lines());
    // Whether there is prose between the last block and this line.
    let mut apart = true;
    while let Some((line, text)) = lines.next() {
        let Some(kind) = text.trim_start().strip_prefix("```") else {
            apart |= !text.is_empty();
            continue;
        };
        let (body, closed) = body(&mut lines);
        if !closed {
            return Err(format!("line {line}: the block does not end"));
        }
        match (kind, examples.last_mut()) {
            ("sh", _) => examples.push(Example { line, script: body, expected: None }),
            ("json" | "text", Some(last)) if !apart && last.expected.is_none() => {
                last.expected = Some(Expected { line, is_json: kind == "json", text: body });
            }
            ("json" | "text", _) => return Err(format!("line {line}: no command is right before it")),
            _ => return Err(format!("line {line}: a block of {kind:?} is not run")),
        }
        apart = false;
    }
    Ok(examples)
}

/// Returns the lines up to the closing fence, and whether there is one.
fn body<'a>(lines: &mut impl Iterator<Item = (usize, &'a str)>) -> (String, bool) {
    let mut body = String::new();
    for (_, text) in lines {
        if text.trim_start() == "```" {
            return (body, true);
        }
        body.push_str(text);
        body.push('\n');
    }
    (body, false)
}

#[test]
fn blocks_are_paired() {
    let page = "a\n```sh\nx=1\n```\nb\n\n```sh\necho $x\n```\n\n```text\n1\n```\n";
    let second = Expected { line: 11, is_json: false, text: "1\n".to_owned() };
    assert_eq!(
        examples(page).unwrap(),
        [
            Example { line: 2, script: "x=1\n".to_owned(), expected: None },
            Example { line: 7, script: "echo $x\n".to_owned(), expected: Some(second) },
        ]
    );
}

#[test]
fn a_block_that_is_not_run_is_refused() {
    for page in [
        "```json\n{}\n```\n",
        "```sh\nx\n```\nand\n```text\ny\n```\n",
        "```sh\nx\n```\n```text\ny\n```\n```text\nz\n```\n",
        "```python\nx\n```\n",
        "```\nx\n```\n",
        "```sh\nx\n",
    ] {
        assert!(examples(page).is_err(), "{page}");
    }
}
