//! The check for a verified address.

use bailiwick_app::authority::Authenticated;
use bailiwick_app::invitations::RequireVerifiedEmail;
use bailiwick_kernel::OrgId;

use crate::extract::check::Check;
use crate::extract::question::Question;
use crate::problem::Problem;

/// The check that the account is active and its address verified.
#[derive(Clone, Copy, Debug)]
pub enum VerifiedEmail {}

impl Check for VerifiedEmail {
    type Proof = Authenticated;

    async fn check_uncached(question: &Question, org: Option<OrgId>) -> Result<Authenticated, Problem> {
        let proof = Authenticated::check_uncached(question, org).await?;
        question.app().query(&proof, &RequireVerifiedEmail).await?;
        Ok(proof)
    }

    fn org(_: &Authenticated) -> Option<OrgId> {
        None
    }
}
