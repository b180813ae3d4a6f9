//! Takes the users, organizations, roles and members of a FastAPI service over, and logs a user in
//! with the former password.
//!
//! `cargo run -p bailiwick --example migrate-from-fastapi`. [`dump`] has the shape of the former tables,
//! [`take_over`](take_over::take_over) the commands. Ids, bcrypt hashes and levels stay as they were.

use std::error::Error;
use std::io::{Write, stdout};
use std::path::Path;

use bailiwick::app::App;
use bailiwick::app::accounts::LogIn;
use bailiwick::app::authority::{Permit, Public, permission::KbRead};
use bailiwick::kernel::{Email, Lock};
use bailiwick::prelude::{Bailiwick, JwtKeys};
use bailiwick::users::Password;

mod dump;
mod take_over;

const DUMP: &str = include_str!("dump.json");
const ADA: &str = "ada@example.com";
const FORMER_PASSWORD: &str = "ada remembers this one";

/// Runs the program in a temporary folder.
#[tokio::main(flavor = "current_thread")]
pub async fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let database = format!("sqlite:{}", folder.path().join("bailiwick.db").display());
    run(&database, folder.path(), &mut stdout()).await
}

/// Takes the dump over into a database, three times, and writes what happened. Mail goes to files in `folder`.
pub async fn run(database: &str, folder: &Path, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let bailiwick = Bailiwick::builder()
        .database_url(database)
        .jwt(JwtKeys::hs256(b"at least 32 bytes that nobody knows")?)
        .mail_to_files(folder.join("outbox"))
        .public_url("https://id.example.com")
        .start()
        .await?;
    let app = bailiwick.app();
    // Dave corrects his address before the third run, which then finds his membership good, too.
    let corrected = DUMP.replace("dave@example", "dave@example.com");
    for (run, dump) in [("first", DUMP), ("second", DUMP), ("third", &corrected)] {
        let report = take_over::take_over(app, &serde_json::from_str(dump)?).await?;
        let (taken, unchanged, refused) = (report.taken, report.unchanged, report.refused.len());
        writeln!(out, "{run} run: {taken} taken over, {unchanged} unchanged, {refused} refused")?;
        if run == "first" {
            report.refused.iter().try_for_each(|row| writeln!(out, "refused: {row}"))?;
        }
    }
    log_in(app, out).await?;
    bailiwick.stop().await;
    Ok(())
}

/// Logs Ada in. A login is when the password is known, so it also renews the hash.
async fn log_in(app: &App, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    writeln!(out, "hash before the login: {}", algorithm(app).await?)?;
    let login = LogIn { email: ADA.to_owned(), password: Password::claimed(FORMER_PASSWORD) };
    let actor = app.read_token(app.log_in(&Public, &login).await?.access_token.reveal())?;
    writeln!(out, "hash after the login: {}", algorithm(app).await?)?;
    let mut tx = app.parts().store.begin_read().await?;
    let memberships = tx.directory().list_memberships(actor.user).await?;
    tx.rollback().await?;
    for membership in memberships {
        let org = membership.membership.org_id;
        let allowed = app.authority().check(&actor, org, KbRead).await?;
        writeln!(out, "{ADA} has {} in {org} as {}", KbRead::permission(), allowed.context().role.name)?;
    }
    Ok(())
}

/// Returns the first part of the stored password hash, which names its algorithm.
async fn algorithm(app: &App) -> Result<String, Box<dyn Error>> {
    let mut tx = app.parts().store.begin_read().await?;
    let user = tx.users().find_by_email(&Email::parse(ADA)?, Lock::None).await?.ok_or("no such user")?;
    tx.rollback().await?;
    Ok(user.password_hash.as_str().split('$').nth(1).unwrap_or_default().to_owned())
}
