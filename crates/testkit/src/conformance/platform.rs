//! `PlatformRepo`: lists for platform administrators.

use bailiwick_app::platform::{MailFilter, MailRecord, MailStatus, OrgFilter, OrgRecord, UserFilter};
use bailiwick_app::{Delivery, Error};
use bailiwick_kernel::{Email, OrgId, PageRequest, Slug, UserId};
use bailiwick_orgs::{Membership, Organization};
use bailiwick_roles::SystemRole;
use bailiwick_users::{User, UserStatus};

use super::directory::{all_pages, ids_of};
use super::outbox::{enqueue, new_mail};
use super::world::{World, name};

async fn users(world: &World, filter: &UserFilter) -> Vec<User> {
    read!(world, |tx| tx.platform().list_users(filter, PageRequest::default()).await).items
}

async fn orgs(world: &World, filter: &OrgFilter) -> Vec<OrgRecord> {
    read!(world, |tx| tx.platform().list_organizations(filter, PageRequest::default()).await).items
}

async fn mail(world: &World, filter: &MailFilter) -> Vec<MailRecord> {
    read!(world, |tx| tx.platform().list_mail(filter, PageRequest::default()).await).items
}

pub async fn every_account_is_listed_as_it_is(world: World) {
    let mut inactive = world.new_user();
    inactive.status = UserStatus::Inactive;
    let expected = [world.user().await, world.store_user(inactive).await, world.org().await.owner];
    let mut expected = expected.to_vec();
    expected.sort_by_key(|user| user.id);
    assert_eq!(users(&world, &UserFilter::default()).await, expected);
}

pub async fn accounts_are_found_by_part_of_address_and_name_and_by_status(world: World) {
    let mut ids = Vec::new();
    for (email, first, last, status) in [
        ("ada.l@mail.test", "Ada", "Lovelace", UserStatus::Active),
        ("hundred_percent@mail.test", "100%", "Sure_Thing", UserStatus::Inactive),
        ("zoe@navy.test", "Zo\u{eb}", "M\u{fc}ller", UserStatus::Pending),
    ] {
        let user = world.new_user_called(Email::parse(email).unwrap(), first, last);
        ids.push(world.store_user(User { status, ..user }).await.id);
    }
    let (active, inactive) = (Some(UserStatus::Active), Some(UserStatus::Inactive));
    for (search, status, expected) in [
        ("", None, &[0, 1, 2][..]),
        ("MAIL.test", None, &[0, 1]),
        ("ada love", None, &[0]),
        ("zo\u{eb} m\u{fc}L", None, &[2]),
        ("ZOE MULLER", None, &[2]),
        (" zoe\u{308} ", None, &[2]),
        ("\u{301}", None, &[]),
        ("%", None, &[1]),
        ("_", None, &[1]),
        ("100%", active, &[]),
        ("mail", inactive, &[1]),
        ("", active, &[0]),
        ("\0", None, &[]),
        ("\\", None, &[]),
    ] {
        let search = (!search.is_empty()).then(|| search.to_owned());
        let filter = UserFilter { search, status, platform_admin: None };
        let expected: Vec<UserId> = expected.iter().map(|n| ids[*n]).collect();
        let found: Vec<UserId> = users(&world, &filter).await.iter().map(|user| user.id).collect();
        assert_eq!(found, expected, "{filter:?}");
    }
}

pub async fn organizations_are_listed_with_the_number_of_active_members(world: World) {
    let (small, large) = (world.org().await, world.org().await);
    for change in [|_: &mut Membership| Ok(()), Membership::suspend, Membership::remove] {
        let user = world.member(&large, SystemRole::Member).await;
        world.change(&large, user.id, change).await;
    }
    let late = world.user().await;
    let role = large.role(SystemRole::Guest);
    let invited = Membership::invited(large.id, late.id, role, world.after(9), world.now);
    transaction!(world, |tx| tx.orgs().insert_membership(&invited).await).unwrap();
    let mut expected =
        [(small, 1), (large, 2)].map(|(org, members)| OrgRecord { org: org.organization, members });
    expected.sort_by_key(|record| record.org.id);
    assert_eq!(orgs(&world, &OrgFilter::default()).await, expected);
}

pub async fn organizations_are_found_by_part_of_name_and_slug(world: World) {
    let mut ids = Vec::new();
    for (title, slug) in
        [("Acme 100% \u{dc}ber", "acme"), ("B_B \\ Works", "bee-works"), ("Zeta", "zeta-100")]
    {
        let org =
            Organization { name: name(title), slug: Slug::parse(slug).unwrap(), ..world.new_organization() };
        transaction!(world, |tx| tx.orgs().insert(&org).await).unwrap();
        ids.push(org.id);
    }
    for (search, expected) in [
        ("ACME", &[0][..]),
        ("bee-", &[1]),
        ("100", &[0, 2]),
        ("%", &[0]),
        ("_", &[1]),
        ("\\", &[1]),
        ("0% \u{dc}BER", &[0]),
        ("0% u\u{308}ber ", &[0]),
        ("UBER", &[0]),
        ("\u{ff21}CME", &[0]),
        ("\0", &[]),
        ("nothing", &[]),
    ] {
        let filter = OrgFilter { search: Some(search.to_owned()) };
        let expected: Vec<OrgId> = expected.iter().map(|n| ids[*n]).collect();
        let found: Vec<OrgId> = orgs(&world, &filter).await.iter().map(|record| record.org.id).collect();
        assert_eq!(found, expected, "{search:?}");
    }
    let filter = OrgFilter { search: Some("olkswagen stra".to_owned()) };
    assert_eq!(orgs(&world, &filter).await, []);
    let mut renamed = orgs(&world, &OrgFilter { search: Some("zeta".to_owned()) }).await.remove(0).org;
    renamed.name = name("V\u{f3}lkswagen Stra\u{df}e");
    transaction!(world, |tx| tx.orgs().update(&renamed).await).unwrap();
    assert_eq!(orgs(&world, &filter).await.len(), 1);
}

