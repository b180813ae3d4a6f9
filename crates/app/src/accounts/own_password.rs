//! A logged-in user proves to know the password.

use async_trait::async_trait;
use bailiwick_users::{Password, PasswordHash, User, UserError, Verdict};

use crate::authority::{Authenticated, Public};
use crate::{App, Error, Query, Work};

impl App {
    /// The stored password of the caller, who has shown to know it: whoever stole a
    /// session must not find it out, so a wrong one counts as a failed login.
    /// [`UserError::BadCredentials`], [`Error::Throttled`].
    pub(super) async fn confirm_own_password(
        &self,
        proof: &Authenticated,
        claimed: Option<&Password>,
    ) -> Result<PasswordHash, Error> {
        let user = self.query(proof, &OwnAccount).await?;
        let pair = self.pair_of(user.email.as_str());
        let receipt = self.admit(&Public, &pair, None).await?.receipt;
        let outcome = self.compare(claimed, user.password_hash).await;
        match &outcome {
            // It opens no session that would conclude the attempt.
            Ok(_) => self.forgive(&Public, &pair, receipt).await,
            Err(_) => self.close(&Public, &pair, receipt, &outcome).await,
        }
        outcome
    }

    async fn compare(&self, claimed: Option<&Password>, stored: PasswordHash) -> Result<PasswordHash, Error> {
        let claimed = claimed.ok_or(UserError::BadCredentials)?;
        match self.parts().hasher.verify(claimed, Some(&stored)).await? {
            Verdict::Match | Verdict::MatchOutdated => Ok(stored),
            Verdict::NoMatch => Err(UserError::BadCredentials.into()),
        }
    }
}

struct OwnAccount;

#[async_trait]
impl Query for OwnAccount {
    type Proof = Authenticated;
    type Output = User;

    async fn execute(&self, work: &mut Work<'_, Authenticated>) -> Result<User, Error> {
        let id = work.proof.actor().user;
        Ok(work.tx.users().find(id).await?.ok_or(UserError::NotFound)?)
    }
}
