//! `DirectoryRepo`: the search for members.

use bailiwick_app::platform::UserFilter;
use bailiwick_app::{Error, MemberFilter};
use bailiwick_kernel::{DisplayName, Email, Lock, PageRequest};
use bailiwick_orgs::{Membership, MembershipStatus};
use bailiwick_roles::SystemRole;
use bailiwick_users::User;

use super::world::{Org, World, renamed};

const PEOPLE: [(&str, &str, &str); 6] = [
    ("ada.l@mail.test", "Ada", "Lovelace"),
    ("grace@navy.test", "Grace", "Hopper"),
    ("hundred_percent@mail.test", "100%", "Sure_Thing"),
    ("zoe@mail.test", "Zo\u{eb}", "M\u{fc}ller"),
    ("back@mail.test", "C:\\dir", "Slash"),
    ("oneil@mail.test", "Sean", "O'Neil"),
];

async fn org_of_people(world: &World) -> Org {
    let org = world.org().await;
    transaction!(world, |tx| {
        tx.orgs().find(org.id, Lock::Update).await?;
        for (email, first, last) in PEOPLE {
            let user = world.new_user_called(Email::parse(email).unwrap(), first, last);
            tx.users().insert(&user).await?;
            let membership = Membership::active(org.id, user.id, org.role(SystemRole::Member), world.now);
            tx.orgs().insert_membership(&membership).await?;
        }
        Ok::<_, Error>(())
    })
    .unwrap();
    org
}

async fn found(world: &World, org: &Org, text: &str) -> Vec<String> {
    let filter = MemberFilter {
        search: Some(text.to_owned()),
        roles: Some(vec![org.role(SystemRole::Member)]),
        ..MemberFilter::default()
    };
    let page = PageRequest::default();
    let page = read!(world, |tx| tx.directory().list_members(org.id, &filter, world.now, page).await);
    page.items.into_iter().map(|record| record.user.email.as_str().to_owned()).collect()
}

async fn assert_found(world: &World, org: &Org, cases: &[(&str, &[&str])]) {
    for (text, expected) in cases {
        assert_eq!(found(world, org, text).await, *expected, "{text:?}");
    }
}

pub async fn a_part_of_address_name_or_full_name_finds_a_member(world: World) {
    let org = org_of_people(&world).await;
    let cases: &[(&str, &[&str])] = &[
        ("ada.l@", &["ada.l@mail.test"]),
        ("navy", &["grace@navy.test"]),
        ("Grac", &["grace@navy.test"]),
        ("pper", &["grace@navy.test"]),
        ("Ada Lovelace", &["ada.l@mail.test"]),
        ("a Love", &["ada.l@mail.test"]),
        ("Zo\u{eb} M\u{fc}", &["zoe@mail.test"]),
        ("Lovelace Ada", &[]),
        ("nobody", &[]),
    ];
    assert_found(&world, &org, cases).await;
    assert_eq!(found(&world, &org, "mail.test").await.len(), 5);
}

pub async fn a_single_name_has_no_space_behind_it(world: World) {
    let org = world.org().await;
    let email = Email::parse("s@mail.test").unwrap();
    let user = User { last_name: no_name(), ..world.new_user_called(email, "Suharto", "x") };
    world.store_user(user.clone()).await;
    assert_eq!(read!(world, |tx| tx.users().find(user.id, Lock::None).await), Some(user.clone()));
    let membership = Membership::active(org.id, user.id, org.role(SystemRole::Member), world.now);
    transaction!(world, |tx| {
        tx.orgs().find(org.id, Lock::Update).await?;
        tx.orgs().insert_membership(&membership).await
    })
    .unwrap();
    let cases: &[(&str, &[&str])] = &[
        ("suharto", &["s@mail.test"]),
        (" suharto ", &["s@mail.test"]),
        ("o x", &[]),
        ("o\u{a0}", &["s@mail.test"]),
    ];
    assert_found(&world, &org, cases).await;
    for (search, found) in [("UHARTO", 1), ("uharto ", 1), ("uharto x", 0)] {
        let filter = UserFilter { search: Some(search.to_owned()), ..UserFilter::default() };
        let page = read!(world, |tx| tx.platform().list_users(&filter, PageRequest::default()).await);
        assert_eq!(page.items.len(), found, "{search:?}");
    }
    let (first, last) = (&user.first_name, DisplayName::parse_optional("y").unwrap());
    for last in [last, no_name()] {
        transaction!(world, |tx| tx.users().update(user.id, &renamed(first, &last)).await).unwrap();
        let renamed = read!(world, |tx| tx.users().find(user.id, Lock::None).await).unwrap();
        assert_eq!(renamed.last_name, last);
    }
}

