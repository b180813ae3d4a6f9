//! A logged-in user proves to know the password.

use async_trait::async_trait;
use bailiwick_users::{Password, PasswordHash, User, UserError, Verdict};

use crate::authority::Authenticated;
use crate::{App, Error, Query, Work};

impl App {
    /// The stored password of the caller, who has shown to know it.
    /// [`UserError::BadCredentials`].
    pub(super) async fn confirm_own_password(
        &self,
        proof: &Authenticated,
        claimed: Option<&Password>,
    ) -> Result<PasswordHash, Error> {
        let user = self.ask(proof, &OwnAccount).await?;
        let claimed = claimed.ok_or(UserError::BadCredentials)?;
        match self.parts().hasher.verify(claimed, Some(&user.password_hash)).await? {
            Verdict::Match | Verdict::MatchOutdated => Ok(user.password_hash),
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
