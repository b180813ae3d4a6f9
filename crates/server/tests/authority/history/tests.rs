use std::slice::from_ref;

use super::*;

const CALLER: Caller = Caller { session: 1, person: 1 };
const GRANTING: u32 = 10;
const REDUCED: u32 = 11;

fn at(millis: u64) -> Elapsed {
    Elapsed::from_millis(millis)
}

fn change(start: u64, end: u64, effects: &[(Fact, u32)]) -> Change {
    let effects = effects.to_vec();
    let outcome = Outcome::Acknowledged;
    Change { kind: "test", node: None, start: at(start), end: at(end), grace: at(0), outcome, effects }
}

fn unknown(start: u64, end: u64, effects: &[(Fact, u32)]) -> Change {
    Change { outcome: Outcome::Unknown, ..change(start, end, effects) }
}

fn member(start: u64, end: u64, value: u32) -> Change {
    change(start, end, &[(Fact::Membership(1), value)])
}

/// From 10 on person 1 has full authority; role 10 grants the permission, role 11 does not.
fn beginning() -> Change {
    let (person, session) = (CALLER.person, CALLER.session);
    let facts = [
        (Fact::Session(session), ON),
        (Fact::Account(person), ON),
        (Fact::Membership(person), ON),
        (Fact::Role(person), GRANTING),
        (Fact::RoleGrants(GRANTING), ON),
        (Fact::RoleGrants(REDUCED), OFF),
    ];
    change(0, 10, &facts)
}

fn probe(start: u64, end: u64, verdict: Verdict) -> Probe {
    let (kind, requires) = (ProbeKind::Read, Requirement::Permission);
    Probe { kind, node: 0, caller: CALLER, requires, start: at(start), end: at(end), verdict }
}

fn judged(changes: &[Change], probes: &[Probe]) -> Vec<&'static str> {
    let changes = std::iter::once(beginning()).chain(changes.iter().cloned()).collect();
    let history = History { changes, probes: probes.to_vec(), redemptions: Vec::new() };
    judge(&history).iter().map(Violation::name).collect()
}

#[track_caller]
fn good(changes: &[Change], start: u64, end: u64, verdict: Verdict) {
    assert_eq!(judged(changes, &[probe(start, end, verdict)]), Vec::<&str>::new());
}

#[track_caller]
fn only(changes: &[Change], start: u64, end: u64, right: Verdict) {
    good(changes, start, end, right);
    let (wrong, name) = match right {
        Verdict::Allowed => (Verdict::Denied, "denied after an acknowledged grant"),
        _ => (Verdict::Allowed, "allowed after an acknowledged reduction"),
    };
    assert_eq!(judged(changes, &[probe(start, end, wrong)]), [name]);
}

#[track_caller]
fn either(changes: &[Change], start: u64, end: u64) {
    good(changes, start, end, Verdict::Allowed);
    good(changes, start, end, Verdict::Denied);
}

#[test]
fn nothing_changes_by_itself() {
    only(&[], 10, 20, Verdict::Allowed);
    only(&[], 1000, 2000, Verdict::Allowed);
}

#[test]
fn after_an_acknowledged_change_one_answer_is_correct() {
    only(&[member(100, 110, OFF)], 110, 111, Verdict::Denied);
    only(&[member(100, 110, OFF), member(200, 210, ON)], 210, 211, Verdict::Allowed);
    only(&[member(100, 110, OFF), member(200, 210, ON)], 190, 199, Verdict::Denied);
}

#[test]
fn a_probe_that_overlaps_a_change_may_have_either_answer() {
    for (start, end) in [(90, 100), (90, 105), (100, 110), (105, 106), (109, 500), (50, 500)] {
        either(&[member(100, 110, OFF)], start, end);
    }
    // The first value may still hold before the second write, which may be committed before the third.
    either(&[member(100, 110, OFF), member(120, 130, ON), member(140, 150, OFF)], 112, 125);
    either(&[member(100, 110, OFF), member(120, 130, ON), member(140, 150, OFF)], 112, 145);
}

#[test]
fn concurrent_changes_may_take_effect_in_any_order() {
    let both = [member(100, 150, ON), member(120, 130, OFF)];
    either(&both, 160, 170);
    // A write that starts after both have ended excludes the values of both.
    only(&[both[0].clone(), both[1].clone(), member(150, 155, OFF)], 160, 170, Verdict::Denied);
    either(&[both[0].clone(), both[1].clone(), member(149, 155, OFF)], 160, 170);
}

