//! The Rust samples of the documents are parts of files that are compiled.

use std::fs;
use std::path::Path;

use crate::{assert_none, read, root};

#[test]
fn each_sample_is_a_part_of_a_compiled_file() {
    let mut sources = Vec::new();
    for folder in ["crates", "examples", "tests"] {
        collect(&root().join(folder), &mut sources);
    }
    let documents = fs::read_dir(root().join("docs")).unwrap().map(|entry| entry.unwrap().path());
    let documents = documents.filter(|path| path.extension().is_some_and(|ending| ending == "md"));
    let mut number = 0;
    let mut missing = Vec::new();
    for document in documents {
        for sample in samples(&read(&document)) {
            number += 1;
            if !is_part(&sample, &sources) {
                missing.push(format!("{}:\n{}", document.display(), sample.join("\n")));
            }
        }
    }
    assert!(number > 10, "{number} samples found");
    assert_none("samples that no file has", missing);
}

/// Whether one file has the paragraphs of a sample. They may be apart in it, in any order.
fn is_part(sample: &[String], sources: &[String]) -> bool {
    let paragraphs: Vec<_> = sample
        .split(String::is_empty)
        .filter(|lines| !lines.is_empty())
        .map(|lines| lines.join("\n"))
        .collect();
    sources.iter().any(|source| paragraphs.iter().all(|paragraph| source.contains(paragraph.as_str())))
}

/// The blocks of Rust in a document, as lines without indentation.
fn samples(document: &str) -> Vec<Vec<String>> {
    let mut samples = Vec::new();
    let mut lines = document.lines().map(str::trim);
    while lines.by_ref().any(|line| line == "```rust") {
        samples.push(lines.by_ref().take_while(|line| *line != "```").map(str::to_owned).collect());
    }
    samples
}

/// Adds the text of each Rust file in a folder, without indentation.
fn collect(folder: &Path, sources: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("target") && !path.is_symlink() {
            collect(&path, sources);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            let lines: Vec<_> = read(&path).lines().map(|line| line.trim().to_owned()).collect();
            sources.push(lines.join("\n"));
        }
    }
}
