//! Steps shared by the tests of accounts.

use bailiwick_testkit::app::{Caller, Reply, TestApp, sql};

/// The password of every account that a `TestApp` signs up.
pub const PASSWORD: &str = "correct horse battery";

pub const BAD_REFRESH: &str = "Invalid or expired refresh token";
pub const BAD_RESET: &str = "Invalid or expired reset token";
pub const BAD_LOGIN: &str = "Incorrect username or password";
pub const DEACTIVATED: &str = "User account is deactivated";

/// Logs in with [`PASSWORD`]; returns the caller and the refresh token.
pub async fn log_in(app: &TestApp, email: &str) -> (Caller, String) {
    let login = try_password(app, email, PASSWORD).await.is(200);
    let caller = app.anyone().with_token(&login.text_of("/access_token"));
    let id = caller.me().await.is(200).text_of("/id");
    (Caller { id, email: email.to_owned(), ..caller }, login.text_of("/refresh_token"))
}

pub async fn try_password(app: &TestApp, email: &str, password: &str) -> Reply {
    app.anyone().try_log_in(email, password).await
}

pub async fn refresh(app: &TestApp, token: &str) -> Reply {
    app.anyone().refresh(token).await
}

/// Asserts that a refresh token is refused, with the response of every such refusal.
#[track_caller]
pub fn refuses_refresh(reply: Reply) {
    let reply = reply.refuses(401, BAD_REFRESH);
    assert_eq!(reply.header("www-authenticate"), "Bearer");
    assert_eq!(reply.field("/code"), "invalid_refresh_token");
}

/// Asserts that the session of the access token was ended.
pub async fn is_logged_out(caller: &Caller) {
    let reply = caller.me().await.refuses(401, "Invalid or expired token");
    assert_eq!(reply.field("/hint"), "The session of this token was ended. Log in again.");
    assert_eq!(reply.header("www-authenticate"), r#"Bearer error="invalid_token""#);
}

/// Requests a password reset and returns the mailed token.
pub async fn reset_token(app: &TestApp, email: &str) -> String {
    app.post.take_for(email);
    app.anyone().forgot_password(email).await.is(200);
    // Mail that was sent before may arrive after it.
    loop {
        let token = app.post.secret_for(email).await;
        if token.starts_with("rst_") {
            return token;
        }
    }
}

pub async fn reset(app: &TestApp, token: &str, password: &str) -> Reply {
    app.anyone().reset_password(token, password).await
}

/// Waits until all mail is sent, takes the mail to `email`, and returns the kind of each.
pub async fn mail_to(app: &TestApp, email: &str) -> Vec<String> {
    all_mail_is_sent(app).await;
    app.post.take_for(email).iter().map(|mail| mail.message.kind().to_owned()).collect()
}

pub async fn all_mail_is_sent(app: &TestApp) {
    crate::secrets::sent_mail_is_emptied(app.database_url()).await;
}

/// Signs up a platform administrator.
pub async fn root(app: &TestApp) -> Caller {
    crate::audit::promoted(app, app.sign_up("root").await).await
}

/// Returns the first column of each row of a query.
pub async fn rows(app: &TestApp, query: &str) -> Vec<String> {
    sql::rows(app.database_url(), query).await
}

/// Returns the whole response as text, without the date.
pub fn whole(reply: &Reply) -> String {
    let headers = reply.headers.iter().filter(|(name, _)| *name != "date");
    let headers: Vec<_> = headers.map(|(name, value)| format!("{name}: {value:?}")).collect();
    format!("{} {} {}", reply.status, headers.join("\n"), reply.text)
}
