//! Bounds of invitations: which of them a caller may act on, and the rate limits.

use bailiwick_invites::Invitation;
use bailiwick_kernel::Email;
use bailiwick_users::AccountKey;

use crate::authority::MemberContext;
use crate::throttle::{Limit, RateLimitKey};
use crate::{Error, Work};

/// Who is offered a role is out of reach of whom a holder of that role would be.
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

/// One invitation to this address, of whom it counts.
pub(super) fn counts(context: &MemberContext, email: &Email) -> Vec<(Limit, RateLimitKey)> {
    vec![
        (Limit::INVITE, RateLimitKey::Org(context.org)),
        (Limit::INVITE_OF_ACCOUNT, RateLimitKey::User(context.user)),
        (Limit::INVITE_OF_ADDRESS, RateLimitKey::Account(AccountKey::from(email))),
    ]
}
