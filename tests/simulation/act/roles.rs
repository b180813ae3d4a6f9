//! Steps of roles and the catalogue.

use bailiwick::app::authority::permission::{RolesDelete, RolesWrite, UsersWrite};
use bailiwick::app::roles::{AddPermission, AssignRole, ChangeRole, CreateRole, DeleteRole, ReorderRoles};
use bailiwick::kernel::{DisplayName, RoleId};
use bailiwick::rbac::{Pattern, Permission};
use bailiwick::roles::{Level, RoleDraft, RoleOrder};

use super::{Done, Stop, Turn, shown};
use crate::kind::Kind;

const ROLES: [&str; 4] = ["editor", "reviewer", "ÉDITEUR", "Admin"];
const LEVELS: [i64; 5] = [50, 30, 90, 79, 5];
const GRANTS: [&[&str]; 6] = [
    &["kb:read"],
    &["users:*", "roles:*", "invitations:*"],
    &["*:*"],
    &["kb:*", "audit:read", "kb:*"],
    &["reports:export", "*:read"],
    &[],
];
const PERMISSIONS: [&str; 3] = ["reports:export", "kb:read", "billing:refund"];

impl Turn<'_> {
    pub(super) async fn act_on_role(&self) -> Done {
        match self.step.kind {
            Kind::CreateRole => self.run_allowed(RolesWrite, CreateRole { draft: self.draft() }).await,
            Kind::ChangeRole => self.run_allowed(RolesWrite, self.change()?).await,
            Kind::DeleteRole => self.run_allowed(RolesDelete, DeleteRole { id: self.role()? }).await,
            Kind::ReorderRoles => {
                let order = RoleOrder::new(self.order()?).map_err(|_| Stop::Nothing("there is no order"))?;
                self.run_allowed(RolesWrite, ReorderRoles { order }).await
            }
            Kind::AssignRole => {
                let assign = AssignRole { user: self.target()?, role: self.role()? };
                self.run_allowed(UsersWrite, assign).await
            }
            _ => {
                let actor = self.actor().await?;
                let org = if self.step.on > 2 { Some(self.org()?) } else { None };
                let writer = self.app.authority().catalogue_writer(&actor, org).await?;
                let name = PERMISSIONS[self.step.what % PERMISSIONS.len()];
                let permission = Permission::parse(name).unwrap();
                let add = AddPermission { permission, description: "added".to_owned() };
                Ok(shown(&self.app.run(&writer, &add).await?))
            }
        }
    }

    pub(super) fn role(&self) -> Result<RoleId, Stop> {
        self.selected.role.ok_or(Stop::Nothing("there is no role"))
    }

    fn draft(&self) -> RoleDraft {
        let what = self.step.what;
        RoleDraft {
            name: DisplayName::parse(ROLES[what % ROLES.len()]).unwrap(),
            description: String::new(),
            level: Level::custom(LEVELS[self.step.on % LEVELS.len()]).unwrap(),
            permissions: grants(what),
        }
    }

    /// Changes one or two parts of a role.
    fn change(&self) -> Result<ChangeRole, Stop> {
        let draft = self.draft();
        let (what, on) = (self.step.what, self.step.on);
        Ok(ChangeRole {
            id: self.role()?,
            name: (on == 1).then_some(draft.name),
            description: (on == 2).then(|| "changed".to_owned()),
            level: (on > 3).then_some(draft.level),
            permissions: (on % 2 == 0).then(|| grants(what)),
        })
    }

    /// Lists the custom roles of the organization in reverse, and the selected role if the step wants it.
    fn order(&self) -> Result<Vec<RoleId>, Stop> {
        let roles = self.known.state.roles.get(&self.org()?);
        let custom = roles.into_iter().flatten().rev().filter(|role| role.system.is_none());
        let mut order: Vec<_> = custom.map(|role| role.id).collect();
        if self.step.what > 9 {
            order.push(self.role()?);
        }
        Ok(order)
    }
}

fn grants(number: usize) -> Vec<Pattern> {
    GRANTS[number % GRANTS.len()].iter().map(|text| Pattern::parse(text).unwrap()).collect()
}
