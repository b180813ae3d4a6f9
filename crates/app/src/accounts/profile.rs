//! The profile of the caller.

use async_trait::async_trait;
use bailiwick_kernel::{DisplayName, Language, Lock};
use bailiwick_users::{User, UserChanges, UserError};

use crate::audit::{Action, AuditEvent};
use crate::authority::Authenticated;
use crate::ports::{OrgScope, OrgWithRole};
use crate::{Command, Error, Query, Work};

/// An account with its active memberships.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MyProfile {
    /// The account.
    pub user: User,
    /// Organizations of which it is an active member, with its role.
    pub organizations: Vec<OrgWithRole>,
}

/// Reads the profile of the caller.
#[derive(Clone, Copy, Debug)]
pub struct Me;

#[async_trait]
impl Query for Me {
    type Proof = Authenticated;
    type Output = MyProfile;

    async fn execute(&self, work: &mut Work<'_, Authenticated>) -> Result<MyProfile, Error> {
        profile(work).await
    }
}

/// Changes the name and the language of the caller. Absent parts stay; other fields cannot be changed.
#[derive(Clone, Debug, Default)]
pub struct RenameMe {
    /// Given name.
    pub first_name: Option<DisplayName>,
    /// Family name; may be empty.
    pub last_name: Option<DisplayName>,
    /// The language of pages.
    pub language: Option<Language>,
}

#[async_trait]
impl Command for RenameMe {
    type Proof = Authenticated;
    type Output = MyProfile;

    async fn execute(&self, work: &mut Work<'_, Authenticated>) -> Result<MyProfile, Error> {
        let mut profile = profile(work).await?;
        let user = &mut profile.user;
        let first_name = self.first_name.as_ref().unwrap_or(&user.first_name).clone();
        let last_name = self.last_name.as_ref().unwrap_or(&user.last_name).clone();
        let language = self.language.as_ref().or(user.language.as_ref()).cloned();
        let names = Some((first_name.clone(), last_name.clone()));
        let changes = UserChanges { names, language: language.clone(), ..UserChanges::default() };
        work.tx.users().update(user.id, &changes).await?;
        let event = AuditEvent::new(Action::AccountRename, user.id);
        let event = event.change("first_name", &user.first_name, &first_name);
        let event = event.change("last_name", &user.last_name, &last_name);
        work.audit_changes(event.change("language", &user.language, &language));
        (user.first_name, user.last_name, user.language) = (first_name, last_name, language);
        Ok(profile)
    }
}

async fn profile(work: &mut Work<'_, Authenticated>) -> Result<MyProfile, Error> {
    let id = work.proof.actor().user;
    let user = work.tx.users().find(id, Lock::None).await?.ok_or(UserError::NotFound)?;
    let organizations = work.tx.directory().list_organizations(id, OrgScope::Existing, None).await?.items;
    Ok(MyProfile { user, organizations })
}
