//! Rows, and their conversion from and to entities. A row that this program never writes is
//! [`StoreError::Corrupt`].
//!
//! [`StoreError::Corrupt`]: bailiwick_kernel::StoreError::Corrupt

mod audit;
mod invitations;
mod mail;
mod organizations;
mod roles;
mod users;

pub(crate) use audit::AuditRow;
pub(crate) use invitations::{InvitationRow, NewInvitationRow};
pub(crate) use mail::{DueMailRow, ListedMailRow, NewMailRow};
pub(crate) use organizations::{MembershipRow, NewOrganizationRow, OrganizationRow, membership_status};
pub(crate) use roles::{EntryRow, GrantRow, LackingRow, RoleRow, level, name_key, patterns, system_role};
pub(crate) use users::{
    NewUserRow, PageRow, RefreshRow, SecretRow, SessionRow, UserRow, kind_name, user_status,
};
