//! Failed logins delay the next login. They are counted in the database for each pair of account and
//! client, and for each client.

use std::sync::Arc;

use bailiwick_testkit::app::{Caller, Engine, TestApp, sql};
use bailiwick_testkit::on_every_engine;
use serde_json::{Value, json};
use time::Duration;
use tokio::sync::Barrier;

use crate::logins::{reset, reset_token};
use crate::throttles::{start, throttled, wait_of};

const WRONG: &str = "wrong password";
const RIGHT: &str = "correct horse battery";
const REFUSED: &str = "Incorrect username or password";

/// Fails `times` logins, each as soon as the delay allows.
async fn fail(app: &TestApp, caller: &Caller, email: &str, times: usize) {
    for _ in 0..times {
        let reply = caller.try_log_in(email, WRONG).await;
        if reply.status == 429 {
            app.clock.advance(Duration::seconds(wait_of(reply)));
            caller.try_log_in(email, WRONG).await.refuses(401, REFUSED);
        } else {
            reply.refuses(401, REFUSED);
        }
    }
}

on_every_engine!(the_delay_doubles_to_a_quarter_of_an_hour);

async fn the_delay_doubles_to_a_quarter_of_an_hour(engine: Engine) {
    let app = start(&engine).await;
    app.sign_up("ada").await;
    let caller = app.anyone().from("192.0.2.1");
    // An unknown account and a text that is no address are delayed alike.
    for email in ["ada@example.com", "nobody@example.com", "no address"] {
        let tried = app.hasher.checks();
        fail(&app, &caller, email, 5).await;
        for delay in [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900] {
            assert_eq!(wait_of(caller.try_log_in(email, RIGHT).await), delay, "{email}");
            app.clock.advance(Duration::seconds(delay - 1));
            assert_eq!(
                wait_of(caller.try_log_in(email, RIGHT).await),
                1,
                "a refusal does not lengthen the delay"
            );
            app.clock.advance(Duration::SECOND);
            caller.try_log_in(email, WRONG).await.refuses(401, REFUSED);
        }
        assert_eq!(app.hasher.checks() - tried, 17, "no password is compared for a delayed login");
        app.clock.advance(Duration::hours(1));
    }
    caller.try_log_in("ada@example.com", RIGHT).await.is(200);
    fail(&app, &caller, "ada@example.com", 5).await;
    assert_eq!(wait_of(caller.try_log_in("ada@example.com", RIGHT).await), 1, "success cleared the rest");
}

on_every_engine!(failures_are_forgotten_after_a_day);

async fn failures_are_forgotten_after_a_day(engine: Engine) {
    let app = start(&engine).await;
    let caller = app.anyone().from("192.0.2.1");
    fail(&app, &caller, "ada@example.com", 9).await;
    app.clock.advance(Duration::hours(24) + Duration::SECOND);
    for _ in 0..5 {
        caller.try_log_in("ada@example.com", WRONG).await.is(401);
    }
    app.clock.advance(Duration::hours(24) + Duration::SECOND);
    caller.try_log_in("eve@example.com", WRONG).await.is(401);
    let left = sql::rows(app.database_url(), "SELECT client FROM login_attempts").await;
    assert_eq!(left.len(), 1, "stale attempts are deleted");
}

on_every_engine!(strangers_do_not_lock_the_owner_out);

async fn strangers_do_not_lock_the_owner_out(engine: Engine) {
    let app = start(&engine).await;
    app.sign_up("ada").await;
    for address in ["192.0.2.1", "192.0.2.2", "2001:db8::1"] {
        let stranger = app.anyone().from(address);
        fail(&app, &stranger, "ada@example.com", 7).await;
        wait_of(stranger.try_log_in("ada@example.com", RIGHT).await);
    }
    let clients = "SELECT client FROM login_attempts ORDER BY client";
    let dump = sql::rows(app.database_url(), clients).await;
    assert_eq!(dump, ["192.0.2.1", "192.0.2.2", "2001:db8::/64"]);
    app.anyone().from("198.51.100.1").try_log_in("ada@example.com", RIGHT).await.is(200);
    assert!(
        sql::rows(app.database_url(), clients).await.is_empty(),
        "success clears the failures of every client"
    );
}

