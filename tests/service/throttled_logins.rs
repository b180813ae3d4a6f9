//! Failed logins slow the next one down: for the pair of account and client in the
//! database, and for the client besides.

use std::sync::Arc;

use bailiwick_testkit::app::{Caller, Engine, TestApp, sql};
use bailiwick_testkit::on_every_engine;
use serde_json::{Value, json};
use time::Duration;
use tokio::sync::Barrier;

use crate::throttles::{start, throttled, wait_of};

const WRONG: &str = "wrong password";
const RIGHT: &str = "correct horse battery";
const REFUSED: &str = "Incorrect username or password";

/// Fails as soon as it may, so often.
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
    // An account that does not exist, and what is no address, are delayed alike.
    for email in ["ada@example.com", "nobody@example.com", "no address"] {
        let tried = app.hasher.checks();
        fail(&app, &caller, email, 5).await;
        for delay in [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900] {
            assert_eq!(wait_of(caller.try_log_in(email, RIGHT).await), delay, "{email}");
            app.clock.advance(Duration::seconds(delay - 1));
            assert_eq!(wait_of(caller.try_log_in(email, RIGHT).await), 1, "a refusal lengthens nothing");
            app.clock.advance(Duration::SECOND);
            caller.try_log_in(email, WRONG).await.refuses(401, REFUSED);
        }
        assert_eq!(app.hasher.checks() - tried, 17, "nothing is compared for those refused");
        app.clock.advance(Duration::hours(1));
    }
    caller.try_log_in("ada@example.com", RIGHT).await.is(200);
    fail(&app, &caller, "ada@example.com", 5).await;
    assert_eq!(wait_of(caller.try_log_in("ada@example.com", RIGHT).await), 1, "success cleared the rest");
}

on_every_engine!(a_day_of_quiet_is_forgotten);

async fn a_day_of_quiet_is_forgotten(engine: Engine) {
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
    assert_eq!(left.len(), 1, "what is forgotten is no longer there");
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
    assert!(sql::rows(app.database_url(), clients).await.is_empty(), "success clears every client's");
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

on_every_engine!(an_exponential_back_off_gets_in);

/// As the guide's `loginWithBackoff` does: 1 s, doubled after each refusal.
async fn an_exponential_back_off_gets_in(engine: Engine) {
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

on_every_engine!(guesses_at_once_are_no_more_than_guesses_one_by_one);

/// CVE-2019-5421. Many clients would have as many guesses each; this is one.
async fn guesses_at_once_are_no_more_than_guesses_one_by_one(engine: Engine) {
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
            // Too many to be answered in time are told to come back.
            503 => assert!(!reply.header("retry-after").is_empty()),
            _ => assert!(wait_of(reply) <= 3),
        }
    }
    assert!(wrong > 0 && wrong <= 5, "{wrong}");
    let compared = app.hasher.checks() - before;
    assert!(compared <= 5, "{compared} passwords were compared");
}

on_every_engine!(a_restart_forgets_nothing_about_an_account);

async fn a_restart_forgets_nothing_about_an_account(engine: Engine) {
    let mut app = start(&engine).await;
    app.sign_up("ada").await;
    fail(&app, &app.anyone().from("192.0.2.1"), "ada@example.com", 9).await;
    app.restart_with(throttled()).await;
    let caller = app.anyone().from("192.0.2.1");
    assert_eq!(wait_of(caller.try_log_in("ada@example.com", RIGHT).await), 16);
    app.clock.advance(Duration::seconds(16));
    caller.try_log_in("ada@example.com", RIGHT).await.is(200);
}

on_every_engine!(the_right_password_of_an_account_that_may_not_is_no_failure);

async fn the_right_password_of_an_account_that_may_not_is_no_failure(engine: Engine) {
    let app = start(&engine).await;
    app.sign_up("ada").await;
    app.operator("UPDATE users SET status = 'inactive'").await;
    let caller = app.anyone().from("192.0.2.1");
    for _ in 0..25 {
        caller.try_log_in("ada@example.com", RIGHT).await.refuses(403, "User account is deactivated");
    }
    assert!(sql::rows(app.database_url(), "SELECT client FROM login_attempts").await.is_empty());
}

/// Ada, and somebody who administers the platform, from elsewhere.
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

on_every_engine!(an_administrator_spares_an_account_for_a_time);

async fn an_administrator_spares_an_account_for_a_time(engine: Engine) {
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

on_every_engine!(guessing_ones_own_password_counts_as_failed_logins);

/// Whoever stole a session tries to find the password out with it.
async fn guessing_ones_own_password_counts_as_failed_logins(engine: Engine) {
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
