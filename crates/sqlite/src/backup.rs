//! Copies of a SQLite database: written while it is in use, checked, and restored.

use std::path::Path;

use bailiwick_kernel::Timestamp;
use bailiwick_sql::{OpenError, Options};

use crate::copy::{self, CopyContents};
use crate::restore::{PreparedRestore, Restore};
use crate::{file, find_file, inspect};

/// Writes a copy of the SQLite database at `url` to the new file `to`, readable by its owner alone.
/// The copy holds everything committed before the call. It is checked, and its contents are
/// returned.
pub async fn copy_to(url: &str, to: &Path, options: &Options) -> Result<CopyContents, OpenError> {
    let path = find_file(file_of(url)?).await?;
    let wait = options.statement_timeout;
    copy::write(path, to.to_owned(), wait).await
}

/// Checks a copy and returns its contents. Refuses a copy that this release must not serve.
pub async fn check_copy(copy: &Path, options: &Options) -> Result<CopyContents, OpenError> {
    inspect(&copy.display().to_string(), options).await?;
    copy::check(copy.to_owned(), options.statement_timeout).await
}

/// Prepares to replace the SQLite database at `url` by a copy, see [`PreparedRestore::exchange`].
/// The former files are kept under their names and `suffix`. The copy cannot be served before
/// [`Restored::finish`](crate::Restored::finish). With `end_sessions_at` all sessions and mailed links
/// of the copy are ended, except invitations. [`OpenError::InUse`] if a process serves from the file.
pub async fn prepare_restore(
    url: &str,
    copy: &Path,
    suffix: &str,
    end_sessions_at: Option<Timestamp>,
    options: &Options,
) -> Result<PreparedRestore, OpenError> {
    let restore = Restore {
        database: file::place(file_of(url)?)?,
        copy: copy.to_owned(),
        suffix: suffix.to_owned(),
        end_sessions_at,
        wait: options.statement_timeout,
    };
    restore.prepare_all().await
}

fn file_of(url: &str) -> Result<&str, OpenError> {
    match url.split_once(':') {
        Some(("sqlite", path)) => Ok(path),
        _ => Err(OpenError::BadUrl("only `sqlite:PATH` names a file that can be copied".to_owned())),
    }
}
