//! Which permissions a pattern allows.

use proptest::prelude::*;

use crate::oracle::{fill, pattern, permission, regex, some_pattern, some_permission, words};

fn allows(grant: &str, required: &str) -> bool {
    pattern(grant).matches(&permission(required))
}

#[test]
fn the_documented_examples_hold() {
    assert!(allows("kb:*", "kb:read"));
    assert!(allows("*:read", "kb:read"));
    assert!(allows("kb:r*", "kb:read"));
    assert!(allows("kb:read", "kb:read"));
    assert!(allows("*", "kb:read"));
    assert!(allows("*:*", "kb:read"));
    assert!(!allows("kb:w*", "kb:read"));
    assert!(!allows("kb:read", "kb:write"));
}

#[test]
fn what_the_old_matcher_let_through_is_refused() {
    assert!(!allows("kb:wri*ite", "kb:write"));
    assert!(!allows("kb:a*b*c*d", "kb:acbd"));
    assert!(!allows("kb:*e*e*e*", "kb:read"));
    assert!(!allows("wri*ite:x", "write:x"));
    assert!(!allows("kb:re*re", "kb:re"));
    // It found pieces across the colon, too, and in what the tail needs.
    assert!(!allows("k*r*:read", "kb:read"));
    assert!(!allows("kb:*ad*ad", "kb:read"));
}

#[test]
fn case_matters_and_a_dot_is_a_dot() {
    assert!(!allows("kb:READ", "kb:read"));
    assert!(!allows("KB:*", "kb:read"));
    assert!(!allows("kb:r.ad", "kb:read"));
    assert!(allows("kb.v-1_x:*.y", "kb.v-1_x:x.y"));
}

#[test]
fn a_star_may_stand_for_nothing() {
    assert!(allows("kb*:read*", "kb:read"));
    assert!(allows("k*b:*read", "kb:read"));
    assert!(allows("k**b:r***d", "kb:read"));
}

/// Either half, every pattern up to length 5 and every text up to length 6.
#[test]
fn every_short_half_means_what_its_regular_expression_means() {
    let texts = words("ab", 6);
    let mut matched = 0;
    for half in words("ab*", 5) {
        let oracle = regex(&half.replace('*', "**"));
        // A lone star would be read as a whole pattern: the oracle gets two, which is the same.
        let (left, right) = (pattern(&format!("{half}:x")), pattern(&format!("x:{half}")));
        for text in &texts {
            let expected = oracle.is_match(text);
            matched += usize::from(expected);
            let (l, r) = (format!("{text}:x"), format!("x:{text}"));
            assert_eq!(left.matches(&permission(&l)), expected, "{half} on {text}");
            assert_eq!(right.matches(&permission(&r)), expected, "{half} on {text}");
        }
    }
    assert!(matched > 10_000, "the oracle finds too few matches: {matched}");
}

proptest! {
    #[test]
    fn long_patterns_mean_what_their_regular_expressions_mean(
        grant in some_pattern(),
        required in some_permission(),
    ) {
        prop_assert_eq!(allows(&grant, &required), regex(&grant).is_match(&required));
    }

    #[test]
    fn a_pattern_matches_its_instances(
        grant in some_pattern(),
        fills in prop::collection::vec("[abc]{0,3}", 1..5),
    ) {
        let instance = fill(&grant, &fills);
        let halves: Vec<&str> = instance.split(':').collect();
        prop_assume!(halves.iter().all(|half| (1..=64).contains(&half.len())));
        prop_assert!(allows(&grant, &instance), "{} on {}", grant, instance);
    }
}
