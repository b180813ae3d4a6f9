//! Checks whether mail can be sent.

use std::path::Path;

use bailiwick::infra::SmtpMailer;
use rustix::fs::{Access, access};
use url::Url;

use super::report::{Check, Name};
use crate::settings::{Settings, SmtpUrl};
use crate::wiring;

/// Connects to the mail server and logs in, without sending mail.
pub async fn smtp(settings: &Settings) -> Check {
    let Some(address) = &settings.mail.smtp_url else {
        return Check::skipped(Name::Smtp, "SMTP_URL is not set: mails are written into files");
    };
    match reach(settings, address).await {
        Ok(()) => Check::ok(Name::Smtp, format!("{} would take mail", address.0)),
        Err(why) => Check::failed(
            Name::Smtp,
            format!("{}: {}", address.0, without_password(&why, address)),
            "see that SMTP_URL is right, and that the server runs and lets this machine in",
        ),
    }
}

async fn reach(settings: &Settings, address: &SmtpUrl) -> Result<(), String> {
    let from = settings.mail.from.clone().map(String::from);
    let mailer = SmtpMailer::new(address.0.reveal(), from.as_deref(), &wiring::local_url(settings));
    let mailer = mailer.and_then(|mailer| mailer.trusting(&settings.tls.private_roots()));
    let mailer = mailer.map_err(|error| error.to_string())?;
    mailer.check().await.map_err(|error| error.to_string())
}

/// Removes the password from the text of an error, because a server may repeat it.
fn without_password(said: &str, address: &SmtpUrl) -> String {
    match Url::parse(address.0.reveal()).ok().as_ref().and_then(Url::password) {
        Some(password) if !password.is_empty() => said.replace(password, "***"),
        _ => said.to_owned(),
    }
}

/// Checks the folder into which mails are written if no mail server is set.
pub fn outbox(settings: &Settings) -> Check {
    let folder = settings.outbox_dir();
    if settings.mail.smtp_url.is_some() {
        return Check::skipped(Name::MailOutbox, "SMTP_URL is set: no files are written");
    }
    let shown = folder.display();
    let remedy = "let the user of the service write there, or name another DATA_DIR";
    if folder.is_symlink() && !folder.exists() {
        return Check::failed(
            Name::MailOutbox,
            format!("{shown} is a link to nothing"),
            "create the folder that it leads to, or remove the link",
        );
    }
    let Some(existing) = folder.ancestors().map(nonempty).find(|path| path.exists()) else {
        return Check::failed(Name::MailOutbox, format!("{shown} cannot be made"), remedy);
    };
    if !existing.is_dir() {
        let message = format!("{shown} cannot be made: {} is no folder", existing.display());
        return Check::failed(Name::MailOutbox, message, remedy);
    }
    if let Err(error) = access(existing, Access::WRITE_OK | Access::EXEC_OK) {
        let message = format!("{shown}: {} cannot be written to: {error}", existing.display());
        return Check::failed(Name::MailOutbox, message, remedy);
    }
    if existing == folder {
        Check::ok(Name::MailOutbox, format!("mails are written into {shown}"))
    } else {
        Check::ok(Name::MailOutbox, format!("mails are written into {shown}, which is made at the first one"))
    }
}

/// Returns `.` for an empty path, which is the last ancestor of a relative path.
pub fn nonempty(path: &Path) -> &Path {
    if path.as_os_str().is_empty() { Path::new(".") } else { path }
}
