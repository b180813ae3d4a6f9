//! The worst that fits into a half. No clock: with backtracking these would not end today.

use bailiwick_rbac::PermissionSet;

use crate::oracle::{pattern, permission};

fn worst_halves() -> [String; 4] {
    ["*a".repeat(31) + "*b", "*aa".repeat(21) + "b", "a*".repeat(32), "*".repeat(63) + "b"]
}

#[test]
fn the_worst_patterns_are_matched_at_once() {
    let text = "a".repeat(64);
    let required = permission(&format!("{text}:{text}"));
    for half in worst_halves() {
        let grant = pattern(&format!("{half}:{half}"));
        for _ in 0..1_000 {
            assert_eq!(grant.matches(&required), half.ends_with("a*"));
        }
    }
}

#[test]
fn the_worst_patterns_are_compared_at_once() {
    let halves = worst_halves();
    for p in &halves {
        for q in &halves {
            let (p_grant, q_grant) = (pattern(&format!("{p}:{p}")), pattern(&format!("{q}:{q}")));
            for _ in 0..1_000 {
                assert!(p != q || q_grant.covers(&p_grant));
                assert!(p == q || !(q_grant.covers(&p_grant) && p_grant.covers(&q_grant)));
            }
        }
    }
}

#[test]
fn a_set_of_ten_thousand_of_them_answers() {
    let grant = pattern(&format!("{0}:{0}", "*a".repeat(31) + "*b"));
    let held: PermissionSet = std::iter::repeat_n(grant, 10_000).collect();
    let text = "a".repeat(64);
    assert!(!held.allows(&permission(&format!("{text}:{text}"))));
    assert!(!held.covers(&pattern(&format!("{0}:{0}", "a*".repeat(32)))));
}
