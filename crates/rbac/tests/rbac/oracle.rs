//! Oracles: regular expressions and enumeration, which are slow, simple and independent of the engine.

use bailiwick_rbac::{Pattern, Permission};
use proptest::prelude::*;
use regex::Regex;

/// Parses a pattern; panics if it is malformed.
pub fn pattern(text: &str) -> Pattern {
    Pattern::parse(text).unwrap()
}

pub fn permission(text: &str) -> Permission {
    Permission::parse(text).unwrap()
}

/// Returns every non-empty word over the alphabet with at most `longest` characters.
pub fn words(alphabet: &str, longest: usize) -> Vec<String> {
    let longer = |words: &Vec<String>| {
        let each = words.iter();
        Some(each.flat_map(|word| alphabet.chars().map(move |c| format!("{word}{c}"))).collect())
    };
    let by_length = std::iter::successors(Some(vec![String::new()]), longer);
    by_length.skip(1).take(longest).flatten().collect()
}

/// Returns the regular expression that matches what a pattern matches.
pub fn regex(pattern: &str) -> Regex {
    let pattern = if pattern == "*" { "*:*" } else { pattern };
    let body = regex::escape(pattern).replace(r"\*", "[^:]*");
    Regex::new(&format!("^(?:{body})$")).unwrap()
}

/// A finite language as a bit for each word of a list.
#[derive(Clone, PartialEq)]
pub struct Language(Vec<u64>);

impl Language {
    pub fn new(words: &[String], has: impl Fn(&str) -> bool) -> Self {
        let byte = |chunk: &[String]| {
            let bits = chunk.iter().enumerate();
            bits.fold(0, |sum, (i, word)| sum | (u64::from(has(word)) << i))
        };
        Self(words.chunks(64).map(byte).collect())
    }

    pub fn union(&self, other: &Self) -> Self {
        Self(self.0.iter().zip(&other.0).map(|(a, b)| a | b).collect())
    }

    pub fn contains(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).all(|(a, b)| b & !a == 0)
    }
}

/// Generates patterns. Most have few letters and many stars, so that two of them often overlap.
pub fn some_pattern() -> impl Strategy<Value = String> {
    prop_oneof![
        20 => "[ab*]{1,9}:[ab*]{1,9}",
        1 => Just("*".to_owned()),
        1 => "[a-zA-Z0-9_.*-]{1,64}:[a-zA-Z0-9_.*-]{1,64}",
    ]
}

pub fn some_permission() -> impl Strategy<Value = String> {
    prop_oneof![
        20 => "[ab]{1,9}:[ab]{1,9}",
        1 => "[a-zA-Z0-9_.-]{1,64}:[a-zA-Z0-9_.-]{1,64}",
    ]
}

/// Returns the pattern with each star replaced by the next text of `fills`. The pattern matches the
/// result if no text has a colon and no half becomes empty.
pub fn fill(pattern: &str, fills: &[String]) -> String {
    let pattern = if pattern == "*" { "*:*" } else { pattern };
    let mut fills = fills.iter().cycle();
    let parts: Vec<&str> = pattern.split('*').collect();
    let (last, before) = parts.split_last().unwrap();
    let filled = before.iter().map(|part| format!("{part}{}", fills.next().unwrap()));
    filled.collect::<String>() + last
}
