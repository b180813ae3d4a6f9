//! What may not be done too often, and for whom it counts.

use bailiwick_testkit::app::{Caller, Engine, Reply, TestApp, TestAppOptions};
use bailiwick_testkit::on_every_engine;
use serde_json::{Value, json};
use time::Duration;

pub fn throttled() -> TestAppOptions {
    TestAppOptions { throttle: true, ..TestAppOptions::default() }
}

pub async fn start(engine: &Engine) -> TestApp {
    TestApp::start_with(engine, throttled()).await
}

/// Asserts a refusal and tells how long to wait.
#[track_caller]
pub fn wait_of(reply: Reply) -> i64 {
    let seconds: i64 = reply.header("retry-after").parse().expect("Retry-After");
    assert!(seconds >= 1);
    let plural = format!("Rate limit exceeded. Try again in {seconds} seconds.");
    let reply = reply.refuses(429, &plural);
    assert_eq!(reply.field("/code"), "rate_limited");
    assert!(reply.text_of("/hint").contains(&format!("Wait {seconds} s")));
    seconds
}

/// Asserts that so many are let in at once, and one more each time that is told.
pub async fn holds(app: &TestApp, burst: usize, try_it: impl AsyncFn() -> Reply) {
    for n in 0..burst {
        let reply = try_it().await;
        assert_ne!(reply.status, 429, "number {n} of {burst}: {}", reply.text);
    }
    for _ in 0..2 {
        let wait = wait_of(try_it().await);
        app.clock.advance(Duration::seconds(wait) - Duration::SECOND);
        assert_eq!(wait_of(try_it().await), 1, "a second too early");
        app.clock.advance(Duration::SECOND);
        let reply = try_it().await;
        assert_ne!(reply.status, 429, "after the time told: {}", reply.text);
    }
}

fn sign_up(n: usize) -> Value {
    json!({ "email": format!("user{n}@example.com"), "password": "securePassword123",
        "first_name": "John", "last_name": "Doe" })
}

/// A number that was not given before.
pub fn counter() -> impl Fn() -> usize {
    let next = std::sync::atomic::AtomicUsize::new(0);
    move || next.fetch_add(1, std::sync::atomic::Ordering::Relaxed)
}

on_every_engine!(sign_ups_of_a_client);

async fn sign_ups_of_a_client(engine: Engine) {
    let app = start(&engine).await;
    let (here, there) = (app.anyone().from("192.0.2.1"), app.anyone().from("192.0.2.2"));
    let next = counter();
    for _ in 0..20 {
        here.post("/auth/signup", json!({ "email": "no" })).await.is(422);
    }
    holds(&app, 10, async || here.post("/auth/signup", sign_up(next())).await).await;
    there.post("/auth/signup", sign_up(next())).await.is(201);
}

on_every_engine!(mails_to_an_account_and_of_a_client);

async fn mails_to_an_account_and_of_a_client(engine: Engine) {
    for uri in ["/auth/resend-verification", "/auth/forgot-password"] {
        mails(&start(&engine).await, uri).await;
    }
}

async fn mails(app: &TestApp, uri: &str) {
    let resend = async |client: &str, email: &str| {
        app.anyone().from(client).post(uri, json!({ "email": email })).await
    };
    for email in ["ada@example.com", " ADA@Example.com ", "ada@example.com"] {
        resend("192.0.2.1", email).await.is(200);
    }
    // Known or not, from wherever: the account has had its three.
    assert_eq!(wait_of(resend("192.0.2.2", "ada@example.com").await), 1200);
    // A refusal for the account's sake costs the client nothing.
    for _ in 0..20 {
        wait_of(resend("192.0.2.3", "ada@example.com").await);
    }
    let next = counter();
    let other = async || resend("192.0.2.3", &format!("user{}@example.com", next())).await;
    holds(app, 10, other).await;
}

on_every_engine!(the_longest_of_two_waits_is_told);

async fn the_longest_of_two_waits_is_told(engine: Engine) {
    let app = start(&engine).await;
    let resend = async |email: &str| {
        app.anyone().from("192.0.2.1").post("/auth/resend-verification", json!({ "email": email })).await
    };
    for n in 0..7 {
        resend(&format!("user{n}@example.com")).await.is(200);
    }
    for _ in 0..3 {
        resend("ada@example.com").await.is(200);
    }
    assert_eq!(wait_of(resend("bob@example.com").await), 360);
    assert_eq!(wait_of(resend("ada@example.com").await), 1200);
    app.clock.advance(Duration::seconds(1200));
    resend("ada@example.com").await.is(200);
}

on_every_engine!(renewals_of_a_session);

async fn renewals_of_a_session(engine: Engine) {
    let app = start(&engine).await;
    app.sign_up("ada").await;
    let log_in = async || {
        let login = app.anyone().try_log_in("ada@example.com", "correct horse battery").await;
        login.is(200).text_of("/refresh_token")
    };
    let (session, other) = (log_in().await, log_in().await);
    let refresh =
        async |token: &str| app.anyone().post("/auth/refresh", json!({ "refresh_token": token })).await;
    // The same token within ten seconds gets the same successor.
    for _ in 0..120 {
        refresh(&session).await.is(200);
    }
    assert_eq!(wait_of(refresh(&session).await), 1);
    refresh(&other).await.is(200);
    app.clock.advance(Duration::milliseconds(499));
    wait_of(refresh(&session).await);
    app.clock.advance(Duration::milliseconds(1));
    refresh(&session).await.is(200);
    wait_of(refresh(&session).await);
    for _ in 0..130 {
        refresh("ref_wrong").await.is(401);
    }
}

