//! Cursors and search terms that are malformed or belong to other lists.

use bailiwick_testkit::app::{Caller, Engine, Reply, TestApp};
use bailiwick_testkit::on_every_engine;

use crate::audit::promoted;

/// Every list with pages, for a member of `org`.
fn lists(org: &str) -> Vec<String> {
    vec![
        "/organizations?".to_owned(),
        "/auth/sessions?".to_owned(),
        format!("/organizations/{org}/users?"),
        format!("/invitations?org_id={org}"),
        format!("/authz/who-can?org_id={org}&permission=kb:read"),
        format!("/audit?org_id={org}"),
        "/platform/users?".to_owned(),
        "/platform/organizations?".to_owned(),
        "/platform/outbox?".to_owned(),
        "/platform/audit?".to_owned(),
    ]
}

/// Signs up an account with two of everything that is listed.
async fn rich(app: &TestApp, name: &str) -> Caller {
    let who = app.sign_up(name).await;
    app.log_in(&who.email).await;
    who.found_org("Second").await.is(201);
    app.bring_in(&who, &format!("{name}2"), "admin").await;
    for guest in ["x", "y"] {
        let email = format!("{guest}@{name}.example");
        who.invite(&email, "guest").await.is(200);
    }
    promoted(app, who).await
}

async fn page(who: &Caller, list: &str, cursor: &str) -> Reply {
    who.get(&format!("{list}&limit=1&cursor={cursor}")).await
}

on_every_engine!(a_cursor_belongs_to_its_list_and_tenant);

async fn a_cursor_belongs_to_its_list_and_tenant(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let (ada, eve) = (rich(&app, "ada").await, rich(&app, "eve").await);
    let mut cursors = Vec::new();
    for list in lists(&ada.org) {
        cursors.push(page(&ada, &list, "").await.is(200).text_of("/next_cursor"));
    }
    for (number, list) in lists(&ada.org).iter().enumerate() {
        for (other, cursor) in cursors.iter().enumerate() {
            let reply = page(&ada, list, cursor).await;
            if other == number {
                reply.is(200);
            } else {
                reply.refuses(400, "Invalid cursor");
            }
        }
    }
    for (list, cursor) in lists(&eve.org).iter().zip(&cursors) {
        let reply = page(&eve, list, cursor).await;
        if !list.starts_with("/platform") {
            reply.refuses(400, "Invalid cursor");
        }
    }
}

on_every_engine!(a_cursor_that_is_none_is_refused);

async fn a_cursor_that_is_none_is_refused(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = rich(&app, "ada").await;
    for list in lists(&ada.org) {
        let good = page(&ada, &list, "").await.is(200).text_of("/next_cursor");
        let (end, start) = (&good[1..], &good[..good.len() - 1]);
        let other = if good.starts_with('A') { "B" } else { "A" };
        let long = "A".repeat(4000);
        for garbage in [
            "garbage",
            "0",
            "-1",
            "%00",
            "%FF",
            "%0d%0a",
            "..%2F..",
            "' OR 1=1 --",
            "0198c5a0-7d3e-7000-8000-000000000001",
            "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
            "=",
            end,
            start,
            &format!("{good}="),
            &format!("{good}A"),
            &format!("{other}{end}"),
            &long,
        ] {
            page(&ada, &list, garbage).await.refuses(400, "Invalid cursor");
        }
    }
}

on_every_engine!(a_search_is_a_text_and_nothing_else);

async fn a_search_is_a_text_and_nothing_else(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = rich(&app, "ada").await;
    let members = format!("/organizations/{}/users?", ada.org);
    for list in [&members, "/platform/users?", "/platform/organizations?", "/platform/outbox?"] {
        let all = ada.get(list).await.is(200).field("/items").as_array().unwrap().len();
        assert!(all >= 2, "{list}");
        for search in [
            "%25",
            "_",
            "%25%25",
            "a%25a",
            "%5C",
            "%5C%25",
            "%00",
            "a%00",
            "%27",
            "%27%20OR%20%271%27%3D%271",
            "%22",
            "*",
            "%5Ba%5D",
            "%FF%FE",
            &"x".repeat(4000),
        ] {
            let found = ada.get(&format!("{list}&search={search}")).await.is(200);
            // There is a quote in "ada's organization".
            let expected = usize::from(search == "%27" && list.contains("organizations?"));
            let items = found.field("/items").as_array().unwrap().len();
            assert_eq!(items, expected, "{list} {search} {}", found.text);
        }
    }
}