pub async fn an_archived_organization_is_listed_nowhere(world: World) {
    let (org, other) = (world.org().await, world.org().await);
    transaction!(world, |tx| tx.orgs().set_archived(org.id, Some(world.now)).await).unwrap();
    let listed = orgs(&world, &OrgFilter::default()).await;
    assert_eq!(listed.iter().map(|record| record.org.id).collect::<Vec<_>>(), [other.id]);
}

pub async fn mail_is_listed_newest_first_and_says_how_it_stands(world: World) {
    let mails = [0, 1, 2, 3].map(|seconds| new_mail(&world, world.after(seconds)));
    for mail in &mails {
        enqueue(&world, mail).await;
    }
    let [_, sent, failed, retried] = &mails;
    transaction!(world, |tx| {
        tx.outbox().record_delivery(sent, &Delivery::Sent(world.after(10))).await?;
        tx.outbox()
            .record_delivery(
                failed,
                &Delivery::Failed { error: "no such mailbox".to_owned(), retry_at: None },
            )
            .await?;
        tx.outbox()
            .record_delivery(
                retried,
                &Delivery::Failed { error: "busy".to_owned(), retry_at: Some(world.after(60)) },
            )
            .await?;
        Ok::<_, Error>(())
    })
    .unwrap();
    let waiting = |n: usize| MailRecord {
        id: mails[n].id,
        to: mails[n].to.clone(),
        kind: "verify_email".to_owned(),
        holds_secret: true,
        attempts: 0,
        created_at: mails[n].created_at,
        due_at: Some(mails[n].created_at),
        sent_at: None,
        last_error: None,
    };
    let tried = |n, error: &str, due_at| MailRecord {
        attempts: 1,
        due_at,
        last_error: Some(error.to_owned()),
        ..waiting(n)
    };
    let expected = [
        tried(3, "busy", Some(world.after(60))),
        tried(2, "no such mailbox", None),
        MailRecord { holds_secret: false, due_at: None, sent_at: Some(world.after(10)), ..waiting(1) },
        waiting(0),
    ];
    assert_eq!(mail(&world, &MailFilter::default()).await, expected);
    for (status, rows) in
        [(MailStatus::Waiting, &[0, 3][..]), (MailStatus::Failed, &[1]), (MailStatus::Sent, &[2])]
    {
        let filter = MailFilter { status: Some(status), search: None };
        let expected: Vec<_> = rows.iter().map(|n| expected[*n].clone()).collect();
        assert_eq!(mail(&world, &filter).await, expected, "{status:?}");
    }
    for (search, found) in
        [(mails[0].to.as_str().to_uppercase(), 1), ("@EXAMPLE".to_owned(), 4), ("%".to_owned(), 0)]
    {
        let filter = MailFilter { search: Some(search), status: None };
        assert_eq!(mail(&world, &filter).await.len(), found, "{filter:?}");
    }
}

pub async fn pages_of_everything_leave_nothing_out_and_repeat_nothing(world: World) {
    let (mut people, mut mails) = (Vec::new(), Vec::new());
    for seconds in 0..5 {
        let mail = new_mail(&world, world.after(seconds));
        enqueue(&world, &mail).await;
        mails.insert(0, mail.id.as_uuid());
        people.push(world.org().await);
    }
    let orgs = ids_of(&people, |org| org.id.as_uuid());
    let owners = ids_of(&people, |org| org.owner.id.as_uuid());
    let search = Some("e".to_owned());
    let of_users =
        UserFilter { search: search.clone(), status: Some(UserStatus::Active), platform_admin: None };
    let of_orgs = OrgFilter { search: Some("acme".to_owned()) };
    let of_mail = MailFilter { search, status: Some(MailStatus::Waiting) };
    for limit in ["1", "2", "5"] {
        let listed =
            all_pages(limit, async |page| read!(world, |tx| tx.platform().list_users(&of_users, page).await));
        assert_eq!(ids_of(&listed.await, |user| user.id.as_uuid()), owners);
        let listed = all_pages(limit, async |page| {
            read!(world, |tx| tx.platform().list_organizations(&of_orgs, page).await)
        });
        assert_eq!(ids_of(&listed.await, |record| record.org.id.as_uuid()), orgs);
        let listed =
            all_pages(limit, async |page| read!(world, |tx| tx.platform().list_mail(&of_mail, page).await));
        assert_eq!(ids_of(&listed.await, |record| record.id.as_uuid()), mails);
    }
}
