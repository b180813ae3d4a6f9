//! No node answers by older authority: the answer of each cache is that of the store in memory.

use bailiwick::app::authority::ActiveMember;
use bailiwick::app::{Actor, App};
use bailiwick::kernel::OrgId;
use bailiwick::rbac::Pattern;

use crate::known::Known;

/// Number of sessions and of organizations that are probed, the newest of each.
const MOST: usize = 4;

/// The checks that are made after each step.
pub struct Probe {
    actors: Vec<Actor>,
    orgs: Vec<OrgId>,
}

impl Probe {
    /// Creates the checks of the newest sessions in the newest organizations.
    pub fn new(known: &Known) -> Self {
        let actors = known.sessions.iter().rev().take(MOST).copied().collect();
        Self { actors, orgs: known.orgs.iter().rev().take(MOST).copied().collect() }
    }

    /// Returns the answers of an application, as a text for each check.
    pub async fn ask(&self, app: &App) -> Vec<String> {
        let mut answers = Vec::new();
        for actor in &self.actors {
            let answer = app.authority().platform_admin(actor).await;
            answers.push(format!("{actor:?} on the platform: {:?}", answer.map(drop)));
            for org in &self.orgs {
                let answer = app.authority().member(actor, *org).await;
                answers.push(format!("{actor:?} in {org:?}: {:?}", answer.map(|member| in_full(&member))));
            }
        }
        answers
    }
}

/// Returns the role of a member with its grants in their order.
fn in_full(member: &ActiveMember) -> String {
    let role = &member.context().role;
    let grants: Vec<_> = role.permissions.iter().map(Pattern::as_str).collect();
    format!("{} {} {:?} {:?} {}", role.id, role.name, role.level, role.system, grants.join(" "))
}
