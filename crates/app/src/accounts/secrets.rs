//! Using one-time secrets of accounts: the same steps for every kind.

use bailiwick_kernel::{ClaimedToken, PlainToken, TokenHash, TokenKind, UserId};
use bailiwick_users::{User, UserError};
use time::Duration;

use crate::flaws::{self, Flaw};
use crate::{Error, Work};

/// Makes a secret for `user`; a former one of its kind stops working.
pub(super) async fn issue<P>(
    work: &mut Work<'_, P>,
    kind: TokenKind,
    user: &User,
    ttl: Duration,
) -> Result<PlainToken, Error> {
    let token = PlainToken::generate(kind, work.ids);
    work.tx.secrets().issue(kind, user.id, &token.hash(), work.now, work.now + ttl).await?;
    Ok(token)
}

/// The account of a secret, which is not used up; `refusal` whatever is wrong with it.
pub(super) async fn find<P>(
    work: &mut Work<'_, P>,
    token: &ClaimedToken,
    kind: TokenKind,
    refusal: UserError,
) -> Result<(TokenHash, UserId), Error> {
    let Some(token) = token.read(kind) else {
        return Err(refusal.into());
    };
    let hash = token.hash();
    let owner = work.tx.secrets().find(kind, &hash, work.now).await?.ok_or(refusal)?;
    Ok((hash, owner))
}

/// Uses a secret up and gives its account, held; `refusal` whatever is wrong with it.
/// The account is held first, as everybody does who ends its secrets.
pub(super) async fn redeem<P>(
    work: &mut Work<'_, P>,
    token: &ClaimedToken,
    kind: TokenKind,
    refusal: UserError,
) -> Result<User, Error> {
    let (hash, owner) = find(work, token, kind, refusal.clone()).await?;
    let user = work.tx.users().lock(owner).await?;
    let mut spent = work.tx.secrets().consume(kind, &hash, work.now).await?;
    if flaws::has(Flaw::SecretSelectedThenUpdated) {
        spent = Some(owner);
    }
    match (user, spent) {
        (Some(user), Some(owner)) if user.id == owner => Ok(user),
        _ => Err(refusal.into()),
    }
}
