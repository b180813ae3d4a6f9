//! Concurrent logins of one account or of one office.

use std::sync::Arc;
use std::time::{Duration as Span, Instant};

use bailiwick::app::Limit;
use bailiwick_testkit::app::{Caller, Engine, Reply, TestApp, TestAppOptions};
use bailiwick_testkit::on_every_engine;
use tokio::task::JoinHandle;

use crate::throttles::{limited, throttled, wait_of};

const WRONG: &str = "wrong password";
const RIGHT: &str = "correct horse battery";
const EMAIL: &str = "ada@example.com";

/// Options with a long wait, so that no login is refused because the machine is busy.
fn patient() -> TestAppOptions {
    let mut options = throttled();
    options.settings.login_wait = Span::from_secs(9);
    options
}

/// Starts `count` logins.
fn log_in(callers: &[Caller], count: usize, password: &'static str) -> Vec<JoinHandle<Reply>> {
    let attempt = |caller: &Caller| {
        let caller = caller.clone();
        tokio::spawn(async move { caller.try_log_in(EMAIL, password).await })
    };
    callers.iter().cycle().take(count).map(attempt).collect()
}

/// Waits until the verification of `checks` passwords has started.
async fn compared(app: &TestApp, checks: usize) {
    while app.hasher.checks() < checks {
        tokio::time::sleep(Span::from_millis(1)).await;
    }
}

async fn statuses(logins: Vec<JoinHandle<Reply>>) -> Vec<u16> {
    let mut statuses = Vec::new();
    for login in logins {
        let reply = login.await.unwrap();
        if reply.status == 429 {
            statuses.push(429);
            wait_of(reply);
        } else {
            statuses.push(reply.status);
        }
    }
    statuses.sort_unstable();
    statuses
}

/// Signs up Ada; returns two nodes and her client on each. On SQLite there is one node.
async fn two_nodes(engine: &Engine, options: TestAppOptions) -> (TestApp, Option<TestApp>, Vec<Caller>) {
    let app = TestApp::start_with(engine, options.clone()).await;
    app.sign_up("ada").await;
    let other = match engine {
        Engine::Sqlite => None,
        Engine::Postgres { .. } => Some(app.start_beside(options).await),
    };
    let callers = [Some(&app), other.as_ref()].into_iter().flatten();
    let callers = callers.map(|node| node.anyone().from("192.0.2.1")).collect();
    (app, other, callers)
}

on_every_engine!(right_passwords_at_once_are_all_let_in);

async fn right_passwords_at_once_are_all_let_in(engine: Engine) {
    let (app, _other, callers) = two_nodes(&engine, patient()).await;
    for (callers, count) in [(&callers[..1], 6), (&callers[..], 6), (&callers[..1], 20), (&callers[..], 20)] {
        app.hasher.pause();
        let before = app.hasher.checks();
        let logins = log_in(callers, count, RIGHT);
        compared(&app, before + 5).await;
        app.hasher.resume();
        assert_eq!(statuses(logins).await, vec![200; count]);
        assert_eq!(app.hasher.checks() - before, count);
    }
}

on_every_engine!(wrong_passwords_at_once_are_looked_at_no_more_than_one_by_one);

async fn wrong_passwords_at_once_are_looked_at_no_more_than_one_by_one(engine: Engine) {
    let (app, _other, callers) = two_nodes(&engine, patient()).await;
    app.hasher.pause();
    let before = app.hasher.checks();
    let logins = log_in(&callers, 200, WRONG);
    compared(&app, before + 5).await;
    app.hasher.resume();
    let statuses = statuses(logins).await;
    assert_eq!(statuses.iter().filter(|status| **status == 401).count(), 5);
    assert!(statuses.iter().all(|status| [401, 429, 503].contains(status)), "{statuses:?}");
    assert_eq!(app.hasher.checks() - before, 5);
}

on_every_engine!(who_waits_is_decided_by_the_outcome_of_the_others);

async fn who_waits_is_decided_by_the_outcome_of_the_others(engine: Engine) {
    let app = TestApp::start_with(&engine, patient()).await;
    app.sign_up("ada").await;
    let here = [app.anyone().from("192.0.2.1")];
    for (right, expected) in [(0, 429), (1, 200)] {
        app.hasher.pause();
        let before = app.hasher.checks();
        let mut others = log_in(&here, 5 - right, WRONG);
        others.extend(log_in(&here, right, RIGHT));
        compared(&app, before + 5).await;
        let sixth = log_in(&here, 1, RIGHT);
        app.hasher.resume();
        assert_eq!(statuses(sixth).await, [expected]);
        statuses(others).await;
        app.clock.advance(time::Duration::SECOND);
        here[0].try_log_in(EMAIL, RIGHT).await.is(200);
    }
}

on_every_engine!(nobody_waits_for_ever_nor_longer_for_an_account_that_exists);

