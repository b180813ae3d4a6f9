//! A program without HTTP that delivers mail, counts limits and carries events by adapters of its own.
//!
//! `cargo run -p bailiwick --example own-adapter`. The adapters are in [`adapters`]; here the use cases
//! run on them: a sign-up, an invitation, and the sign-up of the invited person.

use std::error::Error;
use std::io::{Write, stdout};
use std::path::Path;
use std::sync::Arc;

use bailiwick::app::accounts::{LogIn, SignUp, SignedUp};
use bailiwick::app::authority::permission::{EventsPublish, InvitationsWrite, RolesRead};
use bailiwick::app::authority::{Permit, Public};
use bailiwick::app::invitations::{Invite, SignUpByInvitation};
use bailiwick::app::roles::ListRoles;
use bailiwick::app::sockets::PublishEvent;
use bailiwick::app::{Actor, App, ClientInfo, Context};
use bailiwick::kernel::{ClaimedToken, DisplayName, Email, OrgId};
use bailiwick::prelude::{Bailiwick, JwtKeys, SystemRole};
use bailiwick::users::Password;
use serde_json::json;

mod adapters;

use adapters::{CountingThrottle, Postman, RecordingBus};

const PASSWORD: &str = "correct horse battery";

/// Runs the program in a temporary folder.
#[tokio::main(flavor = "current_thread")]
pub async fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    run(folder.path(), &mut stdout()).await
}

/// Runs the use cases on a database in `folder`, and writes what the adapters were given.
pub async fn run(folder: &Path, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let (postman, mut mails) = Postman::new();
    let (throttle, bus) = (Arc::new(CountingThrottle::default()), Arc::new(RecordingBus::default()));
    let bailiwick = Bailiwick::builder()
        .database_url(format!("sqlite:{}", folder.join("bailiwick.db").display()))
        .jwt(JwtKeys::hs256(b"at least 32 bytes that nobody knows")?)
        .mailer(Arc::new(postman))
        .throttle(throttle.clone())
        .bus(bus.clone())
        .start()
        .await?;
    // Limits count by the address of the client, which a program without HTTP names itself.
    let client = ClientInfo { ip: Some("192.0.2.1".parse()?), device: None };
    let app = bailiwick.app().on_behalf(Context { client, ..Context::default() });

    let (ada, org) = sign_up(&app).await?;
    writeln!(out, "mail: {}", mails.recv().await.ok_or("a mail")?.0)?;

    let may_list = app.authority().check(&ada, org, RolesRead).await?;
    let roles = app.query(&may_list, &ListRoles).await?;
    let member = roles.iter().find(|role| role.system == Some(SystemRole::Member)).ok_or("a role")?;
    let may_invite = app.authority().check(&ada, org, InvitationsWrite).await?;
    let invite = Invite { email: Email::parse("bob@example.com")?, role: member.id, message: None };
    app.run(&may_invite, &invite).await?;
    let (mail, token) = mails.recv().await.ok_or("a mail")?;
    writeln!(out, "mail: {mail}")?;

    let accept = SignUpByInvitation {
        token: ClaimedToken::new(token),
        email: Email::parse("bob@example.com")?,
        password: Password::parse(PASSWORD)?,
        first_name: DisplayName::parse("Bob")?,
        last_name: DisplayName::parse_optional("")?,
    };
    let bob = app.sign_up_by_invitation(&Public, &accept).await?;

    let may_publish = app.authority().check(&ada, org, EventsPublish).await?;
    let data = json!({ "joined": bob.full_name() });
    let event = PublishEvent { event: RolesRead::permission().clone(), channel: None, data };
    app.publish_for(&may_publish, event).await?;

    for line in throttle.counted() {
        writeln!(out, "limit: {line}")?;
    }
    for line in bus.published() {
        writeln!(out, "event: {line}")?;
    }
    bailiwick.stop().await;
    Ok(())
}

/// Signs Ada up and logs her in. Returns the caller and the organization that she owns.
async fn sign_up(app: &App) -> Result<(Actor, OrgId), Box<dyn Error>> {
    let request = SignUp {
        email: Email::parse("ada@example.com")?,
        password: Password::parse(PASSWORD)?,
        first_name: DisplayName::parse("Ada")?,
        last_name: DisplayName::parse("Lovelace")?,
        organization_name: None,
    };
    let SignedUp::Created(_, org) = app.sign_up(&Public, &request).await? else {
        return Err("verification is required".into());
    };
    let login = LogIn { email: "ada@example.com".to_owned(), password: Password::claimed(PASSWORD) };
    let login = app.log_in(&Public, &login).await?;
    Ok((app.read_token(login.access_token.reveal())?, org.id))
}
