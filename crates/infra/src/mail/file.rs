//! Delivery of mail to files, for machines without a mail server.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use bailiwick_app::{MailError, Mailer, OutgoingMail};

use super::{MailSender, MailSetupError, MailTemplates};

/// Writes each mail as `<mail id>.eml` into a directory that only its owner can read.
///
/// A file is written completely or not at all. A mail that is delivered again replaces its file.
#[derive(Clone, Debug)]
pub struct FileMailer {
    directory: PathBuf,
    sender: MailSender,
}

impl FileMailer {
    /// Creates the mailer. The directory is created with the first mail.
    pub fn new(
        directory: impl Into<PathBuf>,
        from: Option<&str>,
        public_url: &str,
    ) -> Result<Self, MailSetupError> {
        Ok(Self { directory: directory.into(), sender: MailSender::new(from, public_url)? })
    }

    /// Writes mails by these templates, which also have the brand.
    #[must_use]
    pub fn with_templates(self, templates: Arc<MailTemplates>) -> Self {
        Self { sender: self.sender.with_templates(templates), ..self }
    }
}

#[async_trait]
impl Mailer for FileMailer {
    async fn deliver(&self, mail: &OutgoingMail) -> Result<(), MailError> {
        let message = self.sender.compose(mail, true)?.formatted();
        let (directory, name) = (self.directory.clone(), format!("{}.eml", mail.id));
        let written = tokio::task::spawn_blocking(move || write(&directory, &name, &message)).await;
        match written {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(MailError::Temporary(format!("the mail cannot be written: {error}"))),
            Err(_) => Err(MailError::Temporary("the mail was not written".to_owned())),
        }
    }
}

/// Writes a temporary file and renames it. Both are synced to disk, because the outbox then deletes
/// the mail's secret.
fn write(directory: &Path, name: &str, message: &[u8]) -> io::Result<()> {
    private_directory().create(directory)?;
    let aside = directory.join(format!(".{name}.tmp"));
    let moved = write_aside(&aside, message).and_then(|()| fs::rename(&aside, directory.join(name)));
    if moved.is_err() {
        // An incomplete mail is useless, but may contain the whole secret.
        drop(fs::remove_file(&aside));
    }
    moved.and_then(|()| sync_directory(directory))
}

fn write_aside(aside: &Path, message: &[u8]) -> io::Result<()> {
    let mut file = private_file().open(aside)?;
    file.write_all(message)?;
    file.sync_all()
}

#[cfg(unix)]
fn sync_directory(directory: &Path) -> io::Result<()> {
    File::open(directory)?.sync_all()
}

#[cfg(not(unix))]
fn sync_directory(_: &Path) -> io::Result<()> {
    Ok(())
}

fn private_directory() -> DirBuilder {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true);
    builder
}

fn private_file() -> OpenOptions {
    let mut options = File::options();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.write(true).create(true).truncate(true);
    options
}
