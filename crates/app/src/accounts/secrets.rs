//! One-time secrets of accounts: the same steps for every kind.

use bailiwick_kernel::{ClaimedToken, Email, Lock, PlainToken, TokenHash, TokenKind, UserId};
use bailiwick_users::{MailedLink, NewSecret, SecretRef, User, UserError};
use time::Duration;

use crate::flaws::{self, Flaw};
use crate::{Error, Work};

/// Issues a secret for `user`; a former one of the same kind is revoked.
pub(super) async fn issue<P>(
    work: &mut Work<'_, P>,
    kind: TokenKind,
    user: &User,
    ttl: Duration,
) -> Result<PlainToken, Error> {
    issue_for(work, kind, user, None, ttl).await
}

/// As [`issue`], for a link that is mailed to `address` to prove it. The link stays recorded until
/// it expires.
pub(super) async fn issue_link<P>(
    work: &mut Work<'_, P>,
    kind: TokenKind,
    user: &User,
    address: &Email,
    ttl: Duration,
) -> Result<PlainToken, Error> {
    issue_for(work, kind, user, Some(address.clone()), ttl).await
}

async fn issue_for<P>(
    work: &mut Work<'_, P>,
    kind: TokenKind,
    user: &User,
    address: Option<Email>,
    ttl: Duration,
) -> Result<PlainToken, Error> {
    let token = PlainToken::generate(kind, work.ids);
    let (hash, created_at, expires_at) = (token.hash(), work.now, work.now + ttl);
    let secret = NewSecret { kind, user: user.id, hash, created_at, expires_at, address };
    work.tx.secrets().issue(&secret).await?;
    Ok(token)
}

/// Returns the account of a secret without consuming it; `refusal` for any fault of the secret.
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

/// Consumes a secret and returns its account, locked; `refusal` for any fault of the secret. The
/// account is locked first, as in every command that revokes its secrets.
pub(super) async fn redeem<P>(
    work: &mut Work<'_, P>,
    token: &ClaimedToken,
    kind: TokenKind,
    refusal: UserError,
) -> Result<User, Error> {
    let (hash, owner) = find(work, token, kind, refusal.clone()).await?;
    let user = work.tx.users().find(owner, Lock::Update).await?;
    let mut spent = work.tx.secrets().consume(kind, SecretRef::Hash(hash), work.now).await?;
    if flaws::has(Flaw::SecretSelectedThenUpdated) {
        spent = Some(owner);
    }
    match (user, spent) {
        (Some(user), Some(owner)) if user.id == owner => Ok(user),
        _ => Err(refusal.into()),
    }
}

/// A presented link. It is known, but may have no effect any more.
pub(super) struct ShownLink {
    kind: TokenKind,
    hash: TokenHash,
    pub owner: UserId,
    /// `None` for a link mailed by an earlier version, which recorded none.
    record: Option<MailedLink>,
}

/// The outcome of a link; the account is locked.
pub(super) enum LinkOutcome {
    /// The link was consumed now: its effect is due.
    Used(User),
    /// The effect was achieved before, by this link or another one to the same address.
    DoneBefore(User),
}

/// Finds a link without consuming it; `refusal` if it is unknown or has expired.
pub(super) async fn find_link<P>(
    work: &mut Work<'_, P>,
    token: &ClaimedToken,
    kind: TokenKind,
    refusal: UserError,
) -> Result<ShownLink, Error> {
    let hash = token.read(kind).ok_or_else(|| refusal.clone())?.hash();
    if let Some(link) = work.tx.secrets().find_link(kind, &hash, work.now).await? {
        return Ok(ShownLink { kind, hash, owner: link.user, record: Some(link) });
    }
    let owner = work.tx.secrets().find(kind, &hash, work.now).await?.ok_or(refusal)?;
    Ok(ShownLink { kind, hash, owner, record: None })
}

/// Consumes a link. An older link to the same address consumes the newest one, because both were
/// mailed to the same mailbox. `refusal` if nothing is due and nothing was achieved before, or if
/// the account has moved to another address.
pub(super) async fn redeem_link<P>(
    work: &mut Work<'_, P>,
    link: &ShownLink,
    refusal: UserError,
) -> Result<LinkOutcome, Error> {
    let user = work.tx.users().find(link.owner, Lock::Update).await?.ok_or_else(|| refusal.clone())?;
    let Some(record) = &link.record else {
        let owner = work.tx.secrets().consume(link.kind, SecretRef::Hash(link.hash), work.now).await?;
        return Ok(owner.map(|_| LinkOutcome::Used(user)).ok_or(refusal)?);
    };
    if record.is_due(&user) {
        let newest = SecretRef::Of(user.id);
        if work.tx.secrets().consume(link.kind, newest, work.now).await?.is_some() {
            return Ok(LinkOutcome::Used(user));
        }
    }
    Ok(record.is_done(&user).then_some(LinkOutcome::DoneBefore(user)).ok_or(refusal)?)
}