async fn nobody_waits_for_ever_nor_longer_for_an_account_that_exists(engine: Engine) {
    let mut options = throttled();
    options.settings.login_wait = Span::from_millis(300);
    let app = TestApp::start_with(&engine, options).await;
    app.sign_up("ada").await;
    app.hasher.pause();
    for email in [EMAIL, "nobody@example.com"] {
        let (before, caller) = (app.hasher.checks(), app.anyone().from("192.0.2.1"));
        let attempt = || {
            let caller = caller.clone();
            tokio::spawn(async move { caller.try_log_in(email, WRONG).await })
        };
        let others: Vec<_> = (0..5).map(|_| attempt()).collect();
        compared(&app, before + 5).await;
        let started = Instant::now();
        assert_eq!(statuses(vec![attempt(), attempt()]).await, [429, 429], "{email}");
        assert!(started.elapsed() >= Span::from_millis(300), "{:?}", started.elapsed());
        assert_eq!(app.hasher.checks() - before, 5);
        // Aborted waiting logins must leave nothing behind.
        others.iter().for_each(JoinHandle::abort);
    }
    app.hasher.resume();
}

on_every_engine!(a_client_that_disconnects_gains_no_guess);

async fn a_client_that_disconnects_gains_no_guess(engine: Engine) {
    let mut options = throttled();
    options.settings.login_wait = Span::from_millis(50);
    let app = TestApp::start_with(&engine, options).await;
    app.sign_up("ada").await;
    let here = [app.anyone().from("192.0.2.1")];
    app.hasher.pause();
    let before = app.hasher.checks();
    for _ in 0..5 {
        let logins = log_in(&here, 5, WRONG);
        compared(&app, before + 5).await;
        tokio::time::sleep(Span::from_millis(20)).await;
        logins.iter().for_each(JoinHandle::abort);
    }
    app.hasher.resume();
    let refused = here[0].try_log_in(EMAIL, WRONG).await;
    assert!(refused.status == 429, "{}", refused.text);
    assert_eq!(app.hasher.checks() - before, 5);
    // Half a minute later they count as failures like any other.
    app.clock.advance(time::Duration::seconds(31));
    let mut reply = here[0].try_log_in(EMAIL, WRONG).await;
    // The server may notice a closed connection late and finish the attempt itself.
    while reply.status == 429 {
        app.clock.advance(time::Duration::seconds(wait_of(reply)));
        reply = here[0].try_log_in(EMAIL, WRONG).await;
    }
    reply.is(401);
    assert!(wait_of(here[0].try_log_in(EMAIL, RIGHT).await) >= 2, "each counts as a failure");
}

on_every_engine!(an_office_mistypes_and_logs_in);

/// 22 colleagues share one client address.
async fn an_office_mistypes_and_logs_in(engine: Engine) {
    let app = Arc::new(TestApp::start_with(&engine, patient()).await);
    let mut emails = Vec::new();
    for n in 0..22 {
        let name = format!("colleague{n}");
        app.anyone()
            .post(
                "/auth/signup",
                serde_json::json!({ "email": format!("{name}@example.com"),
            "password": RIGHT, "first_name": name, "last_name": "Tester" }),
            )
            .await
            .is(201);
        emails.push(format!("{name}@example.com"));
    }
    let morning = |(n, email): (usize, &String)| {
        let (office, email) = (app.anyone().from("192.0.2.1"), email.clone());
        tokio::spawn(async move {
            for _ in 0..2 + n % 2 {
                office.try_log_in(&email, WRONG).await.is(401);
            }
            office.try_log_in(&email, RIGHT).await
        })
    };
    let logins: Vec<_> = emails.iter().enumerate().map(morning).collect();
    assert_eq!(statuses(logins).await, vec![200; 22]);
}

on_every_engine!(the_longer_of_two_waits_is_reported);

async fn the_longer_of_two_waits_is_reported(engine: Engine) {
    let app = TestApp::start_with(&engine, limited(Limit { burst: 12, ..Limit::FAILED_LOGIN })).await;
    let here = app.anyone().from("192.0.2.1");
    for _ in 0..9 {
        let mut reply = here.try_log_in(EMAIL, WRONG).await;
        if reply.status == 429 {
            app.clock.advance(time::Duration::seconds(wait_of(reply)));
            reply = here.try_log_in(EMAIL, WRONG).await;
        }
        reply.is(401);
    }
    // Other accounts exhaust the budget of the client.
    let mut others = 0;
    while here.try_log_in(&format!("other{others}@example.com"), WRONG).await.status == 401 {
        others += 1;
    }
    assert!(others >= 1);
    let wait = wait_of(here.try_log_in(EMAIL, WRONG).await);
    app.clock.advance(time::Duration::seconds(wait));
    here.try_log_in(EMAIL, WRONG).await.is(401);
}
