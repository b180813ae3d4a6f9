//! Steps that read.

use bailiwick::app::accounts::{Me, MySessions, RequireRightToDelete};
use bailiwick::app::audit::{ListAudit, ListPlatformAudit};
use bailiwick::app::authority::Public;
use bailiwick::app::authority::permission::{AuditRead, InvitationsRead, OrgRead, RolesRead, UsersRead};
use bailiwick::app::authz::{Check, Explain, WhoCan};
use bailiwick::app::invitations::{
    ListInvitations, ListReceivedInvitations, PreviewInvitation, ReadInvitation,
};
use bailiwick::app::organizations::{ListMembers, MyOrganizations, ReadMember, ReadOrganization};
use bailiwick::app::platform::{
    ListAllOrganizations, ListMail, ListUsers, MailFilter, OrgFilter, UserFilter,
};
use bailiwick::app::roles::{CatalogueScope, ListPermissions, ListRoles, ReadRole};
use bailiwick::app::{MemberFilter, PageText};
use bailiwick::invites::InvitationStatus;
use bailiwick::rbac::Permission;

use super::{Done, Turn, shown};
use crate::kind::Kind;

const ASKED: [&str; 5] = ["kb:read", "users:write", "org:delete", "reports:export", "audit:read"];
const SEARCHES: [Option<&str>; 5] = [None, Some("A"), Some("zoe"), Some("%"), Some("acme & so")];

impl Turn<'_> {
    pub(super) async fn read(&self) -> Done {
        match self.step.kind {
            Kind::ReadAccount => self.read_account().await,
            Kind::ReadOrganization => self.read_organization().await,
            Kind::ReadMembers => self.read_members().await,
            Kind::ReadInvitations => {
                let proof = self.allow(InvitationsRead).await?;
                let statuses = InvitationStatus::ALL;
                let list =
                    ListInvitations { status: statuses.get(self.step.what).copied(), page: self.page() };
                let list = self.app.query(&proof, &list).await;
                let one = self.app.query(&proof, &ReadInvitation { id: self.invitation()? }).await;
                Ok(shown(&(list, one)))
            }
            Kind::PreviewInvitation => {
                Ok(shown(&self.app.query(&Public, &PreviewInvitation { token: self.token()? }).await?))
            }
            Kind::ReadAudit => {
                let list = ListAudit { page: self.page(), ..ListAudit::default() };
                Ok(shown(&self.app.query(&self.allow(AuditRead).await?, &list).await?))
            }
            Kind::ReadPlatform => self.read_platform().await,
            Kind::Check => self.ask().await,
            _ => {
                let who_can = WhoCan { permission: self.permission(), page: self.page() };
                Ok(shown(&self.app.query(&self.allow(RolesRead).await?, &who_can).await?))
            }
        }
    }

    async fn read_account(&self) -> Done {
        let (app, proof) = (self.app, self.account().await?);
        let page = self.page();
        Ok(shown(&(
            app.query(&proof, &Me).await,
            app.query(&proof, &MySessions { page: page.clone() }).await,
            app.query(&proof, &MyOrganizations { page }).await,
            app.query(&proof, &ListReceivedInvitations).await,
            app.query(&proof, &RequireRightToDelete { user: self.selected.target }).await,
        )))
    }

    async fn read_organization(&self) -> Done {
        let app = self.app;
        let roles = self.allow(RolesRead).await?;
        let member = app.authority().member(&roles.actor(), self.org()?).await?;
        let org = app.query(&self.allow(OrgRead).await?, &ReadOrganization).await;
        let scope = if self.step.on > 2 { CatalogueScope::Mine } else { CatalogueScope::All };
        Ok(shown(&(
            org,
            app.query(&roles, &ListRoles).await,
            app.query(&roles, &ReadRole { id: self.role()? }).await,
            app.query(&member, &ListPermissions { scope }).await,
        )))
    }

    async fn read_members(&self) -> Done {
        let proof = self.allow(UsersRead).await?;
        let filter = MemberFilter { search: self.search(), ..MemberFilter::default() };
        let list = self.app.query(&proof, &ListMembers { filter, page: self.page() }).await;
        let member = self.app.authority().member(&proof.actor(), self.org()?).await?;
        let one = self.app.query(&member, &ReadMember { user: self.target()? }).await;
        Ok(shown(&(list, one)))
    }

    async fn read_platform(&self) -> Done {
        let (app, proof) = (self.app, self.admin().await?);
        let (page, search) = (self.page(), self.search());
        let users = UserFilter { search: search.clone(), ..UserFilter::default() };
        let mail = MailFilter { search: search.clone(), ..MailFilter::default() };
        Ok(shown(&(
            app.query(&proof, &ListUsers { filter: users, page: page.clone() }).await,
            app.query(&proof, &ListAllOrganizations { filter: OrgFilter { search }, page: page.clone() })
                .await,
            app.query(&proof, &ListMail { filter: mail, page: page.clone() }).await,
            app.query(&proof, &ListPlatformAudit { page, ..ListPlatformAudit::default() }).await,
        )))
    }

    async fn ask(&self) -> Done {
        let member = self.app.authority().member(&self.actor().await?, self.org()?).await?;
        let user = if self.step.what > 6 { None } else { Some(self.target()?) };
        let permissions = ASKED.map(|name| Permission::parse(name).unwrap()).to_vec();
        let check = self.app.query(&member, &Check { user, permissions }).await;
        let why = self.app.query(&member, &Explain { user, permission: self.permission() }).await;
        Ok(shown(&(check, why)))
    }

    fn permission(&self) -> Permission {
        Permission::parse(ASKED[self.step.what % ASKED.len()]).unwrap()
    }

    fn search(&self) -> Option<String> {
        SEARCHES[self.step.what % SEARCHES.len()].map(str::to_owned)
    }

    /// Returns the first page, of two items if the step wants a short one.
    fn page(&self) -> PageText {
        PageText { limit: (self.step.on > 2).then(|| "2".to_owned()), cursor: None }
    }
}
