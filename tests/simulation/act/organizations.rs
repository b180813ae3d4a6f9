//! Steps of organizations and members.

use bailiwick::app::authority::permission::{OrgDelete, OrgWrite, UsersDelete, UsersWrite};
use bailiwick::app::organizations::{
    ChangeMemberStatus, ChangeOrganization, CreateOrganization, DeleteOrganization, Leave,
    MemberStatusChange, RemoveMember, TransferOwnership,
};
use bailiwick::kernel::{DisplayName, Slug};

use super::{Done, Turn, shown};
use crate::kind::Kind;

/// Short names; the last is reserved.
const SLUGS: [&str; 4] = ["acme", "umbrella", "initech", "login"];

impl Turn<'_> {
    pub(super) async fn act_on_organization(&self) -> Done {
        match self.step.kind {
            Kind::CreateOrganization => {
                let name = DisplayName::parse("Acme & Söhne").unwrap();
                self.run_as_account(CreateOrganization { name, slug: self.slug() }).await
            }
            Kind::ChangeOrganization => {
                let name = (self.step.on > 2).then(|| DisplayName::parse("Umbrella").unwrap());
                self.run_allowed(OrgWrite, ChangeOrganization { name, slug: self.slug() }).await
            }
            Kind::DeleteOrganization => self.run_allowed(OrgDelete, DeleteOrganization).await,
            Kind::Leave => {
                let member = self.app.authority().member(&self.actor().await?, self.org()?).await?;
                Ok(shown(&self.app.run(&member, &Leave).await?))
            }
            Kind::Suspend => self.change_status(MemberStatusChange::Suspend).await,
            Kind::Restore => self.change_status(MemberStatusChange::Restore).await,
            Kind::RemoveMember => self.run_allowed(UsersDelete, RemoveMember { user: self.target()? }).await,
            _ => {
                let owner = self.app.authority().owner(&self.actor().await?, self.org()?).await?;
                Ok(shown(&self.app.run(&owner, &TransferOwnership { user: self.target()? }).await?))
            }
        }
    }

    async fn change_status(&self, change: MemberStatusChange) -> Done {
        self.run_allowed(UsersWrite, ChangeMemberStatus { user: self.target()?, change }).await
    }

    fn slug(&self) -> Option<Slug> {
        SLUGS.get(self.step.what % (SLUGS.len() + 1)).map(|slug| Slug::parse(slug).unwrap())
    }
}