on_every_engine!(guesses_at_many_accounts_slow_the_client_down);

async fn guesses_at_many_accounts_slow_the_client_down(engine: Engine) {
    let app = start(&engine).await;
    app.sign_up("ada").await;
    let (here, there) = (app.anyone().from("192.0.2.1"), app.anyone().from("192.0.2.2"));
    for _ in 0..30 {
        here.try_log_in("ada@example.com", RIGHT).await.is(200);
    }
    for n in 0..100 {
        here.try_log_in(&format!("user{n}@example.com"), WRONG).await.is(401);
    }
    assert_eq!(wait_of(here.try_log_in("ada@example.com", RIGHT).await), 1);
    there.try_log_in("ada@example.com", RIGHT).await.is(200);
    app.clock.advance(Duration::SECOND);
    for _ in 0..3 {
        here.try_log_in("ada@example.com", RIGHT).await.is(200);
    }
    here.try_log_in("bob@example.com", WRONG).await.is(401);
    wait_of(here.try_log_in("bob@example.com", WRONG).await);
}

on_every_engine!(a_client_with_exponential_back_off_succeeds);

/// The client waits as `loginWithBackoff` of the guide does: 1 s, doubled after each refusal.
async fn a_client_with_exponential_back_off_succeeds(engine: Engine) {
    let app = start(&engine).await;
    app.sign_up("ada").await;
    let caller = app.anyone().from("192.0.2.1");
    fail(&app, &caller, "ada@example.com", 6).await;
    for delay in [1, 2, 4, 8, 16] {
        let reply = caller.try_log_in("ada@example.com", RIGHT).await;
        if reply.status == 200 {
            return;
        }
        assert!(reply.text_of("/detail").contains("Rate limit exceeded"));
        app.clock.advance(Duration::seconds(delay));
    }
    panic!("Max retries exceeded for login");
}

on_every_engine!(concurrent_guesses_are_limited_like_sequential_ones);

/// All guesses come from one client, because every client has a limit of its own (CVE-2019-5421).
async fn concurrent_guesses_are_limited_like_sequential_ones(engine: Engine) {
    let app = start(&engine).await;
    app.sign_up("ada").await;
    let before = app.hasher.checks();
    let barrier = Arc::new(Barrier::new(200));
    let tasks: Vec<_> = (0..200)
        .map(|_| {
            let (caller, barrier) = (app.anyone().from("192.0.2.1"), barrier.clone());
            tokio::spawn(async move {
                barrier.wait().await;
                caller.try_log_in("ada@example.com", WRONG).await
            })
        })
        .collect();
    let mut wrong = 0;
    for task in tasks {
        let reply = task.await.unwrap();
        match reply.status {
            401 => wrong += 1,
            // Logins that cannot be answered in time get a Retry-After.
            503 => assert!(!reply.header("retry-after").is_empty()),
            _ => assert!(wait_of(reply) <= 3),
        }
    }
    assert!(wrong > 0 && wrong <= 5, "{wrong}");
    let compared = app.hasher.checks() - before;
    assert!(compared <= 5, "{compared} passwords were compared");
}

on_every_engine!(failures_of_an_account_survive_a_restart);

async fn failures_of_an_account_survive_a_restart(engine: Engine) {
    let mut app = start(&engine).await;
    app.sign_up("ada").await;
    fail(&app, &app.anyone().from("192.0.2.1"), "ada@example.com", 9).await;
    app.restart_with(throttled()).await;
    let caller = app.anyone().from("192.0.2.1");
    assert_eq!(wait_of(caller.try_log_in("ada@example.com", RIGHT).await), 16);
    app.clock.advance(Duration::seconds(16));
    caller.try_log_in("ada@example.com", RIGHT).await.is(200);
}

on_every_engine!(the_right_password_of_a_deactivated_account_is_no_failure);

async fn the_right_password_of_a_deactivated_account_is_no_failure(engine: Engine) {
    let app = start(&engine).await;
    app.sign_up("ada").await;
    app.operator("UPDATE users SET status = 'inactive'").await;
    let caller = app.anyone().from("192.0.2.1");
    for _ in 0..25 {
        caller.try_log_in("ada@example.com", RIGHT).await.refuses(403, "User account is deactivated");
    }
    assert!(sql::rows(app.database_url(), "SELECT client FROM login_attempts").await.is_empty());
}

