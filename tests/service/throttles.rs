//! Rate limits, and what they count by.

use bailiwick::app::{Limit, Limits};
use bailiwick::http::ForwardedHeader;
use bailiwick::kernel::Clock;
use bailiwick_testkit::app::{Caller, Engine, Reply, TestApp, TestAppOptions};
use bailiwick_testkit::on_every_engine;
use reqwest::Method;
use serde_json::{Value, json};
use time::Duration;

pub fn throttled() -> TestAppOptions {
    TestAppOptions { throttle: true, ..TestAppOptions::default() }
}

/// Options with another number for one limit.
pub fn limited(limit: Limit) -> TestAppOptions {
    let mut options = throttled();
    options.settings.limits = Limits::default().with(limit);
    options
}

pub async fn start(engine: &Engine) -> TestApp {
    TestApp::start_with(engine, throttled()).await
}

/// Asserts a refusal by a limit and returns the wait in seconds.
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

/// Asserts that `burst` requests are admitted at once, and one more after each wait returned.
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

/// Returns a counter that repeats no number.
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
    holds(&app, 60, async || here.post("/auth/signup", sign_up(next())).await).await;
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
    // Whether the account exists or not, and from any client: it has used up its three.
    assert_eq!(wait_of(resend("192.0.2.2", "ada@example.com").await), 1200);
    // A refusal by the limit of the account does not count for the client.
    for _ in 0..20 {
        wait_of(resend("192.0.2.3", "ada@example.com").await);
    }
    let next = counter();
    let other = async || resend("192.0.2.3", &format!("user{}@example.com", next())).await;
    holds(app, 60, other).await;
}

on_every_engine!(the_longer_of_two_limits_is_reported);

async fn the_longer_of_two_limits_is_reported(engine: Engine) {
    let app = start(&engine).await;
    let resend = async |email: &str| app.anyone().from("192.0.2.1").resend_verification(email).await;
    for n in 0..57 {
        resend(&format!("user{n}@example.com")).await.is(200);
    }
    for _ in 0..3 {
        resend("ada@example.com").await.is(200);
    }
    assert_eq!(wait_of(resend("bob@example.com").await), 60);
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
    let refresh = async |token: &str| app.anyone().refresh(token).await;
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

on_every_engine!(invitations_of_an_organization);

async fn invitations_of_an_organization(engine: Engine) {
    let app = start(&engine).await;
    let (ada, eve) = (app.sign_up("ada").await, app.sign_up("eve").await);
    let role = ada.role_id("guest").await;
    let next = counter();
    let row = || json!({ "email": format!("user{}@example.com", next()), "role_id": role });
    let bulk = |count: usize| (0..count).map(|_| row()).collect::<Vec<_>>();
    let first = ada.invite_many(bulk(98)).await.is(200);
    assert!(first.field("/results").as_array().unwrap().iter().all(|row| row["status"] == 200));
    let id = first.text_of("/results/0/invitation/id");
    let id = ada.resend(&id).await.is(200).text_of("/id");

    let mixed = ada.invite_many(bulk(3)).await.is(200);
    let statuses: Vec<_> = (0..3).map(|n| mixed.field(&format!("/results/{n}/status"))).collect();
    assert_eq!(statuses, [200, 429, 429]);
    assert_eq!(mixed.field("/results/1/problem/code"), "rate_limited");
    let invite =
        async |who: &Caller, role: &str| who.invite(&format!("user{}@example.com", next()), role).await;
    assert_eq!(wait_of(invite(&ada, &role).await), 36);
    wait_of(ada.resend(&id).await);
    // A caller without the permission is refused before any limit is applied.
    eve.in_org(&ada)
        .invite("x@example.com", &role)
        .await
        .refuses(403, "User is not a member of this organization");
    invite(&eve, &eve.role_id("guest").await).await.is(200);
    holds(&app, 0, async || invite(&ada, &role).await).await;
}

on_every_engine!(invitations_accepted_by_a_client);

async fn invitations_accepted_by_a_client(engine: Engine) {
    let app = start(&engine).await;
    let ada = app.sign_up("ada").await.from("192.0.2.1");
    let accept = async |client: &str| ada.from(client).accept_token("inv_wrong").await;
    let mut by_sign_up = sign_up(0);
    by_sign_up["token"] = json!("inv_wrong");
    let join =
        async |client: &str| app.anyone().from(client).post("/auth/signup-invite", by_sign_up.clone()).await;
    for _ in 0..30 {
        join("192.0.2.1").await.refuses(404, "Invitation not found");
    }
    holds(&app, 30, async || accept("192.0.2.1").await).await;
    wait_of(join("192.0.2.1").await);
    join("192.0.2.2").await.is(404);
    app.anyone().from("192.0.2.1").post("/invitations/accept", json!({})).await.is(401);
}

on_every_engine!(a_client_is_an_address_of_ipv4_or_a_network_of_ipv6);

async fn a_client_is_an_address_of_ipv4_or_a_network_of_ipv6(engine: Engine) {
    let app = TestApp::start_with(&engine, limited(Limit::SIGN_UP.allowing(10))).await;
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
    // The client is the last address that is not a trusted proxy.
    wait_of(from("198.51.100.1, 192.0.2.1, 127.0.0.1").await);
}

on_every_engine!(nobody_chooses_an_address_for_themselves);

/// CVE-2025-66508.
async fn nobody_chooses_an_address_for_themselves(engine: Engine) {
    let mut options = limited(Limit::SIGN_UP.allowing(10));
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
        app.anyone().resend_verification(&ada.email).await.is(200);
    }
}

