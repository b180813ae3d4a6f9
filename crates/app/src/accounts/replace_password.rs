//! A new password without knowledge of the former one.

use bailiwick_users::{PasswordHash, SessionScope, User};

use crate::accounts::change_password::WAYS_TO_A_PASSWORD;
use crate::accounts::throttles::clear_failed_logins;
use crate::authority::Public;
use crate::{Error, Work};

/// Replaces the password of a locked account without knowledge of the former one. All sessions end,
/// other secrets that could set a password are revoked, and failed logins are cleared. Returns the
/// number of sessions ended.
pub(super) async fn replace_password(
    work: &mut Work<'_, Public>,
    user: &User,
    new: &PasswordHash,
) -> Result<u64, Error> {
    work.tx.users().replace_password(user.id, &user.password_hash, new).await?;
    work.tx.secrets().revoke(user.id, WAYS_TO_A_PASSWORD).await?;
    clear_failed_logins(work, &user.email).await?;
    Ok(work.tx.sessions().end(user.id, SessionScope::All, work.now).await?)
}
