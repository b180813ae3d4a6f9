//! Holds code and documents to one word for each thing: words that were retired do not come back.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed test panics")]

use std::path::Path;
use std::process::Command;

/// Names that other terms have replaced (see the changelog and the glossary of ARCHITECTURE.md).
const NAMES: [&str; 21] = [
    "Attendance",
    "Courier",
    "FromMemory",
    "Keeper",
    "Leftovers",
    "Loan",
    "SpareUser",
    "Talk",
    "Whom",
    "AllowByBody",
    "AllowElseByBody",
    "AskByBody",
    "hold_view",
    "keep_told",
    "outrun",
    "TellsNobody",
    "settle",
    "settles",
    "spare_user",
    "telling",
    "write_down",
];

/// Beginnings of sentences that name no subject, in comments.
const BEGINNINGS: &str = r"^\s*//[/!]? *(Who|Whoever|So long|So often|Nobody|Somebody) ";

#[test]
fn retired_names_do_not_come_back() {
    let names = NAMES.map(|name| format!("-e\n{name}"));
    let patterns = names.iter().flat_map(|pair| pair.split('\n')).collect::<Vec<_>>();
    assert_eq!(found(&[&["-w", "-F"], &patterns[..]].concat()), "");
}

#[test]
fn sentences_of_comments_have_a_subject() {
    assert_eq!(found(&["-E", "-e", BEGINNINGS]), "");
}

/// Lines of the sources and documents that match. The changelog and applied migrations may say what was.
fn found(patterns: &[&str]) -> String {
    let places = ["crates", "config", "docs", "tests", "README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"];
    let options = ["-rnI", "--include=*.rs", "--include=*.md", "--include=*.toml", "--exclude=words.rs"];
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let grep =
        Command::new("grep").args(options).args(patterns).args(places).current_dir(root).output().unwrap();
    assert!(grep.status.code().is_some_and(|code| code < 2), "{}", String::from_utf8_lossy(&grep.stderr));
    String::from_utf8(grep.stdout).unwrap()
}