on_every_engine!(an_address_is_the_same_however_a_load_balancer_writes_it);

async fn an_address_is_the_same_however_a_load_balancer_writes_it(engine: Engine) {
    let app = TestApp::start_with(&engine, limited(Limit::SIGN_UP.allowing(5))).await;
    let next = counter();
    let from = async |address: &str| app.anyone().from(address).post("/auth/signup", sign_up(next())).await;
    for client in [
        "192.0.2.1:5678",
        "::ffff:192.0.2.1",
        "6.6.6.6,, 192.0.2.1:1 , 127.0.0.1:80",
        "192.0.2.1",
        "[::ffff:c000:201]:443",
    ] {
        from(client).await.is(201);
    }
    wait_of(from("192.0.2.1:9").await);
    for client in [
        "[2001:db8:1:2::1]:443",
        "[2001:db8:1:2::2]",
        "2001:db8:1:2::3",
        "2001:db8:1:2::4%eth0",
        "\"[2001:db8:1:2::5]\"",
    ] {
        from(client).await.is(201);
    }
    wait_of(from("[2001:db8:1:2::6]:1").await);
    // Two clients behind one proxy are counted apart, with a port or without.
    from("192.0.2.2:5678").await.is(201);
    // A value that is no address counts as the proxy's, whatever the client sent before it.
    for n in 0..5 {
        from(&format!("192.0.2.{}, unknown", 100 + n)).await.is(201);
    }
    wait_of(from("192.0.2.200, _hidden").await);
}

on_every_engine!(the_header_that_is_chosen_counts_and_no_other);

async fn the_header_that_is_chosen_counts_and_no_other(engine: Engine) {
    let mut options = limited(Limit::SIGN_UP.allowing(3));
    options.http.forwarded_header = ForwardedHeader::Forwarded;
    let app = TestApp::start_with(&engine, options).await;
    let next = counter();
    let from = async |forwarded: &str, other: &str| {
        let anyone = app.anyone().from(other);
        let request = anyone.request(Method::POST, "/auth/signup").header("forwarded", forwarded);
        anyone.send(request.json(&sign_up(next()))).await
    };
    from("for=192.0.2.1", "192.0.2.101").await.is(201);
    from("For=\"192.0.2.1:4711\";proto=https;by=_us", "192.0.2.102").await.is(201);
    from("for=6.6.6.6, for=\"[::ffff:192.0.2.1]\", for=127.0.0.1", "192.0.2.103").await.is(201);
    wait_of(from("for=192.0.2.1", "192.0.2.104").await);
    from("for=192.0.2.2", "192.0.2.1").await.is(201);
    let usual = TestApp::start_with(&engine, limited(Limit::SIGN_UP.allowing(1))).await;
    let send = async |address: &str| {
        let anyone = usual.anyone().from(address);
        let request = anyone.request(Method::POST, "/auth/signup").header("forwarded", "for=192.0.2.9");
        anyone.send(request.json(&sign_up(next()))).await
    };
    send("192.0.2.1").await.is(201);
    send("192.0.2.2").await.is(201);
}

on_every_engine!(a_session_shows_the_clients_address);

async fn a_session_shows_the_clients_address(engine: Engine) {
    let app = start(&engine).await;
    let ada = app.sign_up("ada").await;
    for (told, shown) in [("[::ffff:192.0.2.7]:443", "192.0.2.7"), ("[2001:DB8::1]:80", "2001:db8::1")] {
        let login = app.anyone().from(told).try_log_in(&ada.email, "correct horse battery").await.is(200);
        let caller = app.anyone().with_token(&login.text_of("/access_token"));
        let sessions = caller.sessions().await.is(200).text;
        assert!(sessions.contains(&format!("\"{shown}\"")), "{sessions}");
    }
}

on_every_engine!(a_clock_that_was_ahead_for_a_moment_stops_nobody);

async fn a_clock_that_was_ahead_for_a_moment_stops_nobody(engine: Engine) {
    let app = start(&engine).await;
    let ada = app.sign_up("ada").await;
    let (here, next) = (app.anyone().from("192.0.2.1"), counter());
    let log_in = async || here.try_log_in(&ada.email, "correct horse battery").await;
    let sign_up = async || here.post("/auth/signup", sign_up(next())).await;
    let token = log_in().await.is(200).text_of("/refresh_token");
    for ahead in [Duration::minutes(59), Duration::HOUR, Duration::days(1)] {
        let now = app.clock.now();
        app.clock.set(now + ahead);
        here.try_log_in(&ada.email, "wrong password").await.is(401);
        sign_up().await.is(201);
        app.clock.set(now);
        // The remaining number was lost with the jump of the clock; one is regained per interval.
        assert_eq!(wait_of(log_in().await), 1);
        app.clock.advance(Duration::SECOND);
        log_in().await.is(200);
        let wait = wait_of(sign_up().await);
        assert!(wait <= 60, "{wait}");
        app.clock.advance(Duration::seconds(wait));
        sign_up().await.is(201);
    }
    here.refresh(&token).await.is(200);
}
