//! Containment of patterns: a pattern covers exactly those that the oracles say it covers.

use bailiwick_rbac::Pattern;
use proptest::prelude::*;

use crate::oracle::{Language, fill, pattern, regex, some_pattern, words};

fn covers(grant: &str, other: &str) -> bool {
    pattern(grant).covers(&pattern(other))
}

#[test]
fn stars_on_both_sides() {
    assert!(covers("*", "*:*"));
    assert!(covers("*:*", "*"));
    assert!(covers("*:read", "k*:read"));
    assert!(covers("kb:*", "kb:r*d"));
    assert!(covers("kb:r*", "kb:r*d"));
    assert!(covers("kb:*e*", "kb:*re*ad*"));
    assert!(!covers("kb:r*d", "kb:r*"));
    assert!(!covers("kb:read", "kb:*"));
    assert!(!covers("kb:*", "*"));
    assert!(!covers("k*:*", "*:read"));
    assert!(!covers("kb:wri*ite", "kb:write"));
    assert!(!covers("kb:a*a", "kb:a"));
    assert!(!covers("kb:*ab*", "kb:*a*b*"));
}

/// A text that disproves containment needs at most as many letters as the pattern that is not contained
/// (5), if one letter (`c`) occurs in neither pattern. The texts have up to 7 letters, as a margin.
#[test]
fn every_pair_of_short_halves_agrees_with_enumeration() {
    let texts = words("abc", 7);
    let halves = words("ab*", 5);
    let languages: Vec<(Pattern, Language)> = halves
        .iter()
        .map(|half| {
            let oracle = regex(&half.replace('*', "**"));
            let language = Language::new(&texts, |text| oracle.is_match(text));
            (pattern(&format!("{half}:{half}")), language)
        })
        .collect();
    let mut covered = 0;
    for (p, p_language) in &languages {
        for (q, q_language) in &languages {
            let expected = q_language.contains(p_language);
            covered += usize::from(expected);
            assert_eq!(q.covers(p), expected, "{q} covers {p}");
        }
    }
    assert!(covered > 2_000, "the oracle finds too few containments: {covered}");
}

#[test]
fn every_pair_of_tiny_products_agrees_with_enumeration() {
    let texts = products(&words("abc", 3));
    let grants = products(&words("ab*", 2));
    let languages: Vec<(Pattern, Language)> = grants
        .iter()
        .map(|grant| {
            let oracle = regex(grant);
            (pattern(grant), Language::new(&texts, |text| oracle.is_match(text)))
        })
        .collect();
    for (p, p_language) in &languages {
        for (q, q_language) in &languages {
            assert_eq!(q.covers(p), q_language.contains(p_language), "{q} covers {p}");
        }
    }
}

fn products(halves: &[String]) -> Vec<String> {
    let all = halves.iter();
    all.flat_map(|left| halves.iter().map(move |right| format!("{left}:{right}"))).collect()
}

/// Generates a pair of patterns. In half of the pairs, the first is the second with some characters
/// replaced by stars, so that containment is frequent.
fn a_pair() -> impl Strategy<Value = (String, String)> {
    let widened = (some_pattern(), any::<u64>()).prop_map(|(inner, bits)| {
        let widen = |(i, c): (usize, char)| match c {
            c if c != ':' && bits >> (i % 64) & 3 == 3 => '*',
            c => c,
        };
        (inner.chars().enumerate().map(widen).collect(), inner)
    });
    prop_oneof![widened, (some_pattern(), some_pattern())]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// If the outer pattern covers the inner, it matches all instances of it; if not, there is an instance
    /// that it does not match.
    #[test]
    fn containment_has_no_exception_and_its_absence_has_a_witness(
        (outer, inner) in a_pair(),
        fills in prop::collection::vec("[abc]{0,4}", 1..6),
    ) {
        if covers(&outer, &inner) {
            let instance = fill(&inner, &fills);
            prop_assert!(regex(&outer).is_match(&instance), "{} over {}: {}", outer, inner, instance);
        } else {
            let unused = |c: &char| !outer.contains(*c);
            let mut letters = ('a'..='z').chain('A'..='Z').chain('0'..='9').chain("_.-".chars());
            let Some(letter) = letters.find(unused) else { return Ok(()) };
            let witness = fill(&inner, &[letter.to_string()]);
            prop_assert!(pattern(&inner).matches(&crate::oracle::permission(&witness)));
            prop_assert!(!regex(&outer).is_match(&witness), "{} over {}: {}", outer, inner, witness);
        }
    }

    #[test]
    fn containment_is_reflexive_and_transitive(
        (a, b) in a_pair(), c in some_pattern(), d in some_pattern(),
    ) {
        for x in [&a, &b, &c, &d] {
            prop_assert!(covers(x, x));
            prop_assert!(covers("*", x));
            for (y, z) in [(&a, &b), (&b, &c), (&c, &d)] {
                prop_assert!(!(covers(x, y) && covers(y, z)) || covers(x, z));
            }
        }
    }
}
