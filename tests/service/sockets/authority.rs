//! Open sockets follow the authority of their users.

use bailiwick_testkit::app::{Caller, Engine, Socket, TestApp};
use bailiwick_testkit::on_every_engine;
use serde_json::json;
use time::Duration;

use super::reassign;
use crate::audit::promoted;
use crate::logins::{PASSWORD, log_in, refresh, refuses_refresh, reset, reset_token};

const REVOKED: &str = "Invalid token: revoked";

async fn scene(app: &TestApp) -> (Caller, Caller, Socket, Socket) {
    let ada = app.sign_up("ada").await;
    let bob = app.bring_in(&ada, "bob", "member").await;
    let (hers, his) = (ada.socket(&ada.org).await, bob.socket(&ada.org).await);
    (ada, bob, hers, his)
}

on_every_engine!(suspension_and_removal_close);

async fn suspension_and_removal_close(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let (ada, bob, mut hers, mut his) = scene(&app).await;
    let mut elsewhere = bob.socket(&founded(&bob).await).await;
    ada.suspend(&bob).await.is(200);
    his.expect_close(1008, "Access denied: User access has been suspended in this organization").await;
    ada.restore(&bob).await.is(200);
    let mut his = bob.socket(&ada.org).await;
    ada.remove(&bob).await.is(204);
    his.expect_close(1008, "Access denied: User has been removed from this organization").await;
    hers.is_quiet().await;
    elsewhere.is_quiet().await;
}

async fn founded(bob: &Caller) -> String {
    bob.found_org("Bob's own").await.is(201).text_of("/id")
}

on_every_engine!(the_end_of_a_session_closes_its_sockets);

async fn the_end_of_a_session_closes_its_sockets(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let (ada, bob, mut hers, mut his) = scene(&app).await;
    let phone = app.log_in(&bob.email).await;
    let mut on_phone = phone.socket(&ada.org).await;
    phone.log_out().await.is(204);
    on_phone.expect_close(1008, REVOKED).await;
    his.is_quiet().await;
    let tablet = app.log_in(&bob.email).await;
    let mut on_tablet = tablet.socket(&ada.org).await;
    bob.change_password(PASSWORD, "another correct horse").await.is(204);
    on_tablet.expect_close(1008, REVOKED).await;
    his.is_quiet().await;
    bob.log_out_everywhere().await.is(204);
    his.expect_close(1008, REVOKED).await;
    hers.is_quiet().await;
}

on_every_engine!(a_theft_closes_the_sockets_of_that_session);

async fn a_theft_closes_the_sockets_of_that_session(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let (ada, bob, mut hers, mut his) = scene(&app).await;
    let (stolen, first) = log_in(&app, &bob.email).await;
    let mut on_stolen = stolen.socket(&ada.org).await;
    let second = refresh(&app, &first).await.is(200).text_of("/refresh_token");
    refresh(&app, &second).await.is(200);
    refuses_refresh(refresh(&app, &first).await);
    on_stolen.expect_close(1008, REVOKED).await;
    his.is_quiet().await;
    hers.is_quiet().await;
}

on_every_engine!(a_password_reset_closes_every_socket_of_the_account);

async fn a_password_reset_closes_every_socket_of_the_account(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let (ada, bob, mut hers, mut his) = scene(&app).await;
    let phone = app.log_in(&bob.email).await;
    let (mut on_phone, mut elsewhere) =
        (phone.socket(&ada.org).await, bob.socket(&founded(&bob).await).await);
    let token = reset_token(&app, &bob.email).await;
    reset(&app, &token, "another correct horse").await.is(200);
    for socket in [&mut his, &mut on_phone, &mut elsewhere] {
        socket.expect_close(1008, REVOKED).await;
    }
    hers.is_quiet().await;
}

on_every_engine!(leaving_closes_the_sockets_in_that_organization);

async fn leaving_closes_the_sockets_in_that_organization(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let (ada, bob, mut hers, mut his) = scene(&app).await;
    let mut elsewhere = bob.socket(&founded(&bob).await).await;
    bob.in_org(&ada).leave().await.is(204);
    his.expect_close(1008, "Access denied: User has been removed from this organization").await;
    hers.is_quiet().await;
    elsewhere.is_quiet().await;
}

on_every_engine!(the_end_of_an_account_closes_its_sockets);

async fn the_end_of_an_account_closes_its_sockets(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let (ada, bob, mut hers, mut his) = scene(&app).await;
    bob.deactivate_me().await.is(200);
    his.expect_close(1008, "User account is deactivated").await;
    let eve = app.bring_in(&ada, "eve", "guest").await;
    let mut hers_too = eve.socket(&ada.org).await;
    let root = promoted(&app, app.sign_up("root").await).await;
    let carl = app.bring_in(&ada, "carl", "guest").await;
    let mut carls = carl.socket(&ada.org).await;
    root.deactivate(&carl).await.is(204);
    carls.expect_close(1008, "User account is deactivated").await;
    root.delete_user(&eve).await.is(204);
    hers_too.expect_close(1008, REVOKED).await;
    hers.is_quiet().await;
}

on_every_engine!(a_change_of_role_is_sent_to_the_socket);

async fn a_change_of_role_is_sent_to_the_socket(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let (ada, bob, mut hers, mut his) = scene(&app).await;
    reassign(&ada, &bob, 30, &["ws:connect", "kb:*"]).await;
    assert_eq!(his.expect("authority_changed").await, json!({ "events": ["ws:connect", "kb:*"] }));
    reassign(&ada, &bob, 31, &["kb:read"]).await;
    his.expect_close(1008, "Access denied. Required: ws:connect").await;
    hers.is_quiet().await;
}

on_every_engine!(a_change_by_sql_closes_sockets_too);

async fn a_change_by_sql_closes_sockets_too(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let (_ada, _bob, mut hers, mut his) = scene(&app).await;
    let statement = "UPDATE users SET status = 'inactive' WHERE email = 'bob@example.com'";
    app.operator(statement).await;
    his.expect_close(1008, "User account is deactivated").await;
    hers.is_quiet().await;
}

on_every_engine!(the_end_of_an_organization_closes_its_sockets);

async fn the_end_of_an_organization_closes_its_sockets(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let (ada, _bob, mut hers, mut his) = scene(&app).await;
    ada.delete_org().await.is(204);
    for socket in [&mut hers, &mut his] {
        socket.expect_close(1008, "User is not a member of this organization").await;
    }
}

on_every_engine!(an_expired_token_closes);

async fn an_expired_token_closes(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let (ada, _bob, mut hers, mut his) = scene(&app).await;
    app.clock.advance(Duration::minutes(59));
    let later = app.log_in(&ada.email).await;
    let mut new = later.socket(&ada.org).await;
    hers.is_quiet().await;
    app.clock.advance(Duration::minutes(1));
    for socket in [&mut hers, &mut his] {
        socket.expect_close(1008, "Invalid token: expired").await;
    }
    new.is_quiet().await;
}
