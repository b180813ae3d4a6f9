//! Rows, and their conversion from and to entities. A row that this program never writes is
//! [`StoreError::Corrupt`].
//!
//! [`StoreError::Corrupt`]: bailiwick_kernel::StoreError::Corrupt

mod audit;
mod feed;
mod invitations;
mod mail;
mod organizations;
mod roles;
mod users;

pub use audit::AuditRow;
pub use feed::{ClaimedPartitionRow, CursorRow, feed_entry};
pub use invitations::{InvitationRow, NewInvitationRow};
pub use mail::{DueMailRow, ListedMailRow, NewMailRow};
pub use organizations::{MembershipRow, NewOrganizationRow, OrganizationRow, membership_status};
pub use roles::{EntryRow, GrantRow, LackingRow, RoleRow, level, name_key, patterns, system_role};
pub use users::{NewUserRow, PageRow, RefreshRow, SecretRow, SessionRow, UserRow, kind_name, user_status};