on_every_engine!(invitations_of_an_organisation);

async fn invitations_of_an_organisation(engine: Engine) {
    let app = start(&engine).await;
    let (ada, eve) = (app.sign_up("ada").await, app.sign_up("eve").await);
    let role = ada.role_id(&ada.org, "guest").await;
    let next = counter();
    let row = || json!({ "email": format!("user{}@example.com", next()), "role_id": role });
    let bulk = |count: usize| json!({ "invitations": (0..count).map(|_| row()).collect::<Vec<_>>() });
    let uri = format!("/invitations/bulk?org_id={}", ada.org);
    let first = ada.post(&uri, bulk(98)).await.is(200);
    assert!(first.field("/results").as_array().unwrap().iter().all(|row| row["status"] == 200));
    let id = first.text_of("/results/0/invitation/id");
    let resend =
        async |id: &str| ada.post(&format!("/invitations/{id}/resend?org_id={}", ada.org), json!({})).await;
    let id = resend(&id).await.is(200).text_of("/id");

    let mixed = ada.post(&uri, bulk(3)).await.is(200);
    let statuses: Vec<_> = (0..3).map(|n| mixed.field(&format!("/results/{n}/status"))).collect();
    assert_eq!(statuses, [200, 429, 429]);
    assert_eq!(mixed.field("/results/1/problem/code"), "rate_limited");
    let invite = async |who: &Caller, role: &str| {
        let body =
            json!({ "email": format!("user{}@example.com", next()), "org_id": who.org, "role_id": role });
        who.post("/auth/invite", body).await
    };
    assert_eq!(wait_of(invite(&ada, &role).await), 36);
    wait_of(resend(&id).await);
    // Who may not is told so, whatever the limit.
    let body = json!({ "email": "x@example.com", "org_id": ada.org, "role_id": role });
    eve.post("/auth/invite", body).await.refuses(403, "User is not a member of this organization");
    invite(&eve, &eve.role_id(&eve.org, "guest").await).await.is(200);
    holds(&app, 0, async || invite(&ada, &role).await).await;
}

on_every_engine!(invitations_accepted_by_a_client);

async fn invitations_accepted_by_a_client(engine: Engine) {
    let app = start(&engine).await;
    let ada = app.sign_up("ada").await.from("192.0.2.1");
    let accept = async |client: &str| {
        ada.from(client).post("/invitations/accept", json!({ "token": "inv_wrong" })).await
    };
    let mut by_sign_up = sign_up(0);
    by_sign_up["token"] = json!("inv_wrong");
    let join =
        async |client: &str| app.anyone().from(client).post("/auth/signup-invite", by_sign_up.clone()).await;
    for _ in 0..5 {
        join("192.0.2.1").await.refuses(404, "Invitation not found");
    }
    holds(&app, 5, async || accept("192.0.2.1").await).await;
    wait_of(join("192.0.2.1").await);
    join("192.0.2.2").await.is(404);
    app.anyone().from("192.0.2.1").post("/invitations/accept", json!({})).await.is(401);
}

on_every_engine!(a_client_is_an_address_of_ipv4_or_a_network_of_ipv6);

async fn a_client_is_an_address_of_ipv4_or_a_network_of_ipv6(engine: Engine) {
    let app = start(&engine).await;
    let next = counter();
    let from = async |address: &str| app.anyone().from(address).post("/auth/signup", sign_up(next())).await;
    for n in 0..10 {
        from(&format!("2001:db8:1:2::{n}")).await.is(201);
    }
    wait_of(from("2001:db8:1:2:ffff::1").await);
    from("2001:db8:1:3::1").await.is(201);
    for _ in 0..5 {
        from("::ffff:192.0.2.1").await.is(201);
        from("192.0.2.1").await.is(201);
    }
    wait_of(from("192.0.2.1").await);
    // The last address that no proxy of ours has is the client's.
    wait_of(from("198.51.100.1, 192.0.2.1, 127.0.0.1").await);
}

on_every_engine!(nobody_chooses_an_address_for_themselves);

/// CVE-2025-66508.
async fn nobody_chooses_an_address_for_themselves(engine: Engine) {
    let mut options = throttled();
    options.http.trusted_proxies = Vec::new();
    let app = TestApp::start_with(&engine, options).await;
    for n in 0..10 {
        app.anyone().from(&format!("192.0.2.{n}")).post("/auth/signup", sign_up(n)).await.is(201);
    }
    wait_of(app.anyone().from("192.0.2.99").post("/auth/signup", sign_up(99)).await);
}

on_every_engine!(nothing_is_throttled_where_it_is_switched_off);

async fn nothing_is_throttled_where_it_is_switched_off(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    for n in 0..25 {
        app.anyone().post("/auth/signup", sign_up(n)).await.is(201);
        app.anyone().try_log_in(&ada.email, "wrong password").await.is(401);
        app.anyone().post("/auth/resend-verification", json!({ "email": ada.email })).await.is(200);
    }
}
