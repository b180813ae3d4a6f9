//! Mail as files, for machines without a mail server.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use bailiwick_app::{MailError, Mailer, OutgoingMail};

use super::{MailSender, MailSetupError};

/// Writes each mail as `<mail id>.eml` into a directory that only its owner reads.
///
/// A file is there as a whole or not at all; a mail that is delivered again
/// replaces its file.
#[derive(Clone, Debug)]
pub struct FileMailer {
    directory: PathBuf,
    sender: MailSender,
}

impl FileMailer {
    /// The directory is made when the first mail comes.
    pub fn new(
        directory: impl Into<PathBuf>,
        from: Option<&str>,
        public_url: &str,
    ) -> Result<Self, MailSetupError> {
        Ok(Self { directory: directory.into(), sender: MailSender::new(from, public_url)? })
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

/// Written aside, then renamed. Both are forced to the disk, since afterwards the
/// outbox forgets the mail.
fn write(directory: &Path, name: &str, message: &[u8]) -> io::Result<()> {
    private_directory().create(directory)?;
    let aside = directory.join(format!(".{name}.tmp"));
    let moved = write_aside(&aside, message).and_then(|()| fs::rename(&aside, directory.join(name)));
    if moved.is_err() {
        // Half a mail is no mail, but it may hold the whole secret.
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
