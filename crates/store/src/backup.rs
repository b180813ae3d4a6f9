//! Copies of a SQLite database: made while it is used, checked, and put in its place.

use std::path::Path;

use bailiwick_kernel::Timestamp;

pub use crate::sqlite::copy::{CopyContents, Restored};
use crate::{OpenError, Options, sqlite};

/// Writes a copy of the SQLite database at `url` to the new file `to`, for its owner alone.
/// The copy holds everything that was committed before. It is checked, and its contents are
/// returned.
pub async fn copy_to(url: &str, to: &Path, options: &Options) -> Result<CopyContents, OpenError> {
    let path = sqlite::find_file(file_of(url)?).await?;
    let wait = options.statement_timeout;
    sqlite::copy::write(path, to.to_owned(), wait).await
}

/// Checks a copy and returns its contents. A copy that this release must not serve is refused.
pub async fn check_copy(copy: &Path, options: &Options) -> Result<CopyContents, OpenError> {
    sqlite::inspect(&copy.display().to_string(), options).await?;
    sqlite::copy::check(copy.to_owned(), options.statement_timeout).await
}

/// Puts a copy in the place of the SQLite database at `url`. The names of the former files are
/// theirs and `suffix`. Nobody can serve the copy before [`Restored::finish`]. With `end_sessions_at` no session and no mailed
/// link of the copy works, invitations apart. [`OpenError::InUse`] if a process serves from the
/// file.
pub async fn restore_from(
    url: &str,
    copy: &Path,
    suffix: &str,
    end_sessions_at: Option<Timestamp>,
    options: &Options,
) -> Result<Restored, OpenError> {
    let restore = sqlite::copy::Restore {
        database: sqlite::place(file_of(url)?)?,
        copy: copy.to_owned(),
        suffix: suffix.to_owned(),
        end_sessions_at,
        wait: options.statement_timeout,
    };
    restore.run().await
}

fn file_of(url: &str) -> Result<&str, OpenError> {
    match url.split_once(':') {
        Some(("sqlite", path)) => Ok(path),
        _ => Err(OpenError::BadUrl("only `sqlite:PATH` names a file that can be copied".to_owned())),
    }
}