/// Signs up Ada, and a platform administrator at another client address.
async fn with_admin(app: &TestApp) -> (Caller, Caller) {
    let (ada, root) = (app.sign_up("ada").await, app.sign_up("root").await);
    let promote = "UPDATE users SET platform_admin = true WHERE email = 'root@example.com'";
    app.operator(promote).await;
    (ada, root.from("198.51.100.1"))
}

on_every_engine!(an_administrator_unlocks);

async fn an_administrator_unlocks(engine: Engine) {
    let app = start(&engine).await;
    let (ada, root) = with_admin(&app).await;
    let clients = ["192.0.2.1", "192.0.2.2"].map(|address| app.anyone().from(address));
    for client in &clients {
        fail(&app, client, &ada.email, 9).await;
        wait_of(client.try_log_in(&ada.email, RIGHT).await);
    }
    let uri = format!("/users/{}/unlock", ada.id);
    ada.post(&uri, Value::Null).await.refuses(403, "Access denied. Required: platform administrator");
    app.anyone().post(&uri, Value::Null).await.is(401);
    wait_of(clients[1].try_log_in(&ada.email, RIGHT).await);
    root.post(&uri, Value::Null).await.is(204);
    for client in &clients {
        client.try_log_in(&ada.email, RIGHT).await.is(200);
    }
    for unknown in ["0198c5a0-7d3e-7000-8000-00000000000a", "x"] {
        let uri = format!("/users/{unknown}/unlock");
        root.post(&uri, Value::Null).await.refuses(404, "User not found");
    }
}

on_every_engine!(an_administrator_exempts_an_account_for_a_time);

async fn an_administrator_exempts_an_account_for_a_time(engine: Engine) {
    let app = start(&engine).await;
    let (ada, root) = with_admin(&app).await;
    let client = app.anyone().from("192.0.2.1");
    fail(&app, &client, &ada.email, 9).await;
    let uri = format!("/users/{}/rate-limit-bypass", ada.id);
    for wrong in [json!({}), json!({ "seconds": 0 }), json!({ "seconds": 86_401 }), json!({ "seconds": "1" })]
    {
        root.post(&uri, wrong).await.is(422);
    }
    let minute = json!({ "seconds": 60 });
    ada.post(&uri, minute.clone()).await.refuses(403, "Access denied. Required: platform administrator");
    let unknown = "/users/0198c5a0-7d3e-7000-8000-00000000000a/rate-limit-bypass";
    root.post(unknown, minute.clone()).await.refuses(404, "User not found");
    wait_of(client.try_log_in(&ada.email, RIGHT).await);
    root.post(&uri, minute).await.is(204);
    for _ in 0..30 {
        client.try_log_in(&ada.email, WRONG).await.is(401);
    }
    wait_of({
        fail(&app, &client, "bob@example.com", 5).await;
        client.try_log_in("bob@example.com", RIGHT).await
    });
    client.try_log_in(&ada.email, RIGHT).await.is(200);
    app.clock.advance(Duration::seconds(60));
    fail(&app, &client, &ada.email, 5).await;
    assert_eq!(wait_of(client.try_log_in(&ada.email, RIGHT).await), 1);
}

on_every_engine!(guesses_at_the_current_password_count_as_failed_logins);

/// An attacker who has stolen a session could otherwise guess the password without limit.
async fn guesses_at_the_current_password_count_as_failed_logins(engine: Engine) {
    let app = TestApp::start_with(&engine, throttled()).await;
    let ada = app.sign_up("ada").await;
    let change = |current: &str| json!({ "current_password": current, "new_password": "another password" });
    let wrong = "Incorrect username or password";
    for _ in 0..4 {
        ada.post("/auth/change-password", change("a wrong password")).await.refuses(401, wrong);
    }
    let move_away = json!({ "new_email": "eve@example.com", "password": "a wrong password" });
    ada.post("/auth/change-email", move_away).await.refuses(401, wrong);
    let wait = "Rate limit exceeded. Try again in 1 seconds.";
    ada.post("/auth/change-password", change(RIGHT)).await.refuses(429, wait);
    app.clock.advance(Duration::SECOND);
    ada.post("/auth/change-password", change(RIGHT)).await.is(204);
}

