//! Confirmation of the password by a logged-in caller.

use async_trait::async_trait;
use bailiwick_kernel::Lock;
use bailiwick_users::{Password, PasswordHash, User, UserError, Verdict};

use crate::authority::{Authenticated, Public};
use crate::{App, Command, Error, Query, Work};

impl App {
    /// Compares `claimed` with the password of the caller, and returns the stored hash. A wrong
    /// password counts as a failed login, because a stolen session must not serve to guess it.
    /// [`UserError::BadCredentials`], [`Error::Throttled`].
    pub(super) async fn confirm_own_password(
        &self,
        proof: &Authenticated,
        claimed: Option<&Password>,
    ) -> Result<OwnPassword, Error> {
        let user = self.query(proof, &OwnAccount).await?;
        let pair = self.pair_of(user.email.as_str());
        let attempt = self.admit(&Public, &pair, None).await?.attempt;
        let outcome = self.compare(claimed, user.password_hash).await;
        match &outcome {
            // No session is opened that would conclude the attempt.
            Ok(_) => self.undo_attempt(&Public, &pair, attempt).await,
            Err(_) => self.record_outcome(&Public, &pair, attempt, &outcome).await,
        }
        outcome
    }

    async fn compare(&self, claimed: Option<&Password>, stored: PasswordHash) -> Result<OwnPassword, Error> {
        let claimed = claimed.ok_or(UserError::BadCredentials)?;
        match self.parts().hasher.verify(claimed, Some(&stored)).await? {
            Verdict::Match => Ok(OwnPassword { stored, is_outdated: false }),
            Verdict::MatchOutdated => Ok(OwnPassword { stored, is_outdated: true }),
            Verdict::NoMatch => Err(UserError::BadCredentials.into()),
        }
    }

    /// Replaces the outdated hash of a confirmed password by a current one, as a login does.
    pub(super) async fn rehash_own_password(
        &self,
        proof: &Authenticated,
        password: &Password,
        seen: PasswordHash,
    ) -> Result<(), Error> {
        let new = self.parts().hasher.hash(password).await?;
        self.run(proof, &Rehash { seen, new }).await
    }
}

/// The stored password, which the caller has confirmed.
pub(super) struct OwnPassword {
    /// The stored hash.
    pub stored: PasswordHash,
    /// Whether the hash must be replaced, because its parameters are outdated or it was imported.
    pub is_outdated: bool,
}

struct Rehash {
    seen: PasswordHash,
    new: PasswordHash,
}

#[async_trait]
impl Command for Rehash {
    type Proof = Authenticated;
    type Output = ();

    /// Keeps a hash that changed in the meantime.
    async fn execute(&self, work: &mut Work<'_, Authenticated>) -> Result<(), Error> {
        let user = work.proof.actor().user;
        work.tx.users().replace_password(user, &self.seen, &self.new).await?;
        Ok(())
    }
}

struct OwnAccount;

#[async_trait]
impl Query for OwnAccount {
    type Proof = Authenticated;
    type Output = User;

    async fn execute(&self, work: &mut Work<'_, Authenticated>) -> Result<User, Error> {
        let id = work.proof.actor().user;
        Ok(work.tx.users().find(id, Lock::None).await?.ok_or(UserError::NotFound)?)
    }
}