#[test]
fn an_unknown_outcome_allows_both_answers_until_the_next_acknowledged_change() {
    let lost = unknown(100, 110, &[(Fact::Membership(1), OFF)]);
    only(from_ref(&lost), 90, 99, Verdict::Allowed);
    either(from_ref(&lost), 105, 106);
    either(from_ref(&lost), 5000, 6000);
    only(&[lost.clone(), member(200, 210, OFF)], 210, 220, Verdict::Denied);
    only(&[lost.clone(), member(200, 210, ON)], 210, 220, Verdict::Allowed);
    // The write without a known outcome overlaps the next one.
    either(&[lost, member(105, 120, ON)], 130, 140);
}

#[test]
fn every_required_fact_decides() {
    let caller = CALLER.person;
    for effects in [
        [(Fact::Session(CALLER.session), OFF)],
        [(Fact::Account(caller), OFF)],
        [(Fact::Membership(caller), OFF)],
        [(Fact::Role(caller), REDUCED)],
        [(Fact::RoleGrants(GRANTING), OFF)],
    ] {
        only(&[change(100, 110, &effects)], 110, 120, Verdict::Denied);
        either(&[change(100, 110, &effects)], 105, 120);
    }
    for effects in [[(Fact::Session(2), OFF)], [(Fact::Account(2), OFF)], [(Fact::RoleGrants(REDUCED), ON)]] {
        only(&[change(100, 110, &effects)], 110, 120, Verdict::Allowed);
    }
}

#[test]
fn a_role_and_its_grants_go_together() {
    let moved = change(100, 110, &[(Fact::Role(1), REDUCED)]);
    let edited = change(200, 210, &[(Fact::RoleGrants(REDUCED), ON)]);
    only(&[moved.clone(), edited.clone()], 150, 160, Verdict::Denied);
    only(&[moved, edited], 210, 220, Verdict::Allowed);
}

#[test]
fn a_probe_depends_only_on_the_facts_that_it_requires() {
    let changes = [change(100, 110, &[(Fact::RoleGrants(GRANTING), OFF)]), member(200, 210, OFF)];
    let ask = |requires, start, verdict| Probe { requires, ..probe(start, start + 5, verdict) };
    let stale = "allowed after an acknowledged reduction";
    assert_eq!(judged(&changes, &[ask(Requirement::Permission, 150, Verdict::Allowed)]), [stale]);
    assert!(judged(&changes, &[ask(Requirement::Membership, 150, Verdict::Allowed)]).is_empty());
    assert_eq!(judged(&changes, &[ask(Requirement::Membership, 250, Verdict::Allowed)]), [stale]);
    assert!(judged(&changes, &[ask(Requirement::Session, 250, Verdict::Allowed)]).is_empty());
}

#[test]
fn a_change_that_does_not_wait_for_caches_is_reliable_after_its_grace() {
    let direct = Change { grace: at(50), ..member(100, 110, OFF) };
    either(from_ref(&direct), 150, 151);
    only(from_ref(&direct), 160, 170, Verdict::Denied);
    // A later change by the service has no grace, so only its value is possible.
    only(&[direct, member(120, 130, ON)], 130, 140, Verdict::Allowed);
}

#[test]
fn each_kind_of_probe_has_its_violation() {
    let changes = [member(100, 110, OFF)];
    for (kind, name) in [
        (ProbeKind::Read, "allowed after an acknowledged reduction"),
        (ProbeKind::Write, "committed on lost authority"),
        (ProbeKind::Event, "event after an acknowledged reduction"),
        (ProbeKind::OpenSocket, "socket open beyond the bound"),
    ] {
        assert_eq!(judged(&changes, &[Probe { kind, ..probe(120, 130, Verdict::Allowed) }]), [name]);
        assert!(judged(&changes, &[Probe { kind, ..probe(105, 130, Verdict::Allowed) }]).is_empty());
    }
}

#[test]
fn an_unavailable_answer_is_no_violation_and_a_broken_answer_is_one() {
    good(&[], 20, 30, Verdict::Unavailable);
    good(&[member(100, 110, OFF)], 120, 130, Verdict::Unavailable);
    let broken = judged(&[], &[probe(20, 30, Verdict::Broken(500))]);
    assert_eq!(broken, ["an answer that should never be given"]);
}

#[test]
fn a_secret_is_accepted_once_at_most() {
    let redeemed = |accepted, unknown| {
        let redemption = Redemption { kind: "reset", start: at(0), end: at(1), accepted, unknown };
        judge(&History { redemptions: vec![redemption], ..History::default() }).len()
    };
    assert_eq!([redeemed(0, 3), redeemed(1, 0), redeemed(1, 2), redeemed(2, 0)], [0, 0, 0, 1]);
}
