//! Accounts: sign up, log in, refresh, log out, me.

use axum::Json;
use axum::http::StatusCode;
use bailiwick::app::accounts::{LogIn, LogOut, LoggedIn, Me, Refresh, SignUp, SignedUp};
use bailiwick::app::authority::Public;
use bailiwick::kernel::{ClaimedToken, DisplayName, Email};
use bailiwick::users::Password;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::bridge::{Body, Caller, Refusal, Service, invalid};

#[derive(Deserialize)]
pub struct NewAccount {
    email: String,
    password: String,
    first_name: String,
    #[serde(default)]
    last_name: String,
}

pub async fn sign_up(
    Service(app): Service,
    Body(new): Body<NewAccount>,
) -> Result<(StatusCode, Json<Value>), Refusal> {
    let request = SignUp {
        email: Email::parse(&new.email).map_err(|error| invalid("/email", error))?,
        password: Password::parse(&new.password).map_err(|error| invalid("/password", error))?,
        first_name: DisplayName::parse(&new.first_name).map_err(|error| invalid("/first_name", error))?,
        last_name: DisplayName::parse_optional(&new.last_name)
            .map_err(|error| invalid("/last_name", error))?,
        organization_name: None,
    };
    Ok(match app.sign_up(&Public, &request).await? {
        SignedUp::Created(user, org) => {
            (StatusCode::CREATED, Json(json!({ "user_id": user.id, "org_id": org.id })))
        }
        SignedUp::MailSent => {
            (StatusCode::ACCEPTED, Json(json!({ "message": "Open the link in the mail." })))
        }
    })
}

#[derive(Deserialize)]
pub struct Credentials {
    email: String,
    password: String,
}

pub async fn log_in(Service(app): Service, Body(given): Body<Credentials>) -> Result<Json<Value>, Refusal> {
    let request = LogIn { email: given.email, password: Password::claimed(&given.password) };
    Ok(tokens(&app.log_in(&Public, &request).await?))
}

#[derive(Deserialize)]
pub struct RefreshToken {
    refresh_token: String,
}

pub async fn refresh(Service(app): Service, Body(given): Body<RefreshToken>) -> Result<Json<Value>, Refusal> {
    let request = Refresh { token: ClaimedToken::new(given.refresh_token) };
    Ok(tokens(&app.refresh(&Public, &request).await?))
}

pub async fn log_out(caller: Caller) -> Result<StatusCode, Refusal> {
    caller.app.run(&caller.account().await?, &LogOut).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub async fn me(caller: Caller) -> Result<Json<Value>, Refusal> {
    let me = caller.app.query(&caller.account().await?, &Me).await?;
    let organizations = me.organizations.iter();
    let organizations =
        organizations.map(|held| json!({ "id": held.org.id, "name": held.org.name, "role": held.role.name }));
    Ok(Json(json!({
        "id": me.user.id,
        "email": me.user.email,
        "name": me.user.full_name(),
        "organizations": organizations.collect::<Vec<_>>(),
    })))
}

fn tokens(login: &LoggedIn) -> Json<Value> {
    Json(json!({
        "token_type": "bearer",
        "access_token": login.access_token.reveal(),
        "expires_in": login.expires_in.whole_seconds(),
        "refresh_token": login.refresh_token.reveal(),
    }))
}
