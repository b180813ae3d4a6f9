//! Sets: a set gives the same answers as its grants one by one, and names the reason.

use bailiwick_rbac::{Decision, Pattern, PatternError, PermissionSet};
use proptest::prelude::*;

use crate::oracle::{Language, pattern, permission, regex, some_pattern, some_permission, words};

fn set(grants: &[&str]) -> PermissionSet {
    PermissionSet::parse(grants).unwrap()
}

#[test]
fn grants_stay_as_granted() {
    let given = ["kb:read", "*", "kb:*", "kb:read"];
    let texts: Vec<String> = set(&given).iter().map(ToString::to_string).collect();
    assert_eq!(texts, given);
    assert_eq!(set(&given).len(), 4);
    assert_eq!(PermissionSet::parse(["kb:read", "kb"]), Err(PatternError::MissingColon));
}

#[test]
fn an_empty_set_allows_and_covers_nothing() {
    let none = PermissionSet::default();
    let read = permission("kb:read");
    assert!(none.is_empty());
    assert!(!none.allows(&read));
    assert!(!none.covers(&pattern("kb:read")));
    assert!(none.covers_all(&none));
    assert_eq!(none.decide(&read).to_string(), "missing kb:read");
}

#[test]
fn a_decision_names_the_grant() {
    let held = set(&["*:read", "kb:*", "kb:read", "kb:*"]);
    let reason = |required: &str| held.decide(&permission(required)).to_string();
    assert_eq!(reason("kb:read"), "allowed by kb:read");
    assert_eq!(reason("kb:write"), "allowed by kb:*");
    assert_eq!(reason("org:read"), "allowed by *:read");
}

#[test]
fn a_refusal_names_the_nearest_miss() {
    let held = set(&["org:delete", "kb:read", "k*:r*", "users:write"]);
    let reason = |required: &str| held.decide(&permission(required)).to_string();
    assert_eq!(reason("kb:delete"), "missing kb:delete, nearest grant kb:read");
    assert_eq!(reason("kx:delete"), "missing kx:delete, nearest grant k*:r*");
    assert_eq!(reason("roles:write"), "missing roles:write, nearest grant users:write");
    assert_eq!(reason("roles:publish"), "missing roles:publish");
}

#[test]
fn a_set_covers_only_what_one_of_its_grants_covers() {
    let held = set(&["kb:read", "kb:write", "users:*", "*:list"]);
    assert!(held.covers(&pattern("users:r*")));
    assert!(held.covers(&pattern("k*:list")));
    assert!(!held.covers(&pattern("kb:*")));
    assert!(!held.covers(&pattern("*")));
    assert!(held.covers_all(&set(&["kb:read", "users:*"])));
    assert!(set(&["*"]).covers_all(&held));
    let wanted = set(&["kb:read", "kb:r*", "*"]);
    assert_eq!(held.first_uncovered(&wanted), Some(&pattern("kb:r*")));
    assert!(!held.covers_all(&wanted));
}

/// The limit that the documentation of [`PermissionSet::covers`] names: these grants together allow all
/// that `*:x` allows, but none of them covers it alone.
#[test]
fn a_grant_for_each_character_does_not_cover_their_union() {
    let alphabet = ('a'..='z').chain('A'..='Z').chain('0'..='9').chain("_.-".chars());
    let each: PermissionSet = alphabet.map(|c| pattern(&format!("{c}*:x"))).collect();
    assert_eq!(each.len(), 65);
    assert!(!each.covers(&pattern("*:x")));
    assert!(each.covers(&pattern("a*b:x")));
}

/// Two grants together cover no pattern that neither covers alone, because they leave a character of the
/// alphabet unused.
#[test]
fn the_union_of_two_covers_what_one_of_them_covers() {
    let halves = |alphabet, longest| {
        let all = words(alphabet, longest);
        let pairs = all.iter().flat_map(|l| all.iter().map(move |r| format!("{l}:{r}")));
        pairs.collect::<Vec<_>>()
    };
    let texts = halves("abc", 3);
    let languages: Vec<(Pattern, Language)> = halves("ab*", 2)
        .iter()
        .map(|text| {
            let oracle = regex(text);
            (pattern(text), Language::new(&texts, |text| oracle.is_match(text)))
        })
        .collect();
    for (i, (a, a_language)) in languages.iter().enumerate() {
        for (b, b_language) in languages.iter().skip(i) {
            let held = PermissionSet::new([a.clone(), b.clone()]);
            let union = a_language.union(b_language);
            for (wanted, language) in &languages {
                let expected = union.contains(language);
                assert_eq!(held.covers(wanted), expected, "{a} {b} over {wanted}");
            }
        }
    }
}

#[test]
fn near_misses_share_the_resource_or_else_the_action() {
    let held = set(&["docs:write", "kb:read", "ws:connect", "*:delete", "k*:list", "*:w*e", "kb:read"]);
    let near = |text: &str| -> Vec<String> {
        held.near_misses(&permission(text)).map(ToString::to_string).collect()
    };
    assert_eq!(near("kb:w"), ["kb:read", "*:delete", "k*:list", "*:w*e", "kb:read"]);
    assert_eq!(near("chat:connect"), ["*:delete", "*:w*e", "ws:connect"]);
    let (on_kb, write) = (set(&["docs:write", "kb:read"]), permission("kb:write"));
    assert_eq!(on_kb.on_resource_of(&write).map(ToString::to_string).collect::<Vec<_>>(), ["kb:read"]);
    assert_eq!(on_kb.near_misses(&write).count(), 2);
    assert_eq!(set(&["a:b"]).near_misses(&write).count(), 0);
}

fn some_set() -> impl Strategy<Value = Vec<String>> {
    let grant = prop_oneof![some_pattern(), some_permission(), "[ab]:[ab]"];
    prop::collection::vec(grant, 0..8)
}

proptest! {
    #[test]
    fn a_set_allows_what_one_of_its_grants_matches(
        grants in some_set(),
        required in prop_oneof![some_permission(), "[ab]:[ab]"],
    ) {
        let held = PermissionSet::parse(&grants).unwrap();
        let required = permission(&required);
        let expected = held.iter().any(|grant| grant.matches(&required));
        prop_assert_eq!(held.allows(&required), expected);
        prop_assert_eq!(held.decide(&required).is_allowed(), expected);
        prop_assert_eq!(held.covers(&required.clone().into()), expected);
        match held.decide(&required) {
            Decision::Allowed { grant } => {
                prop_assert!(grant.matches(&required));
                prop_assert!(held.iter().any(|own| own == grant));
            }
            Decision::Missing { required: named, nearest } => {
                prop_assert_eq!(named, &required);
                prop_assert!(nearest.is_none_or(|grant| !grant.matches(&required)));
            }
        }
    }

    #[test]
    fn the_grants_that_a_holder_may_grant_allow_nothing_new(
        held in some_set(),
        given in some_set(),
        required in some_permission(),
    ) {
        let held = PermissionSet::parse(&held).unwrap();
        let given = PermissionSet::parse(&given).unwrap();
        let kept: PermissionSet = given.iter().filter(|grant| held.covers(grant)).cloned().collect();
        prop_assert!(held.covers_all(&kept));
        let required = permission(&required);
        prop_assert!(!kept.allows(&required) || held.allows(&required));
    }
}