/// Uses up the budget of a client.
async fn spend(client: &Caller) {
    for n in 0..1000 {
        if client.try_log_in(&format!("user{n}@example.com"), WRONG).await.status == 429 {
            return;
        }
    }
    panic!("the client is never refused");
}

on_every_engine!(a_reset_by_mail_ends_the_delay_for_every_client_but_not_their_budgets);

async fn a_reset_by_mail_ends_the_delay_for_every_client_but_not_their_budgets(engine: Engine) {
    let app = start(&engine).await;
    let (ada, bob) = (app.sign_up("ada").await, app.sign_up("bob").await);
    let [one, two, spent] = ["192.0.2.1", "192.0.2.2", "192.0.2.3"].map(|ip| app.anyone().from(ip));
    // Each delay lasts longer than the failures that follow need.
    fail(&app, &one, &ada.email, 13).await;
    fail(&app, &two, &ada.email, 12).await;
    fail(&app, &two, &bob.email, 9).await;
    spend(&spent).await;
    let link = reset_token(&app, &ada.email).await;
    for client in [&one, &two] {
        wait_of(client.try_log_in(&ada.email, RIGHT).await);
    }
    reset(&app, &link, "another password").await.is(200);
    for client in [&one, &two] {
        client.try_log_in(&ada.email, "another password").await.is(200);
    }
    wait_of(spent.try_log_in(&ada.email, "another password").await);
    wait_of(two.try_log_in(&bob.email, RIGHT).await);
}

on_every_engine!(a_new_password_is_not_delayed_by_guesses_at_the_former_one);

async fn a_new_password_is_not_delayed_by_guesses_at_the_former_one(engine: Engine) {
    let app = start(&engine).await;
    let ada = app.sign_up("ada").await;
    let [phone, second, third, fourth] =
        ["192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4"].map(|ip| app.anyone().from(ip));
    fail(&app, &phone, &ada.email, 9).await;
    let change = json!({ "current_password": RIGHT, "new_password": "another password" });
    ada.post("/auth/change-password", change).await.is(204);
    phone.try_log_in(&ada.email, "another password").await.is(200);
    // Guesses at an account that did not exist, or at another address, do not delay either.
    fail(&app, &second, "bob@example.com", 9).await;
    app.sign_up("bob").await;
    second.try_log_in("bob@example.com", RIGHT).await.is(200);
    fail(&app, &third, "new@example.com", 9).await;
    let away = json!({ "new_email": "new@example.com", "password": "another password" });
    ada.post("/auth/change-email", away).await.is(202);
    let confirm = json!({ "token": app.post.secret_for("new@example.com").await });
    app.anyone().post("/auth/confirm-email", confirm).await.is(200);
    third.try_log_in("new@example.com", "another password").await.is(200);
    fail(&app, &fourth, "carol@example.com", 9).await;
    app.bring_in(&ada, "carol", "guest").await;
    fourth.try_log_in("carol@example.com", RIGHT).await.is(200);
}

on_every_engine!(a_verification_lifts_the_delay_and_a_sign_up_that_waits_for_it_does_not);

/// If the sign-up ended the delay, it would reveal whether the address had an account.
async fn a_verification_lifts_the_delay_and_a_sign_up_that_waits_for_it_does_not(engine: Engine) {
    let mut options = throttled();
    options.settings.require_verified_email = true;
    let app = TestApp::start_with(&engine, options).await;
    let client = app.anyone().from("192.0.2.1");
    fail(&app, &client, "ada@example.com", 9).await;
    let body = json!({ "email": "ada@example.com", "password": RIGHT, "first_name": "A", "last_name": "B" });
    app.anyone().post("/auth/signup", body).await.is(202);
    let token = app.post.secret_for("ada@example.com").await;
    wait_of(client.try_log_in("ada@example.com", RIGHT).await);
    app.anyone().post("/auth/verify-email", json!({ "token": token })).await.is(200);
    client.try_log_in("ada@example.com", RIGHT).await.is(200);
}