fn no_name() -> DisplayName {
    DisplayName::parse_optional("").unwrap()
}

pub async fn case_accents_and_outer_spaces_do_not_matter_in_a_search(world: World) {
    let org = org_of_people(&world).await;
    let cases: &[(&str, &[&str])] = &[
        ("ADA.L@MAIL", &["ada.l@mail.test"]),
        ("gRACE", &["grace@navy.test"]),
        ("HOPPER", &["grace@navy.test"]),
        ("ada loveLACE", &["ada.l@mail.test"]),
        ("O'NEIL", &["oneil@mail.test"]),
        ("zo\u{eb} m\u{fc}LLER", &["zoe@mail.test"]),
        ("ZO\u{cb} M\u{dc}LLER", &["zoe@mail.test"]),
        ("zoe\u{308} mu\u{308}ller", &["zoe@mail.test"]),
        ("zoe muller", &["zoe@mail.test"]),
        ("\u{3000}zoe  \u{a0}muller\t", &["zoe@mail.test"]),
        ("gr\u{e1}ce", &["grace@navy.test"]),
        ("\u{ff27}\u{ff32}\u{ff21}\u{ff23}\u{ff25}@navy", &["grace@navy.test"]),
        ("\u{301}", &[]),
        ("z\u{f6}e\u{0}", &[]),
    ];
    assert_found(&world, &org, cases).await;
    let zoe = Email::parse("zoe@mail.test").unwrap();
    let zoe = read!(world, |tx| tx.users().find_by_email(&zoe, Lock::None).await).unwrap();
    for (first, last, search) in [
        ("Zo\u{eb}", "Wei\u{df}", "ZOE WEISS"),
        (
            "\u{39f}\u{3b4}\u{3c5}\u{3c3}\u{3c3}\u{3b5}\u{3cd}\u{3c2}",
            "x",
            "\u{39f}\u{394}\u{3a5}\u{3a3}\u{3a3}\u{395}\u{3a5}\u{3a3}",
        ),
        ("Wa\u{142}\u{119}sa", "x", "WALESA"),
        ("Zoe\u{308}", "x", "zo\u{eb}"),
    ] {
        let names = [first, last].map(|name| DisplayName::parse(name).unwrap());
        transaction!(world, |tx| tx.users().update(zoe.id, &renamed(&names[0], &names[1])).await).unwrap();
        assert_found(&world, &org, &[(search, &["zoe@mail.test"]), ("muller", &[])]).await;
    }
}

pub async fn wildcards_stand_for_themselves_in_a_search(world: World) {
    let org = org_of_people(&world).await;
    let hundred: &[&str] = &["hundred_percent@mail.test"];
    let cases: &[(&str, &[&str])] = &[
        ("%", hundred),
        ("_", hundred),
        ("100%", hundred),
        ("0% s", hundred),
        ("sure_t", hundred),
        ("a%a", &[]),
        ("ad_", &[]),
        ("\\", &["back@mail.test"]),
        ("c:\\D", &["back@mail.test"]),
        ("\\%", &[]),
        ("*", &[]),
        ("[a]", &[]),
        ("'", &["oneil@mail.test"]),
        ("\"", &[]),
    ];
    assert_found(&world, &org, cases).await;
}

pub async fn a_search_finds_nobody_of_another_organization(world: World) {
    let (_, other) = (org_of_people(&world).await, world.org().await);
    let filter = MemberFilter { search: Some("grace".to_owned()), ..MemberFilter::default() };
    let page = PageRequest::default();
    let page = read!(world, |tx| tx.directory().list_members(other.id, &filter, world.now, page).await);
    assert_eq!(page.items, []);
}

pub async fn a_search_finds_no_one_removed_unless_asked_to(world: World) {
    let org = org_of_people(&world).await;
    let grace = Email::parse("grace@navy.test").unwrap();
    let grace = read!(world, |tx| tx.users().find_by_email(&grace, Lock::None).await).unwrap();
    world.change(&org, grace.id, Membership::remove).await;
    assert_eq!(found(&world, &org, "grace").await, Vec::<String>::new());
    let filter = MemberFilter {
        search: Some("GRACE".to_owned()),
        statuses: Some(vec![MembershipStatus::Removed]),
        ..MemberFilter::default()
    };
    let page = PageRequest::default();
    let page = read!(world, |tx| tx.directory().list_members(org.id, &filter, world.now, page).await);
    assert_eq!(page.items.len(), 1);
}
