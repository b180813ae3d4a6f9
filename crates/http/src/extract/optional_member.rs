//! The check for a membership that the request may leave out.

use bailiwick_app::authority::{ActiveMember, Authenticated};
use bailiwick_kernel::OrgId;

use crate::extract::check::Check;
use crate::extract::question::Question;
use crate::problem::Problem;

/// A caller with an active account and, if the request names an organization, an active membership
/// in it.
#[derive(Clone, Debug)]
pub struct OptionalMember {
    /// The caller.
    pub account: Authenticated,
    /// The membership in the organization that the request names.
    pub member: Option<ActiveMember>,
}

impl Check for OptionalMember {
    type Proof = Self;

    async fn check_uncached(question: &Question, org: Option<OrgId>) -> Result<Self, Problem> {
        if org.is_none() {
            let account = Authenticated::check_uncached(question, org).await?;
            return Ok(Self { account, member: None });
        }
        let member = ActiveMember::check_uncached(question, org).await?;
        Ok(Self { account: member.account(), member: Some(member) })
    }

    fn org(proof: &Self) -> Option<OrgId> {
        proof.member.as_ref().map(|member| member.context().org)
    }
}
