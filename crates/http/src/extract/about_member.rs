//! The check for questions about the authority of a member.

use bailiwick_app::authority::ActiveMember;
use bailiwick_app::authz::require_to_ask_about_others;
use bailiwick_kernel::OrgId;

use crate::extract::check::Check;
use crate::extract::question::Question;
use crate::problem::Problem;

/// The check that the caller is an active member and, if the body names another user in `user_id`,
/// has `roles:read`.
#[derive(Clone, Copy, Debug)]
pub enum AboutMember {}

impl Check for AboutMember {
    type Proof = ActiveMember;

    async fn check_uncached(question: &Question, org: Option<OrgId>) -> Result<ActiveMember, Problem> {
        let member = ActiveMember::check_uncached(question, org).await?;
        if question.is_about_another().await {
            require_to_ask_about_others(member.context())?;
        }
        Ok(member)
    }

    fn org(proof: &ActiveMember) -> Option<OrgId> {
        Some(proof.context().org)
    }
}
