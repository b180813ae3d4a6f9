//! `AuditRepo`: the audit trail.

use bailiwick_app::audit::{Action, Actions, AuditFilter, Entry, Target, TargetKind};
use bailiwick_kernel::{AuditId, OrgId, PageRequest, RoleId, SessionId, TargetId, UserId};
use bailiwick_roles::SystemRole;
use serde_json::json;

use super::directory::{all_pages, ids_of};
use super::world::{World, difficult};

/// Returns an entry with every field set.
pub fn new_entry(world: &World, org: Option<OrgId>) -> Entry {
    let before = json!({ "name": "S\u{f6}hne \"& \u{1f511}", "level": 30, "permissions": ["kb:*"] });
    let after = json!({ "name": null, "role": { "id": "x", "name": "y" }, "verified": true });
    Entry {
        id: AuditId::generate(&*world.ids, world.now),
        org,
        actor: Some(UserId::generate(&*world.ids, world.now)),
        session: Some(SessionId::generate(&*world.ids, world.now)),
        action: Action::RoleUpdate,
        target: Some(RoleId::generate(&*world.ids, world.now).into()),
        before: Some(before),
        after: Some(after),
        at: world.now,
        request_id: Some(format!(" {} ", difficult("a-request"))),
        ip: Some("2001:db8::1".to_owned()),
    }
}

pub async fn append(world: &World, entries: &[Entry]) {
    transaction!(world, |tx| tx.audit().append(entries).await).unwrap();
}

pub async fn listed(world: &World, org: Option<OrgId>, filter: &AuditFilter) -> Vec<Entry> {
    read!(world, |tx| tx.audit().list(org, filter, PageRequest::default()).await).items
}

fn newest_first(entries: &[Entry]) -> Vec<Entry> {
    let mut entries = entries.to_vec();
    entries.sort_by_key(|entry| std::cmp::Reverse(entry.id));
    entries
}

fn some_org(world: &World) -> OrgId {
    OrgId::generate(&*world.ids, world.now)
}

pub async fn a_row_is_found_as_it_was_added(world: World) {
    let full = new_entry(&world, Some(some_org(&world)));
    let bare = Entry {
        id: AuditId::generate(&*world.ids, world.now),
        org: None,
        actor: None,
        session: None,
        action: Action::AccountSignUp,
        target: None,
        before: None,
        after: None,
        at: world.after(1),
        request_id: None,
        ip: None,
    };
    append(&world, &[full.clone(), bare.clone()]).await;
    assert_eq!(listed(&world, None, &AuditFilter::default()).await, [bare, full]);
}

pub async fn every_action_and_every_kind_of_target_is_kept(world: World) {
    let mut entries = Vec::new();
    // The last one is what a newer release may have stored.
    let own = ["invoice.refund", "role.burn"].map(|text| Action::parse(text).unwrap());
    for action in Action::ALL.iter().chain(&own) {
        entries.push(Entry { action: *action, ..new_entry(&world, None) });
    }
    let own = ["invoice", "webhook"].map(|word| TargetKind::parse(word).unwrap());
    for kind in TargetKind::ALL.into_iter().chain(own) {
        let entry = new_entry(&world, None);
        let target = entry.target.map(|target| Target { kind, ..target });
        entries.push(Entry { target, ..entry });
    }
    append(&world, &entries).await;
    let pages = all_pages("100", async |page| {
        read!(world, |tx| tx.audit().list(None, &AuditFilter::default(), page).await)
    });
    assert_eq!(pages.await, newest_first(&entries));
}

pub async fn appending_no_rows_adds_none(world: World) {
    append(&world, &[]).await;
    assert_eq!(listed(&world, None, &AuditFilter::default()).await, []);
}

pub async fn the_rows_of_one_organization_or_all_are_listed(world: World) {
    let (org, other) = (some_org(&world), some_org(&world));
    let entries = [Some(org), None, Some(other), Some(org)].map(|org| new_entry(&world, org));
    append(&world, &entries).await;
    let all = AuditFilter::default();
    assert_eq!(listed(&world, None, &all).await, newest_first(&entries));
    assert_eq!(listed(&world, Some(org), &all).await, [entries[3].clone(), entries[0].clone()]);
    assert_eq!(listed(&world, Some(other), &all).await, entries[2..3]);
    assert_eq!(listed(&world, Some(some_org(&world)), &all).await, []);
}

