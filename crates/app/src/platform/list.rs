//! Lists of all accounts, organizations and mail.

use async_trait::async_trait;
use bailiwick_users::User;

use super::{MailFilter, MailRecord, OrgFilter, OrgRecord, UserFilter};
use crate::authority::PlatformAdmin;
use crate::listing::{Listing, PageText};
use crate::{Error, Query, Work};

/// Lists all accounts.
#[derive(Clone, Debug, Default)]
pub struct ListUsers {
    /// The items to include.
    pub filter: UserFilter,
    /// The page to return.
    pub page: PageText,
}

#[async_trait]
impl Query for ListUsers {
    type Proof = PlatformAdmin;
    type Output = Listing<User>;

    async fn execute(&self, work: &mut Work<'_, PlatformAdmin>) -> Result<Self::Output, Error> {
        let list = format!("platform-users:{:?}", self.filter);
        let page = self.page.read(&list)?;
        Ok(Listing::new(work.tx.platform().list_users(&self.filter, page).await?, &list))
    }
}

/// Lists all organizations.
#[derive(Clone, Debug, Default)]
pub struct ListAllOrganizations {
    /// The items to include.
    pub filter: OrgFilter,
    /// The page to return.
    pub page: PageText,
}

#[async_trait]
impl Query for ListAllOrganizations {
    type Proof = PlatformAdmin;
    type Output = Listing<OrgRecord>;

    async fn execute(&self, work: &mut Work<'_, PlatformAdmin>) -> Result<Self::Output, Error> {
        let list = format!("platform-organizations:{:?}", self.filter);
        let page = self.page.read(&list)?;
        Ok(Listing::new(work.tx.platform().list_organizations(&self.filter, page).await?, &list))
    }
}

/// Lists the mail of the outbox, newest first.
#[derive(Clone, Debug, Default)]
pub struct ListMail {
    /// The mail to include.
    pub filter: MailFilter,
    /// The page to return.
    pub page: PageText,
}

#[async_trait]
impl Query for ListMail {
    type Proof = PlatformAdmin;
    type Output = Listing<MailRecord>;

    async fn execute(&self, work: &mut Work<'_, PlatformAdmin>) -> Result<Self::Output, Error> {
        let list = format!("platform-outbox:{:?}", self.filter);
        let page = self.page.read(&list)?;
        Ok(Listing::new(work.tx.platform().list_mail(&self.filter, page).await?, &list))
    }
}
