//! The syntax of permissions and patterns: accepted texts, and the reason for which others are refused.

use std::collections::{BTreeSet, HashSet};

use bailiwick_rbac::{MAX_HALF, Pattern, PatternError, Permission};
use proptest::prelude::*;

use crate::oracle::{pattern, permission, words};

#[test]
fn a_permission_has_a_resource_and_an_action() {
    let read = permission("kb.v2:read_all-x");
    assert_eq!((read.resource(), read.action()), ("kb.v2", "read_all-x"));
    assert_eq!(read.as_str(), "kb.v2:read_all-x");
    assert_eq!(read.to_string(), "kb.v2:read_all-x");
    assert_eq!("kb.v2:read_all-x".parse(), Ok(read));
}

#[test]
fn a_pattern_keeps_its_text() {
    let everything = pattern("*");
    assert_eq!(everything.as_str(), "*");
    assert_eq!((everything.resource(), everything.action()), ("*", "*"));
    assert_ne!(everything, pattern("*:*"));
    let odd = pattern("k**:r*");
    assert_eq!(odd.to_string(), "k**:r*");
    assert_eq!((odd.resource(), odd.action()), ("k**", "r*"));
    assert_eq!("k**:r*".parse(), Ok(odd));
}

#[test]
fn a_literal_is_a_pattern_and_a_permission() {
    let read = permission("kb:read");
    assert!(pattern("kb:read").is_literal());
    assert_eq!(pattern("kb:read").to_permission(), Some(read.clone()));
    assert_eq!(Pattern::from(read), pattern("kb:read"));
    for wild in ["*", "*:*", "kb:*", "k*:read"] {
        assert!(!pattern(wild).is_literal());
        assert_eq!(pattern(wild).to_permission(), None);
        assert_eq!(Permission::parse(wild), Err(PatternError::Wildcard));
    }
}

#[test]
fn malformed_texts_are_refused_with_the_reason() {
    use PatternError::{BadCharacter, EmptyHalf, MissingColon, TooManyColons};
    let cases = [
        ("", MissingColon),
        ("kb", MissingColon),
        ("**", MissingColon),
        ("kb:read:all", TooManyColons),
        (":*:", TooManyColons),
        ("kb::read", TooManyColons),
        (":", EmptyHalf),
        (":read", EmptyHalf),
        ("*:", EmptyHalf),
        (" kb:read", BadCharacter(' ')),
        ("kb:read\n", BadCharacter('\n')),
        ("kb:read\0", BadCharacter('\0')),
        ("k/b:read", BadCharacter('/')),
        ("kb:r?", BadCharacter('?')),
        // Cyrillic and full-width look-alikes, and a combining mark.
        ("k\u{432}:read", BadCharacter('\u{432}')),
        ("kb:re\u{430}d", BadCharacter('\u{430}')),
        ("kb\u{ff1a}read", MissingColon),
        ("kb:\u{ff0a}", BadCharacter('\u{ff0a}')),
        ("kb:rea\u{301}d", BadCharacter('\u{301}')),
    ];
    for (text, reason) in cases {
        assert_eq!(Pattern::parse(text), Err(reason), "{text:?}");
        assert!(Permission::parse(text).is_err(), "{text:?}");
        assert!(!Permission::is_valid(text), "{text:?}");
    }
}

#[test]
fn the_longest_half_is_accepted_and_a_longer_one_refused() {
    let (longest, longer) = ("a".repeat(MAX_HALF), "a".repeat(MAX_HALF + 1));
    for (text, fits) in [
        (format!("{longest}:{longest}"), true),
        (format!("{longer}:x"), false),
        (format!("x:{longer}"), false),
    ] {
        assert_eq!(Permission::is_valid(&text), fits);
        assert_eq!(Permission::parse(&text).err(), (!fits).then_some(PatternError::TooLong));
        assert_eq!(Pattern::parse(&text).err(), (!fits).then_some(PatternError::TooLong));
    }
    let (stars, more) = ("*".repeat(MAX_HALF), "*".repeat(MAX_HALF + 1));
    assert!(Pattern::parse(&format!("{stars}:{stars}")).is_ok());
    assert_eq!(Pattern::parse(&format!("x:{more}")), Err(PatternError::TooLong));
}

#[test]
fn messages_name_the_fault_and_escape_control_characters() {
    let message = |text| Pattern::parse(text).unwrap_err().to_string();
    assert_eq!(message("kb"), "a permission is written `resource:action`, with a colon");
    assert_eq!(
        message("kb:\u{7}"),
        r"'\u{7}' is not allowed in a permission: use letters, digits, `_`, `.`, `-`"
    );
}

#[test]
fn equality_order_and_hash_are_those_of_the_text() {
    let texts = ["b:a", "a.b:c", "a:b.c", "a:b", "ab:a", "a:b"];
    let sorted: BTreeSet<&str> = texts.into_iter().collect();
    let permissions: BTreeSet<Permission> = texts.into_iter().map(permission).collect();
    let patterns: BTreeSet<Pattern> = texts.into_iter().map(pattern).collect();
    assert!(permissions.iter().map(Permission::as_str).eq(sorted.iter().copied()));
    assert!(patterns.iter().map(Pattern::as_str).eq(sorted.iter().copied()));
    assert_eq!(texts.into_iter().map(permission).collect::<HashSet<_>>().len(), 5);
    assert_eq!(texts.into_iter().map(pattern).collect::<HashSet<_>>().len(), 5);
}

#[test]
fn the_parsers_agree_on_every_short_text() {
    for text in words("a*: ", 6) {
        let literal = Permission::parse(&text);
        assert_eq!(Permission::is_valid(&text), literal.is_ok(), "{text:?}");
        match (literal, Pattern::parse(&text)) {
            (Ok(permission), Ok(grant)) => assert_eq!(permission.as_str(), grant.as_str()),
            (Err(PatternError::Wildcard), Ok(grant)) => assert!(!grant.is_literal()),
            (Err(one), Err(other)) => assert_eq!(one, other, "{text:?}"),
            (one, other) => panic!("{text:?}: {one:?}, but {other:?}"),
        }
    }
}

proptest! {
    #[test]
    fn the_parsers_agree_on_any_text(text in prop_oneof![any::<String>(), "[a-z:*é]{0,70}"]) {
        let literal = Permission::parse(&text);
        prop_assert_eq!(Permission::is_valid(&text), literal.is_ok());
        if let Ok(grant) = Pattern::parse(&text) {
            prop_assert_eq!(grant.as_str(), text);
        }
    }
}
