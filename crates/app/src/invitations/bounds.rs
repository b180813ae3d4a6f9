//! Bounds of invitations: which ones a caller may act on, and their rate limits.

use bailiwick_invites::Invitation;
use bailiwick_kernel::Email;
use bailiwick_users::AccountKey;

use crate::authority::MemberContext;
use crate::throttle::{Limit, RateLimitKey};
use crate::{Error, Work};

/// Requires that the caller may act on a holder of the offered role. An invitation is protected by the
/// same rule as the member that it would create.
pub(super) async fn require_role_below<P>(
    work: &mut Work<'_, P>,
    context: &MemberContext,
    invitation: &Invitation,
) -> Result<(), Error> {
    let Some(role) = invitation.role_id else { return Ok(()) };
    match work.tx.roles().find(context.org, role).await? {
        Some(role) => Ok(context.holder().may_act_on(role.level)?),
        None => Ok(()),
    }
}

/// Returns the limits and keys that one invitation to this address counts towards.
pub(super) fn counts(context: &MemberContext, email: &Email) -> Vec<(Limit, RateLimitKey)> {
    vec![
        (Limit::INVITE, RateLimitKey::Org(context.org)),
        (Limit::INVITE_OF_ACCOUNT, RateLimitKey::User(context.user)),
        (Limit::INVITE_OF_ADDRESS, RateLimitKey::Account(AccountKey::from(email))),
    ]
}
