//! The state of a store, read back through its ports.

use std::collections::{BTreeMap, BTreeSet};

use bailiwick::app::audit::{AuditFilter, Entry};
use bailiwick::app::platform::{MailFilter, MailRecord, OrgFilter, UserFilter};
use bailiwick::app::{InvitationFilter, MemberRecord, OrgScope, Store, Tx};
use bailiwick::invites::Invitation;
use bailiwick::kernel::{Limit, OrgId, Page, PageRequest, Timestamp, UserId};
use bailiwick::orgs::Organization;
use bailiwick::roles::{CatalogueEntry, Role};
use bailiwick::users::{Session, User};

/// The state of a store.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Snapshot {
    /// All accounts, in the order of their creation.
    pub users: Vec<User>,
    /// The organizations that are not archived.
    pub orgs: Vec<Organization>,
    /// The archived organizations of each account that is an active member.
    pub archived: BTreeSet<OrgId>,
    /// The memberships of each account in organizations that are not archived.
    pub memberships: BTreeMap<UserId, Vec<MemberRecord>>,
    /// The live sessions of each account.
    pub sessions: BTreeMap<UserId, Vec<Session>>,
    /// The roles of each organization, highest first.
    pub roles: BTreeMap<OrgId, Vec<Role>>,
    /// The invitations of all organizations that are not archived.
    pub invitations: Vec<Invitation>,
    /// The global catalogue, and that of each organization.
    pub catalogue: BTreeMap<Option<OrgId>, Vec<CatalogueEntry>>,
    /// The mail, newest first.
    pub mail: Vec<MailRecord>,
    /// The audit trail, newest first.
    pub audit: Vec<Entry>,
}

impl Snapshot {
    /// Reads the state in one transaction.
    pub async fn read(store: &dyn Store, now: Timestamp) -> Self {
        let mut tx = store.begin_read().await.unwrap();
        let mut read = Self::default();
        read.lists(&mut *tx, now).await;
        for user in read.users.iter().map(|user| user.id).collect::<Vec<_>>() {
            read.account(&mut *tx, user, now).await;
        }
        let orgs: BTreeSet<_> = read.orgs.iter().map(|org| org.id).chain(read.archived.clone()).collect();
        for org in orgs {
            read.roles.insert(org, tx.roles().list(org).await.unwrap());
            read.catalogue.insert(Some(org), tx.roles().list_entries(Some(org), None).await.unwrap());
        }
        tx.rollback().await.unwrap();
        read
    }

    async fn lists(&mut self, tx: &mut dyn Tx, now: Timestamp) {
        let page = PageRequest { limit: Limit::parse(Some("100")).unwrap(), after: None };
        self.users = tx.platform().list_users(&UserFilter::default(), page).await.unwrap().items;
        let orgs = tx.platform().list_organizations(&OrgFilter::default(), page).await.unwrap();
        self.orgs = orgs.items.into_iter().map(|record| record.org).collect();
        let all = InvitationFilter::default();
        let invitations = tx.directory().list_invitations(&all, now, None).await.unwrap();
        self.invitations = invitations.items.into_iter().map(|record| record.invitation).collect();
        self.catalogue.insert(None, tx.roles().list_entries(None, None).await.unwrap());
        let mut next = Some(page);
        while let Some(page) = next {
            let found = tx.platform().list_mail(&MailFilter::default(), page).await.unwrap();
            next = following(&mut self.mail, found, page);
        }
        let mut next = Some(page);
        while let Some(page) = next {
            let found = tx.audit().list(None, &AuditFilter::default(), page).await.unwrap();
            next = following(&mut self.audit, found, page);
        }
    }

    async fn account(&mut self, tx: &mut dyn Tx, user: UserId, now: Timestamp) {
        self.memberships.insert(user, tx.directory().list_memberships(user).await.unwrap());
        let archived = tx.directory().list_organizations(user, OrgScope::Archived, None).await.unwrap();
        self.archived.extend(archived.items.into_iter().map(|entry| entry.org.id));
        let page = PageRequest { limit: Limit::parse(Some("100")).unwrap(), after: None };
        self.sessions.insert(user, tx.sessions().list(user, now, page).await.unwrap().items);
    }

    /// Returns the account.
    pub fn user(&self, id: UserId) -> Option<&User> {
        self.users.iter().find(|user| user.id == id)
    }

    /// Returns the membership of an account in an organization that is not archived.
    pub fn member(&self, org: OrgId, user: UserId) -> Option<&MemberRecord> {
        self.memberships.get(&user)?.iter().find(|record| record.membership.org_id == org)
    }

    /// Returns all memberships in an organization.
    pub fn members(&self, org: OrgId) -> impl Iterator<Item = &MemberRecord> {
        self.memberships.values().flatten().filter(move |record| record.membership.org_id == org)
    }

    /// Returns the lines of a text of the state, to be compared with that of another store.
    pub fn lines(&self) -> BTreeSet<String> {
        let Self { users, orgs, archived, memberships, sessions, roles, invitations, catalogue, mail, audit } =
            self;
        let mut lines = BTreeSet::new();
        lines.extend(users.iter().map(|row| format!("{row:?} {}", row.password_hash.as_str())));
        lines.extend(orgs.iter().map(|row| format!("{row:?}")));
        lines.extend(archived.iter().map(|row| format!("archived {row:?}")));
        lines
            .extend(memberships.values().flatten().map(|row| format!("{:?} {:?}", row.membership, row.role)));
        lines.extend(sessions.values().flatten().map(|row| format!("{row:?}")));
        lines.extend(roles.values().map(|row| format!("{row:?}")));
        lines.extend(invitations.iter().map(|row| format!("{row:?}")));
        lines.extend(catalogue.iter().map(|row| format!("{row:?}")));
        lines.extend(mail.iter().map(|row| format!("{row:?}")));
        lines.extend(audit.iter().map(|row| format!("{row:?}")));
        lines
    }
}

fn following<T>(all: &mut Vec<T>, found: Page<T>, page: PageRequest) -> Option<PageRequest> {
    all.extend(found.items);
    found.next.map(|after| PageRequest { after: Some(after), ..page })
}