pub async fn rows_that_match_the_whole_filter_are_listed(world: World) {
    let org = Some(some_org(&world));
    let actions = [
        Action::RoleCreate,
        Action::RoleDelete,
        Action::MemberJoin,
        Action::RoleCreate,
        Action::SessionLogin,
    ];
    let mut entries = Vec::new();
    for (seconds, action) in (-2..).zip(actions) {
        entries.push(Entry { action, at: world.after(seconds), ..new_entry(&world, org) });
    }
    entries[3].actor = entries[0].actor;
    entries[4].target = entries[0].target.map(|target| Target { kind: TargetKind::Invitation, ..target });
    append(&world, &entries).await;
    append(&world, &[Entry { actor: None, target: None, ..new_entry(&world, org) }]).await;

    let none = AuditFilter::default();
    let actor = AuditFilter { actor: entries[0].actor, ..none.clone() };
    let target = AuditFilter { target: entries[0].target.map(|target| target.id), ..none.clone() };
    let role = AuditFilter { actions: Actions::parse("role.*"), ..none.clone() };
    let join = AuditFilter { actions: Some(Action::MemberJoin.into()), ..none.clone() };
    let from = AuditFilter { from: Some(world.after(1)), ..none.clone() };
    let span = AuditFilter { from: Some(world.after(-2)), to: Some(world.now), ..none.clone() };
    let nobody = AuditFilter { actor: Some(UserId::generate(&*world.ids, world.now)), ..none.clone() };
    let nothing =
        AuditFilter { target: Some(TargetId::from_stored(some_org(&world).as_uuid())), ..none.clone() };
    let both = AuditFilter { from: Some(world.now), ..actor.clone() };
    for (filter, expected) in [
        (&actor, &[3, 0][..]),
        (&target, &[4, 0]),
        (&join, &[2]),
        (&from, &[4, 3]),
        (&span, &[1, 0]),
        (&nobody, &[]),
        (&nothing, &[]),
        (&both, &[3]),
    ] {
        let expected: Vec<_> = expected.iter().map(|n| entries[*n].clone()).collect();
        assert_eq!(listed(&world, org, filter).await, expected, "{filter:?}");
        assert_eq!(listed(&world, None, filter).await, expected, "{filter:?}");
    }
    // The last entry has a role as its target as well.
    assert_eq!(listed(&world, org, &role).await.len(), 4);
}

pub async fn own_actions_are_found_by_name_and_by_noun(world: World) {
    let org = Some(some_org(&world));
    let names = ["invoice.refund", "invoice.send", "invoice_item.add", "invoic.send", "invoicex.send"];
    let mut entries = Vec::new();
    for name in names {
        entries.push(Entry { action: Action::own(name), ..new_entry(&world, org) });
    }
    entries.push(new_entry(&world, org));
    append(&world, &entries).await;
    for (text, expected) in [
        ("invoice.*", &[1, 0][..]),
        ("invoice.refund", &[0]),
        ("invoice_item.*", &[2]),
        ("in_oice.*", &[]),
        ("invoice.cancel", &[]),
        ("credit_note.*", &[]),
        ("role.*", &[5]),
    ] {
        let filter = AuditFilter { actions: Actions::parse(text), ..AuditFilter::default() };
        let expected: Vec<_> = expected.iter().map(|n| entries[*n].clone()).collect();
        assert_eq!(listed(&world, org, &filter).await, expected, "{text}");
    }
}

pub async fn pages_of_rows_leave_nothing_out_and_repeat_nothing(world: World) {
    let (org, other) = (some_org(&world), some_org(&world));
    let mut expected = Vec::new();
    for _ in 0..6 {
        let entry = new_entry(&world, Some(org));
        append(&world, &[new_entry(&world, Some(other)), entry.clone(), new_entry(&world, None)]).await;
        expected.insert(0, entry.id.as_uuid());
    }
    let filter = AuditFilter { actions: Actions::parse("role.*"), ..AuditFilter::default() };
    for limit in ["1", "2", "4", "6"] {
        let pages =
            all_pages(limit, async |page| read!(world, |tx| tx.audit().list(Some(org), &filter, page).await));
        assert_eq!(ids_of(&pages.await, |entry| entry.id.as_uuid()), expected);
    }
}

pub async fn rows_are_kept_when_their_target_is_deleted(world: World) {
    let org = world.org().await;
    let user = world.member(&org, SystemRole::Member).await;
    let session = world.session(user.id).await;
    let entry = Entry {
        actor: Some(user.id),
        session: Some(session.id),
        target: Some(user.id.into()),
        ..new_entry(&world, Some(org.id))
    };
    append(&world, std::slice::from_ref(&entry)).await;
    transaction!(world, |tx| tx.users().delete(user.id).await).unwrap();
    transaction!(world, |tx| tx.orgs().delete(org.id).await).unwrap();
    assert_eq!(listed(&world, Some(org.id), &AuditFilter::default()).await, [entry]);
}
