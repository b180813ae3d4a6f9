//! Search for damage in a file.

use bailiwick_sql::{OpenError, Options};

use super::{connect, file};

/// Returns the first damage found, or a log that does not belong to the file. `None` also for a
/// file that cannot be read at all, because opening it reports the reason.
pub async fn find_damage(path: &str, options: &Options) -> Option<OpenError> {
    let (path, wait) = (path.to_owned(), options.statement_timeout);
    let checked = tokio::task::spawn_blocking(move || {
        let path = file::find(&path)?;
        let mut conn = connect::open_unchanged(&path, wait)?;
        connect::quick_check(&path, &mut conn, wait)
    });
    match checked.await {
        Ok(Err(
            damage
            @ (OpenError::Damaged { .. } | OpenError::DamagedLog { .. } | OpenError::ForeignLog { .. }),
        )) => Some(damage),
        _ => None,
    }
}
