//! The example `domain-only`.

#[path = "../../examples/domain-only/main.rs"]
#[expect(dead_code, reason = "the test calls `run`, not `main`")]
mod program;

#[test]
fn the_rules_decide_without_a_database() {
    let mut out = Vec::new();
    program::run(&mut out).unwrap();
    let lines = String::from_utf8(out).unwrap();
    let expected = "\
articles:publish: allowed by articles:*
comments:delete: missing comments:delete, nearest grant comments:read
invoices:read: missing invoices:read, nearest grant articles:*
may grant articles:re*: true
may grant comments:*: false
may grant *:read: false
may create writer: yes
may create accountant: the caller lacks a permission that is to be granted
may create peer: the target is not below the caller's level
after 23 hours: pending
after 24 hours: expired
eve accepts: the e-mail address is not the invited one
bob accepts: accepted
bob accepts again: the invitation was used already
";
    assert_eq!(lines, expected);
}
